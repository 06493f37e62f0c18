//! What was found in pictures, kept beside the footage it is about: sealed under each segment's own key, so that it cannot be read any more
//! once the footage cannot, and is there when the catalogue is made anew.

use std::collections::BTreeMap;

use candour_db::{Db, FindingKind, FindingRow, MovedPart, SegmentRow, SegmentState, Stillness, Weighed};
use candour_files::{FilesError, NotesDay};
use candour_keyring::KeyError;
use candour_seal::notes::{self, Note, NoteOf, NotedFinding};
use candour_units::CameraId;

use crate::recover::blocking;
use crate::store::Store;
use crate::{Archive, ArchiveError};

/// Records put into one transaction when they are read back.
const AT_ONCE: usize = 256;

/// What was found about one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Which.
    pub segment: SegmentRow,
    /// What they say together.
    pub stillness: Stillness,
    /// The findings that touch it, oldest first.
    pub rows: Vec<FindingRow>,
}

impl Archive {
    /// Writes what was found beside the footage it is about. What has no key any more, or lies where nobody can write now, is left out:
    /// it is about footage that is gone, or stays in the catalogue alone.
    ///
    /// # Errors
    /// [`ArchiveError::Storage`]; what was written already is written again by the next call, with the same bytes.
    pub async fn note_findings(&self, found: Vec<Findings>) -> Result<(), ArchiveError> {
        let store = self.inner.store.clone();
        blocking(move || write(&store, &found)).await
    }

    /// Removes notes of days of which no footage is left: nothing in them can be opened any more. Gives how many files went.
    ///
    /// # Errors
    /// [`ArchiveError::Storage`], [`ArchiveError::Db`].
    pub async fn drop_old_notes(&self) -> Result<u64, ArchiveError> {
        let mut oldest = NotesDay::of(self.inner.clock.wall());
        for state in [SegmentState::Open, SegmentState::Closed, SegmentState::Deleting] {
            if let Some(row) = self.inner.db.segments_in_state(state, 1).await?.first() {
                oldest = oldest.min(NotesDay::of(row.start));
            }
        }
        let store = self.inner.store.clone();
        blocking(move || {
            let failed = |error: FilesError| ArchiveError::storage("remove old notes", &error);
            let mut gone = 0;
            for (_, files) in store.available() {
                for day in files.days_of_notes().map_err(failed)?.into_iter().filter(|day| *day < oldest) {
                    files.remove_notes(day).map_err(failed)?;
                    gone += 1;
                }
            }
            Ok(gone)
        })
        .await
    }
}

fn write(store: &Store, found: &[Findings]) -> Result<(), ArchiveError> {
    let mut records: BTreeMap<(i64, NotesDay), Vec<u8>> = BTreeMap::new();
    for Findings { segment, stillness, rows } in found {
        let Ok(key) = store.keyring.key_of(segment.stream, segment.id, segment.start) else { continue };
        let of = NoteOf { segment: segment.id, stream: segment.stream, start: segment.start };
        let note = Note { stillness: stillness.number(), findings: rows.iter().map(noted).collect() };
        let place = (segment.storage, NotesDay::of(segment.start));
        records.entry(place).or_default().extend(notes::seal(of, &note, key.bytes()));
    }
    for ((storage, day), records) in records {
        let Ok(files) = store.files(storage) else { continue };
        let failed = |error: FilesError| ArchiveError::storage("write what was found", &error);
        files.append_notes(day, &records).map_err(failed)?;
    }
    Ok(())
}

fn noted(row: &FindingRow) -> NotedFinding {
    NotedFinding {
        range: row.range,
        kind: row.kind as u8,
        throughout: row.throughout,
        score: row.part.score,
        extent: row.part.extent,
        area: row.part.area,
        why: row.why.clone().unwrap_or_default(),
    }
}

fn row(camera: CameraId, noted: NotedFinding) -> FindingRow {
    let kind = match noted.kind {
        0 => FindingKind::Still,
        1 => FindingKind::Moved,
        _ => FindingKind::Unsure,
    };
    let part = MovedPart { score: noted.score, extent: noted.extent, area: noted.area };
    let why = (kind == FindingKind::Unsure).then_some(noted.why);
    FindingRow { camera, range: noted.range, kind, part, why, throughout: noted.throughout }
}

/// Puts every note about footage that the catalogue knows and whose key is there back into it. Gives about how many segments.
///
/// # Errors
/// [`ArchiveError`].
pub(crate) async fn read_back(db: &Db, store: &Store) -> Result<u64, ArchiveError> {
    let failed = |error: FilesError| ArchiveError::storage("read what was found", &error);
    let mut segments = 0;
    for (_, files) in store.available() {
        let listed = files.clone();
        for day in blocking(move || listed.days_of_notes().map_err(failed)).await? {
            let (files, store) = (files.clone(), store.clone());
            let opened = blocking(move || open_day(&store, &files.notes(day).map_err(failed)?)).await?;
            for some in opened.chunks(AT_ONCE) {
                segments += put(db, some).await?;
            }
        }
    }
    Ok(segments)
}

fn open_day(store: &Store, file: &[u8]) -> Result<Vec<(NoteOf, Note)>, ArchiveError> {
    let mut opened = Vec::new();
    for sealed in notes::read(file) {
        let NoteOf { segment, stream, start } = sealed.of;
        match store.keyring.key_of(stream, segment, start) {
            Ok(key) => opened.extend(sealed.open(key.bytes()).map(|note| (sealed.of, note))),
            Err(KeyError::Gone { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(opened)
}

async fn put(db: &Db, notes: &[(NoteOf, Note)]) -> Result<u64, ArchiveError> {
    let (mut rows, mut weighed): (Vec<FindingRow>, Vec<Weighed>) = (Vec::new(), Vec::new());
    for (of, note) in notes {
        let Some(segment) = db.segment(of.segment).await? else { continue };
        rows.extend(note.findings.iter().map(|noted| row(segment.camera, noted.clone())));
        // Which promises there were is not known any more: what was still ends as if something had moved, unless a version of the policy
        // that comes into force says otherwise.
        let stillness = Stillness::of_number(note.stillness).unwrap_or(Stillness::NotShown);
        weighed.push(Weighed { segment: of.segment, stillness, still_until: None });
    }
    db.put_findings(&rows).await?;
    db.note_weighed(&weighed).await?;
    Ok(weighed.len() as u64)
}
