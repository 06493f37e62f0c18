//! The viewer, embedded: hashed assets for ever, the page itself checked each time.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::digest::hex;
use crate::problem::{Kind, Problem};

/// What `web` built. `build.rs` puts a page there that says so when it was not built.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Viewer;

const PAGE: &str = "index.html";
/// Vite names files in there by their content.
const HASHED: &str = "assets/";

/// Whatever no route takes: a file of the viewer, or its page for the addresses it handles itself.
pub(crate) async fn serve(request: Request) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Problem::new(Kind::MethodNotAllowed, "Pages can only be read.").into_response();
    }
    let path = uri.path().trim_start_matches('/');
    match Viewer::get(path) {
        Some(found) if !path.is_empty() && path != PAGE => file(path, &found, headers),
        _ if path == PAGE || is_page(uri, headers) => match Viewer::get(PAGE) {
            Some(page) => file(PAGE, &page, headers),
            None => Problem::not_found("viewer in this program: it was built without it").into_response(),
        },
        _ => Problem::not_found("file of the viewer with this name").into_response(),
    }
}

/// Addresses of the viewer's own pages: asked for by a browser as a page, without the name of a file.
fn is_page(uri: &Uri, headers: &HeaderMap) -> bool {
    let last = uri.path().rsplit('/').next().unwrap_or("");
    let wants_page = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"));
    uri.path() == "/" || (wants_page && !last.contains('.') && !uri.path().starts_with("/api/"))
}

fn file(path: &str, found: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&found.metadata.sha256_hash()[..16]));
    let kept = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|known| {
        known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
    });
    let about = [(header::ETAG, tag), (header::CACHE_CONTROL, kept.to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    (about, [(header::CONTENT_TYPE, kind)], found.data.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &'static str, accept: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().expect("a header value"));
        assert_eq!(is_page(&Uri::from_static(path), &headers), expected, "{path}");
    }

    #[test]
    fn pages_of_the_viewer() {
        check("/", "*/*", true);
        check("/live", "text/html,application/xhtml+xml", true);
        check("/review/2026-11-23", "text/html", true);
        check("/live", "application/json", false);
        check("/api/v2/site", "text/html", false);
        check("/assets/gone.js", "text/html", false);
    }

    #[test]
    fn there_is_always_a_page() {
        assert!(Viewer::get(PAGE).is_some());
    }
}
