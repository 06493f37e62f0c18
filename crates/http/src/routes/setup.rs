//! The one-time set-up.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;
use candour_audit::{Actor, Event, EventKind, Subject};
use candour_wire::site::SetUp;

use crate::app::{App, HOST_NAMES, SITE_NAME};
use crate::extract::{Json, text};
use crate::problem::{Kind, Problem};
use crate::roles::Role;
use crate::routes::people::new_row;
use crate::session::From;
use crate::tls::HostNames;
use crate::{roles, setup_token};

const MOST_PEOPLE: usize = 20;
const MOST_NAMES: usize = 20;

/// Sets the site up: name, host names and first people; done once, with the token printed in the terminal.
#[utoipa::path(post, path = "/setup", tag = "site", request_body = SetUp,
    responses((status = 204), (status = 403), (status = 409), (status = 422), (status = 429)))]
pub(crate) async fn set_up(
    State(app): State<App>,
    From(address): From,
    Json(asked): Json<SetUp>,
) -> Result<StatusCode, Problem> {
    let _alone = app.people_lock.lock().await;
    if !app.setup_needed.load(Ordering::Acquire) {
        return Err(Problem::new(Kind::SetUpDone, "Sign in instead; an administrator can change people and names."));
    }
    app.limits.set_up(app.clock.mono())?;
    if !setup_token::matches(&asked.token, app.db.setting(setup_token::SETTING).await?.as_deref()) {
        return Err(Problem::new(
            Kind::WrongToken,
            "Type the token that the program printed at its last start; every start makes a new one.",
        )
        .on_field("token"));
    }
    let site_name = text("site_name", &asked.site_name, 1..=100)?;
    if asked.host_names.len() > MOST_NAMES {
        return Err(Problem::invalid("host_names", format!("At most {MOST_NAMES} names.")));
    }
    let names = HostNames::parse(&asked.host_names)
        .map_err(|error| Problem::invalid("host_names", format!("{error}. Type names like cctv.example.gov.uk.")))?;
    if asked.people.len() > MOST_PEOPLE {
        return Err(Problem::invalid("people", format!("At most {MOST_PEOPLE} people; add the others later.")));
    }
    let mut people = Vec::with_capacity(asked.people.len());
    for person in &asked.people {
        people.push(new_row(&app, person).await?);
    }
    if !people.iter().any(|person| roles::parse(&person.roles).contains(&Role::Administrator)) {
        return Err(Problem::invalid("people", "One of them must be an administrator, who adds cameras and people."));
    }

    // The accounts come last: as long as there are none, set-up can be done again.
    let outcome = serde_json::json!({
        "site": site_name,
        "host_names": names.as_slice(),
        "people": people.iter().map(|person| serde_json::json!({
            "id": person.id.to_string(), "name": person.full_name, "roles": person.roles,
        })).collect::<Vec<_>>(),
    });
    let actor = Actor::Unknown { address: address.to_string() };
    let event = Event { kind: EventKind::SetUp, actor, subject: Subject::default(), outcome: outcome.to_string() };
    app.log.append(event).await?;
    app.db.set_setting(SITE_NAME, &site_name).await?;
    app.db.set_setting(HOST_NAMES, &names.as_slice().join(" ")).await?;
    app.db.add_people(&people).await?;
    app.setup_needed.store(false, Ordering::Release);
    app.db.set_setting(setup_token::SETTING, "").await?;
    rename(&app, names).await;
    app.site.set_up_done();
    Ok(StatusCode::NO_CONTENT)
}

/// The certificate follows the names; the site is set up even if that fails, and the next start tries again.
async fn rename(app: &App, names: HostNames) {
    let all = app.tls.shown().names.as_slice().iter().chain(names.as_slice()).cloned().collect::<Vec<_>>();
    let renamed = match HostNames::parse(all) {
        Ok(all) => {
            let app = app.clone();
            tokio::task::spawn_blocking(move || app.tls.rename(all)).await
        }
        Err(_) => return, // both were parsed before
    };
    match renamed {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(error = candour_units::chain(&error), "no certificate for the new names"),
        Err(error) => tracing::error!(%error, "no certificate for the new names"),
    }
}
