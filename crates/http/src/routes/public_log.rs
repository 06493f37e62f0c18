//! The log for everybody, in the layout of C2SP tlog-tiles: leaves, hashes and signed checkpoints. No entry says who.
//!
//! What is whole never changes, so a cache in front may keep it for ever; only the checkpoints must be asked for anew.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use candour_ledger::Tile;

use crate::app::App;
use crate::problem::{Kind, Problem};

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const ASK_AGAIN: &str = "no-cache";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A part stays right, but is of use only until there is more.
const FOR_A_WHILE: &str = "public, max-age=3600, immutable";

fn answer(kind: &'static str, kept: &'static str, body: impl IntoResponse) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)], body).into_response()
}

/// The newest signed checkpoint, with every cosignature there is for it (C2SP tlog-checkpoint in a signed note).
#[utoipa::path(get, path = "/checkpoint", tag = "log",
    responses((status = 200, description = "A signed note", content_type = "text/plain")))]
pub(crate) async fn checkpoint(State(app): State<App>) -> Response {
    answer(TEXT, ASK_AGAIN, app.log.checkpoint())
}

/// The newest checkpoint that a witness cosigned. It may be behind the newest one.
#[utoipa::path(get, path = "/cosigned", tag = "log",
    responses((status = 200, description = "A signed note", content_type = "text/plain"), (status = 404)))]
pub(crate) async fn cosigned(State(app): State<App>) -> Result<Response, Problem> {
    let note = app.log.cosigned_checkpoint();
    let note =
        note.ok_or_else(|| Problem::not_found("checkpoint that a witness cosigned: nobody witnesses this log yet"))?;
    Ok(answer(TEXT, ASK_AGAIN, note))
}

/// The log's public key, as a C2SP verifier key. Compare it with one that you got elsewhere.
#[utoipa::path(get, path = "/key", tag = "log",
    responses((status = 200, description = "One line", content_type = "text/plain")))]
pub(crate) async fn key(State(app): State<App>) -> Response {
    answer(TEXT, ASK_AGAIN, format!("{}\n", app.log.status().verifier_key))
}

/// A tile of hashes (`<level>/<index>[.p/<width>]`), or a bundle of public leaves (`entries/<index>[.p/<width>]`).
#[utoipa::path(get, path = "/tile/{*tile}", tag = "log",
    params(("tile" = String, Path, description = "Address of a tile as in C2SP tlog-tiles")),
    responses((status = 200, description = "The tile", content_type = "application/octet-stream"), (status = 404)))]
pub(crate) async fn tile(State(app): State<App>, Path(address): Path<String>) -> Result<Response, Problem> {
    let tile = Tile::parse(&address).map_err(|error| Problem::new(Kind::Malformed, format!("{error}.")))?;
    let bytes = app.log.tile(tile).await?;
    let bytes = bytes.ok_or_else(|| Problem::not_found("such tile: the log does not reach so far"))?;
    Ok(answer(BYTES, if tile.is_full() { FOR_EVER } else { FOR_A_WHILE }, bytes))
}
