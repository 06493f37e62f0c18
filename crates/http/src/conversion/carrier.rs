//! The thread of one live conversion: it owns a decoder program, and nothing waits for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use candour_archive::{LiveState, Relay};
use candour_decode::{DecodeError, Decoder, Fed, Loss, NotATrack, RecodedTrack, Trouble};
use candour_media::{Codec, Sample, SampleEntry};
use candour_units::{Clock, WallTime, chain};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use super::target;

/// The number of the stream in its own program.
const STREAM: u16 = 0;
/// Samples whose pictures have not come out yet, at most: a decoder holds back sixteen.
const WAITING: usize = 64;

/// What the thread is told.
pub(super) enum Step {
    /// Samples of this entry follow.
    Entry(Arc<SampleEntry>),
    /// The group from before now, whole: pictures that nobody waits for.
    Group(Vec<Arc<Sample>>, OwnedSemaphorePermit),
    /// The next sample.
    Sample(Given),
    /// The stream stopped, or goes on.
    State(LiveState),
}

/// One sample on its way into a decoder.
pub(super) struct Given {
    pub(super) sample: Arc<Sample>,
    /// Samples before this one that there was no time for.
    pub(super) left_out: u32,
    /// Its part of what may wait, given back when it has been converted.
    pub(super) _room: OwnedSemaphorePermit,
}

/// How a conversion stands, for those who wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// No picture came out yet.
    Starting,
    /// Pictures come out, of before now.
    CatchingUp,
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
    /// Converts until nobody can send steps any more, or it cannot go on. What waits then is not converted: nobody would see it.
    pub(super) fn run(mut self, mut steps: mpsc::Receiver<Step>) {
        let mut end = End::Source;
        while let Some(step) = steps.blocking_recv() {
            if steps.is_closed() {
                break;
            }
            if let Err(why) = self.step(step, &steps) {
                end = why;
                break;
            }
        }
        self.relay.gone();
        self.stage.send_replace(Stage::Ended(end));
    }

    fn step(&mut self, step: Step, steps: &mpsc::Receiver<Step>) -> Result<(), End> {
        match step {
            Step::Entry(entry) if entry.codec == Codec::H264 => Err(End::Needless),
            Step::Entry(entry) => self.begin(&entry),
            Step::Group(samples, _room) => {
                let mut samples = samples.into_iter();
                samples.try_for_each(|sample| if steps.is_closed() { Ok(()) } else { self.sample(&sample) })
            }
            Step::Sample(given) => {
                self.lost = self.lost.saturating_add(given.left_out);
                self.sample(&given.sample)?;
                if self.shown {
                    self.reaches(Stage::Running);
                }
                Ok(())
            }
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

    fn sample(&mut self, sample: &Sample) -> Result<(), End> {
        if self.want_key.swap(false, Ordering::Relaxed)
            && let Err(error) = self.decoder.want_key(STREAM)
        {
            self.goes_on(error)?;
        }
        if self.inside.len() == WAITING {
            self.inside.pop_first();
        }
        self.inside.insert(sample.pts.ticks(), (sample.arrival, sample.loss_before));
        match self.decoder.feed_sample(STREAM, sample.pts, sample.sync, &sample.data) {
            Ok(fed) if fed.waits_for_key => {
                self.inside.remove(&sample.pts.ticks());
                self.lost = self.lost.saturating_add(1);
                Ok(())
            }
            Ok(fed) => self.out(fed, sample.duration),
            Err(error) => self.goes_on(error),
        }
    }

    /// After a sample that was not converted: whether the next one may be.
    fn goes_on(&mut self, error: DecodeError) -> Result<(), End> {
        match after(&error) {
            After::Next => self.lost = self.lost.saturating_add(1),
            After::KeyFrame => {
                self.lost = self.lost.saturating_add(u32::try_from(self.inside.len()).unwrap_or(u32::MAX));
                self.inside.clear();
            }
            After::Nothing(end) => return Err(end),
        }
        tracing::debug!(error = %chain(&error), "a sample was not converted");
        Ok(())
    }

    fn reaches(&self, stage: Stage) {
        self.stage.send_if_modified(|known| {
            let is_further = *known == Stage::Starting || (*known == Stage::CatchingUp && stage == Stage::Running);
            if is_further {
                *known = stage;
            }
            is_further
        });
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
            self.reaches(Stage::CatchingUp);
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

/// What comes after a sample that was not converted.
#[derive(Debug, PartialEq, Eq)]
enum After {
    /// The next sample: only that one was no picture.
    Next,
    /// Another program, at the next key frame: this one used up its processor time, which is nobody's fault.
    KeyFrame,
    /// The conversion is over.
    Nothing(End),
}

fn after(error: &DecodeError) -> After {
    match error {
        DecodeError::TooLarge { .. } | DecodeError::Unreadable { .. } => After::Next,
        DecodeError::Lost(loss) if !loss.death.blames() => After::KeyFrame,
        DecodeError::Lost(loss) => After::Nothing(End::Killed(*loss)),
        error => After::Nothing(End::Failed(chain(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_decode::Death;

    #[test]
    fn a_program_that_used_up_its_time_is_nobodys_fault() {
        let lost = |death| Loss { death, stream: STREAM, kills: 0 };
        assert_eq!(after(&DecodeError::Lost(lost(Death::Worn))), After::KeyFrame);
        for death in [Death::Signal(11), Death::Hung, Death::Nonsense, Death::Exit(1)] {
            assert_eq!(after(&DecodeError::Lost(lost(death))), After::Nothing(End::Killed(lost(death))));
        }
        assert_eq!(after(&DecodeError::TooLarge { stream: STREAM, len: 1 }), After::Next);
        assert!(matches!(after(&DecodeError::NotOpen { stream: STREAM }), After::Nothing(End::Failed(_))));
    }
}
