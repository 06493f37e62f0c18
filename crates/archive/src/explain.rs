//! Why footage ends when it does: every promise that was made for it, and which of them decided (rule 9 of the store).

use std::collections::HashMap;

use candour_db::{Db, DbError, PastPromise, PurposeRow, SegmentRow, StillLife, Stillness, Weighed};
use candour_policy::{EndedBy, RuleId};
use candour_units::{CameraId, Hash, PolicyId, PurposeId, WallDuration, WallTime};

/// One promise for a piece of footage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseStep {
    /// Number of the version; `None` for a purpose written before there were versions.
    pub version: Option<i64>,
    /// Digest of the version, or of the purpose.
    pub hash: Hash,
    /// The rule of the file; `None` for a purpose of before.
    pub rule: Option<String>,
    /// How long footage lives under it.
    pub keep: WallDuration,
    /// How long footage lives under it in which nothing moved, where it says so.
    pub still: Option<StillLife>,
    /// Since when it counted: for the first one, when the footage was captured.
    pub since: WallTime,
    /// Until when its version was in force; `None` while it is, and for a purpose of before.
    pub until: Option<WallTime>,
}

/// Why a piece of footage ends when it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The sentence of the purpose it was captured for.
    pub purpose: String,
    /// The promises, that of its capture first.
    pub steps: Vec<PromiseStep>,
    /// The place in `steps` of the one that gave the end that is stored, of equal ones the first. `None` when none does:
    /// somebody or something else brought it nearer.
    pub decided: Option<Decided>,
    /// What looking for motion says of it.
    pub weighed: Option<Weighed>,
}

/// Which promise gave the end that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// Its place.
    pub step: usize,
    /// Whether its shorter life for what is still did.
    pub by_stillness: bool,
}

impl Explanation {
    /// The rule of the policy that set the end; `None` where no version of a policy did.
    #[must_use]
    pub fn ended_by(&self) -> Option<EndedBy> {
        let Decided { step, by_stillness } = self.decided?;
        let step = self.steps.get(step)?;
        let still = step.still.as_ref().filter(|_| by_stillness);
        let (rule, had_it_moved) = match still {
            Some(still) => (still.rule.as_str(), self.had_it_moved()),
            None => (step.rule.as_deref()?, None),
        };
        Some(EndedBy { rule: RuleId::written(rule), version: step.hash, had_it_moved })
    }

    /// How long it lives at most if something moved in it.
    #[must_use]
    pub fn had_it_moved(&self) -> Option<WallDuration> {
        self.steps.iter().map(|step| step.keep).min()
    }

    /// How long it lives if nothing moved in it; `None` where no promise tells the two apart (rule 9: the shortest of all counts).
    #[must_use]
    pub fn if_still(&self) -> Option<WallDuration> {
        let shortest = self.steps.iter().filter_map(|step| Some(step.still.as_ref()?.keep)).min()?;
        self.had_it_moved().is_none_or(|keep| shortest < keep).then_some(shortest)
    }
}

/// Explains segments; what they share is read once.
pub struct Explainer {
    db: Db,
    purposes: HashMap<PurposeId, Option<PurposeRow>>,
    promises: HashMap<CameraId, Vec<PastPromise>>,
    versions: Option<HashMap<PolicyId, i64>>,
}

impl Explainer {
    /// One that has read nothing yet. It knows what was promised up to its first question, so it is not kept for long.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, purposes: HashMap::new(), promises: HashMap::new(), versions: None }
    }

    /// Why that segment ends when it does.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn explain(&mut self, row: &SegmentRow) -> Result<Explanation, DbError> {
        if !self.purposes.contains_key(&row.purpose) {
            let found = self.db.purpose(row.purpose).await?;
            self.purposes.insert(row.purpose, found);
        }
        if !self.promises.contains_key(&row.camera) {
            let found = self.db.promises_of(row.camera).await?;
            self.promises.insert(row.camera, found);
        }
        if self.versions.is_none() {
            let all = self.db.policy_versions().await?;
            self.versions = Some(all.into_iter().map(|version| (version.id, version.number)).collect());
        }
        let purpose = self.purposes.get(&row.purpose).and_then(Option::as_ref);
        let version = |id: PolicyId| self.versions.as_ref().and_then(|all| all.get(&id).copied());
        let word = purpose.and_then(|purpose| Some(purpose.version.as_ref()?.word.as_str()));
        // Only promises for footage of the same purpose say anything of it.
        let promises = self.promises.get(&row.camera).into_iter().flatten();
        let promises: Vec<&PastPromise> = promises.filter(|past| Some(past.promise.of.word.as_str()) == word).collect();
        let at_capture = purpose.map(|purpose| {
            let version = version(purpose.policy);
            let made = promises
                .iter()
                .rev()
                .find(|past| Some(past.promise.version) == version && past.promise.since <= row.start);
            PromiseStep {
                version,
                hash: purpose.policy_hash(),
                rule: made.map(|past| past.promise.of.rule.clone()),
                keep: purpose.keep,
                still: made.and_then(|past| past.promise.of.still.clone()),
                since: row.start,
                until: made.and_then(|past| past.until),
            }
        });
        let purpose = purpose.map(|purpose| purpose.sentence.clone());
        let weighed = self.db.weighed(row.id).await?;
        Ok(explanation(row, purpose, at_capture, &promises, weighed))
    }
}

/// The promises that count for footage: that of its capture, and those that were made later, or were in force still.
fn explanation(
    row: &SegmentRow,
    purpose: Option<String>,
    at_capture: Option<PromiseStep>,
    promises: &[&PastPromise],
    weighed: Option<Weighed>,
) -> Explanation {
    let captured_under = at_capture.as_ref().and_then(|step| step.version);
    let counts = |past: &&&PastPromise| {
        let in_force_since = past.until.is_none_or(|until| until > row.start);
        in_force_since && Some(past.promise.version) != captured_under || past.promise.since > row.start
    };
    let later = promises.iter().filter(counts).map(|past| PromiseStep {
        version: Some(past.promise.version),
        hash: past.hash,
        rule: Some(past.promise.of.rule.clone()),
        keep: past.promise.of.keep,
        still: past.promise.of.still.clone(),
        since: past.promise.since,
        until: past.until,
    });
    let steps: Vec<PromiseStep> = at_capture.into_iter().chain(later).collect();
    // What was gone before a shorter promise came has the end of a longer one: the stored end itself says which.
    let life = row.keep_until - row.start;
    let by_keep = steps.iter().position(|step| step.keep == life);
    let is_still = weighed.is_some_and(|weighed| weighed.stillness == Stillness::Still);
    let gives = |step: &PromiseStep| is_still && step.still.as_ref().is_some_and(|still| still.keep == life);
    let by_still = || steps.iter().position(gives).map(|step| Decided { step, by_stillness: true });
    let decided = by_keep.map(|step| Decided { step, by_stillness: false }).or_else(by_still);
    let purpose = purpose.unwrap_or_else(|| format!("purpose {}", row.purpose));
    Explanation { purpose, steps, decided, weighed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_db::{NewPromise, Promise, SegmentState};
    use candour_units::{RunId, SegmentId, StreamId};

    const DAY: i64 = 86_400;

    fn at(days: i64) -> WallTime {
        WallTime::from_unix_seconds(1_800_000_000 + days * DAY)
    }

    fn days(count: i64) -> WallDuration {
        WallDuration::from_seconds(count * DAY)
    }

    fn row(start: i64, life: i64) -> SegmentRow {
        SegmentRow {
            id: SegmentId::from_bytes([1; 16]),
            stream: StreamId::from_bytes([2; 16]),
            camera: CameraId::from_bytes([3; 16]),
            run: RunId::from_bytes([4; 16]),
            purpose: PurposeId::from_bytes([5; 16]),
            storage: 0,
            start: at(start),
            end: at(start),
            keep_until: at(start + life),
            len_bytes: 0,
            samples: 0,
            state: SegmentState::Closed,
            sealed_digest: None,
            content_commitment: None,
            logged: true,
        }
    }

    fn step(version: Option<i64>, keep: i64, since: i64) -> PromiseStep {
        PromiseStep {
            version,
            hash: Hash([version.unwrap_or(0) as u8; 32]),
            rule: version.map(|_| "purposes.a.keep".into()),
            keep: days(keep),
            still: None,
            since: at(since),
            until: None,
        }
    }

    fn past(version: i64, keep: i64, since: i64, until: Option<i64>) -> PastPromise {
        let promise = Promise {
            version,
            of: NewPromise {
                camera: CameraId::from_bytes([3; 16]),
                word: "a".to_owned(),
                rule: format!("cameras.Hall.keep{version}"),
                keep: days(keep),
                still: Some(StillLife { rule: format!("cameras.Hall.keep_if_still{version}"), keep: days(1) }),
            },
            since: at(since),
            done: None,
            applied: None,
        };
        PastPromise { promise, hash: Hash([version as u8; 32]), until: until.map(at) }
    }

    /// Versions 1 (7 days from day 0), 2 (2 days from day 10), 3 (30 days from day 20).
    fn history() -> [PastPromise; 3] {
        [past(1, 7, 0, Some(10)), past(2, 2, 10, Some(20)), past(3, 30, 20, None)]
    }

    fn weighed(stillness: Stillness) -> Option<Weighed> {
        Some(Weighed { segment: SegmentId::from_bytes([1; 16]), stillness, still_until: None })
    }

    /// The versions that count, and the digest and rule of the one that decided.
    #[track_caller]
    fn check(row: &SegmentRow, at_capture: PromiseStep, expected: (&[i64], Option<(u8, &str)>)) {
        let history = history();
        let promises: Vec<_> = history.iter().collect();
        let found =
            explanation(row, Some("Theft ".to_owned()), Some(at_capture), &promises, weighed(Stillness::NotShown));
        let versions: Vec<_> = found.steps.iter().map(|step| step.version.unwrap_or(0)).collect();
        let by = found.ended_by().map(|by| (by.version.as_bytes()[0], by.rule.to_string()));
        let by = by.as_ref().map(|(version, rule)| (*version, rule.as_str()));
        assert_eq!((versions.as_slice(), by), expected);
    }

    #[test]
    fn the_promise_that_decided_is_named() {
        // Gone before version 2 came: its life ended by its own promise.
        check(&row(1, 7), step(Some(1), 7, 1), (&[1, 2, 3], Some((1, "purposes.a.keep"))));
        check(&row(9, 2), step(Some(1), 7, 9), (&[1, 2, 3], Some((2, "cameras.Hall.keep2"))));
        check(&row(12, 2), step(Some(2), 2, 12), (&[2, 3], Some((2, "purposes.a.keep"))));
        // Under a purpose of before, whose promise decided itself: there is no rule of a policy.
        check(&row(-5, 1), step(None, 1, -5), (&[0, 1, 2, 3], None));
    }

    #[test]
    fn an_end_that_no_promise_gives_is_ascribed_to_none() {
        let row = SegmentRow { keep_until: at(12) + WallDuration::from_seconds(1), ..row(12, 2) };
        check(&row, step(Some(2), 2, 12), (&[2, 3], None));
    }

    #[test]
    fn only_what_was_still_ends_by_a_rule_for_it() {
        let history = history();
        let promises: Vec<_> = history.iter().collect();
        let explain = |stillness| {
            let at_capture = Some(step(Some(2), 2, 12));
            explanation(&row(12, 1), Some("Theft".to_owned()), at_capture, &promises, weighed(stillness))
        };
        let found = explain(Stillness::Still);
        let by = found.ended_by().expect("a rule of version 3");
        assert_eq!((by.rule.to_string().as_str(), by.had_it_moved), ("cameras.Hall.keep_if_still3", Some(days(2))));
        assert_eq!(found.if_still(), Some(days(1)));
        for other in [Stillness::NotShown, Stillness::Chosen, Stillness::Unweighed, Stillness::NotShortened] {
            assert_eq!(explain(other).ended_by(), None, "{other:?}");
        }
    }
}
