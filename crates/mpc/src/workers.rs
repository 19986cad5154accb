//! A session's workers. The first one runs the program, at either end; each further one has a connection, sources and lanes of its own,
//! runs the calls that the schedule gives to its number, and knows nothing but these calls' shares.
//! Argued in docs/decisions/0040-workers.md.

pub(crate) mod crew;
pub(crate) mod letter;
pub(crate) mod post;
pub(crate) mod recruit;
pub(crate) mod worker;
