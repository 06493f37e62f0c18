//! Errors as problem details (RFC 9457, `application/problem+json`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, in words a person can act on. Internals are never in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Stable word for programs, as a relative URI: `/problems/wrong-password`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One short sentence, the same for every instance of the kind.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: String,
    /// The field of the request that is wrong, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The request's id, as in the server's own log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}
