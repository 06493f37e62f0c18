//! Audit entries, Merkle tree, checkpoints, proofs and verification.
