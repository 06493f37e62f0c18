//! Whether a camera records now, by which rules, and until when the answer holds.

use candour_units::WallTime;

use crate::model::{Policy, Position, RuleId, Terms};
use crate::review::{Review, review};
use crate::schedule::{Mode, Part, Slot};
use crate::spoken;

/// A rule that led to an answer, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: RuleId,
    /// Where it stands in the policy file; `None` for a rule of Candour itself.
    pub place: Option<Position>,
    /// What it says of this case, in a sentence.
    pub words: String,
}

/// Why nothing is recorded although the schedule might want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRecorded {
    /// The policy does not know the camera, so it has no purpose.
    #[error("no purpose")]
    NoPurpose,
    /// The review of its assessment is overdue for longer than the days of grace.
    #[error("the review of its data protection impact assessment is overdue")]
    ReviewOverdue,
}

impl NotRecorded {
    /// The stable word in rows, JSON and the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoPurpose => "no_purpose",
            Self::ReviewOverdue => "review_overdue",
        }
    }
}

/// The answer for one camera and moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How it records ([`Mode::Off`]: outside its hours), or why it may not.
    pub answer: Result<Mode, NotRecorded>,
    /// The first moment at which answer, reasons or warnings may be others; `None`: never by itself.
    pub until: Option<WallTime>,
    /// What led to the answer.
    pub because: Vec<Reason>,
    /// What somebody must see to, although the answer stands.
    pub warnings: Vec<Reason>,
}

impl Decision {
    /// Whether something is recorded, all the time or on motion.
    #[must_use]
    pub fn records(&self) -> bool {
        self.answer.is_ok_and(|mode| mode != Mode::Off)
    }
}

/// The rule for a camera that the policy does not know.
pub const NO_PURPOSE: &str = "candour.no_recording_without_purpose";

/// Whether the camera of that name records at that moment. The same question has the same answer, until [`Decision::until`].
///
/// That the camera itself is accepted is for its judgement to say; no stream opens without one.
#[must_use]
pub fn may_record(policy: &Policy, camera: &str, now: WallTime) -> Decision {
    let Some(terms) = policy.terms(camera) else {
        let words = format!("The policy names no camera \"{camera}\", so it has no purpose, and nothing is recorded.");
        let reason = Reason { rule: RuleId::written(NO_PURPOSE), place: None, words };
        return Decision {
            answer: Err(NotRecorded::NoPurpose),
            until: None,
            because: vec![reason],
            warnings: Vec::new(),
        };
    };
    let review = review(policy, &terms, now);
    let slot = terms.schedule.at(&policy.site.time_zone, now);
    let mut because = vec![purpose_reason(policy, &terms)];
    let mut warnings = Vec::new();
    let reviewed = review_reason(policy, &terms, review);
    match review {
        Review::Grace { .. } | Review::Warning { .. } => warnings.extend(reviewed),
        Review::InTime { .. } | Review::Stopped { .. } => because.extend(reviewed),
        Review::NotNeeded => {}
    }
    if let Review::Stopped { .. } = review {
        return Decision { answer: Err(NotRecorded::ReviewOverdue), until: None, because, warnings };
    }
    because.push(schedule_reason(policy, &terms, slot));
    let until = slot.until.into_iter().chain(review.until()).min();
    Decision { answer: Ok(slot.mode), until, because, warnings }
}

impl Policy {
    /// A rule of this policy, with what it says.
    pub(crate) fn reason(&self, rule: RuleId, words: String) -> Reason {
        Reason { place: self.place(&rule), rule, words }
    }
}

fn purpose_reason(policy: &Policy, terms: &Terms<'_>) -> Reason {
    let words = format!("{} records for this purpose: {}", terms.name, terms.purpose.aim);
    policy.reason(RuleId::of(&["cameras", terms.name, "purpose"]), words)
}

fn review_reason(policy: &Policy, terms: &Terms<'_>, review: Review) -> Option<Reason> {
    let (reference, dpia) = terms.dpia?;
    let was_due = format!("The review of the assessment {reference} was due by {}", dpia.review_by.spoken());
    let words = match review {
        Review::NotNeeded => return None,
        Review::InTime { .. } => {
            format!("The assessment {reference} counts as reviewed to the end of {}.", dpia.review_by.spoken())
        }
        Review::Grace { until, .. } => {
            format!("{was_due}. Recording stops on {} unless it is reviewed.", policy.site.time_zone.spoken(until))
        }
        Review::Stopped { .. } => {
            let grace = spoken::counted(i64::from(terms.class.grace_days), "day");
            format!("{was_due}, and {grace} of grace are over. Nothing is recorded until it is reviewed.")
        }
        Review::Warning { .. } => format!(
            "{was_due}. Recording goes on because {}",
            terms.class.when_overdue_reason.as_deref().unwrap_or("its class says so.")
        ),
    };
    Some(policy.reason(RuleId::of(&["dpias", reference, "review_by"]), words))
}

fn schedule_reason(policy: &Policy, terms: &Terms<'_>, slot: Slot) -> Reason {
    let name = terms.camera.schedule.as_deref().unwrap_or(&terms.purpose.schedule);
    let words = format!("By its schedule {name:?} it {}.", spoken::part(terms.schedule, slot.part));
    policy.reason(part_rule(&RuleId::of(&["schedules", name]), slot.part), words)
}

/// The rule that a part of a schedule is.
pub(crate) fn part_rule(schedule: &RuleId, part: Part) -> RuleId {
    match part {
        Part::Otherwise => schedule.key("otherwise"),
        Part::Rule(index) => schedule.key("rules").entry(index + 1),
        Part::Exception(index) => schedule.key("exceptions").entry(index + 1),
    }
}
