//! Nobody sees footage without having accepted the policy in force (principle 5 of the Surveillance Camera Code: rules and
//! procedures known to all who use the system).

use candour_db::PolicyVersionRow;
use candour_units::{PersonId, WallDuration};

use crate::app::App;
use crate::problem::{Kind, Problem};

/// What is open when a version comes into force goes on for so long at most: a wall does not go black in the middle of a night.
const GRACE: WallDuration = WallDuration::from_seconds(24 * 3600);

/// When it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A look begins.
    Begins,
    /// One that is open goes on.
    GoesOn,
}

/// Refuses somebody who has not accepted the version in force; without one there is nothing to accept.
pub(crate) async fn must_be_accepted(app: &App, person: PersonId, moment: Moment) -> Result<(), Problem> {
    let Some(version) = app.db.policy_in_force().await? else { return Ok(()) };
    if app.db.has_accepted_policy(version.number, person).await? || may_wait(app, &version, moment) {
        return Ok(());
    }
    Err(Problem::new(Kind::PolicyNotAccepted, words(version.number)))
}

fn may_wait(app: &App, version: &PolicyVersionRow, moment: Moment) -> bool {
    moment == Moment::GoesOn && version.forced.is_some_and(|since| app.clock.wall() - since < GRACE)
}

fn words(number: i64) -> String {
    format!(
        "Version {number} of the policy is in force, and you have not accepted it yet. Read and accept it on the Policy page; then you can look."
    )
}
