//! A look as HLS: a playlist, init segments and media segments, for whoever asked for the look, or for a player at an
//! address that was given to it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use candour_audit::{Event, EventKind, NotCovered, Subject};
use candour_media::init_segment;
use candour_units::{CameraId, StreamId, WallDuration, WallRange};
use candour_wire::playback::{PlayerAddress, PlayerPlaylist};
use serde_json::json;

use crate::app::App;
use crate::digest::token_hash;
use crate::hls::{self, MediaName, Name, Standing};
use crate::looks::{self as held_looks, Held};
use crate::problem::{Kind, Problem};
use crate::routes::looks;
use crate::session::{From, SignedIn};

/// After the end of an interval nothing of it comes any more: what came is durable by then.
const SETTLED: WallDuration = WallDuration::from_seconds(10);

/// The playlist (`index.m3u8`) of one stream of a look, and the files it names.
#[utoipa::path(get, path = "/looks/{id}/hls/{camera}/{stream}/{file}", tag = "playback",
    params(("id" = String, Path, description = "Look"), ("camera" = String, Path, description = "Camera"),
        ("stream" = String, Path, description = "`main` or `sub`"), ("file" = String, Path, description = "`index.m3u8`, or what it names")),
    responses((status = 200, content_type = "video/mp4", body = Vec<u8>), (status = 403), (status = 404), (status = 410)))]
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    Path((look, camera, stream, file)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let held = looks::find(&app, &who, &look)?;
    answer(&app, held, &camera, &stream, &file).await
}

/// The same for a player that cannot sign in.
#[utoipa::path(get, path = "/play/{address}/{camera}/{stream}/{file}", tag = "playback",
    params(("address" = String, Path, description = "As given by `POST /looks/{id}/player`"), ("camera" = String, Path, description = "Camera"),
        ("stream" = String, Path, description = "`main` or `sub`"), ("file" = String, Path, description = "`index.m3u8`, or what it names")),
    responses((status = 200, content_type = "video/mp4", body = Vec<u8>), (status = 403), (status = 404), (status = 410)))]
pub(crate) async fn read_at_address(
    State(app): State<App>,
    From(from): From,
    Path((address, camera, stream, file)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let secret = URL_SAFE_NO_PAD.decode(&address).unwrap_or_default();
    let held = app.looks.at_address(&token_hash(&secret), from).ok_or_else(|| {
        Problem::not_found("such address: its look has ended, or it was given to a player on another machine")
    })?;
    answer(&app, held, &camera, &stream, &file).await
}

/// Makes an address under which a player plays the look without a sign-in: told once, good only from the network
/// address that asked, ended with the look. An older one of the look ends.
#[utoipa::path(post, path = "/looks/{id}/player", tag = "playback", params(("id" = String, Path, description = "Look")),
    responses((status = 201, body = PlayerAddress), (status = 403), (status = 404), (status = 503)))]
pub(crate) async fn give_address(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
) -> Result<(StatusCode, axum::Json<PlayerAddress>), Problem> {
    let held = looks::find(&app, &who, &look)?;
    held.may_go_elsewhere()?;
    held_looks::keep(&app, &held).await?;
    let (receipt, secret) = (held.receipt(), app.entropy.key());
    let look = receipt.look();
    let outcome =
        json!({ "receipt": receipt.id().to_string(), "entry": receipt.entry(), "from": who.address.to_string() });
    let subject = Subject {
        cameras: look.cameras.clone(),
        interval: look.interval,
        purpose: look.purpose,
        reason: Some(look.reason.clone()),
        ..Subject::default()
    };
    let event =
        Event { kind: EventKind::PlayerAddressGiven, actor: who.actor(), subject, outcome: outcome.to_string() };
    app.log.append(event).await?;
    held.give_address(token_hash(&secret), who.address);
    let base = format!("/api/v1/play/{}", URL_SAFE_NO_PAD.encode(secret));
    let playlist = |camera: &CameraId| PlayerPlaylist {
        camera: camera.to_string(),
        main: format!("{base}/{camera}/main/index.m3u8"),
        sub: format!("{base}/{camera}/sub/index.m3u8"),
    };
    Ok((StatusCode::CREATED, axum::Json(PlayerAddress { playlists: look.cameras.iter().map(playlist).collect() })))
}

/// One stream of a look.
struct Shown {
    held: Arc<Held>,
    camera: CameraId,
    stream: StreamId,
    /// What the look allows.
    interval: WallRange,
}

async fn answer(app: &App, held: Arc<Held>, camera: &str, stream: &str, file: &str) -> Result<Response, Problem> {
    held_looks::keep(app, &held).await?;
    let interval = held.receipt().look().interval.ok_or(NotCovered::Interval)?;
    let (row, stream, interval) = looks::covered(app, &held, camera, stream, interval).await?;
    let shown = Shown { held, camera: row.id, stream, interval };
    match file.parse() {
        Ok(Name::Playlist) => playlist(app, &shown).await,
        Ok(Name::Init(mark)) => init(app, &shown, &mark).await,
        Ok(Name::Media(name)) => media(app, &shown, &name).await,
        Err(()) => Err(Problem::not_found("such file in a playlist; one marked EXT-X-GAP is not there")),
    }
}

async fn playlist(app: &App, shown: &Shown) -> Result<Response, Problem> {
    let Shown { held, camera, stream, interval } = shown;
    let reading = app.archive.read_undamaged(&held.receipt(), *camera, *stream, *interval).await?;
    let settled = app.clock.wall() >= interval.end + SETTLED;
    let complete = reading.disclosed().is_some_and(|disclosed| disclosed.end >= interval.end);
    let standing = Standing { grows: held.grows(), ended: !held.grows() || settled || complete };
    if reading.pieces().is_empty() && standing.ended {
        return Err(crate::absence::nothing(app, *stream, *interval).await?);
    }
    let spans = app.archive.timeline(*stream, *interval).await?.spans;
    let text = hls::playlist(&reading, &spans, standing).text();
    Ok(([(header::CONTENT_TYPE, "application/vnd.apple.mpegurl")], text).into_response())
}

async fn init(app: &App, shown: &Shown, mark: &str) -> Result<Response, Problem> {
    let reading = app.archive.read(&shown.held.receipt(), shown.camera, shown.stream, shown.interval).await?;
    let piece = reading.pieces().iter().find(|piece| hls::init_mark(&piece.entry) == mark);
    let piece = piece.ok_or_else(|| Problem::not_found("footage coded like that in this interval"))?;
    Ok(([(header::CONTENT_TYPE, "video/mp4")], init_segment(&piece.entry)).into_response())
}

async fn media(app: &App, shown: &Shown, name: &MediaName) -> Result<Response, Problem> {
    let Shown { held, camera, stream, interval } = shown;
    let wanted = hls::inside(name, *interval);
    let mut reading = app.archive.read(&held.receipt(), *camera, *stream, wanted).await?;
    let number = reading.pieces().iter().position(|piece| piece.segment == name.segment);
    let Some(number) = number else { return Err(crate::absence::nothing(app, *stream, wanted).await?) };
    let numbers = name.first..name.first.saturating_add(name.count);
    let parts = reading.pieces()[number].fragments.iter().enumerate();
    let parts: Vec<usize> = parts.filter(|(_, part)| numbers.contains(&part.number())).map(|(at, _)| at).collect();
    if parts.len() != name.count as usize || parts.is_empty() {
        return Err(Problem::new(Kind::NoFootage, "This part of the segment is not there, or not under this look."));
    }
    let mut fragments = Vec::with_capacity(parts.len());
    for part in parts {
        fragments.push(reading.fragment(number, part).await?);
    }
    let bytes = hls::media(name.at, &fragments);
    let origin = reading.pieces()[number].origin.ticks();
    let samples = || fragments.iter().flatten();
    let start = samples().map(|sample| sample.dts).min().unwrap_or(0);
    let end = samples().map(|sample| sample.dts + i64::from(sample.duration)).max().unwrap_or(0);
    let sum = samples().map(|sample| sample.data.len() as u64).sum();
    let count = samples().count() as u64;
    let counted = held.count(app.clock.mono(), |sent| sent.add(*camera, sum, count, (origin + start, origin + end)));
    if !counted {
        return Err(NotCovered::Lapsed.into());
    }
    Ok(([(header::CONTENT_TYPE, "video/iso.segment")], bytes).into_response())
}
