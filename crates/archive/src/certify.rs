//! Certificates as the log takes them: many in one entry, each provable by itself (`candour_ledger::Certificate`).

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{CertificateRow, DeletionStep};
use candour_ledger::Certificate;
use candour_units::{WallRange, WallTime};

/// Bytes of certificates in one entry: a group of an entry holds 64 KiB, and its cameras want some of it.
const MOST_BYTES: usize = 52 * 1024;
/// Certificates in one entry: their cameras (35 bytes each) and commitments (67 bytes each) must fit too.
const MOST: usize = 200;

/// The entries for unlinked segments, each with the places of its certificates in `rows`.
pub(crate) fn entries(rows: &[CertificateRow]) -> Vec<(Vec<usize>, Event)> {
    let (mut out, mut of, mut texts, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut hashes = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let certificate = certificate(row);
        let text = certificate.text();
        if !of.is_empty() && (bytes + text.len() > MOST_BYTES || of.len() == MOST) {
            let event = event(rows, &of, std::mem::take(&mut texts), &std::mem::take(&mut hashes));
            out.push((std::mem::take(&mut of), event));
            bytes = 0;
        }
        bytes += text.len() + 1;
        hashes.push(format!("\"{}\"", certificate.commitment()));
        texts.push(text);
        of.push(at);
    }
    if !of.is_empty() {
        let event = event(rows, &of, texts, &hashes);
        out.push((of, event));
    }
    out
}

fn event(rows: &[CertificateRow], of: &[usize], certificates: Vec<String>, hashes: &[String]) -> Event {
    let rows: Vec<_> = of.iter().map(|at| &rows[*at]).collect();
    let mut cameras: Vec<_> = rows.iter().map(|row| row.camera).collect();
    cameras.sort_unstable();
    cameras.dedup();
    let start = rows.iter().map(|row| row.interval.start).min();
    let end = rows.iter().map(|row| row.interval.end).max();
    let subject = Subject {
        cameras,
        interval: start.zip(end).map(|(start, end)| WallRange { start, end }),
        purpose: shared(&rows, |row| row.purpose).flatten(),
        reason: shared(&rows, |row| row.rule.clone()),
        certificates,
    };
    let outcome = format!("{{\"certificates\":[{}]}}", hashes.join(","));
    Event { kind: EventKind::FootageDeleted, actor: Actor::Recorder, subject, outcome }
}

/// What all of them say, if all say the same.
fn shared<T: PartialEq>(rows: &[&CertificateRow], of: impl Fn(&CertificateRow) -> T) -> Option<T> {
    let first = of(rows.first()?);
    rows.iter().all(|row| of(row) == first).then_some(first)
}

/// The certificate of a row that stands before its entry. Times it lacks are those of the intent: then nothing was done yet,
/// and nobody asks.
#[must_use]
pub fn certificate(row: &CertificateRow) -> Certificate {
    let unreadable_at = row.unreadable_at.unwrap_or(row.intended_at);
    Certificate {
        segment: row.segment,
        camera: row.camera,
        stream: row.stream,
        interval: row.interval,
        bytes: u64::try_from(row.len_bytes).unwrap_or(0),
        rule: row.rule.clone(),
        rule_id: row.rule_id.clone(),
        purpose: row.purpose,
        policy: row.policy,
        sealed_digest: row.sealed_digest,
        due: row.due,
        intended_at: row.intended_at,
        unreadable_at,
        unlinked_at: row.unlinked_at.unwrap_or(unreadable_at),
        backups_until: row.backups_until,
    }
}

/// The row of a certificate that the log tells of: the way back from [`certificate`]. Where the file lay the log does not say;
/// it is gone.
#[must_use]
pub fn certified_row(entry: u64, told: Certificate) -> CertificateRow {
    CertificateRow {
        segment: told.segment,
        camera: told.camera,
        stream: told.stream,
        interval: told.interval,
        len_bytes: i64::try_from(told.bytes).unwrap_or(i64::MAX),
        rule: told.rule,
        step: DeletionStep::Certified,
        due: told.due,
        intended_at: told.intended_at,
        unreadable_at: Some(told.unreadable_at),
        unlinked_at: Some(told.unlinked_at),
        backups_until: told.backups_until,
        entry: i64::try_from(entry).ok(),
        failing: None,
        storage: 0,
        rule_id: told.rule_id,
        purpose: told.purpose,
        policy: told.policy,
        sealed_digest: told.sealed_digest,
    }
}

/// The epoch key was replaced.
pub(crate) fn rotation(began: WallTime, ended: WallTime) -> Event {
    let outcome = format!("{{\"began_90k\":{},\"ended_90k\":{}}}", began.ticks(), ended.ticks());
    Event { kind: EventKind::EpochRotated, actor: Actor::Recorder, subject: Subject::default(), outcome }
}
