//! Requests that change something, and live sockets, must come from our own pages: cookies are `SameSite=Strict`
//! already, this is the second bolt.

use axum::extract::Request;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::envelope::is_safe;
use crate::problem::{Kind, Problem};

pub(crate) async fn own_origin(request: Request, next: Next) -> Response {
    let upgrade = request.headers().contains_key(header::UPGRADE);
    if !is_safe(request.method()) || upgrade {
        if !from_our_pages(request.uri(), request.headers()) {
            return Problem::new(
                Kind::WrongOrigin,
                "Acts must come from the recorder's own pages: the Origin header must name this host.",
            )
            .into_response();
        }
        if !upgrade && has_body(request.headers()) && !is_json(request.headers()) {
            return Problem::new(Kind::UnsupportedMediaType, "Send application/json.").into_response();
        }
    }
    next.run(request).await
}

/// `Origin` decides when it is there; a browser that leaves it out says `Sec-Fetch-Site: same-origin`.
fn from_our_pages(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    match text(header::ORIGIN) {
        Some(origin) => {
            let host = uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| text(header::HOST));
            host.is_some_and(|host| {
                origin.strip_prefix("https://").is_some_and(|origin| origin.eq_ignore_ascii_case(host))
            })
        }
        None => text(header::HeaderName::from_static("sec-fetch-site")) == Some("same-origin"),
    }
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
        || headers.contains_key(header::CONTENT_TYPE)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, name: &'static str, value: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a header value"));
        headers.insert(name, value.parse().expect("a header value"));
        assert_eq!(from_our_pages(&Uri::from_static("/api/v1/session"), &headers), expected, "{name}: {value}");
    }

    #[test]
    fn only_our_own_pages() {
        check("cctv:8443", "origin", "https://cctv:8443", true);
        check("cctv:8443", "origin", "https://CCTV:8443", true);
        check("cctv:8443", "origin", "http://cctv:8443", false);
        check("cctv:8443", "origin", "https://cctv", false);
        check("cctv:8443", "origin", "https://evil.example", false);
        check("cctv:8443", "origin", "null", false);
        check("cctv:8443", "sec-fetch-site", "same-origin", true);
        check("cctv:8443", "sec-fetch-site", "same-site", false);
        check("cctv:8443", "x-other", "1", false);
    }
}
