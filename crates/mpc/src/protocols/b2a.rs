//! B2A: ⟨b⟩ Boolean ↦ ⟨b⟩ additive over Z_{2^ℓ} or Z_n, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), functionality F_B2A: `b₀ ⊕ b₁ = b₀ + b₁ − 2·b₀·b₁`. Over Z_{2^ℓ} the product matters modulo
//! 2^{ℓ−1} only. Cost per value: one COT_{ℓ−1}, or one over Z_n; the server sends; 2 rounds. Nothing for ℓ = 1.

use sotto_crypto::BitVec;

use super::mux::private_and;
use crate::cost::Cost;
use crate::error::Result;
use crate::ot::batch::{Batch, Inputs, Shares, Sums};
use crate::party::Party;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Additive shares of `b` over `out`.
pub async fn b2a(s: &mut Lane, b: &BitVec, out: impl Into<Modulus>) -> Result<Arith> {
    let mut batch = Batch::default();
    let conversion = Conversion::new(&mut batch, b.len(), out.into());
    let mut inputs = batch.inputs(s.party());
    conversion.bring(&mut inputs, b);
    let mut shares = inputs.run(s, &batch).await?;
    conversion.result(&mut shares, b)
}

/// A conversion beside other OTs.
pub(crate) struct Conversion {
    out: Modulus,
    /// The product b₀·b₁; none over one bit, where a Boolean share is an additive one.
    product: Option<Sums>,
}

impl Conversion {
    /// Of `n` bits.
    pub(crate) fn new(batch: &mut Batch, n: usize, out: Modulus) -> Self {
        let field = match out.bits() {
            1 => None,
            bits => Some(if out.ring().is_some() { Modulus::power_of_two(bits - 1) } else { out }),
        };
        Self { out, product: field.map(|field| batch.sums(Party::Server, n, 1, &[field])) }
    }

    /// What a party brings.
    pub(crate) fn bring<'a>(&self, inputs: &mut Inputs<'a>, b: &'a BitVec) {
        self.product.iter().for_each(|&product| private_and(inputs, product, b));
    }

    /// This party's share.
    pub(crate) fn result(&self, shares: &mut Shares, b: &BitVec) -> Result<Arith> {
        let product = self.product.map(|product| shares.sum(product)).transpose()?;
        let out = self.out;
        let share = |(i, bit)| {
            let product = product.as_ref().map_or(0, |p| p.values()[i]);
            out.sub(u64::from(bit), out.add(product, product))
        };
        Ok(Arith::new(out, b.iter().enumerate().map(share).collect()))
    }
}

/// Cost of `n` conversions.
pub fn cost(n: usize, out: Modulus) -> Cost {
    let mut batch = Batch::default();
    Conversion::new(&mut batch, n, out);
    batch.cost()
}
