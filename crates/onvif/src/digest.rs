//! HTTP Digest (RFC 7616, and RFC 2069 for devices without `qop`). Basic is read so that it can be refused.

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::Credentials;

/// The hash a challenge asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5: what nearly every camera offers.
    Md5,
    /// SHA-256: taken where offered.
    Sha256,
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    fn hex(self, parts: &[&str]) -> String {
        fn over<D: Digest>(parts: &[&str]) -> Vec<u8> {
            let mut hash = D::new();
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    hash.update(b":");
                }
                hash.update(part.as_bytes());
            }
            hash.finalize().to_vec()
        }
        let bytes = match self {
            Self::Md5 => over::<Md5>(parts),
            Self::Sha256 => over::<Sha256>(parts),
        };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// One challenge of a `WWW-Authenticate` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// A Digest we can answer.
    Digest {
        /// The realm.
        realm: String,
        /// The nonce.
        nonce: String,
        /// Handed back unchanged where given.
        opaque: Option<String>,
        /// The hash.
        algorithm: Algorithm,
        /// Whether `qop=auth` is offered; without any `qop` the older form is used.
        qop_auth: bool,
        /// Whether only the nonce of the last request was too old.
        stale: bool,
    },
    /// Anything else, by its scheme in lower case: `basic`, `bearer`, or a `digest` we cannot answer.
    Other {
        /// The scheme.
        scheme: String,
        /// Its realm, if it names one.
        realm: Option<String>,
    },
}

/// Parameters of a challenge: names in lower case, values unquoted.
type Parameters = Vec<(String, String)>;

/// No header of a camera is longer; the rest is not read.
const MAX_HEADER: usize = 8 * 1024;

impl Challenge {
    /// Reads one `WWW-Authenticate` value, which may hold several challenges. Whatever cannot be read is left out.
    #[must_use]
    pub fn parse(header: &str) -> Vec<Self> {
        let mut challenges = Vec::new();
        let mut rest: String = header.chars().take(MAX_HEADER).filter(|c| !c.is_control()).collect();
        while let Some((scheme, parameters, after)) = next_challenge(&rest) {
            challenges.push(Self::of(scheme, &parameters));
            rest = after;
        }
        challenges
    }

    fn of(scheme: String, parameters: &Parameters) -> Self {
        let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let realm = get("realm");
        let qop = get("qop");
        let qop_auth =
            qop.as_deref().is_some_and(|all| all.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")));
        let algorithm = match get("algorithm").map(|name| name.to_ascii_uppercase()).as_deref() {
            None | Some("MD5") => Some(Algorithm::Md5),
            Some("SHA-256") => Some(Algorithm::Sha256),
            Some(_) => None,
        };
        match (get("nonce"), algorithm) {
            (Some(nonce), Some(algorithm)) if scheme == "digest" && (qop.is_none() || qop_auth) => Self::Digest {
                realm: realm.unwrap_or_default(),
                nonce,
                opaque: get("opaque"),
                algorithm,
                qop_auth,
                stale: get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            },
            _ => Self::Other { scheme, realm },
        }
    }

    /// The realm, if one is named.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        match self {
            Self::Digest { realm, .. } => Some(realm),
            Self::Other { realm, .. } => realm.as_deref(),
        }
    }
}

/// Splits off one challenge: its scheme in lower case, its parameters with lower-case names, and what follows.
fn next_challenge(text: &str) -> Option<(String, Parameters, String)> {
    let text = text.trim_start_matches([' ', '\t', ',']);
    let end = text.find([' ', ',']).unwrap_or(text.len());
    let scheme = text[..end].to_ascii_lowercase();
    if scheme.is_empty() || scheme.contains('=') {
        return None;
    }
    let mut rest = &text[end..];
    let mut parameters = Parameters::new();
    loop {
        let at = rest.trim_start_matches([' ', '\t', ',']);
        // A parameter has `=` before the next space or comma; a new scheme does not.
        let Some(equals) = at.find('=').filter(|equals| !at[..*equals].trim_end().contains([' ', ','])) else { break };
        let name = at[..equals].trim().to_ascii_lowercase();
        let (value, after) = parameter_value(&at[equals + 1..]);
        parameters.push((name, value));
        rest = after;
    }
    Some((scheme, parameters, rest.to_owned()))
}

/// A token, or a quoted string with its escapes undone.
fn parameter_value(text: &str) -> (String, &str) {
    let text = text.trim_start_matches([' ', '\t']);
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            c if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            c => value.push(c),
        }
    }
    (value, "")
}

/// A challenge being answered, request after request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestLogin {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    qop_auth: bool,
    count: u32,
}

impl DigestLogin {
    /// Takes the strongest challenge that can be answered; `None` if there is none.
    #[must_use]
    pub fn choose(challenges: &[Challenge]) -> Option<Self> {
        challenges
            .iter()
            .filter_map(|challenge| match challenge {
                Challenge::Digest { realm, nonce, opaque, algorithm, qop_auth, .. } => Some(Self {
                    realm: realm.clone(),
                    nonce: nonce.clone(),
                    opaque: opaque.clone(),
                    algorithm: *algorithm,
                    qop_auth: *qop_auth,
                    count: 0,
                }),
                Challenge::Other { .. } => None,
            })
            .max_by_key(|login| login.algorithm)
    }

    /// The realm of the challenge.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Whether the nonce has not been used yet.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        self.count == 0
    }

    /// The `Authorization` value for one request; each call counts the nonce up.
    #[must_use]
    pub fn authorise(&mut self, credentials: &Credentials, method: &str, uri: &str, client_nonce: &str) -> String {
        self.count += 1;
        let (count, algorithm) = (format!("{:08x}", self.count), self.algorithm);
        let who = algorithm.hex(&[&credentials.user, &self.realm, credentials.password.expose()]);
        let what = algorithm.hex(&[method, uri]);
        let response = if self.qop_auth {
            algorithm.hex(&[&who, &self.nonce, &count, client_nonce, "auth", &what])
        } else {
            algorithm.hex(&[&who, &self.nonce, &what])
        };
        let mut header = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\", algorithm={}",
            quote(&credentials.user),
            quote(&self.realm),
            quote(&self.nonce),
            quote(uri),
            algorithm.name(),
        );
        if self.qop_auth {
            header.push_str(&format!(", qop=auth, nc={count}, cnonce={}", quote(client_nonce)));
        }
        if let Some(opaque) = &self.opaque {
            header.push_str(&format!(", opaque={}", quote(opaque)));
        }
        header
    }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    /// RFC 7616 3.9.1, with the client nonce of that example.
    #[track_caller]
    fn check(challenge: &str, response: &str) {
        let mut login = DigestLogin::choose(&Challenge::parse(challenge)).expect("can be answered");
        let mufasa = Credentials { user: "Mufasa".into(), password: Secret::new("Circle of Life".into()) };
        let header = login.authorise(&mufasa, "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
        assert!(header.contains(&format!("response=\"{response}\"")), "{header}");
        assert!(header.contains("nc=00000001"));
    }

    const REST: &str = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
        nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    #[test]
    fn agrees_with_rfc_7616() {
        check(&format!("Digest {REST}, algorithm=MD5"), "8ca523f5e9506fed4657c9700eebdbec");
        check(
            &format!("Digest {REST}, algorithm=SHA-256"),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        );
    }

    #[test]
    fn takes_the_stronger_of_two_and_never_basic() {
        let both = Challenge::parse(&format!(
            "Basic realm=\"x\", Digest {REST}, algorithm=MD5, Digest {REST}, algorithm=SHA-256"
        ));
        assert_eq!(both.len(), 3);
        assert_eq!(DigestLogin::choose(&both).expect("digest").algorithm, Algorithm::Sha256);
        assert_eq!(both[0], Challenge::Other { scheme: "basic".into(), realm: Some("x".into()) });
        assert_eq!(DigestLogin::choose(&Challenge::parse("Basic realm=\"IP Camera\"")), None);
        assert_eq!(DigestLogin::choose(&Challenge::parse("Digest realm=\"a\", nonce=\"b\", qop=\"auth-int\"")), None);
        assert_eq!(DigestLogin::choose(&Challenge::parse("Digest realm=\"a\", nonce=\"b\", algorithm=MD5-sess")), None);
    }

    #[test]
    fn reads_odd_headers() {
        let odd = Challenge::parse("digest Realm = \"a \\\"b\\\"\",nonce=abc,stale=TRUE,qop=auth");
        assert_eq!(
            odd,
            [Challenge::Digest {
                realm: "a \"b\"".into(),
                nonce: "abc".into(),
                opaque: None,
                algorithm: Algorithm::Md5,
                qop_auth: true,
                stale: true
            }]
        );
        for text in ["", ",", "Digest", "Digest realm=\"never closed", "=x", "é=ü \"", "Digest é"] {
            assert_eq!(DigestLogin::choose(&Challenge::parse(text)), None, "{text}");
        }
    }
}
