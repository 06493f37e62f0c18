//! Audit entries, their Merkle tree, signed checkpoints, proofs, the journal format, and the verification of all of it.
//!
//! In here: what is hashed, signed and written, byte by byte (`docs/design/ledger.md` has it in words with a worked
//! example), [`check_ledger`], which reads a whole ledger and says where it does not fit, [`Certificate`], the one kind of
//! entry that is shown to strangers piece by piece, and [`LogExport`], the file in which found entries are taken away.
//! Not in here: files, fsync and threads (`audit`), who may look (`policy`), randomness (salts and keys come in as
//! parameters), where tiles are kept and who speaks to witnesses (`audit`, `witness`).

mod beside;
mod checkpoint;
mod commitment;
mod cosignature;
mod deletion;
mod details;
mod entry;
mod export;
mod frame;
mod hashing;
mod history;
mod journal;
mod json;
mod key;
mod layout;
mod leaf;
mod note;
mod proof;
mod tile;
mod tree;
mod walk;
mod witness;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use commitment::{Group, Salt, commitment};
pub use cosignature::{CosigningKey, WitnessKey};
pub use deletion::{
    Certificate, CertificateError, CertificateProof, CertificateProofError, EPOCH_ROTATED, FILE_FORMAT,
    FOOTAGE_DELETED, PURPOSE_END, TimesError, UNSAID, certificates_in, certificates_of, commitments_in,
};
pub use details::{Details, DetailsError, Disclosed, MAX_GROUP};
pub use entry::Entry;
pub use export::{
    CosignedBefore, EXPORT_FORMAT, EXPORT_UNSAID, ExportError, ExportedEntry, LOG_EXPORTED, LogExport, export_digest,
};
pub use frame::{Frame, FrameField, HEADER_LEN, LEAF_HASH_FROM_END, decode_frame, encode_frame, frame_length};
pub use hashing::{empty_root, leaf_hash, node_hash};
pub use history::{CheckpointFault, History, Stored};
pub use journal::{Journal, Next};
pub use json::{NotAnObject, canonical_object};
pub use key::{KeyError, LogKey, VerifierKey};
pub use layout::{CHECKPOINTS_FILE, COSIGNED_DIRECTORY, JOURNAL_FILE, VERIFIER_KEY_FILE};
pub use leaf::{Kind, Leaf, LeafError};
pub use note::{NoteError, NoteSignature, SignedNote};
pub use proof::{MemoryNodes, Nodes, ProofError, prove_consistency, prove_inclusion, root_of};
pub use proof::{verify_consistency, verify_inclusion};
pub use tile::{BadTile, TILE_HEIGHT, TILE_WIDTH, Tile, TileHashes, TileKind, TiledNodes};
pub use tile::{decode_bundle, encode_bundle, level_size, root_over};
pub use tree::Tree;
pub use walk::{Finding, Report, Tail, check_ledger};
pub use witness::{AddCheckpoint, Answer, Refusal, SIZE_CONTENT_TYPE, judge, read_answer};
