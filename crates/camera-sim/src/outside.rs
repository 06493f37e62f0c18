//! What a camera shows to those who do not log in: pages of its web server, and answers to discovery datagrams.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::net::UdpSocket;

use crate::config::CameraConfig;
use crate::counters::Counters;
use crate::onvif::Serving;

/// The outside of a camera.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutsideConfig {
    /// The `Server` header of every answer; none if absent.
    pub server: Option<String>,
    /// Pages beside ONVIF.
    pub pages: Vec<Page>,
    /// Status of every path that is no page: 404, or 401 for a server that demands a log-in for whatever is asked.
    pub elsewhere: u16,
    /// Discovery ports on which the camera listens.
    pub datagrams: Vec<Datagram>,
}

impl Default for OutsideConfig {
    fn default() -> Self {
        Self { server: None, pages: Vec::new(), elsewhere: 404, datagrams: Vec::new() }
    }
}

/// A page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Path, with its query if it has one.
    pub path: String,
    /// Status.
    pub status: u16,
    /// Header lines, `Name: value`.
    #[serde(default)]
    pub headers: Vec<String>,
    /// The body.
    #[serde(default)]
    pub body: String,
}

/// What is sent back to whoever sends a datagram to a port.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Datagram {
    /// The UDP port.
    pub port: u16,
    /// The text; `{id}` becomes the id that stands in the call (`MessageID` or `Uuid`).
    #[serde(default)]
    pub answer: String,
    /// Whether the 32 bytes of a DHIP header go before it.
    #[serde(default)]
    pub dhip: bool,
    /// This many bytes of garbage in place of the text.
    #[serde(default)]
    pub garbage: usize,
    /// How many times it is sent for one call.
    #[serde(default = "once")]
    pub copies: u32,
    /// Whether the camera does without where the port is somebody else's.
    #[serde(skip)]
    pub optional: bool,
}

const fn once() -> u32 {
    1
}

impl Datagram {
    fn bytes(&self, call: &[u8]) -> Vec<u8> {
        if self.garbage > 0 {
            return (0..self.garbage).map(|at| (at * 31 % 251) as u8 | 0x80).collect();
        }
        let call = String::from_utf8_lossy(call);
        let text = self.answer.replace("{id}", id_of(&call)).into_bytes();
        if !self.dhip {
            return text;
        }
        let length = (text.len() as u64).to_le_bytes();
        [b"\x20\0\0\0DHIP\0\0\0\0\0\0\0\0".as_slice(), &length, &length, &text].concat()
    }
}

fn id_of(call: &str) -> &str {
    let after = ["MessageID>", "Uuid>"].iter().find_map(|tag| call.split_once(tag)).map_or("", |(_, rest)| rest);
    after.split('<').next().unwrap_or_default()
}

/// Where devices answer WS-Discovery (ONVIF Core 7.1).
const DISCOVERY_PORT: u16 = 3702;

/// Makes a camera that has no answer of its own on that port announce its scopes and its ONVIF service at `onvif`.
pub fn announce(camera: &mut CameraConfig, onvif: SocketAddr) {
    if camera.outside.datagrams.iter().any(|datagram| datagram.port == DISCOVERY_PORT) {
        return;
    }
    let endpoint = camera.endpoint_uuid.first().cloned().unwrap_or_else(|| format!("urn:serial:{}", camera.serial));
    let [endpoint, scopes] =
        [endpoint, camera.scopes.join(" ")].map(|text| quick_xml::escape::escape(&text).into_owned());
    let (path, scheme) = (crate::config::DEVICE_PATH, if camera.tls { "https" } else { "http" });
    let answer = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" \
         xmlns:n=\"http://www.onvif.org/ver10/network/wsdl\"><e:Header><a:RelatesTo>{{id}}</a:RelatesTo>\
         <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></e:Header>\
         <e:Body><d:ProbeMatches><d:ProbeMatch>\
         <a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference>\
         <d:Types>n:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes>\
         <d:XAddrs>{scheme}://{onvif}{path}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>\
         </d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
    );
    let announcement = Datagram { port: DISCOVERY_PORT, answer, dhip: false, garbage: 0, copies: 1, optional: true };
    camera.outside.datagrams.push(announcement);
}

/// Answers discovery calls to a camera.
///
/// # Errors
/// When a port cannot be had.
pub async fn serve_datagrams(camera: &CameraConfig, counters: &Arc<Counters>) -> anyhow::Result<()> {
    for datagram in camera.outside.datagrams.clone() {
        let at = SocketAddr::new(camera.address, datagram.port);
        let bound = UdpSocket::bind(at).await.with_context(|| {
            format!("camera \"{}\": cannot listen for discovery on {at}; choose another address", camera.name)
        });
        let socket = match bound {
            Ok(socket) => socket,
            Err(error) if datagram.optional => {
                eprintln!("camera-sim: {error:#}; this camera is not found by discovery");
                continue;
            }
            Err(error) => return Err(error),
        };
        let counters = counters.clone();
        tokio::spawn(async move {
            let mut buffer = vec![0; 65_535];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                Counters::count(&counters.datagrams);
                let bytes = datagram.bytes(&buffer[..length]);
                for _ in 0..datagram.copies {
                    // Whoever asked may be gone, or cannot take so much: a camera does not care.
                    let _ = socket.send_to(&bytes, from).await;
                }
            }
        });
    }
    Ok(())
}

/// Answers whatever is no ONVIF service.
pub async fn page(State(serving): State<Arc<Serving>>, method: Method, uri: Uri) -> Response {
    serving.count_page();
    let outside = &serving.device.camera.outside;
    let asked = uri.path_and_query().map_or("/", |path| path.as_str());
    let page = outside.pages.iter().find(|page| method == Method::GET && page.path == asked);
    let status = |code: u16| StatusCode::from_u16(code).unwrap_or(StatusCode::NOT_FOUND);
    let Some(page) = page else {
        let mut response = status(outside.elsewhere).into_response();
        if outside.elsewhere == 401 {
            let realm = format!("Digest realm=\"{}\", nonce=\"0\", qop=\"auth\"", serving.device.realm());
            put(&mut response, "WWW-Authenticate", &realm);
        }
        return response;
    };
    let mut response = (status(page.status), page.body.clone()).into_response();
    for (name, value) in page.headers.iter().filter_map(|line| line.split_once(':')) {
        put(&mut response, name, value.trim());
    }
    response
}

/// Names the web server, if the camera does.
pub async fn sign(State(serving): State<Arc<Serving>>, mut response: Response) -> Response {
    if let Some(server) = &serving.device.camera.outside.server {
        put(&mut response, header::SERVER.as_str(), server);
    }
    response
}

fn put(response: &mut Response, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_carry_the_id_of_the_call() {
        let datagram =
            Datagram { port: 1, answer: "<R>{id}</R>".into(), dhip: false, garbage: 0, copies: 1, optional: false };
        assert_eq!(datagram.bytes(b"<P><Uuid>AB-1</Uuid></P>"), b"<R>AB-1</R>");
        assert_eq!(datagram.bytes(b"<a:MessageID>urn:uuid:7</a:MessageID>"), b"<R>urn:uuid:7</R>");
        assert_eq!(datagram.bytes(b"nothing"), b"<R></R>");
        let dhip = Datagram { dhip: true, answer: "{}".into(), ..datagram };
        assert_eq!((dhip.bytes(b"").len(), &dhip.bytes(b"")[4..8]), (34, b"DHIP".as_slice()));
    }
}
