//! When footage ends, and what is to be deleted now (rule 9 of the store).

use std::collections::HashSet;

use candour_units::{SegmentId, WallDuration, WallTime};

use crate::hold::Suspension;
use crate::spoken::length;
use crate::time::{DeletionTime, Unproved};

/// The rule of a purpose's own end of life, as a stable word; stands in certificates.
pub const PURPOSE_END: &str = "purpose_end";

/// What a purpose promises about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionRule {
    /// How long footage lives from its first moment.
    pub keep: WallDuration,
}

/// The end of life of footage that began at `capture_start`: the earliest over the promise made then and every rule in
/// force since. A later rule can only bring it forward.
#[must_use]
pub fn keep_until(capture_start: WallTime, promise: RetentionRule, later: &[RetentionRule]) -> WallTime {
    let shortest = later.iter().map(|rule| rule.keep).fold(promise.keep, WallDuration::min);
    capture_start.saturating_add(shortest)
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
    /// The sentence of the purpose it was captured for; stands in the certificate.
    pub purpose: String,
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

/// `Kept for 3 days from capture, as promised for: Theft at the entrance`.
fn rule_words(fact: &SegmentFact) -> String {
    format!("Kept for {} from capture, as promised for: {}", length(fact.keep_until - fact.start), fact.purpose.trim())
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
            held: held.then_some(SUSPENDED),
        }
    }

    #[test]
    fn the_end_of_life_only_moves_down() {
        let rule = |hours: i64| RetentionRule { keep: WallDuration::from_seconds(hours * 3600) };
        assert_eq!(keep_until(at(0), rule(72), &[]), at(72 * 3600));
        assert_eq!(keep_until(at(0), rule(72), &[rule(96)]), at(72 * 3600));
        assert_eq!(keep_until(at(0), rule(72), &[rule(24), rule(96)]), at(24 * 3600));
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
        fn a_later_rule_never_lengthens(start in -1000_i64..1000, keeps in prop::collection::vec(0_i64..1000, 1..8)) {
            let rules: Vec<_> =
                keeps.iter().map(|keep| RetentionRule { keep: WallDuration::from_seconds(*keep) }).collect();
            let ends: Vec<_> = (0..rules.len()).map(|n| keep_until(at(start), rules[0], &rules[1..=n])).collect();
            prop_assert!(ends.is_sorted_by(|a, b| a >= b));
        }
    }
}
