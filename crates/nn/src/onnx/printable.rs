//! Names from files, for people.

/// Characters of a name; four bytes each at most keeps it below the program's 256 bytes.
const MAX_NAME: usize = 48;

/// A name from a file as it may be shown: bounded, without control characters.
pub(crate) fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}
