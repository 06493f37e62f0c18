//! One segment file while it is written: sealed records go in, and stay in memory until they are durable.
//!
//! The order (rules 5 and 7 of the store): the key is durable, then the file is made, then its header is appended, then
//! fragments, then the footer. Every record is kept as sealed until a sync covered it: should the sync fail, the very
//! same bytes are appended again, for one key and index seal one plaintext.

use candour_db::{SegmentRow, SegmentState};
use candour_files::{FilesError, OpenSegment};
use candour_seal::{FragmentBuilder, FragmentInfo, SampleRow, SealError, Sealer};
use candour_units::{MonoTime, WallRange, WallTime};

use crate::lines::Turn;
use crate::mend::bounded_end;

/// A record that a power cut could still take.
struct Unsynced {
    bytes: Vec<u8>,
    /// When the oldest sample in it came in; `None` for header and footer.
    taken: Option<MonoTime>,
    /// When its first sample happened.
    wall_start: Option<WallTime>,
}

/// Why a fragment or a footer did not get into the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The storage refused it, twice.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl WriteError {
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Files(error) if error.is_full())
    }
}

/// A file with its sealer; without one once it is closed.
pub(crate) struct SegmentFile {
    file: OpenSegment,
    sealer: Option<Sealer>,
    unsynced: Vec<Unsynced>,
    /// What the catalogue will know when everything written is durable.
    row: SegmentRow,
    /// All fragments, once closed.
    closed_table: Vec<FragmentInfo>,
    /// All samples, once closed.
    closed_samples: Vec<SampleRow>,
    /// In whose turn of writing the stream it was begun.
    turn: Turn,
}

impl SegmentFile {
    /// Takes over a new file whose header record is `header_bytes`.
    ///
    /// # Errors
    /// When the header cannot be appended; then the file is of no use.
    pub(crate) fn begin(
        file: OpenSegment,
        sealer: Sealer,
        header_bytes: Vec<u8>,
        row: SegmentRow,
        turn: Turn,
    ) -> Result<Self, WriteError> {
        let mut this = Self {
            file,
            sealer: Some(sealer),
            unsynced: Vec::new(),
            row,
            closed_table: Vec::new(),
            closed_samples: Vec::new(),
            turn,
        };
        this.append(&header_bytes)?;
        this.unsynced.push(Unsynced { bytes: header_bytes, taken: None, wall_start: None });
        Ok(this)
    }

    /// Seals and appends a fragment; gives the bytes written.
    ///
    /// # Errors
    /// [`WriteError`]; then nothing more is to be appended but the footer.
    pub(crate) fn write(
        &mut self,
        builder: FragmentBuilder,
        wall: WallRange,
        taken: MonoTime,
    ) -> Result<u64, WriteError> {
        let sealer = self.sealer.as_mut().expect("a closed file is not written to");
        let sealed = sealer.seal(builder, wall)?;
        let samples = sealed.info().samples;
        // Tried twice with the same ciphertext, then given up (rule 5).
        let appended = self.file.append(sealed.bytes()).or_else(|_| self.file.append(sealed.bytes()));
        appended?;
        let bytes = sealer.written(sealed)?;
        let len = bytes.len() as u64;
        self.unsynced.push(Unsynced { bytes, taken: Some(taken), wall_start: Some(wall.start) });
        self.row.end = bounded_end(self.row.start, wall.end.max(self.row.end));
        self.row.samples += i64::from(samples);
        self.row.len_bytes = self.len();
        Ok(len)
    }

    /// Appends the footer; nothing more is sealed under the key. Not durable until the next sync.
    ///
    /// # Errors
    /// [`WriteError`]; the file is left for mending.
    pub(crate) fn close(&mut self, end: WallTime) -> Result<(), WriteError> {
        let Some(sealer) = self.sealer.take() else { return Ok(()) };
        let footer = sealer.close();
        (self.closed_table, self.closed_samples) = (footer.fragments, footer.samples);
        self.append(&footer.bytes)?;
        self.unsynced.push(Unsynced { bytes: footer.bytes, taken: None, wall_start: None });
        self.row.state = SegmentState::Closed;
        self.row.end = bounded_end(self.row.start, end);
        self.row.len_bytes = self.len();
        self.row.sealed_digest = Some(footer.sealed_digest);
        self.row.content_commitment = Some(footer.content_commitment);
        Ok(())
    }

    fn append(&mut self, record: &[u8]) -> Result<(), WriteError> {
        self.file.append(record).or_else(|_| self.file.append(record))?;
        Ok(())
    }

    /// Whether it holds no whole fragment.
    pub(crate) fn is_empty(&self) -> bool {
        self.table().is_empty()
    }

    /// Every fragment written.
    pub(crate) fn table(&self) -> &[FragmentInfo] {
        self.sealer.as_ref().map_or(&self.closed_table, Sealer::fragments)
    }

    /// Every sample written.
    pub(crate) fn samples(&self) -> &[SampleRow] {
        self.sealer.as_ref().map_or(&self.closed_samples, Sealer::samples)
    }

    /// The row as it is once everything written is durable.
    pub(crate) fn row(&self) -> &SegmentRow {
        &self.row
    }

    /// In whose turn it was begun.
    pub(crate) fn turn(&self) -> Turn {
        self.turn
    }

    /// When the oldest sample came in that is written and not durable.
    pub(crate) fn oldest_unsynced(&self) -> Option<MonoTime> {
        self.unsynced.iter().find_map(|record| record.taken)
    }

    /// When the oldest sample happened that is written and not durable.
    pub(crate) fn unsynced_since(&self) -> Option<WallTime> {
        self.unsynced.iter().find_map(|record| record.wall_start)
    }

    /// Whether anything was written since the last sync.
    pub(crate) fn is_dirty(&self) -> bool {
        !self.unsynced.is_empty()
    }

    /// A sync of everything written so far has succeeded. Gives the buffers that are not needed any more.
    pub(crate) fn synced(&mut self) -> impl Iterator<Item = Vec<u8>> {
        let len = self.file.len();
        self.file.synced_to(len);
        self.unsynced.drain(..).map(|record| record.bytes)
    }

    /// After a failed sync: forgets what was written since the last good one and appends the same bytes again.
    ///
    /// # Errors
    /// [`WriteError::Files`].
    pub(crate) fn write_again(&mut self) -> Result<(), WriteError> {
        if self.unsynced.is_empty() {
            return Ok(());
        }
        self.file.roll_back()?;
        for record in &self.unsynced {
            self.file.append(&record.bytes)?;
        }
        Ok(())
    }

    fn len(&self) -> i64 {
        i64::try_from(self.file.len()).unwrap_or(i64::MAX)
    }
}
