//! Trying terms for motion on footage that is there: what the method finds in it, and what would become of it. Nothing is changed by a trial.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::playback::MotionHit;

/// `POST /api/v1/cameras/{id}/motion-trial`: has footage looked through once more. The entry in the log is durable before the first byte is read. One
/// trial goes on at a time; the next is told when to try again (429).
///
/// Who may look at all of the interval is told when something moved. Everybody else who may ask is told sums, of a whole quarter of an hour
/// (beginning at a multiple of 15 minutes, UTC), and tries no zones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskMotionTrial {
    /// First moment.
    pub from_90k: i64,
    /// First moment after; at most an hour later.
    pub to_90k: i64,
    /// Why: 5 to 200 characters. Written in the log.
    pub reason: String,
    /// Where motion counts; null: as the policy in force says.
    pub zones: Option<TrialZones>,
    /// Seconds for which footage lives in which nothing moved; null: as the policy in force says.
    pub keep_if_still_s: Option<i64>,
    /// To record only around what moves; null: not tried.
    pub rolls: Option<TrialRolls>,
}

/// Parts of the picture.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialZones {
    /// Where motion counts; none: in all of the picture. At most 32.
    pub watch: Vec<TrialZone>,
    /// Where it does not, inside of that. At most 32.
    pub ignore: Vec<TrialZone>,
}

/// One part of the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialZone {
    /// Its name, for the policy.
    pub name: String,
    /// Why motion counts there or does not, for the policy.
    pub reason: String,
    /// 3 to 32 corners in order, each from the left and from the top, 0 to 1.
    pub corners: Vec<[f64; 2]>,
}

/// How much is recorded around what moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialRolls {
    /// Seconds before it, 0 to 60.
    pub pre_s: i64,
    /// Seconds after it, 0 to 900.
    pub post_s: i64,
}

/// What a trial came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MotionTrial {
    /// The camera.
    pub camera: String,
    /// `main` or `sub`: the stream whose footage was looked through.
    pub stream: String,
    /// What was asked.
    pub from_90k: i64,
    /// What was asked.
    pub to_90k: i64,
    /// Up to where it was looked through: earlier than asked where the machine would need longer than a minute. Ask from there on.
    pub looked_to_90k: i64,
    /// Position in the log.
    pub entry: u64,
    /// Parameters of the method that the site has.
    pub method: TrialMethod,
    /// The zones that were tried.
    pub zones: TrialZones,
    /// Seconds in which something moved.
    pub moved_s: f64,
    /// Seconds in which nothing moved.
    pub still_s: f64,
    /// Seconds of which nothing can be said.
    pub unsure_s: f64,
    /// Seconds without footage.
    pub no_footage_s: f64,
    /// What is in force does with the footage.
    pub in_force: TrialSums,
    /// What was tried would do with the same footage.
    pub tried: TrialSums,
    /// Moment by moment; null for who is told sums.
    pub detail: Option<TrialDetail>,
    /// What is to be known of the answer, in sentences.
    pub words: Vec<String>,
    /// What a draft of the policy must say so that this comes into force. Nothing else puts it there.
    pub draft: Vec<TrialDraft>,
}

/// Parameters of the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialMethod {
    /// Levels of brightness that a pixel must lie outside what its place may show: no score is lower.
    pub contrast_levels: u8,
    /// Levels by which it must differ from the picture before.
    pub step_levels: u8,
    /// Moving pixels of the reduced picture that a group needs.
    pub least_pixels: u16,
}

/// Footage, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct TrialSums {
    /// Pieces of footage that lie in what was looked through.
    pub pieces: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Those whose life is shorter because nothing moved.
    pub shortened_pieces: u64,
    /// Bytes of them.
    pub shortened_bytes: u64,
    /// Bytes that would not have been recorded, of the stream that was looked through; null where that was not tried.
    pub left_out_bytes: Option<u64>,
    /// Bytes of that stream that were looked through.
    pub looked_bytes: u64,
}

/// A trial moment by moment: when people were there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialDetail {
    /// The score over time, in steps of a second, the last one shorter where the interval is.
    pub trace: Vec<TrialPoint>,
    /// What counts as a movement, oldest first.
    pub events: Vec<MotionHit>,
    /// Piece by piece, oldest first.
    pub footage: Vec<TrialFootage>,
    /// What would not have been recorded, oldest first; null where that was not tried.
    pub left_out: Option<Vec<TrialSpan>>,
}

/// A step of the trace.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialPoint {
    /// From.
    pub at_90k: i64,
    /// Pictures that were looked at; 0: there is no footage, or none that could be decoded.
    pub pictures: u32,
    /// How many levels of brightness what moved lay outside what its place may show, at most; 0 where nothing moved.
    pub score: f64,
    /// The share of the watched picture that moved, at most.
    pub extent: f64,
    /// Of one of its pictures nothing can be said.
    pub unsure: bool,
}

/// A stretch of time, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialSpan {
    /// From.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
}

/// What would become of a piece of footage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrialFate {
    /// It lives its full life.
    Kept,
    /// Nothing moved in it, so it ends sooner.
    Shortened,
    /// It reaches beyond what was looked through.
    Beyond,
}

/// A piece of footage: a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialFootage {
    /// The segment.
    pub segment: String,
    /// `main` or `sub`.
    pub stream: String,
    /// From.
    pub start_90k: i64,
    /// First moment after.
    pub end_90k: i64,
    /// Bytes.
    pub bytes: i64,
    /// When it ends as things stand; a hold may keep it longer.
    pub until_90k: i64,
    /// Why, in a sentence; null where what moved does not matter.
    pub because: Option<String>,
    /// What would become of footage like it.
    pub tried: TrialFate,
    /// When it would end; null where nothing is said.
    pub tried_until_90k: Option<i64>,
    /// Why, in a sentence.
    pub tried_because: String,
}

/// Lines for a draft of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialDraft {
    /// The heading below which they belong; null: at the end of the file.
    pub below: Option<String>,
    /// What to do with them.
    pub words: String,
    /// The lines.
    pub lines: String,
}
