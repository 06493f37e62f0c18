//! Grants to look at recorded footage: asked for, decided by another person, withdrawn; broken glass and its review; incidents
//! that somebody marked.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/grants`: what concerns a person. Operators and investigators see their own grants, everybody else all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grants {
    /// The newest first.
    pub grants: Vec<Grant>,
    /// Incidents of the last week, the newest first.
    pub incidents: Vec<Incident>,
    /// What each camera's footage may be looked at for, to those who may ask.
    pub permits: Vec<CameraPermits>,
    /// Whether the person may ask for a grant.
    pub may_ask: bool,
    /// Whether the person may break the glass now.
    pub may_break_glass: bool,
    /// Why not, in a sentence, to somebody whose role would allow it.
    pub glass_words: Option<String>,
    /// How many things wait for this person's decision or review.
    pub waiting: u32,
}

/// A camera, and what its footage may be looked at for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CameraPermits {
    /// The camera.
    pub camera: String,
    /// Its name.
    pub camera_name: String,
    /// Purposes, by the names the policy gives them.
    pub purposes: Vec<String>,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// `request` or `break_glass`.
    pub origin: String,
    /// `waits`, `stands`, `refused`, `withdrawn` or `ended`.
    pub standing: String,
    /// Case reference; empty for broken glass.
    pub case: String,
    /// Name of the purpose; absent for broken glass.
    pub purpose: Option<String>,
    /// The cameras.
    pub cameras: Vec<GrantCamera>,
    /// First moment of the footage.
    pub from_90k: i64,
    /// First moment after.
    pub to_90k: i64,
    /// First moment at which nobody looks under it any more.
    pub until_90k: i64,
    /// Whether footage may leave as a file.
    pub export: bool,
    /// Of directed surveillance.
    pub authorisation: Option<Authorisation>,
    /// The incident it takes up.
    pub incident: Option<String>,
    /// Who asked, and why.
    pub asked: GrantAct,
    /// Who approved or refused it, and why.
    pub decided: Option<GrantAct>,
    /// Who withdrew it, and why.
    pub withdrawn: Option<GrantAct>,
    /// Who reviewed it, and what was found; of broken glass.
    pub reviewed: Option<GrantAct>,
    /// Whether the reviewer found it justified.
    pub justified: Option<bool>,
    /// Until when it must be reviewed; of broken glass nobody reviewed.
    pub review_due_90k: Option<i64>,
    /// Whether that is over: its user's right is suspended.
    pub review_overdue: bool,
    /// Whether the person who reads this asked for it.
    pub mine: bool,
    /// What the person who reads this may do: `decide`, `withdraw`, `review`.
    pub acts: Vec<String>,
}

/// A camera of a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantCamera {
    /// The camera.
    pub camera: String,
    /// Its name.
    pub camera_name: String,
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantAct {
    /// By whom.
    pub by: String,
    /// When.
    pub at_90k: i64,
    /// Why.
    pub words: String,
    /// Log entry.
    pub entry: i64,
}

/// An authorisation of directed surveillance (RIPA 2000, Part II).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Authorisation {
    /// Its number: 1 to 60 characters.
    pub number: String,
    /// The officer who gave it: 2 to 100 characters.
    pub officer: String,
    /// When it expires.
    pub expires_90k: i64,
}

/// `POST /api/v1/grants`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskGrant {
    /// Case reference: 1 to 60 characters.
    pub case: String,
    /// Why the case needs this footage: 10 to 500 characters.
    pub words: String,
    /// Name of a purpose that every camera permits.
    pub purpose: String,
    /// Cameras, 1 to 36.
    pub cameras: Vec<String>,
    /// First moment of the footage.
    pub from_90k: i64,
    /// First moment after; at most 31 days later.
    pub to_90k: i64,
    /// Until when the grant shall stand; at most 31 days ahead.
    pub until_90k: i64,
    /// Whether footage must leave as a file.
    pub export: bool,
    /// For the purpose `directed`, and for no other.
    pub authorisation: Option<Authorisation>,
    /// The incident this takes up, if it is one.
    pub incident: Option<String>,
}

/// `POST /api/v1/grants/{id}/decide`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideGrant {
    /// Yes or no.
    pub approve: bool,
    /// Why: 10 to 500 characters.
    pub words: String,
}

/// `POST /api/v1/grants/{id}/withdraw`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawGrant {
    /// Why: 10 to 500 characters.
    pub words: String,
}

/// `POST /api/v1/grants/{id}/review`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewGrant {
    /// Whether it was justified.
    pub justified: bool,
    /// What was found: 10 to 500 characters.
    pub words: String,
}

/// `POST /api/v1/break-glass`: looks become possible at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Cameras, one to nine.
    pub cameras: Vec<String>,
    /// First moment of the footage; at most 24 hours ago.
    pub from_90k: i64,
    /// First moment after.
    pub to_90k: i64,
    /// What is happening: 10 to 500 characters. Everybody reads it.
    pub words: String,
}

/// An incident that somebody marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// The camera.
    pub camera: String,
    /// Its name.
    pub camera_name: String,
    /// First moment of its footage.
    pub from_90k: i64,
    /// First moment after.
    pub to_90k: i64,
    /// Who marked it, and what happened.
    pub marked: GrantAct,
    /// The hold that keeps its footage.
    pub hold: String,
    /// When that hold lapses by itself, as placed.
    pub ends_90k: i64,
    /// How many requests took it up.
    pub requests: u32,
}

/// `POST /api/v1/incidents`: marks an incident and holds its footage for a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkIncident {
    /// The camera.
    pub camera: String,
    /// First moment; at most an hour ago.
    pub from_90k: i64,
    /// First moment after; at most 15 minutes ahead.
    pub to_90k: i64,
    /// What happened: 3 to 300 characters.
    pub words: String,
}
