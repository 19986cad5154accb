//! Which kernels this machine can run: detected here, and nowhere else.

use core::fmt;

/// A set of kernels. All compute the same functions; a value exists only on a machine that can run it.
///
/// AES is not among them: the `aes` crate detects its own (see [`crate::Aes128`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Plain Rust: the readable twin of every kernel, and the fallback.
    Portable,
    /// x86-64 with AVX2 and PCLMULQDQ.
    #[cfg(target_arch = "x86_64")]
    X86Avx2(Detected),
    /// WebAssembly compiled with `simd128`.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    WasmSimd128,
}

/// Proof that the instructions were found: only this module can make one.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected(());

impl Platform {
    /// The fastest platform of this machine.
    #[inline]
    pub fn detect() -> Platform {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("pclmulqdq") {
            return Platform::X86Avx2(Detected(()));
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Platform::WasmSimd128;
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        Platform::Portable
    }

    /// Every platform of this machine, [`Platform::Portable`] first: one test body runs over all of them.
    pub fn all() -> Vec<Platform> {
        let mut all = vec![Platform::Portable];
        all.extend(Some(Platform::detect()).filter(|p| *p != Platform::Portable));
        all
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Platform::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx2(_) => "x86-64-avx2",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Platform::WasmSimd128 => "wasm-simd128",
        })
    }
}
