//! The faults a camera can be asked for: the JSON body of `POST /sim/fault`.

use serde::{Deserialize, Serialize};

use crate::guise::Guise;

/// One of a camera's two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamName {
    /// The main stream.
    Main,
    /// The sub-stream.
    Sub,
}

/// A fault. Where `stream` is absent both streams are struck. Durations are in seconds from now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Sends nothing for a while; connections stay open. What would have been sent is lost, and the stream goes on at
    /// the first key frame after the pause, with timestamps that show how long it was.
    Stall {
        /// How long.
        seconds: f64,
        /// Which stream.
        stream: Option<StreamName>,
    },
    /// Sends NAL units of random bytes in place of the footage, with good RTP around them; goes on at a key frame.
    Garbage {
        /// How long.
        seconds: f64,
        /// Which stream.
        stream: Option<StreamName>,
    },
    /// Closes every RTSP connection and the listening socket, and listens again after a while. The ONVIF device stays.
    Drop {
        /// How long nobody listens; 0 closes the connections only.
        seconds: f64,
    },
    /// Goes on with another clip from its first key frame, in the same RTSP session: new parameter sets, in-band only.
    Switch {
        /// Name of the footage; the next one in the file if absent.
        footage: Option<String>,
        /// Which of the pair to play, on whatever stream is struck: `sub` on the main stream changes the resolution.
        clip: Option<StreamName>,
        /// Which stream.
        stream: Option<StreamName>,
    },
    /// Restarts: every RTSP connection is closed and nobody listens for a while; a camera whose `lens` forgets at a restart
    /// has no masks afterwards, and plays the clips it began with. The ONVIF device stays.
    Reboot {
        /// How long nobody listens.
        seconds: f64,
    },
    /// Pretends to be another device from now on, or is itself again when the guise is empty. What is connected stays.
    Disguise {
        /// As what.
        #[serde(default)]
        guise: Box<Guise>,
    },
    /// Claims something over its event service, or takes it back: `tns1:VideoSource/MotionAlarm` and so on.
    Claim {
        /// The topic.
        topic: String,
        /// Whether it stands from now on.
        stands: bool,
        /// How many times it says so; once if absent.
        #[serde(default = "once")]
        times: u32,
    },
    /// Keeps every answer to one ONVIF operation back until [`Fault::Release`]: a test can then act in the middle of a conversation.
    Hold {
        /// Local name of the operation.
        on: String,
    },
    /// Gives the answers that are kept back, and keeps none back from now on.
    Release,
    /// The RTP timestamps jump, as after a restart of the encoder; nothing is lost. RTCP follows.
    RestartClock {
        /// By how many seconds, modulo the 32 bits of RTP; negative jumps back.
        jump_s: f64,
        /// Which stream.
        stream: Option<StreamName>,
    },
}

const fn once() -> u32 {
    1
}

/// Longest duration a fault accepts, in seconds: a test that wants more wants a camera that is not there.
pub const LONGEST_S: f64 = 86_400.0;

/// Why a fault was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FaultError {
    /// The duration is negative, not a number, or too long.
    #[error("seconds = {seconds}: must be between 0 and {LONGEST_S}")]
    Seconds {
        /// What was asked.
        seconds: f64,
    },
    /// No footage has that name.
    #[error("footage = \"{footage}\": no [[footage]] of the camera file has this name")]
    Footage {
        /// What was asked.
        footage: String,
    },
    /// The clip is coded otherwise; no camera changes that within a session.
    #[error("the clip is {asked} and the stream {playing}: a session keeps its coding")]
    Coding {
        /// Coding of the clip.
        asked: &'static str,
        /// Coding of the stream.
        playing: &'static str,
    },
    /// The jump cannot be expressed.
    #[error("jump_s = {jump_s}: must be between -{LONGEST_S} and {LONGEST_S}")]
    Jump {
        /// What was asked.
        jump_s: f64,
    },
}

impl StreamName {
    /// Whether a fault for `asked` strikes this stream; no choice strikes both.
    #[must_use]
    pub fn struck_by(self, asked: Option<Self>) -> bool {
        asked.is_none_or(|asked| asked == self)
    }

    /// The name in journals and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Sub => "sub",
        }
    }
}

/// Seconds as ticks of 90 kHz, refused when no fault may last so long.
///
/// # Errors
/// [`FaultError::Seconds`].
pub fn ticks(seconds: f64) -> Result<i64, FaultError> {
    if !(0.0..=LONGEST_S).contains(&seconds) {
        return Err(FaultError::Seconds { seconds });
    }
    Ok((seconds * 90_000.0) as i64)
}

/// A jump in seconds as the number of ticks to add to an RTP timestamp, modulo 2^32.
///
/// # Errors
/// [`FaultError::Jump`].
pub fn jump_ticks(jump_s: f64) -> Result<u32, FaultError> {
    if !(-LONGEST_S..=LONGEST_S).contains(&jump_s) {
        return Err(FaultError::Jump { jump_s });
    }
    let ticks = (jump_s * 90_000.0) as i64;
    Ok(u32::try_from(ticks.rem_euclid(1 << 32)).expect("a remainder of 2^32 fits 32 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Option<Fault>) {
        assert_eq!(serde_json::from_str::<Fault>(json).ok(), expected, "{json}");
    }

    #[test]
    fn bodies() {
        let main = Some(StreamName::Main);
        check(r#"{"fault":"stall","seconds":2}"#, Some(Fault::Stall { seconds: 2.0, stream: None }));
        check(r#"{"fault":"stall","seconds":2,"stream":"main"}"#, Some(Fault::Stall { seconds: 2.0, stream: main }));
        check(r#"{"fault":"garbage","seconds":0.5}"#, Some(Fault::Garbage { seconds: 0.5, stream: None }));
        check(r#"{"fault":"drop","seconds":0}"#, Some(Fault::Drop { seconds: 0.0 }));
        check(r#"{"fault":"switch"}"#, Some(Fault::Switch { footage: None, clip: None, stream: None }));
        check(r#"{"fault":"restart_clock","jump_s":-1}"#, Some(Fault::RestartClock { jump_s: -1.0, stream: None }));
        check(r#"{"fault":"stall"}"#, None);
        check(r#"{"fault":"stall","seconds":2,"strem":"main"}"#, None);
        check(r#"{"fault":"hold","on":"GetProfiles"}"#, Some(Fault::Hold { on: "GetProfiles".into() }));
        check(r#"{"fault":"release"}"#, Some(Fault::Release));
        check(r#"{"fault":"explode"}"#, None);
        check(r#"{"fault":"stall","seconds":2,"stream":"third"}"#, None);
    }

    #[test]
    fn limits() {
        assert_eq!(ticks(0.5), Ok(45_000));
        assert!(ticks(-1.0).is_err() && ticks(f64::NAN).is_err() && ticks(1e9).is_err());
        assert_eq!(jump_ticks(1.0), Ok(90_000));
        assert_eq!(jump_ticks(-1.0), Ok(u32::MAX - 89_999));
        assert!(jump_ticks(f64::INFINITY).is_err());
    }
}
