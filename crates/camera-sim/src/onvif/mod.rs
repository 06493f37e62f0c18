//! The HTTP port of one camera: ONVIF over SOAP, and `/sim/...` for tests.
//!
//! In: routing, counting, signing in, choosing the service. What is answered stands in [`device`] and [`media`], who may
//! ask in [`auth`]. `/sim/state` and `/sim/fault` ([`control`]) are open to everybody on the loopback address and are
//! not counted: no camera has them.

pub mod answer;
pub mod auth;
pub mod control;
pub mod device;
pub mod encoders;
pub mod events;
pub mod masks;
pub mod media;
pub mod soap;
pub mod users;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use time::OffsetDateTime;
use tokio::net::TcpListener;

use self::answer::{DEVICE, Fault, MEDIA, MEDIA2};
use self::auth::{Guard, HttpRequest, Refusal};
use self::device::Device;
use self::events::{EVENTS, EVENTS_PATH, Events, NOTIFICATION, SUBSCRIPTION_PATH};
use self::soap::Request;
use crate::config::DEVICE_PATH;
use crate::counters::Counters;
use crate::door::{self, Door, Peer};
use crate::fault::StreamName;
use crate::footage::{Clip, Footage};
use crate::journal::{Contact, Journal, now_us};
use crate::lens::Masks;
use crate::pacer::StreamClock;
use crate::rtsp::CameraServer;
use crate::stream::Stream;

/// Longest request body, in bytes; a real request has about a thousand.
const LONGEST_BODY: usize = 256 * 1024;

/// What the port needs of the rest of the camera.
#[derive(Debug)]
pub struct Parts {
    /// The main stream.
    pub main: Arc<Stream>,
    /// The sub-stream.
    pub sub: Arc<Stream>,
    /// The RTSP server, to interrupt it.
    pub rtsp: Arc<CameraServer>,
    /// What has been seen and sent.
    pub counters: Arc<Counters>,
    /// The journal of contacts.
    pub contacts: Arc<Journal>,
    /// All footage, to switch to.
    pub footage: Arc<Vec<Footage>>,
    /// Stream time, for faults.
    pub clock: StreamClock,
}

/// One camera being served.
#[derive(Debug)]
pub struct Serving {
    /// The main stream.
    pub main: Arc<Stream>,
    /// The sub-stream.
    pub sub: Arc<Stream>,
    /// What the camera says it is.
    pub device: Device,
    /// Its privacy masks.
    pub masks: Masks,
    /// What it claims to see.
    pub events: Events,
    guard: Guard,
    questions: AtomicUsize,
    /// A password that it takes later, and after how many more requests.
    late: Mutex<Option<(u32, String)>>,
    /// The operation of which answers are kept back.
    held: tokio::sync::watch::Sender<Option<String>>,
    parts: Parts,
    listener: Mutex<Option<TcpListener>>,
}

impl Serving {
    /// A camera whose sockets are open.
    #[must_use]
    pub fn new(device: Device, listener: TcpListener, parts: Parts) -> Self {
        let camera = &device.camera;
        let guard = Guard::new(camera.user.clone(), camera.password.clone(), camera.digest_sha256);
        Self {
            main: parts.main.clone(),
            sub: parts.sub.clone(),
            guard,
            masks: Masks::new(camera.lens.masks.clone()),
            events: Events::default(),
            device,
            questions: AtomicUsize::new(0),
            late: Mutex::default(),
            held: tokio::sync::watch::Sender::new(None),
            parts,
            listener: Mutex::new(Some(listener)),
        }
    }

    /// Somebody asked for a page.
    pub fn count_page(&self) {
        Counters::count(&self.parts.counters.page_requests);
    }

    /// Which answers are kept back from now on.
    pub fn keep_back(&self, on: Option<String>) {
        self.held.send_replace(on);
    }

    /// Returns when the answer to an operation may be given.
    async fn released(&self, operation: &str) {
        let is_held = |on: &Option<String>| on.as_deref() == Some(operation);
        let mut held = self.held.subscribe();
        if is_held(&held.borrow()) {
            Counters::count(&self.parts.counters.held);
            // The sender lives as long as we do.
            let _ = held.wait_for(|on| !is_held(on)).await;
            self.parts.counters.held.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Both streams with what their profiles say they send, which is the truth in an honest camera.
    fn streams(&self) -> media::Streams {
        let claimed = self.device.camera.lens.claims.map(|name| self.clip(name));
        let said = |stream: &Stream| claimed.clone().unwrap_or_else(|| stream.clip());
        [(StreamName::Main, said(&self.main)), (StreamName::Sub, said(&self.sub))]
    }

    /// Both clips of the camera's own footage.
    fn pair(&self) -> [Arc<Clip>; 2] {
        [self.clip(StreamName::Main), self.clip(StreamName::Sub)]
    }

    fn clip(&self, name: StreamName) -> Arc<Clip> {
        let own = self.parts.footage.iter().find(|footage| footage.name == self.device.camera.footage);
        own.expect("the configuration was checked: every camera's footage exists").clip(name).clone()
    }

    /// Answers one SOAP request: the operation's name for the journal, and the body or the fault.
    fn answer(&self, body: &str, http: HttpRequest<'_>) -> (String, Result<String, Refused>) {
        // Some clients send nothing at first, only to learn what to sign.
        if body.is_empty() && http.authorization.is_none() {
            return (String::new(), Err(Refused::digest(Refusal::Missing)));
        }
        let Ok(request) = Request::parse(body) else {
            return (String::new(), Err(Fault::NOT_WELL_FORMED.into()));
        };
        let now = OffsetDateTime::now_utc();
        let operation = &request.operation;
        let answer = self.authorise(&request, http, now).and_then(|()| {
            Ok(match operation.namespace.as_str() {
                DEVICE => match self.answer_about_users(operation) {
                    Some(answer) => answer?,
                    None => self.device.answer(operation, now, &self.questions)?,
                },
                MEDIA => match self.answer_about_encoders(operation, "trt") {
                    Some(answer) => answer?,
                    None => media::answer(operation, &self.device, &self.streams())?,
                },
                MEDIA2 if self.device.camera.lens.media2 => {
                    let about_masks = || self.answer_about_masks(operation);
                    match self.answer_about_encoders(operation, "tr2").or_else(about_masks) {
                        Some(answer) => answer?,
                        None => media::answer2(operation, &self.device, &self.streams())?,
                    }
                }
                EVENTS | NOTIFICATION if self.device.camera.events => {
                    self.events.answer(operation, http.target, now, |path| self.device.service_url(path))?
                }
                _ => return Err(Fault::NOT_SUPPORTED.into()),
            })
        });
        (request.operation.name, answer)
    }

    /// A UsernameToken decides if there is one, else HTTP Digest. The first answers 400, the second 401 with challenges.
    fn authorise(&self, request: &Request, http: HttpRequest<'_>, now: OffsetDateTime) -> Result<(), Refused> {
        if Device::is_open(&request.operation) {
            return Ok(());
        }
        if let Some(token) = &request.token {
            let checked = self.guard.check_token(token, self.device.clock(now));
            return checked.map_err(|refusal| self.counted(refusal)).map_err(|_| Fault::not_authorised(400).into());
        }
        if http.authorization.is_some_and(|header| header.starts_with("Basic ")) {
            Counters::count(&self.parts.counters.passwords_heard);
        }
        // Who offers nothing but Basic takes nothing else.
        if self.device.guise().basic_only {
            return Err(Refused::digest(Refusal::Missing));
        }
        let checked = self.guard.check_digest(http, &self.device.realm(), now);
        checked.map_err(|refusal| Refused::digest(self.counted(refusal)))
    }

    /// Counts log-ins with a wrong password, as a camera does that locks accounts.
    fn counted(&self, refusal: Refusal) -> Refusal {
        if refusal == Refusal::Wrong {
            Counters::count(&self.parts.counters.logins_failed);
        }
        refusal
    }
}

/// A fault, and why HTTP Digest refused if it did.
struct Refused {
    fault: Fault,
    refusal: Option<Refusal>,
}

impl Refused {
    fn digest(refusal: Refusal) -> Self {
        Self { fault: Fault::not_authorised(401), refusal: Some(refusal) }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { fault, refusal: None }
    }
}

/// Serves the HTTP port of a camera for ever.
pub async fn serve(serving: Arc<Serving>) {
    let Some(listener) = serving.listener.lock().expect("nothing panics while it holds the listener").take() else {
        return;
    };
    let name = serving.device.camera.name.clone();
    let door = match Door::open(listener, serving.device.camera.tls) {
        Ok(door) => door,
        Err(error) => return eprintln!("camera-sim: camera \"{name}\" does not answer HTTP: {error:#}"),
    };
    let router = router(serving).into_make_service_with_connect_info::<Peer>();
    if let Err(error) = axum::serve(door, router).await {
        eprintln!("camera-sim: camera \"{name}\" no longer answers HTTP: {error}");
    }
}

fn router(serving: Arc<Serving>) -> Router {
    let camera = &serving.device.camera;
    let extra = camera.extra_services.iter().map(|service| service.path.as_str());
    let standard = [DEVICE_PATH, &camera.media_path, &camera.media2_path, EVENTS_PATH, SUBSCRIPTION_PATH];
    let paths = standard.into_iter().chain(extra);
    let soap = paths.fold(Router::new(), |router, path| router.route(path, post(soap_request)));
    let signed = axum::middleware::map_response_with_state(serving.clone(), crate::outside::sign);
    let by_tls = axum::middleware::from_fn_with_state(serving.clone(), door::by_tls_only);
    soap.route("/sim/state", get(control::state))
        .route("/sim/fault", post(control::fault))
        .fallback(crate::outside::page)
        .layer(signed)
        .layer(by_tls)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(serving)
}

async fn soap_request(
    State(serving): State<Arc<Serving>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    Counters::count(&serving.parts.counters.onvif_requests);
    serving.take_late_password();
    let target = uri.path_and_query().map_or(uri.path(), |target| target.as_str());
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (operation, answer) = serving.answer(&body, HttpRequest { method: "POST", target, authorization });
    serving.released(&operation).await;
    let attack = serving.device.guise().attack.filter(|attack| attack.on == operation && answer.is_ok());
    let response = match answer {
        Ok(_) if let Some(attack) = attack => reply(StatusCode::OK, attack.with.body()),
        Ok(body) => reply(StatusCode::OK, answer::envelope(&body)),
        Err(refused) => refuse(&serving, &refused),
    };
    serving.parts.contacts.write(|| Contact::OnvifRequest {
        camera: serving.device.camera.name.clone(),
        at_us: now_us(),
        peer: peer.address.to_string(),
        path: uri.path().to_owned(),
        operation,
        status: response.status().as_u16(),
    });
    response
}

fn refuse(serving: &Serving, refused: &Refused) -> Response {
    let status = StatusCode::from_u16(refused.fault.status).expect("our own faults carry statuses that exist");
    let mut response = reply(status, answer::fault(&refused.fault));
    if let Some(refusal) = refused.refusal {
        let realm = serving.device.realm();
        let challenges = match serving.device.guise().basic_only {
            true => vec![format!("Basic realm=\"{realm}\"")],
            false => serving.guard.challenges(refusal, &realm, OffsetDateTime::now_utc()),
        };
        for challenge in challenges {
            // A realm with control characters cannot be sent; the client then sees a 401 without a way in.
            if let Ok(value) = HeaderValue::from_str(&challenge) {
                response.headers_mut().append(header::WWW_AUTHENTICATE, value);
            }
        }
    }
    response
}

fn reply(status: StatusCode, xml: impl IntoResponse) -> Response {
    (status, [(header::CONTENT_TYPE, "application/soap+xml; charset=utf-8")], xml).into_response()
}
