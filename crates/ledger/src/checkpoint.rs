//! C2SP tlog-checkpoint: origin, size and root of a log, as the text of a signed note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::Hash;

use crate::key::{LogKey, VerifierKey};
use crate::note::{NoteError, SignedNote};

/// Why a note is not a checkpoint of the log asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a note, or not signed by the log.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A line of the text is not what it must be.
    #[error("line {line} of the checkpoint is malformed")]
    Line {
        /// Which, from 0: origin, size, root, extensions.
        line: usize,
    },
    /// It is of another log.
    #[error("the checkpoint is of the log {found}, not of {expected}")]
    Origin {
        /// The log asked for.
        expected: String,
        /// The log it names.
        found: String,
    },
}

/// The state of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; the same as its key's name.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Further lines, for what comes later; none today.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// The one text: a line each for origin, size in decimal, root in base64, and every extension.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0));
        for line in &self.extensions {
            out.push_str(line);
            out.push('\n');
        }
        out
    }

    /// Reads the one text; nothing else decodes.
    ///
    /// # Errors
    /// [`CheckpointError::Line`].
    pub fn decode(text: &str) -> Result<Self, CheckpointError> {
        let wrong = |line| CheckpointError::Line { line };
        let body = text.strip_suffix('\n').ok_or(wrong(0))?;
        let mut lines = body.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(wrong(0))?;
        let size = lines.next().and_then(decimal).ok_or(wrong(1))?;
        let root = lines.next().and_then(|line| STANDARD.decode(line).ok()).ok_or(wrong(2))?;
        let root = Hash(root.try_into().map_err(|_| wrong(2))?);
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        match extensions.iter().position(String::is_empty) {
            Some(empty) => Err(wrong(3 + empty)),
            None => Ok(Self { origin: origin.to_owned(), size, root, extensions }),
        }
    }

    /// The checkpoint as a note signed by the log.
    #[must_use]
    pub fn sign(&self, key: &LogKey) -> SignedNote {
        SignedNote::sign(self.encode(), key)
    }

    /// Reads a signed checkpoint and checks that the log with this key signed it.
    ///
    /// # Errors
    /// What does not fit.
    pub fn open(note: &[u8], key: &VerifierKey) -> Result<Self, CheckpointError> {
        let note = SignedNote::decode(note)?;
        note.verify(key)?;
        let checkpoint = Self::decode(&note.text)?;
        if checkpoint.origin == key.name() {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Origin { expected: key.name().to_owned(), found: checkpoint.origin })
        }
    }
}

/// A number without sign, spaces or leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    (digits && shortest).then(|| text.parse().ok()).flatten()
}
