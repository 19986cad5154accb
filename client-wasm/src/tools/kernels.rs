//! The cryptographic kernels, checked and timed in the browser at hand. They are compiled as those of the session's module are.

use js_sys::Array;
use sotto_crypto::Platform;
use wasm_bindgen::prelude::*;

use crate::tools::types;

/// Runs the known-answer tests of the cryptographic kernels in this browser.
#[wasm_bindgen(js_name = knownAnswers, unchecked_return_type = "KnownAnswer[]")]
pub fn known_answers() -> Array {
    let checks = sotto_crypto::known_answers::CHECKS.into_iter().chain(sotto_he::known_answers::CHECKS);
    checks.map(|(name, passes)| JsValue::from(types::KnownAnswer { name: name.into(), ok: passes().into() })).collect()
}

/// The kernels in use, for instance `wasm-simd128`.
#[wasm_bindgen]
pub fn platform() -> String {
    Platform::detect().to_string()
}

/// Every set of kernels of this module, the portable one first.
#[wasm_bindgen]
pub fn platforms() -> Vec<String> {
    Platform::all().iter().map(Platform::to_string).collect()
}

/// Values after `count` number-theoretic transforms of 4096 residues, by the kernels of the `platform` of this name: to compare
/// kernels, and to time them.
#[wasm_bindgen(js_name = transformRepeatedly)]
pub fn transform_repeatedly(
    #[wasm_bindgen(unchecked_param_type = "string")] platform: JsValue,
    count: u32,
) -> Option<Vec<u32>> {
    Some(sotto_he::known_answers::transform_repeatedly(named(&platform)?, count))
}

/// Bytes of the last of 1024 blocks after `count` encryptions of all by AES-128, by the kernels of the `platform` of this
/// name: to compare kernels, and to time them.
#[wasm_bindgen(js_name = encryptRepeatedly)]
pub fn encrypt_repeatedly(
    #[wasm_bindgen(unchecked_param_type = "string")] platform: JsValue,
    count: u32,
) -> Option<Vec<u8>> {
    let blocks = sotto_crypto::known_answers::encrypt_repeatedly(named(&platform)?, 1024, count);
    blocks.last().map(|block| block.to_bytes().to_vec())
}

/// The platform of this name.
fn named(platform: &JsValue) -> Option<Platform> {
    let platform = platform.as_string()?;
    Platform::all().into_iter().find(|p| p.to_string() == platform)
}
