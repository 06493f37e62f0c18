//! Streams coded anew as H.264, for browsers that cannot play what a camera sends: live ([`live`]) and stored ([`stored`]).
//!
//! A camera's bytes are decoded in the caged program alone, each conversion in one of its own, so that a crash ends only that conversion. All
//! conversions together may cost so many pictures a second; beyond that a page is told so, and waits. Nothing here touches recording, and nothing
//! is shown without a receipt.

mod carrier;
mod deaths;
mod live;
mod stored;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use candour_decode::{Loss, MOST_KILLS, Program, Target};
use candour_media::{Codec, SampleEntry};
use candour_units::{CameraId, StreamId, StreamKind};

use crate::app::App;
use crate::problem::{Kind, Problem};

pub use self::deaths::ConversionDeaths;
pub(crate) use self::live::LiveConversion;
pub(crate) use self::stored::{Made, StoredConversion};

/// How many pictures of 1920x1080 a second half of one core converts (`benches/README.md`); the other half is for recording.
const PICTURES_A_CORE: u32 = 16;
/// One stream of a usual camera may be converted on any machine.
const LEAST: u32 = 30;
/// A picture of this size counts as one.
const ONE_PICTURE: u64 = 1920 * 1080;
/// What a stream is taken for that does not say how many pictures a second it has.
const USUAL_RATE: u16 = 25;

/// Hears of a decoder that ended while it had pictures of that camera and stream.
pub type Killed = Arc<dyn Fn(CameraId, StreamId, Loss) + Send + Sync>;

/// How streams are converted.
#[derive(Clone)]
pub struct ConversionConfig {
    /// The decoder program.
    pub program: Program,
    /// Pictures of 1920x1080 a second that all conversions together may cost. None: 16 for each core of this machine, and 30 at least.
    /// Nought: nothing is converted.
    pub pictures_per_second: Option<u32>,
    /// Hears what a camera's pictures did to the program.
    pub killed: Killed,
    /// Counts it, for as long as the recorder runs.
    pub deaths: ConversionDeaths,
}

/// Why a stream is not converted, as people are told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Conversion is turned off, or there is no program for it.
    #[error(
        "This recorder converts no pictures for browsers: [conversion] in its configuration turns it off. Watch in a browser that plays H.265, or \
         have whoever runs this machine turn it on."
    )]
    Off,
    /// The stream alone costs more than all that this machine may spend.
    #[error(
        "Converting this stream would cost {cost} of the {most} pictures of 1920x1080 a second that this machine may convert. Watch in a browser \
         that plays H.265, or set the stream to H.264, smaller or slower pictures on the camera."
    )]
    Beyond {
        /// What it would cost.
        cost: u32,
        /// What all conversions together may cost.
        most: u32,
    },
    /// All that this machine can spare is in use, for now.
    #[error(
        "This machine converts as many pictures as it can already ({most} a second). Close another tile or player that shows converted \
         pictures, or watch in a browser that plays H.265."
    )]
    Busy {
        /// What all conversions together may cost.
        most: u32,
    },
    /// The camera's pictures ended too many decoders.
    #[error(
        "Pictures of this camera ended {kills} programs that decode them; they are converted no more. Recording goes on. An administrator \
         has the camera looked at, and then has it decoded again on its page; until then look in a browser that plays H.265."
    )]
    Barred {
        /// How many.
        kills: u32,
    },
    /// No program runs, or a database cannot be read.
    #[error("The pictures cannot be converted now: {0}.")]
    Failed(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let words = refusal.to_string();
        match refusal {
            // Room comes by itself, and so may a program.
            Refusal::Busy { .. } => Self::wait(words, 5),
            Refusal::Failed(_) => Self::new(Kind::Unavailable, words),
            // Asking again changes nothing: a person has to.
            Refusal::Off | Refusal::Beyond { .. } | Refusal::Barred { .. } => Self::new(Kind::NotConverted, words),
        }
    }
}

/// What is converted now, and what it costs.
pub(crate) struct Conversions {
    config: Option<ConversionConfig>,
    most: u32,
    desk: Mutex<Desk>,
}

#[derive(Default)]
struct Desk {
    used: u32,
    live: HashMap<(CameraId, StreamKind), Weak<LiveConversion>>,
}

/// What one conversion may cost; given back when it is dropped.
struct Share {
    app: App,
    pictures: u32,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut desk = self.app.conversions.desk();
        desk.used = desk.used.saturating_sub(self.pictures);
    }
}

/// What a conversion needs to know before it begins.
struct Ground {
    config: ConversionConfig,
    stream: StreamId,
    kills: u32,
    share: Share,
}

impl Conversions {
    /// Nothing is converted yet.
    pub(crate) fn new(config: Option<ConversionConfig>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let usual = PICTURES_A_CORE.saturating_mul(u32::try_from(cores).unwrap_or(1)).max(LEAST);
        let most = config.as_ref().map_or(0, |config| config.pictures_per_second.unwrap_or(usual));
        Self { config: config.filter(|_| most > 0), most, desk: Mutex::default() }
    }

    /// Whether a conversion of that stream may begin now, and what it costs.
    async fn ground(app: &App, camera: CameraId, kind: StreamKind) -> Result<Ground, Refusal> {
        let config = app.conversions.config.clone().ok_or(Refusal::Off)?;
        let failed = |error: candour_db::DbError| {
            tracing::error!(error = candour_units::chain(&error), "what a conversion needs could not be read");
            Refusal::Failed("the recorder cannot read its database".to_owned())
        };
        let most = app.conversions.most;
        let streams = app.db.streams(camera).await.map_err(failed)?;
        let of_kind = streams.iter().find(|stream| stream.kind == kind);
        let stream = of_kind.ok_or_else(|| Refusal::Failed("the camera has no such stream".to_owned()))?;
        let pictures = cost(stream.rate, stream.width, stream.height);
        if pictures > most {
            return Err(Refusal::Beyond { cost: pictures, most });
        }
        let kills = config.deaths.recall(&app.db, camera, stream.id).await.map_err(failed)?;
        if kills >= MOST_KILLS {
            return Err(Refusal::Barred { kills });
        }
        let mut desk = app.conversions.desk();
        if desk.used.saturating_add(pictures) > most {
            return Err(Refusal::Busy { most });
        }
        desk.used += pictures;
        Ok(Ground { config, stream: stream.id, kills, share: Share { app: app.clone(), pictures } })
    }

    /// A decoder ended over that stream's pictures.
    fn note(&self, camera: CameraId, stream: StreamId, loss: Loss) {
        let Some(config) = &self.config else { return };
        if loss.death.blames() {
            // What the conversion itself counted is from when it began.
            let kills = config.deaths.one_more(camera, stream);
            (config.killed)(camera, stream, Loss { kills, ..loss });
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // Each change is whole before anything that could panic.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What converting such a stream costs, in pictures of 1920x1080 a second; a smaller picture costs as much as one.
fn cost(rate: u16, width: u16, height: u16) -> u32 {
    let rate = if rate == 0 { USUAL_RATE } else { rate };
    let pixels = u64::from(rate) * u64::from(width) * u64::from(height);
    u32::try_from(pixels.div_ceil(ONE_PICTURE)).unwrap_or(u32::MAX).max(u32::from(rate))
}

/// How pictures of a stream are coded anew: no more in a second than eyes need.
fn target() -> Target {
    Target::default()
}

/// What a coding is called by people.
pub(crate) const fn coding_name(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => "H.264",
        Codec::H265 => "H.265",
        Codec::Mjpeg => "Motion JPEG",
        Codec::Aac | Codec::Pcma | Codec::Pcmu => "sound",
    }
}

/// What stands on converted pictures, so that nobody takes them for what the camera sent.
pub(crate) fn said(entry: &SampleEntry) -> String {
    format!("Converted to H.264 here: the browser cannot play {}", coding_name(entry.codec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_and_faster_streams_cost_more() {
        assert_eq!(cost(25, 1920, 1080), 25);
        assert_eq!(cost(10, 640, 360), 10);
        assert_eq!(cost(0, 1280, 720), 25, "a rate that is not said");
        assert_eq!(cost(15, 3840, 2160), 60);
        assert_eq!(cost(25, 1920, 1088), 26, "eight rows more are not another picture");
        assert_eq!(cost(25, 2592, 1944), 61);
        assert!(cost(u16::MAX, u16::MAX, u16::MAX) > 0);
    }

    #[test]
    fn what_asking_again_does_not_change_is_no_matter_of_waiting() {
        let kind = |refusal: Refusal| Problem::from(refusal).kind();
        for refusal in [Refusal::Off, Refusal::Barred { kills: 3 }, Refusal::Beyond { cost: 90, most: 30 }] {
            assert_eq!(kind(refusal), Kind::NotConverted);
        }
        assert_eq!(kind(Refusal::Busy { most: 30 }), Kind::TooManyRequests);
        assert_eq!(kind(Refusal::Failed("no program runs".to_owned())), Kind::Unavailable);
    }

    #[test]
    fn without_a_program_nothing_is_converted() {
        assert!(Conversions::new(None).config.is_none());
        let killed: Killed = Arc::new(|_, _, _| ());
        let config = |pictures_per_second| ConversionConfig {
            program: Program::at("/nowhere/candour-decoder".into()),
            pictures_per_second,
            killed: killed.clone(),
            deaths: ConversionDeaths::default(),
        };
        assert!(Conversions::new(Some(config(Some(0)))).config.is_none());
        assert!(Conversions::new(Some(config(None))).most >= LEAST);
    }
}
