//! The log, for those who may read it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/log?before=&limit=`: newest first. Reading the log is itself an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogPage {
    /// Entries, newest first.
    pub entries: Vec<LogEntry>,
    /// Size of the log now.
    pub size: u64,
    /// Root hash, hex.
    pub root: String,
    /// Newest signed checkpoint.
    pub checkpoint: String,
    /// Verifier key of its signature.
    pub verifier_key: String,
    /// How far details were erased; absent while none ever were.
    pub erased: Option<ErasedDetails>,
}

/// What became of old details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErasedDetails {
    /// Entries before this position say nothing of people any more.
    pub before: u64,
    /// When that was decided; a crash may have delayed it.
    pub at_90k: i64,
    /// Position of the entry that says so.
    pub entry: u64,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogEntry {
    /// Position from 0.
    pub index: u64,
    /// When.
    pub at_90k: i64,
    /// Stable word of the kind.
    pub kind: String,
    /// Who, in words: "Ada Lovelace (operator desk, 10.0.0.7)" or "the recorder".
    pub who: String,
    /// One sentence for people.
    pub words: String,
    /// Cameras by name.
    pub cameras: Vec<String>,
    /// The interval of footage, if one is concerned.
    pub from_90k: Option<i64>,
    /// The interval of footage, if one is concerned.
    pub to_90k: Option<i64>,
    /// Reason given.
    pub reason: Option<String>,
    /// Everything recorded, as JSON texts of the field groups; absent when erased.
    pub groups: LogGroups,
    /// The salts of the groups, base64: with them the texts can be checked against the public leaf. Absent when erased.
    pub salts: LogGroups,
    /// Leaf hash, hex.
    pub leaf: String,
}

/// `GET /api/v1/log/search`: entries that fit, newest first. A look that was renewed is found once an hour, with all of its footage.
/// Searching is itself an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogFound {
    /// Entries, newest first.
    pub entries: Vec<LogEntry>,
    /// Ask for what is before this position to go on; absent when there is no more.
    pub before: Option<u64>,
    /// Who could see footage of the camera that overlaps the interval, when both were asked for; whoever did so last first.
    pub seen_by: Option<Vec<SeenBy>>,
    /// Entries that the index reaches, from the first on: less than `size` while it is being made.
    pub indexed: u64,
    /// Size of the log now.
    pub size: u64,
    /// How far details were erased: what came before can be found by its kind and its time only.
    pub erased: Option<ErasedDetails>,
}

/// Somebody who could see footage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeenBy {
    /// The name as shown then; absent when erased.
    pub name: Option<String>,
    /// The account; absent when erased.
    pub person: Option<String>,
    /// Looks at live pictures; one that goes on counts once an hour.
    pub live: u64,
    /// Looks at recorded footage, and files that left.
    pub recorded: u64,
    /// When the first of them began.
    pub first_90k: i64,
    /// When the last of them began.
    pub last_90k: i64,
    /// Position of the newest.
    pub newest: u64,
}

/// `GET /api/v1/log/choices`: what may be searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogChoices {
    /// People whom the log names.
    pub people: Vec<Named>,
    /// Cameras that the log names, removed ones included.
    pub cameras: Vec<Named>,
    /// Stable words of all kinds.
    pub kinds: Vec<String>,
}

/// Something with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// As people know it.
    pub name: String,
}

/// `GET /api/v1/log/anomalies`: looks of the last 30 days that stand out. Found by a rule about times and numbers; it proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogAnomalies {
    /// Newest first.
    pub anomalies: Vec<LogAnomaly>,
    /// The rule in words, with its numbers.
    pub rule: String,
    /// First moment that was looked through.
    pub from_90k: i64,
}

/// Acts that stand out together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogAnomaly {
    /// Stable word: `out_of_hours`, `bulk` or `refusals`.
    pub kind: String,
    /// Who: a name, or an address where nobody was signed in.
    pub who: String,
    /// The account, if it was one.
    pub person: Option<String>,
    /// When the first was.
    pub first_90k: i64,
    /// When the last was.
    pub last_90k: i64,
    /// Positions in the log, oldest first; at most 100.
    pub entries: Vec<u64>,
    /// What was counted, in a sentence.
    pub words: String,
}

/// The four disclosed field groups as they are committed to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct LogGroups {
    /// Who.
    pub who: Option<String>,
    /// Cameras and interval.
    pub what: Option<String>,
    /// Purpose and reason.
    pub why: Option<String>,
    /// Outcome.
    pub sent: Option<String>,
}
