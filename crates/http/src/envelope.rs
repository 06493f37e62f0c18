//! The outermost layer: request id, headers on every answer, time-outs, and problem details whatever went wrong.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;

use crate::app::App;
use crate::digest::hex;
use crate::extract::BODY_LIMIT;
use crate::problem::{Kind, Problem};

/// The id of a request: minted here, never taken from the request.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Reading answers at once or not at all.
const READ_LIMIT: Duration = Duration::from_secs(30);
/// An act may have to ask a camera that answers slowly; the port has shorter limits of its own.
const ACT_LIMIT: Duration = Duration::from_secs(120);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// No script, style, picture or connection from anywhere but here; blobs are pictures made by the player.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; manifest-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const PERMISSIONS: &str = "accelerometer=(), autoplay=(self), camera=(), display-capture=(), fullscreen=(self), \
    geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(self), usb=()";

pub(crate) async fn envelope(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId(hex(&app.entropy.id()[..8]));
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let path = without_secrets(request.uri().path());

    let answer = run(&method, request, next).await;
    let answer = as_problem(answer, &id);
    let status = answer.status().as_u16();
    if status >= 500 {
        tracing::warn!(request = id.0, %method, path, status, "answered with a fault");
    } else {
        tracing::debug!(request = id.0, %method, path, status, "answered");
    }
    with_headers(answer, &id, app.tls.has_own_certificate())
}

/// Runs the request. One that changes something runs to its end even when the page goes away: nothing stays half-done.
async fn run(method: &Method, request: Request, next: Next) -> Response {
    let work = async {
        match with_whole_body(request).await {
            Ok(request) => next.run(request).await,
            Err(problem) => problem_answer(problem),
        }
    };
    let work = AssertUnwindSafe(work).catch_unwind();
    let (limit, outcome) = if is_safe(method) {
        (READ_LIMIT, tokio::time::timeout(READ_LIMIT, work).await)
    } else {
        let task = tokio::spawn(work);
        let joined = async { task.await.unwrap_or_else(|error| Err(Box::new(error))) };
        (ACT_LIMIT, tokio::time::timeout(ACT_LIMIT, joined).await)
    };
    match outcome {
        Ok(Ok(answer)) => answer,
        Ok(Err(_panic)) => {
            // The panic's own words are in the program's log by the panic hook.
            problem_answer(Problem::new(Kind::Internal, "Give the request's id to whoever runs the recorder."))
        }
        Err(_elapsed) => problem_answer(Problem::new(
            Kind::TimeOut,
            format!(
                "There was no answer within {} seconds. Look whether it was done before trying again.",
                limit.as_secs()
            ),
        )),
    }
}

/// A small body is taken in before anybody refuses it: a connection that is closed on a body half sent shows a person
/// "network error" where the reason of the refusal should stand (RFC 9112 section 9.6). Larger ones are left to who wants them.
async fn with_whole_body(request: Request) -> Result<Request, Problem> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if !declared.is_some_and(|length: usize| (1..=BODY_LIMIT).contains(&length)) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let broke_off = |_| Problem::new(Kind::Malformed, "The request broke off before its end.");
    let bytes = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(broke_off)?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// A path as it may stand in the program's own log: a player's address is a permission.
fn without_secrets(path: &str) -> String {
    const PLAY: &str = "/api/v1/play/";
    match path.strip_prefix(PLAY) {
        Some(rest) => format!("{PLAY}...{}", rest.split_once('/').map_or("", |(_, rest)| rest)),
        None => path.to_owned(),
    }
}

fn problem_answer(problem: Problem) -> Response {
    axum::response::IntoResponse::into_response(problem)
}

pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Writes a problem down, and turns every bare error of the libraries into one.
fn as_problem(mut answer: Response, id: &RequestId) -> Response {
    if let Some(problem) = answer.extensions_mut().remove::<Problem>() {
        return keep_headers(problem.into_answer(Some(&id.0)), answer.headers());
    }
    let status = answer.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error {
        return answer;
    }
    let (kind, detail) = match status {
        StatusCode::NOT_FOUND => (Kind::NotFound, "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => (Kind::MethodNotAllowed, "This address does not take this method."),
        StatusCode::PAYLOAD_TOO_LARGE => (Kind::TooLarge, "Requests are at most 64 KiB."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (Kind::UnsupportedMediaType, "Send application/json."),
        StatusCode::UPGRADE_REQUIRED => (Kind::UpgradeRequired, "Open this address as a WebSocket."),
        StatusCode::UNPROCESSABLE_ENTITY => (Kind::Invalid, "The request does not have the form it must have."),
        _ if status.is_client_error() => (Kind::Malformed, "The request does not have the form it must have."),
        _ => (Kind::Internal, "Give the request's id to whoever runs the recorder."),
    };
    keep_headers(Problem::new(kind, detail).into_answer(Some(&id.0)), answer.headers())
}

/// What a bare error says in headers still holds (`Allow`, `Retry-After`, cookies that end).
fn keep_headers(mut answer: Response, from: &HeaderMap) -> Response {
    for name in [header::ALLOW, header::SET_COOKIE, header::CONTENT_RANGE] {
        if let Some(value) = from.get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

fn with_headers(mut answer: Response<Body>, id: &RequestId, own_certificate: bool) -> Response {
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CSP);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-embedder-policy"), "require-corp");
    set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    if own_certificate {
        // Not with the site's own authority: a screen that does not trust it yet could not get past the warning.
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(X_REQUEST_ID, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_player_is_not_written_down() {
        assert_eq!(without_secrets("/api/v1/play/c2VjcmV0/cam/main/index.m3u8"), "/api/v1/play/...cam/main/index.m3u8");
        assert_eq!(without_secrets("/api/v1/play/c2VjcmV0"), "/api/v1/play/...");
        assert_eq!(without_secrets("/api/v1/site"), "/api/v1/site");
    }
}
