//! `sotto_tests::decoders::session`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    sotto_tests::decoders::session(bytes);
});
