//! A recorder for one test, and people who call at its door.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use candour_archive::{Archive, ArchiveConfig, MaskStillParts, MaskStills};
use candour_audit::{Log, LogConfig};
use candour_db::{CameraRow, Db, OfVersion, PurposeRow, StreamRow};
use candour_decode::{Program, Stills};
use candour_durable::{Disk, Fault, Script, Step};
use candour_http::{ConversionConfig, Deps, HttpConfig, OwnCertificate, Running, SecondFactor, Server, TrialConfig};
use candour_keyring::{Keyring, KeyringConfig};
use candour_units::{
    CameraId, Hash, PolicyId, PurposeId, RecorderId, SeededEntropy, SimClock, StreamId, StreamKind, WallDuration,
    WallRange, WallTime,
};
use candour_wire::secret::Secret;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Certificate, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site_double::SiteDouble;

pub const PASSWORD: &str = "a password for tests";

pub struct World {
    pub db: Db,
    pub log: Log,
    log_disk: Arc<Script>,
    pub archive: Archive,
    pub mask_stills: Arc<MaskStills>,
    pub clock: Arc<SimClock>,
    pub site: Arc<SiteDouble>,
    pub running: Option<Running>,
    pub dir: TempDir,
    pub port: u16,
    pub token: Option<Secret>,
    /// The site authority's certificate as it was at the start, PEM.
    pub authority: Vec<u8>,
}

/// The program in the decoder's place: there is one only where a test has put it into the directory. What the real one makes of footage is
/// tested where both programs run.
fn decoder(dir: &TempDir) -> Program {
    Program { patience: Duration::from_secs(20), ..Program::at(dir.path().join("candour-decoder")) }
}

fn conversion(dir: &TempDir) -> Option<ConversionConfig> {
    let program = decoder(dir);
    program.path.exists().then(|| ConversionConfig {
        program,
        pictures_per_second: None,
        killed: Arc::new(|_, _, _| ()),
        deaths: Default::default(),
    })
}

/// The same program looks through footage.
fn trial(dir: &TempDir) -> Option<TrialConfig> {
    let config = conversion(dir)?;
    Some(TrialConfig { program: config.program, settings: Default::default(), killed: config.killed })
}

impl World {
    /// A recorder that was never set up.
    pub async fn fresh() -> Self {
        Self::with_certificate(tempfile::tempdir().expect("a temporary directory"), None).await
    }

    /// The same, asking for second factors as the program does; what lies behind them is tested without.
    pub async fn fresh_with_second_factors() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self::open(dir, now(), None, SecondFactor::Required).await
    }

    /// A recorder that was never set up, with a certificate somebody else made.
    pub async fn with_certificate(dir: TempDir, own: Option<OwnCertificate>) -> Self {
        Self::open(dir, now(), own, SecondFactor::LeftOut).await
    }

    async fn open(
        dir: TempDir,
        clock: Arc<SimClock>,
        own_certificate: Option<OwnCertificate>,
        second_factor: SecondFactor,
    ) -> Self {
        let entropy = Arc::new(SeededEntropy::new(clock.as_ref() as *const SimClock as u64));
        let path = |name: &str| -> PathBuf { dir.path().join(name) };
        let recorder = RecorderId::from_bytes([9; 16]);
        let db = Db::open(&path("db.sqlite")).await.expect("the database opens");
        let config =
            LogConfig { directory: path("log"), second: None, recorder, origin: "candour.test/log".to_owned() };
        let log_disk = Arc::new(Script::new());
        let disk = Disk::with_faults(log_disk.clone());
        let log = Log::open_on(disk, config, clock.clone(), entropy.clone()).expect("the log opens");
        let copies = vec![path("keys-1"), path("keys-2")];
        for directory in [&path("footage"), &copies[0], &copies[1]] {
            std::fs::create_dir_all(directory).expect("a directory");
        }
        let keyring =
            Keyring::open(KeyringConfig { master: path("master.key"), copies }, entropy.clone()).expect("keys open");
        let config = ArchiveConfig { directories: vec![path("footage")], recorder };
        let (archive, _) =
            Archive::open(config, db.clone(), keyring.clone(), log.clone(), clock.clone(), entropy.clone())
                .await
                .expect("the archive opens");
        let site = Arc::new(SiteDouble {
            db: db.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            watched: Default::default(),
            states: Default::default(),
            lists: crate::site_double::lists(),
            papers: std::sync::Mutex::default(),
            exceptions: std::sync::Mutex::default(),
            search: std::sync::Mutex::default(),
            set_up: std::sync::Mutex::default(),
            tables: std::sync::Mutex::default(),
            decided: std::sync::Mutex::default(),
        });
        let config = HttpConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            tls_directory: path("tls"),
            host_names: Vec::new(),
            own_certificate,
            lab: true,
            version: "0.0.0-test".to_owned(),
            recorder,
            second_factor,
            anomaly_rules: Default::default(),
        };
        let mask_stills = Arc::new(MaskStills::new(MaskStillParts {
            directory: path("stills"),
            disk: Disk::real(),
            db: db.clone(),
            keyring: keyring.clone(),
            log: log.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        }));
        let deps = Deps {
            db: db.clone(),
            archive: archive.clone(),
            stills: Arc::new(Stills::new(decoder(&dir), clock.clone(), &[], Arc::new(|_, _| ()))),
            mask_stills: mask_stills.clone(),
            log: log.clone(),
            keyring,
            clock: clock.clone(),
            entropy,
            site: site.clone(),
            conversion: conversion(&dir),
            trial: trial(&dir),
        };
        let running = Server::start(config, deps).await.expect("the door opens");
        let (port, token) = (running.addr.port(), running.setup_token.clone());
        let mut world = Self {
            db,
            log,
            log_disk,
            archive,
            mask_stills,
            clock,
            site,
            running: Some(running),
            dir,
            port,
            token,
            authority: Vec::new(),
        };
        if world.running.as_ref().is_some_and(|running| running.ca_fingerprint.is_some()) {
            world.authority = world.fetch_authority().await;
        }
        world
    }

    /// A recorder with one person of each role: olga, ines, dora, adam, otto, petra.
    pub async fn set_up() -> Self {
        Self::fresh().await.with_people().await
    }

    /// The same, asking for second factors.
    pub async fn set_up_with_second_factors() -> Self {
        Self::fresh_with_second_factors().await.with_people().await
    }

    pub async fn with_people(self) -> Self {
        let world = self;
        let answer = world.anybody().post("/api/v1/setup", world.set_up_request()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
        world
    }

    /// Stops the door and opens it again on the same data.
    pub async fn restarted(mut self) -> Self {
        self.stop().await;
        self.archive.close().await;
        self.log.close().await;
        drop((self.db, self.site));
        Self::open(self.dir, self.clock, None, SecondFactor::LeftOut).await
    }

    pub fn clock_now(&self) -> WallTime {
        use candour_units::Clock as _;
        self.clock.wall()
    }

    /// From now on the log's disk takes nothing.
    pub fn break_log(&self) {
        for step in [Step::Write, Step::Sync] {
            self.log_disk.fail_every(step, Fault::Before(std::io::ErrorKind::Other));
        }
    }

    pub fn mend_log(&self) {
        self.log_disk.heal();
    }

    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop(Duration::from_secs(3)).await;
        }
    }

    pub fn set_up_request(&self) -> Value {
        let person = |name: &str, full: &str, role: &str| json!({ "sign_in_name": name, "full_name": full, "roles": [role], "password": PASSWORD });
        json!({
            "token": self.token.as_ref().map_or("", Secret::expose),
            "site_name": "Town hall",
            "host_names": [],
            "people": [
                person("olga", "Olga Operator", "operator"),
                person("ines", "Ines Investigator", "investigator"),
                person("dora", "Dora Dpo", "dpo"),
                person("adam", "Adam Admin", "administrator"),
                person("otto", "Otto Owner", "owner"),
                person("petra", "Petra Approver", "approver"),
            ],
        })
    }

    /// How a browser gets it at the first visit: without trust, to be compared with the printed fingerprint.
    async fn fetch_authority(&self) -> Vec<u8> {
        let untrusting = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build().expect("a client");
        let answer = untrusting.get(format!("{}/ca.crt", self.base())).send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "application/x-x509-ca-cert");
        answer.bytes().await.expect("a body").to_vec()
    }

    pub fn base(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Somebody who trusts the site authority and is not signed in.
    pub fn anybody(&self) -> Caller {
        Caller::new(self, true)
    }

    pub async fn signed_in(&self, name: &str) -> Caller {
        let mut caller = self.anybody();
        let answer = caller.try_sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        caller
    }

    /// A camera as the program would have stored it, with a main and a sub-stream.
    pub async fn camera(&self, name: &str) -> (CameraRow, StreamRow) {
        let count = self.db.cameras().await.expect("the database works").len() as u8;
        let row = self.site.row(name, [10, 0, 1, count].into());
        let stream = |kind: StreamKind| StreamRow {
            id: StreamId::from_bytes({
                let mut bytes = *row.id.as_bytes();
                bytes[15] ^= if kind == StreamKind::Main { 1 } else { 2 };
                bytes
            }),
            camera: row.id,
            kind,
            uri: format!("rtsp://10.0.1.{count}/{kind}"),
            encoding: "H264".to_owned(),
            width: 640,
            height: 360,
            rate: 10,
        };
        let streams = [stream(StreamKind::Main), stream(StreamKind::Sub)];
        self.db.add_camera(&row, &streams).await.expect("the database works");
        let [main, _] = streams;
        (row, main)
    }

    /// Has the camera record for the purpose `theft`, as a policy would.
    pub async fn for_theft(&self, camera: CameraId) {
        let mut row = self.db.camera(camera).await.expect("a read").expect("it is there");
        if row.purpose.is_some() {
            return;
        }
        let id = PurposeId::from_bytes(*camera.as_bytes());
        let purpose = PurposeRow {
            id,
            sentence: "Catch thieves.".to_owned(),
            owner: "Estates".to_owned(),
            keep: WallDuration::from_seconds(7 * 86_400),
            minimum: None,
            importance: 2,
            policy: PolicyId::from_bytes([5; 16]),
            written: self.clock_now(),
            written_by: "Otto Owner".to_owned(),
            version: Some(OfVersion { word: "theft".to_owned(), hash: Hash::default() }),
        };
        self.db.add_purpose(&purpose).await.expect("a write");
        row.purpose = Some(id);
        self.db.change_camera(&row).await.expect("a write");
    }

    /// What Ines asks for: footage of a camera, for theft, for a day, also as files.
    pub async fn request_of(&self, camera: CameraId, footage: WallRange) -> Value {
        self.for_theft(camera).await;
        let until = self.clock_now() + WallDuration::from_seconds(86_400);
        json!({
            "case": "2026-114", "words": "A bicycle was stolen there.", "purpose": "theft", "cameras": [camera.to_string()],
            "from_90k": footage.start.ticks(), "to_90k": footage.end.ticks(), "until_90k": until.ticks(), "export": true,
        })
    }

    /// Ines asks and Petra approves; the address of the grant.
    pub async fn granted(&self, camera: CameraId, footage: WallRange) -> String {
        let request = self.request_of(camera, footage).await;
        let asked = self.signed_in("ines").await.post("/api/v1/grants", request).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text());
        let address = format!("/api/v1/grants/{}", asked.json()["id"].as_str().expect("an id"));
        let yes = json!({ "approve": true, "words": "It is in proportion." });
        let decided = self.signed_in("petra").await.post(&format!("{address}/decide"), yes).await;
        assert_eq!(decided.status, StatusCode::OK, "{}", decided.text());
        address
    }

    /// Words of kind of all entries, oldest first.
    pub async fn kinds_in_log(&self) -> Vec<String> {
        let size = self.log.status().size;
        self.log.entries(0, size).await.expect("the log is read").into_iter().map(|entry| entry.kind).collect()
    }

    /// The newest entry of a kind: its who, what, why, sent.
    pub async fn newest(&self, kind: &str) -> Option<[Value; 4]> {
        let size = self.log.status().size;
        let entries = self.log.entries(0, size).await.expect("the log is read");
        let entry = entries.into_iter().rev().find(|entry| entry.kind == kind)?;
        Some(
            [entry.who, entry.what, entry.why, entry.sent]
                .map(|group| serde_json::from_str(&group.expect("nothing was erased")).expect("groups are JSON")),
        )
    }
}

/// Certificates are judged by the real clock of the client, so the simulated one starts there.
fn now() -> Arc<SimClock> {
    #[expect(clippy::disallowed_methods, reason = "the client of these tests knows no other clock")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    Arc::new(SimClock::at(WallTime::from_unix_seconds(now.as_secs() as i64)))
}

/// A browser, more or less.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    pub base: String,
    pub headers: HeaderMap,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
    /// Checks that it is a problem of that kind; gives it.
    #[track_caller]
    pub fn problem(&self, status: u16, word: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let body = self.json();
        assert_eq!(body["type"], format!("/problems/{word}"), "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["request"], self.headers["x-request-id"].to_str().expect("text"));
        body
    }
}

impl Caller {
    pub fn new(world: &World, http2: bool) -> Self {
        let trusted = Certificate::from_pem(&world.authority).expect("a certificate");
        let builder = reqwest::Client::builder().tls_certs_only([trusted]);
        let builder = if http2 { builder } else { builder.http1_only() };
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_str(&world.base()).expect("a header value"));
        Self { http: builder.build().expect("a client"), base: world.base(), headers }
    }

    pub async fn try_sign_in(&mut self, name: &str, password: &str) -> Answer {
        let body = json!({ "sign_in_name": name, "password": password });
        let answer = self.post("/api/v1/session", body).await;
        self.keep_cookie(&answer);
        answer
    }

    /// Keeps the cookie an answer brings, as a browser does.
    pub fn keep_cookie(&mut self, answer: &Answer) {
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();
            self.headers.insert("cookie", pair.parse().expect("a header value"));
        }
    }

    /// A request as the page makes it: what asks for the password again gets it, and is asked for again.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let answer = self.once(method.clone(), path, body.clone()).await;
        if answer.status != StatusCode::FORBIDDEN || answer.json()["type"] != "/problems/confirm-sign-in" {
            return answer;
        }
        self.confirm().await;
        self.once(method, path, body).await
    }

    /// One request and no more.
    pub async fn once(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).headers(self.headers.clone());
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        read(request.send().await.expect("an answer")).await
    }

    /// Shows the password again, as the page's dialog does; tests without second factors need no more.
    pub async fn confirm(&self) {
        let answer = self.once(Method::POST, "/api/v1/session/confirm", Some(json!({ "password": PASSWORD }))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }

    pub async fn raw(&self, method: Method, path: &str, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let mut all = self.headers.clone();
        for (name, value) in headers {
            all.insert(*name, value.parse().expect("a header value"));
        }
        let request = self.http.request(method, format!("{}{path}", self.base)).headers(all).body(body.to_owned());
        read(request.send().await.expect("an answer")).await
    }

    /// The whole body, or that it broke off before its end.
    pub async fn try_get(&self, path: &str) -> Result<Vec<u8>, reqwest::Error> {
        let request = self.http.get(format!("{}{path}", self.base)).headers(self.headers.clone());
        Ok(request.send().await?.bytes().await?.to_vec())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }
}

async fn read(answer: reqwest::Response) -> Answer {
    let (status, headers) = (answer.status(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.expect("a body").to_vec() }
}
