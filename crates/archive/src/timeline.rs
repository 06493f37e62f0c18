//! What the timeline draws: every moment of a range has exactly one span.

use candour_recording::GapCause;
use candour_units::WallRange;

/// What a stretch of time is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpanKind {
    /// Footage is there and can be played.
    Recorded,
    /// Footage is missing, and why.
    Gap {
        /// Why.
        cause: GapCause,
    },
    /// Footage was deleted, by that rule; the certificate is this log entry.
    Deleted {
        /// The rule in words.
        rule: String,
        /// Position of the certificate in the log.
        entry: Option<i64>,
    },
    /// Before the first or after the last moment anything is known about.
    Unknown,
}

/// A stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// From, to.
    pub range: WallRange,
    /// What it is.
    pub kind: SpanKind,
}

/// Spans in order, without holes or overlaps, that tile the range asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// The spans.
    pub spans: Vec<Span>,
}
