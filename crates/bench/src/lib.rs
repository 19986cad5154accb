//! What the benches measure: one protocol or model on one batch, each party's half of it, and the check of the results.
//!
//! `sotto bench` runs both halves in one process. In the browser's bench the client's half runs in a page, and asks a server
//! started with `sotto serve --bench` for the other one (see [`peer`]). Inputs, and here even the parties' randomness, come from
//! a public seed: nothing in this crate is secret.
//!
//! ```
//! use sotto_bench::{Op, Spec};
//!
//! let spec = Spec { n: 1000, ..Spec::new(Op::Relu) };
//! assert!(spec.validate().is_ok());
//! ```

mod cases;
mod error;
pub mod model;
mod op;
pub mod peer;
mod plain;
mod protocol;
mod record;
mod run;
mod spec;

pub use error::{Error, Result};
pub use op::Op;
pub use record::{Aes, AesShare, CpuSeconds, Record, Seconds};
pub use run::{Batch, Outcome};
pub use spec::Spec;
