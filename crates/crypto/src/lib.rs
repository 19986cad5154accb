//! Blocks, PRG, hashes, transposition and the group: the kernels under Sotto's protocols.
