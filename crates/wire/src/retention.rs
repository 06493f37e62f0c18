//! Promised against actual.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/retention`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Retention {
    /// Segments past their end that are still there. 0 is the promise.
    pub overdue: i64,
    /// Deletions that began and could not be finished yet.
    pub unfinished: i64,
    /// Why deletion waits, if it does (unproved time, for example).
    pub waiting: Option<String>,
    /// When the last sweep ended.
    pub last_sweep_90k: Option<i64>,
    /// Whether lives are shortened where nothing moved, and how second looks went.
    pub shortening: Shortening,
    /// Per camera.
    pub cameras: Vec<CameraRetention>,
    /// Newest certificates.
    pub certificates: Vec<Certificate>,
}

/// Whether lives are shortened where nothing moved. One still piece of footage in a hundred is drawn, lives its full life, and is looked at
/// again by night.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Shortening {
    /// Since when none is any more, because second looks found too much; absent while they are.
    pub stopped_90k: Option<i64>,
    /// Second looks since a person last let lives be shortened.
    pub checked: u64,
    /// Those that found motion that was missed at first.
    pub missed: u64,
    /// `missed` of `checked`, 0 to 1; absent before the first.
    pub share: Option<f64>,
    /// Between which shares the true one lies with 95 % confidence.
    pub between: Option<[f64; 2]>,
    /// Pieces of footage that wait for their second look; 100 at most are counted.
    pub waiting: u64,
    /// It all in a sentence or two.
    pub words: String,
}

/// `POST /api/v1/retention/shortening`: lives are shortened again where nothing moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeShortening {
    /// Why it may go on: what was wrong, and what was done.
    pub reason: String,
}

/// One camera's promise and what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CameraRetention {
    /// The camera.
    pub camera: String,
    /// Its name.
    pub name: String,
    /// Promised days; absent without a purpose.
    pub keep_days: Option<u32>,
    /// The purpose's sentence.
    pub purpose: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The rule that says how long, like `purposes.entrances.keep`; absent for a purpose of before there were policies.
    pub rule: Option<String>,
    /// Oldest footage there is.
    pub oldest_90k: Option<i64>,
    /// Its oldest closed footage, held against the disk just now; absent where none is closed yet.
    pub oldest: Option<OldestFootage>,
    /// Newest footage there is.
    pub newest_90k: Option<i64>,
    /// Bytes of it.
    pub bytes: i64,
    /// Segments of it.
    pub segments: i64,
}

/// The oldest footage of a camera, as the catalogue and the disk have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OldestFootage {
    /// The segment.
    pub segment: String,
    /// Its first moment.
    pub start_90k: i64,
    /// The end of its life.
    pub keep_until_90k: i64,
    /// The end it was promised when it was captured, as its own file says; absent where the file cannot be read.
    pub promised_90k: Option<i64>,
    /// Whether it is past its end and no hold keeps it.
    pub overdue: bool,
    /// Until when a hold keeps it, if one does.
    pub held_until_90k: Option<i64>,
    /// What the disk says: `fits`, `missing`, `differs`, `unavailable`.
    pub on_disk: String,
    /// The same in a sentence.
    pub words: String,
}

/// `GET /api/v1/retention/explanation`: why the footage of a camera at one moment ends when it does, or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FootageExplained {
    /// The camera.
    pub camera: String,
    /// Its name.
    pub camera_name: String,
    /// The moment asked for.
    pub at_90k: i64,
    /// Footage that is there.
    pub kept: Vec<KeptFootage>,
    /// Footage that is gone, or going, with its certificates.
    pub deleted: Vec<Certificate>,
    /// Older deletions, of which only the log has each certificate.
    pub folded: Vec<FoldedDeletions>,
}

/// A segment that is there, and why it ends when it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptFootage {
    /// The segment.
    pub segment: String,
    /// `main` or `sub`.
    pub stream: String,
    /// Its first moment.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
    /// Bytes of it.
    pub bytes: i64,
    /// The end of its life.
    pub keep_until_90k: i64,
    /// What it was captured for.
    pub purpose: String,
    /// The promises that count for it, that of its capture first.
    pub promises: Vec<PromiseMade>,
    /// What looking for motion says of it and what that does to its life, in a sentence; absent where no promise asks.
    pub stillness: Option<String>,
    /// Holds that keep it past its end, or may.
    pub holds: Vec<HeldBy>,
}

/// One promise for a piece of footage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PromiseMade {
    /// Number of the version of the policy; absent for a purpose of before there were policies.
    pub version: Option<i64>,
    /// The rule of the file; absent for a purpose of before.
    pub rule: Option<String>,
    /// How long footage lives under it.
    pub keep_90k: i64,
    /// How long footage lives under it in which nothing moved, where it says so.
    pub if_still_90k: Option<i64>,
    /// Since when it counts for this footage.
    pub since_90k: i64,
    /// Until when its version was in force; absent while it is.
    pub until_90k: Option<i64>,
    /// Whether this one decided.
    pub decided: bool,
    /// It all in a sentence.
    pub words: String,
}

/// A hold on a piece of footage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldBy {
    /// The hold.
    pub hold: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// When it lapses by itself.
    pub ends_90k: i64,
}

/// Deletions of before, told together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoldedDeletions {
    /// From.
    pub start_90k: i64,
    /// To.
    pub end_90k: i64,
    /// The rule in words.
    pub rule: String,
    /// The last entry of the log that holds certificates of it.
    pub entry: Option<i64>,
    /// Where each certificate is to be found.
    pub words: String,
}

/// What remains of deleted footage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Certificate {
    /// The segment.
    pub segment: String,
    /// The camera.
    pub camera: String,
    /// Its name, if it is still known.
    pub camera_name: String,
    /// What it covered.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
    /// Bytes destroyed.
    pub bytes: i64,
    /// The rule in words.
    pub rule: String,
    /// When it was due.
    pub due_90k: i64,
    /// When the key was destroyed.
    pub unreadable_at_90k: Option<i64>,
    /// When the file was unlinked.
    pub unlinked_at_90k: Option<i64>,
    /// Log entry.
    pub entry: Option<i64>,
    /// `intended`, `key_destroyed`, `unlinked`, `certified`.
    pub step: String,
    /// What it waits for, when it failed.
    pub failing: Option<String>,
}

/// `GET /api/v1/certificates/{id}`: one certificate in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateInFull {
    /// As in the list.
    pub certificate: Certificate,
    /// `main` or `sub`; absent when the stream is not known any more.
    pub stream: Option<String>,
    /// The rule as a stable word.
    pub rule_id: String,
    /// The purpose it was captured for.
    pub purpose: Option<String>,
    /// SHA-256 of the policy version it was captured under.
    pub policy: Option<String>,
    /// Digest over the sealed file, as logged when it was closed.
    pub sealed_digest: Option<String>,
    /// When the deletion was decided.
    pub intended_at_90k: i64,
    /// Until when a backup of the keyring may open a copy; absent when no backup holds its key.
    pub backups_until_90k: Option<i64>,
    /// Since when, at the latest, erasure on the medium is claimed: the epoch key was replaced.
    pub erased_by_90k: Option<i64>,
    /// The certificate's one text, as the log has it; absent while the deletion is not finished.
    pub text: Option<String>,
    /// What the certificate does not prove, in words.
    pub does_not_prove: Vec<String>,
}
