//! A camera's pictures are decoded again after they ended decoders.

use axum::extract::{Path, State};
use candour_audit::EventKind;
use candour_wire::cameras::{CameraDetail, DecodeAgain};

use super::cameras::{detail, known, note};
use crate::access::log_must_work;
use crate::app::App;
use crate::conversion::Conversions;
use crate::extract::{Json, text};
use crate::problem::Problem;
use crate::session::SignedIn;

/// A person looked into a camera whose pictures ended the programs that decode them: what they did is forgotten.
#[utoipa::path(post, path = "/cameras/{id}/decode", tag = "cameras", params(("id" = String, Path, description = "Camera")),
    request_body = DecodeAgain, responses((status = 200, body = CameraDetail), (status = 404), (status = 422)))]
pub(crate) async fn again(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Json(asked): Json<DecodeAgain>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    let reason = text("reason", &asked.reason, 5..=300)?;
    log_must_work(&app)?;
    let said = serde_json::json!({ "change": "decoded again", "name": row.name, "reason": reason });
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    app.site.decode_again(row.id).await?;
    Conversions::pardon(&app, row.id).await;
    detail(&app, &who, &row).await.map(axum::Json)
}
