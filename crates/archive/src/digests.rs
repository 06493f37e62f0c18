//! Telling the log which segments were closed: one entry for all of them.

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::SegmentRow;

use crate::{Archive, ArchiveError};

/// Segments in one entry: a member takes some 260 bytes, and an entry holds 64 KiB.
const SEGMENTS: i64 = 200;

impl Archive {
    /// Writes the digests of segments closed since into the log: one entry for all of them. The program calls it once a minute.
    ///
    /// # Errors
    /// [`ArchiveError::Log`], [`ArchiveError::Db`].
    pub async fn log_closed_segments(&self) -> Result<u64, ArchiveError> {
        let mut logged = 0;
        loop {
            let rows = self.inner.db.segments_to_log(SEGMENTS).await?;
            if rows.is_empty() {
                return Ok(logged);
            }
            let mut cameras: Vec<_> = rows.iter().map(|row| row.camera).collect();
            cameras.sort_unstable();
            cameras.dedup();
            let event = Event {
                kind: EventKind::SegmentsClosed,
                actor: Actor::Recorder,
                subject: Subject { cameras, ..Subject::default() },
                outcome: outcome(&rows),
            };
            self.inner.log.append(event).await?;
            // A crash here has them told twice, with the same digests: harmless, and readers count the first.
            self.inner.db.mark_logged(&rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            logged += rows.len() as u64;
        }
    }
}

/// `{"segments":[{"bytes":n,"content_commitment":"…","sealed_digest":"…","segment":"…"},…]}`, keys sorted.
fn outcome(rows: &[SegmentRow]) -> String {
    let members: Vec<_> = rows
        .iter()
        .map(|row| {
            let hash = |hash: Option<candour_units::Hash>| match hash {
                Some(hash) => format!("\"{hash}\""),
                None => "null".to_owned(),
            };
            format!(
                "{{\"bytes\":{},\"content_commitment\":{},\"sealed_digest\":{},\"segment\":\"{}\"}}",
                row.len_bytes,
                hash(row.content_commitment),
                hash(row.sealed_digest),
                row.id
            )
        })
        .collect();
    format!("{{\"segments\":[{}]}}", members.join(","))
}
