//! The second factor: a code of an authenticator (TOTP), a passkey, or one of the recovery codes.
//!
//! The shared secret is sealed by the keyring, as passwords of cameras are. A code counts once: the newest step that was
//! taken is remembered, and only later ones are taken after it. Recovery codes have 80 random bits, are kept as hashes,
//! and count once each.

mod challenges;
pub(crate) mod passkey;
mod picture;
pub(crate) mod place;
mod totp;

use candour_audit::{Event, EventKind, Subject};
use candour_db::PersonRow;
use candour_units::PersonId;
use candour_wire::people::NewFactor;
use candour_wire::secret::Secret;
use zeroize::Zeroizing;

use crate::app::{App, SITE_NAME};
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;
use crate::spelling::{spelt, stored};
use crate::{names, roles};

pub(crate) use passkey::Passkeys;

/// Recovery codes of a second factor.
const RECOVERY_CODES: usize = 10;
/// Digits of a recovery code: 80 bits.
const RECOVERY_DIGITS: usize = 16;

/// Whether the program asks for second factors. The program always does; there is no setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// From everybody whose roles ask for it.
    Required,
    /// From nobody: for tests of what lies behind the door.
    LeftOut,
}

/// What was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A code of the authenticator.
    Code,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
}

impl Shown {
    /// As it stands in the log.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// Whether a person must show more than the password.
pub(crate) fn is_needed(app: &App, person: &PersonRow) -> bool {
    app.second_factor == SecondFactor::Required && roles::need_second_factor(&roles::parse(&person.roles))
}

/// Makes a new secret for an authenticator of a person who has none that stands; nothing counts before [`confirm`].
pub(crate) async fn begin(app: &App, person: &PersonRow) -> Result<NewFactor, Problem> {
    let secret = Zeroizing::new(app.entropy.key());
    let secret = &secret[..totp::SECRET_BYTES];
    let sealed = seal_as(app, context(person.id), secret).await?;
    let reset = app.db.second_factor(person.id).await?.and_then(|row| row.reset);
    if !app.db.begin_factor(person.id, &sealed, person.factor.is_none()).await? {
        return Err(Problem::new(
            Kind::Conflict,
            "You have an authenticator already. If it is lost, another administrator can reset it.",
        ));
    }
    let site = app.db.setting(SITE_NAME).await?.unwrap_or_default();
    let address = Zeroizing::new(picture::address(&site, &person.sign_in_name, secret));
    Ok(NewFactor {
        picture: picture::drawn(&address),
        address: Secret::new(address.as_str()),
        secret: Secret::new(picture::typed(secret)),
        reset: reset.map(|(at, by)| names::reset(at, by)),
    })
}

/// The person has typed a code of the secret that [`begin`] made: from now on it counts. The first second factor of an account gives recovery
/// codes.
pub(crate) async fn confirm(app: &App, who: &SignedIn, typed: &Secret) -> Result<Vec<Secret>, Problem> {
    let row = app.db.second_factor(who.person.id).await?;
    let waiting = row.filter(|row| row.added.is_none()).and_then(|row| row.secret);
    let Some(sealed) = waiting else {
        return Err(Problem::new(Kind::Conflict, "No second factor is being set up. Begin again."));
    };
    app.limits.second_factor(who.person.id, who.address, app.clock.mono())?;
    let (secret, now) = (open_as(app, context(who.person.id), sealed.clone()).await?, app.clock.wall());
    let Some(step) = totp::matching_step(&secret, &digits_of(typed), now) else { return Err(wrong()) };
    let codes = who.person.factor.is_none().then(|| recovery_codes(app));
    let hashes: Option<Vec<_>> = codes.as_ref().map(|codes| codes.iter().map(stored).collect());
    note_change(app, who, &who.person, "set_up").await?;
    if !app.db.confirm_factor(who.person.id, &sealed, step, hashes.as_deref(), now).await? {
        return Err(Problem::new(Kind::Conflict, "The second factor was begun anew elsewhere. Begin again."));
    }
    app.limits.factor_shown(who.person.id, who.address);
    Ok(codes.unwrap_or_default())
}

fn recovery_codes(app: &App) -> Vec<Secret> {
    (0..RECOVERY_CODES).map(|_| spelt(u128::from_be_bytes(app.entropy.id()), RECOVERY_DIGITS, 4)).collect()
}

/// Takes what was typed as the second factor of a sign-in, at a pace; a refusal is written down.
pub(crate) async fn check(app: &App, who: &SignedIn, typed: &Secret) -> Result<Shown, Problem> {
    let person = who.person.id;
    if let Err(wait) = app.limits.second_factor(person, who.address, app.clock.mono()) {
        note_refusal(app, who, "too many attempts with codes").await;
        return Err(wait);
    }
    if who.person.factor.is_none() {
        return Err(Problem::new(Kind::Conflict, "This account has no second factor yet. Set one up first."));
    }
    let found = app.db.second_factor(person).await?;
    // Whoever has passkeys alone can still show a recovery code.
    let sealed = found.filter(|row| row.added.is_some()).and_then(|row| row.secret);
    let why = match judge(app, person, sealed, typed).await? {
        Ok(shown) => {
            app.limits.factor_shown(person, who.address);
            return Ok(shown);
        }
        Err(why) => why,
    };
    note_refusal(app, who, why).await;
    Err(if why == USED { used() } else { wrong() })
}

/// What was shown, or why it does not count.
async fn judge(
    app: &App,
    person: PersonId,
    sealed: Option<Vec<u8>>,
    typed: &Secret,
) -> Result<Result<Shown, &'static str>, Problem> {
    let (digits, now) = (digits_of(typed), app.clock.wall());
    if digits.len() != totp::DIGITS {
        let taken = app.db.take_recovery_code(person, &stored(typed), now).await?;
        return Ok(if taken { Ok(Shown::RecoveryCode) } else { Err(WRONG) });
    }
    let Some(sealed) = sealed else { return Ok(Err(WRONG)) };
    let secret = open_as(app, context(person), sealed).await?;
    Ok(match totp::matching_step(&secret, &digits, now) {
        Some(step) if app.db.take_step(person, step).await? => Ok(Shown::Code),
        Some(_) => Err(USED),
        None => Err(WRONG),
    })
}

/// What was typed, without the spaces that authenticators show.
fn digits_of(typed: &Secret) -> Zeroizing<String> {
    Zeroizing::new(typed.expose().chars().filter(|character| !character.is_whitespace()).take(64).collect())
}

/// Why a code is refused, as it stands in the log.
const WRONG: &str = "wrong code";
const USED: &str = "a code that was used before";

fn used() -> Problem {
    let words = "This code was used already. Wait until the authenticator shows the next one.";
    Problem::new(Kind::WrongCode, words).on_field("code")
}

fn wrong() -> Problem {
    let words = "Type the six digits that the authenticator shows now, or a recovery code that was not used. If the right \
                 code is refused again and again, the clock of the telephone or of the recorder is wrong.";
    Problem::new(Kind::WrongCode, words).on_field("code")
}

fn context(person: PersonId) -> String {
    format!("second factor of {person}")
}

async fn seal_as(app: &App, context: String, secret: &[u8]) -> Result<Vec<u8>, Problem> {
    let (keyring, secret) = (app.keyring.clone(), Zeroizing::new(secret.to_vec()));
    in_the_keyring(move || keyring.seal_secret(&context, &secret)).await
}

async fn open_as(app: &App, context: String, sealed: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let keyring = app.keyring.clone();
    in_the_keyring(move || keyring.open_secret(&context, &sealed).map(Zeroizing::new)).await
}

async fn in_the_keyring<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, candour_keyring::KeyError> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(act).await;
    let error = match done {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => candour_units::chain(&error),
        Err(error) => error.to_string(),
    };
    tracing::error!(error, "a second factor could not be sealed or opened");
    Err(Problem::new(Kind::Unavailable, "The keyring cannot be used now. The System page says what fails."))
}

/// The entry of a change of a second factor; durable before the change is made.
async fn note_change(app: &App, who: &SignedIn, of: &PersonRow, change: &str) -> Result<(), Problem> {
    let outcome = serde_json::json!({ "change": change, "person": of.id.to_string(), "name": of.full_name });
    let event = Event {
        kind: EventKind::SecondFactorChanged,
        actor: who.actor(),
        subject: Subject::default(),
        outcome: outcome.to_string(),
    };
    app.log.append(event).await?;
    Ok(())
}

/// The entry of a refused code. The password was right, so it says whose it was.
async fn note_refusal(app: &App, who: &SignedIn, why: &str) {
    let outcome = serde_json::json!({ "why": why }).to_string();
    let event = Event { kind: EventKind::SignInRefused, actor: who.actor(), subject: Subject::default(), outcome };
    if let Err(error) = app.log.append(event).await {
        tracing::error!(error = candour_units::chain(&error), "a refused code could not be written down");
    }
}

/// Takes every second factor of somebody else away: an entry, then the rows; sign-ins end, the next one sets up a new one.
pub(crate) async fn reset(app: &App, who: &SignedIn, of: &PersonRow) -> Result<(), Problem> {
    note_change(app, who, of, "reset").await?;
    app.db.reset_factor(of.id, &who.person.full_name, app.clock.wall()).await?;
    Ok(())
}
