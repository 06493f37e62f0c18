//! Which pages and streams are asked for, and in which words. No I/O.

use std::net::{IpAddr, SocketAddr};

use candour_vetting::{Evidence, Kind};

/// A path that is asked for by GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub path: String,
    /// Whether nobody has this path.
    pub made_up: bool,
}

/// Paths whose presence tells whose web server it is, each with the maker to whom asking is confined, if it is.
const VENDORS: [(&str, Option<&str>); 3] = [
    ("/ISAPI/System/deviceInfo", None),
    ("/cgi-bin/magicBox.cgi?action=getDeviceType", None),
    ("/axis-cgi/basicdeviceinfo.cgi", Some("axis")),
];

impl Question {
    pub(super) fn page() -> Self {
        Self { path: "/".into(), made_up: false }
    }

    /// A path that nobody has, in a directory: an answer as if it were there takes the meaning from the directory's others.
    pub(super) fn nowhere(directory: &str, made_up: &str) -> Self {
        Self { path: format!("{directory}candour-{made_up}"), made_up: true }
    }

    /// Paths of vendors, those of one maker only where the device says that it is of that maker.
    pub(super) fn of_vendors(claims: &[Evidence]) -> Vec<Self> {
        let claimed = |maker: &str| {
            let mut names =
                claims.iter().filter(|item| item.kind == Kind::OnvifManufacturer).filter_map(Evidence::text);
            names.any(|name| name.to_ascii_lowercase().contains(maker))
        };
        VENDORS
            .into_iter()
            .filter(|(_, maker)| maker.is_none_or(claimed))
            .map(|(path, _)| Self { path: path.into(), made_up: false })
            .collect()
    }

    /// The directory in which servers of other makers demand a log-in for whatever is asked.
    pub(super) fn directory(&self) -> Option<&'static str> {
        self.path.starts_with("/cgi-bin/").then_some("/cgi-bin/")
    }

    /// As it is kept with the answer.
    pub(super) fn request_line(&self) -> String {
        format!("GET {} HTTP/1.0", self.path)
    }
}

/// HTTP/1.0, so that answers come whole and end with the connection.
pub(super) fn http_request(at: SocketAddr, path: &str) -> String {
    format!("GET {path} HTTP/1.0\r\nHost: {at}\r\nConnection: close\r\nUser-Agent: candour\r\nAccept: */*\r\n\r\n")
}

/// Statuses that are said of paths that are there: there, log in first, not for you, not in this way.
pub(super) const fn is_there(status: u16) -> bool {
    matches!(status, 200..=299 | 401 | 403 | 405)
}

/// Whether a web server with this answer for `/` has pages, and so perhaps an icon.
pub(super) const fn has_an_icon(status: u16) -> bool {
    matches!(status, 200..=399 | 401 | 403)
}

/// The port of a stream's address, always on this host.
pub(super) fn rtsp_address(stream: &str, host: IpAddr) -> SocketAddr {
    let authority = stream.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    let port = authority.parse::<SocketAddr>().map_or(554, |at| at.port());
    SocketAddr::new(host, port)
}

pub(super) fn rtsp_request(method: &str, stream: &str, number: usize) -> String {
    let accept = if method == "DESCRIBE" { "Accept: application/sdp\r\n" } else { "" };
    format!("{method} {stream} RTSP/1.0\r\nCSeq: {number}\r\nUser-Agent: candour\r\n{accept}\r\n")
}

#[cfg(test)]
mod tests {
    use candour_units::WallTime;

    use super::*;

    #[test]
    fn paths_of_one_maker_are_asked_of_that_maker_only() {
        let claim = |name| [Evidence::answer(Kind::OnvifManufacturer, name, "", WallTime::EPOCH)];
        let asked = |name| Question::of_vendors(&claim(name)).into_iter().map(|q| q.path).collect::<Vec<_>>();
        assert_eq!(asked("AXIS").len(), 3);
        assert_eq!(asked("Bosch"), ["/ISAPI/System/deviceInfo", "/cgi-bin/magicBox.cgi?action=getDeviceType"]);
    }

    #[test]
    fn streams_are_asked_on_the_host_alone() {
        let host: IpAddr = "10.20.0.7".parse().expect("an address");
        let port = |stream| rtsp_address(stream, host);
        assert_eq!(port("rtsp://10.20.0.7:8554/main"), "10.20.0.7:8554".parse().expect("an address"));
        assert_eq!(port("rtsp://192.0.2.1:99/main"), "10.20.0.7:99".parse().expect("an address"));
        assert_eq!(port("nonsense"), "10.20.0.7:554".parse().expect("an address"));
    }
}
