//! Requests to look at recorded footage: asked, decided by another person, withdrawn. Each act is an entry in the log before it
//! is done.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_audit::{Event, EventKind, Subject};
use candour_db::{CameraRow, GrantAct, GrantAuthorisation, GrantRow};
use candour_policy::{
    AskRefused, Asking, Authorisation, DIRECTED, DecideRefused, Deciding, Grant as Judged, GrantState, LONGEST_GRANTED,
    Origin, Permits, may_ask, may_decide, may_withdraw,
};
use candour_units::{CameraId, GrantId, IncidentId};
use candour_wire::grants::{AskGrant, DecideGrant, Grant, WithdrawGrant};
use serde_json::{Value, json};

use crate::app::App;
use crate::extract::{Json, id, moment, range, text};
use crate::grants::{Permissions, of_row};
use crate::looks;
use crate::problem::{Kind, Problem};
use crate::routes::grant_reading::shown;
use crate::sentences::sentence;
use crate::session::SignedIn;

pub(crate) const WORDS: std::ops::RangeInclusive<usize> = 10..=500;

/// Asks for a grant; another person decides.
#[utoipa::path(post, path = "/grants", tag = "grants", request_body = AskGrant,
    responses((status = 201, body = Grant), (status = 404), (status = 422), (status = 503)))]
pub(crate) async fn ask(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<AskGrant>,
) -> Result<(StatusCode, axum::Json<Grant>), Problem> {
    let mut row = new_row(&app, &who, &asked)?;
    let cameras = cameras(&app, &asked.cameras).await?;
    row.cameras = cameras.iter().map(|camera| camera.id).collect();
    judge(&app, &row, &cameras).await?;
    let _alone = app.grants_lock.lock().await;
    let detail = json!({
        "case": row.case_reference, "purpose": row.purpose, "until_90k": row.until.ticks(), "export": row.export,
        "authorisation": asked.authorisation.as_ref().map(|given| &given.number),
    });
    row.asked.entry = note(&app, &who, EventKind::GrantAsked, &row, &row.asked.words, detail).await?;
    app.db.add_grant(&row).await?;
    Ok((StatusCode::CREATED, axum::Json(shown(&app, &who, row.id).await?)))
}

/// Approves or refuses a request. Nobody decides on their own.
#[utoipa::path(post, path = "/grants/{id}/decide", tag = "grants", params(("id" = String, Path, description = "Grant")),
    request_body = DecideGrant,
    responses((status = 200, body = Grant), (status = 403), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn decide(
    State(app): State<App>,
    who: SignedIn,
    Path(grant): Path<String>,
    Json(asked): Json<DecideGrant>,
) -> Result<axum::Json<Grant>, Problem> {
    let words = text("words", &asked.words, WORDS)?;
    let _alone = app.grants_lock.lock().await;
    let (row, judged) = find(&app, &grant).await?;
    may_decide(&judged, &deciding(&app, &who, &words)).map_err(refused)?;
    let kind = if asked.approve { EventKind::GrantApproved } else { EventKind::GrantRefused };
    let detail = json!({ "case": row.case_reference, "by": row.asked.name, "until_90k": row.until.ticks() });
    let entry = note(&app, &who, kind, &row, &words, detail).await?;
    app.db.decide_grant(row.id, asked.approve, &act(&app, &who, words, entry)).await?;
    Ok(axum::Json(shown(&app, &who, row.id).await?))
}

/// Withdraws a request or a grant. What plays under it ends before the answer comes.
#[utoipa::path(post, path = "/grants/{id}/withdraw", tag = "grants", params(("id" = String, Path, description = "Grant")),
    request_body = WithdrawGrant,
    responses((status = 200, body = Grant), (status = 403), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    who: SignedIn,
    Path(grant): Path<String>,
    Json(asked): Json<WithdrawGrant>,
) -> Result<axum::Json<Grant>, Problem> {
    let words = text("words", &asked.words, WORDS)?;
    let _alone = app.grants_lock.lock().await;
    let (row, judged) = find(&app, &grant).await?;
    may_withdraw(&judged, &deciding(&app, &who, &words)).map_err(refused)?;
    let detail = json!({ "case": row.case_reference, "by": row.asked.name });
    let entry = note(&app, &who, EventKind::GrantWithdrawn, &row, &words, detail).await?;
    app.db.withdraw_grant(row.id, &act(&app, &who, words, entry)).await?;
    looks::end_under(&app, row.id, "the grant was withdrawn").await;
    Ok(axum::Json(shown(&app, &who, row.id).await?))
}

fn new_row(app: &App, who: &SignedIn, asked: &AskGrant) -> Result<GrantRow, Problem> {
    let authorisation = match &asked.authorisation {
        Some(given) => Some(GrantAuthorisation {
            number: text("authorisation", &given.number, 1..=60)?,
            officer: text("authorisation", &given.officer, 2..=100)?,
            expires: moment("authorisation", given.expires_90k)?,
        }),
        None => None,
    };
    let incident = asked.incident.as_deref().map(|incident| id::<IncidentId>(incident, "such incident")).transpose()?;
    Ok(GrantRow {
        id: GrantId::from_bytes(app.entropy.id()),
        origin: Origin::Request.word().to_owned(),
        state: GrantState::Asked.word().to_owned(),
        case_reference: text("case", &asked.case, 1..=60)?,
        purpose: Some(text("purpose", &asked.purpose, 1..=100)?),
        cameras: Vec::new(),
        footage: range(asked.from_90k, asked.to_90k, LONGEST_GRANTED.seconds_floor())?,
        until: moment("until_90k", asked.until_90k)?,
        export: asked.export,
        authorisation,
        incident,
        asked: act(app, who, text("words", &asked.words, WORDS)?, 0),
        decided: None,
        withdrawn: None,
        reviewed: None,
    })
}

/// Cameras by their ids, removed ones included: their footage lives on to its end. In order of their ids, each once.
pub(crate) async fn cameras(app: &App, asked: &[String]) -> Result<Vec<CameraRow>, Problem> {
    if asked.len() > candour_policy::MOST_GRANTED {
        return Err(Problem::invalid("cameras", "Name at most 36 cameras."));
    }
    let mut ids = Vec::with_capacity(asked.len());
    for camera in asked {
        ids.push(id::<CameraId>(camera, "such camera")?);
    }
    ids.sort_unstable();
    ids.dedup();
    let mut rows = Vec::with_capacity(ids.len());
    for camera in ids {
        rows.push(app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?);
    }
    Ok(rows)
}

async fn judge(app: &App, row: &GrantRow, cameras: &[CameraRow]) -> Result<(), Problem> {
    let permissions = Permissions::load(app).await?;
    let mut permits = Vec::with_capacity(cameras.len());
    for camera in cameras {
        permits.push(Permits { camera: camera.name.clone(), purposes: permissions.of(app, camera).await? });
    }
    let authorisation = row.authorisation.as_ref();
    let asking = Asking {
        now: row.asked.at,
        case: &row.case_reference,
        words: &row.asked.words,
        purpose: row.purpose.as_deref().unwrap_or_default(),
        cameras: &permits,
        footage: row.footage,
        until: row.until,
        authorisation: authorisation.map(|given| Authorisation {
            number: &given.number,
            officer: &given.officer,
            expires: given.expires,
        }),
    };
    may_ask(&asking).map_err(|why| {
        let field = match &why {
            AskRefused::Case => "case",
            AskRefused::Words => "words",
            AskRefused::Cameras => "cameras",
            AskRefused::Purpose { .. } => "purpose",
            AskRefused::NotYet => "from_90k",
            AskRefused::Ahead | AskRefused::TooMuch => "to_90k",
            AskRefused::Past | AskRefused::TooLong => "until_90k",
            AskRefused::Outlives if asking.purpose == DIRECTED => "until_90k",
            AskRefused::NoAuthorisation | AskRefused::NotDirected | AskRefused::Outlives => "authorisation",
        };
        Problem::invalid(field, sentence(&why))
    })
}

/// A grant of a path: as stored, and as it is judged.
pub(crate) async fn find(app: &App, grant: &str) -> Result<(GrantRow, Judged), Problem> {
    let grant: GrantId = id(grant, "such request")?;
    let row = app.db.grant(grant).await?.ok_or_else(|| Problem::not_found("such request"))?;
    let judged = of_row(&row).ok_or_else(|| Problem::not_found("such request that this program can read"))?;
    Ok((row, judged))
}

pub(crate) fn deciding<'a>(app: &App, who: &'a SignedIn, words: &'a str) -> Deciding<'a> {
    Deciding { by: who.person.id, roles: &who.roles, words, now: app.clock.wall() }
}

pub(crate) fn act(app: &App, who: &SignedIn, words: String, entry: i64) -> GrantAct {
    GrantAct { person: who.person.id, name: who.person.full_name.clone(), at: app.clock.wall(), words, entry }
}

/// The entry of an act, durable before the act; its position.
pub(crate) async fn note(
    app: &App,
    who: &SignedIn,
    kind: EventKind,
    row: &GrantRow,
    words: &str,
    mut detail: Value,
) -> Result<i64, Problem> {
    detail["grant"] = row.id.to_string().into();
    let subject = Subject {
        cameras: row.cameras.clone(),
        interval: Some(row.footage),
        reason: Some(words.to_owned()),
        ..Subject::default()
    };
    let event = Event { kind, actor: who.actor(), subject, outcome: detail.to_string() };
    let entry = app.log.append(event).await?;
    Ok(i64::try_from(entry.index).unwrap_or(i64::MAX))
}

pub(crate) fn refused(why: DecideRefused) -> Problem {
    match &why {
        DecideRefused::Role(refusal) => Problem::new(Kind::Forbidden, refusal.to_string()),
        DecideRefused::Own | DecideRefused::OwnUse | DecideRefused::NotYours => {
            Problem::new(Kind::Forbidden, sentence(&why))
        }
        DecideRefused::Decided | DecideRefused::Over | DecideRefused::Reviewed => {
            Problem::new(Kind::Conflict, sentence(&why))
        }
        DecideRefused::Words => Problem::invalid("words", sentence(&why)),
    }
}
