//! When something moved in a part of a camera's picture. A search is a look: it needs what a look needs, and is in the log before it is
//! answered.

use axum::extract::{Path, State};
use candour_audit::{Event, EventKind, Subject};
use candour_db::{FindingKind, FindingRow};
use candour_motion::{Area, Hit, Searched, Shown, Stretch, search};
use candour_units::{CameraId, WallDuration};
use candour_wire::playback::{AskMotionSearch, MotionHit, MotionSearch};
use serde_json::json;

use crate::acceptance::{Moment, must_be_accepted};
use crate::access::note_refused_look;
use crate::app::App;
use crate::extract::{Json, id, range, text};
use crate::grants::{self, Person};
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;

/// A day, also where the clock goes back in it.
const LONGEST_S: i64 = 25 * 3_600;
/// Hits that are told.
const MOST: usize = 500;
/// Parts of the picture's side.
const WHOLE: f64 = 10_000.0;

/// Searches what was found in an interval of at most 25 hours. Nothing is decoded for it.
#[utoipa::path(post, path = "/cameras/{id}/motion-search", tag = "playback", params(("id" = String, Path, description = "Camera")),
    request_body = AskMotionSearch,
    responses((status = 200, body = MotionSearch), (status = 403), (status = 404), (status = 422), (status = 503)))]
pub(crate) async fn ask(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Json(asked): Json<AskMotionSearch>,
) -> Result<axum::Json<MotionSearch>, Problem> {
    let camera: CameraId = id(&camera, "such camera")?;
    let camera = app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?;
    let interval = range(asked.from_90k, asked.to_90k, LONGEST_S)?;
    let reason = text("reason", &asked.reason, 5..=200)?;
    let within = area(asked.area)?;
    let subject = || Subject {
        cameras: vec![camera.id],
        interval: Some(interval),
        reason: Some(reason.clone()),
        ..Subject::default()
    };
    let person = Person { id: who.person.id, session: who.session.id, roles: &who.roles };
    const ROUTE: &str = "POST /api/v1/cameras/{id}/motion-search";
    let ground = match grants::may_look_back(&app, person, &[camera.id], interval).await? {
        Ok(ground) => ground,
        Err(why) => {
            app.limits.refused_look(who.person.id, app.clock.mono())?;
            note_refused_look(&app, &who, subject(), &why, ROUTE).await;
            return Err(Problem::new(Kind::LookRefused, why));
        }
    };
    if let Err(refused) = must_be_accepted(&app, who.person.id, Moment::Begins).await {
        note_refused_look(&app, &who, subject(), refused.detail(), ROUTE).await;
        return Err(refused);
    }
    let rows = app.db.findings_in(camera.id, interval).await?;
    let stretches: Vec<Stretch> = rows.iter().map(stretch).collect();
    let found = search(&stretches, interval, within, MOST);
    let grant = grants::grant_of(ground).map(|grant| grant.to_string());
    let outcome = json!({ "area": asked.area, "hits": found.hits.len(), "grant": grant }).to_string();
    let event = Event { kind: EventKind::MotionSearched, actor: who.actor(), subject: subject(), outcome };
    app.log.append(event).await?;
    Ok(axum::Json(shown(&found)))
}

/// A rectangle of the picture, as shares of its width and height.
fn area(asked: [f64; 4]) -> Result<Area, Problem> {
    let wrong = || {
        Problem::invalid(
            "area",
            "Give left, top, right and bottom as shares of the picture from 0 to 1, left before right and top above bottom.",
        )
    };
    if asked.iter().any(|side| !(0.0..=1.0).contains(side)) {
        return Err(wrong());
    }
    let [left, top, right, bottom] = asked.map(|side| (side * WHOLE).round() as u16);
    if left >= right || top >= bottom {
        return Err(wrong());
    }
    Ok(Area { left, top, right, bottom })
}

fn stretch(row: &FindingRow) -> Stretch {
    let [left, top, right, bottom] = row.part.area;
    let shown = match row.kind {
        FindingKind::Still => Shown::Still,
        FindingKind::Moved => Shown::Moved { score: row.part.score, area: Area { left, top, right, bottom } },
        FindingKind::Unsure => Shown::Unsure,
    };
    Stretch { range: row.range, shown }
}

fn shown(found: &Searched) -> MotionSearch {
    let seconds = |length: WallDuration| length.ticks() as f64 / 90_000.0;
    let hit = |hit: &Hit| MotionHit {
        start_90k: hit.range.start.ticks(),
        end_90k: hit.range.end.ticks(),
        score: f64::from(hit.score) / 100.0,
        area: [hit.area.left, hit.area.top, hit.area.right, hit.area.bottom].map(|side| f64::from(side) / WHOLE),
    };
    MotionSearch {
        hits: found.hits.iter().map(hit).collect(),
        more: found.more,
        looked_at_s: seconds(found.looked_at),
        unsure_s: seconds(found.unsure),
        not_looked_at_s: seconds(found.not_looked_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas() {
        assert_eq!(
            area([0.0, 0.25, 0.5, 1.0]).expect("good"),
            Area { left: 0, top: 2_500, right: 5_000, bottom: 10_000 }
        );
        for wrong in [
            [0.5, 0.0, 0.5, 1.0],
            [0.0, 0.9, 1.0, 0.1],
            [-0.1, 0.0, 1.0, 1.0],
            [0.0, 0.0, 1.1, 1.0],
            [f64::NAN, 0.0, 1.0, 1.0],
        ] {
            assert!(area(wrong).is_err(), "{wrong:?}");
        }
    }
}
