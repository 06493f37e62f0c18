//! What is recorded, missing and deleted: no footage, so no receipt.

use axum::extract::{Path, State};
use candour_archive::SpanKind as Kind;
use candour_units::{CameraId, StreamKind};
use candour_wire::playback::{Span, SpanKind, Timeline};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Asked, id, range};
use crate::grants::{self, Person};
use crate::problem::Problem;
use crate::routes::{claims, motion};
use crate::sentences;
use crate::session::SignedIn;

/// The whole life of footage three times over.
const LONGEST_S: i64 = 100 * 86_400;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// `main` or `sub`.
    stream: String,
    /// First moment.
    from_90k: i64,
    /// First moment after; at most 100 days later.
    to_90k: i64,
}

/// Spans that tile the range asked for.
#[utoipa::path(get, path = "/cameras/{id}/timeline", tag = "playback",
    params(("id" = String, Path, description = "Camera"), Question),
    responses((status = 200, body = Timeline), (status = 404), (status = 422)))]
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Asked(asked): Asked<Question>,
) -> Result<axum::Json<Timeline>, Problem> {
    // Of a removed camera too: its footage lives on to its end.
    let camera: CameraId = id(&camera, "such camera")?;
    let camera = app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?;
    let kind = stream_kind(&asked.stream)?;
    let range = range(asked.from_90k, asked.to_90k, LONGEST_S)?;
    let spans = match app.db.streams(camera.id).await?.into_iter().find(|stream| stream.kind == kind) {
        Some(stream) => app.archive.timeline(stream.id, range).await?.spans.iter().map(span).collect(),
        None => vec![span(&candour_archive::Span { range, kind: Kind::Unknown })],
    };
    let person = Person { id: who.person.id, session: who.session.id, roles: &who.roles };
    let open = grants::open_parts(&app, person, camera.id, range).await?;
    let motion = if open.is_empty() { None } else { motion::read(&app, camera.id, range, &open).await? };
    let claims = if motion.is_none() { None } else { Some(claims::read(&app, camera.id, range, &open).await?) };
    Ok(axum::Json(Timeline {
        camera: camera.id.to_string(),
        stream: kind.word().to_owned(),
        spans,
        motion,
        claims,
        now_90k: app.clock.wall().ticks(),
    }))
}

pub(crate) fn stream_kind(word: &str) -> Result<StreamKind, Problem> {
    word.parse().map_err(|()| Problem::invalid("stream", "A stream is main or sub."))
}

fn span(from: &candour_archive::Span) -> Span {
    let (kind, cause, words, entry) = match &from.kind {
        Kind::Recorded => (SpanKind::Recorded, None, None, None),
        Kind::Gap { cause } => {
            (SpanKind::Gap, Some(cause.word().to_owned()), Some(sentences::gap(cause.word()).to_owned()), None)
        }
        Kind::Deleted { rule, entry } => {
            (SpanKind::Deleted, Some(rule.clone()), Some(sentences::deleted(rule, *entry)), *entry)
        }
        Kind::Unavailable { .. } => (SpanKind::Unavailable, None, Some(sentences::UNAVAILABLE.to_owned()), None),
        Kind::Unknown => (SpanKind::Unknown, None, None, None),
    };
    Span { start_90k: from.range.start.ticks(), end_90k: from.range.end.ticks(), kind, cause, words, entry }
}
