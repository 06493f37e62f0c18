//! Recorded footage: what there is, the permission to look, and how the player asks for media.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a stretch of the timeline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// Footage is there.
    Recorded,
    /// Missing; `cause` says why.
    Gap,
    /// Deleted; `cause` names the rule, `entry` the certificate.
    Deleted,
    /// Footage is there, but the disk it lies on cannot be reached now; `words` says so.
    Unavailable,
    /// Nothing is known.
    Unknown,
}

/// A stretch of the timeline, end excluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Span {
    /// First moment.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
    /// What it is.
    pub kind: SpanKind,
    /// Stable word of a gap's cause (`camera_lost`, ...), or the rule of a deletion.
    pub cause: Option<String>,
    /// The same as a sentence for people.
    pub words: Option<String>,
    /// Log entry of the deletion certificate.
    pub entry: Option<i64>,
}

/// What looking for motion found in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MotionKind {
    /// It was looked at, and nothing moved.
    Still,
    /// Something moved.
    Moved,
    /// It cannot be said whether something moved; `words` says why.
    Unsure,
}

/// A stretch of what was looked at for motion, end excluded. Where there is none nobody looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MotionSpan {
    /// First moment.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
    /// What was found.
    pub kind: MotionKind,
    /// How many levels of 8-bit brightness what moved lay outside what its place may show, at most; 0 where nothing moved.
    pub score: f64,
    /// The share of the picture that moved, at most, from 0 to 1; 0 where nothing moved.
    pub extent: f64,
    /// Left, top, right and bottom of the rectangle around what moved, from 0 to 1; null where nothing moved.
    pub area: Option<[f64; 4]>,
    /// Why nothing can be said, as a sentence for people.
    pub words: Option<String>,
}

/// What a camera can claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// Something moves.
    Motion,
    /// It is covered, turned or blinded.
    Tamper,
    /// It has no picture.
    VideoLoss,
}

/// A stretch in which the camera itself said so, end excluded. It is the camera's word, and nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimSpan {
    /// First moment, by the recorder's clock.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
    /// What it said.
    pub kind: ClaimKind,
    /// The same as a sentence for people.
    pub words: String,
}

/// `GET /api/v1/cameras/{id}/timeline?stream=main&from_90k=&to_90k=`: spans that tile the range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Timeline {
    /// The camera.
    pub camera: String,
    /// `main` or `sub`.
    pub stream: String,
    /// The spans.
    pub spans: Vec<Span>,
    /// What moved, oldest first, of the whole camera; null for who may not look at footage, and for more than eight days.
    pub motion: Option<Vec<MotionSpan>>,
    /// What the camera itself said, oldest first; null where `motion` is.
    pub claims: Option<Vec<ClaimSpan>>,
    /// Now, by the server.
    pub now_90k: i64,
}

/// `POST /api/v1/cameras/{id}/motion-search`: when something moved in a part of the picture. The answer comes after the log entry is durable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskMotionSearch {
    /// First moment.
    pub from_90k: i64,
    /// First moment after; at most 25 hours later.
    pub to_90k: i64,
    /// Left, top, right and bottom of the part, from 0 to 1.
    pub area: [f64; 4],
    /// Why: 5 to 200 characters, a case reference if there is one. Written in the log.
    pub reason: String,
}

/// What a search for motion came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MotionSearch {
    /// Oldest first; at most 500.
    pub hits: Vec<MotionHit>,
    /// There were more; ask for a shorter time.
    pub more: bool,
    /// Seconds of which it can be said whether something moved.
    pub looked_at_s: f64,
    /// Seconds that were looked at and of which nothing can be said.
    pub unsure_s: f64,
    /// Seconds that nobody looked at.
    pub not_looked_at_s: f64,
}

/// A movement whose rectangle touches the part that was asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MotionHit {
    /// From.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
    /// How far what moved lay outside what its place may show, in levels of brightness.
    pub score: f64,
    /// Left, top, right and bottom of the rectangle around all that moved, from 0 to 1.
    pub area: [f64; 4],
}

/// `POST /api/v1/looks`: asks to look at recorded footage. The answer comes after the log entry is durable.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskLook {
    /// Cameras, one to nine.
    pub cameras: Vec<String>,
    /// First moment.
    pub from_90k: i64,
    /// First moment after; at most an hour later.
    pub to_90k: i64,
    /// Why: 5 to 200 characters, a case reference if there is one. Written in the log.
    pub reason: String,
}

/// A permission to look. `POST /api/v1/looks/{id}/renew` writes another entry and moves `lapses_in_ms`;
/// `DELETE /api/v1/looks/{id}` ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Look {
    /// Id.
    pub id: String,
    /// Position in the log.
    pub entry: u64,
    /// Cameras.
    pub cameras: Vec<String>,
    /// First moment allowed.
    pub from_90k: i64,
    /// First moment no longer allowed.
    pub to_90k: i64,
    /// Milliseconds until it lapses unless renewed.
    pub lapses_in_ms: i64,
    /// What it stands under: `grant`, `break_glass`, or `replay` of one's own watch.
    pub under: String,
    /// The grant, if it is one.
    pub grant: Option<String>,
    /// Its case reference.
    pub case: Option<String>,
    /// When that is over, renewed or not.
    pub until_90k: i64,
    /// Whether footage may leave as a file.
    pub export: bool,
}

/// One stretch of one segment that can be played with one decoder configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Piece {
    /// The segment.
    pub segment: String,
    /// What is given out: whole GOPs.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
    /// Wall-clock time of decode time 0 in the media that follows.
    pub origin_90k: i64,
    /// MIME type with codecs for MSE: `video/mp4; codecs="avc1.640028"`.
    pub mime: String,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
}

/// `GET /api/v1/looks/{id}/plan?camera=&stream=main&from_90k=&to_90k=`: the pieces of an interval inside the look.
/// Media of a piece: `GET /api/v1/looks/{id}/media?camera=&stream=&segment=&from_90k=&to_90k=` gives one init segment
/// followed by `moof`+`mdat` fragments (`video/mp4`, `no-store`), times counted from `origin_90k`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// Oldest first.
    pub pieces: Vec<Piece>,
    /// What was asked, clipped to the look.
    pub from_90k: i64,
    /// What was asked, clipped to the look.
    pub to_90k: i64,
    /// What is given out: whole groups of pictures around what was asked; null when there is nothing.
    pub disclosed_from_90k: Option<i64>,
    /// First moment after what is given out.
    pub disclosed_to_90k: Option<i64>,
}

/// `POST /api/v1/looks/{id}/player`: addresses under which a player plays the look as HLS without a sign-in. They are
/// told once, good only from the network address that asked, and end with the look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlayerAddress {
    /// One for each camera of the look.
    pub playlists: Vec<PlayerPlaylist>,
}

/// Where a player finds a camera's footage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlayerPlaylist {
    /// The camera.
    pub camera: String,
    /// Address of the playlist of its main stream, below this host.
    pub main: String,
    /// Address of the playlist of its sub-stream, below this host.
    pub sub: String,
}
