//! Looking through footage once more, to see what other terms for motion would do: one at a time, for a minute at most, in a decoder program of
//! its own. What comes of it is put together in [`answer`].

pub(crate) mod answer;

use std::sync::Arc;
use std::time::Duration;

use candour_archive::{ReadSample, Reading};
use candour_audit::Receipt;
use candour_db::StreamRow;
use candour_decode::{DecodeError, Decoder, Program, Trial, Tried};
use candour_media::SampleEntry;
use candour_motion::{Settings, Zones};
use candour_recording::Taken;
use candour_units::{CameraId, Clock, StreamKind, WallRange, WallTime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::App;
use crate::conversion::Killed;
use crate::problem::{Kind, Problem};

/// Longer than this nobody waits for an answer; what was looked through by then is told.
const LONGEST: Duration = Duration::from_secs(60);
/// When to try again where another trial goes on.
const AGAIN_S: u32 = 15;

/// How footage is looked through.
#[derive(Clone)]
pub struct TrialConfig {
    /// The decoder program.
    pub program: Program,
    /// Parameters of the method, as the site has turned them for the first look.
    pub settings: Settings,
    /// Hears what a camera's pictures did to the program.
    pub killed: Killed,
}

/// Where trials take turns.
pub(crate) struct Trials {
    config: Option<TrialConfig>,
    turn: Arc<Semaphore>,
}

/// The turn of one trial.
pub(crate) struct Turn {
    config: TrialConfig,
    _permit: OwnedSemaphorePermit,
}

impl Trials {
    pub(crate) fn new(config: Option<TrialConfig>) -> Self {
        Self { config, turn: Arc::new(Semaphore::new(1)) }
    }

    /// One at a time.
    pub(crate) fn take(&self) -> Result<Turn, Problem> {
        let config = self.config.clone().ok_or_else(|| {
            Problem::new(Kind::Unavailable, "There is no decoder program here, so no footage can be looked through. The System page says what is missing.")
        })?;
        let busy = |_| Problem::wait("Another trial goes on, and they take turns. Try again in a moment.", AGAIN_S);
        Ok(Turn { config, _permit: Arc::clone(&self.turn).try_acquire_owned().map_err(busy)? })
    }
}

impl Turn {
    pub(crate) fn settings(&self) -> &Settings {
        &self.config.settings
    }
}

/// What was looked through.
pub(crate) struct LookedThrough {
    /// The stream whose footage it was; the sub-stream where it is recorded, as where the recorder looks.
    pub(crate) kind: StreamKind,
    /// What was found.
    pub(crate) tried: Tried,
    /// Every sample, in decode order.
    pub(crate) samples: Vec<Taken>,
    /// Where there is footage, in order.
    pub(crate) footage: Vec<WallRange>,
    /// Up to where it came; the end of what was asked unless time ran out.
    pub(crate) to: WallTime,
}

/// Looks through the footage of a camera under a receipt for that interval. `None`: there is none.
pub(crate) async fn look_through(
    app: &App,
    turn: &Turn,
    receipt: &Receipt,
    camera: CameraId,
    range: WallRange,
    zones: Zones,
) -> Result<Option<LookedThrough>, Problem> {
    let Some((stream, reading)) = open(app, receipt, camera, range).await? else { return Ok(None) };
    let deaths = app.db.decoder_deaths().await?;
    let kills = deaths.iter().find(|deaths| deaths.stream == stream.id).map_or(0, |deaths| deaths.kills);
    let decoder: Decoder<Arc<dyn Clock>> = Decoder::new(turn.config.program.clone(), app.clock.clone());
    let trial = Trial::new(decoder, turn.config.settings, zones, kills);
    let walk = Walk { app, trial: Some(trial), samples: Vec::new(), footage: Vec::new() };
    let until = app.clock.mono().plus_millis(LONGEST.as_millis() as i64);
    match walk.through(reading, range, until).await {
        Ok((tried, samples, footage, to)) => Ok(Some(LookedThrough { kind: stream.kind, tried, samples, footage, to })),
        Err(Stopped::Read(problem)) => Err(problem),
        Err(Stopped::Decode(error)) => {
            if let DecodeError::Lost(loss) = &error
                && loss.death.blames()
            {
                (turn.config.killed)(camera, stream.id, *loss);
            }
            Err(problem(&error))
        }
    }
}

/// The stream that the recorder looks at, if its footage is there; else the other one.
async fn open(
    app: &App,
    receipt: &Receipt,
    camera: CameraId,
    range: WallRange,
) -> Result<Option<(StreamRow, Reading)>, Problem> {
    let mut streams = app.db.streams(camera).await?;
    streams.sort_by_key(|stream| stream.kind != StreamKind::Sub);
    for stream in streams {
        let reading = app.archive.read(receipt, camera, stream.id, range).await?;
        if !reading.pieces().is_empty() {
            return Ok(Some((stream, reading)));
        }
    }
    Ok(None)
}

enum Stopped {
    Read(Problem),
    Decode(DecodeError),
}

type Machine = Trial<Arc<dyn Clock>>;
type Walked = (Tried, Vec<Taken>, Vec<WallRange>, WallTime);

struct Walk<'a> {
    app: &'a App,
    /// None while a thread has it.
    trial: Option<Machine>,
    samples: Vec<Taken>,
    footage: Vec<WallRange>,
}

impl Walk<'_> {
    async fn through(
        mut self,
        mut reading: Reading,
        range: WallRange,
        until: candour_units::MonoTime,
    ) -> Result<Walked, Stopped> {
        let mut to = range.end;
        'pieces: for place in 0..reading.pieces().len() {
            let piece = &reading.pieces()[place];
            let (entry, origin, disclosed) = (Arc::clone(&piece.entry), piece.origin, piece.disclosed);
            self.footage.extend(WallRange::new(disclosed.start.max(range.start), disclosed.end.min(range.end)));
            loop {
                let fragment = reading.next_fragment(place).await.map_err(|error| Stopped::Read(error.into()))?;
                let Some(samples) = fragment else { break };
                self.feed(&entry, origin, samples).await?;
                if self.app.clock.mono() >= until || *self.app.stopping.borrow() {
                    to = self
                        .trial
                        .as_ref()
                        .and_then(Trial::fed_to)
                        .unwrap_or(range.start)
                        .clamp(range.start, range.end);
                    break 'pieces;
                }
            }
        }
        let Some(trial) = self.trial.take() else { return Err(ended()) };
        let tried = tokio::task::spawn_blocking(move || trial.finish()).await.map_err(|_| ended())?;
        Ok((tried.map_err(Stopped::Decode)?, self.samples, self.footage, to))
    }

    async fn feed(&mut self, entry: &Arc<SampleEntry>, origin: WallTime, fed: Vec<ReadSample>) -> Result<(), Stopped> {
        let wall = move |ticks: i64| WallTime::from_ticks(origin.ticks().saturating_add(ticks));
        self.samples.extend(fed.iter().map(|sample| Taken {
            at: wall(sample.dts),
            sync: sample.sync,
            len: sample.data.len(),
        }));
        let Some(mut trial) = self.trial.take() else { return Err(ended()) };
        let entry = Arc::clone(entry);
        let worked = tokio::task::spawn_blocking(move || {
            let each = |sample: &ReadSample| {
                let at = wall(sample.dts.saturating_add(i64::from(sample.composition_offset)));
                trial.sample(&entry, at, sample.sync, &sample.data)
            };
            fed.iter().try_for_each(each).map(|()| trial)
        });
        self.trial = Some(worked.await.map_err(|_| ended())?.map_err(Stopped::Decode)?);
        Ok(())
    }
}

fn ended() -> Stopped {
    Stopped::Read(Problem::new(Kind::Internal, "The thread that looks through footage ended. Try again."))
}

/// Why nothing could be looked through, in words.
fn problem(error: &DecodeError) -> Problem {
    match error {
        DecodeError::Start(_) => {
            tracing::error!(error = candour_units::chain(error), "no program looks through footage");
            let words = "The program that decodes pictures cannot be started, so nothing was looked through. The System page says what is missing.";
            Problem::new(Kind::Unavailable, words)
        }
        DecodeError::Resting { ms } => Problem::wait(
            "A program that decodes pictures ended over a camera's bytes; the next one starts in a moment.",
            u32::try_from(ms / 1_000 + 1).unwrap_or(1),
        ),
        DecodeError::Barred { kills, .. } => Problem::new(
            Kind::Undecodable,
            format!(
                "Pictures of this camera ended {kills} programs that decode them, so they are left alone until somebody has looked at the camera."
            ),
        ),
        DecodeError::Lost(loss) => Problem::new(
            Kind::Undecodable,
            format!("Over this footage {}. Nothing else was disturbed, and the footage is kept as it is.", loss.death),
        ),
        DecodeError::TooLarge { .. } | DecodeError::NotOpen { .. } | DecodeError::Unreadable { .. } => Problem::new(
            Kind::Undecodable,
            "What the camera sent in that time is no picture. The footage is kept as it is.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use candour_decode::{Death, Loss};

    use super::*;

    #[test]
    fn trials_take_turns() {
        let program = Program::at("/nowhere/candour-decoder".into());
        let config = TrialConfig { program, settings: Settings::default(), killed: Arc::new(|_, _, _| ()) };
        let trials = Trials::new(Some(config));
        let turn = trials.take().expect("nobody else tries");
        assert_eq!(trials.take().err().expect("one at a time").kind(), Kind::TooManyRequests);
        drop(turn);
        assert!(trials.take().is_ok());
        assert_eq!(Trials::new(None).take().err().expect("no program").kind(), Kind::Unavailable);
    }

    #[test]
    fn what_is_wrong_with_footage_is_told_from_what_is_wrong_with_us() {
        let lost = Loss { death: Death::Hung, stream: 0, kills: 1 };
        assert_eq!(problem(&DecodeError::Lost(lost)).kind(), Kind::Undecodable);
        assert_eq!(problem(&DecodeError::Barred { stream: 0, kills: 3 }).kind(), Kind::Undecodable);
        assert_eq!(problem(&DecodeError::Resting { ms: 900 }).kind(), Kind::TooManyRequests);
    }
}
