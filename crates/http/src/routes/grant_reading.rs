//! Grants and incidents as a person sees them: those that concern them, and what they may do about each.

use axum::extract::State;
use candour_db::{GrantAct as Stored, GrantRow, IncidentRow};
use candour_policy::{Deciding, GrantState, Origin, Zone, may_decide, may_review, may_withdraw, review_due};
use candour_units::GrantId;
use candour_wire::grants::{Authorisation, CameraPermits, Grant, GrantAct, GrantCamera, Grants, Incident};

use crate::app::App;
use crate::grants::{self, Permissions, of_row, use_of};
use crate::names::CameraNames;
use crate::problem::Problem;
use crate::roles::{Act, may};
use crate::session::SignedIn;

/// Grants that are listed.
const SHOWN: i64 = 200;
/// Incidents are listed as long as their footage is held.
const INCIDENTS: i64 = 100;
/// Words long enough for whatever is only asked whether it may be.
const SOME_WORDS: &str = "whether it may be done at all";

/// The grants that concern the person, the incidents marked in the last week, and what may be asked for.
#[utoipa::path(get, path = "/grants", tag = "grants", responses((status = 200, body = Grants)))]
pub(crate) async fn list(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Grants>, Problem> {
    let sees_all = [Act::DecideGrants, Act::ReviewBreakGlass, Act::ReadLog].iter().any(|act| may(&who.roles, *act));
    let rows = app.db.newest_grants((!sees_all).then_some(who.person.id), SHOWN).await?;
    let since = app.clock.wall() - candour_policy::MARKED_FOR;
    let incidents = app.db.incidents_since(since, INCIDENTS).await?;
    let of = rows.iter().flat_map(|row| row.cameras.iter().copied());
    let names = CameraNames::load(&app, of.chain(incidents.iter().map(|row| row.camera)).collect()).await?;
    let permissions = Permissions::load(&app).await?;
    let zone = permissions.zone();
    let grants: Vec<Grant> = rows.iter().map(|row| grant(&app, &who, row, &names, &zone)).collect();
    let waits = |grant: &&Grant| grant.acts.iter().any(|act| act == "decide" || act == "review");
    let glass_words = glass_words(&app, &who, &zone).await?;
    let waiting = grants.iter().filter(waits).count().try_into().unwrap_or(u32::MAX);
    let may_ask = may(&who.roles, Act::AskGrant);
    Ok(axum::Json(Grants {
        waiting,
        incidents: incidents.iter().map(|row| incident(row, &grants, &names)).collect(),
        permits: if may_ask { permits(&app, &permissions).await? } else { Vec::new() },
        may_ask,
        may_break_glass: may(&who.roles, Act::BreakGlass) && glass_words.is_none(),
        glass_words,
        grants,
    }))
}

/// Why somebody whose role would allow it may not break the glass.
async fn glass_words(app: &App, who: &SignedIn, zone: &Zone) -> Result<Option<String>, Problem> {
    let suspended = may(&who.roles, Act::BreakGlass) && grants::suspended(app, who.person.id, zone).await?;
    Ok(suspended.then(|| crate::sentences::sentence(&candour_policy::GlassRefused::Suspended)))
}

async fn permits(app: &App, permissions: &Permissions) -> Result<Vec<CameraPermits>, Problem> {
    let mut all = Vec::new();
    for row in app.db.cameras().await? {
        let purposes = permissions.of(app, &row).await?.into_iter().collect();
        all.push(CameraPermits { camera: row.id.to_string(), camera_name: row.name, purposes });
    }
    Ok(all)
}

/// One grant as that person sees it.
pub(crate) async fn shown(app: &App, who: &SignedIn, id: GrantId) -> Result<Grant, Problem> {
    let row = app.db.grant(id).await?.ok_or_else(|| Problem::not_found("such request any more"))?;
    let names = CameraNames::load(app, row.cameras.clone()).await?;
    let zone = grants::zone(crate::policy_reading::in_force(app).await?.as_ref());
    Ok(grant(app, who, &row, &names, &zone))
}

fn grant(app: &App, who: &SignedIn, row: &GrantRow, names: &CameraNames, zone: &Zone) -> Grant {
    let now = app.clock.wall();
    let judged = of_row(row);
    let is_glass = row.origin == Origin::BreakGlass.word();
    let used = use_of(row);
    let waits_for_review = is_glass && row.reviewed.is_none();
    Grant {
        id: row.id.to_string(),
        origin: row.origin.clone(),
        standing: judged.as_ref().map_or("ended", |judged| judged.standing(now).word()).to_owned(),
        case: row.case_reference.clone(),
        purpose: row.purpose.clone(),
        cameras: row
            .cameras
            .iter()
            .map(|camera| GrantCamera { camera: camera.to_string(), camera_name: names.get(*camera) })
            .collect(),
        from_90k: row.footage.start.ticks(),
        to_90k: row.footage.end.ticks(),
        until_90k: row.until.ticks(),
        export: row.export,
        authorisation: row.authorisation.as_ref().map(|given| Authorisation {
            number: given.number.clone(),
            officer: given.officer.clone(),
            expires_90k: given.expires.ticks(),
        }),
        incident: row.incident.map(|incident| incident.to_string()),
        asked: act(&row.asked),
        decided: row.decided.as_ref().map(act),
        withdrawn: row.withdrawn.as_ref().map(act),
        reviewed: row.reviewed.as_ref().map(|(stored, _)| act(stored)),
        justified: row.reviewed.as_ref().map(|(_, justified)| *justified),
        review_due_90k: waits_for_review.then(|| review_due(row.asked.at, zone).ticks()),
        review_overdue: waits_for_review && used.is_overdue(zone, now),
        mine: row.asked.person == who.person.id,
        acts: acts(app, who, row),
    }
}

/// What the person may do about it, by asking the same judges as the acts themselves.
pub(crate) fn acts(app: &App, who: &SignedIn, row: &GrantRow) -> Vec<String> {
    let Some(judged) = of_row(row) else { return Vec::new() };
    let deciding = Deciding { by: who.person.id, roles: &who.roles, words: SOME_WORDS, now: app.clock.wall() };
    let decides = row.state == GrantState::Asked.word() && may_decide(&judged, &deciding).is_ok();
    let reviews = judged.origin == Origin::BreakGlass && may_review(&use_of(row), &deciding).is_ok();
    let withdraws = may_withdraw(&judged, &deciding).is_ok();
    let all = [("decide", decides), ("withdraw", withdraws), ("review", reviews)];
    all.iter().filter(|(_, may)| *may).map(|(act, _)| (*act).to_owned()).collect()
}

fn act(stored: &Stored) -> GrantAct {
    GrantAct { by: stored.name.clone(), at_90k: stored.at.ticks(), words: stored.words.clone(), entry: stored.entry }
}

pub(crate) fn incident(row: &IncidentRow, grants: &[Grant], names: &CameraNames) -> Incident {
    let id = row.id.to_string();
    let requests = grants.iter().filter(|grant| grant.incident.as_deref() == Some(&id)).count();
    Incident {
        id,
        camera: row.camera.to_string(),
        camera_name: names.get(row.camera),
        from_90k: row.footage.start.ticks(),
        to_90k: row.footage.end.ticks(),
        marked: act(&row.marked),
        hold: row.hold.to_string(),
        ends_90k: row.ends.ticks(),
        requests: requests.try_into().unwrap_or(u32::MAX),
    }
}
