//! What waits for a second person: every act that one person began and somebody else decides, in one list.
//!
//! The list is a hint. Each act judges anew who may decide it, by account and not by name.

use axum::extract::State;
use candour_db::{PolicyState, PolicyVersionRow};
use candour_policy::{Approving, may_approve};
use candour_units::WallTime;
use candour_wire::address_tables::TableState;
use candour_wire::waiting::{Waiting, WaitingAct};

use crate::app::App;
use crate::commissioning;
use crate::problem::Problem;
use crate::roles::{Act, may};
use crate::routes::grant_reading::acts;
use crate::routes::policy;
use crate::session::SignedIn;

/// Newest grants that are looked through.
const GRANTS: i64 = 200;

/// Acts of others that the person who asks could decide, oldest first.
#[utoipa::path(get, path = "/waiting", tag = "site", responses((status = 200, body = Waiting)))]
pub(crate) async fn read(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Waiting>, Problem> {
    let mut waiting = grants(&app, &who).await?;
    waiting.extend(policies(&app, &who).await?);
    if may(&who.roles, Act::DecideGrants) {
        waiting.extend(views(&app, &who).await?);
    }
    if may(&who.roles, Act::SeeSystem) {
        waiting.extend(lists(&app, &who).await?);
        waiting.extend(tables(&app, &who).await?);
        waiting.extend(cameras(&app, &who).await?);
    }
    waiting.sort_by_key(|act| act.since_90k);
    Ok(axum::Json(Waiting { acts: waiting }))
}

async fn grants(app: &App, who: &SignedIn) -> Result<Vec<WaitingAct>, Problem> {
    if ![Act::DecideGrants, Act::ReviewBreakGlass].iter().any(|act| may(&who.roles, *act)) {
        return Ok(Vec::new());
    }
    let mut waiting = Vec::new();
    for row in app.db.newest_grants(None, GRANTS).await? {
        let may_do = acts(app, who, &row);
        let (kind, words) = if may_do.iter().any(|act| act == "decide") {
            ("request", format!("{} asks for footage: {}.", row.asked.name, row.case_reference))
        } else if may_do.iter().any(|act| act == "review") {
            ("broken_glass", format!("{} broke the glass; somebody else reviews it.", row.asked.name))
        } else {
            continue;
        };
        waiting.push(begun_by(&row.asked.name, row.asked.at, kind, words, "/requests".to_owned()));
    }
    Ok(waiting)
}

async fn views(app: &App, who: &SignedIn) -> Result<Vec<WaitingAct>, Problem> {
    let asked = commissioning::waiting(app, who).await?.into_iter().filter(|view| !view.own);
    Ok(asked
        .map(|view| {
            let words = format!("{} asks to look at {} to set it up: {}.", view.by, view.camera_name, view.reason);
            let since = WallTime::from_ticks(view.since_90k);
            begun_by(&view.by, since, "view", words, "/requests".to_owned())
        })
        .collect())
}

async fn policies(app: &App, who: &SignedIn) -> Result<Vec<WaitingAct>, Problem> {
    let (advises, approves) = (may(&who.roles, Act::AdvisePolicy), may(&who.roles, Act::ApprovePolicy));
    if !advises && !approves {
        return Ok(Vec::new());
    }
    let mut waiting = Vec::new();
    for version in app.db.policy_versions().await? {
        if version.state != PolicyState::Draft {
            continue;
        }
        let (kind, what) = if advises && version.advice.is_none() {
            ("policy_advice", "your advice")
        } else if approves && could_approve(app, who, &version).await? {
            ("policy_approval", "approval by a system owner")
        } else {
            continue;
        };
        let words = format!("Version {} of the policy waits for {what}.", version.number);
        let page = format!("/policy/{}", version.number);
        waiting.push(begun_by(&version.drafted_by, version.drafted, kind, words, page));
    }
    Ok(waiting)
}

/// Whether the person could approve that version, taking what was advised for followed.
async fn could_approve(app: &App, who: &SignedIn, version: &PolicyVersionRow) -> Result<bool, Problem> {
    let asked = Approving { follows: true, ..policy::standing(app, who, version).await? };
    Ok(may_approve(&asked).is_ok())
}

async fn lists(app: &App, who: &SignedIn) -> Result<Vec<WaitingAct>, Problem> {
    let offered = app.site.lists_state().await?.offered;
    let offered = offered.filter(|offered| !offered.confirmed_by.contains(&who.person.full_name));
    Ok(offered
        .map(|offered| WaitingAct {
            kind: "lists".to_owned(),
            words: format!("Version {} of the vetting lists waits for two people.", offered.bundle.version),
            by: offered.confirmed_by.first().cloned(),
            since_90k: offered.offered_90k,
            page: "/system/lists".to_owned(),
        })
        .into_iter()
        .collect())
}

async fn tables(app: &App, who: &SignedIn) -> Result<Vec<WaitingAct>, Problem> {
    let all = app.site.address_tables().await?.tables;
    let waits =
        all.into_iter().filter(|table| table.state == TableState::Waiting && table.filed_by != who.person.full_name);
    Ok(waits
        .map(|table| {
            let words = format!("The address table of {} waits for a second signature.", table.source);
            let since = WallTime::from_ticks(table.filed_90k);
            begun_by(&table.filed_by, since, "address_table", words, "/system/tables".to_owned())
        })
        .collect())
}

async fn cameras(app: &App, who: &SignedIn) -> Result<Vec<WaitingAct>, Problem> {
    let mut waiting = Vec::new();
    for row in app.db.cameras().await? {
        let shown = app.site.judgement(&row);
        let papers = shown.papers.into_iter().filter(|paper| paper.second_person.is_none()).map(|paper| {
            let words = format!(
                "The supplier's declaration {} for {} waits for a second signature.",
                paper.file_name, row.name
            );
            ("declaration", words, paper.signed_off_by, paper.filed_90k)
        });
        let exceptions = shown.exceptions.into_iter().filter(|exception| exception.second_person.is_none());
        let exceptions = exceptions.map(|exception| {
            let words = format!("An exception for {} on {} waits for a second signature.", exception.covers, row.name);
            ("exception", words, exception.signed_off_by, exception.filed_90k)
        });
        for (kind, words, by, filed) in papers.chain(exceptions) {
            if by != who.person.full_name {
                let page = format!("/cameras/{}", row.id);
                waiting.push(begun_by(&by, WallTime::from_ticks(filed), kind, words, page));
            }
        }
    }
    Ok(waiting)
}

fn begun_by(by: &str, since: WallTime, kind: &str, words: String, page: String) -> WaitingAct {
    WaitingAct { kind: kind.to_owned(), words, by: Some(by.to_owned()), since_90k: since.ticks(), page }
}
