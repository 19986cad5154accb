//! Rounds are counted by changes of direction.

/// Direction of the last flight, to count rounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flight {
    None,
    Out,
    In,
    Both,
}

/// Messages of one lane from when lanes began to run side by side.
#[derive(Clone, Copy)]
pub(super) struct Section {
    pub(super) rounds: u64,
    pub(super) first: Flight,
    /// The flight before it, then its last one.
    pub(super) flight: Flight,
}
