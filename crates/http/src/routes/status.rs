//! The status strip: speaks only when something is wrong.

use axum::extract::State;
use candour_wire::alarms::{Alarm, Severity};
use candour_wire::site::Strip;

use crate::app::App;
use crate::names;
use crate::problem::Problem;
use crate::routes::alarms;
use crate::session::SignedIn;

/// Standing alarms, most severe first, and who is signed in.
#[utoipa::path(get, path = "/status", tag = "site", responses((status = 200, body = Strip)))]
pub(crate) async fn read(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Strip>, Problem> {
    let mut alarms = alarms::seen_by(&app, &who).await?;
    alarms.retain(|alarm| alarm.cleared_90k.is_none());
    alarms.sort_by_key(urgency);
    Ok(axum::Json(Strip { alarms, person: names::person(&who.person) }))
}

/// Red before amber, nobody's before somebody's, new before old.
fn urgency(alarm: &Alarm) -> (Severity, bool, i64) {
    (alarm.severity, alarm.acknowledged_by.is_some(), -alarm.raised_90k)
}
