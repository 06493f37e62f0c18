//! Promised against actual.

use axum::extract::State;
use candour_db::{CameraRow, CertificateRow, DeletionStep};
use candour_units::WallTime;
use candour_wire::retention::{CameraRetention, Certificate, Retention};

use crate::app::App;
use crate::names::CameraNames;
use crate::problem::Problem;
use crate::routes::cameras::keep_days;

const CERTIFICATES: i64 = 200;

/// What was promised, what is there, and what remains of what was deleted.
#[utoipa::path(get, path = "/retention", tag = "retention", responses((status = 200, body = Retention)))]
pub(crate) async fn read(State(app): State<App>) -> Result<axum::Json<Retention>, Problem> {
    let certificates = app.db.certificates(CERTIFICATES).await?;
    let names = CameraNames::load(&app, certificates.iter().map(|row| row.camera).collect()).await?;
    let sweep = app.site.sweep_state();
    let mut cameras = Vec::new();
    for row in app.db.cameras().await? {
        cameras.push(camera(&app, &row).await?);
    }
    Ok(axum::Json(Retention {
        overdue: app.db.overdue(app.clock.wall()).await?,
        unfinished: app.db.count_unfinished().await?,
        waiting: sweep.waiting,
        last_sweep_90k: sweep.last_sweep.map(WallTime::ticks),
        cameras,
        certificates: certificates.iter().map(|row| certificate(row, &names)).collect(),
    }))
}

async fn camera(app: &App, row: &CameraRow) -> Result<CameraRetention, Problem> {
    let purpose = match row.purpose {
        Some(purpose) => app.db.purpose(purpose).await?,
        None => None,
    };
    let mut shown = CameraRetention {
        camera: row.id.to_string(),
        name: row.name.clone(),
        keep_days: purpose.as_ref().map(|purpose| keep_days(purpose.keep)),
        purpose: purpose.as_ref().map(|purpose| purpose.sentence.clone()),
        owner: purpose.map(|purpose| purpose.owner),
        oldest_90k: None,
        newest_90k: None,
        bytes: 0,
        segments: 0,
    };
    for stream in app.db.streams(row.id).await? {
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
