//! Files made in the test, good and bad.
