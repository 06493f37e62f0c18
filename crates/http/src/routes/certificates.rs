//! One certificate of deletion: in full, and as a file for strangers.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use candour_db::{CertificateRow, DeletionStep};
use candour_ledger::{CertificateProof, UNSAID};
use candour_units::{SegmentId, WallTime};
use candour_wire::retention::CertificateInFull;

use crate::app::App;
use crate::extract::id;
use crate::names::CameraNames;
use crate::problem::{Kind, Problem};
use crate::routes::retention;

/// Setting of the retention sweep: when the epoch key was last replaced.
const ROTATED: &str = "keys_rotated_90k";

/// What is said of a certificate whose row is not there.
const FOLDED: &str = "There is no such certificate here. Those of deletions more than two days ago are in the log only: \
    candour-verify certificate finds them by segment, or by camera and time.";

/// One certificate in full.
#[utoipa::path(get, path = "/certificates/{id}", tag = "retention",
    params(("id" = String, Path, description = "Segment")),
    responses((status = 200, body = CertificateInFull), (status = 404)))]
pub(crate) async fn read(
    State(app): State<App>,
    Path(segment): Path<String>,
) -> Result<axum::Json<CertificateInFull>, Problem> {
    let row = find(&app, &segment).await?;
    let names = CameraNames::load(&app, vec![row.camera]).await?;
    let streams = app.db.streams(row.camera).await?;
    let rotated = app.db.setting(ROTATED).await?.and_then(|text| text.parse::<i64>().ok());
    Ok(axum::Json(CertificateInFull {
        certificate: retention::certificate(&row, &names),
        stream: streams.iter().find(|of| of.id == row.stream).map(|of| of.kind.word().to_owned()),
        rule_id: row.rule_id.clone(),
        purpose: row.purpose.map(|purpose| purpose.to_string()),
        policy: row.policy.map(|hash| hash.to_string()),
        sealed_digest: row.sealed_digest.map(|hash| hash.to_string()),
        intended_at_90k: row.intended_at.ticks(),
        backups_until_90k: row.backups_until.map(WallTime::ticks),
        erased_by_90k: rotated.filter(|at| row.unreadable_at.is_some_and(|since| since.ticks() <= *at)),
        text: (row.step == DeletionStep::Certified).then(|| candour_archive::certificate(&row).text()),
        does_not_prove: UNSAID.map(str::to_owned).to_vec(),
    }))
}

/// The certificate with its place in the log, as a file that `candour-verify certificate` checks without the recorder. It
/// says nothing of other certificates.
#[utoipa::path(get, path = "/certificates/{id}/file", tag = "retention",
    params(("id" = String, Path, description = "Segment")),
    responses((status = 200, description = "The file", content_type = "application/json"), (status = 404), (status = 409)))]
pub(crate) async fn file(State(app): State<App>, Path(segment): Path<String>) -> Result<Response, Problem> {
    let row = find(&app, &segment).await?;
    let entry = row.entry.and_then(|entry| u64::try_from(entry).ok());
    let Some(index) = entry.filter(|_| row.step == DeletionStep::Certified) else {
        return Err(Problem::new(Kind::Conflict, "The deletion is not finished, so there is no certificate yet."));
    };
    let proved = app.log.prove(index).await?;
    let proved = proved.ok_or_else(|| Problem::not_found("such entry in the log any more"))?;
    let proof = CertificateProof {
        certificate: candour_archive::certificate(&row),
        index,
        leaf: proved.leaf,
        sent: proved.sent,
        path: proved.path,
        checkpoint: proved.checkpoint,
        verifier_key: proved.verifier_key,
    };
    let name = format!("attachment; filename=\"certificate-{}.json\"", row.segment);
    let name = HeaderValue::from_str(&name).map_err(|error| Problem::internal("a file's name", &error))?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json), (header::CONTENT_DISPOSITION, name)], proof.encode()).into_response())
}

async fn find(app: &App, segment: &str) -> Result<CertificateRow, Problem> {
    let segment: SegmentId = id(segment, "such certificate")?;
    let found = app.db.certificate(segment).await?;
    found.ok_or_else(|| Problem::new(Kind::NotFound, FOLDED))
}
