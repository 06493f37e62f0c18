//! What waits for a second person.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/waiting`: acts of others that the person who asks could decide, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// The acts.
    pub acts: Vec<WaitingAct>,
}

/// An act that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingAct {
    /// `request`, `broken_glass`, `policy_advice`, `policy_approval`, `lists`, `address_table`, `declaration`, `exception` or `view`.
    pub kind: String,
    /// What it is, in a sentence.
    pub words: String,
    /// Who did the first part of it, by name; absent where the recorder did.
    pub by: Option<String>,
    /// Since when it waits.
    pub since_90k: i64,
    /// Path of the page on which it is decided.
    pub page: String,
}
