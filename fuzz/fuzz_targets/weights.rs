//! A file of weights.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = sotto_nn::bundle::decode_weights(bytes);
});
