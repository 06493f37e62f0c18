//! What stands between a policy without mistakes and its coming into force on this recorder: what the recorder cannot do yet,
//! dates that cannot be, and what somebody should look at all the same.

use std::collections::BTreeSet;

use candour_units::{WallDuration, WallTime};

use crate::decide::{Reason, part_rule};
use crate::model::{Policy, RuleId, Terms};
use crate::review::{Review, review};
use crate::schedule::{Mode, Part, Schedule};
use crate::spoken;
use crate::vocabulary::{LawfulBasis, Word};
use crate::zone::{ClockChange, LocalDate};

/// Something a policy can ask for that a recorder may be unable to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Find out whether something moves.
    MotionDetection,
    /// Receive and store sound.
    Audio,
    /// Set masks on cameras, and see that they stay set.
    Masks,
    /// Ask a camera for a smaller stream, and refuse one above the cap.
    StreamCaps,
}

impl Word for Capability {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::MotionDetection, "motion_detection"),
        (Self::Audio, "audio"),
        (Self::Masks, "masks"),
        (Self::StreamCaps, "stream_caps"),
    ];
}

impl Capability {
    /// Why a policy that asks for it cannot come into force where it is missing.
    const fn missing(self) -> &'static str {
        match self {
            Self::MotionDetection => {
                "this recorder has no motion detection yet, so it cannot record on_motion; choose continuous or off"
            }
            Self::Audio => "this recorder does not receive sound yet; leave audio off",
            Self::Masks => {
                "this recorder cannot set masks on cameras yet; what the camera may not see would be seen, so turn or move the camera, or leave it out"
            }
            Self::StreamCaps => {
                "this recorder cannot hold a stream to a cap yet; leave out level, pixels_across and frames_per_second, or set the stream on the camera and say so in words"
            }
        }
    }
}

/// What a recorder can do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities(BTreeSet<Capability>);

impl Capabilities {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Capability::WORDS.iter().map(|(capability, _)| *capability).collect()
    }

    /// Whether it can do that.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self(capabilities.into_iter().collect())
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// The policy cannot come into force.
    Refused,
    /// It can; somebody should look at this.
    Advice,
}

impl Word for Weight {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Refused, "refused"), (Self::Advice, "advice")];
}

/// Something that was found in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// The rule it is about, and what is to be said.
    pub reason: Reason,
}

/// A review that is due this soon is told of.
const REVIEW_SOON: WallDuration = WallDuration::from_seconds(30 * 86_400);
/// Clock changes of this long from now are looked at.
const CLOCK_CHANGES: WallDuration = WallDuration::from_seconds(366 * 86_400);

struct Check<'p> {
    policy: &'p Policy,
    now: WallTime,
    found: Vec<Finding>,
}

/// Whether a policy can come into force on a recorder that can do this, at that moment: it can where nothing found is
/// [`Weight::Refused`]. In the order of the file.
#[must_use]
pub fn check(policy: &Policy, can: &Capabilities, now: WallTime) -> Vec<Finding> {
    let mut check = Check { policy, now, found: Vec::new() };
    for terms in policy.all_terms() {
        check.capabilities(&terms, can);
        check.review(&terms);
        check.cap(&terms);
    }
    check.schedules(can);
    check.purposes(can);
    check.dates();
    check.places();
    check.unused();
    check.found.sort_by_key(|finding| (finding.reason.place, finding.weight));
    check.found
}

impl Check<'_> {
    fn note(&mut self, weight: Weight, rule: RuleId, words: impl Into<String>) {
        let reason = self.policy.reason(rule, words.into());
        let finding = Finding { weight, reason };
        if !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    fn capabilities(&mut self, terms: &Terms<'_>, can: &Capabilities) {
        let camera = RuleId::of(&["cameras", terms.name]);
        for (capability, key, wanted) in [
            (Capability::Audio, "audio", terms.audio.is_some()),
            (Capability::Masks, "masks", !terms.camera.masks.is_empty()),
            (Capability::StreamCaps, "pixels_across", terms.cap.limits()),
        ] {
            if wanted && !can.can(capability) {
                let rule = if capability == Capability::StreamCaps { cap_rule(terms) } else { camera.key(key) };
                self.note(Weight::Refused, rule, capability.missing());
            }
        }
    }

    /// A schedule is looked at whether a camera has it or not: one that cannot be kept is none to choose from.
    fn schedules(&mut self, can: &Capabilities) {
        let zone = &self.policy.site.time_zone;
        let changes = zone.clock_changes(self.now, self.now.saturating_add(CLOCK_CHANGES));
        for (name, schedule) in &self.policy.schedules {
            let rule = RuleId::of(&["schedules", name]);
            for part in schedule.parts() {
                let by_motion = matches!(schedule.mode_of(part), Mode::OnMotion { .. });
                if by_motion && !can.can(Capability::MotionDetection) {
                    self.note(Weight::Refused, part_rule(&rule, part), Capability::MotionDetection.missing());
                }
            }
            for change in &changes {
                self.clock_change(&rule, schedule, *change);
            }
        }
    }

    /// A weekly rule that begins or ends in an hour that is left out or repeated.
    fn clock_change(&mut self, rule: &RuleId, schedule: &Schedule, change: ClockChange) {
        for (index, weekly) in schedule.rules.iter().enumerate() {
            let begins = weekly.days.contains(change.date.weekday()).then_some(weekly.from);
            let past_midnight = weekly.to <= weekly.from;
            let ends_on = if past_midnight { change.date.plus_days(-1) } else { change.date };
            let ends = weekly.days.contains(ends_on.weekday()).then_some(weekly.to);
            for time in begins.into_iter().chain(ends).filter(|time| change.from < *time && *time < change.to) {
                let words = if change.repeated {
                    format!("on {} {time} exists twice; its first occurrence counts", change.date.spoken())
                } else {
                    format!("on {} {time} does not exist; the moment of the change counts", change.date.spoken())
                };
                self.note(Weight::Advice, part_rule(rule, Part::Rule(index)), words);
            }
        }
    }

    fn purposes(&mut self, can: &Capabilities) {
        let authority = self.policy.controller.public_authority;
        for (name, purpose) in &self.policy.purposes {
            let rule = RuleId::of(&["purposes", name]);
            let basis = rule.key("lawful_basis");
            match purpose.lawful_basis {
                LawfulBasis::LegitimateInterests if authority => self.note(
                    Weight::Advice,
                    basis,
                    "legitimate interests are not there for the tasks of a public authority (UK GDPR Article 6(1)); public_task is the usual basis",
                ),
                LawfulBasis::Consent => self.note(
                    Weight::Advice,
                    basis,
                    "consent is rarely valid for cameras: everybody in the picture must have agreed, and must be able to refuse without harm",
                ),
                LawfulBasis::VitalInterests if authority => self.note(
                    Weight::Advice,
                    basis,
                    "vital interests carry a purpose only where somebody's life depends on it; public_task is the usual basis of a public authority",
                ),
                _ => {}
            }
            if purpose.keep_if_still.is_some() && !can.can(Capability::MotionDetection) {
                let words = format!(
                    "this recorder has no motion detection yet; until it has, footage is kept for {} (keep)",
                    spoken::length(purpose.keep)
                );
                self.note(Weight::Advice, rule.key("keep_if_still"), words);
            }
        }
    }

    fn dates(&mut self) {
        let today = self.policy.site.time_zone.date_of(self.now);
        for (reference, dpia) in &self.policy.dpias {
            if dpia.reviewed > today {
                let rule = RuleId::of(&["dpias", reference, "reviewed"]);
                let words = format!("this day has not come; today is {}", today.spoken());
                self.note(Weight::Refused, rule, words);
            }
        }
        for (name, schedule) in &self.policy.schedules {
            for (index, exception) in schedule.exceptions.iter().enumerate() {
                let over = |date: &LocalDate| *date < today;
                if exception.dates.iter().all(over) {
                    let rule = part_rule(&RuleId::of(&["schedules", name]), Part::Exception(index));
                    self.note(Weight::Advice, rule, "all of its dates are over");
                }
            }
        }
    }

    fn review(&mut self, terms: &Terms<'_>) {
        let Some((reference, dpia)) = terms.dpia else { return };
        let rule = RuleId::of(&["dpias", reference, "review_by"]);
        let due = dpia.review_by.spoken();
        match review(self.policy, terms, self.now) {
            Review::Stopped { .. } => {
                let words =
                    format!("the review was due by {due}; cameras of the class {} do not record", terms.camera.class);
                self.note(Weight::Refused, rule, words);
            }
            Review::Grace { .. } | Review::Warning { .. } => {
                self.note(Weight::Advice, rule, format!("the review was due by {due}"));
            }
            Review::InTime { until } if until <= self.now.saturating_add(REVIEW_SOON) => {
                self.note(Weight::Advice, rule, format!("the review is due by {due}"));
            }
            Review::InTime { .. } | Review::NotNeeded => {}
        }
    }

    fn cap(&mut self, terms: &Terms<'_>) {
        let wants = terms.camera.level.or(terms.purpose.level);
        if let Some(level) = wants.filter(|_| terms.cap.most_across.is_none()) {
            let words = format!(
                "its purpose needs pictures to {level}, and nothing says how wide the scene is (scene_width_m): its resolution has no cap"
            );
            self.note(Weight::Advice, RuleId::of(&["cameras", terms.name]), words);
        }
    }

    /// An area whose name says that no camera may stand there, and whose kind does not.
    fn places(&mut self) {
        const WORDS: [&str; 11] = [
            "toilet",
            "washroom",
            "lavator",
            "shower",
            "changing",
            "prayer",
            "chapel",
            "trade union",
            "medical",
            "first aid",
            "custody",
        ];
        for (name, area) in self.policy.areas.iter().filter(|(_, area)| !area.kind.is_refused()) {
            let spoken = area.name.to_lowercase();
            let starts = |word: &&str| spoken.split(|c: char| !c.is_alphabetic()).any(|part| part.starts_with(*word));
            if let Some(word) =
                WORDS.iter().find(|word| starts(word) || (word.contains(' ') && spoken.contains(**word)))
            {
                let words =
                    format!("the name of this area says \"{word}\", and its kind is {}; is that right?", area.kind);
                self.note(Weight::Advice, RuleId::of(&["areas", name, "kind"]), words);
            }
        }
    }

    fn unused(&mut self) {
        let policy = self.policy;
        let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
        for camera in policy.cameras.values() {
            used.extend([("classes", camera.class.as_str()), ("areas", &camera.area), ("purposes", &camera.purpose)]);
            used.extend(camera.schedule.as_deref().map(|schedule| ("schedules", schedule)));
            used.extend(camera.also_for.iter().map(|other| ("purposes", other.as_str())));
        }
        for (name, purpose) in &policy.purposes {
            if used.contains(&("purposes", name.as_str())) {
                used.insert(("schedules", &purpose.schedule));
            }
            used.extend(purpose.dpia.as_deref().map(|dpia| ("dpias", dpia)));
        }
        used.extend(
            policy.classes.values().filter_map(|class| Some(("dpias", class.permission.as_ref()?.dpia.as_str()))),
        );
        let tables: [(&str, Vec<&String>); 5] = [
            ("dpias", policy.dpias.keys().collect()),
            ("purposes", policy.purposes.keys().collect()),
            ("classes", policy.classes.keys().collect()),
            ("areas", policy.areas.keys().collect()),
            ("schedules", policy.schedules.keys().collect()),
        ];
        for (table, names) in tables {
            for name in names {
                let rule = RuleId::of(&[table, name]);
                if !used.contains(&(table, name.as_str())) && policy.place(&rule).is_some() {
                    self.note(Weight::Advice, rule, "nothing in this policy uses it");
                }
            }
        }
    }
}

/// Where the cap of a camera comes from: what is written, the camera before its purpose.
fn cap_rule(terms: &Terms<'_>) -> RuleId {
    let camera = RuleId::of(&["cameras", terms.name]);
    let own = [
        ("pixels_across", terms.camera.pixels_across.is_some()),
        ("level", terms.camera.level.is_some()),
        ("frames_per_second", terms.camera.frames_per_second.is_some()),
        ("scene_width_m", terms.camera.scene_width_cm.is_some()),
    ];
    match own.iter().find(|(_, written)| *written) {
        Some((key, _)) => camera.key(key),
        None => RuleId::of(&["purposes", &terms.camera.purpose, "frames_per_second"]),
    }
}
