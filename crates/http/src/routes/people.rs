//! Accounts.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_audit::{Event, EventKind, Subject};
use candour_db::PersonRow;
use candour_units::{PersonId, WallTime};
use candour_wire::people::{ChangePerson, NewPerson, Person};

use crate::app::App;
use crate::extract::{Json, id, moment, text};
use crate::problem::{Kind, Problem};
use crate::roles::{self, Role};
use crate::session::SignedIn;
use crate::{factor, looks, names, password};

/// Everybody who has or had an account, by sign-in name.
#[utoipa::path(get, path = "/people", tag = "people", responses((status = 200, body = Vec<Person>)))]
pub(crate) async fn list(State(app): State<App>) -> Result<axum::Json<Vec<Person>>, Problem> {
    Ok(axum::Json(app.db.people().await?.iter().map(names::person).collect()))
}

/// Adds an account.
#[utoipa::path(post, path = "/people", tag = "people", request_body = NewPerson,
    responses((status = 201, body = Person), (status = 409), (status = 422)))]
pub(crate) async fn add(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<NewPerson>,
) -> Result<(StatusCode, axum::Json<Person>), Problem> {
    let row = new_row(&app, &asked).await?;
    let _alone = app.people_lock.lock().await;
    if app.db.person_by_name(&row.sign_in_name).await?.is_some() {
        return Err(Problem::new(Kind::Exists, "Somebody has this sign-in name already.").on_field("sign_in_name"));
    }
    let outcome = serde_json::json!({
        "change": "added", "person": row.id.to_string(), "name": row.full_name, "roles": row.roles,
    });
    note(&app, &who, &outcome).await?;
    app.db.add_people(std::slice::from_ref(&row)).await?;
    Ok((StatusCode::CREATED, axum::Json(names::person(&row))))
}

/// Changes an account. New roles, a new password or disabling end the person's sign-ins.
#[utoipa::path(patch, path = "/people/{id}", tag = "people", params(("id" = String, Path, description = "Account")),
    request_body = ChangePerson,
    responses((status = 200, body = Person), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn change(
    State(app): State<App>,
    who: SignedIn,
    Path(person): Path<String>,
    Json(asked): Json<ChangePerson>,
) -> Result<axum::Json<Person>, Problem> {
    let person: PersonId = id(&person, "such account")?;
    let _alone = app.people_lock.lock().await;
    let old = app.db.person(person).await?.ok_or_else(|| Problem::not_found("such account"))?;
    let new = changed(&app, &who, &old, &asked).await?;
    if new == old {
        return Ok(axum::Json(names::person(&old)));
    }
    keep_an_administrator(&app, &new).await?;
    note(&app, &who, &difference(&old, &new)).await?;
    app.db.change_person(&new).await?;
    if new.roles != old.roles
        || new.password_hash != old.password_hash
        || new.disabled.is_some()
        || new.ends != old.ends
    {
        looks::end_all_of_person(&app, person, "the account was changed").await;
    }
    Ok(axum::Json(names::person(&new)))
}

/// Takes a lost second factor away. The person's sign-ins end, and the next one sets up a new second factor and says who did this.
#[utoipa::path(post, path = "/people/{id}/reset-factor", tag = "people",
    params(("id" = String, Path, description = "Account")),
    responses((status = 200, body = Person), (status = 403), (status = 404)))]
pub(crate) async fn reset_factor(
    State(app): State<App>,
    who: SignedIn,
    Path(person): Path<String>,
) -> Result<axum::Json<Person>, Problem> {
    let person: PersonId = id(&person, "such account")?;
    let _alone = app.people_lock.lock().await;
    let row = app.db.person(person).await?.ok_or_else(|| Problem::not_found("such account"))?;
    if person == who.person.id {
        let words = "Nobody resets their own second factor; ask another administrator.";
        return Err(Problem::new(Kind::Forbidden, words));
    }
    factor::reset(&app, &who, &row).await?;
    looks::end_all_of_person(&app, person, "the second factor was reset").await;
    Ok(axum::Json(names::person(&PersonRow { factor: None, ..row })))
}

/// The two names of an account as they are stored.
fn judged_names(sign_in_name: &str, full_name: &str) -> Result<(String, String), Problem> {
    let sign_in_name = text("sign_in_name", sign_in_name, 2..=64)?;
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    if !sign_in_name.chars().all(fine) {
        return Err(Problem::invalid("sign_in_name", "Use letters, digits and . - _ @ only."));
    }
    Ok((sign_in_name, text("full_name", full_name, 1..=100)?))
}

/// The names of a new account as they are stored, sign-in name first, for a program that makes one without the door.
///
/// # Errors
/// Why one of them is no good one, in a sentence.
pub fn new_account_names(sign_in_name: &str, full_name: &str) -> Result<(String, String), String> {
    judged_names(sign_in_name, full_name).map_err(|problem| problem.detail().to_owned())
}

/// A row for a new account: texts and roles judged, password hashed.
pub(crate) async fn new_row(app: &App, asked: &NewPerson) -> Result<PersonRow, Problem> {
    let (sign_in_name, full_name) = judged_names(&asked.sign_in_name, &asked.full_name)?;
    let roles = judge_roles(&asked.roles)?;
    password::judge(&asked.password, &sign_in_name)?;
    let password_hash = app.passwords.hash(&asked.password).await?;
    Ok(PersonRow {
        id: PersonId::from_bytes(app.entropy.id()),
        sign_in_name,
        full_name,
        roles,
        password_hash,
        created: app.clock.wall(),
        disabled: None,
        ends: asked.ends_90k.map(|end| judge_end(app, end)).transpose()?,
        factor: None,
    })
}

/// When an account ends: some time ahead.
fn judge_end(app: &App, end: i64) -> Result<WallTime, Problem> {
    let end = moment("ends_90k", end)?;
    if end <= app.clock.wall() {
        return Err(Problem::invalid("ends_90k", "The end is in the past. To end an account now, disable it."));
    }
    Ok(end)
}

async fn changed(app: &App, who: &SignedIn, old: &PersonRow, asked: &ChangePerson) -> Result<PersonRow, Problem> {
    let mut new = old.clone();
    if let Some(name) = &asked.full_name {
        new.full_name = text("full_name", name, 1..=100)?;
    }
    if let Some(roles) = &asked.roles {
        new.roles = judge_roles(roles)?;
        if new.roles != old.roles && old.id == who.person.id {
            return Err(Problem::new(Kind::Forbidden, "Nobody changes their own roles; ask another administrator."));
        }
    }
    if let Some(password) = &asked.password {
        password::judge(password, &old.sign_in_name)?;
        new.password_hash = app.passwords.hash(password).await?;
    }
    match asked.ends_90k {
        Some(_) if old.id == who.person.id => {
            return Err(Problem::new(
                Kind::Forbidden,
                "Nobody sets the end of their own account; ask another administrator.",
            ));
        }
        Some(Some(end)) => new.ends = Some(judge_end(app, end)?),
        Some(None) => new.ends = None,
        None => {}
    }
    match asked.disabled {
        Some(true) if old.id == who.person.id => {
            return Err(Problem::new(Kind::Forbidden, "Nobody disables their own account; ask another administrator."));
        }
        Some(true) => new.disabled = old.disabled.or(Some(app.clock.wall())),
        Some(false) => new.disabled = None,
        None => {}
    }
    Ok(new)
}

fn judge_roles(asked: &[candour_wire::people::Role]) -> Result<String, Problem> {
    let mut roles: Vec<Role> = asked.iter().copied().map(roles::from_wire).collect();
    roles.sort_unstable();
    roles.dedup();
    roles::check(&roles).map_err(|words| Problem::invalid("roles", words))?;
    Ok(roles::words(&roles))
}

/// A site without an administrator could never change again.
async fn keep_an_administrator(app: &App, new: &PersonRow) -> Result<(), Problem> {
    let administers = |row: &PersonRow| {
        row.disabled.is_none() && row.ends.is_none() && roles::parse(&row.roles).contains(&Role::Administrator)
    };
    if administers(new) || app.db.people().await?.iter().any(|row| row.id != new.id && administers(row)) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::Conflict,
        "This is the last administrator whose account has no end; make another one first.",
    ))
}

fn difference(old: &PersonRow, new: &PersonRow) -> serde_json::Value {
    let mut what = serde_json::json!({ "change": "changed", "person": new.id.to_string(), "name": new.full_name });
    let fields = what.as_object_mut().expect("made as an object above");
    if new.full_name != old.full_name {
        fields.insert("name_before".into(), old.full_name.clone().into());
    }
    if new.roles != old.roles {
        fields.insert("roles".into(), new.roles.clone().into());
        fields.insert("roles_before".into(), old.roles.clone().into());
    }
    if new.password_hash != old.password_hash {
        fields.insert("password".into(), "changed".into());
    }
    if new.disabled.is_some() != old.disabled.is_some() {
        fields.insert("disabled".into(), new.disabled.is_some().into());
    }
    if new.ends != old.ends {
        fields.insert("ends_90k".into(), new.ends.map(WallTime::ticks).into());
    }
    what
}

/// The entry is durable before the change is made.
async fn note(app: &App, who: &SignedIn, outcome: &serde_json::Value) -> Result<(), Problem> {
    let event = Event {
        kind: EventKind::PersonChanged,
        actor: who.actor(),
        subject: Subject::default(),
        outcome: outcome.to_string(),
    };
    app.log.append(event).await?;
    Ok(())
}
