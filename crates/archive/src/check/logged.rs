//! What the log says about segments: which were closed with which digests, and which were deleted.
//!
//! Held in memory for one part of the segments at a time ([`Part`]): the log of 43 million segments does not fit.

use std::collections::HashMap;

use candour_audit::Inspected;
use candour_db::CertificateRow;
use candour_ledger::certificates_of;
use candour_units::{Hash, SegmentId};
use serde_json::Value;

use crate::certify::certified_row;

/// Segment ids whose first byte lies in `first..=last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) first: u8,
    pub(crate) last: u8,
}

impl Part {
    pub(crate) const WHOLE: Self = Self { first: 0, last: u8::MAX };

    pub(crate) fn holds(self, segment: SegmentId) -> bool {
        (self.first..=self.last).contains(&segment.as_bytes()[0])
    }

    /// Parts that hold about `at_once` of `segments` each; ids are random, so they are alike.
    pub(crate) fn split(segments: u64, at_once: u64) -> Vec<Self> {
        let parts = segments.div_ceil(at_once.max(1)).clamp(1, 256);
        let width = 256_u64.div_ceil(parts);
        let bounds = (0..parts).map(|part| (part * width, ((part + 1) * width).min(256)));
        bounds
            .filter(|(from, to)| from < to)
            .map(|(from, to)| Self { first: from as u8, last: (to - 1) as u8 })
            .collect()
    }
}

/// A segment that was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closing {
    /// The first entry that says so.
    pub(crate) entry: u64,
    pub(crate) sealed_digest: Option<Hash>,
    pub(crate) content_commitment: Option<Hash>,
    pub(crate) bytes: i64,
}

/// What the log says of one segment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logged {
    pub(crate) closed: Option<Closing>,
    pub(crate) deleted: Option<Box<CertificateRow>>,
}

/// What the log says of all segments of a part.
#[derive(Debug, Default)]
pub(crate) struct LoggedSegments {
    pub(crate) of: HashMap<SegmentId, Logged>,
    /// Entries about segments whose details were erased, or that a newer program wrote.
    pub(crate) unreadable: u64,
}

impl LoggedSegments {
    /// Takes note of an entry.
    pub(crate) fn take(&mut self, entry: Inspected<'_>, part: Part) {
        let understood = match entry.kind {
            "segments_closed" => parsed(entry).and_then(|sent| self.close(entry.index, &sent, part)),
            "footage_deleted" => self.delete(entry, part),
            _ => return,
        };
        self.unreadable += u64::from(understood.is_none());
    }

    fn close(&mut self, entry: u64, sent: &Value, part: Part) -> Option<()> {
        for told in sent["segments"].as_array()? {
            let segment: SegmentId = told["segment"].as_str()?.parse().ok()?;
            if !part.holds(segment) {
                continue;
            }
            let hash = |name: &str| told[name].as_str().and_then(|text| text.parse().ok());
            let closing = Closing {
                entry,
                sealed_digest: hash("sealed_digest"),
                content_commitment: hash("content_commitment"),
                bytes: told["bytes"].as_i64()?,
            };
            // Told again after a crash between entry and row; it is the first entry that counts.
            self.of.entry(segment).or_default().closed.get_or_insert(closing);
        }
        Some(())
    }

    fn delete(&mut self, entry: Inspected<'_>, part: Part) -> Option<()> {
        for certificate in certificates_of(entry.what.unwrap_or("{}"), entry.sent.unwrap_or("{}"))? {
            if part.holds(certificate.segment) {
                let logged = self.of.entry(certificate.segment).or_default();
                logged.deleted.get_or_insert_with(|| Box::new(certified_row(entry.index, certificate)));
            }
        }
        Some(())
    }
}

fn parsed(entry: Inspected<'_>) -> Option<Value> {
    serde_json::from_str(entry.sent?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::WallTime;

    #[test]
    fn parts_tile_all_ids() {
        for (segments, at_once) in [(0, 10), (10, 10), (11, 10), (1000, 10), (43_000_000, 2_000_000), (1 << 40, 1)] {
            let parts = Part::split(segments, at_once);
            let mut next = 0_u16;
            for part in &parts {
                assert_eq!(u16::from(part.first), next, "{segments} by {at_once}: {parts:?}");
                assert!(part.first <= part.last);
                next = u16::from(part.last) + 1;
            }
            assert_eq!(next, 256);
        }
    }

    #[test]
    fn the_first_telling_counts_and_other_parts_are_left_out() {
        let id = |byte: u8| SegmentId::from_bytes([byte; 16]);
        let hash = |byte: u8| Hash([byte; 32]);
        let sent = |digest: u8| {
            format!(
                r#"{{"segments":[{{"bytes":7,"content_commitment":null,"sealed_digest":"{}","segment":"{}"}},{{"bytes":8,"content_commitment":null,"sealed_digest":"{}","segment":"{}"}}]}}"#,
                hash(digest),
                id(1),
                hash(digest),
                id(200)
            )
        };
        let mut logged = LoggedSegments::default();
        let part = Part { first: 0, last: 127 };
        for (index, digest) in [(4, 1), (5, 2)] {
            let sent = sent(digest);
            let at = WallTime::from_ticks(0);
            logged.take(Inspected { index, at, kind: "segments_closed", what: None, sent: Some(&sent) }, part);
        }
        assert_eq!(logged.of.len(), 1);
        let closed = logged.of[&id(1)].closed.expect("closed");
        assert_eq!((closed.entry, closed.sealed_digest, closed.bytes), (4, Some(hash(1)), 7));
        logged.take(
            Inspected { index: 6, at: WallTime::from_ticks(0), kind: "segments_closed", what: None, sent: None },
            part,
        );
        assert_eq!(logged.unreadable, 1);
    }
}
