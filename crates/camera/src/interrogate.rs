//! The loop that moves bytes and time for the interrogation, and decides nothing.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use candour_onvif::xml::MAX_BYTES;
use candour_onvif::{
    Credentials, HttpAnswer, HttpRequest, Input, Interrogation, Onboarded, Output, Secret, TransportFailure,
};
use candour_units::{Clock, Entropy};
use reqwest::header::{SERVER, WWW_AUTHENTICATE};

use crate::pace::Pace;
use crate::{CameraError, Dossier, address, neighbour};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for one whole answer.
const REQUEST: Duration = Duration::from_secs(10);
/// Longest interrogation of one device.
const WHOLE: Duration = Duration::from_secs(90);

/// Whom to ask. Has no `Debug`: it holds a password.
pub struct Target {
    /// The address; never a name.
    pub host: IpAddr,
    /// The ONVIF port, usually 80.
    pub port: u16,
    /// The user; an empty one means that no log-in is offered.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Whether loopback and link-local addresses count.
    pub lab: bool,
}

/// Asks a device everything the gate wants to know. Opens HTTP connections to `target.host` only, and no RTSP
/// connection at all. The password is proved by digest, after the device demanded it, and never sent.
///
/// # Errors
/// [`CameraError`], one sentence each. A device that answers strangely is no error: its answers are the evidence.
pub async fn interrogate(target: &Target, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Dossier, CameraError> {
    let (host, port) = (target.host, target.port);
    if !address::may_be_camera(host, target.lab) {
        return Err(CameraError::AddressNotAllowed { host });
    }
    let client = client().map_err(|source| CameraError::Client { source })?;
    let credentials =
        (!target.user.is_empty()).then(|| Credentials { user: target.user.clone(), password: target.password.clone() });
    let machine = Interrogation::new(Onboarded { host, port }, credentials, entropy.key(), clock.wall());
    let testimony = tokio::time::timeout(WHOLE, drive(machine, &client, host, clock))
        .await
        .map_err(|_| CameraError::Slow { host, operation: "all questions together" })?
        .map_err(|error| CameraError::from_onvif(error, host, port))?;
    // Asked last: talking to the device is what puts it into the table.
    let now = clock.wall();
    let neighbour = neighbour::look_up(host, now).await;
    Ok(Dossier::of(testimony, neighbour, now))
}

async fn drive(
    mut machine: Interrogation,
    client: &reqwest::Client,
    host: IpAddr,
    clock: &dyn Clock,
) -> Result<candour_onvif::Testimony, candour_onvif::OnvifError> {
    let mut pace = Pace::new();
    loop {
        match machine.poll() {
            Some(Output::Send(request)) => {
                pace.turn().await;
                tracing::debug!(%host, port = request.port, operation = request.operation.name(), "asking a camera");
                let input = send(client, host, request).await;
                machine.handle(clock.wall(), input);
            }
            Some(Output::Finished(outcome)) => return *outcome,
            None => unreachable!("every request is answered before the machine is asked again"),
        }
    }
}

fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .http1_only()
        // Cameras close idle connections without a word; a new one each time never meets a dead one.
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        .build()
}

/// Sends one request to the onboarded host, whatever it is about, and reads a bounded answer.
async fn send(client: &reqwest::Client, host: IpAddr, request: HttpRequest) -> Input {
    let url = format!("http://{}{}", SocketAddr::new(host, request.port), request.path);
    let mut builder = client.post(url).body(request.body);
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
