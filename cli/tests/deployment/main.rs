//! The files of `deploy` and what the server says to those who run it; `walk.rs` uses both with other programs.

mod containers;
mod files;
mod manager;
mod unit;
