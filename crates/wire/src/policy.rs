//! The policy of the site: its versions, what each says, what it would change, and the steps of its life.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a version stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    /// Proposed.
    Draft,
    /// Approved; it waits for its time.
    Approved,
    /// In force.
    InForce,
    /// Another one took its place.
    Superseded,
    /// Given up before it was in force.
    Withdrawn,
}

/// How a version came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyOrigin {
    /// Proposed in the viewer.
    Viewer,
    /// `candour policy import`.
    Import,
    /// Given by whoever runs the machine at the first start.
    FirstStart,
}

/// What the data protection officer said of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyAdvice {
    /// The advice.
    pub words: String,
    /// Who.
    pub by: String,
    /// When.
    pub at_90k: i64,
}

/// A version in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyVersion {
    /// 1, 2, ... in the order of proposal.
    pub number: i64,
    /// SHA-256 of the file, hex.
    pub hash: String,
    /// Where it stands.
    pub state: PolicyState,
    /// How it came.
    pub origin: PolicyOrigin,
    /// Who proposed it.
    pub drafted_by: String,
    /// When.
    pub drafted_90k: i64,
    /// The newest advice.
    pub advice: Option<PolicyAdvice>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_90k: Option<i64>,
    /// Why it departs from the advice.
    pub departure: Option<String>,
    /// Why it takes force before the usual day.
    pub early: Option<String>,
    /// From when on it shall be in force.
    pub force_90k: Option<i64>,
    /// When it came into force.
    pub forced_90k: Option<i64>,
    /// When it was superseded or withdrawn.
    pub ended_90k: Option<i64>,
}

/// `GET /api/v1/policy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Policies {
    /// Every version, the newest first.
    pub versions: Vec<PolicyVersion>,
    /// Number of the one in force.
    pub in_force: Option<i64>,
    /// Number of the one that is approved and waits.
    pub approved: Option<i64>,
    /// Number of the version in force, if the person asking sees footage and has not accepted it.
    pub to_accept: Option<i64>,
    /// The same for the one that waits: it can be accepted beforehand.
    pub to_accept_soon: Option<i64>,
    /// What needs somebody: a version that waits for the clock, or one that cannot be read.
    pub trouble: Option<String>,
    /// While no version is in force: cameras that record for purposes written before there were any.
    pub old_purposes: Vec<String>,
}

/// A mistake in a policy file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyMistake {
    /// Line, from 1.
    pub line: u32,
    /// Character in it, from 1.
    pub column: u32,
    /// The key or table it is about; empty for the file as a whole.
    pub rule: String,
    /// What is wrong and what would be right.
    pub words: String,
}

/// One act on a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyAct {
    /// `drafted`, `advised`, `approved`, `withdrawn`, `in_force`, `superseded`.
    pub act: String,
    /// Who.
    pub by: String,
    /// When.
    pub at_90k: i64,
    /// Why, or the advice.
    pub reason: String,
    /// Entry in the log; absent for the moment it takes.
    pub entry: Option<i64>,
}

/// Who accepted a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyAcceptance {
    /// Who.
    pub name: String,
    /// When.
    pub at_90k: i64,
}

/// `GET /api/v1/policy/{number}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyInFull {
    /// As in the list.
    pub version: PolicyVersion,
    /// The file.
    pub text: String,
    /// What it says, and what it would change.
    pub reading: PolicyReading,
    /// What was done to it, in order.
    pub acts: Vec<PolicyAct>,
    /// Who accepted it.
    pub acceptances: Vec<PolicyAcceptance>,
}

/// `POST /api/v1/policy` and `POST /api/v1/policy/check`: a file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// The file, at most 4 MiB.
    pub text: String,
}

/// `POST /api/v1/policy/{number}/advise`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvisePolicy {
    /// The advice, 10 to 5 000 characters.
    pub words: String,
}

/// `POST /api/v1/policy/{number}/approve`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovePolicy {
    /// Why, 5 to 300 characters.
    pub reason: String,
    /// From when on it shall be in force; as soon as it may if absent.
    pub from_90k: Option<i64>,
    /// Whether the advice is followed; false when there is none.
    #[serde(default)]
    pub follows_advice: bool,
    /// Why it is not followed, at least 10 characters.
    pub departure: Option<String>,
    /// Why it must take force before the usual day, at least 10 characters.
    pub early: Option<String>,
}

/// `POST /api/v1/policy/{number}/withdraw`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawPolicy {
    /// Why, 5 to 300 characters.
    pub reason: String,
}

/// What a version says, and what it would change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct PolicyReading {
    /// What is wrong with the file; if anything is, nothing else is said.
    pub mistakes: Vec<PolicyMistake>,
    /// Whether it could come into force on this recorder.
    pub can_come_into_force: bool,
    /// What keeps it from that, and what somebody should look at.
    pub findings: Vec<PolicyFinding>,
    /// Cameras of this recorder that it does not name: they record nothing under it.
    pub unnamed: Vec<String>,
    /// Cameras that it names and this recorder does not have.
    pub unknown: Vec<String>,
    /// What it says of each camera of this recorder that it names.
    pub cameras: Vec<PolicyCamera>,
    /// What it says, in words.
    pub prose: Vec<PolicySection>,
    /// What it would change; absent for a version whose time has come or is over.
    pub plan: Option<PolicyPlan>,
}

/// Something that was found in a policy without mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyFinding {
    /// Whether it keeps the version from coming into force.
    pub refused: bool,
    /// The rule and what is to be said.
    pub reason: PolicyReason,
}

/// A part of the policy in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicySection {
    /// The part of the file it tells of.
    pub rule: String,
    /// Its heading.
    pub heading: String,
    /// What it says.
    pub paragraphs: Vec<String>,
}

/// What a version says of a camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyCamera {
    /// The camera.
    pub camera: String,
    /// Its name.
    pub name: String,
    /// What the file calls its purpose.
    pub purpose: String,
    /// What the purpose is to reach.
    pub aim: String,
    /// Who answers for it.
    pub owner: String,
    /// How long footage lives.
    pub keep_90k: i64,
    /// Whether it would record at this moment.
    pub records: bool,
    /// Why, rule by rule.
    pub because: Vec<PolicyReason>,
    /// Until when that holds; absent where it does not change by itself.
    pub until_90k: Option<i64>,
    /// What somebody must see to.
    pub warnings: Vec<PolicyReason>,
    /// The sign at the camera, line by line.
    pub sign: Vec<String>,
}

/// A rule and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyReason {
    /// The rule by its place in the file, like `purposes.entrances.keep`.
    pub rule: String,
    /// Its line in the file; absent for a rule of the program.
    pub line: Option<u32>,
    /// What it says of this case.
    pub words: String,
}

/// What would happen if a version took the place of the one in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyPlan {
    /// For this moment of force.
    pub at_90k: i64,
    /// When it may take force without another reason, if it were approved now.
    pub earliest_90k: i64,
    /// Why then.
    pub earliest_because: String,
    /// It all in a few sentences.
    pub summary: Vec<String>,
    /// Footage of all cameras.
    pub footage: PolicyFootage,
    /// Footage by camera and purpose, where any ends sooner.
    pub cameras: Vec<PolicyCameraFootage>,
    /// Everything that is different from the version in force.
    pub changes: Vec<PolicyChange>,
}

/// Footage that ends sooner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyFootage {
    /// Destroyed as soon as the version is in force.
    pub destroyed: PolicyAmount,
    /// Destroyed when the hold on it ends.
    pub held: PolicyAmount,
    /// Stays for now and ends sooner than it was promised.
    pub shortened: PolicyAmount,
}

/// Some footage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyAmount {
    /// Segments.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// From the first moment of the first; absent where there is none.
    pub from_90k: Option<i64>,
    /// To the end of the last; absent where there is none.
    pub to_90k: Option<i64>,
}

/// Footage of a camera that ends sooner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyCameraFootage {
    /// The camera's name; of one that was removed, the name it had.
    pub camera: String,
    /// The purpose it was captured for.
    pub purpose: String,
    /// How much.
    pub footage: PolicyFootage,
}

/// One difference from the version in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyChange {
    /// The rule behind it.
    pub rule: String,
    /// What changes, what it was and what it becomes.
    pub words: String,
    /// `never`, `when_full`, `when_still` or `always`: whether it can end the life of footage sooner.
    pub shortens: String,
}
