//! The policy as the program holds it: which version is in force, what it says of each camera now, and the rounds that bring
//! a version into force at its time and have footage obey it.

mod assign;
mod command;
mod first;
mod force;
mod rounds;
mod ruling;
#[cfg(test)]
mod sample;

use std::sync::{Arc, Mutex, PoisonError};

use candour_db::{Db, PolicyVersionRow};
use candour_policy::{Policy, Unproved, Weight};
use candour_units::WallTime;

pub use assign::assign;
pub use command::{PolicyCommand, run};
pub use first::first_start;
pub use rounds::{keep_promises, live, obey};
pub use ruling::{Ruled, Ruling, Terms, demanded_of, rule};

/// A version that is in force.
#[derive(Debug)]
pub struct InForce {
    /// What is stored of it.
    pub row: PolicyVersionRow,
    /// What it says.
    pub policy: Policy,
}

/// How the policy stands.
#[derive(Debug, Clone, Default)]
pub enum Standing {
    /// No version was ever in force: purposes of before count, if there are any.
    #[default]
    None,
    /// This one is.
    InForce(Arc<InForce>),
    /// One is, and this program cannot read it: nothing may be recorded. Why, in a sentence.
    Unreadable(String),
}

/// What all parts of the program know of the policy. Clones share it.
#[derive(Clone, Default)]
pub struct Holder {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    standing: Standing,
    /// Why the clock is not believed, if that is so.
    unproved: Option<Unproved>,
    /// Why an approved version is not in force although its time has come.
    waits: Option<String>,
}

impl Holder {
    /// The version in force, or that there is none.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.lock().standing.clone()
    }

    /// From now on this counts.
    pub fn set(&self, standing: Standing) {
        self.lock().standing = standing;
    }

    /// Why the clock is not believed, if that is so.
    #[must_use]
    pub fn unproved(&self) -> Option<Unproved> {
        self.lock().unproved
    }

    /// The last moment that was proved, where the clock is not believed now.
    #[must_use]
    pub fn believed(&self) -> Option<WallTime> {
        match self.lock().unproved? {
            Unproved::First { .. } => None,
            Unproved::Behind { high_water, .. } | Unproved::Ahead { high_water, .. } => Some(high_water),
        }
    }

    /// Whether the version in force caps the streams of the camera of that name.
    #[must_use]
    pub fn caps(&self, name: &str) -> bool {
        match self.standing() {
            Standing::InForce(version) => ruling::demands(&version.policy, name).caps != candour_camera::Caps::NONE,
            Standing::None | Standing::Unreadable(_) => false,
        }
    }

    fn note(&self, unproved: Option<Unproved>, waits: Option<String>) {
        let mut inner = self.lock();
        (inner.unproved, inner.waits) = (unproved, waits);
    }

    /// What needs somebody, in a sentence.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let inner = self.lock();
        match &inner.standing {
            Standing::Unreadable(why) => Some(why.clone()),
            Standing::None | Standing::InForce(_) => inner.waits.clone(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the version in force as the database has it.
///
/// # Errors
/// The database cannot be read. A version that cannot be understood is no error: it is [`Standing::Unreadable`].
pub async fn load(db: &Db) -> Result<Standing, candour_db::DbError> {
    let Some(row) = db.policy_in_force().await? else { return Ok(Standing::None) };
    Ok(match read(db, &row).await? {
        Ok(policy) => Standing::InForce(Arc::new(InForce { row, policy })),
        Err(why) => Standing::Unreadable(format!(
            "Version {} of the policy is in force, and this program cannot read it, so nothing is recorded: {why} Propose a \
             version that it can read, or start the program that could.",
            row.number
        )),
    })
}

/// What keeps a policy without mistakes from coming into force on this recorder, in a sentence each.
#[must_use]
pub fn not_possible(policy: &Policy, now: WallTime) -> Option<String> {
    let found = candour_policy::check(policy, &crate::policy_file::capabilities(), now);
    let refused = found.into_iter().filter(|finding| finding.weight != Weight::Advice);
    let words: Vec<String> =
        refused.map(|finding| format!("{}: {}", finding.reason.rule, finding.reason.words)).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// The policy of a stored version; why not, in a sentence.
async fn read(db: &Db, row: &PolicyVersionRow) -> Result<Result<Policy, String>, candour_db::DbError> {
    let text = db.policy_text(row.number).await?.unwrap_or_default();
    Ok(match Policy::parse(text.as_bytes()) {
        Ok(policy) if policy.hash == row.hash => Ok(policy),
        Ok(_) => Err("its text is not the one that was approved.".to_owned()),
        Err(mistakes) => {
            let first = mistakes.0.first().map(ToString::to_string).unwrap_or_default();
            Err(format!("{first}."))
        }
    })
}
