//! The live socket, spoken to by a client that nobody here wrote.

use std::sync::Arc;
use std::time::Duration;

use candour_db::CameraRow;
use candour_units::{Clock, StreamKind};
use candour_wire::live::{FLAG_BREAK, FLAG_CACHED, FLAG_KEY, FLAG_LAST_CACHED, HEADER_BYTES};
use futures::{SinkExt, StreamExt};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::footage::Feeder;
use crate::site_double::lost;
use crate::world::{Caller, World};

/// Longer than anything takes on a busy machine; a test that waits that long fails.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Page(WebSocketStream<TlsStream<TcpStream>>);

/// How a subscription stands, by the first message that settles it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A picture came.
    Picture,
    /// None will, for that reason.
    Refused(String),
    /// None comes now, for that reason.
    Lost(String),
}

impl Told {
    fn by(message: &Message) -> Option<Self> {
        if unit(message).is_some() {
            return Some(Self::Picture);
        }
        let said = control(message)?;
        let words = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        match (said["type"].as_str(), said["state"].as_str()) {
            (Some("refused"), _) => Some(Self::Refused(words("why"))),
            (Some("state"), Some("lost")) => Some(Self::Lost(words("cause"))),
            _ => None,
        }
    }
}

/// One access unit as it came.
struct Unit {
    flags: u8,
    sub: u16,
    seq: u32,
    number: i64,
}

async fn try_open(world: &World, caller: &Caller) -> Result<Page, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&world.authority).expect("PEM")).expect("a certificate");
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let tcp = TcpStream::connect(("127.0.0.1", world.port)).await.expect("a connection");
    let name = "localhost".try_into().expect("a name");
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("TLS");
    let mut request = format!("wss://localhost:{}/api/v1/live", world.port).into_client_request()?;
    for (name, value) in &caller.headers {
        request.headers_mut().insert(name, value.clone());
    }
    tokio_tungstenite::client_async(request, tls).await.map(|(socket, _)| Page(socket))
}

pub async fn open(world: &World, caller: &Caller) -> Page {
    try_open(world, caller).await.expect("the socket opens")
}

/// The page of somebody who may watch; `None` for whoever needs a role for it.
pub async fn open_to(world: &World, caller: &Caller) -> Option<Page> {
    match try_open(world, caller).await {
        Ok(page) => Some(page),
        refused => {
            assert_eq!(refused_with(refused), 403);
            None
        }
    }
}

fn refused_with(result: Result<Page, Error>) -> u16 {
    match result {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the socket opened"),
    }
}

impl Page {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    pub async fn subscribe(&mut self, sub: u16, camera: &CameraRow) {
        let camera = camera.id.to_string();
        self.say(json!({ "type": "subscribe", "sub": sub, "camera": camera, "stream": "main", "accept": ["avc1"] }))
            .await;
    }

    /// The first message that is wanted; the others are passed over. Beats come for ever, so the whole search has an end.
    async fn find<T>(&mut self, what: &str, mut wanted: impl FnMut(Message) -> Option<T>) -> T {
        let search = async {
            loop {
                let message = self.0.next().await.expect("the socket is open").expect("a message");
                if let Some(found) = wanted(message) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("{what} came in time"))
    }

    /// The next control message that is no beat; access units before it are passed over.
    async fn control(&mut self) -> Value {
        self.find("a control message", |message| control(&message)).await
    }

    pub async fn control_of(&mut self, kind: &str) -> Value {
        self.find(kind, |message| control(&message).filter(|value| value["type"] == kind)).await
    }

    /// How the only subscription of the page stands.
    pub async fn told(&mut self) -> Told {
        self.find("a picture, or why there is none", |message| Told::by(&message)).await
    }

    /// The same, if anything settles it soon: for whoever waits for something else beside it.
    pub async fn told_soon(&mut self) -> Option<Told> {
        let told = self.find("a picture, or why there is none", |message| Told::by(&message));
        tokio::time::timeout(Duration::from_millis(50), told).await.ok()
    }

    pub async fn close(mut self) {
        self.0.close(None).await.expect("closed");
    }

    async fn unit(&mut self) -> Unit {
        self.find("an access unit", |message| unit(&message)).await
    }

    /// The close code.
    pub async fn closed(mut self) -> u16 {
        self.find("the close", |message| match message {
            Message::Close(frame) => Some(frame.expect("a reason").code.into()),
            _ => None,
        })
        .await
    }
}

fn control(message: &Message) -> Option<Value> {
    let Message::Text(text) = message else { return None };
    let value: Value = serde_json::from_str(text).expect("JSON");
    (value["type"] != "beat").then_some(value)
}

fn unit(message: &Message) -> Option<Unit> {
    let Message::Binary(bytes) = message else { return None };
    assert_eq!(bytes[0], 2);
    let data = &bytes[HEADER_BYTES..];
    assert_eq!(data[..4], [0, 0, 0, 100]);
    Some(Unit {
        flags: bytes[1],
        sub: u16::from_be_bytes([bytes[2], bytes[3]]),
        seq: u32::from_be_bytes(bytes[4..8].try_into().expect("four bytes")),
        number: Feeder::number(data),
    })
}

/// Waits until something is so; fails when it never is.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let give_up = tokio::time::Instant::now() + PATIENCE;
    while !so().await {
        assert!(tokio::time::Instant::now() < give_up, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_wall_is_one_look_and_its_end_says_what_was_sent() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let (a, a_stream) = world.camera("A").await;
    let (b, b_stream) = world.camera("B").await;
    let mut feeders = [Feeder::start(&world, &a_stream, false), Feeder::start(&world, &b_stream, false)];
    feeders.iter_mut().for_each(|feeder| feeder.feed(15));

    let mut page = open(&world, &olga).await;
    page.subscribe(1, &a).await;
    page.subscribe(2, &b).await;
    let config = page.control_of("config").await;
    assert_eq!(config["stream"], "main");
    assert!(config["codec"].as_str().is_some_and(|codec| codec.starts_with("avc1.")), "{config}");
    assert_eq!(world.kinds_in_log().await.iter().filter(|kind| *kind == "look_live").count(), 1);
    let [who, what, ..] = world.newest("look_live").await.expect("it was written down");
    assert_eq!(who["name"], "Olga Operator");
    assert_eq!(what["cameras"].as_array().map(Vec::len), Some(2));

    // The GOP from before: the newest sync sample is number 10, the newest sample number 14.
    let (mut units, mut fresh) = (Vec::new(), 0);
    while units.len() < 10 {
        units.push(page.unit().await);
    }
    for sub in [1, 2] {
        let mine: Vec<_> = units.iter().filter(|unit| unit.sub == sub).collect();
        assert_eq!(mine.iter().map(|unit| unit.number).collect::<Vec<_>>(), [10, 11, 12, 13, 14]);
        assert_eq!(mine[0].flags, FLAG_KEY | FLAG_CACHED | FLAG_BREAK);
        assert_eq!(mine[4].flags, FLAG_CACHED | FLAG_LAST_CACHED);
        assert!(mine.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    }
    feeders.iter_mut().for_each(|feeder| feeder.feed(2));
    while fresh < 4 {
        let unit = page.unit().await;
        assert_eq!(unit.flags & FLAG_CACHED, 0);
        fresh += 1;
    }
    page.0.close(None).await.expect("closed");

    until("the end is written down", async || world.newest("look_ended").await.is_some()).await;
    let [.., sent] = world.newest("look_ended").await.expect("it was written down");
    assert_eq!(sent["look"], "live");
    let by_camera = sent["sent"].as_array().expect("cameras").clone();
    assert_eq!(by_camera.len(), 2);
    for of in by_camera {
        assert_eq!((&of["samples"], &of["bytes"]), (&json!(7), &json!(7 * 104)));
    }
    let watched = world.site.watched.lock().expect("not poisoned").clone();
    for camera in [a.id, b.id] {
        let counts: Vec<_> = watched.iter().filter(|(of, _)| *of == camera).map(|(_, count)| *count).collect();
        assert_eq!(counts, [1, 0]);
    }
}

#[tokio::test]
async fn another_camera_is_another_look_a_camera_again_is_not() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let ((a, a_stream), (b, b_stream)) = (world.camera("A").await, world.camera("B").await);
    let mut feeders = [Feeder::start(&world, &a_stream, false), Feeder::start(&world, &b_stream, false)];
    feeders.iter_mut().for_each(|feeder| feeder.feed(1));
    let looks = async || world.kinds_in_log().await.iter().filter(|kind| *kind == "look_live").count();
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &a).await;
    page.control_of("config").await;
    page.subscribe(2, &a).await;
    page.control_of("config").await;
    assert_eq!(looks().await, 1);
    page.subscribe(3, &b).await;
    assert_eq!(page.control_of("config").await["sub"], 3);
    assert_eq!(looks().await, 2);
    let [_, what, ..] = world.newest("look_live").await.expect("it was written down");
    assert_eq!(what["cameras"].as_array().map(Vec::len), Some(2));
    let [.., sent] = world.newest("look_ended").await.expect("the look before has ended");
    assert_eq!(sent["why"], "went on with other cameras");
}

#[tokio::test]
async fn who_may_not_gets_no_socket() {
    let world = World::set_up().await;
    assert_eq!(refused_with(try_open(&world, &world.anybody()).await), 401);
    assert_eq!(refused_with(try_open(&world, &world.signed_in("adam").await).await), 403);
    let mut elsewhere = world.signed_in("olga").await;
    elsewhere.headers.insert("origin", "https://evil.example".parse().expect("a header value"));
    assert_eq!(refused_with(try_open(&world, &elsewhere).await), 403);
}

#[tokio::test]
async fn what_cannot_be_shown_says_why() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let (a, a_stream) = world.camera("A").await;
    let mut page = open(&world, &olga).await;
    let subscribe = |sub: u16, camera: &str, stream: &str, accept: &str| json!({ "type": "subscribe", "sub": sub, "camera": camera, "stream": stream, "accept": [accept] });
    page.say(subscribe(1, &"0".repeat(32), "main", "avc1")).await;
    assert_eq!(page.control().await, json!({ "type": "refused", "sub": 1, "why": "There is no such camera." }));
    page.say(subscribe(2, &a.id.to_string(), "third", "avc1")).await;
    assert_eq!(page.control().await["type"], "refused");

    // Nothing comes from the camera: the program knows why.
    let since = world.clock.wall();
    world.site.states.lock().expect("not poisoned").insert(a.id, lost("It is switched off.", since));
    page.subscribe(3, &a).await;
    let state = page.control_of("state").await;
    assert_eq!((&state["state"], &state["cause"]), (&json!("lost"), &json!("It is switched off.")));
    assert_eq!(state["since_90k"], since.ticks());

    // It comes back: the page need not ask again.
    let mut feeder = Feeder::start(&world, &a_stream, false);
    feeder.feed(1);
    assert_eq!(page.control_of("config").await["sub"], 3);
    page.say(subscribe(4, &a.id.to_string(), "main", "hvc1")).await;
    let refused = page.control_of("refused").await;
    assert_eq!(refused["sub"], 4, "there is no sub-stream to fall back on");
}

#[tokio::test]
async fn a_browser_that_cannot_play_the_stream_gets_the_other() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let (a, _) = world.camera("A").await;
    let streams = world.db.streams(a.id).await.expect("the database works");
    let sub = streams.iter().find(|stream| stream.kind == StreamKind::Sub).expect("a sub-stream");
    let mut feeder = Feeder::start(&world, sub, false);
    feeder.feed(1);
    let main = streams.iter().find(|stream| stream.kind == StreamKind::Main).expect("a main stream");
    let mut other = crate::footage::entry();
    other.codec_string = "hvc1.1.6.L120.90".to_owned();
    let intake = world.archive.intake(a.id, main.id, main.kind, None);
    intake.run_started(other, candour_recording::ClockEvidence::default(), world.clock.wall());
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &a).await;
    let config = page.control_of("config").await;
    assert_eq!((&config["stream"], &config["sub"]), (&json!("sub"), &json!(1)));
}

#[tokio::test]
async fn a_look_is_renewed_by_one_entry_for_all() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let (a, a_stream) = world.camera("A").await;
    let mut feeder = Feeder::start(&world, &a_stream, false);
    feeder.feed(1);
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &a).await;
    page.unit().await;
    for minute in 1..=3 {
        world.clock.advance_s(45);
        until("the look is renewed", async || {
            let [.., sent] = world.newest("look_live").await.expect("it was written down");
            let looks = world.kinds_in_log().await.iter().filter(|kind| *kind == "look_live").count();
            looks == 1 + minute && sent["renewal"] == true
        })
        .await;
        feeder.feed(1);
        page.unit().await;
    }
}

#[tokio::test]
async fn without_the_log_nobody_sees_anything() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let (a, a_stream) = world.camera("A").await;
    let mut feeder = Feeder::start(&world, &a_stream, false);
    feeder.feed(1);
    let mut standing = open(&world, &olga).await;
    standing.subscribe(1, &a).await;
    standing.unit().await;

    world.break_log();
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &a).await;
    let refused = page.control().await;
    assert_eq!(refused["type"], "refused");
    assert!(refused["why"].as_str().is_some_and(|why| why.contains("log cannot be written")), "{refused}");

    // Who looked already sees on until the permission lapses, and not a picture longer.
    feeder.feed(1);
    standing.unit().await;
    world.clock.advance_s(60);
    feeder.feed(5);
    let message = standing.control_of("refused").await;
    assert_eq!(message["sub"], 1);
    world.mend_log();
    standing.subscribe(1, &a).await;
    standing.control_of("config").await;
}

#[tokio::test]
async fn the_end_of_a_sign_in_closes_the_socket() {
    let world = World::set_up().await;
    let (olga, adam) = (world.signed_in("olga").await, world.signed_in("adam").await);
    let page = open(&world, &olga).await;
    assert_eq!(olga.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
    assert_eq!(page.closed().await, 4401);

    let olga = world.signed_in("olga").await;
    let page = open(&world, &olga).await;
    let people = adam.get("/api/v1/people").await.json();
    let person = people.as_array().expect("people").iter().find(|person| person["sign_in_name"] == "olga");
    let path = format!("/api/v1/people/{}", person.expect("she is there")["id"].as_str().expect("an id"));
    assert_eq!(adam.patch(&path, json!({ "disabled": true })).await.status, StatusCode::OK);
    assert_eq!(page.closed().await, 4401);
}

#[tokio::test]
async fn a_wall_outlives_the_sign_in_that_opened_it() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let (a, a_stream) = world.camera("A").await;
    let mut feeder = Feeder::start(&world, &a_stream, false);
    feeder.feed(1);
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &a).await;
    page.unit().await;
    world.clock.advance_s(30 * 3600);
    olga.get("/api/v1/session").await.problem(401, "not-signed-in");
    // The permission to look lapsed in this leap, which no real clock makes; the socket itself stands.
    page.control_of("refused").await;
    page.subscribe(1, &a).await;
    feeder.feed(1);
    page.control_of("config").await;
}

#[tokio::test]
async fn a_page_that_is_behind_starts_again_with_the_newest_pictures() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let (a, a_stream) = world.camera("A").await;
    let mut feeder = Feeder::start(&world, &a_stream, false);
    feeder.feed(1);
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &a).await;
    let first = page.unit().await;
    page.say(json!({ "type": "ack", "sub": 1, "seq": first.seq })).await;
    // 2 s go by in steps that the archive does not call late; the page takes all of it and acknowledges nothing.
    for _ in 0..5 {
        feeder.feed(4);
        for _ in 0..4 {
            page.unit().await;
        }
    }
    page.say(json!({ "type": "ack", "sub": 1, "seq": first.seq })).await;
    loop {
        let unit = page.unit().await;
        if unit.flags & FLAG_CACHED != 0 {
            assert_ne!(unit.flags & FLAG_KEY, 0, "the first of them is a sync sample");
            assert_ne!(unit.flags & FLAG_BREAK, 0, "and times start anew");
            break;
        }
    }
}

#[tokio::test]
async fn nonsense_closes_the_socket() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    for nonsense in ["{", "[]", "{\"type\":\"subscribe\"}", "{\"type\":\"other\"}"] {
        let mut page = open(&world, &olga).await;
        page.0.send(Message::text(nonsense)).await.expect("sent");
        assert_eq!(page.closed().await, 4400, "{nonsense}");
    }
    let mut page = open(&world, &olga).await;
    page.0.send(Message::binary(vec![1, 2, 3])).await.expect("sent");
    assert_eq!(page.closed().await, 4400);
}

#[tokio::test]
async fn stopping_ends_looks_in_order() {
    let mut world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let (a, a_stream) = world.camera("A").await;
    let mut feeder = Feeder::start(&world, &a_stream, false);
    feeder.feed(1);
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &a).await;
    page.unit().await;
    let stop = world.stop();
    let (code, ()) = tokio::join!(page.closed(), stop);
    assert_eq!(code, 1001);
    let [.., sent] = world.newest("look_ended").await.expect("it was written down");
    assert_eq!(sent["why"], "the recorder is stopping");
}
