//! Everything that ends a run or an attempt, and the cause that the timeline shows for it.

use std::fmt;

use candour_media::MediaError;
use candour_recording::GapCause;

/// The longest text of a camera's that is passed on.
const LONGEST_DETAIL: usize = 240;

/// A step of the RTSP conversation that has a time-out of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Connecting and asking what there is.
    Describe,
    /// Choosing the video track.
    Setup,
    /// Asking for it to begin.
    Play,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Describe => "DESCRIBE",
            Self::Setup => "SETUP",
            Self::Play => "PLAY",
        })
    }
}

/// Why there are no more samples. The text becomes the detail of the gap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the camera did not answer {step} within {seconds} s")]
    NoAnswer { step: Step, seconds: u64 },
    #[error("the camera answered with status {status}: {detail}")]
    Status { status: u16, detail: String },
    #[error("the connection failed: {detail}")]
    Connection { detail: String },
    #[error("the camera closed the connection")]
    Closed,
    #[error("no picture came for {seconds} s")]
    Stalled { seconds: u64 },
    #[error("what the camera sent cannot be read: {detail}")]
    Unreadable { detail: String },
    #[error("the camera offers no video at this address")]
    NoVideo,
    #[error("the camera's parameters cannot be used: {0}")]
    Entry(MediaError),
    #[error("the camera sent key frames without the parameters to decode them")]
    NoParameters,
    #[error("no key frame came for {seconds} s; set the camera's key frame interval to one or two seconds")]
    NoKeyFrame { seconds: u64 },
    #[error("one picture of {bytes} bytes came; at most {limit} are taken")]
    SampleTooLarge { bytes: usize, limit: usize },
    #[error("more than {limit_mbit} Mbit/s came for seconds; lower the camera's bit rate")]
    TooManyBytes { limit_mbit: i64 },
    #[error("the picture is {width} pixels across; the policy allows {most}")]
    TooWide { width: u32, most: u32 },
    #[error("more than {most} pictures a second came, which is all that the policy allows")]
    TooFast { most: u32 },
    #[error("{detail}")]
    NotCleared { cause: GapCause, detail: String },
    #[error("nobody said within {seconds} s whether this camera may be received")]
    NoClearance { seconds: u64 },
    #[error("more than {limit} pictures a second came")]
    TooManySamples { limit: i64 },
    #[error("parameters or timestamps changed more than {limit} times in {seconds} s")]
    TooManyCuts { limit: i64, seconds: i64 },
    #[error("a fault in reading this camera; the service's error output says where")]
    Panicked,
}

impl Failure {
    /// The cause for the timeline: from status codes and our own time-outs, never from a camera's words.
    pub(crate) fn cause(&self) -> GapCause {
        match self {
            Self::Status { status: 401 | 403 | 407, .. } => GapCause::CameraRefusedUs,
            // Agreeing without making sense, and redirections, which are never followed.
            Self::Status { status: ..=399, .. } => GapCause::CameraGarbage,
            Self::Status { .. } | Self::Connection { .. } | Self::Closed => GapCause::CameraLost,
            // The connection itself is part of the first step.
            Self::NoAnswer { step: Step::Describe, .. } => GapCause::CameraLost,
            Self::NoAnswer { .. } | Self::Stalled { .. } => GapCause::CameraStalled,
            Self::TooWide { .. } | Self::TooFast { .. } => GapCause::AboveCap,
            Self::NotCleared { cause, .. } => *cause,
            Self::NoClearance { .. } => GapCause::CameraLost,
            Self::Unreadable { .. }
            | Self::NoVideo
            | Self::Entry(_)
            | Self::NoParameters
            | Self::NoKeyFrame { .. }
            | Self::SampleTooLarge { .. }
            | Self::TooManyBytes { .. }
            | Self::TooManySamples { .. }
            | Self::TooManyCuts { .. }
            | Self::Panicked => GapCause::CameraGarbage,
        }
    }
}

/// The first line of a text that may repeat what a camera said, made harmless for logs and short.
pub(crate) fn harmless(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim_end_matches(": ");
    let shown = line.chars().take(LONGEST_DETAIL).map(|character| {
        // Control characters break lines in logs, direction marks turn what follows around.
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns { '\u{fffd}' } else { character }
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> Failure {
        Failure::Status { status, detail: String::new() }
    }

    #[test]
    fn causes() {
        let check = |failure: Failure, expected| assert_eq!(failure.cause(), expected, "{failure}");
        let no_answer = |step| Failure::NoAnswer { step, seconds: 5 };
        check(status(401), GapCause::CameraRefusedUs);
        check(status(403), GapCause::CameraRefusedUs);
        check(status(200), GapCause::CameraGarbage);
        check(status(302), GapCause::CameraGarbage);
        check(status(404), GapCause::CameraLost);
        check(status(453), GapCause::CameraLost);
        check(status(503), GapCause::CameraLost);
        check(no_answer(Step::Describe), GapCause::CameraLost);
        check(no_answer(Step::Setup), GapCause::CameraStalled);
        check(no_answer(Step::Play), GapCause::CameraStalled);
        check(Failure::Closed, GapCause::CameraLost);
        check(Failure::Stalled { seconds: 5 }, GapCause::CameraStalled);
        check(Failure::Panicked, GapCause::CameraGarbage);
        check(Failure::NoVideo, GapCause::CameraGarbage);
        check(Failure::TooWide { width: 1920, most: 640 }, GapCause::AboveCap);
        check(Failure::TooFast { most: 10 }, GapCause::AboveCap);
        check(Failure::NotCleared { cause: GapCause::MaskNotKept, detail: String::new() }, GapCause::MaskNotKept);
    }

    #[test]
    fn a_cameras_words_are_made_harmless() {
        let check = |text: &str, expected: &str| assert_eq!(harmless(text), expected);
        check("Timeout", "Timeout");
        check("first\nsecond", "first");
        check("Received interleaved data: \n[24]", "Received interleaved data");
        check("\u{1b}[31mred\u{202e}der", "\u{fffd}[31mred\u{fffd}der");
        check(&"x".repeat(10_000), &"x".repeat(240));
        check("", "");
    }
}
