//! What a stream is read from, and the check that it is the accepted camera's own address.

use std::net::IpAddr;
use std::sync::Arc;

use candour_units::{CameraId, StreamKind};
use candour_vetting::AcceptedCamera;
use url::{Host, Url};

use crate::{Clearance, Limits};

/// A camera's account for reading streams. It has no `Debug`, so that it never gets into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account.
    pub username: String,
    /// Its password; only digests of it leave this machine.
    pub password: String,
}

/// One stream of one accepted camera.
pub struct Source {
    /// The gate's token; its host is the only one that is ever connected to.
    pub accepted: AcceptedCamera,
    /// `rtsp://` with the accepted host as a literal address, any port, and no credentials inside.
    pub uri: String,
    /// The account, if the camera asks for one.
    pub credentials: Option<Credentials>,
    /// Which of the camera's streams this is.
    pub kind: StreamKind,
    /// A name for logs.
    pub label: String,
    /// What it may be at most. Sound needs no word here: it is never set up.
    pub limits: Limits,
    /// Who is asked before each connection; nobody where nothing is demanded of the camera.
    pub clearance: Option<Arc<dyn Clearance>>,
}

/// Why a source is not read. No packet has been sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The text is no URI.
    #[error("the stream address {uri:?} is no URI ({why}); read it from the camera again")]
    NotAUri {
        /// The text, without any credentials.
        uri: String,
        /// What the reader found.
        why: String,
    },
    /// A protocol we do not read.
    #[error("stream addresses begin with rtsp://, this one with {scheme}://")]
    Scheme {
        /// The protocol.
        scheme: String,
    },
    /// RTSP over TLS.
    #[error("rtsps:// cannot be read yet; give the camera's rtsp:// address for now, on a network of its own")]
    NotYetTls,
    /// A password in the address would get into logs.
    #[error("the stream address has a user name or password inside; give them beside the address")]
    CredentialsInside,
    /// Another host than the one that was judged, or a name that anybody could point elsewhere.
    #[error("the stream address names host {found}, but {accepted} was accepted; no packet was sent")]
    OtherHost {
        /// The host in the address.
        found: String,
        /// The host that was judged.
        accepted: IpAddr,
    },
}

/// A checked stream address. Connecting takes one of these.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
}

/// What is left of a [`Source`] once it is checked.
pub(crate) struct Order {
    pub(crate) camera: CameraId,
    pub(crate) target: Target,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) kind: StreamKind,
    pub(crate) label: String,
    pub(crate) limits: Limits,
    pub(crate) clearance: Option<Arc<dyn Clearance>>,
}

impl Source {
    /// # Errors
    /// [`SourceError`]: the address is not one the token opens.
    pub(crate) fn check(self) -> Result<Order, SourceError> {
        Ok(Order {
            camera: self.accepted.camera(),
            target: Target::new(&self.uri, self.accepted.host())?,
            credentials: self.credentials,
            kind: self.kind,
            label: self.label,
            limits: self.limits,
            clearance: self.clearance,
        })
    }
}

impl Target {
    /// Only `accepted` itself will do, as an address: a name would be resolved again on each connection, and the answer
    /// could change.
    pub(crate) fn new(uri: &str, accepted: IpAddr) -> Result<Self, SourceError> {
        let url = Url::parse(uri)
            .map_err(|error| SourceError::NotAUri { uri: without_credentials(uri), why: error.to_string() })?;
        match url.scheme() {
            "rtsp" => {}
            "rtsps" => return Err(SourceError::NotYetTls),
            other => return Err(SourceError::Scheme { scheme: other.to_owned() }),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SourceError::CredentialsInside);
        }
        // `Url` leaves the host of a scheme it does not know as text.
        let found = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(name)) => name.parse().ok(),
            None => None,
        };
        if found != Some(accepted) {
            let found = url.host_str().unwrap_or("(none)").to_owned();
            return Err(SourceError::OtherHost { found, accepted });
        }
        Ok(Self { url })
    }
}

/// What stands before an `@` may be a password.
fn without_credentials(uri: &str) -> String {
    match (uri.find("//"), uri.rfind('@')) {
        (Some(slashes), Some(at)) if slashes < at => format!("{}//{}", &uri[..slashes], &uri[at + 1..]),
        (None, Some(at)) => uri[at + 1..].to_owned(),
        _ => uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &str, expected: &str) {
        let accepted = "192.0.2.7".parse().expect("an address");
        let message = Target::new(uri, accepted).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(message.is_empty(), expected.is_empty(), "{uri}: {message}");
        assert!(message.contains(expected), "{uri}: {message} lacks {expected}");
        assert!(!message.contains("secret"), "{uri}: {message} shows the password");
    }

    #[test]
    fn which_addresses_the_token_opens() {
        check("rtsp://192.0.2.7/main", "");
        check("rtsp://192.0.2.7:8554/main?channel=1", "");
        check("rtsp://192.0.2.8/main", "names host 192.0.2.8");
        check("rtsp://127.0.0.1/main", "names host 127.0.0.1");
        check("rtsp://camera.example/main", "names host camera.example");
        check("rtsp://192.0.2.7.example/main", "names host");
        check("rtsp://0300.0.2.7/main", "names host");
        check("rtsp:///main", "names host (none)");
        check("rtsps://192.0.2.7/main", "cannot be read yet");
        check("http://192.0.2.7/main", "this one with http://");
        check("file:///etc/passwd", "this one with file://");
        check("rtsp://user:secret@192.0.2.7/main", "user name or password inside");
        check("rtsp://user:secret@192.0.2.7:port/main", "no URI");
        check("user:secret@192.0.2.7", "begin with rtsp://");
        check("", "no URI");
    }

    #[test]
    fn six_is_compared_as_an_address() {
        let accepted: IpAddr = "2001:db8::7".parse().expect("an address");
        assert!(Target::new("rtsp://[2001:db8:0::7]:554/main", accepted).is_ok());
        assert!(Target::new("rtsp://[2001:db8::8]/main", accepted).is_err());
        assert!(Target::new("rtsp://[::ffff:192.0.2.7]/main", "192.0.2.7".parse().expect("an address")).is_err());
    }
}
