//! RTSP and HTTP responses before log-in, and session descriptions.

use std::net::IpAddr;

use candour_onvif::Challenge;
use candour_vetting::Kind;

use super::head::{Head, schemes};
use super::{Items, vendor};

/// The most lines of a session description, and the longest.
const MAX_SDP_LINES: usize = 200;
const MAX_SDP_LINE: usize = 1024;
/// How much of a page is searched for its title and the paths it names.
const MAX_PAGE: usize = 64 * 1024;

pub(super) fn rtsp(say: &mut Items<'_>, request: &str) {
    let raw = say.received.raw;
    let head = match Head::read("RTSP", raw) {
        Ok(head) => head,
        Err(why) => return say.unreadable(Kind::RtspAnswer, &why),
    };
    say.whole(Kind::RtspAnswer, &format!("status {}", head.status));
    head.all("Server").for_each(|server| say.text(Kind::RtspServer, server));
    login(say, &head.challenges(), Kind::RtspRealm, Kind::RtspLogin);
    for (name, value) in &head.headers {
        say.text(Kind::RtspHeader, &format!("{name}: {value}"));
    }
    // A server that asks for log-in first has not said whether the path is there.
    if (200..300).contains(&head.status)
        && let Some(path) = request.split_whitespace().nth(1).and_then(path_of)
    {
        say.text(Kind::RtspPath, path);
    }
    for name in ["Content-Base", "Content-Location", "Location"] {
        for address in head.all(name) {
            named_stream(say, address);
        }
    }
    if !head.body.is_empty() {
        sdp(say, head.body);
    }
}

pub(super) fn sdp(say: &mut Items<'_>, body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    if !text.trim_start().starts_with("v=") {
        return say.unreadable(Kind::SdpLine, &"it is no session description");
    }
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(MAX_SDP_LINES) {
        let shown: String = line.chars().take(MAX_SDP_LINE).collect();
        say.text(Kind::SdpLine, &shown);
        if let Some(address) = line.strip_prefix("a=control:") {
            named_stream(say, address);
        }
        if let Some(connection) = line.strip_prefix("c=") {
            connection_address(say, connection);
        }
    }
}

/// An address that a stream's description names. Relative ones stay where they are.
fn named_stream(say: &mut Items<'_>, address: &str) {
    if !address.contains("://") {
        return;
    }
    if let Some(path) = path_of(address) {
        say.text(Kind::RtspPath, path);
    }
    if say.received.host.is_some_and(|host| candour_onvif::is_foreign(address, host) != Some(false)) {
        say.text(Kind::ForeignStreamAddress, address);
    }
}

/// `IN IP4 192.0.2.1`: where pictures would be sent from. All zeros and groups say nothing about another host.
fn connection_address(say: &mut Items<'_>, connection: &str) {
    let address = connection.split_whitespace().nth(2).unwrap_or_default();
    let address = address.split('/').next().unwrap_or_default();
    let Some(host) = say.received.host else { return };
    let elsewhere = match address.parse::<IpAddr>() {
        Ok(named) => !named.is_unspecified() && !named.is_multicast() && named.to_canonical() != host.to_canonical(),
        Err(_) => true,
    };
    if elsewhere {
        say.text(Kind::ForeignStreamAddress, address);
    }
}

pub(super) fn http(say: &mut Items<'_>, request: &str, control: bool) {
    let raw = say.received.raw;
    let head = match Head::read("HTTP", raw) {
        Ok(head) => head,
        Err(why) => return say.unreadable(Kind::HttpAnswer, &why),
    };
    say.whole(Kind::HttpAnswer, &format!("status {}", head.status));
    head.all("Server").for_each(|server| say.text(Kind::HttpServer, server));
    login(say, &head.challenges(), Kind::HttpRealm, Kind::HttpLogin);
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    // "Log in first" and "not in this way" are said of paths that are there.
    if matches!(head.status, 200..=299 | 401 | 403 | 405) && path.len() > 1 {
        say.text(if control { Kind::HttpAnyPath } else { Kind::HttpPath }, path);
    }
    for address in head.all("Location") {
        if address.contains("://") {
            say.service_address(Kind::HttpPath, address);
        } else {
            say.text(Kind::HttpPath, address);
        }
    }
    body(say, path, head.status, &head.whole_body());
}

fn body(say: &mut Items<'_>, path: &str, status: u16, body: &[u8]) {
    if body.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    let start = String::from_utf8_lossy(&body[..body.len().min(MAX_PAGE)]);
    let is_xml = start.trim_start().starts_with('<');
    if ["/ISAPI/", "/PSIA/"].iter().any(|start| path.starts_with(start)) && is_xml {
        return vendor::isapi(say, body);
    }
    let is_interface = ["/axis-cgi/", "/cgi-bin/magicBox.cgi"].iter().any(|start| path.starts_with(start));
    if is_interface && (200..300).contains(&status) && !is_xml {
        return vendor::fields(say, body);
    }
    page(say, &start);
}

/// The title of a page, and the paths it sends browsers to.
fn page(say: &mut Items<'_>, page: &str) {
    let lower = page.to_ascii_lowercase();
    if let Some(at) = lower.find("<title")
        && let Some(open) = lower[at..].find('>').map(|open| at + open + 1)
        && let Some(close) = lower[open..].find("</title")
    {
        say.text(Kind::HttpTitle, &page[open..open + close]);
    }
    let mut paths: Vec<&str> = page
        .split(['"', '\''])
        .map(str::trim)
        .filter(|text| {
            text.len() > 1 && text.len() < 200 && text.starts_with('/') && !text.contains(char::is_whitespace)
        })
        .take(100)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths.into_iter().for_each(|path| say.text(Kind::HttpPath, path));
}

fn login(say: &mut Items<'_>, challenges: &[Challenge], realm: Kind, schemes_kind: Kind) {
    let mut realms: Vec<&str> = challenges.iter().filter_map(Challenge::realm).collect();
    realms.dedup();
    realms.into_iter().for_each(|text| say.text(realm, text));
    say.text(schemes_kind, &schemes(challenges));
}

/// Path and query of an address.
fn path_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    rest.find('/').map(|at| &rest[at..])
}
