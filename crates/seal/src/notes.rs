//! What was found in a segment's pictures, sealed under the segment's key: so it goes where its footage goes, and is there when the
//! catalogue is lost. `docs/design/segment.md` ("Notes") has the bytes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use candour_units::{SegmentId, StreamId, WallRange, WallTime};

use crate::cursor::Cursor;
use crate::key;

const MARKER: &[u8; 4] = b"CNOT";
const VERSION: u8 = 1;
const HEAD_LEN: usize = 64;
const TAG_LEN: usize = 16;
const CHECK_LEN: usize = 8;
/// The longest plaintext; a finding takes 37 bytes and a word, and a segment of five minutes has hundreds at the worst.
pub const MOST_NOTE: usize = 1 << 20;
/// The longest word of a doubt.
const MOST_WORD: usize = 64;

/// One stretch of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedFinding {
    /// From, to.
    pub range: WallRange,
    /// 0 nothing moved, 1 something moved, 2 nothing can be said.
    pub kind: u8,
    /// Nothing moved in at least five pictures of every second.
    pub throughout: bool,
    /// Hundredths of a level of brightness.
    pub score: u32,
    /// Ten-thousandths of the picture.
    pub extent: u16,
    /// Left, top, right, bottom in ten-thousandths of the picture.
    pub area: [u16; 4],
    /// Stable word of a doubt, at most 64 bytes; empty where there is none.
    pub why: String,
}

/// What was found about one segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// What the findings together say, as the catalogue numbers it (`candour_db::Stillness`).
    pub stillness: u8,
    /// The findings that touch it, oldest first.
    pub findings: Vec<NotedFinding>,
}

/// Which segment a note is about; in clear, as it is in the segment's own header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteOf {
    /// The segment.
    pub segment: SegmentId,
    /// Its stream.
    pub stream: StreamId,
    /// Its first moment.
    pub start: WallTime,
}

/// A note that is still sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedNote {
    /// What it is about.
    pub of: NoteOf,
    head: [u8; HEAD_LEN],
    sealed: Vec<u8>,
}

/// Seals a note: the bytes of its record. The same note under the same key gives the same bytes, and another one another nonce.
///
/// # Panics
/// Never: a note of more than [`MOST_NOTE`] bytes is cut to what fits, its newest findings left out.
#[must_use]
pub fn seal(of: NoteOf, note: &Note, segment_key: &[u8; 32]) -> Vec<u8> {
    let key = key::notes_key(segment_key);
    let mut body = plaintext(note);
    let nonce = nonce(&key, &body);
    let mut record = head(of, nonce, body.len());
    let tag = cipher(&key)
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&record), &mut body)
        .expect("a note is far shorter than what AES-GCM can seal");
    record.extend_from_slice(&body);
    record.extend_from_slice(tag.as_ref());
    let check = check(&record);
    record.extend_from_slice(&check);
    record
}

/// The notes in a file of them, in order. What is torn or damaged is passed over: the next record is looked for behind it.
#[must_use]
pub fn read(file: &[u8]) -> Vec<SealedNote> {
    let mut notes = Vec::new();
    let mut rest = file;
    while rest.len() >= HEAD_LEN {
        match record(rest) {
            Some((note, len)) => {
                notes.push(note);
                rest = &rest[len..];
            }
            None => rest = next_marker(rest),
        }
    }
    notes
}

impl SealedNote {
    /// Opens it with the key of its segment; `None` where the key is another one or a byte was changed.
    #[must_use]
    pub fn open(&self, segment_key: &[u8; 32]) -> Option<Note> {
        let key = key::notes_key(segment_key);
        let nonce: [u8; NONCE_LEN] = *self.head.get(48..60)?.first_chunk()?;
        let mut sealed = self.sealed.clone();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let body = cipher(&key).open_in_place(nonce, Aad::from(&self.head), &mut sealed).ok()?;
        parse(body)
    }
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    let unbound = UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes and so has this");
    LessSafeKey::new(unbound)
}

/// A function of key and plaintext, so that one nonce seals one plaintext however often a crash has it written again.
fn nonce(key: &[u8; 32], body: &[u8]) -> [u8; NONCE_LEN] {
    *blake3::keyed_hash(key, body).as_bytes().first_chunk().expect("a hash is longer than a nonce")
}

fn head(of: NoteOf, nonce: [u8; NONCE_LEN], len: usize) -> Vec<u8> {
    let mut head = Vec::with_capacity(HEAD_LEN + len + TAG_LEN + CHECK_LEN);
    head.extend_from_slice(MARKER);
    head.extend_from_slice(&[VERSION, 0, 0, 0]);
    head.extend_from_slice(of.segment.as_bytes());
    head.extend_from_slice(of.stream.as_bytes());
    head.extend_from_slice(&of.start.ticks().to_le_bytes());
    head.extend_from_slice(&nonce);
    head.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
    head
}

fn check(bytes: &[u8]) -> [u8; CHECK_LEN] {
    *blake3::hash(bytes).as_bytes().first_chunk().expect("a hash is longer than a check")
}

fn record(bytes: &[u8]) -> Option<(SealedNote, usize)> {
    let head: [u8; HEAD_LEN] = *bytes.first_chunk()?;
    let mut fields = Cursor::over(&head);
    if fields.slice(4)? != MARKER || fields.array::<4>()? != [VERSION, 0, 0, 0] {
        return None;
    }
    let of = NoteOf {
        segment: SegmentId::from_bytes(fields.array()?),
        stream: StreamId::from_bytes(fields.array()?),
        start: WallTime::from_ticks(fields.i64()?),
    };
    fields.slice(NONCE_LEN)?;
    let len = usize::try_from(fields.u32()?).ok().filter(|len| *len <= MOST_NOTE)?;
    let checked = HEAD_LEN + len + TAG_LEN;
    let whole = bytes.get(..checked + CHECK_LEN)?;
    if whole[checked..] != check(&whole[..checked]) {
        return None;
    }
    Some((SealedNote { of, head, sealed: whole[HEAD_LEN..checked].to_vec() }, checked + CHECK_LEN))
}

fn next_marker(bytes: &[u8]) -> &[u8] {
    let at = bytes.windows(MARKER.len()).skip(1).position(|four| four == MARKER);
    at.map_or(&[], |at| &bytes[at + 1..])
}

fn plaintext(note: &Note) -> Vec<u8> {
    let mut body = vec![note.stillness];
    for of in &note.findings {
        let mut row = Vec::with_capacity(40);
        row.extend_from_slice(&of.range.start.ticks().to_le_bytes());
        row.extend_from_slice(&of.range.end.ticks().to_le_bytes());
        row.extend_from_slice(&[of.kind, u8::from(of.throughout)]);
        row.extend_from_slice(&of.score.to_le_bytes());
        row.extend_from_slice(&of.extent.to_le_bytes());
        of.area.iter().for_each(|side| row.extend_from_slice(&side.to_le_bytes()));
        let why = of.why.as_bytes();
        let len = why.len().min(MOST_WORD);
        row.push(len as u8);
        row.extend_from_slice(&why[..len]);
        if body.len() + row.len() > MOST_NOTE {
            break;
        }
        body.extend_from_slice(&row);
    }
    body
}

fn parse(body: &[u8]) -> Option<Note> {
    let mut fields = Cursor::over(body);
    let [stillness] = fields.array()?;
    let mut findings = Vec::new();
    while !fields.is_at_end() {
        let range = WallRange::new(WallTime::from_ticks(fields.i64()?), WallTime::from_ticks(fields.i64()?))?;
        let [kind, throughout] = fields.array()?;
        if kind > 2 || throughout > 1 {
            return None;
        }
        let (score, extent) = (fields.u32()?, fields.u16()?);
        let area = [fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?];
        let [len] = fields.array()?;
        let why = std::str::from_utf8(fields.slice(usize::from(len))?).ok()?.to_owned();
        findings.push(NotedFinding { range, kind, throughout: throughout == 1, score, extent, area, why });
    }
    Some(Note { stillness, findings })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn of(number: u8) -> NoteOf {
        NoteOf {
            segment: SegmentId::from_bytes([number; 16]),
            stream: StreamId::from_bytes([9; 16]),
            start: WallTime::from_unix_seconds(1_800_000_000),
        }
    }

    fn notes() -> impl Strategy<Value = Note> {
        let one =
            (any::<i32>(), 1i64..5_400_000, 0u8..3, any::<bool>(), any::<u32>(), any::<[u16; 5]>(), "[a-z_]{0,12}");
        let finding = one.prop_map(|(start, length, kind, throughout, score, [extent, area @ ..], why)| {
            let start = WallTime::from_ticks(i64::from(start));
            let range = WallRange { start, end: start + candour_units::WallDuration::from_ticks(length) };
            NotedFinding { range, kind, throughout, score, extent, area, why }
        });
        (0u8..8, prop::collection::vec(finding, 0..6)).prop_map(|(stillness, findings)| Note { stillness, findings })
    }

    proptest! {
        #[test]
        fn a_note_reads_back_and_only_with_its_key(note in notes()) {
            let record = seal(of(1), &note, &KEY);
            prop_assert_eq!(&record, &seal(of(1), &note, &KEY), "written again it is the same");
            let read = read(&record);
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(read[0].of, of(1));
            prop_assert_eq!(read[0].open(&KEY), Some(note));
            prop_assert_eq!(read[0].open(&[8; 32]), None);
        }

        /// Whatever is torn off or flipped costs the records it hits and no other, and nothing false is read.
        #[test]
        fn damage_costs_what_it_hits(
            all in prop::collection::vec(notes(), 1..5),
            flipped in prop::option::of((any::<prop::sample::Index>(), 0u8..8)),
            cut: prop::sample::Index,
        ) {
            let records: Vec<_> = (1..).zip(&all).map(|(number, note)| seal(of(number), note, &KEY)).collect();
            let mut file = records.concat();
            let mut hurt = None;
            if let Some((index, bit)) = flipped {
                let at = index.index(file.len());
                file[at] ^= 1 << bit;
                hurt = Some(at);
            }
            let cut = cut.index(file.len() + 1);
            file.truncate(cut);
            let mut expected = Vec::new();
            let mut from = 0;
            for (record, note) in records.iter().zip(&all) {
                let to = from + record.len();
                if to <= cut && hurt.is_none_or(|at| !(from..to).contains(&at)) {
                    expected.push(note.clone());
                }
                from = to;
            }
            let found: Vec<_> = read(&file).iter().filter_map(|note| note.open(&KEY)).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(read(&bytes).iter().all(|note| note.open(&KEY).is_none()));
        }
    }

    /// The bytes of one record stand here for ever, for whoever writes a reader.
    #[test]
    fn the_bytes_are_those_of_the_page() {
        let start = WallTime::from_unix_seconds(1_800_000_000);
        let range = WallRange { start, end: start + candour_units::WallDuration::from_seconds(60) };
        let still =
            NotedFinding { range, kind: 0, throughout: true, score: 0, extent: 0, area: [0; 4], why: String::new() };
        let record = seal(of(0x55), &Note { stillness: 2, findings: vec![still] }, &[0xb2; 32]);
        assert_eq!(record.len(), HEAD_LEN + 34 + TAG_LEN + CHECK_LEN);
        assert_eq!(blake3::hash(&record).to_hex()[..16], *"18df09e195bd6ec3");
    }
}
