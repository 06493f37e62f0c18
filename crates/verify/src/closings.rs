//! What the log says about segments: which were closed with which digest, and which were deleted.

use std::collections::HashMap;

use candour_ledger::{Frame, Group};
use candour_units::{Hash, SegmentId};
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

/// All closings and deletions of a log.
#[derive(Debug, Default)]
pub(crate) struct Closings {
    pub closed: HashMap<SegmentId, Closing>,
    /// Deleted segments, with the entry of the certificate.
    pub deleted: HashMap<SegmentId, u64>,
    /// Entries about segments that cannot be read: their details were erased, or say something else.
    pub unreadable: Vec<u64>,
}

impl Closings {
    /// Takes note of an entry.
    pub(crate) fn take(&mut self, frame: &Frame) {
        let kind = frame.entry.leaf.kind.as_str();
        if !matches!(kind, "segments_closed" | "footage_deleted") {
            return;
        }
        let sent = frame.entry.details.text(Group::Sent).and_then(|text| serde_json::from_str(text).ok());
        let understood = match (kind, sent) {
            ("segments_closed", Some(sent)) => self.close(frame.number, &sent),
            (_, Some(sent)) => self.delete(frame.number, &sent),
            (_, None) => None,
        };
        if understood.is_none() {
            self.unreadable.push(frame.number);
        }
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

    /// `{"segment":"<hex>",…}`, or `{"segments":[…]}` with such objects or plain ids.
    fn delete(&mut self, entry: u64, sent: &Value) -> Option<()> {
        let several = sent["segments"].as_array();
        let one = sent.get("segment");
        let named = several.into_iter().flatten().map(|item| item.get("segment").unwrap_or(item)).chain(one);
        let mut any = None;
        for name in named {
            self.deleted.insert(name.as_str()?.parse().ok()?, entry);
            any = Some(());
        }
        any
    }
}
