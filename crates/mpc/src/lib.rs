//! The two-party protocols of Sotto: OT, comparison, truncation, linear layers, and the secure executor.
