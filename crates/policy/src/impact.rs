//! What happens if a version of a policy takes the place of another: what is recorded, what stops, what is destroyed and
//! what the public register shows. Like the plan of a builder it is read before anything is done.
//!
//! How much footage there is nobody here knows. [`questions`] says what must be counted, each one answered by an index over
//! the start of segments of one camera and purpose; [`impact`] puts the answers and the two versions together. So a plan over
//! a thousand cameras reads some counts, and no list of segments.

use std::collections::{BTreeMap, BTreeSet};

use candour_units::{WallDuration, WallRange, WallTime};

use crate::decide::Reason;
use crate::difference::{Change, Difference, difference};
use crate::model::{Policy, RuleId, Terms};
use crate::retention::Life;
use crate::review::{Review, review};
use crate::schedule::Mode;
use crate::spoken;
use crate::vocabulary::Publish;
use crate::zone::Zone;

/// How long a version that destroys what would otherwise stay waits after its approval, so that it can be withdrawn.
pub const FORCE_WAITS: WallDuration = WallDuration::from_seconds(86_400);
/// The rule that says so.
pub const FORCE_WAITS_RULE: &str = "candour.destruction_waits_a_day";

/// That there is footage of a camera that was captured for a purpose, under whatever version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holding {
    /// The camera's name; of one that was removed, the name it had.
    pub camera: String,
    /// The purpose's name in the version it was captured under.
    pub purpose: String,
}

/// How much footage of one camera and purpose would end sooner? Asked of whoever has the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Whose.
    pub of: Holding,
    /// How long the new version lets it live, from its first moment.
    pub life: Life,
    /// Whether only that footage is meant in which analysis found that nothing moved.
    pub only_if_still: bool,
    /// When the new version would take force.
    pub at: WallTime,
}

impl Question {
    /// Footage that begins at or before this moment is past its new end at [`Self::at`].
    #[must_use]
    pub fn past_if_begun_by(&self) -> WallTime {
        WallTime::from_ticks(self.at.ticks().saturating_sub(self.life.length.ticks()))
    }
}

/// Some footage: how many segments, how many bytes, from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footage {
    /// Segments.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// From the first moment of the first to the end of the last; `None` where there is none.
    pub interval: Option<WallRange>,
}

impl Footage {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let interval = match (self.interval, other.interval) {
            (Some(one), Some(other)) => {
                Some(WallRange { start: one.start.min(other.start), end: one.end.max(other.end) })
            }
            (one, other) => one.or(other),
        };
        Self {
            segments: self.segments.saturating_add(other.segments),
            bytes: self.bytes.saturating_add(other.bytes),
            interval,
        }
    }
}

/// The answer to a [`Question`]: of that footage, what is closed and whose stored end lies after [`Question::at`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answer {
    /// What begins at or before [`Question::past_if_begun_by`] and no hold covers: destroyed as soon as the version is in force.
    pub destroyed: Footage,
    /// What begins then and a hold covers: destroyed when the hold ends.
    pub held: Footage,
    /// What begins later, and whose stored end lies after its start plus the new life: it stays for now, and ends sooner.
    pub shortened: Footage,
}

impl Answer {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            destroyed: self.destroyed.and(other.destroyed),
            held: self.held.and(other.held),
            shortened: self.shortened.and(other.shortened),
        }
    }

    /// Whether anything ends sooner than it would otherwise.
    #[must_use]
    pub const fn ends_sooner(&self) -> bool {
        self.destroyed.segments + self.held.segments + self.shortened.segments > 0
    }
}

/// What must be counted before anybody can say what `new` destroys at that moment, if it takes the place of `old`.
///
/// A purpose that the new version does not have is not asked about: nothing is said of its footage any more, and it lives to
/// the end it was promised.
#[must_use]
pub fn questions(old: Option<&Policy>, new: &Policy, holdings: &[Holding], at: WallTime) -> Vec<Question> {
    let distinct: BTreeSet<&Holding> = holdings.iter().collect();
    let mut all = Vec::new();
    for of in distinct {
        let Some(promise) = new.promise(&of.camera, &of.purpose) else { continue };
        let before = old.and_then(|old| old.promise(&of.camera, &of.purpose));
        let ask = |life: Life, only_if_still| Question { of: of.clone(), life, only_if_still, at };
        if before.as_ref().is_none_or(|before| promise.keep.length < before.keep.length) {
            all.push(ask(promise.keep.clone(), false));
        }
        let still_before = before.map(|before| before.if_still.unwrap_or(before.keep).length);
        if let Some(life) = promise.if_still.filter(|life| still_before.is_none_or(|before| life.length < before)) {
            all.push(ask(life, true));
        }
    }
    all
}

/// What holds for a camera under one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether it ever records.
    pub records: bool,
    /// Minutes of an ordinary week in which it records, or waits for motion; 0 while its review is overdue for too long.
    pub minutes_in_a_week: u32,
    /// When and how, in words.
    pub hours: String,
    /// The purpose it records for.
    pub purpose: String,
    /// How long its footage is kept.
    pub keep: WallDuration,
    /// Whether sound is recorded.
    pub sound: bool,
    /// What the public register shows.
    pub publish: Publish,
}

/// What becomes of the recording of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recording {
    /// It did not record, and does.
    Starts,
    /// It recorded, and does not any more.
    Stops,
    /// It records at other hours, or in another way.
    Changes,
    /// It records as before, or does not as before.
    Stays,
}

/// What happens to one camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraImpact {
    /// Its name.
    pub camera: String,
    /// Under the old version; `None` if that does not have it.
    pub before: Option<Standing>,
    /// Under the new version; `None` if that does not have it.
    pub after: Option<Standing>,
    /// What becomes of its recording.
    pub recording: Recording,
    /// What becomes of its footage, by purpose.
    pub footage: Vec<(String, Answer)>,
    /// Everything that changes for it.
    pub changes: Vec<Change>,
}

/// Cameras and footage counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Cameras that start to record.
    pub starting: usize,
    /// Cameras that stop.
    pub stopping: usize,
    /// Cameras that record at other hours, or in another way.
    pub changing: usize,
    /// Cameras of which the register shows more.
    pub shown_more: usize,
    /// Cameras of which the register shows less.
    pub shown_less: usize,
    /// Footage.
    pub footage: Answer,
}

/// What happens if a version takes the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// When it would take force.
    pub at: WallTime,
    /// Everything that is different.
    pub difference: Difference,
    /// Cameras to which something happens, by name.
    pub cameras: Vec<CameraImpact>,
    /// Cameras to which nothing does.
    pub untouched: usize,
    /// Everything together.
    pub totals: Totals,
}

impl Impact {
    /// Whether the version destroys what would otherwise stay: at once, or sooner than promised.
    #[must_use]
    pub const fn destroys(&self) -> bool {
        self.totals.footage.ends_sooner()
    }

    /// It all in a few sentences, with times as the clocks of the site show them.
    #[must_use]
    pub fn summary(&self, zone: &Zone) -> Vec<String> {
        let Totals { starting, stopping, changing, shown_more, shown_less, footage } = self.totals;
        let cameras = |count: usize, one: &str, many: &str| {
            (count > 0).then(|| {
                format!("{count} camera{} {}.", if count == 1 { "" } else { "s" }, if count == 1 { one } else { many })
            })
        };
        let mut lines: Vec<String> = [
            cameras(starting, "starts to record", "start to record"),
            cameras(stopping, "stops recording", "stop recording"),
            cameras(changing, "records at other hours or in another way", "record at other hours or in another way"),
            cameras(shown_more, "is shown in more detail in the register", "are shown in more detail in the register"),
            cameras(shown_less, "is shown in less detail in the register", "are shown in less detail in the register"),
            footage_line(zone, footage.destroyed, "destroyed when it takes force"),
            footage_line(zone, footage.held, "destroyed when the hold on it ends"),
            footage_line(zone, footage.shortened, "destroyed sooner than promised until now"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if footage.destroyed.segments + footage.held.segments + footage.shortened.segments == 0 {
            lines.push("No footage is destroyed that would otherwise stay.".to_owned());
        }
        lines
    }
}

/// `12 segments, 3.4 GB, from … to … are destroyed when it takes force.`
fn footage_line(zone: &Zone, footage: Footage, fate: &str) -> Option<String> {
    let interval = footage
        .interval
        .map_or_else(String::new, |range| format!(", from {} to {}", zone.spoken(range.start), zone.spoken(range.end)));
    let count = spoken::counted(i64::try_from(footage.segments).unwrap_or(i64::MAX), "segment");
    let verb = if footage.segments == 1 { "is" } else { "are" };
    (footage.segments > 0).then(|| format!("{count}, {}{interval}, {verb} {fate}.", spoken::bytes(footage.bytes)))
}

/// What happens if `new` takes the place of `old` at that moment; `answers` are those to [`questions`] asked of the same
/// versions and moment.
#[must_use]
pub fn impact(old: Option<&Policy>, new: &Policy, at: WallTime, answers: &[(Question, Answer)]) -> Impact {
    let difference = difference(old, new);
    let mut footage: BTreeMap<&str, BTreeMap<&str, Answer>> = BTreeMap::new();
    for (question, answer) in answers {
        let of_purpose = footage.entry(&question.of.camera).or_default().entry(&question.of.purpose).or_default();
        *of_purpose = of_purpose.and(*answer);
    }
    let mut names: BTreeSet<&str> = new.cameras.keys().map(String::as_str).collect();
    names.extend(old.into_iter().flat_map(|old| old.cameras.keys().map(String::as_str)));
    names.extend(footage.keys());
    let (mut cameras, mut untouched, mut totals) = (Vec::new(), 0, Totals::default());
    for name in names {
        let before = old.and_then(|old| standing(old, name, at));
        let after = standing(new, name, at);
        let camera = CameraImpact {
            camera: name.to_owned(),
            recording: recording(before.as_ref(), after.as_ref()),
            footage: footage
                .remove(name)
                .into_iter()
                .flatten()
                .map(|(purpose, all)| (purpose.to_owned(), all))
                .collect(),
            changes: difference.of_camera(name).cloned().collect(),
            before,
            after,
        };
        totals.count(&camera);
        let something = !camera.changes.is_empty()
            || camera.recording != Recording::Stays
            || camera.footage.iter().any(|(_, answer)| answer.ends_sooner());
        if something {
            cameras.push(camera);
        } else {
            untouched += 1;
        }
    }
    Impact { at, difference, cameras, untouched, totals }
}

impl Totals {
    fn count(&mut self, camera: &CameraImpact) {
        match camera.recording {
            Recording::Starts => self.starting += 1,
            Recording::Stops => self.stopping += 1,
            Recording::Changes => self.changing += 1,
            Recording::Stays => {}
        }
        let shown = |standing: &Option<Standing>| standing.as_ref().map(|standing| standing.publish);
        let (before, after) = (shown(&camera.before), shown(&camera.after));
        self.shown_more += usize::from(after > before);
        self.shown_less += usize::from(after < before);
        self.footage = camera.footage.iter().fold(self.footage, |all, (_, answer)| all.and(*answer));
    }
}

fn standing(policy: &Policy, camera: &str, at: WallTime) -> Option<Standing> {
    let terms: Terms<'_> = policy.terms(camera)?;
    let stopped = matches!(review(policy, &terms, at), Review::Stopped { .. });
    let minutes_in_a_week = if stopped { 0 } else { terms.schedule.minutes_in_a_week() };
    let hours = if stopped {
        "does not record, because the review of its assessment is overdue".to_owned()
    } else {
        spoken::schedule(terms.schedule)
    };
    Some(Standing {
        records: !stopped && terms.schedule.modes().any(|mode| mode != Mode::Off),
        minutes_in_a_week,
        hours,
        purpose: terms.camera.purpose.clone(),
        keep: terms.keep,
        sound: terms.audio.is_some(),
        publish: terms.publish,
    })
}

fn recording(before: Option<&Standing>, after: Option<&Standing>) -> Recording {
    fn records(standing: Option<&Standing>) -> Option<&str> {
        standing.filter(|standing| standing.records).map(|standing| standing.hours.as_str())
    }
    match (records(before), records(after)) {
        (None, Some(_)) => Recording::Starts,
        (Some(_), None) => Recording::Stops,
        (Some(before), Some(after)) if before != after => Recording::Changes,
        (Some(_), Some(_)) | (None, None) => Recording::Stays,
    }
}

/// The earliest moment at which a version may take force, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarliestForce {
    /// Not before this.
    pub at: WallTime,
    /// The rule, and what it says here.
    pub because: Reason,
}

/// When a version may take force that was approved at that moment: one that destroys what would otherwise stay no sooner than
/// a day later, unless whoever approved it stated why.
#[must_use]
pub fn earliest_force(approved_at: WallTime, impact: &Impact, stated_reason: Option<&str>) -> EarliestForce {
    let stated = stated_reason.map(str::trim).filter(|reason| !reason.is_empty());
    let (at, words) = match stated {
        _ if !impact.destroys() => {
            (approved_at, "It destroys nothing that would otherwise stay, so it may take force at once.".to_owned())
        }
        Some(reason) => (
            approved_at,
            format!("It destroys what would otherwise stay, and takes force without waiting, because: {reason}"),
        ),
        None => {
            let words = "It destroys what would otherwise stay, so it takes force a day after its approval, and can be withdrawn until then.";
            (approved_at.saturating_add(FORCE_WAITS), words.to_owned())
        }
    };
    EarliestForce { at, because: Reason { rule: RuleId::written(FORCE_WAITS_RULE), place: None, words } }
}
