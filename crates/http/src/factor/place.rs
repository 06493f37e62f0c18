//! Under which name a page was opened, and whether passkeys can be used there.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header;
use axum::http::request::Parts;
use webauthn_rs::prelude::Url;

use crate::app::App;
use crate::problem::{Kind, Problem};

/// Where a request was made to, as its browser sees it.
pub(crate) struct Place {
    /// `https://` and what stood in the address bar.
    origin: Option<Url>,
    missing: Option<String>,
}

impl Place {
    /// `asked` is the host, with its port, that the request names; `certified` the names of the certificate, where we make it ourselves.
    fn of(asked: &str, certified: Option<&[String]>) -> Self {
        let origin = Url::parse(&format!("https://{asked}")).ok();
        let missing = missing(asked, origin.as_ref(), certified);
        Self { origin, missing }
    }

    /// Why no passkey can be used here, in a sentence; `None` where it can.
    pub(crate) fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// The host name, without a port.
    pub(super) fn host(&self) -> Result<&str, Problem> {
        self.origin.as_ref().and_then(Url::domain).ok_or_else(nameless)
    }

    pub(super) fn origin(&self) -> Result<&Url, Problem> {
        self.origin.as_ref().ok_or_else(nameless)
    }

    /// Whether a passkey that was made for `host` can be used here.
    pub(super) fn is(&self, host: &str) -> bool {
        self.missing.is_none() && self.host().is_ok_and(|here| here == host)
    }
}

fn missing(asked: &str, origin: Option<&Url>, certified: Option<&[String]>) -> Option<String> {
    let named = certified.unwrap_or_default().iter().filter(|name| Place::of(name, None).host().is_ok());
    let instead: Vec<&str> = named.map(String::as_str).filter(|name| *name != "localhost").collect();
    let instead = match instead.as_slice() {
        [] => "Give the recorder a host name, and open it by that".to_owned(),
        names => format!("Open it as {}", names.join(" or ")),
    };
    let Some(host) = origin.and_then(Url::domain) else {
        return Some(format!(
            "Passkeys belong to a host name, and this page was opened by an address of numbers ({asked}). {instead}."
        ));
    };
    // A browser uses no passkey on a page whose certificate it does not trust, and this one does not name the host.
    let is_certified = certified.is_none_or(|names| names.iter().any(|name| name == host));
    (!is_certified).then(|| {
        format!("The certificate of this recorder is not for {host}, so browsers use no passkey here. {instead}.")
    })
}

fn nameless() -> Problem {
    Problem::new(Kind::Conflict, "Passkeys need a host name.")
}

impl FromRequestParts<App> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
        let header = || parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let asked = uri.authority().map(axum::http::uri::Authority::as_str).or_else(header).unwrap_or_default();
        let shown = app.tls.shown();
        let certified = shown.authority.is_some().then(|| shown.names.as_slice());
        Ok(Self::of(asked, certified))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(asked: &str, host: Option<&str>, words: Option<&str>) {
        let names = ["127.0.0.1", "::1", "cctv.example", "localhost"].map(str::to_owned);
        let place = Place::of(asked, Some(&names));
        assert_eq!(place.host().ok(), host, "{asked}");
        assert_eq!(place.missing().is_some(), words.is_some(), "{asked}: {:?}", place.missing());
        if let (Some(found), Some(words)) = (place.missing(), words) {
            assert!(found.contains(words) && found.contains("cctv.example"), "{found}");
        }
    }

    #[test]
    fn a_host_name_of_the_certificate_and_nothing_else() {
        check("cctv.example", Some("cctv.example"), None);
        check("CCTV.example:8443", Some("cctv.example"), None);
        check("localhost:8443", Some("localhost"), None);
        check("192.0.2.7:8443", None, Some("192.0.2.7"));
        check("[::1]:8443", None, Some("address of numbers"));
        check("", None, Some("address of numbers"));
        check("evil.example", Some("evil.example"), Some("not for evil.example"));
        check("x.cctv.example", Some("x.cctv.example"), Some("not for x.cctv.example"));
    }

    #[test]
    fn with_a_certificate_of_its_own_the_browser_judges_the_name() {
        assert_eq!(Place::of("cctv.example", None).missing(), None);
        assert!(Place::of("cctv.example", None).is("cctv.example"));
        assert!(!Place::of("cctv.example", None).is("example"));
        assert!(
            Place::of("192.0.2.7", None).missing().is_some_and(|words| words.contains("Give the recorder a host name"))
        );
    }

    #[test]
    fn the_origin_is_what_the_browser_says_it_is() {
        for (asked, origin) in
            [("cctv.example:443", "https://cctv.example"), ("CCTV.example:8443", "https://cctv.example:8443")]
        {
            let place = Place::of(asked, None);
            assert_eq!(place.origin().expect("a name").origin().ascii_serialization(), origin);
        }
    }
}
