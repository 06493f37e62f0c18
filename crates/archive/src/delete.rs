//! The deletion protocol: intent row, keys, unlink, row, certificate. Each step durable before the next; a crash
//! between any two is finished after restart by the same function.

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{CertificateRow, DeletionStep, SegmentRow, SegmentState};
use candour_recording::GapCause;
use candour_units::{SegmentId, StreamId, WallDuration, WallRange, WallTime};

use crate::open::Inner;
use crate::recover::blocking;
use crate::{Archive, ArchiveError};

/// A decision of `policy`, carried out here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionOrder {
    /// What to destroy.
    pub segment: SegmentId,
    /// The rule in words, with the purpose.
    pub rule: String,
    /// When it was due.
    pub due: WallTime,
}

impl Archive {
    /// Destroys one closed segment and logs its certificate. Repeating an order is harmless.
    ///
    /// # Errors
    /// The step that failed; it is noted on the deletion's row and tried again by [`Self::finish_deletions`].
    /// [`ArchiveError::NotFound`] for a segment nobody knows or that is still being written.
    pub async fn delete(&self, order: &DeletionOrder) -> Result<CertificateRow, ArchiveError> {
        let _one_at_a_time = self.inner.deleting.lock().await;
        let begun = match self.inner.db.certificate(order.segment).await? {
            Some(begun) => begun,
            None => self.inner.intend(order).await?,
        };
        self.inner.apply(begun).await
    }

    /// Takes every unfinished deletion further; gives how many reached their certificate and how many still fail.
    ///
    /// # Errors
    /// [`ArchiveError::Db`] when the rows cannot be read.
    pub async fn finish_deletions(&self) -> Result<(u64, u64), ArchiveError> {
        let _one_at_a_time = self.inner.deleting.lock().await;
        self.inner.finish_deletions().await
    }
}

impl Archive {
    /// Wraps the keys that are left under a new epoch key and destroys the old one (rule 4): what an old block of a disk
    /// still holds of a destroyed key then opens under nothing. At least once a day in which something was deleted.
    ///
    /// # Errors
    /// [`ArchiveError::Key`].
    pub async fn rotate_keys(&self) -> Result<(), ArchiveError> {
        let keyring = self.inner.store.keyring.clone();
        blocking(move || Ok(keyring.rotate_epoch()?)).await
    }
}

impl Inner {
    pub(crate) async fn finish_deletions(&self) -> Result<(u64, u64), ArchiveError> {
        let (mut finished, mut failing) = (0, 0);
        for row in self.db.unfinished_deletions().await? {
            let segment = row.segment;
            match self.apply(row).await {
                Ok(_) => finished += 1,
                Err(error) => {
                    failing += 1;
                    tracing::error!(%segment, error = %candour_units::chain(&error), "a deletion still fails");
                }
            }
        }
        Ok((finished, failing))
    }

    /// The intent: from now on nobody reads it, and it goes.
    async fn intend(&self, order: &DeletionOrder) -> Result<CertificateRow, ArchiveError> {
        let row = self.db.segment(order.segment).await?.filter(|row| row.state != SegmentState::Open);
        let row = row.ok_or_else(|| ArchiveError::NotFound { what: format!("closed segment {}", order.segment) })?;
        let intent = CertificateRow {
            segment: row.id,
            camera: row.camera,
            stream: row.stream,
            interval: WallRange { start: row.start, end: row.end },
            len_bytes: row.len_bytes,
            rule: order.rule.clone(),
            step: DeletionStep::Intended,
            due: order.due,
            intended_at: self.clock.wall(),
            unreadable_at: None,
            unlinked_at: None,
            backups_until: None,
            entry: None,
            failing: None,
        };
        self.db.put_certificate(&intent).await?;
        Ok(intent)
    }

    /// Takes a deletion from wherever it stands to its certificate. A step that fails is noted on the row.
    pub(crate) async fn apply(&self, mut row: CertificateRow) -> Result<CertificateRow, ArchiveError> {
        row.failing = None;
        while row.step != DeletionStep::Certified {
            if let Err(error) = self.step(&mut row).await {
                let words = candour_units::chain(&error);
                let noted = CertificateRow { failing: Some(words), ..row };
                if let Err(second) = self.db.put_certificate(&noted).await {
                    tracing::error!(segment = %noted.segment, error = %candour_units::chain(&second), "a failing deletion could not be noted");
                }
                return Err(error);
            }
        }
        Ok(row)
    }

    /// One step: done, durable, and then on the row.
    pub(crate) async fn step(&self, row: &mut CertificateRow) -> Result<(), ArchiveError> {
        let mut next = row.clone();
        match row.step {
            DeletionStep::Intended => {
                self.destroy_key(row).await?;
                next.step = DeletionStep::KeyDestroyed;
                next.unreadable_at = Some(self.clock.wall());
                // Backups begun later do not hold the key, and those that are known now do not get more.
                next.backups_until = self.store.keyring.backups_until(row.interval.start);
            }
            DeletionStep::KeyDestroyed => {
                self.unlink(row.segment).await?;
                next.step = DeletionStep::Unlinked;
                next.unlinked_at = Some(self.clock.wall());
            }
            DeletionStep::Unlinked => {
                let entry = self.certify(row).await?;
                next.step = DeletionStep::Certified;
                next.entry = Some(i64::try_from(entry).unwrap_or(i64::MAX));
            }
            DeletionStep::Certified => return Ok(()),
        }
        self.db.put_certificate(&next).await?;
        *row = next;
        Ok(())
    }

    /// Destroys the segment's key; the other segments of its hour keep theirs (rule 4).
    pub(crate) async fn destroy_key(&self, row: &CertificateRow) -> Result<(), ArchiveError> {
        let (stream, segment, start) = (row.stream, row.segment, row.interval.start);
        let survivors = self.survivors(stream, segment, start.hour_floor()).await?;
        let keyring = self.store.keyring.clone();
        blocking(move || Ok(keyring.destroy(stream, segment, start, &survivors)?)).await
    }

    /// Every segment of that stream and hour that is to stay readable. Those still being written are asked for first: one
    /// that is closed meanwhile has its row before it leaves the index.
    async fn survivors(&self, stream: StreamId, segment: SegmentId, hour: i64) -> Result<Vec<SegmentId>, ArchiveError> {
        const HOUR_S: i64 = 3600;
        let mut survivors = self.index.in_hour(stream, hour);
        let start = WallTime::from_unix_seconds(hour * HOUR_S);
        let rows = self.db.segments_in(stream, WallRange { start, end: start + WallDuration::from_seconds(HOUR_S) });
        let stays = |row: &SegmentRow| {
            row.start.hour_floor() == hour && matches!(row.state, SegmentState::Open | SegmentState::Closed)
        };
        survivors.extend(rows.await?.iter().filter(|row| stays(row)).map(|row| row.id));
        survivors.retain(|other| *other != segment);
        survivors.sort_unstable();
        survivors.dedup();
        Ok(survivors)
    }

    /// A file in a directory that is not there now is not removed, whatever a look at its path says.
    async fn unlink(&self, segment: SegmentId) -> Result<(), ArchiveError> {
        let Some(row) = self.db.segment(segment).await? else {
            return Err(ArchiveError::NotFound {
                what: format!("row of segment {segment}, to know where its file lies"),
            });
        };
        let files = self.store.files(row.storage)?;
        let removed = blocking(move || {
            files.remove(segment).map_err(|error| ArchiveError::storage("unlink a deleted segment", &error))
        });
        removed.await.map(|_| ())
    }

    pub(crate) async fn certify(&self, row: &CertificateRow) -> Result<u64, ArchiveError> {
        let digest = self.db.segment(row.segment).await?.and_then(|segment| segment.sealed_digest);
        let subject = Subject {
            cameras: vec![row.camera],
            interval: Some(row.interval),
            purpose: None,
            reason: Some(row.rule.clone()),
        };
        let outcome = certificate_json(row, digest.map(|digest| digest.to_string()));
        let event = Event { kind: EventKind::FootageDeleted, actor: Actor::Recorder, subject, outcome };
        Ok(self.log.append(event).await?.index)
    }
}

/// The certificate as it stands in the log: keys sorted, no spaces, times in ticks of 1/90 000 s since 1970.
fn certificate_json(row: &CertificateRow, sealed_digest: Option<String>) -> String {
    let time = |time: Option<WallTime>| time.map_or_else(|| "null".to_owned(), |time| time.ticks().to_string());
    let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), json_text);
    let fields = [
        ("backups_until_90k", time(row.backups_until)),
        ("bytes", row.len_bytes.to_string()),
        ("camera", json_text(&row.camera.to_string())),
        ("cause", json_text(GapCause::Deleted.word())),
        ("due_90k", time(Some(row.due))),
        ("end_90k", time(Some(row.interval.end))),
        ("intended_at_90k", time(Some(row.intended_at))),
        ("rule", json_text(&row.rule)),
        ("sealed_digest", text(sealed_digest.as_deref())),
        ("segment", json_text(&row.segment.to_string())),
        ("start_90k", time(Some(row.interval.start))),
        ("stream", json_text(&row.stream.to_string())),
        ("unlinked_at_90k", time(row.unlinked_at)),
        ("unreadable_at_90k", time(row.unreadable_at)),
    ];
    let members: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// A JSON string (RFC 8259 7).
fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if u32::from(control) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::CameraId;

    #[test]
    fn the_certificate_reads_like_this() {
        let at = WallTime::from_ticks;
        let row = CertificateRow {
            segment: SegmentId::from_bytes([1; 16]),
            camera: CameraId::from_bytes([2; 16]),
            stream: StreamId::from_bytes([3; 16]),
            interval: WallRange { start: at(10), end: at(20) },
            len_bytes: 7,
            rule: "Kept for 1 day, as promised for: \"theft\"\n".to_owned(),
            step: DeletionStep::Unlinked,
            due: at(100),
            intended_at: at(101),
            unreadable_at: Some(at(102)),
            unlinked_at: Some(at(103)),
            backups_until: None,
            entry: None,
            failing: None,
        };
        let expected = concat!(
            r#"{"backups_until_90k":null,"bytes":7,"camera":"02020202020202020202020202020202","cause":"deleted","#,
            r#""due_90k":100,"end_90k":20,"intended_at_90k":101,"#,
            r#""rule":"Kept for 1 day, as promised for: \"theft\"\u000a","sealed_digest":null,"#,
            r#""segment":"01010101010101010101010101010101","start_90k":10,"#,
            r#""stream":"03030303030303030303030303030303","unlinked_at_90k":103,"unreadable_at_90k":102}"#
        );
        assert_eq!(certificate_json(&row, None), expected);
    }
}
