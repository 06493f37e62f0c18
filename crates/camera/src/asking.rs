//! The loop that moves bytes and time for a machine that asks, and decides nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use candour_onvif::xml::MAX_BYTES;
use candour_onvif::{
    Credentials, HttpAnswer, HttpRequest, Input, Interrogation, Onboarded, OnvifError, Output, Preparation,
    Preparedness, Testimony, TransportFailure,
};
use candour_units::{Clock, WallTime};
use reqwest::header::{SERVER, WWW_AUTHENTICATE};

use crate::secure::{self, Identity, NotMet, Transport};
use crate::{CameraError, Target, address, pace};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for one whole answer.
const REQUEST: Duration = Duration::from_secs(10);
/// Longest conversation with one device.
const WHOLE: Duration = Duration::from_secs(90);

/// A machine that asks one device.
pub(crate) trait Machine {
    /// What comes of it.
    type End;
    /// What to do now.
    fn poll(&mut self) -> Option<Output<Self::End>>;
    /// Takes what came of the last request.
    fn handle(&mut self, now: WallTime, input: Input);
}

impl Machine for Interrogation {
    type End = Testimony;
    fn poll(&mut self) -> Option<Output<Testimony>> {
        Self::poll(self)
    }
    fn handle(&mut self, now: WallTime, input: Input) {
        Self::handle(self, now, input);
    }
}

impl Machine for Preparation {
    type End = Preparedness;
    fn poll(&mut self) -> Option<Output<Preparedness>> {
        Self::poll(self)
    }
    fn handle(&mut self, now: WallTime, input: Input) {
        Self::handle(self, now, input);
    }
}

/// What came of a conversation, and with whom it was.
pub(crate) struct Spoken<T> {
    /// What came of it.
    pub end: T,
    /// The certificates of the device in DER, its own first, where it was asked by TLS.
    pub certificates: Option<Vec<u8>>,
}

/// Lets a machine ask a device, over HTTP connections to the host of `target` only. By TLS the whole conversation is with one key:
/// the one that `target` names, or the one shown at its beginning.
///
/// # Errors
/// [`CameraError`], one sentence each.
pub(crate) async fn converse<M: Machine>(
    target: &Target,
    clock: &dyn Clock,
    machine: impl FnOnce(Onboarded, Option<Credentials>) -> M,
) -> Result<Spoken<M::End>, CameraError> {
    let (host, port) = (target.host, target.port);
    if !address::may_be_camera(host, target.lab) {
        return Err(CameraError::AddressNotAllowed { host });
    }
    let (web, certificates) = Web::to(target).await?;
    let credentials =
        (!target.user.is_empty()).then(|| Credentials { user: target.user.clone(), password: target.password.clone() });
    let machine = machine(Onboarded { host, port, tls: target.transport.is_tls() }, credentials);
    let end = tokio::time::timeout(WHOLE, drive(machine, &web, host, clock))
        .await
        .map_err(|_| CameraError::Slow { host, operation: "all questions together" })?;
    // Whoever took the place of the device half-way got no request, and is no silence.
    if let Some(other) = web.identity.as_ref().and_then(|identity| identity.other()) {
        return Err(CameraError::OtherKey { host, is: secure::key_of(&other) });
    }
    let end = end.map_err(|error| CameraError::from_onvif(error, host, port))?;
    Ok(Spoken { end, certificates })
}

/// The way to a device's web port.
pub(crate) struct Web {
    client: reqwest::Client,
    scheme: &'static str,
    /// Whom to expect there, by TLS.
    identity: Option<Arc<Identity>>,
}

impl Web {
    /// By TLS shakes hands first; gives the certificates, too.
    pub(crate) async fn to(target: &Target) -> Result<(Self, Option<Vec<u8>>), CameraError> {
        let ours = |source| CameraError::Client { source };
        let Transport::Tls { key } = target.transport else {
            return Ok((Self { client: client().map_err(ours)?.clone(), scheme: "http", identity: None }, None));
        };
        let (host, port) = (target.host, target.port);
        let certificates = secure::meet(SocketAddr::new(host, port), key).await.map_err(|not| match not {
            NotMet::Nobody => CameraError::Unreachable { host, port },
            NotMet::NoTls => CameraError::NoTls { host, port },
            NotMet::InClear => CameraError::InClear { host, port },
            NotMet::OtherKey(other) => CameraError::OtherKey { host, is: secure::key_of(&other) },
        })?;
        let shown = secure::key_of(&certificates).ok_or(CameraError::NoTls { host, port })?;
        let identity = Identity::new(Some(shown));
        let config = identity.config().map_err(|_| CameraError::NoTls { host, port })?;
        let client = builder().tls_backend_preconfigured(config).https_only(true).build().map_err(ours)?;
        Ok((Self { client, scheme: "https", identity: Some(identity) }, Some(certificates)))
    }
}

async fn drive<M: Machine>(mut machine: M, web: &Web, host: IpAddr, clock: &dyn Clock) -> Result<M::End, OnvifError> {
    loop {
        match machine.poll() {
            Some(Output::Send(request)) => {
                pace::turn(host).await;
                tracing::debug!(%host, port = request.port, operation = request.operation.name(), "asking a camera");
                let input = send(web, host, request).await;
                machine.handle(clock.wall(), input);
            }
            Some(Output::Finished(outcome)) => return *outcome,
            None => unreachable!("every request is answered before the machine is asked again"),
        }
    }
}

/// The one client for devices that are asked in clear: making one reads the certificates of the machine. It keeps no connections, so nothing of one
/// device is left for the next.
fn client() -> Result<&'static reqwest::Client, reqwest::Error> {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client);
    }
    let made = builder().build()?;
    Ok(CLIENT.get_or_init(|| made))
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .http1_only()
        // Cameras close idle connections without a word; a new one each time never meets a dead one.
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
}

/// Sends one request to the onboarded host, whatever it is about, and reads a bounded answer.
pub(crate) async fn send(web: &Web, host: IpAddr, request: HttpRequest) -> Input {
    let url = format!("{}://{}{}", web.scheme, SocketAddr::new(host, request.port), request.path);
    let mut builder = web.client.post(url).body(request.body);
    for (name, value) in request.headers {
        builder = builder.header(name, value);
    }
    match receive(builder).await {
        Ok(answer) => Input::Answer(answer),
        Err(error) => Input::Failed(failure(&error)),
    }
}

async fn receive(builder: reqwest::RequestBuilder) -> Result<HttpAnswer, reqwest::Error> {
    let mut response = builder.send().await?;
    // Header bytes beyond ASCII are kept as far as they can be shown.
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut answer = HttpAnswer {
        status: response.status().as_u16(),
        challenges: response.headers().get_all(WWW_AUTHENTICATE).iter().map(text).collect(),
        server: response.headers().get(SERVER).map(text),
        body: Vec::new(),
    };
    // One byte more than may be read, so that what is too long is seen to be.
    while answer.body.len() <= MAX_BYTES {
        let Some(chunk) = response.chunk().await? else { break };
        let room = MAX_BYTES + 1 - answer.body.len();
        answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(answer)
}

fn failure(error: &reqwest::Error) -> TransportFailure {
    // The details are for the log; the error types of the library stop here.
    tracing::debug!(error = error as &dyn std::error::Error, "a camera gave no answer");
    if error.is_connect() {
        TransportFailure::Unreachable
    } else if error.is_timeout() {
        TransportFailure::TimedOut
    } else {
        TransportFailure::NotHttp
    }
}
