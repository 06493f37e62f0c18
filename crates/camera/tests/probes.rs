//! Looking at devices from outside: what is asked, in which order, and what never is.

mod support;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use candour_camera::Dossier;
use candour_vetting::{Evidence, Kind, Source, Value};
use support::{Asked, Device, http, lab_camera};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// Loopback addresses of this file, one a test: discovery ports are fixed.
fn host(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 77, last).into()
}

fn texts(dossier: &Dossier, kind: Kind) -> Vec<&str> {
    dossier.evidence.iter().filter(|item| item.kind == kind).filter_map(Evidence::text).collect()
}

/// A camera of the lab whose pages are given, and everything else not there.
fn with_pages(asked: &Asked, streams: &str, pages: &[(&str, &str)]) -> Vec<u8> {
    let Some(page) = asked.page() else { return lab_camera(asked, streams) };
    match pages.iter().find(|(path, _)| *path == page) {
        Some((_, answer)) => answer.as_bytes().to_vec(),
        None => http("404 Not Found", "", ""),
    }
}

/// An RTSP server that demands a log-in, and everything it was asked.
async fn rtsp(host: IpAddr) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((host, 0)).await.expect("a free port");
    let (port, asked) = (listener.local_addr().expect("bound").port(), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                let answer = if request.starts_with("OPTIONS") {
                    "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Rtsp Server/3.0\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n"
                } else {
                    "RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm=\"Login to 3EPAA7EF4DC8055\", nonce=\"1\"\r\n\r\n"
                };
                seen.lock().expect("no panic").push(request);
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (port, asked)
}

#[tokio::test]
async fn rtsp_is_asked_last_without_a_log_in_and_only_if_the_gate_says_so() {
    let host = host(1);
    let (port, asked) = rtsp(host).await;
    let streams = format!("{host}:{port}");
    let device = Device::start_at(host, move |asked| with_pages(asked, &streams, &[])).await;
    let refused = device.examine(&|_| false).await.expect("a dossier");
    assert!(asked.lock().expect("no panic").is_empty(), "a refused camera sees no RTSP connection");
    assert!(refused.evidence.iter().any(|item| item.kind == Kind::RtspAnswer && item.text().is_none()));

    let everything_else = |evidence: &[Evidence]| {
        let has = |kind| evidence.iter().any(|item| item.kind == kind);
        assert!(has(Kind::OnvifModel) && has(Kind::HttpAnswer) && has(Kind::NeighbourMac) && has(Kind::UdpDiscovery));
        assert!(!has(Kind::RtspAnswer));
        true
    };
    let dossier = device.examine(&everything_else).await.expect("a dossier");
    let asked = asked.lock().expect("no panic").clone();
    let first_lines: Vec<_> = asked.iter().filter_map(|request| request.lines().next()).collect();
    let stream = format!("rtsp://{host}:{port}/main");
    assert_eq!(first_lines, [format!("OPTIONS {stream} RTSP/1.0"), format!("DESCRIBE {stream} RTSP/1.0")]);
    assert!(asked.iter().all(|request| !request.contains("Authorization")), "{asked:?}");
    assert_eq!(texts(&dossier, Kind::RtspRealm), ["Login to 3EPAA7EF4DC8055"]);
    assert_eq!(texts(&dossier, Kind::RtspServer), ["Rtsp Server/3.0"]);
    let kept = dossier.evidence.iter().find(|item| item.text() == Some("status 401") && item.kind == Kind::RtspAnswer);
    assert!(String::from_utf8_lossy(&kept.expect("kept as it came").raw).contains("nonce=\"1\""));
}

#[tokio::test]
async fn pages_vendors_paths_and_the_icon() {
    let icon = "HTTP/1.0 200 OK\r\nContent-Type: image/x-icon\r\n\r\nicon";
    let page =
        "HTTP/1.0 200 OK\r\nServer: App-webs/\r\n\r\n<html><title>Front door</title><a href=\"/doc/page/login.asp\">";
    let isapi = "HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"IP Camera(C6496)\", nonce=\"1\"\r\n\r\n";
    let pages = [("/", page), ("/ISAPI/System/deviceInfo", isapi), ("/favicon.ico", icon)];
    let device = Device::start_at(host(2), move |asked| with_pages(asked, "127.0.77.2:9", &pages)).await;
    let dossier = device.examine(&|_| false).await.expect("a dossier");
    assert_eq!(texts(&dossier, Kind::HttpTitle), ["Front door"]);
    assert!(texts(&dossier, Kind::HttpServer).contains(&"App-webs/"));
    assert_eq!(texts(&dossier, Kind::HttpPath), ["/doc/page/login.asp", "/ISAPI/System/deviceInfo"]);
    assert!(texts(&dossier, Kind::HttpRealm).contains(&"IP Camera(C6496)"));
    assert_eq!(texts(&dossier, Kind::HttpAnyPath), [""; 0]);
    // MurmurHash3 of base64("icon") with its line feed.
    assert_eq!(texts(&dossier, Kind::Favicon).len(), 1);
}

#[tokio::test]
async fn a_server_that_answers_for_anything_is_not_asked_for_vendors() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let device = Device::start_at(host(3), move |asked| match asked.page() {
        Some(page) => {
            seen.lock().expect("no panic").push(page.to_owned());
            support::challenge()
        }
        None => lab_camera(asked, "127.0.77.3:9"),
    })
    .await;
    let dossier = device.examine(&|_| false).await.expect("a dossier");
    assert_eq!(texts(&dossier, Kind::HttpAnyPath).len(), 1);
    let asked = asked.lock().expect("no panic").clone();
    assert!(!asked.iter().any(|path| path.contains("ISAPI") || path.contains("magicBox")), "{asked:?}");
}

/// Answers every datagram on a port with what `answer` makes of it; from a second socket too if `elsewhere`.
async fn udp(host: IpAddr, port: u16, answer: impl Fn(&str) -> Vec<Vec<u8>> + Send + 'static) {
    let socket = UdpSocket::bind((host, port)).await.expect("this test's own address");
    let elsewhere = UdpSocket::bind((host, 0)).await.expect("a free port");
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let call = String::from_utf8_lossy(&buffer[..length]).into_owned();
            // Nobody who was not called is heard.
            elsewhere
                .send_to(b"<ProbeMatch><DeviceDescription>DS-1</DeviceDescription></ProbeMatch>", from)
                .await
                .expect("sent");
            for datagram in answer(&call) {
                socket.send_to(&datagram, from).await.expect("sent");
            }
        }
    });
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    text.split(open).nth(1).and_then(|rest| rest.split(close).next()).unwrap_or_default()
}

#[tokio::test]
async fn only_answers_to_our_own_calls_count() {
    let host = host(4);
    let matched = |id: &str, model: &str| {
        format!("<ProbeMatch><Uuid>{id}</Uuid><DeviceDescription>{model}</DeviceDescription></ProbeMatch>").into_bytes()
    };
    udp(host, 37020, move |call| vec![matched("SOMEBODY-ELSE", "DS-2"), matched(between(call, "<Uuid>", "<"), "DS-3")])
        .await;
    udp(host, 3702, |call| {
        let id = between(call, "<a:MessageID>", "<");
        vec![format!(
            "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Header><RelatesTo>{id}</RelatesTo></e:Header><e:Body><ProbeMatches><ProbeMatch>\
             <Scopes>onvif://www.onvif.org/name/Lab</Scopes><XAddrs>http://192.0.2.9/onvif</XAddrs></ProbeMatch></ProbeMatches></e:Body></e:Envelope>"
        )
        .into_bytes()]
    })
    .await;
    udp(host, 37810, |_| vec![vec![0xff; 2000]]).await;
    let device = Device::start_at(host, |asked| with_pages(asked, "127.0.77.4:9", &[])).await;
    let dossier = device.examine(&|_| false).await.expect("a dossier");
    let models: Vec<_> = dossier
        .evidence
        .iter()
        .filter(|item| item.kind == Kind::DiscoveryModel)
        .map(|item| (item.text().unwrap_or_default(), item.source.clone()))
        .collect();
    let source = |asked_by_us| Source::Datagram { asked_by_us };
    assert_eq!(models, [("DS-2", source(false)), ("DS-3", source(true))]);
    assert_eq!(texts(&dossier, Kind::DiscoveryScope), ["onvif://www.onvif.org/name/Lab"]);
    assert_eq!(texts(&dossier, Kind::ForeignServiceAddress), ["http://192.0.2.9/onvif"]);
    let garbage = dossier.evidence.iter().filter(|item| matches!(item.value, Value::Unreadable(_))).count();
    assert_eq!(garbage, 1, "what does not read is evidence");
}

/// Garbage as fast as the machine sends it: a bounded number of datagrams is looked at, and none is answered.
#[tokio::test]
async fn a_flood_is_not_listened_to() {
    let host = host(5);
    let socket = Arc::new(UdpSocket::bind((host, 37020)).await.expect("this test's own address"));
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((_, from)) = socket.recv_from(&mut buffer).await {
            *counted.lock().expect("no panic") += 1;
            for _ in 0..20_000 {
                // A full buffer on the other side is what a flood meets.
                let _ = socket.send_to(b"<ProbeMatch><Uuid>1</Uuid><DeviceSN>x</DeviceSN></ProbeMatch>", from).await;
            }
        }
    });
    let device = Device::start_at(host, |asked| with_pages(asked, "127.0.77.5:9", &[])).await;
    let dossier = device.examine(&|_| false).await.expect("a dossier");
    assert_eq!(*calls.lock().expect("no panic"), 1, "one call, and no reply to what came back");
    let heard = dossier.evidence.iter().filter(|item| item.kind == Kind::UdpDiscovery && item.text().is_some()).count();
    assert_eq!(heard, 8);
    assert!(dossier.evidence.len() < 100);
}
