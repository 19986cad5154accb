//! End-to-end, conformance and wire-trace tests.
