//! The lists that cameras are judged by, and new ones on their way in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/lists`: the bundle in force, whose signatures count, and what is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListsState {
    /// The bundle in force.
    pub in_force: ListBundle,
    /// How many days old it is.
    pub age_days: i64,
    /// What to do about its age, once it is old.
    pub stale: Option<String>,
    /// How many of the keys must sign a bundle; absent while the site trusts none.
    pub threshold: Option<u32>,
    /// The keys whose signatures count here.
    pub keys: Vec<ListKey>,
    /// A bundle that waits for two people.
    pub offered: Option<OfferedLists>,
}

/// A bundle of lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListBundle {
    /// Counts up with every bundle.
    pub version: u64,
    /// The day it describes the world of, `YYYY-MM-DD`.
    pub date: String,
    /// Where it comes from.
    pub source: String,
    /// Whose keys signed it; none for the lists that the program is built with.
    pub signed_by: Vec<String>,
    /// SHA-256 of its bytes, hex.
    pub digest: String,
}

/// A key whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListKey {
    /// Whose it is.
    pub name: String,
    /// Ed25519 public key, base64.
    pub key: String,
}

/// A verified bundle that waits for two people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferedLists {
    /// What it is.
    pub bundle: ListBundle,
    /// When it was offered.
    pub offered_90k: i64,
    /// Who said yes so far.
    pub confirmed_by: Vec<String>,
    /// What would become of which cameras.
    pub changes: Vec<ListChange>,
}

/// What new lists do to one camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListChange {
    /// The camera.
    pub camera: String,
    /// Its name.
    pub name: String,
    /// The outcome in force.
    pub before: String,
    /// The outcome by the new lists.
    pub after: String,
    /// Whether its pictures stop.
    pub stops: bool,
    /// The strongest reason, in words.
    pub why: String,
}

/// `POST /api/v1/lists/confirm`: one of two people says yes to the bundle that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmLists {
    /// The version that was looked at.
    pub version: u64,
}
