//! What the check says: kinds that never change their word, the thing, what was found, what was expected, what to do.

use candour_units::{CameraId, SegmentId, StreamId, WallRange, WallTime};

/// What kind of disagreement. The words are stable: monitoring and tests are built on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingKind {
    /// The log does not verify.
    LogBroken,
    /// The two copies of the keyring differ, or one is damaged.
    KeyringCopy,
    /// A segment file that the catalogue does not know.
    FileWithoutRow,
    /// The catalogue knows a segment whose file is gone, and no certificate says why.
    RowWithoutFile,
    /// The log knows a closed segment that neither catalogue nor storage has, and no certificate says why.
    FootageMissing,
    /// The file that bears a segment's name is another segment's.
    WrongFile,
    /// Row and file say different things about the same segment.
    RowDisagrees,
    /// The row keeps the segment longer than its header promised at capture.
    KeepUntilRaised,
    /// The row says deleted, and there is no certificate.
    DeletedWithoutCertificate,
    /// There is no key for a segment that was not deleted.
    KeyMissing,
    /// There is still a key for a segment whose deletion is certified.
    KeyLeft,
    /// There is still a file of a segment whose deletion is certified.
    FileLeft,
    /// A deletion was begun and has not reached its certificate.
    DeletionUnfinished,
    /// Bytes of the file are not what was sealed.
    Damaged,
    /// The file ends in the middle of what it should hold.
    TornTail,
    /// The segment was never closed, and nobody writes it any more.
    LeftOpen,
    /// A whole file, but not the one whose digest is in the log.
    DigestDiffers,
    /// A closed segment whose digest is not in the log.
    NotLogged,
    /// The catalogue has a certificate that the log does not have.
    CertificateNotLogged,
    /// The log has a certificate that the catalogue does not have.
    CertificateWithoutRow,
    /// A gap and footage claim the same time.
    GapOverFootage,
    /// A stretch of time that is neither footage nor gap nor certificate.
    HiddenGap,
    /// Something among the footage that is no segment.
    UnknownFile,
    /// It could not be read, so nothing can be said about it.
    Unreadable,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 24] = [
        Self::LogBroken,
        Self::KeyringCopy,
        Self::FileWithoutRow,
        Self::RowWithoutFile,
        Self::FootageMissing,
        Self::WrongFile,
        Self::RowDisagrees,
        Self::KeepUntilRaised,
        Self::DeletedWithoutCertificate,
        Self::KeyMissing,
        Self::KeyLeft,
        Self::FileLeft,
        Self::DeletionUnfinished,
        Self::Damaged,
        Self::TornTail,
        Self::LeftOpen,
        Self::DigestDiffers,
        Self::NotLogged,
        Self::CertificateNotLogged,
        Self::CertificateWithoutRow,
        Self::GapOverFootage,
        Self::HiddenGap,
        Self::UnknownFile,
        Self::Unreadable,
    ];

    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LogBroken => "log_broken",
            Self::KeyringCopy => "keyring_copy",
            Self::FileWithoutRow => "file_without_row",
            Self::RowWithoutFile => "row_without_file",
            Self::FootageMissing => "footage_missing",
            Self::WrongFile => "wrong_file",
            Self::RowDisagrees => "row_disagrees",
            Self::KeepUntilRaised => "keep_until_raised",
            Self::DeletedWithoutCertificate => "deleted_without_certificate",
            Self::KeyMissing => "key_missing",
            Self::KeyLeft => "key_left",
            Self::FileLeft => "file_left",
            Self::DeletionUnfinished => "deletion_unfinished",
            Self::Damaged => "damaged",
            Self::TornTail => "torn_tail",
            Self::LeftOpen => "left_open",
            Self::DigestDiffers => "digest_differs",
            Self::NotLogged => "not_logged",
            Self::CertificateNotLogged => "certificate_not_logged",
            Self::CertificateWithoutRow => "certificate_without_row",
            Self::GapOverFootage => "gap_over_footage",
            Self::HiddenGap => "hidden_gap",
            Self::UnknownFile => "unknown_file",
            Self::Unreadable => "unreadable",
        }
    }

    /// How heavy it is.
    #[must_use]
    pub const fn weight(self) -> Weight {
        match self {
            Self::LogBroken
            | Self::RowWithoutFile
            | Self::FootageMissing
            | Self::WrongFile
            | Self::KeyMissing
            | Self::Damaged
            | Self::DigestDiffers
            | Self::DeletedWithoutCertificate
            | Self::Unreadable => Weight::Loss,
            Self::KeepUntilRaised
            | Self::KeyLeft
            | Self::FileLeft
            | Self::CertificateNotLogged
            | Self::CertificateWithoutRow
            | Self::HiddenGap
            | Self::RowDisagrees
            | Self::KeyringCopy
            | Self::FileWithoutRow
            | Self::GapOverFootage
            | Self::UnknownFile => Weight::Fault,
            Self::DeletionUnfinished | Self::TornTail | Self::LeftOpen | Self::NotLogged => Weight::Pending,
        }
    }

    /// What to do about it, for whoever reads the report.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::LogBroken => {
                "Stop here and keep a copy of everything: somebody or something changed the log. Compare with the last \
                 copy that verifies."
            }
            Self::KeyringCopy => {
                "--mend writes both copies anew from the better one. If it comes back, change that disk."
            }
            Self::FileWithoutRow => "--mend makes its row from the file.",
            Self::RowWithoutFile | Self::FootageMissing => {
                "Put the file back from a copy if there is one; else --mend shows the time as lost. Look for who or what \
                 removed it."
            }
            Self::WrongFile => {
                "Look among the other findings for the file that belongs here and put both back in their places; else \
                 --mend shows the time as lost."
            }
            Self::RowDisagrees => "--mend writes the row anew from the file, whose header and digests are authentic.",
            Self::KeepUntilRaised => "--mend sets it back to what was promised at capture.",
            Self::DeletedWithoutCertificate => {
                "Somebody or something changed the catalogue. --mend takes the footage back in if its file is there, \
                 else it shows the time as lost."
            }
            Self::KeyMissing => "Restore the keyring from a backup; else --mend shows the time as lost.",
            Self::KeyLeft => "--mend destroys it once more. Find out which old keyring was put back.",
            Self::FileLeft => "--mend removes it once more. Find out which old copy was put back.",
            Self::DeletionUnfinished => "The next start finishes it, and so does --mend.",
            Self::Damaged => {
                "What lies before and behind still plays. Put the file back from a copy if there is one; else --mend \
                 shows the place as lost. Check the disk."
            }
            Self::TornTail | Self::LeftOpen => {
                "A kill or a power cut leaves this. The next start closes it behind its last whole fragment, and so does \
                 --mend."
            }
            Self::DigestDiffers => {
                "Keep a copy: somebody who holds the keys made this file after the log told of another. --mend shows the \
                 time as lost."
            }
            Self::NotLogged => "The next start writes it into the log, and so does --mend.",
            Self::CertificateNotLogged => "--mend certifies the deletion once more.",
            Self::CertificateWithoutRow => "--mend takes the certificate from the log.",
            Self::GapOverFootage => "--mend ends the gap where the footage begins.",
            Self::HiddenGap => "--mend makes it a gap with the cause that can be known. Find out what lay there.",
            Self::UnknownFile => "It is left alone. Move it away if it is nobody's.",
            Self::Unreadable => "Check the disk and run the check again.",
        }
    }
}

/// How heavy a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Unfinished, as a kill leaves it: the next start finishes it by itself.
    Pending,
    /// Parts disagree; nothing is lost yet.
    Fault,
    /// Footage or evidence is lost or was changed.
    Loss,
}

impl Weight {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Fault => "fault",
            Self::Loss => "loss",
        }
    }
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// The segment concerned.
    pub segment: Option<SegmentId>,
    /// Its camera.
    pub camera: Option<CameraId>,
    /// Its stream.
    pub stream: Option<StreamId>,
    /// The time concerned, as narrow as it is known.
    pub interval: Option<WallRange>,
    /// File, byte and fragment, or log entry.
    pub place: Option<String>,
    /// What was found.
    pub found: String,
    /// What should have been found.
    pub expected: String,
}

impl Finding {
    pub(crate) fn new(kind: FindingKind, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            kind,
            segment: None,
            camera: None,
            stream: None,
            interval: None,
            place: None,
            found: found.into(),
            expected: expected.into(),
        }
    }

    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    pub(crate) fn between(mut self, start: WallTime, end: WallTime) -> Self {
        self.interval = WallRange::new(start, end);
        self
    }

    /// Whether it is the same trouble as another: what a second check compares with the first.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.kind, self.segment, self.stream) == (other.kind, other.segment, other.stream)
            && (self.segment.is_some() || (self.interval == other.interval && self.place == other.place))
    }
}

impl std::fmt::Display for Finding {
    /// One line for people: `damaged: segment 5a… of camera ca…, 2026-… to 2026-…, byte 900 (fragment 6): …`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.kind.word())?;
        let mut separator = " ";
        let mut part = |f: &mut std::fmt::Formatter<'_>, text: String| {
            let result = write!(f, "{separator}{text}");
            separator = ", ";
            result
        };
        if let Some(segment) = self.segment {
            part(f, format!("segment {segment}"))?;
        }
        if let Some(camera) = self.camera {
            part(f, format!("camera {camera}"))?;
        }
        if self.segment.is_none()
            && let Some(stream) = self.stream
        {
            part(f, format!("stream {stream}"))?;
        }
        if let Some(interval) = self.interval {
            part(f, format!("{} to {}", interval.start, interval.end))?;
        }
        if let Some(place) = &self.place {
            part(f, place.clone())?;
        }
        let colon = if separator == ", " { ":" } else { "" };
        write!(f, "{colon} {}; expected {}", self.found, self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<_> = FindingKind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), FindingKind::ALL.len());
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }

    #[test]
    fn a_finding_reads_as_one_line() {
        let mut finding = Finding::new(FindingKind::Damaged, "the bytes are not what was sealed", "the bytes sealed");
        finding.segment = Some(SegmentId::from_bytes([0x5a; 16]));
        let finding = finding.at("byte 900").between(WallTime::from_ticks(0), WallTime::from_unix_seconds(1));
        let words = format!(
            "damaged: segment {}, 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z, byte 900: the bytes are not \
             what was sealed; expected the bytes sealed",
            "5a".repeat(16)
        );
        assert_eq!(finding.to_string(), words);
    }
}
