//! Who may ask: HTTP Digest (RFC 7616) and WS-UsernameToken, as cameras check them.
//!
//! Pure but for the nonces it remembers; the time is a parameter. A UsernameToken's age is judged by the camera's own
//! clock, wrong as that may be, which is why a client has to ask for the time first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::soap::UsernameToken;
use crate::config::Password;
use crate::footage::hex;

/// How far a UsernameToken's `Created` may be from the camera's clock, and how long its nonce is remembered. The
/// UsernameToken Profile recommends five minutes at least.
pub const TOKEN_WINDOW: Duration = Duration::minutes(5);

/// How long a nonce of an HTTP challenge is good.
const CHALLENGE_LIFE: Duration = Duration::minutes(5);

/// The one user and what has been seen of it.
#[derive(Debug)]
pub struct Guard {
    user: String,
    password: RwLock<Password>,
    sha256: bool,
    secret: [u8; 16],
    seen: Mutex<HashMap<String, OffsetDateTime>>,
}

/// Why credentials did not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There were none.
    Missing,
    /// They are wrong.
    Wrong,
    /// They would have been right with a fresh nonce.
    Stale,
}

/// An HTTP request as Digest sees it.
#[derive(Debug, Clone, Copy)]
pub struct HttpRequest<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// Path and query of the request line.
    pub target: &'a str,
    /// The `Authorization` header, if any.
    pub authorization: Option<&'a str>,
}

impl Guard {
    /// A guard for one user. `sha256` offers that algorithm beside MD5.
    #[must_use]
    pub fn new(user: String, password: Password, sha256: bool) -> Self {
        let mut secret = [0; 16];
        // Without randomness nonces could be foretold; a simulator may live with that.
        let _ = getrandom::fill(&mut secret);
        Self { user, password: RwLock::new(password), sha256, secret, seen: Mutex::default() }
    }

    /// Takes another password from now on.
    pub fn set_password(&self, password: Password) {
        *self.password.write().unwrap_or_else(PoisonError::into_inner) = password;
    }

    fn password(&self) -> Password {
        self.password.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks a UsernameToken at a moment of the camera's clock; its nonce is spent when it was right.
    ///
    /// # Errors
    /// [`Refusal::Wrong`] for any reason: cameras do not say which.
    pub fn check_token(&self, token: &UsernameToken, camera_now: OffsetDateTime) -> Result<(), Refusal> {
        let created = OffsetDateTime::parse(&token.created, &Rfc3339).map_err(|_| Refusal::Wrong)?;
        let nonce = STANDARD.decode(&token.nonce).map_err(|_| Refusal::Wrong)?;
        let mut digest = Sha1::new();
        digest.update(&nonce);
        digest.update(token.created.as_bytes());
        digest.update(self.password().reveal().as_bytes());
        let right = token.is_digest
            && token.username == self.user
            && token.password == STANDARD.encode(digest.finalize())
            && (created - camera_now).abs() <= TOKEN_WINDOW;
        if !right {
            return Err(Refusal::Wrong);
        }
        let mut seen = self.seen.lock().expect("nothing panics while it holds the nonces");
        seen.retain(|_, until| *until >= camera_now);
        let spent = seen.insert(token.nonce.clone(), created + TOKEN_WINDOW);
        if spent.is_some() { Err(Refusal::Wrong) } else { Ok(()) }
    }

    /// Checks an `Authorization` header.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_digest(&self, request: HttpRequest<'_>, realm: &str, now: OffsetDateTime) -> Result<(), Refusal> {
        let header = request.authorization.ok_or(Refusal::Missing)?;
        let fields = header.strip_prefix("Digest ").map(fields).ok_or(Refusal::Wrong)?;
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        let hash: fn(&str) -> String = match field("algorithm").to_ascii_uppercase().as_str() {
            "" | "MD5" => |text| hex(&Md5::digest(text)),
            "SHA-256" if self.sha256 => |text| hex(&Sha256::digest(text)),
            _ => return Err(Refusal::Wrong),
        };
        let secret = hash(&format!("{}:{}:{}", self.user, realm, self.password().reveal()));
        let asked = hash(&format!("{}:{}", request.method, field("uri")));
        let nonce = field("nonce");
        let expected = if field("qop") == "auth" {
            hash(&format!("{secret}:{nonce}:{}:{}:auth:{asked}", field("nc"), field("cnonce")))
        } else {
            hash(&format!("{secret}:{nonce}:{asked}"))
        };
        let right = field("username") == self.user
            && field("realm") == realm
            && field("uri") == request.target
            && field("response").eq_ignore_ascii_case(&expected);
        match (right, self.issued(nonce, now)) {
            (true, true) => Ok(()),
            (true, false) => Err(Refusal::Stale),
            (false, _) => Err(Refusal::Wrong),
        }
    }

    /// The `WWW-Authenticate` headers of a 401, one for each algorithm.
    #[must_use]
    pub fn challenges(&self, refusal: Refusal, realm: &str, now: OffsetDateTime) -> Vec<String> {
        let nonce = self.nonce(now.unix_timestamp());
        let stale = if refusal == Refusal::Stale { ", stale=true" } else { "" };
        let algorithms: &[_] = if self.sha256 { &["MD5", "SHA-256"] } else { &["MD5"] };
        let challenge = |algorithm: &&str| {
            format!("Digest realm=\"{realm}\", qop=\"auth\", nonce=\"{nonce}\", algorithm={algorithm}{stale}")
        };
        algorithms.iter().map(challenge).collect()
    }

    fn nonce(&self, issued_s: i64) -> String {
        let mut proof = Sha256::new();
        proof.update(self.secret);
        proof.update(issued_s.to_be_bytes());
        format!("{issued_s:x}-{}", &hex(&proof.finalize())[..32])
    }

    fn issued(&self, nonce: &str, now: OffsetDateTime) -> bool {
        let issued = nonce.split_once('-').and_then(|(time, _)| i64::from_str_radix(time, 16).ok());
        issued.is_some_and(|issued| {
            let age = now.unix_timestamp() - issued;
            self.nonce(issued) == nonce && (0..=CHALLENGE_LIFE.whole_seconds()).contains(&age)
        })
    }
}

/// `name=value` and `name="value"` pairs of a Digest header (RFC 7616 3.4); a backslash takes the next character as it is.
fn fields(header: &str) -> HashMap<String, String> {
    let mut fields = HashMap::new();
    let mut characters = header.chars().peekable();
    loop {
        while characters.next_if(|c| *c == ',' || c.is_whitespace()).is_some() {}
        let name: String = std::iter::from_fn(|| characters.next_if(|c| *c != '=')).collect();
        if characters.next().is_none() {
            return fields;
        }
        let mut value = String::new();
        if characters.next_if_eq(&'"').is_some() {
            while let Some(character) = characters.next().filter(|c| *c != '"') {
                value.extend(if character == '\\' { characters.next() } else { Some(character) });
            }
        } else {
            value = std::iter::from_fn(|| characters.next_if(|c| *c != ',')).collect();
        }
        fields.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-05-04 12:00:00 UTC);

    const REALM: &str = "http-auth@example.org";

    fn guard() -> Guard {
        let password: Password = serde_json::from_str("\"Circle of Life\"").expect("a string is a password");
        Guard::new("Mufasa".to_owned(), password, true)
    }

    fn token(nonce: &str, created: &str, password: &str) -> UsernameToken {
        let mut digest = Sha1::new();
        digest.update(nonce.as_bytes());
        digest.update(created.as_bytes());
        digest.update(password.as_bytes());
        UsernameToken {
            username: "Mufasa".to_owned(),
            password: STANDARD.encode(digest.finalize()),
            is_digest: true,
            nonce: STANDARD.encode(nonce),
            created: created.to_owned(),
        }
    }

    #[test]
    fn tokens() {
        let right = "Circle of Life";
        let check = |token: UsernameToken, accepted: bool| {
            assert_eq!(guard().check_token(&token, NOW).is_ok(), accepted, "{token:?}");
        };
        check(token("n", "2026-05-04T12:00:00Z", right), true);
        check(token("n", "2026-05-04T12:00:00.123Z", right), true);
        check(token("n", "2026-05-04T12:04:59Z", right), true);
        check(token("n", "2026-05-04T12:05:01Z", right), false);
        check(token("n", "2026-05-04T11:54:59Z", right), false);
        check(token("n", "yesterday", right), false);
        check(token("n", "2026-05-04T12:00:00Z", "wrong"), false);
        check(UsernameToken { is_digest: false, ..token("n", "2026-05-04T12:00:00Z", right) }, false);
        check(UsernameToken { username: "Simba".to_owned(), ..token("n", "2026-05-04T12:00:00Z", right) }, false);
        check(UsernameToken { nonce: "?".to_owned(), ..token("n", "2026-05-04T12:00:00Z", right) }, false);
        check(UsernameToken::default(), false);
    }

    #[test]
    fn a_token_works_once() {
        let guard = guard();
        let token = token("n", "2026-05-04T12:00:00Z", "Circle of Life");
        assert_eq!(guard.check_token(&token, NOW), Ok(()));
        assert_eq!(guard.check_token(&token, NOW), Err(Refusal::Wrong));
        assert_eq!(guard.check_token(&token, NOW + TOKEN_WINDOW), Err(Refusal::Wrong));
    }

    fn answer(algorithm: &str, password: &str, nonce: &str) -> String {
        let hash = |text: String| {
            if algorithm == "MD5" { hex(&Md5::digest(text)) } else { hex(&Sha256::digest(text)) }
        };
        let (a1, a2) = (hash(format!("Mufasa:{REALM}:{password}")), hash("POST:/onvif".to_owned()));
        let response = hash(format!("{a1}:{nonce}:00000001:abc:auth:{a2}"));
        format!(
            "Digest username=\"Mufasa\", realm=\"{REALM}\", uri=\"/onvif\", algorithm={algorithm}, nonce=\"{nonce}\", \
             nc=00000001, cnonce=\"abc\", qop=auth, response=\"{response}\""
        )
    }

    #[test]
    fn digests() {
        let guard = guard();
        let check = |header: Option<&str>, target: &str, age: Duration, expected: Result<(), Refusal>| {
            let request = HttpRequest { method: "POST", target, authorization: header };
            assert_eq!(guard.check_digest(request, REALM, NOW + age), expected, "{header:?} on {target} after {age}");
        };
        let nonce = guard.nonce(NOW.unix_timestamp());
        let soon = Duration::seconds(10);
        for algorithm in ["MD5", "SHA-256"] {
            let good = answer(algorithm, "Circle of Life", &nonce);
            check(Some(&good), "/onvif", soon, Ok(()));
            check(Some(&good), "/other", soon, Err(Refusal::Wrong));
            check(Some(&good), "/onvif", Duration::hours(1), Err(Refusal::Stale));
            check(Some(&answer(algorithm, "wrong", &nonce)), "/onvif", soon, Err(Refusal::Wrong));
            check(Some(&answer(algorithm, "Circle of Life", "made-up")), "/onvif", soon, Err(Refusal::Stale));
        }
        check(None, "/onvif", soon, Err(Refusal::Missing));
        check(Some("Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl"), "/onvif", soon, Err(Refusal::Wrong));
        check(Some("Digest "), "/onvif", soon, Err(Refusal::Wrong));
        check(Some("Digest username=\"Mufasa"), "/onvif", soon, Err(Refusal::Wrong));
    }

    #[test]
    fn the_example_of_rfc_7616_3_9_1_verifies_but_for_its_nonce() {
        let header = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=MD5, \
                      nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
                      cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
                      response=\"8ca523f5e9506fed4657c9700eebdbec\"";
        let request = HttpRequest { method: "GET", target: "/dir/index.html", authorization: Some(header) };
        assert_eq!(guard().check_digest(request, REALM, NOW), Err(Refusal::Stale));
        let sha256 = header.replace("MD5", "SHA-256").replace(
            "8ca523f5e9506fed4657c9700eebdbec",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        );
        let request = HttpRequest { authorization: Some(&sha256), ..request };
        assert_eq!(guard().check_digest(request, REALM, NOW), Err(Refusal::Stale));
    }
}
