//! Which kernels this machine can run: detected here, and nowhere else.

use core::fmt;
#[cfg(feature = "memcheck")]
use core::sync::atomic::{AtomicBool, Ordering};

/// A set of kernels. All compute the same functions; a value exists only on a machine that can run it.
///
/// Where there is no kernel of its own for AES, the `aes` crate detects the machine itself (see [`crate::Aes128`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Plain Rust: the readable twin of every kernel, and the fallback.
    Portable,
    /// x86-64 with AVX2 and PCLMULQDQ.
    #[cfg(target_arch = "x86_64")]
    X86Avx2(Avx2),
    /// x86-64 with AVX-512 (F, BW, VL), VAES, VPCLMULQDQ, GFNI and BMI2: Ice Lake, Zen 4 and later.
    #[cfg(target_arch = "x86_64")]
    X86Avx512(Avx512),
    /// WebAssembly compiled with `simd128`.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    WasmSimd128,
}

/// Proof that AVX2 and PCLMULQDQ were found: only this module can make one.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx2(());

/// Proof that the instructions of [`Platform::X86Avx512`] were found: only this module can make one.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx512(());

#[cfg(feature = "memcheck")]
static ONLY_PORTABLE: AtomicBool = AtomicBool::new(false);

impl Platform {
    /// The fastest platform of this machine.
    #[inline]
    pub fn detect() -> Platform {
        #[cfg(feature = "memcheck")]
        if ONLY_PORTABLE.load(Ordering::Relaxed) {
            return Platform::Portable;
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(proof) = Avx512::detect() {
            return Platform::X86Avx512(proof);
        } else if let Some(proof) = Avx2::detect() {
            return Platform::X86Avx2(proof);
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Platform::WasmSimd128;
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        Platform::Portable
    }

    /// From here on this process detects [`Platform::Portable`], for the check of constant time.
    #[cfg(feature = "memcheck")]
    pub fn detect_only_portable() {
        ONLY_PORTABLE.store(true, Ordering::Relaxed);
    }

    /// Every platform of this machine, [`Platform::Portable`] first: one test body runs over all of them.
    pub fn all() -> Vec<Platform> {
        let mut all = vec![Platform::Portable];
        #[cfg(target_arch = "x86_64")]
        all.extend(Avx2::detect().map(Platform::X86Avx2));
        all.extend(Some(Platform::detect()).filter(|p| !all.contains(p)));
        all
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    #[inline]
    fn detect() -> Option<Avx2> {
        let found = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("pclmulqdq");
        found.then_some(Avx2(()))
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx512 {
    #[inline]
    fn detect() -> Option<Avx512> {
        let found = Avx2::detect().is_some()
            && std::arch::is_x86_feature_detected!("aes")
            && std::arch::is_x86_feature_detected!("bmi2")
            && std::arch::is_x86_feature_detected!("gfni")
            && std::arch::is_x86_feature_detected!("vaes")
            && std::arch::is_x86_feature_detected!("vpclmulqdq")
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512vl");
        found.then_some(Avx512(()))
    }

    /// What AVX-512 implies.
    #[inline]
    pub fn avx2(self) -> Avx2 {
        Avx2(())
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Platform::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx2(_) => "x86-64-avx2",
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx512(_) => "x86-64-avx512",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Platform::WasmSimd128 => "wasm-simd128",
        })
    }
}
