//! The challenges of a `WWW-Authenticate` header (RFC 9110 11.6.1), as a camera sends them: anything may come.

/// Longer headers are not read.
const LONGEST: usize = 4096;

/// A Digest challenge that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) realm: String,
    pub(crate) nonce: String,
    pub(crate) opaque: Option<String>,
    pub(crate) algorithm: Algorithm,
    /// The algorithm's name as the camera spelt it, if it named one: strict cameras want it back like that.
    pub(crate) algorithm_name: Option<String>,
    /// Whether A1 takes the nonces in (`-sess`).
    pub(crate) session: bool,
    /// Whether `qop=auth` is spoken; without it the response is that of RFC 2069.
    pub(crate) qop_auth: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    Md5,
    Sha256,
}

struct Offer<'a> {
    scheme: &'a str,
    params: Vec<(&'a str, String)>,
}

impl Challenge {
    pub(crate) fn choose(header: &str) -> Result<Self, String> {
        if header.len() > LONGEST {
            return Err(format!("the camera's challenge is longer than {LONGEST} bytes"));
        }
        let offers = offers(header)?;
        let digests: Vec<_> = offers.iter().filter(|offer| offer.scheme.eq_ignore_ascii_case("Digest")).collect();
        if digests.is_empty() {
            let schemes: Vec<_> = offers.iter().map(|offer| offer.scheme).collect();
            return Err(format!(
                "the camera offers only {}, and its password is never sent that way over a clear connection; switch on \
                 Digest in the camera's RTSP settings",
                if schemes.is_empty() { "nothing".to_owned() } else { schemes.join(", ") }
            ));
        }
        let mut last = String::new();
        let mut best: Option<Self> = None;
        for offer in digests {
            match offer.digest() {
                Ok(found) if best.as_ref().is_none_or(|best| found.algorithm > best.algorithm) => best = Some(found),
                Ok(_) => {}
                Err(why) => last = why,
            }
        }
        best.ok_or(last)
    }
}

impl Offer<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn digest(&self) -> Result<Challenge, String> {
        let need =
            |name| self.get(name).map(str::to_owned).ok_or(format!("the camera's Digest challenge has no {name}"));
        let algorithm_name = self.get("algorithm").map(str::to_owned);
        let (algorithm, session) = match algorithm_name.as_deref().unwrap_or("MD5").to_ascii_lowercase().as_str() {
            "md5" => (Algorithm::Md5, false),
            "md5-sess" => (Algorithm::Md5, true),
            "sha-256" => (Algorithm::Sha256, false),
            "sha-256-sess" => (Algorithm::Sha256, true),
            _ => return Err("the camera's Digest challenge names an algorithm that is neither MD5 nor SHA-256".into()),
        };
        let qop_auth = match self.get("qop") {
            None => false,
            Some(list) if list.split(',').any(|qop| qop.trim().eq_ignore_ascii_case("auth")) => true,
            Some(_) => return Err("the camera's Digest challenge offers no qop we speak; it should offer auth".into()),
        };
        Ok(Challenge {
            realm: need("realm")?,
            nonce: need("nonce")?,
            opaque: self.get("opaque").map(str::to_owned),
            algorithm,
            algorithm_name,
            session,
            qop_auth,
        })
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn offers(header: &str) -> Result<Vec<Offer<'_>>, String> {
    let mut found: Vec<Offer<'_>> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok(found);
        }
        let end = rest.bytes().position(|byte| !is_token(byte)).unwrap_or(rest.len());
        if end == 0 {
            return Err(format!("the camera's challenge cannot be read from byte {} on", header.len() - rest.len()));
        }
        let (token, after) = rest.split_at(end);
        match after.trim_start_matches([' ', '\t']).strip_prefix('=') {
            None => {
                found.push(Offer { scheme: token, params: Vec::new() });
                rest = after;
            }
            Some(value) => {
                let (value, after) = value_of(value.trim_start_matches([' ', '\t']))?;
                found.last_mut().ok_or("the camera's challenge names no scheme")?.params.push((token, value));
                rest = after;
            }
        }
    }
}

/// A quoted string without its quotes and escapes, or everything up to the next comma or space.
fn value_of(text: &str) -> Result<(String, &str), String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &quoted[at + 1..])),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(character),
        }
    }
    Err("the camera's challenge ends inside a quoted string".into())
}
