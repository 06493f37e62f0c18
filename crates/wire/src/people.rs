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
    /// From when on it may not sign in; null without an end.
    pub ends_90k: Option<i64>,
    /// Since when it has a second factor; null while it has none.
    pub second_factor_90k: Option<i64>,
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
    /// From when on the account may not sign in; absent for no end.
    pub ends_90k: Option<i64>,
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
    /// Whether the account may not sign in.
    pub disabled: Option<bool>,
    /// From when on the account may not sign in; null takes the end away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    pub ends_90k: Option<Option<i64>>,
}

/// Tells a field that is null from one that is absent.
fn present<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(field).map(Some)
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

/// `POST /api/v1/session/confirm`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmSignIn {
    /// The password.
    pub password: Secret,
    /// A code of the second factor, for whoever has one and shows no passkey.
    pub code: Option<Secret>,
    /// A passkey's answer to the challenge of `POST /api/v1/session/passkey`.
    #[schema(value_type = Option<Object>)]
    pub passkey: Option<serde_json::Value>,
}

/// A sign-in that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInShown {
    /// Id.
    pub id: String,
    /// Whether it is the one that asks.
    pub this: bool,
    /// Whether everything the account needs was shown; else only the password was.
    pub complete: bool,
    /// What the browser says of itself, in a few words.
    pub browser: String,
    /// Network address it was made from.
    pub address: String,
    /// When it was made.
    pub created_90k: i64,
    /// When it was last used, to the minute.
    pub last_used_90k: i64,
    /// When it ends whatever happens.
    pub expires_90k: i64,
}

/// What a sign-in lacks before anything can be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lacking {
    /// The second factor: `POST /api/v1/session/code`, or `POST /api/v1/session/passkey` and its `show`.
    Code,
    /// A second factor, which is to be set up: `POST /api/v1/session/factor`.
    SecondFactor,
}

/// `POST /api/v1/session/code` and `/api/v1/session/factor/confirm`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypedCode {
    /// Six digits of the authenticator; at sign-in a recovery code as well.
    pub code: Secret,
}

/// A second factor that is being set up. It counts once a code of it was typed.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewFactor {
    /// The secret as people type it into an authenticator: base 32 in groups.
    pub secret: Secret,
    /// The same as an `otpauth:` address.
    pub address: Secret,
    /// The address as a QR code; null if it is too long for one.
    pub picture: Option<QrCode>,
    /// The reset that made this necessary, if there was one.
    pub reset: Option<FactorReset>,
}

/// A QR code: a square of modules, without the four light ones around it. No `Debug`: it shows a secret.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct QrCode {
    /// Modules on a side.
    pub size: u32,
    /// Dark modules as the path of an SVG, a module one unit long.
    pub path: String,
}

/// Somebody took a second factor away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FactorReset {
    /// When.
    pub at_90k: i64,
    /// Full name of whoever did.
    pub by: String,
}

/// `GET /api/v1/session/factors`: what one may show as second factor, and what one could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactors {
    /// Whether there is an authenticator app whose codes count.
    pub authenticator: bool,
    /// Passkeys, oldest first; only their number where nothing but the password was shown.
    pub passkeys: Vec<PasskeyShown>,
    /// Passkeys that can be shown under the host name the page was opened by.
    pub passkeys_here: u32,
    /// Why no passkey can be made or shown where the page was opened, in a sentence; null where it can.
    pub passkeys_missing: Option<String>,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyShown {
    /// Id: 64 hex digits.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// The host name it was made for; it can be shown under no other.
    pub host: String,
    /// When it was added.
    pub added_90k: i64,
    /// When it was last shown; null if it never was since it was added.
    pub used_90k: Option<i64>,
}

/// `POST /api/v1/session/passkeys`: a passkey that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NewPasskey {
    /// `PublicKeyCredentialCreationOptionsJSON` of WebAuthn level 3, for the browser.
    #[schema(value_type = Object)]
    pub options: serde_json::Value,
    /// A name to begin with: the browser and its system.
    pub name: String,
}

/// `POST /api/v1/session/passkeys/confirm`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPasskey {
    /// What its owner calls it, 1 to 60 characters.
    pub name: String,
    /// `RegistrationResponseJSON` of WebAuthn level 3, from the browser.
    #[schema(value_type = Object)]
    pub credential: serde_json::Value,
}

/// `POST /api/v1/session/passkey`: a challenge that a passkey can answer once, within five minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyChallenge {
    /// `PublicKeyCredentialRequestOptionsJSON` of WebAuthn level 3, for the browser.
    #[schema(value_type = Object)]
    pub options: serde_json::Value,
}

/// `POST /api/v1/session/passkey/show`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowPasskey {
    /// `AuthenticationResponseJSON` of WebAuthn level 3, from the browser.
    #[schema(value_type = Object)]
    pub credential: serde_json::Value,
}

/// `POST /api/v1/session/factor/confirm` and `/api/v1/session/passkeys/confirm`: the second factor stands.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct FactorSetUp {
    /// Ten codes, each good for one sign-in without the second factor, told this once; none where one stood already, whose codes stay.
    pub recovery_codes: Vec<Secret>,
    /// The sign-in, now complete.
    pub session: Session,
}

/// `GET /api/v1/session`: who is signed in, and what the person may open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Who.
    pub person: Person,
    /// What is lacking before anything can be done with it; null for a complete one.
    pub lacks: Option<Lacking>,
    /// Recovery codes that are left; null without a second factor.
    pub recovery_codes_left: Option<u32>,
    /// Pages of the rail the person may open: `live`, `review`, `cameras`, `policy`, `retention`, `log`, `people`, `system`, `alarms`.
    pub pages: Vec<String>,
    /// When the sign-in ends whatever happens.
    pub expires_90k: i64,
}
