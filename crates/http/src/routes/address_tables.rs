//! Tables of switches and DHCP servers: brought by whoever manages cameras, signed by a second person, taken back by either.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use candour_units::TableId;
use candour_wire::address_tables::{AddressTable, AddressTables, FileAddressTable};

use super::papers::{as_download, file_of, named, read_file_request};
use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{id, json, moment, text};
use crate::port::NewTable;
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::written::configuration_changed;

/// Every table, with what it says of the cameras.
#[utoipa::path(get, path = "/address-tables", tag = "cameras", responses((status = 200, body = AddressTables)))]
pub(crate) async fn list(State(app): State<App>) -> Result<axum::Json<AddressTables>, Problem> {
    Ok(axum::Json(app.site.address_tables().await?))
}

/// Files a table: it counts for nothing before a second person has signed it.
#[utoipa::path(post, path = "/address-tables", tag = "cameras", request_body = FileAddressTable,
    responses((status = 201, body = AddressTables), (status = 409), (status = 413), (status = 422)))]
pub(crate) async fn file(
    State(app): State<App>,
    who: SignedIn,
    request: Request,
) -> Result<(StatusCode, axum::Json<AddressTables>), Problem> {
    let asked: FileAddressTable = json(&read_file_request(request, "A table").await?)?;
    let table = NewTable {
        file_name: text("file_name", &asked.file_name, 1..=120)?,
        source: text("source", &asked.source, 3..=120)?,
        taken: moment("taken_90k", asked.taken_90k)?,
        file: file_of(&asked.file, "A table")?,
    };
    log_must_work(&app)?;
    let filed = app.site.file_address_table(table, named(&who)).await?;
    write_down(&app, &who, "table_filed", filed).await?;
    Ok((StatusCode::CREATED, axum::Json(app.site.address_tables().await?)))
}

/// A second person signs the table; every camera whose address is in it is judged again.
#[utoipa::path(post, path = "/address-tables/{table}/sign", tag = "cameras",
    params(("table" = String, Path, description = "Table")),
    responses((status = 200, body = AddressTables), (status = 404), (status = 409)))]
pub(crate) async fn sign(
    State(app): State<App>,
    who: SignedIn,
    Path(table): Path<String>,
) -> Result<axum::Json<AddressTables>, Problem> {
    let table = known(&table)?;
    log_must_work(&app)?;
    let signed = app.site.sign_address_table(table, named(&who)).await?;
    write_down(&app, &who, "table_signed", signed).await?;
    Ok(axum::Json(app.site.address_tables().await?))
}

/// Takes a table back; every camera whose address is in it is judged again. One that speaks against a camera is not taken back, but
/// replaced by a newer one of the same source.
#[utoipa::path(delete, path = "/address-tables/{table}", tag = "cameras",
    params(("table" = String, Path, description = "Table")),
    responses((status = 200, body = AddressTables), (status = 404), (status = 409)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    who: SignedIn,
    Path(table): Path<String>,
) -> Result<axum::Json<AddressTables>, Problem> {
    let table = known(&table)?;
    log_must_work(&app)?;
    let withdrawn = app.site.withdraw_address_table(table, named(&who)).await?;
    write_down(&app, &who, "table_withdrawn", withdrawn).await?;
    Ok(axum::Json(app.site.address_tables().await?))
}

/// The file of a table. It came from outside, so browsers are told to keep it and not to show it.
#[utoipa::path(get, path = "/address-tables/{table}/file", tag = "cameras",
    params(("table" = String, Path, description = "Table")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"), (status = 404)))]
pub(crate) async fn read(State(app): State<App>, Path(table): Path<String>) -> Result<Response, Problem> {
    let (name, file) = app.site.address_table_file(known(&table)?).await?;
    as_download(&name, file)
}

fn known(table: &str) -> Result<TableId, Problem> {
    id(table, "such table")
}

async fn write_down(app: &App, who: &SignedIn, act: &str, table: AddressTable) -> Result<(), Problem> {
    let outcome = serde_json::json!({
        "act": act, "table": table.id, "source": table.source, "taken_90k": table.taken_90k, "file": table.file_name,
        "sha256": table.digest,
    });
    configuration_changed(app, who, &outcome).await
}
