//! Holds: dated reasons to keep footage past its end.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/holds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holds {
    /// Those that stand, the next to end first.
    pub standing: Vec<Hold>,
    /// The newest that ended.
    pub ended: Vec<Hold>,
}

/// One hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// Its id.
    pub id: String,
    /// `legal`, `incident` or `marked` (by somebody on watch); others as they come.
    pub class: String,
    /// The camera; all its streams are held.
    pub camera: String,
    /// Its name.
    pub camera_name: String,
    /// First moment of the footage.
    pub from_90k: i64,
    /// First moment after.
    pub to_90k: i64,
    /// Why, as said by the newest act.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who placed it.
    pub placed_by: String,
    /// When.
    pub placed_90k: i64,
    /// When it lapses by itself.
    pub ends_90k: i64,
    /// When it ended; absent while it stands.
    pub ended_90k: Option<i64>,
    /// How it ended: `lifted` or `lapsed`.
    pub outcome: Option<String>,
    /// Segments there are of that footage now; of a hold that stands.
    pub segments: Option<i64>,
    /// Bytes of them.
    pub bytes: Option<i64>,
    /// What was done to it, in order.
    pub acts: Vec<HoldAct>,
}

/// One act on a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoldAct {
    /// `placed`, `extended`, `lifted` or `lapsed`.
    pub act: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at_90k: i64,
    /// Why; empty for a lapse.
    pub reason: String,
    /// When the hold lapses, as of this act.
    pub ends_90k: i64,
    /// Log entry.
    pub entry: Option<i64>,
}

/// `POST /api/v1/holds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceHold {
    /// `legal` or `incident`.
    pub class: String,
    /// The camera.
    pub camera: String,
    /// First moment of the footage.
    pub from_90k: i64,
    /// First moment after; at most 31 days later.
    pub to_90k: i64,
    /// When the hold ends; at most a year ahead.
    pub ends_90k: i64,
    /// Why: 5 to 300 characters.
    pub reason: String,
    /// Who answers for it: 2 to 100 characters.
    pub owner: String,
}

/// A hold that was placed, and what it came too late for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlacedHold {
    /// The hold.
    pub hold: Hold,
    /// Parts of the footage that could not be held, by stream and time.
    pub not_held: Vec<NotHeld>,
}

/// Footage whose deletion had begun before the hold was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotHeld {
    /// `main` or `sub`.
    pub stream: String,
    /// First moment.
    pub from_90k: i64,
    /// First moment after.
    pub to_90k: i64,
    /// What became of it, in a sentence.
    pub words: String,
}

/// `POST /api/v1/holds/{id}/extend`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendHold {
    /// The new end; at most a year ahead.
    pub ends_90k: i64,
    /// Why it is still needed: 5 to 300 characters.
    pub reason: String,
}

/// `POST /api/v1/holds/{id}/lift`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftHold {
    /// Why it is no longer needed: 5 to 300 characters.
    pub reason: String,
}
