//! The witness's side of the call.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use candour_ledger::{Refusal, SIZE_CONTENT_TYPE};

use crate::memory::{Memory, Refused};

/// Where it is called, below the witness's address.
pub const PATH: &str = "/add-checkpoint";
/// A proof of 63 lines and a note of some signatures have far less.
const BODY_LIMIT: usize = 64 * 1024;

/// Tells the time in seconds since 1970 UTC.
type Now = fn() -> u64;

/// The one route of a witness.
pub fn router(memory: Arc<Memory>, now: Now) -> Router {
    Router::new().route(PATH, post(add)).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state((memory, now))
}

async fn add(State((memory, now)): State<(Arc<Memory>, Now)>, body: Bytes) -> Response {
    let answered = tokio::task::spawn_blocking(move || memory.add_checkpoint(&body, now())).await;
    match answered {
        Ok(Ok(signature)) => {
            let line = signature.line();
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], line).into_response()
        }
        Ok(Err(Refused::Judged(refusal))) => {
            tracing::warn!(%refusal, "not cosigned");
            refused(&refusal)
        }
        Ok(Err(Refused::Disk(error))) => {
            tracing::error!(error = candour_units::chain(&error), "nothing is cosigned until the disk works");
            (StatusCode::SERVICE_UNAVAILABLE, "what was cosigned cannot be kept\n").into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a call was given up");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match refusal {
        Refusal::Size { known } => {
            (status, [(header::CONTENT_TYPE, SIZE_CONTENT_TYPE)], format!("{known}\n")).into_response()
        }
        other => (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{other}\n")).into_response(),
    }
}
