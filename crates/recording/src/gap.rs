//! Missing time: every second without footage has a start, an end and a cause (promise 7).

use std::fmt;
use std::str::FromStr;

use candour_units::{WallDuration, WallTime};

/// Why there is no footage. The words are stable: they stand in segment headers, rows and the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapCause {
    /// The stream records for the first time.
    FirstStart,
    /// The recorder was stopped in order.
    RecorderStopped,
    /// The recorder ended without closing its segments: power, crash or kill.
    RecorderDied,
    /// The camera closed the connection or could not be reached.
    CameraLost,
    /// The camera kept the connection but sent nothing.
    CameraStalled,
    /// The camera refused our credentials.
    CameraRefusedUs,
    /// What the camera sent could not be read as a stream.
    CameraGarbage,
    /// The network lost packets.
    PacketLoss,
    /// The gate no longer accepts the camera.
    NotAccepted,
    /// No purpose in force covers the camera.
    NoPurpose,
    /// The wall clock stepped; the recording was cut so that no second is told twice.
    ClockStep,
    /// The storage could not take the footage in time.
    StorageSlow,
    /// The storage is full.
    StorageFull,
    /// Writing failed.
    StorageFailed,
    /// Stored once, damaged since: found on reading or checking.
    DataLoss,
    /// Deleted as promised; the certificate says by which rule.
    Deleted,
    /// Nobody knows any more: the catalogue was made anew, and neither header nor log tells.
    Unknown,
    /// What the camera sends, or offers to send, is larger or faster than the policy allows.
    AboveCap,
    /// The camera does not hide an area that the policy wants hidden.
    MaskNotKept,
    /// The policy says not to record at this time: nothing is missing.
    OutsideHours,
    /// The assessment that the recording stands on is past its review date, and the policy says to stop.
    ReviewOverdue,
    /// What the policy demands of this camera cannot be kept, so nothing is recorded rather than more than it allows.
    PolicyNotKept,
    /// The policy says to record around what moves, and nothing moved: nothing is missing.
    NothingMoved,
}

impl GapCause {
    /// Every cause, in the order above.
    pub const ALL: [Self; 23] = [
        Self::FirstStart,
        Self::RecorderStopped,
        Self::RecorderDied,
        Self::CameraLost,
        Self::CameraStalled,
        Self::CameraRefusedUs,
        Self::CameraGarbage,
        Self::PacketLoss,
        Self::NotAccepted,
        Self::NoPurpose,
        Self::ClockStep,
        Self::StorageSlow,
        Self::StorageFull,
        Self::StorageFailed,
        Self::DataLoss,
        Self::Deleted,
        Self::Unknown,
        Self::AboveCap,
        Self::MaskNotKept,
        Self::OutsideHours,
        Self::ReviewOverdue,
        Self::PolicyNotKept,
        Self::NothingMoved,
    ];

    /// The stable word for rows and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstStart => "first_start",
            Self::RecorderStopped => "recorder_stopped",
            Self::RecorderDied => "recorder_died",
            Self::CameraLost => "camera_lost",
            Self::CameraStalled => "camera_stalled",
            Self::CameraRefusedUs => "camera_refused_us",
            Self::CameraGarbage => "camera_garbage",
            Self::PacketLoss => "packet_loss",
            Self::NotAccepted => "not_accepted",
            Self::NoPurpose => "no_purpose",
            Self::ClockStep => "clock_step",
            Self::StorageSlow => "storage_slow",
            Self::StorageFull => "storage_full",
            Self::StorageFailed => "storage_failed",
            Self::DataLoss => "data_loss",
            Self::Deleted => "deleted",
            Self::Unknown => "unknown",
            Self::AboveCap => "above_cap",
            Self::MaskNotKept => "mask_not_kept",
            Self::OutsideHours => "outside_hours",
            Self::ReviewOverdue => "review_overdue",
            Self::PolicyNotKept => "policy_not_kept",
            Self::NothingMoved => "nothing_moved",
        }
    }

    /// The number in a segment header (format version 1): the position in [`Self::ALL`] plus one; 0 means no gap.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8 + 1
    }

    /// The cause with that number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

impl fmt::Display for GapCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for GapCause {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|cause| cause.word() == text).ok_or(())
    }
}

/// An interval without footage of one stream. The end is open while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// First missing moment.
    pub start: WallTime,
    /// First moment present again.
    pub end: Option<WallTime>,
    /// Why.
    pub cause: GapCause,
}

/// What the camera claimed about time, beside our own clock; kept, never trusted (rule 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClockEvidence {
    /// Camera's clock minus ours, as an RTCP sender report or ONVIF answer gave it; `None` before the first.
    pub camera_ahead: Option<WallDuration>,
    /// How long our reading of the socket may have been late (the pace of reading).
    pub read_pace: WallDuration,
    /// Whether the kernel said its own clock was synchronised when the segment began.
    pub kernel_synchronised: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_codes_come_back() {
        for cause in GapCause::ALL {
            assert_eq!(cause.word().parse(), Ok(cause));
            assert_eq!(GapCause::from_code(cause.code()), Some(cause));
        }
        assert_eq!(GapCause::from_code(0), None);
    }
}
