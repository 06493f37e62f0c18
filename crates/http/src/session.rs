//! Sign-ins: a random secret in a cookie, its hash in the database, the limits in here.

use std::net::{IpAddr, SocketAddr};

use crate::roles::Role;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use candour_audit::{Actor, Look, LookKind};
use candour_db::{CameraRow, PersonRow, SessionRow};
use candour_units::{SessionId, WallDuration, WallTime};

use crate::app::App;
use crate::digest::token_hash;
use crate::problem::{Kind, Problem};
use crate::roles;

/// `__Host-`: only over TLS, only for this host, for all of its paths (RFC 6265bis 4.1.3.2).
const COOKIE: &str = "__Host-candour";
/// A sign-in nobody used for that long has ended; an open live socket uses it.
const IDLE: WallDuration = WallDuration::from_seconds(8 * 3600);
/// A sign-in ends after that long whatever happens; live sockets that are open then run on (see `live`).
const ABSOLUTE: WallDuration = WallDuration::from_seconds(24 * 3600);
/// How long password and second factor count as just shown.
const FRESH: WallDuration = WallDuration::from_seconds(5 * 60);
/// How long somebody has for the second step of a sign-in.
const BEGUN: WallDuration = WallDuration::from_seconds(10 * 60);
/// How long after its end a sign-in is forgotten: as long as a wall opened under it may run on.
pub(crate) const FORGOTTEN_AFTER: WallDuration = WallDuration::from_seconds(7 * 86_400);
/// Uses closer together than that are one.
const TOUCH: WallDuration = WallDuration::from_seconds(60);

/// Somebody who is signed in, as handlers get it.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(crate) session: SessionRow,
    pub(crate) person: PersonRow,
    pub(crate) roles: Vec<Role>,
    pub(crate) address: IpAddr,
}

impl SignedIn {
    pub(crate) fn actor(&self) -> Actor {
        Actor::Person {
            person: self.person.id,
            name: self.person.full_name.clone(),
            session: self.session.id,
            station: None,
            address: self.address.to_string(),
        }
    }

    /// What to write down before these cameras may be shown; over which time and under what is the caller's to add.
    pub(crate) fn look_at(&self, kind: LookKind, cameras: &[CameraRow], reason: impl Into<String>) -> Look {
        let first = cameras.first().and_then(|row| row.purpose);
        Look {
            person: self.person.id,
            name: self.person.full_name.clone(),
            session: self.session.id,
            station: None,
            address: self.address.to_string(),
            reason: reason.into(),
            purpose: first.filter(|_| cameras.iter().all(|row| row.purpose == first)),
            cameras: cameras.iter().map(|row| row.id).collect(),
            kind,
            interval: None,
            under: None,
        }
    }
}

/// How a sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// May act.
    Good,
    /// Past its end: only a live socket that is open already runs on.
    Expired,
    /// The account may not sign in any more.
    Disabled,
}

/// How a stored sign-in stands now.
pub(crate) fn standing(session: &SessionRow, person: &PersonRow, now: WallTime) -> Standing {
    if !person.may_sign_in(now) {
        Standing::Disabled
    } else if now >= session.expires || now - session.last_used >= IDLE {
        Standing::Expired
    } else {
        Standing::Good
    }
}

/// Whether everything the account needs was shown within the last minutes.
fn is_fresh(session: &SessionRow, now: WallTime) -> bool {
    // A clock that was set back makes nothing fresh again: what was shown "later" is asked for once more.
    session.confirmed.is_some_and(|confirmed| confirmed <= now && now - confirmed < FRESH)
}

/// Refuses a sign-in in which not everything was shown within the last minutes.
pub(crate) fn must_be_fresh(session: &SessionRow, now: WallTime) -> Result<(), Problem> {
    if is_fresh(session, now) {
        return Ok(());
    }
    let words = "This asks for your password and second factor again. Show them, and it is done.";
    Err(Problem::new(Kind::ConfirmSignIn, words))
}

/// Who the cookie of a request stands for; `None` without a good sign-in. Notes the use.
pub(crate) async fn find(app: &App, headers: &HeaderMap, address: IpAddr) -> Result<Option<SignedIn>, Problem> {
    let Some(secret) = cookie(headers) else { return Ok(None) };
    let Some((session, person)) = app.db.session(&token_hash(&secret)).await? else { return Ok(None) };
    let now = app.clock.wall();
    if standing(&session, &person, now) != Standing::Good {
        return Ok(None);
    }
    touch(app, &session, now).await;
    let roles = roles::parse(&person.roles);
    Ok(Some(SignedIn { session, person, roles, address }))
}

/// Notes that a sign-in is being used, at most once a minute. A failure costs nothing but an earlier idle end.
pub(crate) async fn touch(app: &App, session: &SessionRow, now: WallTime) {
    if now - session.last_used >= TOUCH
        && let Err(error) = app.db.touch_session(session.id, now).await
    {
        tracing::warn!(error = candour_units::chain(&error), "the use of a sign-in could not be noted");
    }
}

/// Where a sign-in is made from.
pub(crate) struct Caller {
    pub(crate) address: IpAddr,
    pub(crate) browser: String,
}

/// What a sign-in is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// Only the password was shown: it leads to the second step and nowhere else.
    Begun,
    /// Everything the account needs was shown.
    Complete,
}

/// Makes a sign-in; gives its row and the `Set-Cookie` line.
pub(crate) async fn begin(
    app: &App,
    person: &PersonRow,
    from: Caller,
    worth: Worth,
) -> Result<(SessionRow, HeaderValue), Problem> {
    let secret = app.entropy.key();
    let now = app.clock.wall();
    let (length, confirmed) = match worth {
        Worth::Begun => (BEGUN, None),
        Worth::Complete => (ABSOLUTE, Some(now)),
    };
    let row = SessionRow {
        id: SessionId::from_bytes(app.entropy.id()),
        token_hash: token_hash(&secret),
        person: person.id,
        address: from.address.to_string(),
        created: now,
        last_used: now,
        expires: now + length,
        confirmed,
        browser: from.browser,
    };
    app.db.add_session(&row).await?;
    Ok((row, cookie_line(&secret, length)))
}

fn cookie_line(secret: &[u8; 32], length: WallDuration) -> HeaderValue {
    let value = URL_SAFE_NO_PAD.encode(secret);
    let line =
        format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={}", length.seconds_floor());
    let mut line = HeaderValue::from_str(&line).expect("a cookie of base64 digits is a header value");
    line.set_sensitive(true);
    line
}

/// Everything was shown again: the sign-in lasts from now on as long as a new one. Gives its row and the `Set-Cookie` line.
pub(crate) async fn confirm(
    app: &App,
    who: &SignedIn,
    headers: &HeaderMap,
) -> Result<(SessionRow, HeaderValue), Problem> {
    let secret = cookie(headers).ok_or_else(not_signed_in)?;
    let now = app.clock.wall();
    let row = SessionRow { confirmed: Some(now), last_used: now, expires: now + ABSOLUTE, ..who.session.clone() };
    app.db.confirm_session(row.id, now, row.expires).await?;
    Ok((row, cookie_line(&secret, ABSOLUTE)))
}

/// The `Set-Cookie` line that forgets the cookie.
pub(crate) fn forget_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-candour=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

fn cookie(headers: &HeaderMap) -> Option<[u8; 32]> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .find_map(|value| URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok())
}

/// The address a request came from. Headers of proxies are not believed.
pub(crate) fn address(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(address)| address.ip().to_canonical())
}

/// The address of a request, for handlers.
pub(crate) struct From(pub(crate) IpAddr);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(address(&parts.extensions)))
    }
}

/// Put there by the guard; a route without one has nobody signed in.
impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(not_signed_in)
    }
}

pub(crate) fn not_signed_in() -> Problem {
    Problem::new(
        Kind::NotSignedIn,
        "Sign in first. A sign-in ends after 8 hours without use and after 24 hours in any case.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::{Hash, PersonId};

    fn row() -> SessionRow {
        let at = WallTime::from_unix_seconds;
        SessionRow {
            id: SessionId::from_bytes([1; 16]),
            token_hash: Hash::default(),
            person: PersonId::from_bytes([2; 16]),
            address: String::new(),
            created: at(0),
            last_used: at(0),
            expires: at(0) + ABSOLUTE,
            confirmed: Some(at(0)),
            browser: String::new(),
        }
    }

    #[test]
    fn limits() {
        let at = WallTime::from_unix_seconds;
        let session = row();
        let person = PersonRow {
            id: session.person,
            sign_in_name: "ada".into(),
            full_name: "Ada".into(),
            roles: "operator".into(),
            password_hash: String::new(),
            created: at(0),
            disabled: None,
            ends: None,
            factor: None,
        };
        let check =
            |session: &SessionRow, now, expected| assert_eq!(standing(session, &person, at(now)), expected, "{now}");
        check(&session, 8 * 3600 - 1, Standing::Good);
        check(&session, 8 * 3600, Standing::Expired);
        let used = SessionRow { last_used: at(23 * 3600), ..session.clone() };
        check(&used, 24 * 3600 - 1, Standing::Good);
        check(&used, 24 * 3600, Standing::Expired);
        let gone = PersonRow { disabled: Some(at(5)), ..person.clone() };
        assert_eq!(standing(&session, &gone, at(6)), Standing::Disabled);
        let ends = PersonRow { ends: Some(at(7)), ..person.clone() };
        assert_eq!(standing(&session, &ends, at(6)), Standing::Good);
        assert_eq!(standing(&session, &ends, at(7)), Standing::Disabled);
    }

    #[test]
    fn what_was_shown_counts_for_five_minutes_and_not_after_a_clock_was_set_back() {
        let at = WallTime::from_unix_seconds;
        let shown = |confirmed| SessionRow { confirmed, ..row() };
        for (confirmed, fresh) in [(Some(at(1000)), true), (Some(at(701)), true), (Some(at(700)), false), (None, false)]
        {
            assert_eq!(is_fresh(&shown(confirmed), at(1000)), fresh, "{confirmed:?}");
        }
        assert!(!is_fresh(&shown(Some(at(1001))), at(1000)));
    }

    #[test]
    fn reads_its_own_cookie_only() {
        let good = URL_SAFE_NO_PAD.encode([7; 32]);
        let check = |text: String, found: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, text.parse().expect("a header value"));
            assert_eq!(cookie(&headers).is_some(), found, "{text}");
        };
        check(format!("a=b; __Host-candour={good}"), true);
        check(format!("__Host-candour={good}x"), false);
        check(format!("candour={good}"), false);
        check(format!("__Host-candour2={good}"), false);
        check("__Host-candour=".into(), false);
    }
}
