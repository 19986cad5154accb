//! Who gets in: connections by number and by time, pages by their origin.

pub(crate) mod account;
pub(crate) mod connections;
pub mod forwarded;
pub mod origin;
pub(crate) mod places;
