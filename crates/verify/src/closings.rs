//! What the log says about segments: which were closed with which digest, which were deleted, and whether their certificates
//! fit. Judged entry by entry, so that a log of any length needs little memory.

use std::collections::HashMap;

use candour_ledger::{Certificate, EPOCH_ROTATED, FOOTAGE_DELETED, Frame, Group, certificates_in, commitments_in};
use candour_units::{CameraId, Hash, SegmentId, WallTime};
use serde_json::Value;

/// A segment as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closing {
    /// The entry that says so.
    pub entry: u64,
    /// Digest over its ciphertext.
    pub sealed_digest: Hash,
    /// Length of its file.
    pub bytes: u64,
}

/// Which certificates somebody wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// That of one segment.
    Segment(SegmentId),
    /// Those of a camera's footage at a moment.
    Moment {
        /// The camera.
        camera: CameraId,
        /// The moment.
        at: WallTime,
    },
}

impl Wanted {
    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Segment(segment) => certificate.segment == *segment,
            Self::Moment { camera, at } => certificate.camera == *camera && certificate.interval.contains(*at),
        }
    }
}

/// A certificate that was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its entry.
    pub entry: u64,
    /// The time of the entry.
    pub at: WallTime,
    pub certificate: Certificate,
}

/// When the epoch key was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rotation {
    /// The entry that says so.
    pub entry: u64,
    /// Keys destroyed before this are covered by it.
    pub began: WallTime,
    /// From here on they open under nothing that is held.
    pub ended: WallTime,
}

/// All closings and deletions of a log.
#[derive(Debug, Default)]
pub(crate) struct Closings {
    pub closed: HashMap<SegmentId, Closing>,
    /// Deleted segments, with the entry of the certificate.
    pub deleted: HashMap<SegmentId, u64>,
    /// Certificates that do not fit, in words.
    pub findings: Vec<String>,
    /// Certificates that want a word, but are nothing wrong.
    pub notes: Vec<String>,
    /// In the order of the log.
    pub rotations: Vec<Rotation>,
    /// Entries about segments that cannot be read: their details were erased, or say something else.
    pub unreadable: Vec<u64>,
    pub wanted: Option<Wanted>,
    /// What was wanted; of a deletion that was certified twice the first.
    pub found: Vec<Found>,
}

impl Closings {
    /// Takes note of an entry.
    pub(crate) fn take(&mut self, frame: &Frame) {
        let sent = || frame.entry.details.text(Group::Sent).and_then(|text| serde_json::from_str(text).ok());
        let understood = match frame.entry.leaf.kind.as_str() {
            "segments_closed" => sent().and_then(|sent| self.close(frame.number, &sent)),
            FOOTAGE_DELETED => self.delete(frame, sent()),
            EPOCH_ROTATED => sent().and_then(|sent| self.rotate(frame.number, &sent)),
            _ => return,
        };
        if understood.is_none() {
            self.unreadable.push(frame.number);
        }
    }

    /// When erasure on the medium is claimed of a key destroyed at `unreadable_at`.
    pub(crate) fn erased(&self, unreadable_at: WallTime) -> Option<Rotation> {
        self.rotations.iter().find(|rotation| rotation.began >= unreadable_at).copied()
    }

    /// `{"segments":[{"segment":"<hex>","sealed_digest":"<hex>","content_commitment":"<hex>","bytes":n}]}`
    fn close(&mut self, entry: u64, sent: &Value) -> Option<()> {
        for segment in sent["segments"].as_array()? {
            let id = segment["segment"].as_str()?.parse().ok()?;
            let sealed_digest = segment["sealed_digest"].as_str()?.parse().ok()?;
            let bytes = segment["bytes"].as_u64()?;
            // Said again with the same digest after a recovery, it is still the first entry that counts.
            self.closed.entry(id).or_insert(Closing { entry, sealed_digest, bytes });
        }
        Some(())
    }

    fn rotate(&mut self, entry: u64, sent: &Value) -> Option<()> {
        let time = |field: &str| sent[field].as_i64().map(WallTime::from_ticks);
        self.rotations.push(Rotation { entry, began: time("began_90k")?, ended: time("ended_90k")? });
        Some(())
    }

    /// Certificates in full, or, from the first recorders, just the segment's id in `sent`.
    fn delete(&mut self, frame: &Frame, sent: Option<Value>) -> Option<()> {
        let Some(certificates) = certificates_in(&frame.entry.details) else {
            return self.delete_bare(frame.number, &sent?);
        };
        let text = frame.entry.details.text(Group::Sent);
        if let Some(commitments) = text.and_then(commitments_in) {
            let fit = certificates.iter().map(Certificate::commitment).eq(commitments);
            if !fit {
                let entry = frame.number;
                self.findings.push(format!("entry {entry}: its certificates are not those that its list commits to"));
            }
        }
        for certificate in certificates {
            self.judge(frame, &certificate);
            let first = !self.deleted.contains_key(&certificate.segment);
            self.deleted.entry(certificate.segment).or_insert(frame.number);
            if first && self.wanted.as_ref().is_some_and(|wanted| wanted.is(&certificate)) {
                self.found.push(Found { entry: frame.number, at: frame.entry.leaf.at, certificate });
            }
        }
        Some(())
    }

    fn delete_bare(&mut self, entry: u64, sent: &Value) -> Option<()> {
        let segment = sent["segment"].as_str()?.parse().ok()?;
        self.deleted.entry(segment).or_insert(entry);
        Some(())
    }

    /// Its times, and its digest against the one logged when the segment was closed.
    fn judge(&mut self, frame: &Frame, certificate: &Certificate) {
        let (entry, segment) = (frame.number, certificate.segment);
        if let Err(error) = certificate.check_times() {
            self.findings.push(format!(
                "segment {segment}: the times of its certificate in entry {entry} are out of order: {error}"
            ));
        }
        if certificate.is_dated_after(frame.entry.leaf.at) {
            let at = frame.entry.leaf.at;
            self.notes.push(format!(
                "entry {entry}, dated {at}, certifies a later deletion: the clock was set back in between"
            ));
        }
        let Some(closing) = self.closed.get(&segment) else { return };
        if certificate.sealed_digest.is_some_and(|digest| digest != closing.sealed_digest) {
            let closed = closing.entry;
            self.findings.push(format!(
                "segment {segment}: its certificate in entry {entry} names another digest than entry {closed}, which closed it"
            ));
        }
    }
}
