//! Who looks for motion in this recorder: starts it, stores what it finds with the footage it is about, and tells people what went wrong.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use candour_archive::Archive;
use candour_db::{Db, DbError, DecoderDeaths, FindingKind, FindingRow, MovedPart};
use candour_decode::{Decoder, Loss, MOST_KILLS, Mechanisms, Program, Stills, Whose};
use candour_http::{ConversionConfig, ConversionDeaths, TrialConfig};
use candour_motion::{Settings, Sighting, Suspicion};
use candour_recording::Shown;
use candour_units::{CameraId, Clock, StreamId, WallDuration, WallRange, WallTime};
use candour_vetting::DECIDE_DAYS;
use candour_worker::motion::{Found, Told, What};
use candour_worker::{Lookout, LookoutConfig};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::alarms::Alarms;
use crate::config::Config;
use crate::estate::{Estate, Parts};
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

/// What decodes for this recorder.
pub struct Made {
    /// Who looks for motion.
    pub lookout: Lookout,
    /// Who makes pictures for people.
    pub stills: Arc<Stills>,
    /// Who converts pictures for browsers.
    pub conversion: ConversionConfig,
    /// Who looks through footage under other terms for motion.
    pub trial: TrialConfig,
    /// What all of them tell.
    pub told: ToldWay,
}

/// Makes it. Where the configuration is strict the cage is tried out first.
///
/// # Errors
/// `[motion] strict` is set, and no decoder can be started in a whole cage.
pub async fn make(config: &Config, db: &Db, archive: &Archive, clock: Arc<dyn Clock>) -> anyhow::Result<Made> {
    let path = config.motion.decoder.clone().map_or_else(beside_us, Ok)?;
    let program = Program { strict: config.motion.strict, ..Program::at(path) };
    if program.strict {
        try_out(&program)?;
    }
    let (tell, told) = mpsc::channel(WAITING);
    let conversion = conversion(config, program.clone(), tell.clone());
    let tell_of_stills = tell.clone();
    let archive = archive.clone();
    let told_by = Arc::new(move |message: Told| {
        // Recording must not wait for the catalogue to hear of motion.
        if let Told::Found(found) = &message {
            found.iter().for_each(|found| archive.seen(found.camera, found.range, shown(found.what)));
        }
        // When the recorder stops nobody listens any more; what was not stored was not looked at.
        let _ = tell.blocking_send(message);
    });
    let deaths = db.decoder_deaths().await.context("what ended decoders")?;
    let kills: Vec<(StreamId, u32)> = deaths.into_iter().map(|of| (of.stream, of.kills)).collect();
    let lost = move |Whose { camera, stream }: Whose, loss: Loss| {
        // As above: when the recorder stops nobody listens any more.
        let _ = tell_of_stills.blocking_send(Told::Killed { camera, stream, loss });
    };
    let settings = config.motion.settings();
    let trial = TrialConfig { program: program.clone(), settings, killed: conversion.killed.clone() };
    let stills = Arc::new(Stills::new(program.clone(), clock.clone(), &kills, Arc::new(lost)));
    let kills = kills.into_iter().collect();
    let lookout = Lookout::new(LookoutConfig { program, clock, settings, kills, told: told_by });
    Ok(Made { lookout, stills, conversion, trial, told })
}

fn conversion(config: &Config, program: Program, tell: mpsc::Sender<Told>) -> ConversionConfig {
    let killed = Arc::new(move |camera, stream, loss| {
        // A conversion does not wait until somebody has time to store it; its own count goes on all the same.
        if tell.try_send(Told::Killed { camera, stream, loss }).is_err() {
            tracing::error!(%camera, "what ended a decoder could not be told; after a restart it counts from fewer");
        }
    });
    let pictures_per_second = config.conversion.pictures_per_second;
    ConversionConfig { program, pictures_per_second, killed, deaths: ConversionDeaths::default() }
}

/// `[conversion]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversionSettings {
    /// Pictures of 1920x1080 a second that converting for browsers may cost this machine, together; 0 turns it off. 16 for each core, and 30
    /// at least, where nothing is said.
    pub pictures_per_second: Option<u32>,
}

/// What a finding says to whoever records around motion.
const fn shown(what: What) -> Shown {
    match what {
        What::Still { throughout: true } => Shown::Stillness,
        What::Still { throughout: false } | What::Moved { .. } | What::Unsure(_) => Shown::Anything,
    }
}

fn try_out(program: &Program) -> anyhow::Result<()> {
    let tried = Decoder::new(program.clone(), SystemClock::new()).start();
    tried.map(|_| ()).context(
        "[motion] strict is set, and the decoder cannot be started in a whole cage: build candour-decoder beside candour, and see \
         what this kernel lacks with candour-decoder --check",
    )
}

/// Stores and tells until told to stop.
pub async fn run(estate: Estate, mut told: ToldWay, stopping: CancellationToken) {
    let parts = estate.parts();
    let mut keeper = Keeper { estate, parts, killed: HashMap::new(), well: HashSet::new() };
    keeper.file_what_is_stored().await;
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
    estate: Estate,
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
                Told::Killed { camera, stream, loss } => self.killed(camera, stream, loss).await,
                Told::Sighted { camera, seen, at } => self.sighted(camera, seen, at).await,
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
        if let Err(error) = self.estate.tell_undecided().await {
            tracing::error!(%error, "who is to be decided about could not be read; it is tried again");
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

    async fn killed(&mut self, camera: CameraId, stream: StreamId, loss: Loss) {
        let now = self.parts.clock.wall();
        self.well.remove(&camera);
        if let Err(error) =
            self.parts.db.put_decoder_deaths(DecoderDeaths { stream, kills: loss.kills, last: now }).await
        {
            tracing::error!(%error, "what ended a decoder could not be stored; after a restart it counts from fewer");
        }
        // Several count, and what they tell may come in another order: the greatest number stands.
        let (of_stream, of_camera) = match self.stored_kills(camera, stream).await {
            Ok(stored) => stored,
            Err(error) => {
                tracing::error!(%error, "how many decoders a camera has ended could not be read");
                (0, self.killed.get(&camera).map_or(0, |(kills, _)| *kills))
            }
        };
        let loss = Loss { kills: loss.kills.max(of_stream), ..loss };
        self.killed.insert(camera, (loss.kills.max(of_camera), now));
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
        if loss.kills >= MOST_KILLS {
            self.file(camera, &format!("the last time {}", loss.death)).await;
        }
    }

    /// Evidence for the gate. What could not be filed now is filed at the next start.
    async fn file(&self, camera: CameraId, how: &str) {
        if let Err(error) = self.estate.file_deaths(camera, how).await {
            tracing::error!(%camera, %error, "what a camera's pictures did to decoders could not be filed for the gate");
        }
    }

    /// What was counted before, and is not filed yet.
    async fn file_what_is_stored(&self) {
        match self.parts.db.cameras().await {
            Ok(cameras) => {
                for camera in cameras {
                    self.file(camera.id, "before the recorder started").await;
                }
            }
            Err(error) => tracing::error!(%error, "the cameras whose pictures ended decoders could not be read"),
        }
    }

    /// How many decoders the stream has ended, and the worst of the camera's streams, since a person looked into it.
    async fn stored_kills(&self, camera: CameraId, stream: StreamId) -> Result<(u32, u32), DbError> {
        let streams = self.parts.db.streams(camera).await?;
        let of_camera = |deaths: &DecoderDeaths| streams.iter().any(|one| one.id == deaths.stream);
        let deaths = self.parts.db.decoder_deaths().await?;
        let of_stream = deaths.iter().find(|deaths| deaths.stream == stream).map_or(0, |deaths| deaths.kills);
        let worst = deaths.into_iter().filter(of_camera).map(|deaths| deaths.kills).max();
        Ok((of_stream, worst.unwrap_or(of_stream)))
    }

    async fn sighted(&self, camera: CameraId, seen: Sighting, at: WallTime) {
        let kind = sighting_kind(seen.what);
        let alarms = Alarms::of(&self.parts);
        if !seen.arose {
            return alarms.clear(kind, Some(camera)).await;
        }
        let name = match self.parts.db.camera(camera).await {
            Ok(Some(row)) => row.name,
            _ => camera.to_string(),
        };
        alarms.raise(kind, Some(camera), "amber", sighting_words(&name, seen, at)).await;
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
             recording goes on. Have the camera looked at: a fault or an attack. Within {DECIDE_DAYS} days an \
             administrator decides on the camera's page: decode it again, keep recording it undecoded, or quarantine it. A restart does not change this."
        );
        return ("red", words);
    }
    let words = format!(
        "While pictures of {name} were decoded, {death} ({kills} of {MOST_KILLS}). Recording goes on, nothing of it is lost; another decoder starts by itself. \
         After {MOST_KILLS} times its pictures are left alone."
    );
    ("amber", words)
}

/// The alarm of a suspicion.
const fn sighting_kind(what: Suspicion) -> &'static str {
    match what {
        Suspicion::Frozen => "picture_frozen",
        Suspicion::Looped => "picture_looped",
        Suspicion::Black => "picture_black",
        Suspicion::SceneChanged => "scene_changed",
    }
}

/// What was seen, the evidence for it, and what to do.
fn sighting_words(name: &str, seen: Sighting, at: WallTime) -> String {
    let Sighting { what, measure, period_ms, .. } = seen;
    let since = crate::words::moment(at);
    match what {
        Suspicion::Frozen => format!(
            "The picture of {name} has not changed since {since}: {measure} pictures are the same, pixel for pixel. A camera that looks has noise.              Look at it live, and restart it."
        ),
        Suspicion::Looped => format!(
            "{name} has shown since {since} what it showed {} s before: {measure} pictures came again, one after the other, pixel for pixel. Somebody              may be playing a recording to the recorder: have the camera and its cable looked at.",
            period_ms / 1000
        ),
        Suspicion::Black => format!(
            "{name} shows nothing since {since}: the picture went black from one moment to the next, {measure} % of it is black. It is covered, without              light, or broken."
        ),
        Suspicion::SceneChanged => format!(
            "{name} shows another place since {since}: {measure} % of the usual edges are left. It was turned, or something stands before it. Look at it              live; if it is meant to look there now, its purpose, masks and sign must say so."
        ),
    }
}

fn row(found: &Found) -> FindingRow {
    let throughout = found.what == What::Still { throughout: true };
    let (kind, part, why) = match found.what {
        What::Still { .. } => (FindingKind::Still, MovedPart::default(), None),
        What::Moved { score, extent, area } => (FindingKind::Moved, MovedPart { score, extent, area }, None),
        What::Unsure(why) => (FindingKind::Unsure, MovedPart::default(), Some(why.word().to_owned())),
    };
    FindingRow { camera: found.camera, range: found.range, kind, part, why, throughout }
}

/// `[motion]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionConfig {
    /// The decoder program, where it does not lie beside this one.
    pub decoder: Option<PathBuf>,
    /// Do not start where the kernel lacks a part of the cage.
    #[serde(default)]
    pub strict: bool,
    /// Parameters of the method that a site has turned.
    #[serde(default)]
    pub tuning: Tuning,
    /// Hours of the day, UTC, in which what was drawn is looked at again: from the first, up to the second.
    #[serde(default = "night")]
    pub second_look_hours: (u8, u8),
}

const fn night() -> (u8, u8) {
    (1, 5)
}

impl Default for MotionConfig {
    fn default() -> Self {
        Self { decoder: None, strict: false, tuning: Tuning::default(), second_look_hours: night() }
    }
}

/// `[motion.tuning]` of the configuration: what is not said is as `docs/motion.md` has it. The second look always goes by the values of
/// that page, so that a site that turns its first look blind is found out.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// Levels of brightness.
    pub contrast_levels: Option<u8>,
    /// Levels of brightness, against the picture before.
    pub step_levels: Option<u8>,
    /// Pixels of the reduced plane.
    pub least_pixels: Option<u16>,
}

impl MotionConfig {
    /// The parameters of the first look.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let (tuned, usual) = (&self.tuning, Settings::default());
        Settings {
            contrast_levels: tuned.contrast_levels.unwrap_or(usual.contrast_levels),
            step_levels: tuned.step_levels.unwrap_or(usual.step_levels),
            least_pixels: tuned.least_pixels.unwrap_or(usual.least_pixels),
            ..usual
        }
    }

    /// # Errors
    /// The decoder is not named by an absolute path: it would be another program in another directory. The hours are none.
    pub fn check(&self) -> anyhow::Result<()> {
        let (from, to) = self.second_look_hours;
        anyhow::ensure!(
            from < 24 && to <= 24 && from != to,
            "motion.second_look_hours: [{from}, {to}] are not two hours of a day, like [1, 5]"
        );
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
        assert!(severity == "red" && words.contains("They are decoded no more"), "{words}");
    }
}
