//! The lists in force, and new ones: offered by one person with the plan of what they do, put in force by two. The bundle
//! itself must be signed by keys that the site trusts; a person at the door decides only when.

use axum::extract::{Request, State};
use candour_wire::lists::{ConfirmLists, ListsState};

use crate::app::App;
use crate::extract::Json;
use crate::port::PersonNamed;
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;
use crate::written::configuration_changed;

/// The largest bundle that is taken through the door.
const MAX_BUNDLE: usize = 16 * 1024 * 1024;

/// The bundle in force, whose signatures count, and what is offered.
#[utoipa::path(get, path = "/lists", tag = "site", responses((status = 200, body = ListsState)))]
pub(crate) async fn read(State(app): State<App>) -> Result<axum::Json<ListsState>, Problem> {
    Ok(axum::Json(app.site.lists_state().await?))
}

/// Verifies a signed bundle and shows what it would do. One that its signers marked urgent is put in force at once; any
/// other waits for two people. The body is the bundle's file.
#[utoipa::path(post, path = "/lists/offer", tag = "site",
    request_body(content = String, content_type = "application/json", description = "The signed bundle's file"),
    responses((status = 200, body = ListsState), (status = 413), (status = 422)))]
pub(crate) async fn offer(
    State(app): State<App>,
    who: SignedIn,
    request: Request,
) -> Result<axum::Json<ListsState>, Problem> {
    let file = axum::body::to_bytes(request.into_body(), MAX_BUNDLE)
        .await
        .map_err(|_| Problem::new(Kind::TooLarge, "A bundle of lists is at most 16 MiB."))?;
    let state = app.site.offer_lists(file.to_vec()).await?;
    let version = state.offered.as_ref().map_or(state.in_force.version, |offered| offered.bundle.version);
    write_down(&app, &who, "lists_offered", version).await?;
    Ok(axum::Json(state))
}

/// Says yes to the bundle that is offered. With the second person it is in force, and every camera is judged again.
#[utoipa::path(post, path = "/lists/confirm", tag = "site", request_body = ConfirmLists,
    responses((status = 200, body = ListsState), (status = 409)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<ConfirmLists>,
) -> Result<axum::Json<ListsState>, Problem> {
    let state = app.site.confirm_lists(asked.version, named(&who)).await?;
    write_down(&app, &who, "lists_confirmed", asked.version).await?;
    Ok(axum::Json(state))
}

/// Takes the offered bundle away again.
#[utoipa::path(delete, path = "/lists/offer", tag = "site",
    responses((status = 200, body = ListsState), (status = 409)))]
pub(crate) async fn withdraw(State(app): State<App>, who: SignedIn) -> Result<axum::Json<ListsState>, Problem> {
    let before = app.site.lists_state().await?.offered.map_or(0, |offered| offered.bundle.version);
    let state = app.site.withdraw_lists().await?;
    write_down(&app, &who, "lists_withdrawn", before).await?;
    Ok(axum::Json(state))
}

fn named(who: &SignedIn) -> PersonNamed {
    PersonNamed { id: who.person.id, name: who.person.full_name.clone() }
}

async fn write_down(app: &App, who: &SignedIn, act: &str, version: u64) -> Result<(), Problem> {
    configuration_changed(app, who, &serde_json::json!({ "act": act, "version": version })).await
}
