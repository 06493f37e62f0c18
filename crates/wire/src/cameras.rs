//! Cameras, verdicts and purposes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::secret::Secret;

/// The gate's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// May stream.
    Accepted,
    /// Lacks a paper or a second layer; no stream.
    Conditional,
    /// Unknown or contradictory; no stream.
    Quarantined,
    /// On a refused list; no stream, ever.
    Refused,
}

/// What the camera is doing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CameraState {
    /// Streams and is being recorded.
    Recording,
    /// Streams for live viewing only: no purpose in force.
    LiveOnly,
    /// Connecting.
    Connecting,
    /// Accepted but not to be had; `state_words` says why.
    Lost,
    /// The gate does not let it in.
    NotAccepted,
    /// Accepted, and the policy in force gives it no purpose: not recorded.
    NoPurpose,
    /// The policy says not to record at this time; `state_words` says until when. Nothing is wrong.
    OutsideHours,
    /// The policy stops it: a review is overdue, or what it demands cannot be kept. `state_words` says which.
    StoppedByPolicy,
}

/// One reason of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// Rule id.
    pub rule: String,
    /// Layer of the evidence: `L1` network address to `L8` paper, `L9` what its pictures did to decoders.
    pub layer: String,
    /// `certain`, `high`, `medium`, `low`.
    pub confidence: String,
    /// The sentence for people.
    pub words: String,
}

/// One item of raw evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// Layer.
    pub layer: String,
    /// What kind, in words: "ONVIF manufacturer".
    pub kind: String,
    /// What was read from it, shortened and made harmless.
    pub value: String,
    /// The raw answer as received, made harmless for display, at most 16 KiB.
    pub raw: String,
    /// When it was taken.
    pub taken_90k: i64,
}

/// The written purpose a camera records for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Purpose {
    /// Its id: stands in every segment header.
    pub id: String,
    /// One sentence.
    pub sentence: String,
    /// Who answers for it.
    pub owner: String,
    /// Days footage lives.
    pub keep_days: u32,
    /// When it was written.
    pub written_90k: i64,
    /// By whom.
    pub written_by: String,
}

/// A stream of a camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stream {
    /// `main` or `sub`.
    pub kind: String,
    /// Coding: `H264`, ...
    pub encoding: String,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// Pictures a second as the camera says.
    pub rate: u16,
    /// `receiving`, `connecting`, `waiting`, `off`.
    pub state: String,
    /// The newest error in words, if there is one.
    pub trouble: Option<String>,
    /// What it sends, as measured; absent while nothing was.
    pub measured: Option<MeasuredStream>,
}

/// What a stream really sends, from one key frame to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeasuredStream {
    /// From key frame to key frame, in milliseconds.
    pub key_frame_ms: u32,
    /// Kilobits a second.
    pub bit_rate_kbit: u32,
    /// Pictures in a thousand seconds.
    pub rate_milli: u32,
}

/// A camera in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Camera {
    /// Id.
    pub id: String,
    /// Name on the wall.
    pub name: String,
    /// IP address; administrators and DPOs only, else empty.
    pub address: String,
    /// Verdict.
    pub outcome: Outcome,
    /// The three strongest reasons.
    pub reasons: Vec<Reason>,
    /// What it is doing.
    pub state: CameraState,
    /// The same in a sentence: what, since when, what to do.
    pub state_words: String,
    /// Since when it is in that state.
    pub state_since_90k: i64,
    /// Make as it says of itself.
    pub manufacturer: String,
    /// Model as it says of itself.
    pub model: String,
    /// Firmware as it says of itself.
    pub firmware: String,
    /// Camera's clock minus ours when last asked, in ticks.
    pub clock_offset_90k: i64,
    /// When it was judged.
    pub judged_90k: i64,
    /// The purpose, if it has one.
    pub purpose: Option<Purpose>,
    /// Streams, main first.
    pub streams: Vec<Stream>,
    /// When it was added.
    pub added_90k: i64,
}

/// `GET /api/v1/cameras/{id}`: with all reasons and the raw evidence (administrators and DPOs).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CameraDetail {
    /// As in the list.
    #[serde(flatten)]
    pub camera: Camera,
    /// Every reason, strongest first.
    pub all_reasons: Vec<Reason>,
    /// What is missing for acceptance, in words.
    pub missing: Vec<String>,
    /// Versions of the lists it was judged by.
    pub lists: Vec<String>,
    /// Suppliers' declarations filed for it, oldest first.
    pub papers: Vec<Paper>,
    /// Exceptions filed for known flaws of its firmware, oldest first.
    pub exceptions: Vec<FlawException>,
    /// How the recorder asks it, and whose password it has.
    pub access: CameraAccess,
    /// Raw evidence by layer.
    pub evidence: Vec<Evidence>,
}

/// How the recorder asks a camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CameraAccess {
    /// SHA-256 over the public key by which its ONVIF service is known, hex, where that speaks TLS; `None`: it is asked in clear.
    pub tls_key: Option<String>,
    /// Whose password it has.
    pub password: PasswordState,
    /// When the recorder last set one.
    pub password_set_90k: Option<i64>,
    /// Whether the recorder can set one.
    pub may_set_password: bool,
}

/// Whose password a camera has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PasswordState {
    /// Somebody typed it in.
    Typed,
    /// The recorder made it; nobody knows it.
    Recorder,
    /// One is being set, or it is being found out which of two the camera takes.
    BeingSet,
}

/// `POST /api/v1/cameras/{id}/papers`: a supplier's declaration that the person has read.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilePaper {
    /// Name of the file, 1 to 120 characters.
    pub file_name: String,
    /// The file in base64; 4 MiB at most before it was encoded.
    pub file: String,
    /// The model it is about, where it names one: makers of whom only some models may be used need it.
    pub model: Option<String>,
    /// Last day of the supplier's security updates, `yyyy-mm-dd`.
    pub support_until: Option<String>,
}

/// A supplier's declaration about one camera. The file is kept; `declaration` is its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Paper {
    /// SHA-256 of the file, hex.
    pub declaration: String,
    /// Name of the file as it was filed.
    pub file_name: String,
    /// The model it is about, where it names one.
    pub model: Option<String>,
    /// Last day of the supplier's security updates, `yyyy-mm-dd`.
    pub support_until: Option<String>,
    /// Who read and filed it.
    pub signed_off_by: String,
    /// Who read it a second time.
    pub second_person: Option<String>,
    /// When it was filed.
    pub filed_90k: i64,
}

/// `POST /api/v1/cameras/{id}/exceptions`: a decision to use a camera until a day although one flaw of its firmware is known.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileException {
    /// The flaw, `CVE-2025-0324`, as the reasons of the judgement name it.
    pub covers: String,
    /// Why it may be lived with until then, 20 to 500 characters.
    pub reason: String,
    /// Who answers for it, 1 to 120 characters.
    pub owner: String,
    /// The last day on which it holds, `yyyy-mm-dd`; at most a year ahead.
    pub until: String,
}

/// An exception for one known flaw of a camera's firmware. It holds once a second person has signed it, until its day is over,
/// and never helps a maker that may not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlawException {
    /// Its id.
    pub id: String,
    /// The flaw.
    pub covers: String,
    /// Why it may be lived with.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, `yyyy-mm-dd`.
    pub until: String,
    /// Who filed it.
    pub signed_off_by: String,
    /// Who signed it beside.
    pub second_person: Option<String>,
    /// When it was filed.
    pub filed_90k: i64,
}

/// `POST /api/v1/cameras`: found, judged and added in one act; a wrong address or password adds nothing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCamera {
    /// Name on the wall, 1 to 60 characters.
    pub name: String,
    /// IP address.
    pub address: String,
    /// Port of the ONVIF service; 80 if absent.
    pub onvif_port: Option<u16>,
    /// User of the camera.
    pub user: String,
    /// Password of the camera; sealed at once, never readable again.
    pub password: Secret,
}

/// `PATCH /api/v1/cameras/{id}`: what is absent stays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCamera {
    /// New name.
    pub name: Option<String>,
    /// New credentials of the camera: both or neither.
    pub user: Option<String>,
    /// New credentials of the camera: both or neither.
    pub password: Option<Secret>,
}

/// What a person decides about a camera whose pictures ended decoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecoderVerdict {
    /// It goes on being recorded, and its pictures are decoded no more.
    KeepUndecoded,
    /// It is quarantined: nothing is received from it.
    Quarantine,
}

/// `POST /api/v1/cameras/{id}/decoder-decision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideOnDecoders {
    /// What becomes of it.
    pub decision: DecoderVerdict,
    /// Why: 5 to 300 characters. Written in the log.
    pub reason: String,
}

/// `POST /api/v1/cameras/{id}/decode`: its pictures are decoded again, although they ended decoders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecodeAgain {
    /// What was found and done.
    pub reason: String,
}
