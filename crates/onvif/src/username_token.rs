//! WS-Security UsernameToken with a digest (OASIS WSS Username Token Profile 1.1, 3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::WallTime;
use sha1::{Digest, Sha1};

use crate::Credentials;
use crate::soap::escape;

/// The security header for one request. `created` is the device's own time, as far as we know it: devices refuse tokens
/// that look minutes old to them.
pub(crate) fn security_header(credentials: &Credentials, nonce: [u8; 16], created: WallTime) -> String {
    let created = created.to_string();
    let digest = password_digest(&nonce, &created, credentials.password.expose());
    format!(
        "<wsse:Security s:mustUnderstand=\"1\" \
         xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\" \
         xmlns:wsu=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\">\
         <wsse:UsernameToken><wsse:Username>{}</wsse:Username>\
         <wsse:Password Type=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest\">\
         {digest}</wsse:Password>\
         <wsse:Nonce EncodingType=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary\">\
         {}</wsse:Nonce>\
         <wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>",
        escape(&credentials.user),
        STANDARD.encode(nonce),
    )
}

/// Base64 of SHA-1 over nonce, time and password.
fn password_digest(nonce: &[u8], created: &str, password: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(nonce);
    hash.update(created);
    hash.update(password);
    STANDARD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_onvif_programmers_guide() {
        // ONVIF Application Programmer's Guide 1.0, 6.1.1.3: nonce, time, password "userpassword" and their digest.
        let nonce = STANDARD.decode("LKqI6G/AikKCQrN0zqZFlg==").expect("base64");
        let digest = password_digest(&nonce, "2010-09-16T07:50:45Z", "userpassword");
        assert_eq!(digest, "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
    }
}
