//! What a policy is, once its file has been read: types that cannot be wrong. [`crate::Policy::parse`] makes them; what the file
//! looks like stands in `docs/policy.md`.

use std::collections::BTreeMap;
use std::fmt;

use candour_units::{Hash, WallDuration};

use crate::dori::Cap;
use crate::mask::Mask;
use crate::schedule::Schedule;
use crate::space::Importance;
use crate::vocabulary::{Jurisdiction, LawfulBasis, Level, PlaceKind, Publish, Regime, WhenOverdue};
use crate::zone::{LocalDate, Zone};

/// A rule, named by where it stands in the policy (`purposes.entrance.keep`, `cameras."Hall 1".schedule`), or, where Candour
/// itself has the rule, by a word that begins with `candour.`. It names the same thing in every version of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(String);

impl RuleId {
    /// The rule at the end of that path; keys with other characters than letters, digits, `-` and `_` are quoted.
    #[must_use]
    pub fn of<S: AsRef<str>>(path: &[S]) -> Self {
        let bare = |key: &str| {
            !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let mut id = String::new();
        for key in path.iter().map(AsRef::as_ref) {
            if !id.is_empty() {
                id.push('.');
            }
            if bare(key) {
                id.push_str(key);
            } else {
                id.push('"');
                id.push_str(&key.replace('\\', "\\\\").replace('"', "\\\""));
                id.push('"');
            }
        }
        Self(id)
    }

    /// The key below this rule.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        if self.0.is_empty() { Self::of(&[key]) } else { Self(format!("{}.{}", self.0, Self::of(&[key]))) }
    }

    /// The `number`-th entry below this rule, counted from 1 as people do.
    #[must_use]
    pub fn entry(&self, number: usize) -> Self {
        Self(format!("{}[{number}]", self.0))
    }

    /// The rule that is written so, as in a row or the log; what is not a rule of a policy is simply found nowhere.
    #[must_use]
    pub fn written(written: &str) -> Self {
        Self(written.to_owned())
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a file: line and column, both counted from 1; a column is a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character in it.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A policy: one version of one site's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// SHA-256 of the file's bytes, comments included: it names this version. Stands in segment headers and certificates.
    pub hash: Hash,
    /// The site.
    pub site: Site,
    /// Who answers for it.
    pub controller: Controller,
    /// The ceilings nobody may exceed.
    pub charter: Charter,
    /// Data protection impact assessments, by reference.
    pub dpias: BTreeMap<String, Dpia>,
    /// Purposes, by name.
    pub purposes: BTreeMap<String, Purpose>,
    /// Classes of cameras, by name.
    pub classes: BTreeMap<String, Class>,
    /// Areas, by name.
    pub areas: BTreeMap<String, Area>,
    /// Schedules, by name: those of the file, and the built-in `always` and `never`.
    pub schedules: BTreeMap<String, Schedule>,
    /// Cameras, by the name each has in the recorder.
    pub cameras: BTreeMap<String, Camera>,
    /// Where each rule stands in the file.
    pub places: BTreeMap<RuleId, Position>,
}

impl Policy {
    /// Where a rule stands in the file, if it does.
    #[must_use]
    pub fn place(&self, rule: &RuleId) -> Option<Position> {
        self.places.get(rule).copied()
    }
}

/// `[site]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its name, as on signs.
    pub name: String,
    /// The zone of all times of day.
    pub time_zone: Zone,
    /// Where it lies.
    pub jurisdiction: Jurisdiction,
    /// What the public register shows, unless class or camera say otherwise.
    pub publish: Publish,
    /// How far back watching staff may look without a grant, unless a camera says less.
    pub instant_replay: WallDuration,
}

/// `[controller]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    /// The organisation.
    pub name: String,
    /// Whether it is a public authority (Data Protection Act 2018 section 7).
    pub public_authority: bool,
    /// The law it works under.
    pub regime: Regime,
    /// Where people may ask; published and on every sign.
    pub contact: String,
    /// Where people may complain; published.
    pub complaints: String,
    /// The person who decides on this policy.
    pub system_owner: String,
    /// The data protection officer: advises, decides nothing.
    pub data_protection_officer: String,
    /// The senior responsible officer, where there is one.
    pub senior_responsible_officer: Option<String>,
}

/// `[charter]`: ceilings. A site may lower them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charter {
    /// Longer than this needs a reason in writing.
    pub keep_at_most: WallDuration,
    /// Months between two reviews of an assessment, at most.
    pub dpia_review_months: u8,
    /// The longest instant replay.
    pub instant_replay_at_most: WallDuration,
}

/// `[dpias.REFERENCE]`: a data protection impact assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dpia {
    /// Its title.
    pub title: String,
    /// The day it was made, or reviewed last.
    pub reviewed: LocalDate,
    /// The last day on which it counts as reviewed.
    pub review_by: LocalDate,
}

/// `[purposes.NAME]`: what recording is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// What is to be reached.
    pub aim: String,
    /// Why nothing milder would do.
    pub necessity: String,
    /// Why the law allows it.
    pub lawful_basis: LawfulBasis,
    /// The law, or the weighing, behind the basis.
    pub basis_reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The assessment it stands on; every kind of place but `plant` needs one.
    pub dpia: Option<String>,
    /// How long footage lives from its first moment.
    pub keep: WallDuration,
    /// Why longer than the charter's ceiling.
    pub keep_reason: Option<String>,
    /// How long it lives where analysis found that nothing moved.
    pub keep_if_still: Option<WallDuration>,
    /// Whether it is looked for motion, to mark it on the timeline. Shortens nothing.
    pub mark_motion: bool,
    /// Past this age it may give way on a full disk.
    pub minimum: WallDuration,
    /// What gives way first on a full disk.
    pub importance: Importance,
    /// When cameras of this purpose record, unless one says otherwise.
    pub schedule: String,
    /// What pictures must let people do.
    pub level: Option<Level>,
    /// Pictures a second, at most.
    pub frames_per_second: Option<u8>,
}

/// `[classes.NAME]`: how cameras in one kind of place are treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The kind of place it is for.
    pub kind: PlaceKind,
    /// What happens once the review date of the assessment has passed.
    pub when_overdue: WhenOverdue,
    /// Why a warning has to do (`keep_warning`).
    pub when_overdue_reason: Option<String>,
    /// Days from the review date to the stop.
    pub grace_days: u16,
    /// Whether its cameras may record sound at all.
    pub audio_allowed: bool,
    /// What the register shows.
    pub publish: Option<Publish>,
    /// What a class for a place where cameras are refused must state.
    pub permission: Option<Permission>,
}

/// What allows a camera where none may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The assessment of this very class.
    pub dpia: String,
    /// Who answers for it.
    pub owner: String,
    /// The reference of the prior consultation with the Information Commissioner (UK GDPR Article 36).
    pub prior_consultation: String,
}

/// `[areas.NAME]`: a part of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its name, as the register shows it.
    pub name: String,
    /// What kind of place it is.
    pub kind: PlaceKind,
}

/// `[cameras."NAME"]`: one camera. What is `None` is as its purpose, class or site says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Its class.
    pub class: String,
    /// Where it stands.
    pub area: String,
    /// What it records for.
    pub purpose: String,
    /// Other purposes for which its footage may be looked at.
    pub also_for: Vec<String>,
    /// When it records.
    pub schedule: Option<String>,
    /// A shorter life than its purpose says.
    pub keep: Option<WallDuration>,
    /// Why sound is recorded; `None`: it is not.
    pub audio: Option<String>,
    /// Width of the scene where people are, in centimetres.
    pub scene_width_cm: Option<u32>,
    /// What its pictures must let people do.
    pub level: Option<Level>,
    /// Pixels across, at most, whatever the scene.
    pub pixels_across: Option<u32>,
    /// Pictures a second, at most.
    pub frames_per_second: Option<u8>,
    /// What it may not see.
    pub masks: Vec<Mask>,
    /// Where motion counts; empty: in the whole picture. A part's reason says why.
    pub watch: Vec<Mask>,
    /// Where motion does not count, inside of what is watched.
    pub ignore: Vec<Mask>,
    /// A shorter instant replay than the site's.
    pub instant_replay: Option<WallDuration>,
    /// What the register shows.
    pub publish: Option<Publish>,
}

/// Everything that holds for one camera, wherever in the policy it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms<'p> {
    /// Its name.
    pub name: &'p str,
    /// As the file has it.
    pub camera: &'p Camera,
    /// Its class.
    pub class: &'p Class,
    /// Where it stands.
    pub area: &'p Area,
    /// The purpose it records for.
    pub purpose: &'p Purpose,
    /// The assessment it stands on: of the class's own and the purpose's the one whose review is due first.
    pub dpia: Option<(&'p str, &'p Dpia)>,
    /// When it records.
    pub schedule: &'p Schedule,
    /// How long its footage lives.
    pub keep: WallDuration,
    /// How long it lives where nothing moved.
    pub keep_if_still: Option<WallDuration>,
    /// Past this age it may give way on a full disk.
    pub minimum: WallDuration,
    /// Why sound is recorded; `None`: it is not.
    pub audio: Option<&'p str>,
    /// What its streams may have at most.
    pub cap: Cap,
    /// How far back watching staff may look without a grant.
    pub instant_replay: WallDuration,
    /// What the register shows.
    pub publish: Publish,
}

impl Policy {
    /// Everything that holds for the camera of that name; `None` if the policy does not know it.
    #[must_use]
    pub fn terms(&self, camera: &str) -> Option<Terms<'_>> {
        let (name, camera) = self.cameras.get_key_value(camera)?;
        let (class, area) = (self.classes.get(&camera.class)?, self.areas.get(&camera.area)?);
        let purpose = self.purposes.get(&camera.purpose)?;
        let references = class.permission.as_ref().map(|permission| &permission.dpia).into_iter().chain(&purpose.dpia);
        let dpias = references.filter_map(|reference| self.dpias.get_key_value(reference));
        let keep = camera.keep.map_or(purpose.keep, |shorter| shorter.min(purpose.keep));
        Some(Terms {
            name,
            camera,
            class,
            area,
            purpose,
            dpia: dpias.map(|(name, dpia)| (name.as_str(), dpia)).min_by_key(|(name, dpia)| (dpia.review_by, *name)),
            schedule: self.schedules.get(camera.schedule.as_ref().unwrap_or(&purpose.schedule))?,
            keep,
            keep_if_still: purpose.keep_if_still.filter(|still| *still < keep),
            minimum: purpose.minimum.min(keep),
            audio: camera.audio.as_deref(),
            cap: Cap::of(camera, purpose),
            instant_replay: camera
                .instant_replay
                .map_or(self.site.instant_replay, |less| less.min(self.site.instant_replay)),
            publish: camera.publish.or(class.publish).unwrap_or(self.site.publish),
        })
    }

    /// The cameras that are in the policy, by name.
    pub fn all_terms(&self) -> impl Iterator<Item = Terms<'_>> {
        self.cameras.keys().filter_map(|name| self.terms(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_named_as_the_file_writes_them() {
        for (path, expected) in [
            (&["purposes", "entrance", "keep"][..], "purposes.entrance.keep"),
            (&["cameras", "Hall 1"], "cameras.\"Hall 1\""),
            (&["cameras", "say \"hi\" \\"], "cameras.\"say \\\"hi\\\" \\\\\""),
            (&["cameras", ""], "cameras.\"\""),
            (&["cameras", "Büro"], "cameras.\"Büro\""),
        ] {
            assert_eq!(RuleId::of(path).as_str(), expected);
        }
        assert_eq!(
            RuleId::of(&["schedules", "day", "rules"]).entry(2).key("from").as_str(),
            "schedules.day.rules[2].from"
        );
    }
}
