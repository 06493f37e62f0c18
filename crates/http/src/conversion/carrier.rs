//! The thread of one live conversion: it owns a decoder program, and nothing waits for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use candour_archive::{LiveState, Relay};
use candour_decode::{DecodeError, Decoder, Fed, Loss, NotATrack, RecodedTrack, Trouble};
use candour_media::{Codec, Sample, SampleEntry};
use candour_units::{Clock, WallTime, chain};
use tokio::sync::{mpsc, watch};

use super::target;

/// The number of the stream in its own program.
const STREAM: u16 = 0;
/// Samples whose pictures have not come out yet, at most: a decoder holds back sixteen.
const WAITING: usize = 64;

/// What the thread is told.
pub(super) enum Step {
    /// Samples of this entry follow.
    Entry(Arc<SampleEntry>),
    /// The next sample.
    Sample(Box<Given>),
    /// The stream stopped, or goes on.
    State(LiveState),
}

/// One sample on its way into a decoder.
pub(super) struct Given {
    pub(super) sample: Arc<Sample>,
    /// From before the conversion began: pictures that nobody waits for.
    pub(super) cached: bool,
    /// Times start anew.
    pub(super) breaks: bool,
    /// Samples before this one that there was no time for.
    pub(super) left_out: u32,
}

/// How a conversion stands, for those who wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// The pictures from before now are being converted.
    Starting,
    /// It is as far as the camera.
    Running,
    /// It is over, and why.
    Ended(End),
}

/// Why a conversion is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The camera's stream is gone, or nobody watches any more.
    Source,
    /// It is H.264 now: it need not be converted.
    Needless,
    /// The program ended over the camera's pictures.
    Killed(Loss),
    /// No program runs, or what it says is no track.
    Failed(String),
}

pub(super) struct Carrier {
    pub(super) decoder: Decoder<Arc<dyn Clock>>,
    pub(super) relay: Relay,
    pub(super) want_key: Arc<AtomicBool>,
    pub(super) stage: watch::Sender<Stage>,
    pub(super) track: Option<RecodedTrack>,
    /// By time of presentation: when each sample came that is inside, and how many packets were lost before it.
    pub(super) inside: BTreeMap<i64, (WallTime, u32)>,
    pub(super) lost: u32,
    /// Whether a picture came out.
    pub(super) shown: bool,
}

impl Carrier {
    /// Converts until nobody can send steps any more, or it cannot go on.
    pub(super) fn run(mut self, mut steps: mpsc::Receiver<Step>) {
        let mut end = End::Source;
        while let Some(step) = steps.blocking_recv() {
            if let Err(why) = self.step(step) {
                end = why;
                break;
            }
        }
        self.relay.gone();
        self.stage.send_replace(Stage::Ended(end));
    }

    fn step(&mut self, step: Step) -> Result<(), End> {
        match step {
            Step::Entry(entry) if entry.codec == Codec::H264 => Err(End::Needless),
            Step::Entry(entry) => self.begin(&entry),
            Step::Sample(given) => self.sample(&given),
            Step::State(state) => {
                self.relay.state(&state);
                if state != LiveState::Live {
                    self.stage.send_replace(Stage::Running);
                }
                Ok(())
            }
        }
    }

    fn begin(&mut self, entry: &SampleEntry) -> Result<(), End> {
        self.inside.clear();
        self.track = Some(RecodedTrack::new(target(), entry.timescale));
        let opened = self.decoder.open_recoded(STREAM, entry, target());
        opened.map_err(|error| End::Failed(chain(&error)))
    }

    fn sample(&mut self, given: &Given) -> Result<(), End> {
        let Given { sample, cached, breaks, left_out } = given;
        self.lost = self.lost.saturating_add(*left_out);
        if *breaks {
            self.start_anew()?;
        }
        if self.want_key.swap(false, Ordering::Relaxed) {
            self.decoder.want_key(STREAM).map_err(end)?;
        }
        if self.inside.len() == WAITING {
            self.inside.pop_first();
        }
        self.inside.insert(sample.pts.ticks(), (sample.arrival, sample.loss_before));
        match self.decoder.feed_sample(STREAM, sample.pts, sample.sync, &sample.data) {
            Ok(fed) => self.out(fed, sample.duration)?,
            // That sample is none; the next key frame is tried again.
            Err(error @ (DecodeError::TooLarge { .. } | DecodeError::Unreadable { .. })) => {
                tracing::debug!(error = %chain(&error), "a sample was not converted");
                self.lost = self.lost.saturating_add(1);
            }
            Err(error) => return Err(end(error)),
        }
        if !cached && self.shown {
            self.stage.send_if_modified(|stage| {
                let reached = *stage == Stage::Starting;
                if reached {
                    *stage = Stage::Running;
                }
                reached
            });
        }
        Ok(())
    }

    /// Times start anew: what is inside is of another time.
    fn start_anew(&mut self) -> Result<(), End> {
        if self.inside.is_empty() {
            return Ok(());
        }
        let fed = self.decoder.drain(STREAM).map_err(end)?;
        self.out(fed, 0)?;
        self.inside.clear();
        self.track = self.track.take().map(RecodedTrack::begun_anew);
        Ok(())
    }

    fn out(&mut self, fed: Fed, duration: u32) -> Result<(), End> {
        if fed.troubles.contains(&Trouble::LeftOut) {
            self.lost = self.lost.saturating_add(1);
        }
        for unit in &fed.recoded {
            let Some(track) = &mut self.track else { return Ok(()) };
            let sample = track.take(unit).map_err(|error: NotATrack| End::Failed(error.to_string()))?;
            if let Some(entry) = sample.entry {
                self.relay.begins(entry);
            }
            let Some((arrival, lost)) = self.inside.get(&sample.pts.ticks()).copied() else {
                return Err(End::Failed("the program gave a picture of a time that it was not given".to_owned()));
            };
            self.inside = self.inside.split_off(&sample.pts.ticks());
            self.shown = true;
            self.relay.sample(&Arc::new(Sample {
                pts: sample.pts,
                dts: sample.pts,
                duration,
                sync: sample.key,
                arrival,
                loss_before: lost.saturating_add(std::mem::take(&mut self.lost)),
                data: sample.data,
            }));
        }
        Ok(())
    }
}

fn end(error: DecodeError) -> End {
    match error {
        DecodeError::Lost(loss) => End::Killed(loss),
        error => End::Failed(chain(&error)),
    }
}
