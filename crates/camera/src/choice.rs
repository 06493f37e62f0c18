//! Which of a camera's profiles are recorded.

use candour_onvif::{Caps, Offered, Picture, choose};

use crate::{Encoding, Profile};

/// The main stream and, if there is a smaller one, the sub-stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenStreams {
    /// The largest picture in H.264 or H.265; in Motion JPEG if the camera has nothing else.
    pub main: Profile,
    /// The smallest picture at least 320 pixels across, smaller than the main one.
    pub sub: Option<Profile>,
}

impl ChosenStreams {
    /// Whether the main stream is H.265, which not every browser plays.
    #[must_use]
    pub fn main_is_h265(&self) -> bool {
        self.main.encoding == Encoding::H265
    }
}

impl Offered for Profile {
    fn has_stream(&self) -> bool {
        self.stream_uri.is_some()
    }

    fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    fn picture(&self) -> Picture {
        Picture { width: self.width, height: self.height, frame_rate: self.frame_rate }
    }
}

/// Chooses main and sub-stream (`candour_onvif::choose`); `None` if no profile has a stream that can be recorded.
#[must_use]
pub fn choose_streams(profiles: &[Profile]) -> Option<ChosenStreams> {
    let choice = choose(profiles, &Caps::NONE).ok()?;
    let at = |place: usize| profiles[place].clone();
    Some(ChosenStreams { main: at(choice.main), sub: choice.sub.map(at) })
}
