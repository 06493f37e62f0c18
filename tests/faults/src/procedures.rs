//! The procedures of the store, one by one, each with a way to say how it went: what the fault matrix fails calls of.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use candour_archive::SpanKind;
use candour_audit::{Look, LookKind};
use candour_recording::GapCause;
use candour_units::{PersonId, SessionId, WallRange, WallTime};

use crate::facts::Facts;
use crate::footage::Source;
use crate::rooms::camera_of;
use crate::scene::Scene;

/// What a procedure begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// A directory in which nothing is.
    Empty,
    /// A recorder that was stopped in order.
    Stopped,
    /// A recorder that was killed with open segments.
    Killed,
}

/// One procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Procedure {
    /// The very first start.
    FirstStart,
    /// The start after a kill: recovery.
    Recovery,
    /// Segments are made, fragments appended and synced.
    Record,
    /// Segments are closed because their run ends.
    CloseSegments,
    /// The recorder stops in order.
    Stop,
    /// One segment is deleted, its neighbours of the same hour stay.
    Delete,
    /// Keys are wrapped under a new epoch key.
    Rotate,
    /// Digests of closed segments go into the log.
    Digests,
    /// Somebody looks.
    Look,
    /// Something that cannot be rebuilt is stored.
    Setting,
}

impl Procedure {
    /// Every procedure.
    pub const ALL: [Self; 10] = [
        Self::FirstStart,
        Self::Recovery,
        Self::Record,
        Self::CloseSegments,
        Self::Stop,
        Self::Delete,
        Self::Rotate,
        Self::Digests,
        Self::Look,
        Self::Setting,
    ];

    /// Its name in the table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::FirstStart => "first start",
            Self::Recovery => "start after a kill",
            Self::Record => "record (create, append, sync)",
            Self::CloseSegments => "close segments",
            Self::Stop => "stop in order",
            Self::Delete => "delete a segment",
            Self::Rotate => "rotate the epoch key",
            Self::Digests => "digests into the log",
            Self::Look => "a look (log entry)",
            Self::Setting => "store a setting",
        }
    }

    /// What it begins with.
    #[must_use]
    pub const fn base(self) -> Base {
        match self {
            Self::FirstStart => Base::Empty,
            Self::Recovery => Base::Killed,
            _ => Base::Stopped,
        }
    }
}

/// What the base of a kind is, made in `directory`.
///
/// # Errors
/// What fails.
pub async fn make_base(base: Base, directory: &Path) -> Result<Facts> {
    if base == Base::Empty {
        return Ok(Facts::default());
    }
    let mut scene = Scene::again(directory, Facts::default(), 0);
    scene.start().await?;
    scene.add_cameras().await?;
    scene.take_in();
    scene.runs_begin(&[0, 1])?;
    scene.seconds(4).await?;
    scene.run_ends(0, GapCause::CameraLost)?;
    scene.seconds(1).await?;
    scene.runs_begin(&[0])?;
    scene.seconds(3).await?;
    if base == Base::Stopped {
        scene.stop().await?
    } else {
        scene.kill().await?
    }
    Ok(scene.facts().clone())
}

/// Whether the calls of the procedure are the ones to fail from now on.
pub type Arm<'a> = dyn FnMut(bool) -> Result<()> + Send + 'a;

/// Runs a procedure on a copy of its base; `arm` is told when its own calls begin and end. Gives how it went, in words,
/// and everything claimed. The recorder is killed afterwards, if it still runs.
///
/// # Errors
/// What fails outside of the procedure, or again when nothing fails any more.
pub async fn run(procedure: Procedure, directory: &Path, facts: Facts, arm: &mut Arm<'_>) -> Result<(String, Facts)> {
    let mut scene = Scene::again(directory, facts, 10);
    let words = match procedure {
        Procedure::FirstStart | Procedure::Recovery => start(&mut scene, arm).await?,
        Procedure::Record => record(&mut scene, arm).await?,
        Procedure::CloseSegments => close(&mut scene, arm).await?,
        Procedure::Stop => stop(&mut scene, arm).await?,
        Procedure::Delete | Procedure::Rotate | Procedure::Digests | Procedure::Look | Procedure::Setting => {
            scene.start().await?;
            scene.take_in();
            arm(true)?;
            let first = act(procedure, &mut scene).await;
            arm(false)?;
            match first {
                Ok(()) => "done".to_owned(),
                Err(_) => {
                    act(procedure, &mut scene).await?;
                    "refused; done when tried again".to_owned()
                }
            }
        }
    };
    scene.kill().await?;
    Ok((words, scene.facts().clone()))
}

async fn start(scene: &mut Scene, arm: &mut Arm<'_>) -> Result<String> {
    arm(true)?;
    let started = scene.start().await;
    arm(false)?;
    Ok(match started {
        Ok(()) => "starts".to_owned(),
        Err(_) => {
            scene.start().await?;
            "does not start; the next start does".to_owned()
        }
    })
}

async fn record(scene: &mut Scene, arm: &mut Arm<'_>) -> Result<String> {
    scene.start().await?;
    scene.take_in();
    arm(true)?;
    let began = scene.now();
    scene.runs_begin(&[0, 1])?;
    scene.seconds(3).await?;
    arm(false)?;
    // Longer than a recorder waits before it tries again.
    scene.seconds(9).await?;
    gaps_since(scene, began).await
}

async fn close(scene: &mut Scene, arm: &mut Arm<'_>) -> Result<String> {
    scene.start().await?;
    scene.take_in();
    let began = scene.now();
    scene.runs_begin(&[0, 1])?;
    scene.seconds(2).await?;
    arm(true)?;
    scene.run_ends(0, GapCause::CameraLost)?;
    scene.run_ends(1, GapCause::CameraLost)?;
    // A footer waits for the next care at most.
    scene.seconds(11).await?;
    arm(false)?;
    scene.seconds(11).await?;
    gaps_since(scene, began).await
}

async fn stop(scene: &mut Scene, arm: &mut Arm<'_>) -> Result<String> {
    scene.start().await?;
    scene.take_in();
    scene.runs_begin(&[0, 1])?;
    scene.seconds(2).await?;
    let until = scene.now();
    arm(true)?;
    // A stop has nobody to tell of a failure but the log of the program.
    scene.stop_without_a_word().await?;
    arm(false)?;
    scene.start().await?;
    let causes =
        scene.causes(WallRange { start: until, end: scene.now() + candour_units::WallDuration::from_seconds(1) });
    let causes = causes.await?;
    Ok(if causes.contains(&"recorder_died") { "the next start takes it for a crash" } else { "stops" }.to_owned())
}

async fn act(procedure: Procedure, scene: &mut Scene) -> Result<()> {
    match procedure {
        Procedure::Delete => scene.delete_oldest_or_go_on(0).await,
        Procedure::Rotate => scene.rotate().await,
        Procedure::Digests => scene.digests().await,
        Procedure::Setting => scene.set().await,
        _ => {
            let range = WallRange { start: WallTime::from_ticks(scene.now().ticks() - 90_000), end: scene.now() };
            let receipt = scene.rooms().log.look(look(range)).await?;
            scene.noticed(receipt.entry())
        }
    }
}

fn look(range: WallRange) -> Look {
    Look {
        person: PersonId::from_bytes([1; 16]),
        name: "Ann".to_owned(),
        session: SessionId::from_bytes([2; 16]),
        station: None,
        address: "192.0.2.7".to_owned(),
        reason: "a test".to_owned(),
        purpose: None,
        cameras: vec![camera_of(Source(0))],
        kind: LookKind::Playback,
        interval: Some(range),
        under: None,
    }
}

async fn gaps_since(scene: &Scene, began: WallTime) -> Result<String> {
    // Rows travel to the database over a task of their own.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let causes = scene.causes(WallRange { start: began, end: scene.now() }).await?;
    let mut of_storage: Vec<&str> = causes.into_iter().filter(|cause| cause.starts_with("storage")).collect();
    of_storage.sort_unstable();
    of_storage.dedup();
    Ok(if of_storage.is_empty() { "nothing is lost".to_owned() } else { format!("a gap: {}", of_storage.join(", ")) })
}

/// The cause of a gap; `None` for anything else.
#[must_use]
pub fn cause(kind: &SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Gap { cause } => Some(cause.word()),
        _ => None,
    }
}
