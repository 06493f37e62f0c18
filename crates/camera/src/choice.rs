//! Which of a camera's profiles are recorded.

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

/// A picture narrower than this says nothing even in a tile.
const NARROWEST: u32 = 320;

/// Chooses main and sub-stream; `None` if no profile has a stream that can be recorded. Of two pictures of one size
/// H.264 is taken, for the main stream the one with the higher rate, for the sub-stream the one with the lower. Motion JPEG
/// takes many times the room and is taken only where there is nothing else.
#[must_use]
pub fn choose_streams(profiles: &[Profile]) -> Option<ChosenStreams> {
    let is_video = |profile: &&Profile| matches!(profile.encoding, Encoding::H264 | Encoding::H265);
    let has_video = profiles.iter().filter(|profile| profile.stream_uri.is_some()).any(|profile| is_video(&profile));
    let usable = || {
        profiles.iter().filter(|profile| {
            profile.stream_uri.is_some() && (is_video(profile) || !has_video && profile.encoding == Encoding::Jpeg)
        })
    };
    let pixels = |profile: &Profile| u64::from(profile.width) * u64::from(profile.height);
    let is_h264 = |profile: &Profile| profile.encoding == Encoding::H264;
    // `rev` so that of equals the first named wins.
    let main = usable().rev().max_by_key(|p| (pixels(p), is_h264(p), p.frame_rate))?;
    let sub = usable()
        .filter(|profile| profile.width >= NARROWEST && pixels(profile) < pixels(main))
        .min_by_key(|profile| (pixels(profile), !is_h264(profile), profile.frame_rate));
    Some(ChosenStreams { main: main.clone(), sub: sub.cloned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `token width height encoding rate`; a token with `!` has no stream.
    fn profile(line: &str) -> Profile {
        let f: Vec<_> = line.split(' ').collect();
        let encoding = match f[3] {
            "H264" => Encoding::H264,
            "H265" => Encoding::H265,
            "JPEG" => Encoding::Jpeg,
            other => Encoding::Other(other.to_owned()),
        };
        let number = |i: usize| f[i].parse().expect("a number");
        Profile {
            token: f[0].into(),
            name: String::new(),
            stream_uri: (!f[0].contains('!')).then(|| format!("rtsp://10.20.0.7:554/{}", f[0])),
            encoding,
            width: number(1),
            height: number(2),
            frame_rate: number(4),
            bit_rate_kbit: 0,
            gop_length: 0,
        }
    }

    #[track_caller]
    fn check(lines: &[&str], expected: Option<(&str, Option<&str>)>) {
        let profiles: Vec<_> = lines.iter().map(|line| profile(line)).collect();
        let chosen = choose_streams(&profiles);
        let tokens = chosen.as_ref().map(|c| (c.main.token.as_str(), c.sub.as_ref().map(|s| s.token.as_str())));
        assert_eq!(tokens, expected);
    }

    #[test]
    fn largest_and_smallest() {
        check(&["a 640 360 H264 10", "b 1920 1080 H264 25", "c 1280 720 H264 25"], Some(("b", Some("a"))));
        check(&["b 1920 1080 H264 25"], Some(("b", None)));
        check(&["b 1920 1080 H264 25", "tiny 160 120 H264 5"], Some(("b", None)));
        check(&["x 1920 1080 H265 25", "b 1920 1080 H264 25", "y 1920 1080 H264 25"], Some(("b", None)));
        check(&["x 3840 2160 H265 25", "b 640 360 H264 25", "c 640 360 H265 10"], Some(("x", Some("b"))));
        check(&["j 1920 1080 JPEG 25", "b 640 360 H264 25"], Some(("b", None)));
        check(&["j 1920 1080 JPEG 25", "k 640 360 JPEG 5", "!n 1920 1080 H264 25"], Some(("j", Some("k"))));
        check(&["o 1920 1080 OTHER 25", "!n 1920 1080 H264 25"], None);
        check(&[], None);
    }
}
