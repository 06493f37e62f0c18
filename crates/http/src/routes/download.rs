//! An interval as one MP4 file: its length is known before the first byte, any part of it can be had.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::byte_range::{self, Wanted};
use crate::download::{self, File, Of};
use crate::extract::{Asked, range};
use crate::problem::{Kind, Problem};
use crate::routes::looks;
use crate::session::SignedIn;

/// As long as one look.
const LONGEST_S: i64 = 3600;
/// What was asked, and what is given: whole groups of pictures around it.
const ASKED: HeaderName = HeaderName::from_static("candour-asked");
const DISCLOSED: HeaderName = HeaderName::from_static("candour-disclosed");

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// The camera.
    camera: String,
    /// `main` or `sub`.
    stream: String,
    /// First moment.
    from_90k: i64,
    /// First moment after; at most an hour later.
    to_90k: i64,
}

/// The interval, clipped to the look, as one MP4 file with byte ranges. `Candour-Asked` and `Candour-Disclosed` say
/// which time was asked for and which is in the file.
#[utoipa::path(get, path = "/looks/{id}/download", tag = "playback",
    params(("id" = String, Path, description = "Look"), Question),
    responses((status = 200, content_type = "video/mp4", body = Vec<u8>), (status = 206, content_type = "video/mp4", body = Vec<u8>),
        (status = 403), (status = 404), (status = 409), (status = 410), (status = 416), (status = 422), (status = 503)))]
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    method: Method,
    headers: HeaderMap,
    Path(look): Path<String>,
    Asked(asked): Asked<Question>,
) -> Result<Response, Problem> {
    let held = looks::find(&app, &who, &look)?;
    held.may_leave()?;
    let interval = range(asked.from_90k, asked.to_90k, LONGEST_S)?;
    let (camera, stream, interval) = looks::covered(&app, &held, &asked.camera, &asked.stream, interval).await?;
    let of = Of { camera: camera.id, stream, interval };
    let file = download::file(&app, &held, of).await?;
    let len = file.movie.len();
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // A range means a GET (RFC 9110 14.2); HEAD tells of the whole.
    let counts = method == Method::GET && byte_range::still_the_same(text(header::IF_RANGE), &file.tag);
    let wanted = if counts { byte_range::wanted(text(header::RANGE), len) } else { Wanted::Whole };
    let (status, part) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0..len),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Outside => return Ok(outside(len)),
    };
    let mut answer = HeaderMap::new();
    if status == StatusCode::PARTIAL_CONTENT {
        answer.insert(header::CONTENT_RANGE, ascii(&format!("bytes {}-{}/{len}", part.start, part.end - 1)));
    }
    describe(&mut answer, &file, &camera.name, part.end - part.start);
    let body = match method {
        Method::HEAD => Body::empty(),
        _ => download::body(app, held, of.camera, &file, part),
    };
    Ok((status, answer, body).into_response())
}

fn describe(answer: &mut HeaderMap, file: &File, camera: &str, len: u64) {
    let movie = &file.movie;
    let name = download::file_name(camera, movie.disclosed().start);
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    answer.insert(header::CONTENT_LENGTH, len.into());
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::ETAG, ascii(&file.tag));
    answer.insert(header::CONTENT_DISPOSITION, ascii(&format!("attachment; filename=\"{name}\"")));
    answer.insert(ASKED, ascii(&download::interval_text(movie.asked())));
    answer.insert(DISCLOSED, ascii(&download::interval_text(movie.disclosed())));
}

fn outside(len: u64) -> Response {
    let problem = Problem::new(Kind::RangeOutside, format!("The file has {len} bytes; the range begins behind them."));
    let mut answer = problem.into_response();
    answer.headers_mut().insert(header::CONTENT_RANGE, ascii(&format!("bytes */{len}")));
    answer
}

fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("numbers, dates and plain names are header values")
}
