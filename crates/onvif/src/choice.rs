//! Which of a camera's profiles are recorded: the largest that the caps allow, with a reason for every one passed over.

use std::cmp::Reverse;

use crate::demands::{Caps, Excess, Picture};
use crate::{Encoding, Profile};

/// A profile to choose from.
pub trait Offered {
    /// Whether the camera named a stream for it.
    fn has_stream(&self) -> bool;
    /// How it is encoded.
    fn encoding(&self) -> &Encoding;
    /// Its size and rate.
    fn picture(&self) -> Picture;
}

impl Offered for Profile {
    fn has_stream(&self) -> bool {
        self.stream.is_some()
    }

    fn encoding(&self) -> &Encoding {
        &self.video.encoding
    }

    fn picture(&self) -> Picture {
        Picture::from(&self.video)
    }
}

/// The chosen profiles, as places in the list that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The largest picture in H.264 or H.265; in Motion JPEG if the camera has nothing else.
    pub main: usize,
    /// The smallest picture at least 320 pixels across, smaller than the main one.
    pub sub: Option<usize>,
    /// Every profile that could not be taken, and why.
    pub passed_over: Vec<PassedOver>,
}

/// A profile that could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedOver {
    /// Its place in the list that was given.
    pub profile: usize,
    /// Why.
    pub why: Unfit,
}

/// Why a profile cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// The camera names no stream for it, or none that may be followed.
    NoStream,
    /// It is in no encoding that is recorded, or in Motion JPEG beside better ones.
    Encoding,
    /// It lies above the caps.
    Above(Excess),
}

/// A picture narrower than this says nothing even in a tile.
const NARROWEST: u32 = 320;

/// Chooses main and sub-stream under the caps. Of two pictures of one size H.264 is taken, for the main stream the one
/// with the higher rate, for the sub-stream the one with the lower. Motion JPEG takes many times the room and is taken
/// only where the camera has nothing else.
///
/// # Errors
/// Nothing can be taken; every profile with its reason.
pub fn choose<P: Offered>(profiles: &[P], caps: &Caps) -> Result<Choice, Vec<PassedOver>> {
    let is_video = |profile: &P| matches!(profile.encoding(), Encoding::H264 | Encoding::H265);
    let has_video = profiles.iter().any(|profile| profile.has_stream() && is_video(profile));
    let unfit = |profile: &P| {
        if !profile.has_stream() {
            Some(Unfit::NoStream)
        } else if !is_video(profile) && (has_video || *profile.encoding() != Encoding::Jpeg) {
            Some(Unfit::Encoding)
        } else {
            caps.excess(profile.picture()).map(Unfit::Above)
        }
    };
    let (mut usable, mut passed_over) = (Vec::new(), Vec::new());
    for (at, profile) in profiles.iter().enumerate() {
        match unfit(profile) {
            None => usable.push(at),
            Some(why) => passed_over.push(PassedOver { profile: at, why }),
        }
    }
    let pixels = |at: usize| {
        let picture = profiles[at].picture();
        u64::from(picture.width) * u64::from(picture.height)
    };
    let is_h264 = |at: usize| *profiles[at].encoding() == Encoding::H264;
    let rate = |at: usize| profiles[at].picture().frame_rate;
    // Of equals the first named wins.
    let Some(main) = usable.iter().copied().max_by_key(|at| (pixels(*at), is_h264(*at), rate(*at), Reverse(*at)))
    else {
        return Err(passed_over);
    };
    let sub = usable
        .iter()
        .copied()
        .filter(|at| profiles[*at].picture().width >= NARROWEST && pixels(*at) < pixels(main))
        .min_by_key(|at| (pixels(*at), !is_h264(*at), rate(*at)));
    Ok(Choice { main, sub, passed_over })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VideoEncoder;
    use proptest::prelude::*;

    /// `token width height encoding rate`; a token with `!` has no stream.
    fn profile(line: &str) -> Profile {
        let f: Vec<_> = line.split(' ').collect();
        let number = |i: usize| f[i].parse().expect("a number");
        Profile {
            token: f[0].into(),
            name: String::new(),
            stream: (!f[0].contains('!')).then(|| format!("rtsp://10.20.0.7:554/{}", f[0])),
            stream_as_named: None,
            video: VideoEncoder {
                encoding: Encoding::parse(f[3]),
                width: number(1),
                height: number(2),
                frame_rate: number(4),
                bit_rate_kbit: 0,
                gop_length: 0,
            },
        }
    }

    const NO_CAPS: (u32, u32) = (0, 0);

    /// `0` stands for no cap.
    #[track_caller]
    fn check(caps: (u32, u32), lines: &[&str], expected: Option<(&str, Option<&str>)>) {
        let some = |cap: u32| (cap > 0).then_some(cap);
        let caps = Caps { pixels_across: some(caps.0), frames_per_second: some(caps.1) };
        let profiles: Vec<_> = lines.iter().map(|line| profile(line)).collect();
        let token = |at: usize| profiles[at].token.as_str();
        let chosen = choose(&profiles, &caps).ok().map(|choice| (token(choice.main), choice.sub.map(token)));
        assert_eq!(chosen, expected, "{lines:?} under {caps}");
    }

    #[test]
    fn largest_and_smallest() {
        check(NO_CAPS, &["a 640 360 H264 10", "b 1920 1080 H264 25", "c 1280 720 H264 25"], Some(("b", Some("a"))));
        check(NO_CAPS, &["b 1920 1080 H264 25"], Some(("b", None)));
        check(NO_CAPS, &["b 1920 1080 H264 25", "tiny 160 120 H264 5"], Some(("b", None)));
        check(NO_CAPS, &["x 1920 1080 H265 25", "b 1920 1080 H264 25", "y 1920 1080 H264 25"], Some(("b", None)));
        check(NO_CAPS, &["x 3840 2160 H265 25", "b 640 360 H264 25", "c 640 360 H265 10"], Some(("x", Some("b"))));
        check(NO_CAPS, &["j 1920 1080 JPEG 25", "b 640 360 H264 25"], Some(("b", None)));
        check(NO_CAPS, &["j 1920 1080 JPEG 25", "k 640 360 JPEG 5", "!n 1920 1080 H264 25"], Some(("j", Some("k"))));
        check(NO_CAPS, &["o 1920 1080 OTHER 25", "!n 1920 1080 H264 25"], None);
        check(NO_CAPS, &[], None);
    }

    #[test]
    fn the_largest_under_the_caps() {
        let three = ["a 640 360 H264 10", "b 1920 1080 H264 25", "c 1280 720 H264 25"];
        check((1920, 25), &three, Some(("b", Some("a"))));
        check((1919, 0), &three, Some(("c", Some("a"))));
        check((1280, 0), &three, Some(("c", Some("a"))));
        check((0, 10), &three, Some(("a", None)));
        check((640, 0), &three, Some(("a", None)));
        check((639, 0), &three, None);
        check((0, 9), &three, None);
        check((1280, 0), &["x 1920 1080 H264 25", "y 1280 720 H265 25", "z 704 576 H264 25"], Some(("y", Some("z"))));
        // Motion JPEG is no way round a cap: the camera is asked for a smaller picture in a better encoding.
        check((1280, 0), &["x 1920 1080 H264 25", "j 640 360 JPEG 5"], None);
        check((1280, 10), &["j 1920 1080 JPEG 5", "k 1280 720 JPEG 10"], Some(("k", None)));
        // What is not said: a size no, a rate yes.
        check((1280, 10), &["x 0 0 H264 10", "y 640 360 H264 0"], Some(("y", None)));
    }

    #[test]
    fn every_profile_passed_over_has_a_reason() {
        let lines = ["b 1920 1080 H264 25", "!n 640 360 H264 5", "j 640 360 JPEG 5", "f 1280 720 H264 25"];
        let profiles: Vec<_> = lines.iter().map(|line| profile(line)).collect();
        let caps = Caps { pixels_across: Some(1280), frames_per_second: Some(10) };
        let passed_over = choose(&profiles, &caps).expect_err("nothing lies under");
        let whys: Vec<_> = passed_over.iter().map(|one| (one.profile, one.why)).collect();
        assert_eq!(
            whys,
            [
                (0, Unfit::Above(Excess::Wide { width: 1920, most: 1280 })),
                (1, Unfit::NoStream),
                (2, Unfit::Encoding),
                (3, Unfit::Above(Excess::Fast { rate: 25, most: 10 })),
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_above_a_cap_is_ever_chosen_and_nothing_larger_under_it_is_left(
            sizes in prop::collection::vec((0u32..5000, 0u32..3000, 0u32..60, 0usize..4, any::<bool>()), 0..12),
            across in prop::option::of(1u32..5000),
            rate in prop::option::of(1u32..60),
        ) {
            let caps = Caps { pixels_across: across, frames_per_second: rate };
            let words = ["H264", "H265", "JPEG", "OTHER"];
            let profiles: Vec<_> = sizes
                .iter()
                .map(|(w, h, r, word, stream)| {
                    profile(&format!("{}p {w} {h} {} {r}", if *stream { "" } else { "!" }, words[*word]))
                })
                .collect();
            match choose(&profiles, &caps) {
                Err(passed_over) => prop_assert_eq!(passed_over.len(), profiles.len()),
                Ok(choice) => {
                    let under = |at: usize| caps.excess(profiles[at].picture()).is_none();
                    prop_assert!(under(choice.main) && choice.sub.is_none_or(under));
                    let taken: Vec<_> = choice.passed_over.iter().map(|one| one.profile).collect();
                    let pixels = |at: usize| u64::from(sizes[at].0) * u64::from(sizes[at].1);
                    for at in (0..profiles.len()).filter(|at| !taken.contains(at)) {
                        prop_assert!(pixels(at) <= pixels(choice.main));
                    }
                }
            }
        }
    }
}
