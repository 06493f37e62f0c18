//! One certificate: its one text, its commitment, and what its times must say.

use candour_units::{CameraId, Hash, PurposeId, SegmentId, StreamId, WallRange, WallTime};
use serde_json::{Value, json};

use crate::commitment::Group;
use crate::details::Details;
use crate::hashing::sha256;
use crate::json::canonical_object;

/// What no certificate proves, for whoever reads one.
pub const UNSAID: [&str; 5] = [
    "that nobody had copied the footage, or its key, before it was deleted",
    "that somebody with root on the recorder did not keep the master key and an old keyring (a master key in a TPM or a \
     PKCS#11 token cannot be kept like that)",
    "that a backup of the keyring does not open a copy of the footage before the time named under backups",
    "that the medium has forgotten the key, before the epoch key was replaced",
    "that the recorder's clock was right beyond the evidence it had: deletion runs on proved time, certificates carry it",
];

/// The rule word of footage that reached the end of life its purpose promised. Others end it earlier.
pub const PURPOSE_END: &str = "purpose_end";

/// What remains of one deleted segment, as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The segment.
    pub segment: SegmentId,
    /// Its camera.
    pub camera: CameraId,
    /// Its stream.
    pub stream: StreamId,
    /// What it covered.
    pub interval: WallRange,
    /// Bytes destroyed.
    pub bytes: u64,
    /// The rule in words, with the purpose.
    pub rule: String,
    /// The rule as a stable word.
    pub rule_id: String,
    /// The purpose it was captured for; `None` where the catalogue did not know.
    pub purpose: Option<PurposeId>,
    /// Digest of the policy version it was captured under.
    pub policy: Option<Hash>,
    /// Digest over the sealed file, as logged when it was closed; `None` for footage that was never whole.
    pub sealed_digest: Option<Hash>,
    /// When its life ended.
    pub due: WallTime,
    /// When the deletion was decided: from here on nobody could look at it.
    pub intended_at: WallTime,
    /// When its key was destroyed.
    pub unreadable_at: WallTime,
    /// When its file was unlinked.
    pub unlinked_at: WallTime,
    /// Until when a backup of the keyring may still open a copy; `None` where no backup was made.
    pub backups_until: Option<WallTime>,
}

/// Why a text is no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is not one JSON object in canonical form.
    #[error("the certificate is not one JSON object in canonical form")]
    Form,
    /// A field is missing or is not what it should be.
    #[error("the certificate's field {field} is missing or is not what it should be")]
    Field {
        /// Its name.
        field: &'static str,
    },
}

/// Two times of a certificate that cannot both be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{earlier} lies after {later}")]
pub struct TimesError {
    /// The one that should come first.
    pub earlier: &'static str,
    /// The one that should come after.
    pub later: &'static str,
}

impl Certificate {
    /// The one text: a JSON object, keys sorted, no spaces, times in ticks of 1/90 000 s since 1970.
    #[must_use]
    pub fn text(&self) -> String {
        let time = |time: Option<WallTime>| time.map(WallTime::ticks);
        let text = |text: Option<String>| text;
        let object = json!({
            "backups_until_90k": time(self.backups_until),
            "bytes": self.bytes,
            "camera": self.camera.to_string(),
            "due_90k": self.due.ticks(),
            "end_90k": self.interval.end.ticks(),
            "intended_at_90k": self.intended_at.ticks(),
            "policy": text(self.policy.map(|hash| hash.to_string())),
            "purpose": text(self.purpose.map(|id| id.to_string())),
            "rule": self.rule,
            "rule_id": self.rule_id,
            "sealed_digest": text(self.sealed_digest.map(|hash| hash.to_string())),
            "segment": self.segment.to_string(),
            "start_90k": self.interval.start.ticks(),
            "stream": self.stream.to_string(),
            "unlinked_at_90k": self.unlinked_at.ticks(),
            "unreadable_at_90k": self.unreadable_at.ticks(),
        });
        canonical_object(&object.to_string()).expect("an object made here is an object")
    }

    /// Reads the one text; nothing else parses.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let value: Value = serde_json::from_str(text).map_err(|_| CertificateError::Form)?;
        let read = Self::of(&value)?;
        if read.text() == text { Ok(read) } else { Err(CertificateError::Form) }
    }

    pub(super) fn of(value: &Value) -> Result<Self, CertificateError> {
        let wrong = |field| CertificateError::Field { field };
        let text = |field: &'static str| value[field].as_str().ok_or(wrong(field));
        let time = |field: &'static str| value[field].as_i64().map(WallTime::from_ticks).ok_or(wrong(field));
        let parsed = |field: &'static str| match &value[field] {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.as_str())),
            _ => Err(wrong(field)),
        };
        let hash = |field: &'static str| parsed(field)?.map(str::parse::<Hash>).transpose().map_err(|_| wrong(field));
        let interval = WallRange::new(time("start_90k")?, time("end_90k")?).ok_or(wrong("end_90k"))?;
        Ok(Self {
            segment: text("segment")?.parse().map_err(|_| wrong("segment"))?,
            camera: text("camera")?.parse().map_err(|_| wrong("camera"))?,
            stream: text("stream")?.parse().map_err(|_| wrong("stream"))?,
            interval,
            bytes: value["bytes"].as_u64().ok_or(wrong("bytes"))?,
            rule: text("rule")?.to_owned(),
            rule_id: text("rule_id")?.to_owned(),
            purpose: parsed("purpose")?.map(str::parse).transpose().map_err(|_| wrong("purpose"))?,
            policy: hash("policy")?,
            sealed_digest: hash("sealed_digest")?,
            due: time("due_90k")?,
            intended_at: time("intended_at_90k")?,
            unreadable_at: time("unreadable_at_90k")?,
            unlinked_at: time("unlinked_at_90k")?,
            backups_until: match &value["backups_until_90k"] {
                Value::Null => None,
                _ => Some(time("backups_until_90k")?),
            },
        })
    }

    /// `SHA-256("candour deletion certificate v1\n" || text)`: what stands for it in the entry's *sent*.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        sha256(&[b"candour deletion certificate v1\n", self.text().as_bytes()])
    }

    /// Whether its times can all be true. That its entry is dated later is not asked: the clock may have been set back just
    /// then ([`Self::is_dated_after`]).
    ///
    /// # Errors
    /// The first two that cannot.
    pub fn check_times(&self) -> Result<(), TimesError> {
        let mut order = vec![
            ("start_90k", self.interval.start),
            ("due_90k", self.due),
            ("intended_at_90k", self.intended_at),
            ("unreadable_at_90k", self.unreadable_at),
            ("unlinked_at_90k", self.unlinked_at),
        ];
        if self.is_early() {
            order.remove(1);
        }
        for pair in order.windows(2) {
            let ((earlier, first), (later, second)) = (pair[0], pair[1]);
            if first > second {
                return Err(TimesError { earlier, later });
            }
        }
        match self.backups_until {
            Some(until) if until < self.unreadable_at => {
                Err(TimesError { earlier: "unreadable_at_90k", later: "backups_until_90k" })
            }
            _ => Ok(()),
        }
    }

    /// Whether it speaks of times after `logged_at`, the time of its entry: the clock was set back in between.
    #[must_use]
    pub fn is_dated_after(&self, logged_at: WallTime) -> bool {
        self.unlinked_at > logged_at
    }

    /// Whether the rule may let it go before its purpose's end (a full disk): whatever is not the purpose's own end of life.
    fn is_early(&self) -> bool {
        self.rule_id != PURPOSE_END
    }
}

/// The certificates of an entry ([`certificates_of`]).
#[must_use]
pub fn certificates_in(details: &Details) -> Option<Vec<Certificate>> {
    certificates_of(details.text(Group::What)?, details.text(Group::Sent).unwrap_or("{}"))
}

/// The certificates of an entry `footage_deleted`, from its group *what*; an entry of the first recorders has the one in
/// *sent*, without rule word, purpose and policy. `None` when they were erased or say something else.
#[must_use]
pub fn certificates_of(what: &str, sent: &str) -> Option<Vec<Certificate>> {
    let what: Value = serde_json::from_str(what).ok()?;
    if let Some(several) = what["certificates"].as_array() {
        return several.iter().map(|one| Certificate::of(one).ok()).collect();
    }
    let mut old: Value = serde_json::from_str(sent).ok()?;
    old.as_object_mut()?.entry("rule_id").or_insert_with(|| json!(PURPOSE_END));
    Certificate::of(&old).ok().map(|one| vec![one])
}

/// The commitments of an entry, from its group *sent*.
#[must_use]
pub fn commitments_in(sent: &str) -> Option<Vec<Hash>> {
    let sent: Value = serde_json::from_str(sent).ok()?;
    sent["certificates"].as_array()?.iter().map(|one| one.as_str()?.parse().ok()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn certificate(number: u8) -> Certificate {
        let at = |seconds: i64| WallTime::from_unix_seconds(1_700_000_000 + seconds);
        Certificate {
            segment: SegmentId::from_bytes([number; 16]),
            camera: CameraId::from_bytes([2; 16]),
            stream: StreamId::from_bytes([3; 16]),
            interval: WallRange { start: at(0), end: at(60) },
            bytes: 7,
            rule: "Kept for 1 day, as promised for: \"theft\"\n".to_owned(),
            rule_id: "purpose_end".to_owned(),
            purpose: Some(PurposeId::from_bytes([4; 16])),
            policy: Some(Hash([5; 32])),
            sealed_digest: None,
            due: at(86_400),
            intended_at: at(86_401),
            unreadable_at: at(86_402),
            unlinked_at: at(86_403),
            backups_until: None,
        }
    }

    #[test]
    fn it_reads_like_this() {
        let expected = concat!(
            r#"{"backups_until_90k":null,"bytes":7,"camera":"02020202020202020202020202020202","due_90k":153007776000000,"#,
            r#""end_90k":153000005400000,"intended_at_90k":153007776090000,"#,
            r#""policy":"0505050505050505050505050505050505050505050505050505050505050505","#,
            r#""purpose":"04040404040404040404040404040404","#,
            r#""rule":"Kept for 1 day, as promised for: \"theft\"\n","rule_id":"purpose_end","sealed_digest":null,"#,
            r#""segment":"01010101010101010101010101010101","start_90k":153000000000000,"#,
            r#""stream":"03030303030303030303030303030303","unlinked_at_90k":153007776270000,"unreadable_at_90k":153007776180000}"#
        );
        assert_eq!(certificate(1).text(), expected);
        assert_eq!(Certificate::parse(expected), Ok(certificate(1)));
    }

    #[test]
    fn any_changed_byte_is_no_certificate_or_another_commitment() {
        let text = certificate(1).text();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let same = Certificate::parse(&changed).is_ok_and(|read| read.commitment() == certificate(1).commitment());
            assert!(!same, "byte {at}");
        }
    }

    #[test]
    fn times_out_of_order_are_named() {
        let at = WallTime::from_unix_seconds;
        let logged = at(1_700_086_404);
        let good = certificate(1);
        assert_eq!(good.check_times(), Ok(()));
        assert!(!good.is_dated_after(logged) && good.is_dated_after(good.unreadable_at));
        let wrong = |change: fn(&mut Certificate)| {
            let mut one = certificate(1);
            change(&mut one);
            one.check_times().map_err(|error| (error.earlier, error.later))
        };
        assert_eq!(wrong(|one| one.due = one.unlinked_at), Err(("due_90k", "intended_at_90k")));
        assert_eq!(wrong(|one| one.unreadable_at = one.due), Err(("intended_at_90k", "unreadable_at_90k")));
        assert_eq!(wrong(|one| one.unlinked_at = one.due), Err(("unreadable_at_90k", "unlinked_at_90k")));
        assert_eq!(wrong(|one| one.backups_until = Some(one.due)), Err(("unreadable_at_90k", "backups_until_90k")));
        let early = Certificate { rule_id: "disk_full".to_owned(), due: at(1_800_000_000), ..good };
        assert_eq!(early.check_times(), Ok(()), "a full disk ends footage before its purpose does");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn text_and_certificate_agree(rule in ".{0,80}", word in "[a-z_]{1,20}", bytes in 0_u64..1 << 53, until in prop::option::of(0_i64..1 << 52)) {
            let one = Certificate { rule, rule_id: word, bytes, backups_until: until.map(WallTime::from_ticks), ..certificate(9) };
            prop_assert_eq!(Certificate::parse(&one.text()), Ok(one.clone()));
        }
    }
}
