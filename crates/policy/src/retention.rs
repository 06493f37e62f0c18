//! When footage ends, and what is to be deleted now (rule 9 of the store).

use std::collections::HashSet;

use candour_units::{Hash, SegmentId, WallDuration, WallTime};

use crate::hold::Suspension;
use crate::model::{Policy, RuleId};
use crate::space::Importance;
use crate::spoken::length;
use crate::time::{DeletionTime, Unproved};

/// The rule of a purpose's own end of life, as a stable word; stands in certificates.
pub const PURPOSE_END: &str = "purpose_end";

/// How long footage lives from its first moment, and the rule that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The rule.
    pub rule: RuleId,
    /// How long.
    pub length: WallDuration,
}

/// What one version of a policy promises about the end of footage that a camera captured for a purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The version ([`Policy::hash`]).
    pub version: Hash,
    /// How long it lives.
    pub keep: Life,
    /// How long it lives if analysis found that nothing moved in it; shorter than `keep`.
    pub if_still: Option<Life>,
    /// Past this age it may give way on a full disk.
    pub minimum: WallDuration,
    /// What gives way first there.
    pub importance: Importance,
}

impl Policy {
    /// What this version promises about footage of that camera that was captured for that purpose, under this version or an
    /// earlier one. `None`: it has no such purpose, says nothing of such footage, and changes nothing about its end.
    ///
    /// A camera's own, shorter `keep` counts for the purpose it has here; for footage of another purpose, or of a camera that is
    /// no longer in the policy, the purpose's does.
    #[must_use]
    pub fn promise(&self, camera: &str, purpose: &str) -> Option<Promise> {
        let promise = self.promise_of_purpose(purpose)?;
        let shorter =
            self.cameras.get(camera).filter(|camera| camera.purpose == purpose).and_then(|camera| camera.keep);
        let Some(shorter) = shorter.filter(|shorter| *shorter < promise.keep.length) else { return Some(promise) };
        let rule = RuleId::of(&["cameras", camera, "keep"]);
        Some(Promise {
            keep: Life { rule, length: shorter },
            if_still: promise.if_still.filter(|still| still.length < shorter),
            minimum: promise.minimum.min(shorter),
            ..promise
        })
    }

    /// What this version promises about footage of that purpose, whatever camera captured it.
    #[must_use]
    pub fn promise_of_purpose(&self, purpose: &str) -> Option<Promise> {
        let (name, purpose) = self.purposes.get_key_value(purpose)?;
        let life = |key, length| Life { rule: RuleId::of(&["purposes", name, key]), length };
        Some(Promise {
            version: self.hash,
            keep: life("keep", purpose.keep),
            if_still: purpose.keep_if_still.map(|length| life("keep_if_still", length)),
            minimum: purpose.minimum,
            importance: purpose.importance,
        })
    }
}

/// Footage, as far as the end of its life depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// Its first moment.
    pub start: WallTime,
    /// Whether analysis found that nothing moved in it. No analysis, or one that failed, found nothing.
    pub found_still: bool,
}

/// When footage ends, and by which promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndOfLife {
    /// When.
    pub at: WallTime,
    /// The rule that won.
    pub rule: RuleId,
    /// The version it stands in.
    pub version: Hash,
}

/// The end of life of footage: the earliest over the promise made at its capture and that of every version in force since, in
/// their order; of equals the first wins. So a later version can only bring it forward, and what was shortened once stays
/// short.
#[must_use]
pub fn keep_until(capture: Capture, promise: &Promise, later: &[Promise]) -> EndOfLife {
    let first = end_by(capture, promise);
    later
        .iter()
        .map(|promise| end_by(capture, promise))
        .fold(first, |end, next| if next.at < end.at { next } else { end })
}

fn end_by(capture: Capture, promise: &Promise) -> EndOfLife {
    let still = promise.if_still.as_ref().filter(|still| capture.found_still && still.length < promise.keep.length);
    let Life { rule, length } = still.unwrap_or(&promise.keep);
    EndOfLife { at: capture.start.saturating_add(*length), rule: rule.clone(), version: promise.version }
}

/// The rule behind a segment's end, as the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedBy {
    /// The rule that won ([`keep_until`]).
    pub rule: RuleId,
    /// The version it stands in.
    pub version: Hash,
    /// How long it would have lived had something moved in it, where the rule is one for what is still.
    pub had_it_moved: Option<WallDuration>,
}

/// What the planner must know of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFact {
    /// The segment.
    pub segment: SegmentId,
    /// Its first moment.
    pub start: WallTime,
    /// The end of its life, as stored.
    pub keep_until: WallTime,
    /// The aim of the purpose it was captured for; stands in the certificate.
    pub purpose: String,
    /// The rule of the policy that set the end; `None` for footage from before there was a policy file.
    pub ended_by: Option<EndedBy>,
    /// The hold that suspends its end ([`crate::Holds::suspend`]). Held footage is never touched.
    pub held: Option<Suspension>,
}

/// One decision to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedDeletion {
    /// What to destroy.
    pub segment: SegmentId,
    /// The rule in words, with the purpose: stands in the certificate.
    pub rule: String,
    /// The rule as a stable word.
    pub rule_id: &'static str,
    /// When it was due.
    pub due: WallTime,
}

/// Why a segment stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptWhy {
    /// Its life has not ended.
    NotDue,
    /// Its life has ended, but a hold suspends the end. Nobody need look again before `until`, unless a hold is lifted.
    Held(Suspension),
    /// Its life seems to have ended, but the time is not proved.
    TimeNotProved,
}

/// A segment that stays, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The segment.
    pub segment: SegmentId,
    /// Why.
    pub why: KeptWhy,
}

/// What is to be done now. Every segment asked about is in exactly one of the lists, once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// To destroy, the longest overdue first.
    pub deletions: Vec<PlannedDeletion>,
    /// To leave alone.
    pub kept: Vec<Kept>,
    /// Why nothing may be deleted, if that is so.
    pub waiting: Option<Unproved>,
}

/// Plans the deletions that are due at `now`. The same question has the same answer, however often it is asked.
#[must_use]
pub fn plan(state: &[SegmentFact], now: DeletionTime) -> Plan {
    let mut plan = Plan { waiting: now.err(), ..Plan::default() };
    let mut seen = HashSet::new();
    for fact in state.iter().filter(|fact| seen.insert(fact.segment)) {
        match kept(fact, now) {
            Some(why) => plan.kept.push(Kept { segment: fact.segment, why }),
            None => plan.deletions.push(PlannedDeletion {
                segment: fact.segment,
                rule: rule_words(fact),
                rule_id: PURPOSE_END,
                due: fact.keep_until,
            }),
        }
    }
    plan.deletions.sort_by_key(|planned| (planned.due, planned.segment));
    plan
}

fn kept(fact: &SegmentFact, now: DeletionTime) -> Option<KeptWhy> {
    match now {
        Ok(now) if now.wall() < fact.keep_until => Some(KeptWhy::NotDue),
        now => match (fact.held, now) {
            (Some(suspension), _) => Some(KeptWhy::Held(suspension)),
            (None, Ok(_)) => None,
            (None, Err(_)) => Some(KeptWhy::TimeNotProved),
        },
    }
}

/// `Kept for 3 days from capture, as promised for: Theft at the entrance (purposes.entrance.keep, policy 3f2a9c51d0e4)`, or
/// `Nothing moved: kept for 3 days of 30 days from capture, ...`.
fn rule_words(fact: &SegmentFact) -> String {
    let by = fact.ended_by.as_ref().map_or_else(String::new, |by| {
        let version = by.version.to_string();
        format!(" ({}, policy {})", by.rule, version.get(..12).unwrap_or(&version))
    });
    let lived = length(fact.keep_until - fact.start);
    let kept = match fact.ended_by.as_ref().and_then(|by| by.had_it_moved) {
        Some(full) => format!("Nothing moved: kept for {lived} of {}", length(full)),
        None => format!("Kept for {lived}"),
    };
    format!("{kept} from capture, as promised for: {}{by}", fact.purpose.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{TimeEvidence, prove};
    use candour_units::HoldId;
    use proptest::prelude::*;

    const SUSPENDED: Suspension =
        Suspension { hold: HoldId::from_bytes([8; 16]), until: WallTime::from_unix_seconds(9_000_000) };

    fn at(seconds: i64) -> WallTime {
        WallTime::from_unix_seconds(1_000_000 + seconds)
    }

    fn proved(seconds: i64) -> DeletionTime {
        prove(&TimeEvidence { wall: at(seconds), high_water: Some(at(-1)), elapsed: None, kernel_synchronised: true })
    }

    fn fact(number: u8, start: i64, keep: i64, held: bool) -> SegmentFact {
        SegmentFact {
            segment: SegmentId::from_bytes([number; 16]),
            start: at(start),
            keep_until: at(start + keep),
            purpose: "Theft at the entrance".to_owned(),
            ended_by: None,
            held: held.then_some(SUSPENDED),
        }
    }

    fn promise(version: u8, hours: i64, still: Option<i64>) -> Promise {
        let life = |key: &str, hours: i64| Life {
            rule: RuleId::of(&["purposes", "entrance", key]),
            length: WallDuration::from_seconds(hours * 3600),
        };
        Promise {
            version: Hash([version; 32]),
            keep: life("keep", hours),
            if_still: still.map(|hours| life("keep_if_still", hours)),
            minimum: WallDuration::ZERO,
            importance: Importance::Middle,
        }
    }

    #[track_caller]
    fn check_end(found_still: bool, promises: &[Promise], hours: i64, version: u8, key: &str) {
        let end = keep_until(Capture { start: at(0), found_still }, &promises[0], &promises[1..]);
        let rule = RuleId::of(&["purposes", "entrance", key]);
        assert_eq!(end, EndOfLife { at: at(hours * 3600), rule, version: Hash([version; 32]) });
    }

    #[test]
    fn the_end_of_life_only_moves_down_and_says_by_which_rule() {
        check_end(false, &[promise(1, 72, None)], 72, 1, "keep");
        check_end(false, &[promise(1, 72, None), promise(2, 96, None)], 72, 1, "keep");
        check_end(false, &[promise(1, 72, None), promise(2, 24, None), promise(3, 96, None)], 24, 2, "keep");
        // Of equals the first.
        check_end(false, &[promise(1, 72, None), promise(2, 24, None), promise(3, 24, None)], 24, 2, "keep");
        check_end(false, &[promise(1, 72, Some(12))], 72, 1, "keep");
        check_end(true, &[promise(1, 72, Some(12))], 12, 1, "keep_if_still");
        check_end(true, &[promise(1, 72, None), promise(2, 80, Some(12)), promise(3, 6, None)], 6, 3, "keep");
    }

    #[test]
    fn a_certificate_names_rule_and_version() {
        let rule = |key| RuleId::of(&["purposes", "entrance", key]);
        let by = EndedBy { rule: rule("keep"), version: Hash([0x3f; 32]), had_it_moved: None };
        let state = [SegmentFact { ended_by: Some(by.clone()), ..fact(1, 0, 3 * 86_400, false) }];
        assert_eq!(
            plan(&state, proved(4 * 86_400)).deletions[0].rule,
            "Kept for 3 days from capture, as promised for: Theft at the entrance (purposes.entrance.keep, policy 3f3f3f3f3f3f)"
        );
        let had_it_moved = Some(WallDuration::from_seconds(30 * 86_400));
        let by = EndedBy { rule: rule("keep_if_still"), had_it_moved, ..by };
        let state = [SegmentFact { ended_by: Some(by), ..fact(1, 0, 3 * 86_400, false) }];
        assert_eq!(
            plan(&state, proved(4 * 86_400)).deletions[0].rule,
            "Nothing moved: kept for 3 days of 30 days from capture, as promised for: Theft at the entrance \
             (purposes.entrance.keep_if_still, policy 3f3f3f3f3f3f)"
        );
    }

    #[test]
    fn due_is_at_the_moment_itself() {
        let state = [fact(1, 0, 100, false)];
        assert_eq!(plan(&state, proved(99)).kept[0].why, KeptWhy::NotDue);
        let found = plan(&state, proved(100)).deletions;
        assert_eq!(found[0].due, at(100));
        assert_eq!(found[0].rule, "Kept for 100 seconds from capture, as promised for: Theft at the entrance");
    }

    #[test]
    fn without_proved_time_nothing_goes() {
        let state = [fact(1, 0, 100, false), fact(2, 0, 100, true)];
        let waiting = Unproved::First { wall: at(5000) };
        let found = plan(&state, Err(waiting));
        assert_eq!((found.deletions.len(), found.waiting), (0, Some(waiting)));
        assert_eq!(
            found.kept.iter().map(|kept| kept.why).collect::<Vec<_>>(),
            [KeptWhy::TimeNotProved, KeptWhy::Held(SUSPENDED)]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
        #[test]
        fn plans_never_touch_a_hold_nor_what_is_not_due(
            facts in prop::collection::vec((0_u8..20, 0_i64..1000, 1_i64..1000, any::<bool>()), 0..30),
            now in 0_i64..2500,
        ) {
            let state: Vec<_> = facts.iter().map(|(id, start, keep, held)| fact(*id, *start, *keep, *held)).collect();
            let found = plan(&state, proved(now));
            prop_assert_eq!(&found, &plan(&state, proved(now)));
            for planned in &found.deletions {
                let of = state.iter().find(|fact| fact.segment == planned.segment).expect("it was asked about");
                prop_assert!(of.held.is_none() && of.keep_until <= at(now));
            }
            // Carried out once, there is nothing left to do.
            let left: Vec<_> = state.iter()
                .filter(|fact| found.deletions.iter().all(|planned| planned.segment != fact.segment)).cloned().collect();
            prop_assert!(plan(&left, proved(now)).deletions.is_empty());
            let asked: HashSet<_> = state.iter().map(|fact| fact.segment).collect();
            prop_assert_eq!(found.deletions.len() + found.kept.len(), asked.len());
        }

        #[test]
        fn a_later_version_never_lengthens(
            found_still: bool,
            promises in prop::collection::vec((1_i64..1000, prop::option::of(1_i64..1000)), 1..8),
        ) {
            let promises: Vec<_> =
                promises.iter().enumerate().map(|(n, (keep, still))| promise(n as u8, *keep, *still)).collect();
            let capture = Capture { start: at(0), found_still };
            let ends: Vec<_> = (0..promises.len()).map(|n| keep_until(capture, &promises[0], &promises[1..=n])).collect();
            // Never up; so what a version in between shortened, none after it revives.
            prop_assert!(ends.is_sorted_by(|a, b| a.at >= b.at));
            let shortest = |promise: &Promise| {
                let still = promise.if_still.as_ref().filter(|_| found_still).map(|still| still.length);
                still.map_or(promise.keep.length, |still| still.min(promise.keep.length))
            };
            let least = promises.iter().map(shortest).min();
            prop_assert_eq!(ends.last().map(|end| end.at - at(0)), least);
            // Analysis only shortens.
            let moved = keep_until(Capture { found_still: false, ..capture }, &promises[0], &promises[1..]);
            prop_assert!(ends.last().is_some_and(|end| end.at <= moved.at));
        }
    }
}
