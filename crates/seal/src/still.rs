//! A still of a camera that is kept for drawing masks: one picture in one record, under a key that seals nothing else.
//! `docs/design/segment.md` ("Stills for masks") has the bytes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use candour_units::{CameraId, StillId, WallTime};

use crate::cursor::Cursor;
use crate::key;

const MARKER: &[u8; 4] = b"CMST";
const VERSION: u8 = 1;
const HEAD_LEN: usize = 60;
const TAG_LEN: usize = 16;
/// The largest picture.
pub const MOST_STILL: usize = 8 << 20;

/// Which still a record holds; in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StillOf {
    /// Its id.
    pub still: StillId,
    /// Of which camera.
    pub camera: CameraId,
    /// When the picture was received.
    pub taken: WallTime,
}

/// Seals a picture: the bytes of its record. The same picture under the same key gives the same bytes, and another one another nonce.
/// `None` for more than [`MOST_STILL`] bytes.
#[must_use]
pub fn seal(of: StillOf, picture: &[u8], still_key: &[u8; 32]) -> Option<Vec<u8>> {
    if picture.len() > MOST_STILL {
        return None;
    }
    let key = key::stills_key(still_key);
    let nonce: [u8; NONCE_LEN] = *blake3::keyed_hash(&key, picture).as_bytes().first_chunk()?;
    let mut record = Vec::with_capacity(HEAD_LEN + picture.len() + TAG_LEN);
    record.extend_from_slice(MARKER);
    record.extend_from_slice(&[VERSION, 0, 0, 0]);
    record.extend_from_slice(of.still.as_bytes());
    record.extend_from_slice(of.camera.as_bytes());
    record.extend_from_slice(&of.taken.ticks().to_le_bytes());
    record.extend_from_slice(&nonce);
    let mut body = picture.to_vec();
    let tag = cipher(&key)
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&record), &mut body)
        .expect("a picture is far shorter than what AES-GCM can seal");
    record.extend_from_slice(&body);
    record.extend_from_slice(tag.as_ref());
    Some(record)
}

/// Which still a record holds, as its head says; `None` where that is no record of a still. It proves nothing before the picture is opened.
#[must_use]
pub fn of(record: &[u8]) -> Option<StillOf> {
    let mut fields = Cursor::over(record.get(..HEAD_LEN)?);
    if fields.slice(4)? != MARKER || fields.array::<4>()? != [VERSION, 0, 0, 0] {
        return None;
    }
    Some(StillOf {
        still: StillId::from_bytes(fields.array()?),
        camera: CameraId::from_bytes(fields.array()?),
        taken: WallTime::from_ticks(fields.i64()?),
    })
}

/// The picture of a record; `None` where the key is another one, a byte was changed, or it holds another still.
#[must_use]
pub fn open(expected: StillOf, record: &[u8], still_key: &[u8; 32]) -> Option<Vec<u8>> {
    if of(record)? != expected {
        return None;
    }
    let (head, sealed) = record.split_at_checked(HEAD_LEN)?;
    let nonce: [u8; NONCE_LEN] = *head.last_chunk()?;
    let key = key::stills_key(still_key);
    let mut sealed = sealed.to_vec();
    let opened = cipher(&key).open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(head), &mut sealed).ok()?;
    Some(opened.to_vec())
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    let unbound = UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes and so has this");
    LessSafeKey::new(unbound)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn one() -> StillOf {
        StillOf {
            still: StillId::from_bytes([1; 16]),
            camera: CameraId::from_bytes([2; 16]),
            taken: WallTime::from_unix_seconds(1_800_000_000),
        }
    }

    proptest! {
        #[test]
        fn a_still_opens_under_its_key_and_as_itself_only(picture in prop::collection::vec(any::<u8>(), 0..600)) {
            let record = seal(one(), &picture, &KEY).expect("it is small");
            prop_assert_eq!(of(&record), Some(one()));
            prop_assert_eq!(open(one(), &record, &KEY), Some(picture));
            prop_assert_eq!(open(one(), &record, &[8; 32]), None);
            let other = StillOf { camera: CameraId::from_bytes([3; 16]), ..one() };
            prop_assert_eq!(open(other, &record, &KEY), None);
        }

        #[test]
        fn a_changed_or_torn_record_opens_nothing(at: prop::sample::Index, bit in 0u8..8, cut: prop::sample::Index) {
            let record = seal(one(), &[0xff; 64], &KEY).expect("it is small");
            let mut changed = record.clone();
            changed[at.index(record.len())] ^= 1 << bit;
            prop_assert_eq!(open(one(), &changed, &KEY), None);
            prop_assert_eq!(open(one(), &record[..cut.index(record.len())], &KEY), None);
        }
    }

    /// The bytes stand here for ever, for whoever writes a reader.
    #[test]
    fn the_bytes_are_those_of_the_page() {
        let record = seal(one(), b"\xff\xd8\xff\xe0 a picture", &KEY).expect("it is small");
        assert_eq!(record.len(), HEAD_LEN + 14 + TAG_LEN);
        assert!(!record.windows(3).any(|three| three == [0xff, 0xd8, 0xff]), "nothing of the picture is in clear");
        assert_eq!(blake3::hash(&record).to_hex()[..16], *"935b333d32de72f4");
        assert_eq!(seal(one(), &vec![0; MOST_STILL + 1], &KEY), None);
    }
}
