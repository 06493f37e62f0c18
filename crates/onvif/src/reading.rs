//! What one answer says, read by itself: for answers that were kept, and for those that other hands collected.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::DeviceInformation;
use crate::answers;
use crate::fault::Fault;
use crate::soap::{self, Answer};
use crate::xml::{Element, XmlError};

/// What an answer says. Anything that is not asked about here is [`Said::Nothing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// GetDeviceInformation.
    Information(DeviceInformation),
    /// Service addresses of GetServices or GetCapabilities.
    Services(Vec<String>),
    /// GetNetworkInterfaces.
    HardwareAddresses(Vec<String>),
    /// GetScopes.
    Scopes(Vec<String>),
    /// GetEndpointReference.
    Endpoint(String),
    /// GetHostname.
    Hostname(String),
    /// GetStreamUri.
    Stream(String),
    /// GetSnapshotUri.
    Snapshot(String),
    /// GetCertificates: the DER of each.
    Certificates(Vec<Vec<u8>>),
    /// GetUsers: how many it showed.
    Users(usize),
    /// A refusal or another fault.
    Fault(Fault),
    /// An envelope without any of these.
    Nothing,
}

/// Why an answer says nothing that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadingError {
    /// The XML was not read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is XML, and no SOAP envelope with something in it.
    #[error("it is no SOAP envelope")]
    NotSoap,
    /// A certificate is no base64.
    #[error("a certificate in it is no base64")]
    Certificate,
}

/// Reads the answer to `operation`, by its name in the specification. A bare response without an envelope reads too.
///
/// # Errors
/// [`ReadingError`] when the bytes are no answer at all.
pub fn read_answer(operation: &str, bytes: &[u8]) -> Result<Said, ReadingError> {
    let body = match soap::read(bytes) {
        Answer::Body(body) => body,
        Answer::Fault(fault) => return Ok(Said::Fault(fault)),
        Answer::Unreadable(why) => return Err(why.into()),
        Answer::NotSoap => {
            Element::parse(bytes).ok().filter(|e| e.name.ends_with("Response")).ok_or(ReadingError::NotSoap)?
        }
    };
    let text = |path: &[&str]| body.text_at(path);
    let named = operation.rsplit(['/', ':']).next().unwrap_or_default();
    Ok(match named {
        "GetDeviceInformation" => Said::Information(DeviceInformation::read(&body)),
        "GetServices" => Said::Services(answers::services(&body).into_iter().map(|s| s.address).collect()),
        "GetCapabilities" => Said::Services(answers::capabilities(&body).into_iter().map(|s| s.address).collect()),
        "GetNetworkInterfaces" => Said::HardwareAddresses(answers::hardware_addresses(&body)),
        "GetScopes" => Said::Scopes(answers::scopes(&body)),
        "GetEndpointReference" => text(&["GUID"]).map_or(Said::Nothing, Said::Endpoint),
        "GetHostname" => text(&["HostnameInformation", "Name"]).map_or(Said::Nothing, Said::Hostname),
        "GetStreamUri" => answers::stream_uri(&body).map_or(Said::Nothing, Said::Stream),
        "GetSnapshotUri" => answers::stream_uri(&body).map_or(Said::Nothing, Said::Snapshot),
        "GetCertificates" => Said::Certificates(certificates(&body)?),
        "GetUsers" => Said::Users(body.all("User").take(answers::MAX_ITEMS).count()),
        _ => Said::Nothing,
    })
}

fn certificates(body: &Element) -> Result<Vec<Vec<u8>>, ReadingError> {
    body.all("NvtCertificate")
        .take(answers::MAX_ITEMS)
        .filter_map(|one| one.at(&["Certificate", "Data"]).or_else(|| one.child("Certificate")))
        .map(|data| data.whole_text().chars().filter(|c| !c.is_ascii_whitespace()).collect::<String>())
        .filter(|text| !text.is_empty())
        .map(|text| STANDARD.decode(text).map_err(|_| ReadingError::Certificate))
        .collect()
}

/// A WS-Discovery answer (Hello, ProbeMatches, ResolveMatches).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Announcement {
    /// `urn:uuid:…`
    pub endpoint: Option<String>,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Service addresses.
    pub addresses: Vec<String>,
}

/// Reads a discovery datagram; each device it speaks of is one announcement.
///
/// # Errors
/// [`ReadingError`] when the bytes are no SOAP envelope.
pub fn read_announcements(bytes: &[u8]) -> Result<Vec<Announcement>, ReadingError> {
    let body = match soap::read(bytes) {
        Answer::Body(body) => body,
        Answer::Unreadable(why) => return Err(why.into()),
        Answer::Fault(_) | Answer::NotSoap => return Err(ReadingError::NotSoap),
    };
    let devices: Vec<&Element> = match body.name.as_str() {
        "ProbeMatches" => body.all("ProbeMatch").collect(),
        "ResolveMatches" => body.all("ResolveMatch").collect(),
        _ => vec![&body],
    };
    let words = |device: &Element, name: &str| -> Vec<String> {
        let text = device.child(name).map(Element::whole_text).unwrap_or_default();
        text.split_whitespace().take(answers::MAX_ITEMS).map(crate::xml::clean).collect()
    };
    Ok(devices
        .into_iter()
        .take(answers::MAX_ITEMS)
        .map(|device| Announcement {
            endpoint: device.text_at(&["EndpointReference", "Address"]),
            scopes: words(device, "Scopes"),
            addresses: words(device, "XAddrs"),
        })
        .collect())
}

/// Whether `address` names another host than `host`; `None` for what is no address with a host at all.
#[must_use]
pub fn is_foreign(address: &str, host: std::net::IpAddr) -> Option<bool> {
    crate::pin::names_other_host(address, host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soap(body: &str) -> Vec<u8> {
        format!("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>{body}</s:Body></s:Envelope>")
            .into_bytes()
    }

    #[test]
    fn answers_by_the_name_of_the_question() {
        let said = read_answer("GetSnapshotUri", &soap("<r><MediaUri><Uri>http://h/snap</Uri></MediaUri></r>"));
        assert_eq!(said, Ok(Said::Snapshot("http://h/snap".into())));
        let users = soap("<GetUsersResponse><User/><User/></GetUsersResponse>");
        assert_eq!(read_answer("GetUsers", &users), Ok(Said::Users(2)));
        let listed = soap("<r><NvtCertificate><Certificate><Data>AQID\nBA==</Data></Certificate></NvtCertificate></r>");
        assert_eq!(read_answer("GetCertificates", &listed), Ok(Said::Certificates(vec![vec![1, 2, 3, 4]])));
        assert_eq!(read_answer("GetUsers", b"<html/>"), Err(ReadingError::NotSoap));
        assert!(matches!(read_answer("GetUsers", b"<a"), Err(ReadingError::Xml(_))));
    }

    #[test]
    fn announcements_with_long_lists_of_scopes() {
        let scopes: Vec<String> =
            (0..60).map(|i| format!("onvif://www.onvif.org/name/a-rather-long-scope-number-{i}")).collect();
        let text = format!(
            "<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference>\
             <d:Scopes>{}</d:Scopes><d:XAddrs>http://h/a http://h/b</d:XAddrs></d:ProbeMatch></d:ProbeMatches>",
            scopes.join(" ")
        );
        let found = read_announcements(&soap(&text)).expect("an announcement");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].endpoint.as_deref(), Some("urn:uuid:1"));
        assert_eq!(found[0].scopes, scopes);
        assert_eq!(found[0].addresses, ["http://h/a", "http://h/b"]);
    }
}
