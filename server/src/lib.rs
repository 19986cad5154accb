//! The sotto server, native client, importer and bench.
