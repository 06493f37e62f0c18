//! People named on the command line, for acts that take two of them.

use anyhow::bail;
use candour_db::{Db, PersonRow};
use candour_units::{Clock as _, WallTime};

use crate::machine::SystemClock;

/// Two different people with accounts in force, each by sign-in name or full name.
///
/// # Errors
/// When one of them is nobody here, several people, disabled or ended, or both are the same.
pub async fn two_people(db: &Db, by: &str, and: &str) -> anyhow::Result<(PersonRow, PersonRow)> {
    let everybody = db.people().await?;
    let now = SystemClock::new().wall();
    let (first, second) = (find(&everybody, by, now)?, find(&everybody, and, now)?);
    if first.id == second.id {
        bail!("{} is one person; two are needed", first.full_name);
    }
    Ok((first.clone(), second.clone()))
}

/// A person with an account in force, by sign-in name or full name.
///
/// # Errors
/// When it is nobody here, several people, or an account that is disabled or has ended.
pub fn find<'a>(everybody: &'a [PersonRow], name: &str, now: WallTime) -> anyhow::Result<&'a PersonRow> {
    let wanted = name.trim().to_lowercase();
    let is =
        |person: &&PersonRow| person.sign_in_name.to_lowercase() == wanted || person.full_name.to_lowercase() == wanted;
    let mut found = everybody.iter().filter(is);
    match (found.next(), found.next()) {
        (Some(person), _) if person.disabled.is_some() => bail!("the account of {} is disabled", person.full_name),
        (Some(person), _) if !person.may_sign_in(now) => bail!("the account of {} has ended", person.full_name),
        (Some(person), None) => Ok(person),
        (Some(_), Some(_)) => bail!("{name:?} is the name of several people; give a sign-in name"),
        (None, _) => bail!("nobody here is called {name:?}"),
    }
}
