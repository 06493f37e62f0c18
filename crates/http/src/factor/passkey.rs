//! Passkeys: the second factor that a fake page cannot pass on. What a browser answers is checked by `webauthn-rs`, which no other file
//! names; what is kept of a passkey is sealed by the keyring.
//!
//! A passkey is bound to the host name it was made under (its relying party). Here that is the name the page was opened by, whole: no
//! suffix of it, so that no neighbour in the same domain can ask for it.

use candour_db::PasskeyRow;
use candour_units::{Hash, PersonId, WallTime};
use candour_wire::people::{AddPasskey, NewPasskey, PasskeyShown, SecondFactors};
use candour_wire::secret::Secret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::challenges::{Challenges, PATIENCE};
use super::place::Place;
use super::{Shown, note_change, note_refusal, open_as, recovery_codes, seal_as};
use crate::app::{App, SITE_NAME};
use crate::digest::token_hash;
use crate::extract::text;
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;
use crate::spelling::stored;

/// Most passkeys of an account.
const MOST: usize = 20;

/// Challenges that were given out.
#[derive(Default)]
pub(crate) struct Passkeys {
    making: Challenges<PasskeyRegistration>,
    showing: Challenges<PasskeyAuthentication>,
}

/// What a person may show, and could.
pub(crate) async fn factors(app: &App, who: &SignedIn, place: &Place) -> Result<SecondFactors, Problem> {
    let rows = app.db.passkeys(who.person.id).await?;
    let authenticator = app.db.second_factor(who.person.id).await?.is_some_and(|row| row.added.is_some());
    let here = rows.iter().filter(|row| place.is(&row.host)).count();
    // A password alone tells the number, for the page to ask, and no more.
    let told = if who.session.confirmed.is_some() { rows } else { Vec::new() };
    Ok(SecondFactors {
        authenticator,
        passkeys: told.into_iter().map(to_wire).collect(),
        passkeys_here: u32::try_from(here).unwrap_or(u32::MAX),
        passkeys_missing: place.missing().map(str::to_owned),
    })
}

fn to_wire(row: PasskeyRow) -> PasskeyShown {
    PasskeyShown {
        id: row.credential.to_string(),
        name: row.name,
        host: row.host,
        added_90k: row.added.ticks(),
        used_90k: row.used.map(WallTime::ticks),
    }
}

/// Begins to make a passkey; nothing counts before [`add`].
pub(crate) async fn begin(app: &App, who: &SignedIn, place: &Place) -> Result<NewPasskey, Problem> {
    let engine = engine(app, place).await?;
    let rows = app.db.passkeys(who.person.id).await?;
    if rows.len() >= MOST {
        return Err(Problem::new(Kind::Conflict, format!("You have {MOST} passkeys. Remove one first.")));
    }
    let mut known = Vec::new();
    for (_, key) in opened(app, who.person.id, &rows, place).await? {
        known.push(key.cred_id().clone());
    }
    let (person, name) = (Uuid::from_bytes(*who.person.id.as_bytes()), &who.person.sign_in_name);
    let (options, state) = engine
        .start_passkey_registration(person, name, &who.person.full_name, Some(known))
        .map_err(|error| Problem::internal("begin a passkey", &error))?;
    app.passkeys.making.put(who.session.id, app.clock.mono(), state);
    Ok(NewPasskey { options: to_json(&options.public_key)?, name: who.session.browser.clone() })
}

/// Adds the passkey that the browser made for [`begin`]. The first second factor of an account gives recovery codes.
pub(crate) async fn add(app: &App, who: &SignedIn, place: &Place, asked: &AddPasskey) -> Result<Vec<Secret>, Problem> {
    let name = text("name", &asked.name, 1..=60)?;
    let answer: RegisterPublicKeyCredential = read(&asked.credential)?;
    let Some(state) = app.passkeys.making.take(who.session.id, app.clock.mono()) else {
        return Err(begin_again());
    };
    let engine = engine(app, place).await?;
    let made = engine.finish_passkey_registration(&answer, &state);
    let key = made.map_err(|error| {
        tracing::info!(error = error.to_string(), "a new passkey was refused");
        Problem::new(Kind::WrongPasskey, "What the browser made is no passkey for this recorder. Begin again.")
    })?;
    let row = PasskeyRow {
        credential: token_hash(key.cred_id()),
        person: who.person.id,
        host: place.host()?.to_owned(),
        name,
        sealed: seal_key(app, who.person.id, &key).await?,
        added: app.clock.wall(),
        used: None,
    };
    let codes = who.person.factor.is_none().then(|| recovery_codes(app));
    let hashes: Option<Vec<Hash>> = codes.as_ref().map(|codes| codes.iter().map(stored).collect());
    note_change(app, who, &who.person, "passkey_added").await?;
    if !app.db.add_passkey(&row, hashes.as_deref()).await? {
        let words = "This passkey is known already, or your second factors were changed elsewhere. Begin again.";
        return Err(Problem::new(Kind::Conflict, words));
    }
    Ok(codes.unwrap_or_default())
}

/// A challenge for the passkeys that can be shown here.
pub(crate) async fn challenge(app: &App, who: &SignedIn, place: &Place) -> Result<Value, Problem> {
    let engine = engine(app, place).await?;
    let rows = app.db.passkeys(who.person.id).await?;
    let keys: Vec<Passkey> = opened(app, who.person.id, &rows, place).await?.into_iter().map(|(_, key)| key).collect();
    if keys.is_empty() {
        return Err(Problem::new(Kind::Conflict, "You have no passkey for this host name."));
    }
    let (options, state) =
        engine.start_passkey_authentication(&keys).map_err(|error| Problem::internal("ask for a passkey", &error))?;
    app.passkeys.showing.put(who.session.id, app.clock.mono(), state);
    to_json(&options.public_key)
}

/// Takes a passkey's answer as the second factor of a sign-in, at the pace of codes; a refusal is written down.
pub(crate) async fn check(app: &App, who: &SignedIn, place: &Place, shown: &Value) -> Result<Shown, Problem> {
    let answer: PublicKeyCredential = read(shown)?;
    if let Err(wait) = app.limits.second_factor(who.person.id, who.address, app.clock.mono()) {
        note_refusal(app, who, "too many attempts with passkeys").await;
        return Err(wait);
    }
    let Some(state) = app.passkeys.showing.take(who.session.id, app.clock.mono()) else {
        return Err(begin_again());
    };
    let judged = engine(app, place).await?.finish_passkey_authentication(&answer, &state);
    let why = match judged.map_err(|error| why(&error)) {
        Ok(result) => {
            if note_use(app, who, place, &result).await? {
                app.limits.factor_shown(who.person.id, who.address);
                return Ok(Shown::Passkey);
            }
            "a passkey that was removed"
        }
        Err(why) => why,
    };
    note_refusal(app, who, why).await;
    let words = "This passkey was not accepted. Try again, or show another second factor.";
    Err(Problem::new(Kind::WrongPasskey, words).on_field("passkey"))
}

/// Removes one of one's own passkeys; something else must stand.
pub(crate) async fn remove(app: &App, who: &SignedIn, credential: &Hash) -> Result<(), Problem> {
    let rows = app.db.passkeys(who.person.id).await?;
    if !rows.iter().any(|row| row.credential == *credential) {
        return Err(Problem::not_found("such passkey"));
    }
    let authenticator = app.db.second_factor(who.person.id).await?.is_some_and(|row| row.added.is_some());
    if rows.len() == 1 && !authenticator {
        return Err(last_one());
    }
    note_change(app, who, &who.person, "passkey_removed").await?;
    if app.db.remove_passkey(who.person.id, credential).await? { Ok(()) } else { Err(last_one()) }
}

/// Keeps counter and backup state as the passkey said them; false when it was removed meanwhile.
async fn note_use(app: &App, who: &SignedIn, place: &Place, result: &AuthenticationResult) -> Result<bool, Problem> {
    let rows = app.db.passkeys(who.person.id).await?;
    let keys = opened(app, who.person.id, &rows, place).await?;
    let Some((row, mut key)) = keys.into_iter().find(|(_, key)| key.cred_id() == result.cred_id()) else {
        return Ok(false);
    };
    key.update_credential(result);
    let sealed = seal_key(app, who.person.id, &key).await?;
    Ok(app.db.passkey_shown(&row.credential, &sealed, app.clock.wall()).await?)
}

/// Why a passkey was refused, as it stands in the log.
fn why(error: &WebauthnError) -> &'static str {
    match error {
        WebauthnError::CredentialPossibleCompromise => "a passkey whose counter went back, as that of a copy does",
        WebauthnError::UserNotVerified => "a passkey without a check of its owner",
        _ => "a passkey that does not fit",
    }
}

async fn engine(app: &App, place: &Place) -> Result<Webauthn, Problem> {
    if let Some(words) = place.missing() {
        return Err(Problem::new(Kind::Conflict, words));
    }
    let site = app.db.setting(SITE_NAME).await?.unwrap_or_default();
    let (host, origin) = (place.host()?, place.origin()?);
    let built = WebauthnBuilder::new(host, origin).and_then(|builder| builder.rp_name(&site).timeout(PATIENCE).build());
    built.map_err(|error| Problem::internal("make ready for passkeys", &error))
}

/// Those of the rows that were made for this host name, opened.
async fn opened<'rows>(
    app: &App,
    person: PersonId,
    rows: &'rows [PasskeyRow],
    place: &Place,
) -> Result<Vec<(&'rows PasskeyRow, Passkey)>, Problem> {
    let mut keys = Vec::new();
    for row in rows.iter().filter(|row| place.is(&row.host)) {
        let json = open_as(app, context(person), row.sealed.clone()).await?;
        let key = serde_json::from_slice(&json).map_err(|error| Problem::internal("read a passkey", &error))?;
        keys.push((row, key));
    }
    Ok(keys)
}

async fn seal_key(app: &App, person: PersonId, key: &Passkey) -> Result<Vec<u8>, Problem> {
    let json = serde_json::to_vec(key).map_err(|error| Problem::internal("keep a passkey", &error))?;
    seal_as(app, context(person), &json).await
}

fn context(person: PersonId) -> String {
    format!("passkey of {person}")
}

fn to_json(options: &impl serde::Serialize) -> Result<Value, Problem> {
    serde_json::to_value(options).map_err(|error| Problem::internal("write a challenge", &error))
}

fn read<T: DeserializeOwned>(credential: &Value) -> Result<T, Problem> {
    let words = "This is not what a browser answers with.";
    T::deserialize(credential).map_err(|_| Problem::invalid("credential", words))
}

fn begin_again() -> Problem {
    Problem::new(
        Kind::Conflict,
        "There is no challenge for a passkey here, or it is older than five minutes. Begin again.",
    )
}

fn last_one() -> Problem {
    let words = "This is your only second factor. Add another passkey first.";
    Problem::new(Kind::Conflict, words)
}
