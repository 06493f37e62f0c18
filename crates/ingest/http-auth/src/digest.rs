//! The response to a Digest challenge (RFC 7616 3.4; RFC 2617 3.2.2.1 where the camera offers no `qop`).

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::PasswordParams;
use crate::challenge::{Algorithm, Challenge};

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("writing into a String cannot fail");
        out
    })
}

impl Algorithm {
    /// The hex digest of the parts with a colon between each two.
    fn of(self, parts: &[&str]) -> String {
        let joined = parts.join(":");
        match self {
            Self::Md5 => hex(&Md5::digest(joined)),
            Self::Sha256 => hex(&Sha256::digest(joined)),
        }
    }
}

/// A quoted string, or nothing if a character may not stand in a header. What the camera sent comes back through here.
fn quoted(text: &str) -> Option<String> {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte)).then(|| format!("\"{escaped}\""))
}

pub(crate) fn authorization(
    challenge: &Challenge,
    params: &PasswordParams<'_>,
    used: u32,
    client_nonce: &str,
) -> Result<String, String> {
    let hash = challenge.algorithm;
    let nonce = challenge.nonce.as_str();
    let mut a1 = hash.of(&[params.username, &challenge.realm, params.password]);
    if challenge.session {
        a1 = hash.of(&[&a1, nonce, client_nonce]);
    }
    let a2 = hash.of(&[params.method, params.uri]);
    let count = format!("{used:08x}");
    let response = if challenge.qop_auth {
        hash.of(&[&a1, nonce, &count, client_nonce, "auth", &a2])
    } else {
        hash.of(&[&a1, nonce, &a2])
    };
    let mut out = String::from("Digest ");
    let mut add = |key: &str, value: &str| -> Result<(), String> {
        let value = quoted(value).ok_or(format!("the {key} has characters that cannot be sent in a header"))?;
        write!(out, "{key}={value}, ").expect("writing into a String cannot fail");
        Ok(())
    };
    add("username", params.username)?;
    add("realm", &challenge.realm)?;
    add("uri", params.uri)?;
    add("nonce", nonce)?;
    if challenge.qop_auth || challenge.session {
        add("cnonce", client_nonce)?;
    }
    if let Some(opaque) = &challenge.opaque {
        add("opaque", opaque)?;
    }
    add("response", &response)?;
    if let Some(name) = &challenge.algorithm_name {
        // The name was one of four words, so it needs no quotes.
        write!(out, "algorithm={name}, ").expect("writing into a String cannot fail");
    }
    if challenge.qop_auth {
        write!(out, "qop=auth, nc={count}, ").expect("writing into a String cannot fail");
    }
    out.truncate(out.len() - 2);
    Ok(out)
}
