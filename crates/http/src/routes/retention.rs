//! Promised against actual.

use axum::extract::State;
use candour_archive::{Oldest, OnDisk};
use candour_db::{CameraRow, CertificateRow, DeletionStep, HoldRow, PastPromise, PurposeRow, StreamRow};
use candour_units::WallTime;
use candour_wire::retention::{CameraRetention, Certificate, OldestFootage, Retention};

use crate::app::App;
use crate::names::CameraNames;
use crate::problem::Problem;
use crate::routes::cameras::keep_days;
use crate::routes::explanation::holds_on;
use crate::routes::shortening;

const CERTIFICATES: i64 = 200;

/// What was promised, what is there, and what remains of what was deleted.
#[utoipa::path(get, path = "/retention", tag = "retention", responses((status = 200, body = Retention)))]
pub(crate) async fn read(State(app): State<App>) -> Result<axum::Json<Retention>, Problem> {
    let certificates = app.db.certificates(CERTIFICATES).await?;
    let names = CameraNames::load(&app, certificates.iter().map(|row| row.camera).collect()).await?;
    let sweep = app.site.sweep_state();
    let holds = app.db.standing_holds().await?;
    let mut cameras = Vec::new();
    for row in app.db.cameras().await? {
        cameras.push(camera(&app, &row, &holds).await?);
    }
    Ok(axum::Json(Retention {
        overdue: app.db.overdue(app.clock.wall()).await?,
        unfinished: app.db.count_unfinished().await?,
        waiting: sweep.waiting,
        last_sweep_90k: sweep.last_sweep.map(WallTime::ticks),
        shortening: shortening::shown(&app).await?,
        cameras,
        certificates: certificates.iter().map(|row| certificate(row, &names)).collect(),
    }))
}

async fn camera(app: &App, row: &CameraRow, holds: &[HoldRow]) -> Result<CameraRetention, Problem> {
    let purpose = match row.purpose {
        Some(purpose) => app.db.purpose(purpose).await?,
        None => None,
    };
    let streams = app.db.streams(row.id).await?;
    let mut shown = CameraRetention {
        camera: row.id.to_string(),
        name: row.name.clone(),
        keep_days: purpose.as_ref().map(|purpose| keep_days(purpose.keep)),
        purpose: purpose.as_ref().map(|purpose| purpose.sentence.clone()),
        owner: purpose.as_ref().map(|purpose| purpose.owner.clone()),
        rule: rule(app, row, purpose.as_ref()).await?,
        oldest_90k: None,
        oldest: oldest(app, &streams, holds).await?,
        newest_90k: None,
        bytes: 0,
        segments: 0,
    };
    for stream in streams {
        if let Some((range, bytes, segments)) = app.db.stream_extent(stream.id).await? {
            let (start, end) = (range.start.ticks(), range.end.ticks());
            shown.oldest_90k = Some(shown.oldest_90k.map_or(start, |oldest| oldest.min(start)));
            shown.newest_90k = Some(shown.newest_90k.map_or(end, |newest| newest.max(end)));
            shown.bytes += bytes;
            shown.segments += segments;
        }
    }
    Ok(shown)
}

/// The rule of the policy that says how long footage of a camera lives that is captured now.
async fn rule(app: &App, camera: &CameraRow, purpose: Option<&PurposeRow>) -> Result<Option<String>, Problem> {
    let Some(word) = purpose.and_then(|purpose| Some(&purpose.version.as_ref()?.word)) else { return Ok(None) };
    let promises = app.db.promises_of(camera.id).await?;
    let counts = |past: &&PastPromise| past.until.is_none() && past.promise.of.word == *word;
    Ok(promises.iter().rfind(counts).map(|past| past.promise.of.rule.clone()))
}

/// Of the streams' oldest footage the one that began first; on the disk it is looked for all the same.
async fn oldest(app: &App, streams: &[StreamRow], holds: &[HoldRow]) -> Result<Option<OldestFootage>, Problem> {
    let mut found: Option<Oldest> = None;
    for stream in streams {
        let next = app.archive.oldest(stream.id).await?;
        // What the disk contradicts is told before what is merely older.
        let rank = |of: &Oldest| (of.on_disk == OnDisk::Fits, of.row.start);
        found = match (found, next) {
            (Some(one), Some(other)) => Some(if rank(&other) < rank(&one) { other } else { one }),
            (one, other) => one.or(other),
        };
    }
    let now = app.clock.wall();
    Ok(found.map(|oldest| {
        let held = holds_on(&oldest.row, holds).map(|hold| hold.ends).max();
        let (on_disk, words) = on_disk(&oldest.on_disk);
        OldestFootage {
            segment: oldest.row.id.to_string(),
            start_90k: oldest.row.start.ticks(),
            keep_until_90k: oldest.row.keep_until.ticks(),
            promised_90k: oldest.promised.map(WallTime::ticks),
            overdue: oldest.row.keep_until <= now && held.is_none(),
            held_until_90k: held.map(WallTime::ticks),
            on_disk: on_disk.to_owned(),
            words,
        }
    }))
}

fn on_disk(found: &OnDisk) -> (&'static str, String) {
    match found {
        OnDisk::Fits => ("fits", "Its file is on the disk and says the same.".to_owned()),
        OnDisk::Missing => {
            ("missing", "Its file is not on the disk. The check of the archive says what is lost.".to_owned())
        }
        OnDisk::Differs(why) => ("differs", format!("Its file on the disk says something else: {why}.")),
        OnDisk::Unavailable(why) => {
            ("unavailable", format!("The storage directory it lies in cannot be reached now: {why}."))
        }
    }
}

pub(crate) fn certificate(row: &CertificateRow, names: &CameraNames) -> Certificate {
    Certificate {
        segment: row.segment.to_string(),
        camera: row.camera.to_string(),
        camera_name: names.get(row.camera),
        start_90k: row.interval.start.ticks(),
        end_90k: row.interval.end.ticks(),
        bytes: row.len_bytes,
        rule: row.rule.clone(),
        due_90k: row.due.ticks(),
        unreadable_at_90k: row.unreadable_at.map(WallTime::ticks),
        unlinked_at_90k: row.unlinked_at.map(WallTime::ticks),
        entry: row.entry,
        step: step(row.step).to_owned(),
        failing: row.failing.clone(),
    }
}

const fn step(step: DeletionStep) -> &'static str {
    match step {
        DeletionStep::Intended => "intended",
        DeletionStep::KeyDestroyed => "key_destroyed",
        DeletionStep::Unlinked => "unlinked",
        DeletionStep::Certified => "certified",
    }
}
