//! Half an hour's worth of everything that happens to a store, in two minutes of its own clock: segments are cut,
//! cameras go and come back, the hour turns, footage is deleted beside neighbours that stay, keys rotate, digests go
//! into the log, the recorder stops in order, is killed, and recovers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use candour_archive::{DeletionOrder, SpanKind, StreamIntake};
use candour_db::{SegmentRow, SegmentState};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{Clock as _, Hash, SimClock, StreamKind, WallDuration, WallRange, WallTime};

use crate::claims::{Claim, Claims};
use crate::facts::Facts;
use crate::footage::{PICTURE, RATE, Run, Source, entry};
use crate::procedures::cause;
use crate::rooms::{KEEP, Rooms, add_camera, camera_of, spec, stream_of};

/// 70 s before an hour of UTC begins.
const BEGIN: i64 = 1_795_460_400 - 70;
/// A writer looks at its queue this often at least; a second of the scene lasts a little longer.
const SECOND: Duration = Duration::from_millis(105);
/// The setting that the scene counts up.
pub const SETTING: &str = "scene";

/// A camera at work.
struct Camera {
    source: Source,
    intake: StreamIntake,
    run: Option<Run>,
    /// Number of its next picture.
    next: i64,
}

/// A recorder, its cameras, and what it was told.
pub struct Scene {
    directory: PathBuf,
    clock: Arc<SimClock>,
    claims: Claims,
    rooms: Option<Rooms>,
    starts: u64,
    cameras: Vec<Camera>,
    /// Numbers of the cameras' next pictures when they are taken in.
    next: [i64; 2],
    settings: u32,
}

impl Scene {
    /// Begins on an empty disk.
    ///
    /// # Errors
    /// What fails.
    pub async fn begin(disk: &Path) -> Result<Self> {
        let clock = Arc::new(SimClock::at(WallTime::from_unix_seconds(BEGIN)));
        let mut scene = Self {
            directory: disk.to_owned(),
            clock,
            claims: Claims::on(disk)?,
            rooms: None,
            starts: 0,
            cameras: Vec::new(),
            next: [0, 0],
            settings: 0,
        };
        scene.claims.claim(&Claim::Now(scene.clock.wall()))?;
        scene.start().await?;
        Ok(scene)
    }

    /// Goes on with a recorder that is not running, on a directory of which `facts` are known.
    #[must_use]
    pub fn again(directory: &Path, facts: Facts, starts: u64) -> Self {
        let now = facts.now.unwrap_or(WallTime::from_unix_seconds(BEGIN));
        let next = |source| facts.pictures(source).last().map_or(0, |(number, _)| number + 1);
        let next = [next(Source(0)), next(Source(1))];
        Self {
            directory: directory.to_owned(),
            clock: Arc::new(SimClock::at(now)),
            claims: Claims::after(facts),
            rooms: None,
            starts,
            cameras: Vec::new(),
            next,
            settings: 0,
        }
    }

    /// What is known of it.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.claims.facts()
    }

    /// The whole scene.
    ///
    /// # Errors
    /// What fails: on a disk without faults nothing does.
    pub async fn play(mut self) -> Result<()> {
        self.add_cameras().await?;
        self.take_in();
        self.runs_begin(&[0, 1])?;
        self.seconds(18).await?;
        self.run_ends(1, GapCause::CameraLost)?;
        self.seconds(4).await?;
        self.runs_begin(&[1])?;
        self.seconds(13).await?;
        self.run_ends(0, GapCause::CameraStalled)?;
        self.seconds(2).await?;
        self.runs_begin(&[0])?;
        self.digests().await?;
        self.delete_oldest(0).await?;
        self.seconds(5).await?;
        self.set().await?;
        self.rotate().await?;
        self.seconds(38).await?;
        // The hour has turned.
        self.delete_oldest(1).await?;
        self.seconds(6).await?;
        self.digests().await?;
        self.stop().await?;

        self.start().await?;
        self.take_in();
        self.runs_begin(&[0, 1])?;
        self.seconds(12).await?;
        self.set().await?;
        self.kill().await?;

        self.later(30)?;
        self.start().await?;
        self.take_in();
        self.runs_begin(&[0, 1])?;
        self.seconds(8).await?;
        self.delete_oldest(1).await?;
        self.rotate().await?;
        self.digests().await?;
        self.seconds(3).await?;
        self.stop().await
    }

    /// The catalogue learns of the cameras.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_cameras(&self) -> Result<()> {
        for source in [Source(0), Source(1)] {
            add_camera(&self.rooms().db, source, self.clock.wall()).await?;
        }
        Ok(())
    }

    /// How late it is.
    #[must_use]
    pub fn now(&self) -> WallTime {
        self.clock.wall()
    }

    /// The rooms, while the recorder runs.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn rooms(&self) -> &Rooms {
        self.rooms.as_ref().expect("the recorder runs")
    }

    /// Starts the recorder.
    ///
    /// # Errors
    /// What does not open.
    pub async fn start(&mut self) -> Result<()> {
        self.claims.claim(&Claim::Stopped(false))?;
        self.rooms = Some(Rooms::open(&self.directory, &self.clock, self.starts).await?);
        self.starts += 1;
        Ok(())
    }

    /// Every camera gets its way in.
    pub fn take_in(&mut self) {
        self.cameras.iter().for_each(|camera| self.next[usize::from(camera.source.0)] = camera.next);
        let archive = &self.rooms.as_ref().expect("the recorder runs").archive;
        self.cameras = [Source(0), Source(1)]
            .into_iter()
            .map(|source| Camera {
                source,
                intake: archive.intake(camera_of(source), stream_of(source), StreamKind::Main, Some(spec())),
                run: None,
                next: self.next[usize::from(source.0)],
            })
            .collect();
    }

    /// Connections stand.
    ///
    /// # Errors
    /// When a claim cannot be written.
    pub fn runs_begin(&mut self, cameras: &[usize]) -> Result<()> {
        for at in cameras {
            let camera = &mut self.cameras[*at];
            let run = Run { source: camera.source, first: camera.next, start: self.clock.wall() };
            self.claims.claim(&Claim::Run(run))?;
            camera.intake.run_started(entry(), ClockEvidence::default(), run.start);
            camera.run = Some(run);
        }
        Ok(())
    }

    /// A connection breaks.
    ///
    /// # Errors
    /// When a claim cannot be written.
    pub fn run_ends(&mut self, camera: usize, cause: GapCause) -> Result<()> {
        let camera = &mut self.cameras[camera];
        if let Some(run) = camera.run.take() {
            camera.intake.run_ended(cause, self.clock.wall());
            self.claims.claim(&Claim::RunEnded(camera.source, camera.next - run.first))?;
        }
        Ok(())
    }

    /// Footage comes for so many seconds.
    ///
    /// # Errors
    /// When the timeline cannot be read.
    pub async fn seconds(&mut self, seconds: i64) -> Result<()> {
        for _ in 0..seconds {
            for _ in 0..RATE {
                for camera in &mut self.cameras {
                    let Some(run) = camera.run else { continue };
                    camera.intake.sample(Arc::new(run.sample(camera.next)));
                    camera.next += 1;
                }
                self.clock.advance(1_000_000_000 / RATE);
            }
            self.claims.claim(&Claim::Now(self.clock.wall()))?;
            tokio::time::sleep(SECOND).await;
            self.tell().await?;
        }
        Ok(())
    }

    /// Writes down what the recorder says is durable now.
    async fn tell(&mut self) -> Result<()> {
        let everything = WallRange { start: WallTime::from_unix_seconds(BEGIN), end: self.clock.wall() };
        let rooms = self.rooms.as_ref().expect("the recorder runs");
        let status = rooms.log.status();
        let mut told = vec![Claim::Log(status.size, status.root)];
        for camera in &self.cameras {
            let timeline = rooms.archive.timeline(stream_of(camera.source), everything).await?;
            let recorded = timeline.spans.iter().filter(|span| span.kind == SpanKind::Recorded);
            told.extend(recorded.map(|span| Claim::Durable(camera.source, span.range)));
        }
        told.iter().try_for_each(|claim| self.claims.claim(claim))
    }

    /// Time passes, nothing else.
    ///
    /// # Errors
    /// When a claim cannot be written.
    pub fn later(&mut self, seconds: i64) -> Result<()> {
        self.clock.advance_s(seconds);
        self.claims.claim(&Claim::Now(self.clock.wall()))
    }

    /// The oldest closed segment of a camera goes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn delete_oldest(&mut self, camera: usize) -> Result<()> {
        let row = self.oldest(camera).await?;
        let range = WallRange { start: row.start, end: row.end };
        let key = self.rooms().keyring.key_of(row.stream, row.id, row.start).context("the key of what is deleted")?;
        self.claims.claim(&Claim::Deleting(row.id, self.cameras[camera].source, range, Hash(*key.bytes())))?;
        let rule = "Kept for 1 day, as promised for: theft".to_owned();
        let order = DeletionOrder { segment: row.id, rule, rule_id: "purpose_end".to_owned(), due: row.start + KEEP };
        self.rooms().archive.delete(&order).await.context("deleting")?;
        self.claims.claim(&Claim::Deleted(row.id))
    }

    /// The same; goes on with a deletion that has begun before it begins another one.
    ///
    /// # Errors
    /// When it is not finished.
    pub async fn delete_oldest_or_go_on(&mut self, camera: usize) -> Result<()> {
        let (_, failing) = self.rooms().archive.finish_deletions().await?;
        ensure!(failing == 0, "a deletion still fails");
        let facts = self.claims.facts();
        let begun = facts.deleting.iter().map(|(segment, ..)| *segment).find(|one| !facts.deleted.contains(one));
        match begun {
            Some(segment) if self.rooms().db.certificate(segment).await?.is_some() => {
                self.claims.claim(&Claim::Deleted(segment))
            }
            _ => self.delete_oldest(camera).await,
        }
    }

    /// Causes of the gaps of all cameras in a range, in order.
    ///
    /// # Errors
    /// When the timeline cannot be read.
    pub async fn causes(&self, range: WallRange) -> Result<Vec<&'static str>> {
        let mut causes = Vec::new();
        for source in [Source(0), Source(1)] {
            let timeline = self.rooms().archive.timeline(stream_of(source), range).await?;
            causes.extend(timeline.spans.iter().filter_map(|span| cause(&span.kind)));
        }
        Ok(causes)
    }

    /// The log has at least this entry.
    ///
    /// # Errors
    /// When a claim cannot be written.
    pub fn noticed(&mut self, entry: u64) -> Result<()> {
        let status = self.rooms().log.status();
        ensure!(status.size > entry, "a receipt came before its entry");
        self.claims.claim(&Claim::Log(status.size, status.root))
    }

    async fn oldest(&self, camera: usize) -> Result<SegmentRow> {
        let stream = stream_of(self.cameras[camera].source);
        let closed = self.rooms().db.segments_in_state(SegmentState::Closed, 1000).await?;
        closed.into_iter().find(|row| row.stream == stream).context("no closed segment to delete")
    }

    /// What was closed goes into the log.
    ///
    /// # Errors
    /// When it does not.
    pub async fn digests(&mut self) -> Result<()> {
        self.rooms().archive.log_closed_segments().await?;
        self.tell().await
    }

    /// Keys are wrapped anew.
    ///
    /// # Errors
    /// When they are not.
    pub async fn rotate(&mut self) -> Result<()> {
        Ok(self.rooms().archive.rotate_keys().await?)
    }

    /// Something that cannot be rebuilt is stored.
    ///
    /// # Errors
    /// When it is not.
    pub async fn set(&mut self) -> Result<()> {
        self.settings += 1;
        let value = self.settings.to_string();
        self.rooms().db.set_setting(SETTING, &value).await?;
        self.claims.claim(&Claim::Setting(value))
    }

    /// Stops in order.
    ///
    /// # Errors
    /// When a claim cannot be written.
    pub async fn stop(&mut self) -> Result<()> {
        if let Some(rooms) = self.rooms.take() {
            rooms.stop().await;
        }
        self.runs_are_over()?;
        self.claims.claim(&Claim::Stopped(true))
    }

    /// Stops in order, on a disk on which that may fail: nothing is claimed of it.
    ///
    /// # Errors
    /// When a claim cannot be written.
    pub async fn stop_without_a_word(&mut self) -> Result<()> {
        if let Some(rooms) = self.rooms.take() {
            rooms.stop().await;
        }
        self.runs_are_over()
    }

    /// Ends as a kill does.
    ///
    /// # Errors
    /// When a claim cannot be written.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(rooms) = self.rooms.take() {
            rooms.abandon().await;
        }
        self.runs_are_over()
    }

    fn runs_are_over(&mut self) -> Result<()> {
        for camera in &mut self.cameras {
            if let Some(run) = camera.run.take() {
                self.claims.claim(&Claim::RunEnded(camera.source, camera.next - run.first))?;
            }
        }
        Ok(())
    }
}

/// How long a picture lasts.
#[must_use]
pub fn picture() -> WallDuration {
    WallDuration::from_ticks(PICTURE)
}
