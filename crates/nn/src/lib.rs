//! Fixed-point programs: tensors, operations, the reference executor, import and calibration.
