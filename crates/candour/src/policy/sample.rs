//! What the tests of this module stand on: the sample of the manual, in force.

use std::sync::Arc;

use candour_db::{OfVersion, PolicyOrigin, PolicyState, PolicyVersionRow, PurposeRow};
use candour_policy::Policy;
use candour_units::{PolicyId, PurposeId, WallDuration, WallTime};

use super::{InForce, Standing};

/// The sample of docs/policy.md, with some words exchanged.
pub(super) fn sample(exchanged: &[(&str, &str)]) -> Policy {
    let manual = include_str!("../../../../docs/policy.md");
    let (_, from) = manual.split_once("```toml\n").expect("the manual has a sample");
    let mut text = from.split_once("```").expect("the sample ends").0.to_owned();
    for (old, new) in exchanged {
        assert!(text.contains(old), "the sample has no {old}");
        text = text.replace(old, new);
    }
    Policy::parse(text.as_bytes()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The row of a version with that policy.
pub(super) fn version(policy: &Policy, force: Option<WallTime>) -> PolicyVersionRow {
    PolicyVersionRow {
        number: 3,
        id: PolicyId::from_bytes([3; 16]),
        hash: policy.hash,
        state: PolicyState::Approved,
        origin: PolicyOrigin::Viewer,
        author: None,
        drafted_by: "Otto".to_owned(),
        drafted: WallTime::EPOCH,
        advice: None,
        departure: None,
        approved: None,
        early: None,
        force,
        forced: None,
        ended: None,
    }
}

pub(super) fn in_force(policy: Policy) -> Standing {
    Standing::InForce(Arc::new(InForce { row: version(&policy, None), policy }))
}

/// A purpose that came from that version.
pub(super) fn purpose(policy: &Policy, word: &str) -> PurposeRow {
    PurposeRow {
        id: PurposeId::from_bytes([7; 16]),
        sentence: "See who takes bicycles.".to_owned(),
        owner: "Facilities".to_owned(),
        keep: WallDuration::from_seconds(86_400),
        minimum: None,
        importance: 2,
        policy: PolicyId::from_bytes([3; 16]),
        written: WallTime::EPOCH,
        written_by: "Otto".to_owned(),
        version: Some(OfVersion { word: word.to_owned(), hash: policy.hash }),
    }
}
