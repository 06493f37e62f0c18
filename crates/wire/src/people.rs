//! Accounts, roles and sign-in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::secret::Secret;

/// What a person may be. Administrators never see footage by being that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Watches live.
    Operator,
    /// Looks at recorded footage that another person granted.
    Investigator,
    /// Data protection officer: log and retention, no footage.
    Dpo,
    /// Cameras and people, no footage.
    Administrator,
    /// The system owner: decides on the policy.
    Owner,
    /// Decides on requests to look at footage; sees none.
    Approver,
}

/// An account as the interface shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Id.
    pub id: String,
    /// The name typed at sign-in.
    pub sign_in_name: String,
    /// The name shown and logged.
    pub full_name: String,
    /// Roles, sorted.
    pub roles: Vec<Role>,
    /// When it was made.
    pub created_90k: i64,
    /// Since when it may not sign in.
    pub disabled_90k: Option<i64>,
}

/// `POST /api/v1/people`, and each person of the set-up.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// 2 to 64 characters: letters, digits, `.`, `-`, `_`, `@`.
    pub sign_in_name: String,
    /// 1 to 100 characters.
    pub full_name: String,
    /// At least one; administrator goes with neither operator nor investigator nor approver, dpo with neither owner nor approver.
    pub roles: Vec<Role>,
    /// 12 to 200 characters.
    pub password: Secret,
}

/// `PATCH /api/v1/people/{id}`: what is absent stays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePerson {
    /// New name shown.
    pub full_name: Option<String>,
    /// New roles.
    pub roles: Option<Vec<Role>>,
    /// New password; ends the person's sign-ins.
    pub password: Option<Secret>,
    /// Whether the account may sign in.
    pub disabled: Option<bool>,
}

/// `POST /api/v1/session`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The sign-in name.
    pub sign_in_name: String,
    /// The password.
    pub password: Secret,
}

/// `GET /api/v1/session`: who is signed in, and what the person may open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Who.
    pub person: Person,
    /// Pages of the rail the person may open: `live`, `review`, `cameras`, `policy`, `retention`, `log`, `people`, `system`, `alarms`.
    pub pages: Vec<String>,
    /// When the sign-in ends whatever happens.
    pub expires_90k: i64,
}
