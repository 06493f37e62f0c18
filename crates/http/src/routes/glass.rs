//! Acts that cannot wait for anybody: broken glass with its review, and incidents that somebody on watch marks.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_audit::{Event, EventKind, Subject};
use candour_db::{GrantRow, HoldRow, IncidentRow};
use candour_policy::{
    GLASS_STANDS, GlassRefused, GlassUse, GrantState, HoldClass, MARK_REACHES, MarkRefused, Origin, may_break_glass,
    may_mark, may_review,
};
use candour_units::{CameraId, GrantId, HoldId, IncidentId};
use candour_wire::grants::{BreakGlass, Grant, Incident, MarkIncident, ReviewGrant};
use serde_json::json;

use crate::access::note_refused_look;
use crate::app::App;
use crate::extract::{Json, id, range, text};
use crate::grants::{self, use_of};
use crate::names::CameraNames;
use crate::policy_reading::in_force;
use crate::problem::{Kind, Problem};
use crate::routes::grant_reading::{incident, shown};
use crate::routes::grants::{WORDS, act, cameras, deciding, find, note, refused};
use crate::routes::holds::log_newest_act;
use crate::sentences::sentence;
use crate::session::SignedIn;

/// A day, and the two hours that the footage may reach ahead.
const LONGEST_BROKEN_S: i64 = 26 * 3600;

/// Breaks the glass: looks become possible at once, everybody is told, and somebody else reviews it.
#[utoipa::path(post, path = "/break-glass", tag = "grants", request_body = BreakGlass,
    responses((status = 201, body = Grant), (status = 403), (status = 404), (status = 422), (status = 503)))]
pub(crate) async fn break_glass(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<BreakGlass>,
) -> Result<(StatusCode, axum::Json<Grant>), Problem> {
    let words = text("words", &asked.words, WORDS)?;
    let footage = range(asked.from_90k, asked.to_90k, LONGEST_BROKEN_S)?;
    let cameras: Vec<CameraId> = cameras(&app, &asked.cameras).await?.iter().map(|row| row.id).collect();
    let _alone = app.grants_lock.lock().await;
    let uses: Vec<GlassUse> = app.db.unreviewed_grants().await?.iter().map(use_of).collect();
    let zone = grants::zone(in_force(&app).await?.as_ref());
    let judged = may_break_glass(&deciding(&app, &who, &words), cameras.len(), footage, &uses, &zone);
    if let Err(why) = judged {
        let subject = Subject { cameras, interval: Some(footage), reason: Some(words), ..Subject::default() };
        return Err(not_broken(&app, &who, why, subject).await?);
    }
    let mut row = GrantRow {
        id: GrantId::from_bytes(app.entropy.id()),
        origin: Origin::BreakGlass.word().to_owned(),
        state: GrantState::Approved.word().to_owned(),
        case_reference: String::new(),
        purpose: None,
        cameras,
        footage,
        until: app.clock.wall() + GLASS_STANDS,
        export: false,
        authorisation: None,
        incident: None,
        asked: act(&app, &who, words, 0),
        decided: None,
        withdrawn: None,
        reviewed: None,
    };
    let detail = json!({ "until_90k": row.until.ticks() });
    row.asked.entry = note(&app, &who, EventKind::BreakGlassUsed, &row, &row.asked.words, detail).await?;
    app.db.add_grant(&row).await?;
    grants::sound(&app, true).await;
    Ok((StatusCode::CREATED, axum::Json(shown(&app, &who, row.id).await?)))
}

/// The refusal; one that a person could take for a look refused is written down like one.
async fn not_broken(app: &App, who: &SignedIn, why: GlassRefused, subject: Subject) -> Result<Problem, Problem> {
    let field = match &why {
        GlassRefused::Cameras => "cameras",
        GlassRefused::TooOld | GlassRefused::NotYet => "from_90k",
        GlassRefused::Words => "words",
        GlassRefused::Role(_) | GlassRefused::Suspended => {
            app.limits.refused_look(who.person.id, app.clock.mono())?;
            let words = sentence(&why);
            note_refused_look(app, who, subject, &words, "POST /api/v1/break-glass").await;
            return Ok(Problem::new(Kind::LookRefused, words));
        }
    };
    Ok(Problem::invalid(field, sentence(&why)))
}

/// Reviews broken glass: somebody else says whether it was justified, and why.
#[utoipa::path(post, path = "/grants/{id}/review", tag = "grants", params(("id" = String, Path, description = "Grant")),
    request_body = ReviewGrant,
    responses((status = 200, body = Grant), (status = 403), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn review(
    State(app): State<App>,
    who: SignedIn,
    Path(grant): Path<String>,
    Json(asked): Json<ReviewGrant>,
) -> Result<axum::Json<Grant>, Problem> {
    let words = text("words", &asked.words, WORDS)?;
    let _alone = app.grants_lock.lock().await;
    let (row, judged) = find(&app, &grant).await?;
    if judged.origin != Origin::BreakGlass {
        return Err(Problem::new(Kind::Conflict, "This was asked for and decided; only broken glass is reviewed."));
    }
    may_review(&use_of(&row), &deciding(&app, &who, &words)).map_err(refused)?;
    let detail = json!({ "by": row.asked.name, "justified": asked.justified });
    let entry = note(&app, &who, EventKind::BreakGlassReviewed, &row, &words, detail).await?;
    app.db.review_grant(row.id, asked.justified, &act(&app, &who, words, entry)).await?;
    grants::sound(&app, false).await;
    Ok(axum::Json(shown(&app, &who, row.id).await?))
}

/// Marks an incident: its footage is held for a week by itself, and an investigator can ask for it.
#[utoipa::path(post, path = "/incidents", tag = "grants", request_body = MarkIncident,
    responses((status = 201, body = Incident), (status = 404), (status = 422), (status = 503)))]
pub(crate) async fn mark(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<MarkIncident>,
) -> Result<(StatusCode, axum::Json<Incident>), Problem> {
    let words = text("words", &asked.words, 3..=300)?;
    let footage = range(asked.from_90k, asked.to_90k, 2 * MARK_REACHES.seconds_floor())?;
    let camera: CameraId = id(&asked.camera, "such camera")?;
    let camera = app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?.id;
    let now = app.clock.wall();
    let ends = may_mark(footage, &words, now).map_err(|why| {
        let field = match why {
            MarkRefused::Words => "words",
            MarkRefused::TooOld => "from_90k",
            MarkRefused::NotYet => "to_90k",
        };
        Problem::invalid(field, sentence(&why))
    })?;
    let (id, hold) = (IncidentId::from_bytes(app.entropy.id()), HoldId::from_bytes(app.entropy.id()));
    let subject =
        Subject { cameras: vec![camera], interval: Some(footage), reason: Some(words.clone()), ..Subject::default() };
    let outcome = json!({ "incident": id.to_string(), "hold": hold.to_string(), "ends_90k": ends.ticks() });
    let event = Event { kind: EventKind::IncidentMarked, actor: who.actor(), subject, outcome: outcome.to_string() };
    let entry = i64::try_from(app.log.append(event).await?.index).unwrap_or(i64::MAX);
    let marked = act(&app, &who, words, entry);
    let held = HoldRow {
        id: hold,
        class: HoldClass::Marked.word().to_owned(),
        camera,
        interval: footage,
        reason: marked.words.clone(),
        owner: marked.name.clone(),
        placed_by: marked.name.clone(),
        placed: now,
        ends,
        ended: None,
    };
    app.db.place_hold(&held).await?;
    log_newest_act(&app, &who, hold).await;
    let row = IncidentRow { id, camera, footage, hold, ends, marked };
    app.db.add_incident(&row).await?;
    let names = CameraNames::load(&app, vec![camera]).await?;
    Ok((StatusCode::CREATED, axum::Json(incident(&row, &[], &names))))
}
