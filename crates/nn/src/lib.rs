//! Fixed-point programs: tensors, operations, the reference executor, import and calibration.
//!
//! A model is a [`Program`] (the public architecture), [`Weights`] (secret) and a [`Card`] (what people need to know to
//! use it). [`reference::run`] defines what a program computes; the secure executor of `sotto-mpc` returns the same bits.
//! This crate knows no cryptography and compiles for the browser and natively.
//!
//! ```
//! use sotto_nn::{Op, OpKind, Program, ValueType, Weights, reference};
//!
//! let value = ValueType { shape: vec![3], bits: 16, frac_bits: 0 };
//! let relu = Op { name: "relu".into(), kind: OpKind::Relu, inputs: vec![0], output: value.clone() };
//! let program = Program { version: Program::VERSION, input: value, ops: vec![relu] };
//! program.validate()?;
//! assert_eq!(reference::run_output(&program, &Weights::new(), &[-5, 0, 7])?, [0, 0, 7]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "import")]
pub mod bundle;
#[cfg(feature = "import")]
pub mod calibrate;
pub mod card;
mod description;
#[cfg(feature = "import")]
mod exact;
#[cfg(feature = "import")]
pub mod graph;
#[cfg(feature = "import")]
pub mod import;
pub mod kernels;
#[cfg(feature = "import")]
pub mod onnx;
pub mod passes;
pub mod picture;
#[cfg(feature = "import")]
mod products;
pub mod program;
#[cfg(feature = "import")]
mod real;
pub mod reference;
pub mod ring;
pub mod signal;
mod tensor;
#[cfg(feature = "testing")]
pub mod testing;
mod weights;
pub mod window;

pub use card::Card;
pub use description::{Description, DescriptionError, ModelDigest, NoDigest};
pub use program::{Op, OpKind, Program, ProgramError, Sign, ValueId, ValueType};
pub use tensor::{ShapeError, Tensor};
pub use weights::Weights;
pub use window::{Geometry, Window};
