//! What other terms would do with footage that is there, and how they are written into a draft. Nothing is changed here: the file is the only
//! source.

use candour_units::{WallDuration, WallRange};

use crate::mask::{Corner, Mask};
use crate::model::{Policy, RuleId};
use crate::schedule::Mode;
use crate::spoken::{length, listed};
use crate::stillness::{NotStill, Seen, around, still};

/// What a trial says of a piece of footage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// Nothing moved in it: its life would be the shorter one.
    Still,
    /// It would live its full life, and why.
    NotStill(NotStill),
    /// It, or the second around it, reaches beyond what was looked through: nothing is said.
    Beyond,
}

/// What would be said of footage, where `looked` was looked through and showed `seen`.
#[must_use]
pub fn tried(footage: WallRange, looked: WallRange, seen: &[Seen]) -> Tried {
    if !looked.covers(&around(footage)) {
        return Tried::Beyond;
    }
    match still(footage, seen) {
        Ok(()) => Tried::Still,
        Err(why) => Tried::NotStill(why),
    }
}

/// Terms that somebody tries for one camera. What is `None` stays as the policy in force has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidate {
    /// How long footage lives in which nothing moved.
    pub keep_if_still: Option<WallDuration>,
    /// To record only what moves: so much before it, and after it.
    pub rolls: Option<(WallDuration, WallDuration)>,
    /// Where motion counts, and where it does not.
    pub zones: Option<(Vec<Mask>, Vec<Mask>)>,
}

/// Some lines for a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftPart {
    /// The heading below which they belong; `None`: at the end of the file.
    pub below: Option<String>,
    /// What to do with them, in a sentence or two.
    pub words: String,
    /// The lines themselves.
    pub lines: String,
}

/// What a draft must say so that a candidate comes into force; empty where the policy says all of it, or does not know the camera.
#[must_use]
pub fn draft_parts(policy: &Policy, camera: &str, candidate: &Candidate) -> Vec<DraftPart> {
    let Some(terms) = policy.terms(camera) else { return Vec::new() };
    let heading = |path: &[&str]| format!("[{}]", RuleId::of(path));
    let mut parts = Vec::new();
    if let Some(keep) = candidate.keep_if_still.filter(|keep| terms.purpose.keep_if_still != Some(*keep)) {
        let same = policy.cameras.iter().filter(|(_, other)| other.purpose == terms.camera.purpose);
        let names: Vec<&String> = same.map(|(name, _)| name).collect();
        parts.push(DraftPart {
            below: Some(heading(&["purposes", &terms.camera.purpose])),
            words: format!(
                "In place of keep_if_still, if it stands there. It holds for every camera of this purpose: {}.",
                listed(&names)
            ),
            lines: format!("keep_if_still = \"{}\"\n", length(keep)),
        });
    }
    if let Some((pre, post)) = candidate.rolls {
        let schedule = slug(camera);
        parts.push(DraftPart {
            below: Some(heading(&["cameras", camera])),
            words: "In place of schedule, if it stands there.".to_owned(),
            lines: format!("schedule = \"{schedule}\"\n"),
        });
        parts.push(DraftPart {
            below: None,
            words: match usual_schedule(&terms).as_str() {
                "always" => "It records on motion at all hours.".to_owned(),
                hours => format!("It records on motion at all hours; give it those of {hours}."),
            },
            lines: format!(
                "{}\npre_roll = \"{}\"\npost_roll = \"{}\"\n\n[{}]\ndays = \"every_day\"\nfrom = \"00:00\"\nto = \"24:00\"\nrecord = \"{}\"\n",
                heading(&["schedules", &schedule]),
                length(pre),
                length(post),
                heading(&["schedules", &schedule, "rules"]),
                Mode::OnMotion { pre_roll: pre, post_roll: post }.word()
            ),
        });
    }
    if let Some((watch, ignore)) = &candidate.zones
        && (*watch != terms.camera.watch || *ignore != terms.camera.ignore)
    {
        parts.push(zones(camera, watch, ignore));
    }
    parts
}

fn usual_schedule(terms: &crate::model::Terms<'_>) -> String {
    terms.camera.schedule.clone().unwrap_or_else(|| terms.purpose.schedule.clone())
}

fn zones(camera: &str, watch: &[Mask], ignore: &[Mask]) -> DraftPart {
    let mut lines = String::new();
    for (key, parts) in [("watch", watch), ("ignore", ignore)] {
        for Mask { name, reason, corners } in parts {
            let heading = RuleId::of(&["cameras", camera, key]);
            let corners: Vec<String> = corners.iter().map(corner).collect();
            lines += &format!(
                "[[{heading}]]\nname = {}\nreason = {}\ncorners = [{}]\n\n",
                quoted(name),
                quoted(reason),
                corners.join(", ")
            );
        }
    }
    let words = if lines.is_empty() {
        lines = format!("# {}: no watch, no ignore\n", RuleId::of(&["cameras", camera]));
        "Take out every watch and ignore of this camera: motion counts in all of the picture."
    } else {
        "In place of every watch and ignore of this camera."
    };
    DraftPart { below: None, words: words.to_owned(), lines: lines.trim_end().to_owned() + "\n" }
}

fn corner(corner: &Corner) -> String {
    let share = |parts: u16| format!("{}.{:04}", parts / 10_000, parts % 10_000);
    format!("[{}, {}]", share(corner.x), share(corner.y))
}

fn quoted(words: &str) -> String {
    format!("\"{}\"", words.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The name of a schedule for a camera: small letters, digits and dashes.
fn slug(camera: &str) -> String {
    let small = camera.to_lowercase();
    let kept: String = small.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let parts: Vec<&str> = kept.split('-').filter(|part| !part.is_empty()).collect();
    format!("motion-{}", if parts.is_empty() { "camera".to_owned() } else { parts.join("-") })
}

#[cfg(test)]
mod tests {
    use candour_units::WallTime;

    use super::*;
    use crate::stillness::Shown;

    fn range(start: i64, end: i64) -> WallRange {
        let at = |second: i64| WallTime::from_ticks((1_000 + second) * 90_000);
        WallRange { start: at(start), end: at(end) }
    }

    #[track_caller]
    fn check(looked: WallRange, seen: &[(i64, i64, Shown)], expected: Tried) {
        let seen: Vec<Seen> =
            seen.iter().map(|(from, to, shown)| Seen { range: range(*from, *to), shown: *shown }).collect();
        assert_eq!(tried(range(10, 20), looked, &seen), expected);
    }

    #[test]
    fn only_what_was_looked_through_whole_is_judged() {
        check(range(0, 60), &[(0, 60, Shown::Stillness)], Tried::Still);
        check(range(9, 21), &[(0, 60, Shown::Stillness)], Tried::Still);
        check(range(10, 60), &[(0, 60, Shown::Stillness)], Tried::Beyond);
        check(range(0, 20), &[(0, 60, Shown::Stillness)], Tried::Beyond);
        check(
            range(0, 60),
            &[(0, 12, Shown::Stillness), (12, 13, Shown::Motion), (13, 60, Shown::Stillness)],
            Tried::NotStill(NotStill::Moved),
        );
        check(
            range(0, 60),
            &[(0, 15, Shown::Nothing), (15, 60, Shown::Stillness)],
            Tried::NotStill(NotStill::Doubtful),
        );
    }

    #[test]
    fn schedules_are_named_after_their_camera() {
        assert_eq!(slug("Front door 1"), "motion-front-door-1");
        assert_eq!(slug("  "), "motion-camera");
        assert_eq!(slug("T\u{fc}r"), "motion-t-r");
    }
}
