//! A device on loopback: a function from a request to the bytes of an answer.
#![allow(dead_code, reason = "each test program uses a part of this")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candour_camera::{CameraError, Dossier, Secret, Target, Transport, examine};
use candour_units::{SeededEntropy, SimClock, WallTime};
use candour_vetting::Evidence;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The hosts of these tests.
pub const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What arrived.
pub struct Asked {
    /// Head and body.
    pub text: String,
    /// The address it arrived at.
    pub host: IpAddr,
    /// The port it arrived at.
    pub port: u16,
}

impl Asked {
    /// The path of a page that is asked for.
    pub fn page(&self) -> Option<&str> {
        self.text.strip_prefix("GET ")?.split(' ').next()
    }

    /// Whether the operation is asked.
    pub fn is(&self, operation: &str) -> bool {
        self.text.contains(&format!("<o:{operation} "))
    }

    /// Whether a proof of the password came with it.
    pub fn is_logged_in(&self) -> bool {
        self.text.to_ascii_lowercase().contains("\nauthorization: digest ")
    }
}

/// A device that answers every connection with `answer`.
pub struct Device {
    host: IpAddr,
    /// Where it listens.
    pub port: u16,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Device {
    pub async fn start(answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start_at(HOST, answer).await
    }

    /// At another loopback address, where ports are its own.
    pub async fn start_at(host: IpAddr, answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((host, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (Arc::clone(&connections), Arc::new(answer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                tokio::spawn(async move { serve(stream, (host, port), &*answer).await });
            }
        });
        Self { host, port, connections, task }
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Asks it, as the server would in lab mode.
    pub async fn interrogate(&self) -> Result<Dossier, CameraError> {
        self.examine(&|_| true).await
    }

    /// Asks it; `may_ask_rtsp` is the gate's word in between.
    pub async fn examine(&self, may_ask_rtsp: &(dyn Fn(&[Evidence]) -> bool + Sync)) -> Result<Dossier, CameraError> {
        ask_at(self.host, self.port, true, may_ask_rtsp).await
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Asks whatever listens on that port of loopback.
pub async fn ask(port: u16, lab: bool) -> Result<Dossier, CameraError> {
    ask_at(HOST, port, lab, &|_| true).await
}

async fn ask_at(
    host: IpAddr,
    port: u16,
    lab: bool,
    may_ask_rtsp: &(dyn Fn(&[Evidence]) -> bool + Sync),
) -> Result<Dossier, CameraError> {
    let target = Target {
        host,
        port,
        transport: Transport::Clear,
        user: "recorder".into(),
        password: Secret::new("correct horse".into()),
        lab,
    };
    let clock = SimClock::at(WallTime::from_unix_seconds(1_795_461_180));
    examine(&target, &clock, &SeededEntropy::new(1), may_ask_rtsp).await
}

async fn serve(mut stream: TcpStream, (host, port): (IpAddr, u16), answer: &(dyn Fn(&Asked) -> Vec<u8> + Send + Sync)) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&bytes) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
    let asked = Asked { text: String::from_utf8_lossy(&bytes).into_owned(), host, port };
    // The client may hang up on what is too long: that is what such a test is about.
    if stream.write_all(&answer(&asked)).await.is_ok() {
        stream.shutdown().await.unwrap_or_default();
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let Some(end) = text.find("\r\n\r\n") else { return false };
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    bytes.len() >= end + 4 + length.unwrap_or(0)
}

/// An HTTP answer.
pub fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
        .into_bytes()
}

/// A SOAP answer.
pub fn soap(body: &str) -> Vec<u8> {
    http(
        "200 OK",
        "Content-Type: application/soap+xml\r\n",
        &format!("<e:Envelope xmlns:e='x'><e:Body>{body}</e:Body></e:Envelope>"),
    )
}

/// A demand for log-in.
pub fn challenge() -> Vec<u8> {
    http(
        "401 Unauthorized",
        "WWW-Authenticate: Digest realm=\"lab\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256\r\nServer: lab/1\r\n",
        "",
    )
}

/// A camera of the lab that wants Digest, with its streams on `stream_host`.
pub fn lab_camera(asked: &Asked, stream_host: &str) -> Vec<u8> {
    if asked.is("GetSystemDateAndTime") {
        return soap(
            "<R><SystemDateAndTime><UTCDateTime><Time><Hour>19</Hour><Minute>13</Minute><Second>7</Second></Time>\
             <Date><Year>2026</Year><Month>11</Month><Day>23</Day></Date></UTCDateTime></SystemDateAndTime></R>",
        );
    }
    if !asked.is_logged_in() {
        return challenge();
    }
    let video = |token: &str, width: u32, height: u32| {
        format!(
            "<Profiles token='{token}'><Name>{token}</Name><VideoEncoderConfiguration><Encoding>H264</Encoding>\
             <Resolution><Width>{width}</Width><Height>{height}</Height></Resolution></VideoEncoderConfiguration></Profiles>"
        )
    };
    let body = if asked.is("GetCertificates") || asked.is("GetUsers") {
        "<R/>".to_owned()
    } else if asked.is("GetDeviceInformation") {
        "<R><Manufacturer>Candour Lab</Manufacturer><Model>Lab Fixed 1080</Model><FirmwareVersion>1.0.0</FirmwareVersion>\
         <SerialNumber>LAB-1</SerialNumber><HardwareId>h</HardwareId></R>"
            .to_owned()
    } else if asked.is("GetNetworkInterfaces") {
        "<R><NetworkInterfaces token='e'><Info><HwAddress>FC:00:0C:00:00:01</HwAddress></Info></NetworkInterfaces></R>"
            .to_owned()
    } else if asked.is("GetScopes") {
        "<R><Scopes><ScopeItem>onvif://www.onvif.org/name/Lab</ScopeItem></Scopes></R>".to_owned()
    } else if asked.is("GetServices") {
        format!(
            "<R><Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace>\
             <XAddr>http://{}:{}/onvif/media_service</XAddr></Service></R>",
            asked.host, asked.port
        )
    } else if asked.is("GetCapabilities") {
        "<R/>".to_owned()
    } else if asked.is("GetProfiles") {
        format!("<R>{}{}</R>", video("main", 1920, 1080), video("sub", 640, 360))
    } else {
        let token = if asked.text.contains(">sub<") { "sub" } else { "main" };
        format!("<R><MediaUri><Uri>rtsp://{stream_host}/{token}</Uri></MediaUri></R>")
    };
    soap(&body)
}
