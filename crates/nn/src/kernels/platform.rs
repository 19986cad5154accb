//! Which kernels this machine can run.

use std::fmt;

/// A set of kernels. All compute the same functions; a value exists only on a machine that can run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Plain Rust: the readable twin of every kernel, and the fallback.
    Portable,
    /// x86-64 with AVX2.
    #[cfg(target_arch = "x86_64")]
    X86Avx2(Avx2),
    /// x86-64 with AVX-512 and its products of pairs (VNNI): Ice Lake, Zen 4 and later.
    #[cfg(target_arch = "x86_64")]
    X86Vnni(Vnni),
}

/// Proof that AVX2 was found: only this module can make one.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx2(());

/// Proof that AVX2, AVX-512F and AVX-512 VNNI were found: only this module can make one.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vnni(());

impl Platform {
    /// The fastest platform of this machine.
    pub fn detect() -> Self {
        // There is always a portable one.
        Self::all().pop().unwrap_or(Self::Portable)
    }

    /// Every platform of this machine, from [`Platform::Portable`] to the fastest: one test body runs over all of them.
    pub fn all() -> Vec<Self> {
        #[allow(unused_mut, reason = "other targets have one platform")]
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            all.push(Self::X86Avx2(Avx2(())));
            let found =
                std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512vnni");
            all.extend(found.then_some(Self::X86Vnni(Vnni(()))));
        }
        all
    }
}

#[cfg(target_arch = "x86_64")]
impl Vnni {
    /// Found with it.
    pub(super) fn avx2(self) -> Avx2 {
        Avx2(())
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::X86Avx2(_) => "x86-64-avx2",
            #[cfg(target_arch = "x86_64")]
            Self::X86Vnni(_) => "x86-64-vnni",
        })
    }
}
