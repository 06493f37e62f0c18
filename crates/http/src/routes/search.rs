//! Looking for cameras on a network that somebody types in. Finding is not adding: nothing is stored, and who searched where is
//! in the log.

use axum::extract::State;
use candour_wire::search::{SearchState, StartSearch};

use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{Json, text};
use crate::port::NewSearch;
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::written::configuration_changed;

/// The search that goes on, or the last one since the recorder started.
#[utoipa::path(get, path = "/camera-search", tag = "cameras", responses((status = 200, body = SearchState)))]
pub(crate) async fn read(State(app): State<App>) -> Result<axum::Json<SearchState>, Problem> {
    Ok(axum::Json(app.site.search().await?))
}

/// Begins to look for devices at every address of a range. Nobody is logged in to, and no RTSP connection is made.
#[utoipa::path(post, path = "/camera-search", tag = "cameras", request_body = StartSearch,
    responses((status = 200, body = SearchState), (status = 409), (status = 422)))]
pub(crate) async fn start(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<StartSearch>,
) -> Result<axum::Json<SearchState>, Problem> {
    let search =
        NewSearch { range: text("range", &asked.range, 1..=64)?, onvif_port: super::cameras::port(asked.onvif_port)? };
    log_must_work(&app)?;
    app.site.start_search(search, &who.person.full_name).await?;
    let state = app.site.search().await?;
    let range = state.search.as_ref().map(|search| search.range.clone()).unwrap_or_default();
    configuration_changed(&app, &who, &serde_json::json!({ "act": "camera_search", "range": range })).await?;
    Ok(axum::Json(state))
}

/// Ends the search before it is through; what was found stays shown.
#[utoipa::path(delete, path = "/camera-search", tag = "cameras",
    responses((status = 200, body = SearchState), (status = 409)))]
pub(crate) async fn stop(State(app): State<App>, who: SignedIn) -> Result<axum::Json<SearchState>, Problem> {
    app.site.stop_search().await?;
    configuration_changed(&app, &who, &serde_json::json!({ "act": "camera_search_stopped" })).await?;
    Ok(axum::Json(app.site.search().await?))
}
