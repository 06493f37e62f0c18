//! Names of the files of one log, in its directory. The private key (`signing.key`) is not part of a copy.

/// Frames of all entries, oldest first; see [`crate::encode_frame`].
pub const JOURNAL_FILE: &str = "journal";
/// Checkpoints, oldest first; see [`crate::History`].
pub const CHECKPOINTS_FILE: &str = "checkpoints";
/// One line: the public key; see [`crate::VerifierKey::parse`].
pub const VERIFIER_KEY_FILE: &str = "verifier.key";
/// Directory of the newest checkpoint that each witness cosigned: notes named after the witness's key id, in hex, `.note`.
pub const COSIGNED_DIRECTORY: &str = "cosigned";
