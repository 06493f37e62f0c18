//! One thing learned about a device: what was received, what it says, from where and when.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::{Hash, WallDuration, WallTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::{Day, Kind, Layer, TABLE_AGE};

/// The longest value kept, in characters; what a device says beyond it stays in the raw bytes only.
pub const VALUE_LIMIT: usize = 2048;

/// One item of evidence. Written by the shells that ask devices, stored as it is, judged again whenever lists change.
///
/// The text form (serde) is stable: `kind` in snake case, `raw` in base64, `taken_at_90k` in ticks since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What it is; fixes the layer.
    pub kind: Kind,
    /// What it says.
    pub value: Value,
    /// The bytes as received, for people to look at.
    #[serde(with = "raw_bytes")]
    pub raw: Vec<u8>,
    /// Where it comes from.
    pub source: Source,
    /// When it was received.
    #[serde(rename = "taken_at_90k", with = "ticks")]
    pub taken_at: WallTime,
}

/// What an item says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A text, at most 2 048 characters, control characters replaced.
    Text(String),
    /// A supplier's declaration.
    Paper(Paper),
    /// A dated exception for one known flaw.
    Exception(Exception),
    /// It cannot be had here, and why; counts neither way.
    NotAvailable(String),
    /// An answer came that could not be read, and why; quarantines.
    Unreadable(String),
}

/// The supplier's declaration for one camera and its sign-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// SHA-256 of the declaration's file, 64 hex digits.
    pub declaration: String,
    /// The model the declaration is about, where it names one: makers of whom only some models may be used need it.
    pub model: Option<String>,
    /// Who read and signed it.
    pub signed_off_by: String,
    /// Who read it a second time; another person than the first.
    pub second_person: Option<String>,
    /// The last day for which the supplier promises security updates (PSTI Act 2022), `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_until: Option<String>,
}

/// A site's decision to use a camera although one flaw of its firmware is known, until a day. It never helps a maker
/// that may not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The flaw it is about, for example `CVE-2025-0324`.
    pub covers: String,
    /// Why it may be lived with.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, `yyyy-mm-dd`.
    pub until: String,
    /// Who signed it.
    pub signed_off_by: String,
    /// Who signed it beside; another person than the first.
    pub second_person: Option<String>,
}

impl Exception {
    /// Why it does not hold on `today`; `None` when it does.
    pub(crate) fn fails(&self, today: Day) -> Option<&'static str> {
        if self.reason.trim().is_empty() || self.owner.trim().is_empty() {
            return Some("it names no reason or no owner");
        }
        if !two_people(&self.signed_off_by, self.second_person.as_deref()) {
            return Some("it is not signed by two people");
        }
        match Day::parse(&self.until) {
            None => Some("it has no end"),
            Some(until) if until < today => Some("it has ended"),
            Some(_) => None,
        }
    }
}

/// Whether two different people are named.
fn two_people(first: &str, second: Option<&str>) -> bool {
    let (first, second) = (first.trim().to_lowercase(), second.unwrap_or_default().trim().to_lowercase());
    !first.is_empty() && !second.is_empty() && first != second
}

impl Paper {
    /// Whether two different people signed a declaration that can be found again.
    pub(crate) fn is_complete(&self) -> bool {
        self.has_file() && two_people(&self.signed_off_by, self.second_person.as_deref())
    }

    pub(crate) fn has_file(&self) -> bool {
        self.declaration.len() == 64 && self.declaration.bytes().all(|b| b.is_ascii_hexdigit())
    }
}

/// Where an item comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The neighbour table of the machine that asked. Across a router it shows the router, so then it counts for nothing.
    NeighbourTable {
        /// Whether the device is on the machine's own segment.
        same_segment: bool,
    },
    /// A switch's or DHCP server's table.
    ImportedTable {
        /// Which one.
        origin: String,
        /// Who brought it, where that is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        brought_by: Option<String>,
        /// Who vouched for the import beside the importer.
        second_person: Option<String>,
    },
    /// An answer of the device over a connection that we opened.
    Answer {
        /// What was asked, for example `GetDeviceInformation`.
        to: String,
    },
    /// A datagram. Anybody on the wire can forge one, so it counts only as an answer to our own unicast probe.
    Datagram {
        /// Whether it answered our own unicast probe.
        asked_by_us: bool,
    },
    /// A person.
    Person {
        /// Who.
        name: String,
    },
}

impl Evidence {
    /// A text received as `raw` over a connection we opened, as the answer to `asked`.
    #[must_use]
    pub fn answer(kind: Kind, raw: &str, asked: &str, taken_at: WallTime) -> Self {
        Self {
            kind,
            value: Value::Text(crate::neutralise(raw.trim(), VALUE_LIMIT)),
            raw: raw.as_bytes().to_vec(),
            source: Source::Answer { to: asked.to_owned() },
            taken_at,
        }
    }

    /// The layer, as the kind fixes it.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        self.kind.layer()
    }

    /// The text it says, if it says one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it came as a datagram, which anybody on the wire can forge.
    pub(crate) const fn is_datagram(&self) -> bool {
        matches!(self.source, Source::Datagram { .. })
    }

    /// Why this item may not count at all at this moment; `None` for those that do.
    pub(crate) fn disregarded(&self, now: WallTime) -> Option<&'static str> {
        match &self.source {
            Source::NeighbourTable { same_segment: false } => {
                Some("the device is behind a router, so the neighbour table shows the router's address")
            }
            Source::ImportedTable { second_person, .. }
                if second_person.as_deref().is_none_or(|p| p.trim().is_empty()) =>
            {
                Some("nobody but the importer vouched for the imported table")
            }
            Source::ImportedTable { brought_by: Some(first), second_person, .. }
                if !two_people(first, second_person.as_deref()) =>
            {
                Some("whoever brought the imported table vouched for it too")
            }
            Source::ImportedTable { .. } if self.is_of_old_table(now) => {
                Some("the imported table is more than 30 days old; bring a newer one")
            }
            Source::ImportedTable { .. } if self.taken_at > now + WallDuration::from_seconds(86_400) => {
                Some("the imported table is dated in the future")
            }
            Source::Datagram { asked_by_us: false } => {
                Some("a datagram that did not answer our own probe can be forged by anybody on the wire")
            }
            _ => None,
        }
    }

    /// Whether it comes from a table that no longer counts.
    pub(crate) fn is_of_old_table(&self, now: WallTime) -> bool {
        matches!(self.source, Source::ImportedTable { .. }) && now > self.taken_at + TABLE_AGE
    }

    /// SHA-256 over what the item says and the bytes it came as, not over when: the same answer tomorrow is the same.
    pub(crate) fn fingerprint(&self) -> Hash {
        let mut hash = Sha256::new();
        let value = serde_json::to_vec(&(self.kind, &self.value, &self.source)).expect("plain data always serialises");
        for part in [value.as_slice(), &self.raw] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Hash(hash.finalize().into())
    }
}

mod ticks {
    use super::*;

    pub fn serialize<S: Serializer>(time: &WallTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(time.ticks())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<WallTime, D::Error> {
        i64::deserialize(deserializer).map(WallTime::from_ticks)
    }
}

mod raw_bytes {
    use super::*;

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_reads_back() {
        let item =
            Evidence::answer(Kind::OnvifModel, " DS-2CD\u{7}1 ", "GetDeviceInformation", WallTime::from_ticks(7));
        let text = serde_json::to_string(&item).expect("plain data");
        assert_eq!(
            text,
            r#"{"kind":"onvif_model","value":{"text":"DS-2CD�1"},"raw":"IERTLTJDRAcxIA==","source":{"answer":{"to":"GetDeviceInformation"}},"taken_at_90k":7}"#
        );
        assert_eq!(serde_json::from_str::<Evidence>(&text).expect("our own text"), item);
    }

    #[test]
    fn two_signatures_are_two_people() {
        let paper = |second: Option<&str>| Paper {
            declaration: "ab".repeat(32),
            model: None,
            signed_off_by: "Ada Brown".into(),
            second_person: second.map(Into::into),
            support_until: None,
        };
        assert!(paper(Some("Chris Dean")).is_complete());
        for second in [None, Some(""), Some(" ada brown ")] {
            assert!(!paper(second).is_complete(), "{second:?}");
        }
    }
}
