//! Tables of switches and DHCP servers that people bring, and what they say of the cameras.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/address-tables`: every table, the newest taken first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddressTables {
    /// How many days after it was taken a table counts.
    pub counts_days: u32,
    /// The tables.
    pub tables: Vec<AddressTable>,
}

/// A table. Who brought it, who signed it and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddressTable {
    /// Its id.
    pub id: String,
    /// Which switch or server, in words.
    pub source: String,
    /// When the switch or server was asked.
    pub taken_90k: i64,
    /// When it stops counting.
    pub ends_90k: i64,
    /// Name of the file as it was brought.
    pub file_name: String,
    /// SHA-256 of the file, hex.
    pub digest: String,
    /// How it stands.
    pub state: TableState,
    /// Who brought it.
    pub filed_by: String,
    /// When.
    pub filed_90k: i64,
    /// Who signed it; another person.
    pub signed_by: Option<String>,
    /// When.
    pub signed_90k: Option<i64>,
    /// Who took it back.
    pub withdrawn_by: Option<String>,
    /// When.
    pub withdrawn_90k: Option<i64>,
    /// What is in it; absent for tables that are out of use, and where the file cannot be read.
    pub content: Option<TableContent>,
    /// Why the file cannot be read, where it cannot.
    pub trouble: Option<String>,
}

/// How a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableState {
    /// It counts for nothing until a second person has signed it.
    Waiting,
    /// It counts.
    InForce,
    /// It was taken too long ago to count.
    TooOld,
    /// A newer one of the same source was signed.
    Replaced,
    /// Somebody took it back.
    Withdrawn,
}

/// What a table says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TableContent {
    /// How many network addresses it names.
    pub addresses: u64,
    /// How many records are no rows.
    pub left_out: u64,
    /// The first of those, with why.
    pub left_out_lines: Vec<TableLine>,
    /// Lines that contradict each other: one network address with several devices. The first of them.
    pub contradictions: Vec<TableLine>,
    /// What it says of cameras whose address it names.
    pub cameras: Vec<TableCamera>,
    /// How many cameras it does not name.
    pub absent: u64,
    /// Names of the first of those.
    pub absent_names: Vec<String>,
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TableLine {
    /// Counted from 1.
    pub line: u64,
    /// The line, shortened and made harmless.
    pub text: String,
    /// What is the matter with it.
    pub words: String,
}

/// What a table says of one camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TableCamera {
    /// The camera.
    pub camera: String,
    /// Its name.
    pub name: String,
    /// Its network address.
    pub address: String,
    /// How what it says fits the camera.
    pub says: TableSays,
    /// The same in a sentence.
    pub words: String,
    /// The outcome in force.
    pub outcome: String,
    /// The outcome with this table, while it waits to be signed.
    pub outcome_with: Option<String>,
    /// The strongest reason for that, in words.
    pub why: Option<String>,
}

/// How what a table says fits a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableSays {
    /// The hardware address that the camera declares.
    Match,
    /// Another one.
    Other,
    /// Several devices at the camera's address.
    Contradiction,
    /// A device that stands at other network addresses too: a router. It says nothing.
    Shared,
}

/// `POST /api/v1/address-tables`: a switch's or DHCP server's table.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileAddressTable {
    /// Name of the file, 1 to 120 characters.
    pub file_name: String,
    /// The file in base64; 4 MiB at most before it was encoded.
    pub file: String,
    /// Which switch or server it comes from, 3 to 120 characters. A newer table of the same source replaces an older one.
    pub source: String,
    /// When the switch or server was asked.
    pub taken_90k: i64,
}
