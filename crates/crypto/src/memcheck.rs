//! Marks for valgrind's memcheck, which finds branches and addresses that depend on secrets. Kernel file.
//!
//! Memcheck follows memory that was never written through every computation, and reports where a branch or an address
//! depends on it. Such memory stands for secrets here, an idea of Langley's ("ctgrind", 2010): whoever runs the check
//! marks them with [`secret`], and code that takes something derived from secrets for public says so with [`public`].
//! How it is run, and what it cannot see: docs/decisions/0013-constant-time-by-tool.md.
//!
//! Without the feature `memcheck`, or on other machines than x86-64, all of this does nothing.
#![allow(unsafe_code)]

/// Declares values public from here on, although they derive from secrets. Each use says why they are.
#[inline(always)]
pub fn public<T: Copy>(values: &mut [T]) {
    request(Request::MakeDefined, values, 0);
}

/// Marks values secret from here on.
pub fn secret<T: Copy>(values: &mut [T]) {
    request(Request::MakeUndefined, values, 0);
}

/// Whether memcheck follows secrets: false without the feature, and outside valgrind.
pub fn is_watching() -> bool {
    request::<u8>(Request::IsRunning, &mut [], 0) != 0
}

/// Whether any bit of the values derives from a secret.
pub fn is_secret<T: Copy>(values: &mut [T]) -> bool {
    let mut marks = vec![0u8; size_of_val(values)];
    request(Request::GetMarks, values, marks.as_mut_ptr().expose_provenance());
    core::hint::black_box(&mut marks).iter().any(|&bits| bits != 0)
}

/// Requests by their numbers in valgrind.h and memcheck.h.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Request {
    IsRunning = 0x1001,
    MakeUndefined = TOOL + 1,
    MakeDefined = TOOL + 2,
    GetMarks = TOOL + 8,
}

/// Memcheck's requests are numbered from its letters on.
const TOOL: usize = (b'M' as usize) << 24 | (b'C' as usize) << 16;

#[cfg(not(all(feature = "memcheck", target_arch = "x86_64")))]
#[inline(always)]
fn request<T: Copy>(_: Request, _: &mut [T], _: usize) -> usize {
    0
}

/// Asks the tool that runs this process; the answer is 0 when there is none. `marks` is where an answer of as many
/// bytes as the values have goes, for [`Request::GetMarks`].
#[cfg(all(feature = "memcheck", target_arch = "x86_64"))]
fn request<T: Copy>(request: Request, values: &mut [T], marks: usize) -> usize {
    let (address, bytes) = (values.as_mut_ptr().expose_provenance(), size_of_val(values));
    let arguments = match request {
        Request::GetMarks => [request as usize, address, marks, bytes, 0, 0],
        _ => [request as usize, address, bytes, 0, 0, 0],
    };
    let mut answer = 0usize;
    // SAFETY: rotations by 128 places together and an exchange of a register with itself, which change nothing but
    // flags. Valgrind takes the sequence for a request, whose arguments are at rax; it changes what it knows of memory,
    // and writes `marks`.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(), inout("rdx") answer,
        );
    }
    answer
}
