//! The format of a backup: a body sealed in pieces under a key of its own, and that key, wrapped, in a small file apart.
//!
//! The two are apart because they end differently: the small file is destroyed when the backup expires, and a body
//! without it opens with nothing. Described byte by byte in `docs/design/keyring.md`.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use candour_units::{RecorderId, WallTime};
use zeroize::Zeroizing;

use crate::cursor::Cursor;
use crate::key::backup_key;
use crate::keyfile::{MasterKind, Wrapped};

const BODY_MAGIC: &[u8; 8] = b"CANDOBAK";
const KEY_MAGIC: &[u8; 8] = b"CANDOBKK";
const VERSION: u8 = 1;
const SUITE: u8 = 1;
const TAG_LEN: usize = 16;

/// Bytes of plaintext in every piece but the last.
pub const PIECE_LEN: usize = 65_536;
/// Bytes of a sealed piece of that length.
pub const SEALED_PIECE_LEN: usize = PIECE_LEN + TAG_LEN;
/// Bytes of the head, which begins body and key file alike (but for the magic).
pub const HEAD_LEN: usize = 80;
/// Bytes of a key file.
pub const KEY_FILE_LEN: usize = HEAD_LEN + 60 + 32;

/// What a backup says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupHead {
    /// Its name; random.
    pub id: [u8; 16],
    /// The keyring it is of.
    pub ring: [u8; 16],
    /// The recorder it is of.
    pub recorder: RecorderId,
    /// What wrapped its key.
    pub master: MasterKind,
    /// When it was begun.
    pub made: WallTime,
    /// From when on its key is destroyed.
    pub expires: WallTime,
}

/// Why bytes are no backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// Something else, or cut short within its head.
    #[error("it is not (or not the whole of) such a file")]
    Shape,
    /// Made by a later program.
    #[error("format version {version}, cipher suite {suite} is not known; a newer program wrote it")]
    Version {
        /// Format version.
        version: u8,
        /// Cipher suite.
        suite: u8,
    },
    /// Changed since it was written.
    #[error("it was damaged after it was written")]
    Damaged,
}

impl BackupHead {
    fn encode(&self, magic: &[u8; 8]) -> [u8; HEAD_LEN] {
        let mut out = [0; HEAD_LEN];
        out[..8].copy_from_slice(magic);
        let master = match self.master {
            MasterKind::Held => 1,
            MasterKind::Token => 2,
        };
        out[8..11].copy_from_slice(&[VERSION, SUITE, master]);
        out[12..16].copy_from_slice(&(PIECE_LEN as u32).to_le_bytes());
        out[16..32].copy_from_slice(&self.id);
        out[32..48].copy_from_slice(&self.ring);
        out[48..64].copy_from_slice(self.recorder.as_bytes());
        out[64..72].copy_from_slice(&self.made.ticks().to_le_bytes());
        out[72..].copy_from_slice(&self.expires.ticks().to_le_bytes());
        out
    }

    fn decode(bytes: &[u8], magic: &[u8; 8]) -> Result<Self, BackupError> {
        if !bytes.starts_with(magic) || bytes.len() < HEAD_LEN {
            return Err(BackupError::Shape);
        }
        let mut fields = Cursor::over(&bytes[8..HEAD_LEN]);
        let mut read = || -> Option<_> {
            let kinds: [u8; 4] = fields.array()?;
            let piece = fields.u32()?;
            let (id, ring, recorder) = (fields.array()?, fields.array()?, RecorderId::from_bytes(fields.array()?));
            let (made, expires) = (WallTime::from_ticks(fields.i64()?), WallTime::from_ticks(fields.i64()?));
            Some((kinds, piece, Self { id, ring, recorder, master: MasterKind::Held, made, expires }))
        };
        let ([version, suite, master, zero], piece, head) = read().ok_or(BackupError::Shape)?;
        if (version, suite) != (VERSION, SUITE) {
            return Err(BackupError::Version { version, suite });
        }
        let master = match master {
            1 => MasterKind::Held,
            2 => MasterKind::Token,
            _ => return Err(BackupError::Damaged),
        };
        (zero == 0 && piece as usize == PIECE_LEN).then_some(Self { master, ..head }).ok_or(BackupError::Damaged)
    }
}

/// The bytes of a key file: head, wrapped key, BLAKE3 of both.
#[must_use]
pub fn encode_key_file(head: &BackupHead, key: &Wrapped) -> Vec<u8> {
    let mut out = head.encode(KEY_MAGIC).to_vec();
    out.extend_from_slice(&key.to_bytes());
    let digest = blake3::hash(&out);
    out.extend_from_slice(digest.as_bytes());
    out
}

/// Reads a key file.
///
/// # Errors
/// [`BackupError`].
pub fn decode_key_file(bytes: &[u8]) -> Result<(BackupHead, Wrapped), BackupError> {
    let head = BackupHead::decode(bytes, KEY_MAGIC)?;
    let (written, digest) = bytes.split_at_checked(KEY_FILE_LEN - 32).ok_or(BackupError::Shape)?;
    if blake3::hash(written).as_bytes() != digest {
        return Err(BackupError::Damaged);
    }
    Ok((head, Wrapped::from_bytes(&written[HEAD_LEN..]).ok_or(BackupError::Shape)?))
}

/// The head of a body, for people who look at what lies in a directory; it is proved by its first piece.
///
/// # Errors
/// [`BackupError`].
pub fn decode_body_head(bytes: &[u8]) -> Result<BackupHead, BackupError> {
    BackupHead::decode(bytes, BODY_MAGIC)
}

/// The pieces of a body under its key: numbered, bound to the head, the last one marked. One key seals one body.
pub struct Pieces {
    key: LessSafeKey,
    head: [u8; HEAD_LEN],
    number: u64,
}

impl Pieces {
    /// Begins with the first piece; `key` is the key of this backup.
    #[must_use]
    pub fn new(head: &BackupHead, key: &[u8; 32]) -> Self {
        let key =
            UnboundKey::new(&AES_256_GCM, &*backup_key(key)).expect("an AES-256 key has 32 bytes and so has this");
        Self { key: LessSafeKey::new(key), head: head.encode(BODY_MAGIC), number: 0 }
    }

    /// The bytes a body begins with.
    #[must_use]
    pub fn head(&self) -> &[u8; HEAD_LEN] {
        &self.head
    }

    /// Seals the next piece, in place; every one but the last has [`PIECE_LEN`] bytes.
    pub fn seal(&mut self, piece: &mut Vec<u8>, last: bool) {
        debug_assert!(last || piece.len() == PIECE_LEN);
        let nonce = self.next(last);
        self.key
            .seal_in_place_append_tag(nonce, Aad::from(self.head), piece)
            .expect("a piece is far less than what AES-GCM can seal");
    }

    /// Opens the next piece.
    ///
    /// # Errors
    /// [`BackupError::Damaged`]: changed, cut off, out of order, or another key.
    pub fn open(&mut self, sealed: Vec<u8>, last: bool) -> Result<Zeroizing<Vec<u8>>, BackupError> {
        let mut piece = Zeroizing::new(sealed);
        let nonce = self.next(last);
        let len = self.key.open_in_place(nonce, Aad::from(self.head), &mut piece).map(|open| open.len());
        piece.truncate(len.map_err(|_| BackupError::Damaged)?);
        Ok(piece)
    }

    fn next(&mut self, last: bool) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.number.to_le_bytes());
        nonce[8] = u8::from(last);
        self.number += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> BackupHead {
        BackupHead {
            id: [1; 16],
            ring: [2; 16],
            recorder: RecorderId::from_bytes([3; 16]),
            master: MasterKind::Token,
            made: WallTime::from_unix_seconds(100),
            expires: WallTime::from_unix_seconds(200),
        }
    }

    fn body() -> Vec<Vec<u8>> {
        let mut pieces = Pieces::new(&head(), &[7; 32]);
        [(vec![5; PIECE_LEN], false), (vec![6; PIECE_LEN], false), (b"end".to_vec(), true)]
            .map(|(mut piece, last)| {
                pieces.seal(&mut piece, last);
                piece
            })
            .to_vec()
    }

    fn open(body: &[Vec<u8>], key: u8) -> Result<usize, BackupError> {
        let mut pieces = Pieces::new(&head(), &[key; 32]);
        let mut len = 0;
        for (number, piece) in body.iter().enumerate() {
            len += pieces.open(piece.clone(), number + 1 == body.len())?.len();
        }
        Ok(len)
    }

    #[test]
    fn a_body_opens_whole_in_order_and_under_its_key_only() {
        let body = body();
        assert_eq!(open(&body, 7), Ok(2 * PIECE_LEN + 3));
        assert_eq!(open(&body, 8), Err(BackupError::Damaged));
        assert_eq!(open(&body[..2], 7), Err(BackupError::Damaged), "cut off behind a piece");
        assert_eq!(open(&[body[1].clone(), body[0].clone(), body[2].clone()], 7), Err(BackupError::Damaged));
        let mut changed = body.clone();
        changed[1][9] ^= 1;
        assert_eq!(open(&changed, 7), Err(BackupError::Damaged));
    }

    #[test]
    fn a_key_file_comes_back_and_every_flipped_byte_is_found() {
        let wrapped = Wrapped { nonce: [8; 12], sealed: [9; 48] };
        let bytes = encode_key_file(&head(), &wrapped);
        assert_eq!((bytes.len(), decode_key_file(&bytes)), (KEY_FILE_LEN, Ok((head(), wrapped))));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(decode_key_file(&changed).is_err(), "byte {at}");
            assert!(decode_key_file(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert!(decode_body_head(&bytes).is_err());
        assert_eq!(decode_body_head(Pieces::new(&head(), &[7; 32]).head()), Ok(head()));
    }
}
