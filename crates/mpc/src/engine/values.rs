//! The values of a program while it runs.

use sotto_nn::Program;

use crate::error::{Result, internal};
use crate::share::Arith;

/// A party's shares of the values that are still read.
pub(crate) struct Values(Vec<Option<Arith>>);

impl Values {
    pub(crate) fn new(program: &Program, input: Arith) -> Self {
        let mut values = vec![None; program.ops.len() + 1];
        values[0] = Some(input);
        Self(values)
    }

    /// No value is known.
    pub(crate) fn unknown(program: &Program) -> Self {
        Self(vec![None; program.ops.len() + 1])
    }

    pub(crate) fn find(&self, id: usize) -> Option<&Arith> {
        self.0[id].as_ref()
    }

    pub(crate) fn get(&self, id: usize) -> Result<&Arith> {
        self.find(id).ok_or_else(|| internal("a value is read before it is there"))
    }

    pub(crate) fn get_mut(&mut self, id: usize) -> Result<&mut Arith> {
        self.0[id].as_mut().ok_or_else(|| internal("a value is read before it is there"))
    }

    /// The inputs of operation `k`.
    pub(crate) fn inputs(&self, program: &Program, k: usize) -> Result<Vec<&Arith>> {
        program.ops[k].inputs.iter().map(|&id| self.get(id)).collect()
    }

    /// The result of operation `k`.
    pub(crate) fn put(&mut self, k: usize, share: Arith) {
        self.0[k + 1] = Some(share);
    }

    pub(crate) fn set(&mut self, id: usize, share: Arith) {
        self.0[id] = Some(share);
    }

    pub(crate) fn drop_value(&mut self, id: usize) {
        self.0[id] = None;
    }
}
