//! The secure executor: a program's schedule, what it costs, and the two phases of an inference.

pub(crate) mod budget;
pub(crate) mod calls;
pub(crate) mod forecast;
pub(crate) mod linears;
pub(crate) mod local;
pub(crate) mod network;
pub(crate) mod online;
pub(crate) mod operation;
pub mod plan;
pub(crate) mod prepare;
pub(crate) mod schedule;
pub(crate) mod values;
