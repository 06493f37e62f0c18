//! The site, its set-up and how the machine stands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::people::{NewPerson, Person};
use crate::secret::Secret;

/// `GET /api/v1/site`: what a page needs before anybody signed in. Public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// The site's name; empty before set-up.
    pub name: String,
    /// Whether set-up is still to be done.
    pub setup_needed: bool,
    /// Whether simulated cameras are accepted (`--lab`): every page shows a banner.
    pub lab: bool,
    /// Version of the program.
    pub version: String,
    /// SHA-256 fingerprint of the site CA's certificate, colon-separated hex; absent with an own certificate.
    pub ca_fingerprint: Option<String>,
    /// Host names the server's certificate is good for.
    pub host_names: Vec<String>,
    /// The machine's time, ticks since 1970.
    pub now_90k: i64,
}

/// `POST /api/v1/setup`: done once, with the token printed in the terminal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The one-time token.
    pub token: Secret,
    /// The site's name.
    pub site_name: String,
    /// Host names people will use; the certificate is made for them (plus localhost).
    pub host_names: Vec<String>,
    /// First accounts; at least one administrator.
    pub people: Vec<NewPerson>,
}

/// `GET /api/v1/system`: how the machine stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct System {
    /// The recorder's id.
    pub recorder: String,
    /// When the program started.
    pub started_90k: i64,
    /// Storage directories.
    pub storage: Vec<Storage>,
    /// Versions and dates of the vetting lists in force.
    pub lists: Vec<ListInForce>,
    /// The log.
    pub log: LogState,
}

/// One storage directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Storage {
    /// Where.
    pub directory: String,
    /// Bytes of the file system.
    pub total_bytes: u64,
    /// Bytes free for us.
    pub free_bytes: u64,
    /// Bytes of footage written in the last minute.
    pub written_last_minute_bytes: u64,
    /// How it does.
    pub state: StorageState,
    /// Bytes kept free: below, room is made, or the least important stream stops.
    pub reserve_bytes: u64,
    /// How many streams are written to it.
    pub streams: u32,
    /// When it will be full, if that is to be expected: what is written at the rate of the last day, less what leaves as
    /// promised.
    pub full_at_90k: Option<i64>,
    /// Until when it lasts at least, if it is not to be expected that it fills up.
    pub lasts_until_90k: Option<i64>,
    /// Oldest sample not durable, worst of the last minute, in milliseconds.
    pub durable_bound_ms: u64,
    /// What fails, while it fails.
    pub failing: Option<String>,
}

/// How a storage directory does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StorageState {
    /// It is written.
    Works,
    /// It has no more room than its reserve.
    Full,
    /// Writing to it fails.
    Fails,
    /// It has stopped answering.
    Stalled,
    /// It is not there, or not what it should be; what lies in it is out of reach, not lost.
    Unavailable,
}

/// A vetting list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListInForce {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its date, `YYYY-MM-DD`.
    pub date: String,
    /// Rows.
    pub rows: u64,
    /// Who signed it, in words.
    pub signed_by: String,
}

/// The log's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogState {
    /// Entries.
    pub size: u64,
    /// Root hash, hex.
    pub root: String,
    /// Newest signed checkpoint (C2SP note).
    pub checkpoint: String,
    /// Verifier key of its signature.
    pub verifier_key: String,
    /// What fails, while it fails: then nobody sees footage.
    pub failing: Option<String>,
    /// How promise 5 stands.
    pub witnessing: Witnessing,
    /// Each witness that is configured.
    pub witnesses: Vec<WitnessState>,
}

/// Whether somebody outside can say that the log was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Witnessing {
    /// Nobody but its owner.
    Nobody,
    /// Somebody cosigned it, but not within the last hour.
    Late,
    /// Somebody cosigned it within the last hour.
    Recent,
    /// Somebody cosigned another log in this one's place.
    Contradicted,
}

/// A witness of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WitnessState {
    /// Name of its key.
    pub name: String,
    /// Entries it cosigned last; absent if none yet.
    pub size: Option<u64>,
    /// When, by its own clock.
    pub at_90k: Option<i64>,
    /// Why it did not cosign when it was asked last.
    pub trouble: Option<String>,
}

/// `GET /api/v1/status`: the status strip. Signed in only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Strip {
    /// Standing alarms, most severe first, those the person's roles may see.
    pub alarms: Vec<crate::alarms::Alarm>,
    /// Who is signed in.
    pub person: Person,
}
