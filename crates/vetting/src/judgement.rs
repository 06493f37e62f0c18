//! The record of a decision: what was decided, why, with which lists. Two runs over the same input give the same bytes.

use std::net::IpAddr;

use candour_units::{CameraId, Hash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AcceptedCamera, Confidence, Effect, Kind, Layer, SiteClass};

/// What may happen with the camera. Only `Accepted` gets a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Equipment of a group that may not be used here.
    Refused,
    /// Nobody can say what it is, or its answers do not fit together, or it is on watch.
    Quarantined,
    /// Everything speaks for it, and something named is still missing.
    Conditional,
    /// May be received.
    Accepted,
}

impl Outcome {
    /// The word used in records, rows and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Quarantined => "quarantined",
            Self::Conditional => "conditional",
            Self::Accepted => "accepted",
        }
    }
}

/// What a conditional camera still needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// An answer that every acceptable camera gives.
    Answer(Kind),
    /// A second layer that is not the device's own word: its address seen on the wire.
    SecondLayer,
    /// The supplier's declaration, with the hash of its file.
    Declaration,
    /// The signature of a second person under it.
    SecondPerson,
    /// A declaration that names this very model, for makers of whom only some models may be used.
    ModelProof,
}

impl Missing {
    /// What is missing, as a sentence that says what to do.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Answer(kind) => {
                format!("The device has not given its {}; ask it again or check its ONVIF settings.", kind.words())
            }
            Self::SecondLayer => {
                "Only the device's own words speak for it: add its address as seen on the wire, from this \
                 machine on the same segment or from a switch's or DHCP server's table vouched for by a second person."
                    .into()
            }
            Self::Declaration => "The supplier's declaration is missing: add its file.".into(),
            Self::SecondPerson => "A second person must sign off the supplier's declaration.".into(),
            Self::ModelProof => {
                "Only some models of this maker may be used: add a declaration that names this model.".into()
            }
        }
    }
}

/// One reason of a judgement, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable id of the rule that spoke, as listed in `docs/vetting.md`.
    pub rule: String,
    /// The layer of the evidence.
    pub layer: Option<Layer>,
    /// How strongly it speaks, where that applies.
    pub confidence: Option<Confidence>,
    /// The group it speaks about.
    pub group: Option<String>,
    /// What it does to the outcome.
    pub effect: Effect,
    /// One sentence.
    pub words: String,
    /// Index of the item of evidence it rests on, in the order given.
    pub evidence: Option<usize>,
    /// The list it rests on, as `id/version`.
    pub list: Option<String>,
}

/// A list as it was in force for a judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListUsed {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its date, `yyyy-mm-dd`.
    pub date: String,
    /// SHA-256 of its bytes, hex.
    pub digest: String,
}

/// A decision as stored, logged and shown. Reading one back gives nothing but the record: a stream needs a
/// [`Judgement`], and only [`crate::judge`] makes those, so after a restart the stored evidence is judged again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgementRecord {
    /// Version of this form.
    pub format: u32,
    /// The camera, hex.
    pub camera: String,
    /// The address it was onboarded at.
    pub host: IpAddr,
    /// The class of the site.
    pub site_class: SiteClass,
    /// Whether a lab list was in force.
    pub lab: bool,
    /// What was decided.
    pub outcome: Outcome,
    /// What a conditional camera needs; empty for the other outcomes.
    pub missing: Vec<Missing>,
    /// Why, strongest first.
    pub reasons: Vec<Reason>,
    /// SHA-256 of each item of evidence (what it says and its raw bytes, not its time), hex, in the order given.
    pub evidence: Vec<String>,
    /// The lists in force.
    pub lists: Vec<ListUsed>,
}

/// A decision just made. Made by [`crate::judge`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub(crate) camera: CameraId,
    pub(crate) record: JudgementRecord,
}

impl Judgement {
    /// What was decided.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.record.outcome
    }

    /// Why, strongest first.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.record.reasons
    }

    /// What a conditional camera still needs.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.record.missing
    }

    /// The whole record.
    #[must_use]
    pub const fn record(&self) -> &JudgementRecord {
        &self.record
    }

    /// The record as JSON: the same input and list versions give the same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.record).expect("plain data always serialises")
    }

    /// SHA-256 of [`Self::to_json`]: names this decision in the log.
    #[must_use]
    pub fn id(&self) -> Hash {
        Hash(Sha256::digest(self.to_json().as_bytes()).into())
    }

    /// The key to the camera's streams, if and only if it was accepted.
    #[must_use]
    pub fn acceptance(&self) -> Option<AcceptedCamera> {
        (self.record.outcome == Outcome::Accepted).then(|| AcceptedCamera::new(self))
    }
}
