//! Addresses a device names, bent back to where the device is (T3). Nothing is ever sent anywhere else.

use std::net::{IpAddr, SocketAddr};

use url::Url;

/// Where the device was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onboarded {
    /// Its address.
    pub host: IpAddr,
    /// Its ONVIF port.
    pub port: u16,
    /// Whether that port speaks TLS: then nothing is asked in clear.
    pub tls: bool,
}

/// An address after pinning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned<T> {
    /// What to use: always on the onboarded host.
    pub to: T,
    /// Whether the device named another host.
    pub foreign: bool,
}

/// The longest address that is looked at.
const MAX_ADDRESS: usize = 2048;

/// A service address as port and path on the onboarded host. Named on the same host, port and path are kept; named
/// elsewhere only the path is, for devices list old addresses of their own, and a path does no harm here. A device that was
/// onboarded by TLS is asked by TLS whatever it names: of an `http` address only the path is taken.
/// `None` if it is no `http` address, or `https` on a device that is asked in clear.
#[must_use]
pub fn pin_service(address: &str, at: Onboarded) -> Option<Pinned<(u16, String)>> {
    let url = parse(address)?;
    let named = match (url.scheme(), at.tls) {
        ("http", false) => url.port().unwrap_or(80),
        ("https", true) => url.port().unwrap_or(443),
        ("http", true) => at.port,
        _ => return None,
    };
    let foreign = !names_host(&url, at.host);
    let port = if foreign { at.port } else { named };
    Some(Pinned { to: (port, path_and_query(&url)), foreign })
}

/// A stream address on the onboarded host, as text without user or password. Named elsewhere only path and query are
/// kept, on the standard port. `None` if it is no `rtsp` address.
#[must_use]
pub fn pin_stream(address: &str, at: Onboarded) -> Option<Pinned<String>> {
    let url = parse(address)?;
    if url.scheme() != "rtsp" {
        return None;
    }
    let foreign = !names_host(&url, at.host);
    let port = if foreign { 554 } else { url.port().unwrap_or(554) };
    Some(Pinned { to: format!("rtsp://{}{}", SocketAddr::new(at.host, port), path_and_query(&url)), foreign })
}

fn parse(address: &str) -> Option<Url> {
    (address.len() <= MAX_ADDRESS).then(|| Url::parse(address).ok()).flatten().filter(Url::has_host)
}

/// Whether the address names exactly this host by number. Names are never resolved.
fn names_host(url: &Url, host: IpAddr) -> bool {
    let named = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    named.parse::<IpAddr>().is_ok_and(|named| named.to_canonical() == host.to_canonical())
}

/// Whether the address names another host than this one; `None` if it is no address with a host.
pub(crate) fn names_other_host(address: &str, host: IpAddr) -> Option<bool> {
    parse(address).map(|url| !names_host(&url, host))
}

fn path_and_query(url: &Url) -> String {
    let path = if url.path().is_empty() { "/" } else { url.path() };
    url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Onboarded {
        Onboarded { host: "10.20.0.7".parse().expect("an address"), port: 8080, tls: false }
    }

    #[track_caller]
    fn check_service(address: &str, expected: Option<(u16, &str, bool)>) {
        let pinned = pin_service(address, at());
        assert_eq!(pinned.as_ref().map(|p| (p.to.0, p.to.1.as_str(), p.foreign)), expected, "{address}");
    }

    #[track_caller]
    fn check_stream(address: &str, expected: Option<(&str, bool)>) {
        let pinned = pin_stream(address, at());
        assert_eq!(pinned.as_ref().map(|p| (p.to.as_str(), p.foreign)), expected, "{address}");
    }

    #[test]
    fn services_stay_here() {
        check_service("http://10.20.0.7/onvif/media", Some((80, "/onvif/media", false)));
        check_service("http://10.20.0.7:8000/onvif/media?x=1", Some((8000, "/onvif/media?x=1", false)));
        check_service("http://192.168.0.90:9/onvif/services", Some((8080, "/onvif/services", true)));
        check_service("http://127.0.0.1:22/", Some((8080, "/", true)));
        check_service("http://10.20.0.7@evil.example/onvif", Some((8080, "/onvif", true)));
        check_service("http://0x0a140007/onvif", Some((80, "/onvif", false)));
        check_service("https://10.20.0.7/onvif", None);
        check_service("file:///etc/passwd", None);
        check_service("not an address", None);
    }

    #[test]
    fn streams_stay_here() {
        check_stream("rtsp://10.20.0.7:8554/main", Some(("rtsp://10.20.0.7:8554/main", false)));
        check_stream(
            "rtsp://10.20.0.7/cam/realmonitor?channel=1&subtype=0",
            Some(("rtsp://10.20.0.7:554/cam/realmonitor?channel=1&subtype=0", false)),
        );
        check_stream("rtsp://user:secret@10.20.0.7/main", Some(("rtsp://10.20.0.7:554/main", false)));
        check_stream("rtsp://169.254.169.254:80/latest", Some(("rtsp://10.20.0.7:554/latest", true)));
        check_stream("rtsp://camera.local/main", Some(("rtsp://10.20.0.7:554/main", true)));
        check_stream("http://10.20.0.7/main", None);
        check_stream("rtsp://10.20.0.7:99999/main", None);
    }

    #[test]
    fn what_was_added_by_tls_is_asked_by_tls() {
        let at = Onboarded { port: 8443, tls: true, ..at() };
        let check = |address: &str, expected: Option<(u16, &str, bool)>| {
            let pinned = pin_service(address, at);
            assert_eq!(pinned.as_ref().map(|p| (p.to.0, p.to.1.as_str(), p.foreign)), expected, "{address}");
        };
        check("https://10.20.0.7/onvif/media", Some((443, "/onvif/media", false)));
        check("https://10.20.0.7:9443/onvif/media", Some((9443, "/onvif/media", false)));
        check("http://10.20.0.7/onvif/media", Some((8443, "/onvif/media", false)));
        check("https://10.20.0.8:9443/onvif/media", Some((8443, "/onvif/media", true)));
        check("ftp://10.20.0.7/onvif/media", None);
    }

    #[test]
    fn the_same_host_in_other_clothes() {
        let v6 = Onboarded { host: "fd00::7".parse().expect("an address"), port: 80, tls: false };
        let pinned = pin_stream("rtsp://[fd00:0::7]:554/main", v6).expect("an address");
        assert_eq!((pinned.to.as_str(), pinned.foreign), ("rtsp://[fd00::7]:554/main", false));
    }
}
