//! Protocols on shares: one `async fn` each, run by both parties with their own shares.

pub mod abs;
pub(crate) mod and;
pub mod argmax;
pub mod b2a;
pub mod clip;
pub mod cot;
pub mod divide;
pub mod drelu;
pub mod equality;
pub mod linear_he;
pub mod linear_ot;
pub mod lookup;
pub mod maxpool;
pub mod millionaires;
pub mod mux;
mod quotient;
pub mod random_ot;
pub mod relu;
pub mod relu_shift;
mod shift;
pub mod threshold;
pub(crate) mod tournament;
pub mod truncate;
