//! The files of `deploy` and the walk of docs/deployment.md, as an operator uses them.

mod containers;
mod host;
mod manager;
mod unit;
mod walk;
