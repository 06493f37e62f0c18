//! What counts for one camera at one moment: the policy's decision, in the terms of the estate.

use candour_camera::{CameraDemands, Caps, DemandedMask, PicturePoint};
use candour_db::PurposeRow;
use candour_http::motion_zones;
use candour_policy::{Decision, Mask, Mode, NotRecorded, Policy, Reason, complete_purpose, may_record};
use candour_recording::{GapCause, Rolls};
use candour_units::WallTime;
use candour_worker::Wish;

use super::Standing;

/// What counts now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruled {
    /// It records, under these terms.
    Records(Box<Terms>),
    /// It does not, and nothing is received.
    Not {
        /// The cause in the timeline.
        cause: GapCause,
        /// Why, and what to do if anything: a sentence or two.
        words: String,
    },
}

/// Under which terms a camera records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// For what, and how long footage lives.
    pub purpose: PurposeRow,
    /// What the camera must keep before a picture of it is received.
    pub demands: CameraDemands,
    /// How somebody looks for motion, if anybody does.
    pub looks: Option<Wish>,
    /// Where only what moves is recorded: so much around it.
    pub on_motion: Option<Rolls>,
}

/// What counts, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// What counts.
    pub ruled: Ruled,
    /// When the answer may be another by itself.
    pub until: Option<WallTime>,
    /// What somebody must see to.
    pub warnings: Vec<String>,
}

impl Ruling {
    fn not(cause: GapCause, words: String) -> Self {
        Self { ruled: Ruled::Not { cause, words }, until: None, warnings: Vec::new() }
    }

    /// The cause of a gap, where nothing is recorded.
    #[must_use]
    pub const fn cause(&self) -> Option<GapCause> {
        match self.ruled {
            Ruled::Records(_) => None,
            Ruled::Not { cause, .. } => Some(cause),
        }
    }
}

/// What counts for the camera of that name. `purpose` is what the database gives it; `believed` is the last moment that is
/// proved, where the clock is not: an assessment is overdue by that one, so that a clock that jumps stops nothing.
#[must_use]
pub fn rule(
    standing: &Standing,
    name: &str,
    purpose: Option<PurposeRow>,
    now: WallTime,
    believed: Option<WallTime>,
) -> Ruling {
    match standing {
        Standing::Unreadable(why) => Ruling::not(GapCause::NoPurpose, why.clone()),
        Standing::None => by_purpose(name, purpose),
        Standing::InForce(version) => {
            let decision = decide(&version.policy, name, now, believed);
            let purpose = purpose.filter(|row| row.policy == version.row.id);
            by_policy(&version.policy, name, purpose, decision, now)
        }
    }
}

/// A purpose written before there were versions.
fn by_purpose(name: &str, purpose: Option<PurposeRow>) -> Ruling {
    let Some(purpose) = purpose else {
        let words = format!(
            "{name} records nothing: no policy is in force, so it has no purpose. Give a policy that names it \
             (candour serve --policy FILE, or propose one on the Policy page)."
        );
        return Ruling::not(GapCause::NoPurpose, words);
    };
    match complete_purpose(&purpose.sentence, &purpose.owner, purpose.keep) {
        Ok(()) => {
            let terms = Terms { purpose, demands: CameraDemands::default(), looks: None, on_motion: None };
            Ruling { ruled: Ruled::Records(Box::new(terms)), until: None, warnings: Vec::new() }
        }
        Err(missing) => Ruling::not(GapCause::NoPurpose, format!("{name} records nothing: {missing}.")),
    }
}

/// The decision of the policy. On a clock that is not believed a review is overdue only if it was so at the last proved time.
fn decide(policy: &Policy, name: &str, now: WallTime, believed: Option<WallTime>) -> Decision {
    let decision = may_record(policy, name, now);
    let Some(believed) = believed.filter(|_| decision.answer == Err(NotRecorded::ReviewOverdue)) else {
        return decision;
    };
    let before = may_record(policy, name, believed);
    match policy.terms(name) {
        Some(terms) if before.answer.is_ok() => {
            let slot = terms.schedule.at(&policy.site.time_zone, now);
            Decision { answer: Ok(slot.mode), until: slot.until, ..before }
        }
        _ => decision,
    }
}

fn by_policy(policy: &Policy, name: &str, purpose: Option<PurposeRow>, decision: Decision, now: WallTime) -> Ruling {
    let last = decision.because.last().map(|reason| reason.words.clone()).unwrap_or_default();
    // Until its hours begin: what else may change the answer meanwhile would not make it record.
    let hours =
        |words: &str| match policy.terms(name).and_then(|terms| terms.schedule.at(&policy.site.time_zone, now).until) {
            Some(until) => {
                format!("{name} records nothing now. {words} This holds until {}.", policy.site.time_zone.spoken(until))
            }
            None => format!("{name} records nothing now. {words}"),
        };
    let ruled = match (decision.answer, purpose) {
        (Err(NotRecorded::NoPurpose), _) => {
            let words = format!(
                "{name} records nothing: the policy in force has no entry for it (cameras.{name:?} is missing)."
            );
            Ruled::Not { cause: GapCause::NoPurpose, words }
        }
        (Err(NotRecorded::ReviewOverdue), _) => {
            Ruled::Not { cause: GapCause::ReviewOverdue, words: format!("{name} records nothing. {last}") }
        }
        (Ok(Mode::Off), _) => Ruled::Not { cause: GapCause::OutsideHours, words: hours(&last) },
        (Ok(mode @ (Mode::Continuous | Mode::OnMotion { .. })), Some(purpose)) => {
            let on_motion = match mode {
                Mode::OnMotion { pre_roll, post_roll } => Some(Rolls { pre: pre_roll, post: post_roll }),
                _ => None,
            };
            let looks = looks(policy, name, on_motion.is_some());
            Ruled::Records(Box::new(Terms { purpose, demands: demands(policy, name), looks, on_motion }))
        }
        (Ok(Mode::Continuous | Mode::OnMotion { .. }), None) => {
            let words = format!("{name} has not been given its purpose under the policy in force yet.");
            Ruled::Not { cause: GapCause::NoPurpose, words }
        }
    };
    Ruling { ruled, until: decision.until, warnings: decision.warnings.into_iter().map(words).collect() }
}

/// How the policy has a camera looked at: throughout where the life of footage depends on it, as little as can be for marks.
fn looks(policy: &Policy, name: &str, on_motion: bool) -> Option<Wish> {
    let terms = policy.terms(name)?;
    let throughout = on_motion || terms.keep_if_still.is_some();
    let looks = throughout || terms.purpose.mark_motion;
    looks.then(|| Wish { throughout, under: Some(policy.hash), zones: motion_zones(policy, name) })
}

/// What is demanded of the camera of that name, whether or not it records now; nothing where no policy names it.
#[must_use]
pub fn demanded_of(standing: &Standing, name: &str) -> CameraDemands {
    match standing {
        Standing::InForce(version) => demands(&version.policy, name),
        Standing::None | Standing::Unreadable(_) => CameraDemands::default(),
    }
}

/// What the policy demands of the camera itself.
pub(super) fn demands(policy: &Policy, name: &str) -> CameraDemands {
    let Some(terms) = policy.terms(name) else { return CameraDemands::default() };
    CameraDemands {
        caps: Caps {
            pixels_across: terms.cap.most_across,
            frames_per_second: terms.cap.frames_per_second.map(u32::from),
        },
        audio: terms.audio.is_some(),
        masks: terms.camera.masks.iter().map(demanded).collect(),
    }
}

fn demanded(mask: &Mask) -> DemandedMask {
    let edge = |tenthousandths: u16| tenthousandths.min(PicturePoint::MOST);
    let point = |corner: &candour_policy::Corner| PicturePoint::new(edge(corner.x), edge(corner.y));
    DemandedMask { name: mask.name.clone(), polygon: mask.corners.iter().filter_map(point).collect() }
}

fn words(reason: Reason) -> String {
    reason.words
}

#[cfg(test)]
mod tests {
    use super::super::sample::{in_force, purpose, sample};
    use super::*;

    /// Monday 30 November 2026, 12:00 in London, and so many hours later.
    fn at(hours: i64) -> WallTime {
        WallTime::from_unix_seconds(1_796_040_000 + hours * 3600)
    }

    const DOOR: &str = "Front door 1";

    #[track_caller]
    fn check(standing: &Standing, name: &str, purpose: Option<PurposeRow>, expected: Option<GapCause>, says: &str) {
        let ruling = rule(standing, name, purpose, at(0), None);
        assert_eq!(ruling.cause(), expected, "{ruling:?}");
        if let Ruled::Not { words, .. } = &ruling.ruled {
            assert!(words.starts_with(name) && words.ends_with('.') && words.contains(says), "{words}");
        }
    }

    #[test]
    fn without_a_policy_a_purpose_of_before_counts() {
        let policy = sample(&[]);
        let before = PurposeRow { version: None, ..purpose(&policy, "entrance-safety") };
        check(&Standing::None, DOOR, Some(before.clone()), None, "");
        check(&Standing::None, DOOR, None, Some(GapCause::NoPurpose), "no policy is in force");
        let blank = PurposeRow { owner: String::new(), ..before };
        check(&Standing::None, DOOR, Some(blank), Some(GapCause::NoPurpose), "records nothing");
        let unreadable = Standing::Unreadable(format!("{DOOR} and all others: nobody can read it."));
        check(&unreadable, DOOR, Some(purpose(&policy, "entrance-safety")), Some(GapCause::NoPurpose), "nobody can");
    }

    #[test]
    fn a_version_in_force_rules_by_its_own_terms_only() {
        let policy = sample(&[]);
        let given = purpose(&policy, "entrance-safety");
        let other = PurposeRow { policy: candour_units::PolicyId::from_bytes([9; 16]), ..given.clone() };
        let standing = in_force(policy);
        check(&standing, DOOR, Some(given.clone()), None, "");
        check(&standing, DOOR, None, Some(GapCause::NoPurpose), "has not been given its purpose");
        check(&standing, DOOR, Some(other), Some(GapCause::NoPurpose), "has not been given its purpose");
        check(&standing, "Nowhere", Some(given), Some(GapCause::NoPurpose), "no entry for it");
    }

    #[test]
    fn what_the_camera_itself_must_keep_comes_with_the_terms() {
        let policy = sample(&[]);
        let given = purpose(&policy, "entrance-safety");
        let Ruled::Records(terms) = rule(&in_force(policy), DOOR, Some(given), at(0), None).ruled else {
            panic!("it records")
        };
        // A scene 6.4 m wide at 125 pixels a metre.
        assert_eq!(terms.demands.caps, Caps { pixels_across: Some(800), frames_per_second: Some(12) });
        let [mask] = &terms.demands.masks[..] else { panic!("{:?}", terms.demands) };
        let corners: Vec<_> = mask.polygon.iter().map(|point| (point.across(), point.down())).collect();
        assert_eq!(corners, [(6200, 500), (9100, 500), (9100, 3100), (6200, 3100)]);
    }

    #[test]
    fn outside_its_hours_it_says_until_when() {
        let policy = sample(&[]);
        let name = policy.cameras.iter().find(|(_, camera)| camera.purpose == "plant-watch").expect("one").0.clone();
        let given = purpose(&policy, "plant-watch");
        let standing = in_force(policy);
        let rulings: Vec<_> =
            (0..24 * 7).map(|hour| rule(&standing, &name, Some(given.clone()), at(hour), None)).collect();
        let silent: Vec<_> = rulings.iter().filter(|ruling| ruling.cause() == Some(GapCause::OutsideHours)).collect();
        let records = rulings.iter().filter(|ruling| ruling.cause().is_none()).count();
        assert!(!silent.is_empty() && records > 0, "{} {records}", silent.len());
        for ruling in silent {
            let Ruled::Not { words, .. } = &ruling.ruled else { continue };
            assert!(ruling.until.is_some() && words.contains("This holds until"), "{words}");
        }
    }

    /// An overdue review stops on proved time: a clock that jumped two years ahead stops nothing.
    #[test]
    fn a_review_is_overdue_by_the_time_that_is_believed() {
        let policy = sample(&[]);
        let given = purpose(&policy, "entrance-safety");
        let standing = in_force(policy);
        let later = at(2 * 365 * 24);
        let ruling = rule(&standing, DOOR, Some(given.clone()), later, None);
        assert_eq!(ruling.cause(), Some(GapCause::ReviewOverdue), "{ruling:?}");
        let ruling = rule(&standing, DOOR, Some(given), later, Some(at(0)));
        assert_eq!(ruling.cause(), None, "{ruling:?}");
    }
}
