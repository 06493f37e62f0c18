//! Answers Digest challenges (RFC 7616, and RFC 2069 as old cameras still speak it) for the RTSP client, and no others.
//!
//! The RTSP client answers whatever challenge comes, at any point of a conversation, Basic included: that would show a
//! camera's password to everybody on the network because somebody asked. A question sent ahead cannot prevent it, for a
//! hostile device answers the second question differently. So the client is built with this crate in place of the one it
//! names: a program in which the words "Basic" and a password never meet.
//!
//! In here: exactly the interface the RTSP client uses. Not in here: servers, HTTP, integrity of bodies (`auth-int`).

mod challenge;
mod digest;

use challenge::Challenge;

/// True here and absent in the crate this one replaces: who relies on the replacement asserts it, and does not compile
/// without.
pub const DIGEST_ONLY: bool = true;

/// What a response is computed from.
#[derive(Clone, Copy)]
pub struct PasswordParams<'a> {
    /// The account on the camera.
    pub username: &'a str,
    /// Its password. Only a digest of it leaves.
    pub password: &'a str,
    /// The request's URI, exactly as in the request line.
    pub uri: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The request's body; not used, because only requests without one are sent.
    pub body: Option<&'a [u8]>,
}

/// The strongest Digest challenge that was offered, and how often its nonce has been used.
#[derive(Debug, PartialEq, Eq)]
pub struct PasswordClient {
    challenge: Challenge,
    used: u32,
}

impl TryFrom<&str> for PasswordClient {
    type Error = String;

    /// Chooses from the value of `WWW-Authenticate`, several headers joined by commas: SHA-256 before MD5. The error is a
    /// sentence for people, because the RTSP client passes on nothing else.
    fn try_from(www_authenticate: &str) -> Result<Self, String> {
        Challenge::choose(www_authenticate).map(|challenge| Self { challenge, used: 0 })
    }
}

impl PasswordClient {
    /// The value of `Authorization` for the next request.
    ///
    /// # Errors
    /// A sentence for people: the user name cannot stand in a header, or the nonce was used four billion times.
    pub fn respond(&mut self, params: &PasswordParams<'_>) -> Result<String, String> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| format!("the system gives no randomness: {error}"))?;
        self.respond_with(params, &digest::hex(&random))
    }

    /// The same with a client nonce of the caller's: the calculation alone, which the examples of the RFCs fix.
    ///
    /// # Errors
    /// As [`Self::respond`].
    pub fn respond_with(&mut self, params: &PasswordParams<'_>, client_nonce: &str) -> Result<String, String> {
        let used = self.used.checked_add(1).ok_or("the camera's nonce is used up; connect again")?;
        let response = digest::authorization(&self.challenge, params, used, client_nonce)?;
        self.used = used;
        Ok(response)
    }
}
