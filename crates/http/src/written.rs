//! Entries that several routes write in the same way.

use candour_audit::{Event, EventKind, Subject};

use crate::app::App;
use crate::problem::Problem;
use crate::session::SignedIn;

/// Somebody did something to how the recorder works; `outcome` says in `act` what.
///
/// # Errors
/// The log cannot be written.
pub(crate) async fn configuration_changed(
    app: &App,
    who: &SignedIn,
    outcome: &serde_json::Value,
) -> Result<(), Problem> {
    let (kind, actor, subject) = (EventKind::ConfigurationChanged, who.actor(), Subject::default());
    app.log.append(Event { kind, actor, subject, outcome: outcome.to_string() }).await?;
    Ok(())
}
