//! A program: it is refused, or it is the same after writing and reading it again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sotto_nn::Program;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(program) = Program::from_json(bytes) {
        assert_eq!(Program::from_json(program.to_json().as_bytes()), Ok(program));
    }
});
