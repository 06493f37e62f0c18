//! Who looks for motion in this recorder: starts it, stores what it finds with the footage it is about, and tells people what went wrong.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use candour_db::{FindingKind, FindingRow, MovedPart};
use candour_decode::{Decoder, Loss, MOST_KILLS, Mechanisms, Program};
use candour_units::{CameraId, Clock, WallDuration, WallRange, WallTime};
use candour_worker::motion::{Found, Told, What};
use candour_worker::{Lookout, LookoutConfig};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::alarms::Alarms;
use crate::config::Config;
use crate::estate::Parts;
use crate::machine::SystemClock;

/// The program that decodes, beside this one.
const DECODER: &str = "candour-decoder";
/// Messages that may wait to be stored; then the threads that look wait, and nothing else does.
const WAITING: usize = 256;
/// Messages stored in one transaction.
const AT_ONCE: usize = 64;
/// How often findings are looked through for those that are about no footage, and how far back: the row of a segment comes minutes
/// after its first picture.
const TIDY_EVERY: Duration = Duration::from_secs(600);
const TIDY_FROM: WallDuration = WallDuration::from_seconds(3600);
const TIDY_TO: WallDuration = WallDuration::from_seconds(900);

/// What a lookout tells, on its way to [`run`].
pub type ToldWay = mpsc::Receiver<Told>;

/// The decoder that lies beside this program.
///
/// # Errors
/// The system does not say where this program lies.
pub fn beside_us() -> anyhow::Result<PathBuf> {
    let us = std::env::current_exe().context("where this program lies")?;
    Ok(us.with_file_name(DECODER))
}

/// Makes it. Where the configuration is strict the cage is tried out first.
///
/// # Errors
/// `[motion] strict` is set, and no decoder can be started in a whole cage.
pub fn make(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<(Lookout, ToldWay)> {
    let path = config.motion.decoder.clone().map_or_else(beside_us, Ok)?;
    let program = Program { strict: config.motion.strict, ..Program::at(path) };
    if program.strict {
        try_out(&program)?;
    }
    let (tell, told) = mpsc::channel(WAITING);
    let told_by = Arc::new(move |message: Told| {
        // When the recorder stops nobody listens any more; what was not stored was not looked at.
        let _ = tell.blocking_send(message);
    });
    Ok((Lookout::new(LookoutConfig { program, clock, told: told_by }), told))
}

fn try_out(program: &Program) -> anyhow::Result<()> {
    let tried = Decoder::new(program.clone(), SystemClock::new()).start();
    tried.map(|_| ()).context(
        "[motion] strict is set, and the decoder cannot be started in a whole cage: build candour-decoder beside candour, and see \
         what this kernel lacks with candour-decoder --check",
    )
}

/// Stores and tells until told to stop.
pub async fn run(parts: Arc<Parts>, mut told: ToldWay, stopping: CancellationToken) {
    let mut keeper = Keeper { parts, killed: HashMap::new(), well: HashSet::new() };
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    tidy.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut waiting = Vec::with_capacity(AT_ONCE);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = tidy.tick() => keeper.tidy().await,
            count = told.recv_many(&mut waiting, AT_ONCE) => {
                if count == 0 {
                    return;
                }
                keeper.take(waiting.drain(..)).await;
            }
        }
    }
}

struct Keeper {
    parts: Arc<Parts>,
    /// How many decoders a camera has ended, and when the last one, while that is told of.
    killed: HashMap<CameraId, (u32, WallTime)>,
    /// Cameras that were looked at without trouble since.
    well: HashSet<CameraId>,
}

impl Keeper {
    async fn take(&mut self, told: impl Iterator<Item = Told>) {
        let mut rows = Vec::new();
        for message in told {
            match message {
                Told::Found(found) => {
                    for found in found {
                        self.recovers(&found).await;
                        rows.push(row(&found));
                    }
                }
                Told::Killed { camera, loss } => self.killed(camera, loss).await,
                Told::Runs { missing } => self.runs(missing).await,
                Told::NoDecoder { words } => self.no_decoder(&words).await,
            }
        }
        if let Err(error) = self.parts.db.put_findings(&rows).await {
            tracing::error!(%error, "what moved could not be stored; it counts as not looked at");
        }
    }

    /// Findings about no footage go: a camera may be received whose pictures cannot be stored.
    async fn tidy(&self) {
        let now = self.parts.clock.wall();
        let range = WallRange { start: now - TIDY_FROM, end: now - TIDY_TO };
        if let Err(error) = self.parts.db.drop_findings_without_footage(range).await {
            tracing::error!(%error, "findings about no footage could not be taken away; it is tried again");
        }
    }

    /// A camera that was looked at has no decoder trouble any more, unless its bytes are given to none.
    async fn recovers(&mut self, found: &Found) {
        let is_before = |(kills, at): &(u32, WallTime)| *kills >= MOST_KILLS || found.range.start <= *at;
        if matches!(found.what, What::Unsure(_)) || self.killed.get(&found.camera).is_some_and(is_before) {
            return;
        }
        if !self.well.insert(found.camera) {
            return;
        }
        self.killed.remove(&found.camera);
        Alarms::of(&self.parts).clear("decoder_killed", Some(found.camera)).await;
    }

    async fn killed(&mut self, camera: CameraId, loss: Loss) {
        self.well.remove(&camera);
        self.killed.insert(camera, (loss.kills, self.parts.clock.wall()));
        let name = match self.parts.db.camera(camera).await {
            Ok(Some(row)) => row.name,
            _ => camera.to_string(),
        };
        let (severity, words) = killed_words(&name, loss);
        let alarms = Alarms::of(&self.parts);
        // One alarm stands at a time: the last death is a new one, because it wants somebody to look at the camera.
        if loss.kills >= MOST_KILLS {
            alarms.clear("decoder_killed", Some(camera)).await;
        }
        alarms.raise("decoder_killed", Some(camera), severity, words).await;
    }

    async fn runs(&self, missing: Mechanisms) {
        let alarms = Alarms::of(&self.parts);
        alarms.clear("decoder_missing", None).await;
        let trouble = (!missing.is_empty()).then(|| {
            format!(
                "The program that decodes pictures runs in a cage with holes: this kernel lacks {missing}. Use a newer kernel; with strict in \
                 [motion] of the configuration the recorder does not start like this."
            )
        });
        alarms.follow("decoder_cage", None, "red", trouble).await;
    }

    async fn no_decoder(&self, words: &str) {
        let words = format!(
            "Nobody looks for motion, although the policy asks for it: {words}. Recording goes on; the timeline says that nothing can be said."
        );
        Alarms::of(&self.parts).raise("decoder_missing", None, "red", words).await;
    }
}

fn killed_words(name: &str, loss: Loss) -> (&'static str, String) {
    let Loss { death, kills, .. } = loss;
    if kills >= MOST_KILLS {
        let words = format!(
            "Pictures of {name} ended {kills} programs that decode them; the last time {death}. They are decoded no more, so no motion is marked; \
             recording goes on. Have the camera looked at: a fault or an attack. It is tried again when the recorder starts."
        );
        return ("red", words);
    }
    let words = format!(
        "While pictures of {name} were decoded, {death} ({kills} of {MOST_KILLS}). Recording goes on, nothing of it is lost; another decoder starts by itself. \
         After the {MOST_KILLS}. time its pictures are decoded no more."
    );
    ("amber", words)
}

fn row(found: &Found) -> FindingRow {
    let (kind, part, why) = match found.what {
        What::Still => (FindingKind::Still, MovedPart::default(), None),
        What::Moved { score, extent, area } => (FindingKind::Moved, MovedPart { score, extent, area }, None),
        What::Unsure(why) => (FindingKind::Unsure, MovedPart::default(), Some(why.word().to_owned())),
    };
    FindingRow { camera: found.camera, range: found.range, kind, part, why }
}

/// `[motion]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionConfig {
    /// The decoder program, where it does not lie beside this one.
    pub decoder: Option<PathBuf>,
    /// Do not start where the kernel lacks a part of the cage.
    #[serde(default)]
    pub strict: bool,
}

impl MotionConfig {
    /// # Errors
    /// The decoder is not named by an absolute path: it would be another program in another directory.
    pub fn check(&self) -> anyhow::Result<()> {
        let relative = self.decoder.as_deref().filter(|path| !Path::is_absolute(path));
        relative.map_or(Ok(()), |path| anyhow::bail!("motion.decoder: {} is not an absolute path", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use candour_decode::Death;

    use super::*;

    #[test]
    fn the_third_death_says_that_it_is_the_last() {
        let loss = |kills| Loss { death: Death::Signal(11), stream: 0, kills };
        let (severity, words) = killed_words("Hall", loss(2));
        assert!(severity == "amber" && words.contains("Hall") && words.contains("signal 11"), "{words}");
        let (severity, words) = killed_words("Hall", loss(3));
        assert!(severity == "red" && words.contains("decoded no more"), "{words}");
    }
}
