//! Each table of the file into its type. A table that cannot be read is left out, its mistakes are noted, and the next one is
//! read.
//!
//! A table names the keys that nobody took when it is dropped: so each function takes all its keys before it gives up on one.

use std::collections::BTreeMap;

use candour_units::{Hash, WallDuration};
use toml::de::DeTable;

use super::FORMAT;
use super::table::{Reader, Table};
use super::terms::{Centimetres, One, Sentence, Within, is_plain_name, is_spoken_name};
use crate::look::INSTANT_REPLAY;
use crate::mask::{Corner, Mask};
use crate::model::{
    Area, Camera, Charter, Class, Controller, Dpia, Permission, Policy, Position, Purpose, RuleId, Site,
};
use crate::schedule::{Exception, Mode, Schedule, WeeklyRule};
use crate::space::Importance;
use crate::vocabulary::{Jurisdiction, Publish, WhenOverdue};
use crate::zone::{LocalDate, TimeOfDay};

/// The ceilings of the charter where nothing is written, and the most that may be.
pub(super) const CHARTER: Charter = Charter {
    keep_at_most: WallDuration::from_seconds(31 * 86_400),
    dpia_review_months: 12,
    instant_replay_at_most: WallDuration::from_seconds(60 * 60),
};
/// Days from a missed review to the stop, where nothing is written.
const GRACE_DAYS: i64 = 14;
/// Before and after motion, where nothing is written.
const ROLL: [WallDuration; 2] = [WallDuration::from_seconds(5), WallDuration::from_seconds(30)];

/// What could be read.
pub(super) struct Draft {
    pub(super) site: Option<Site>,
    pub(super) controller: Option<Controller>,
    pub(super) charter: Charter,
    pub(super) dpias: BTreeMap<String, Dpia>,
    pub(super) purposes: BTreeMap<String, Purpose>,
    pub(super) classes: BTreeMap<String, Class>,
    pub(super) areas: BTreeMap<String, Area>,
    pub(super) schedules: BTreeMap<String, Schedule>,
    pub(super) cameras: BTreeMap<String, Camera>,
}

impl Draft {
    /// The policy, if there is no mistake in it.
    pub(super) fn whole(self, hash: Hash, places: BTreeMap<RuleId, Position>) -> Option<Policy> {
        Some(Policy {
            hash,
            site: self.site?,
            controller: self.controller?,
            charter: self.charter,
            dpias: self.dpias,
            purposes: self.purposes,
            classes: self.classes,
            areas: self.areas,
            schedules: self.schedules,
            cameras: self.cameras,
            places,
        })
    }
}

pub(super) fn read(reader: &Reader<'_>, document: &DeTable<'_>) -> Draft {
    let top = Table::top(reader, document);
    if let Some(format) = top.need::<i64>("format", "write `format = 1` in the first line")
        && format != FORMAT
    {
        top.mistake(Some("format"), format!("this recorder reads format {FORMAT}, not {format}"));
    }
    Draft {
        site: top.need_table("site", "the building or premises this policy is for").and_then(site),
        controller: top.need_table("controller", "the organisation that answers for the cameras").and_then(controller),
        charter: top.table("charter").map_or(CHARTER, charter),
        dpias: named(&top, "dpias", is_spoken_name, SPOKEN, dpia),
        purposes: named(&top, "purposes", is_plain_name, PLAIN, purpose),
        classes: named(&top, "classes", is_plain_name, PLAIN, class),
        areas: named(&top, "areas", is_plain_name, PLAIN, area),
        schedules: schedules(&top),
        cameras: named(&top, "cameras", is_spoken_name, SPOKEN, camera),
    }
}

const PLAIN: &str = "a name here has small letters, digits, - and _, at most 100 of them";
const SPOKEN: &str = "a name here has 1 to 100 characters, no blank at either end, and none that nobody sees";

/// The tables below a key, by name.
fn named<T>(
    top: &Table<'_, '_>,
    key: &'static str,
    fits: fn(&str) -> bool,
    rule: &str,
    read: impl Fn(Table<'_, '_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut found = BTreeMap::new();
    for (name, table) in top.named_tables(key) {
        if !fits(&name) {
            table.mistake(None, rule);
        }
        if let Some(term) = read(table) {
            found.insert(name, term);
        }
    }
    found
}

fn site(table: Table<'_, '_>) -> Option<Site> {
    let name = table.need("name", "the name of the site, as on its signs");
    let time_zone = table.need("time_zone", "the zone of all times of day, like \"Europe/London\"");
    let jurisdiction = table
        .need::<One<Jurisdiction>>("jurisdiction", "where the site lies: england, wales, scotland or northern_ireland");
    let publish = table.may::<One<Publish>>("publish").map_or(Publish::Full, |one| one.0);
    let instant_replay = table.may("instant_replay").unwrap_or(INSTANT_REPLAY);
    Some(Site { name: name?, time_zone: time_zone?, jurisdiction: jurisdiction?.0, publish, instant_replay })
}

fn controller(table: Table<'_, '_>) -> Option<Controller> {
    let name = table.need("name", "the organisation that decides what the cameras are for");
    let public_authority = table.need("public_authority", "true or false (Data Protection Act 2018 section 7)");
    let regime = table.need::<One<_>>("regime", "uk_gdpr, or dpa_part_3 for law enforcement by a competent authority");
    let contact = table.need("contact", "where people may ask; it is published and stands on every sign");
    let complaints = table.need("complaints", "where people may complain; it is published");
    let system_owner = table.need("system_owner", "the person who decides on this policy");
    let officer = table.need("data_protection_officer", "the officer who advises on it");
    let senior_responsible_officer = table.may("senior_responsible_officer");
    Some(Controller {
        name: name?,
        public_authority: public_authority?,
        regime: regime?.0,
        contact: contact?,
        complaints: complaints?,
        system_owner: system_owner?,
        data_protection_officer: officer?,
        senior_responsible_officer,
    })
}

fn charter(table: Table<'_, '_>) -> Charter {
    let months = table.may::<Within<1, 12>>("dpia_review_months");
    Charter {
        keep_at_most: table.may("keep_at_most").unwrap_or(CHARTER.keep_at_most),
        dpia_review_months: months.and_then(|months| u8::try_from(months.0).ok()).unwrap_or(CHARTER.dpia_review_months),
        instant_replay_at_most: table.may("instant_replay_at_most").unwrap_or(CHARTER.instant_replay_at_most),
    }
}

fn dpia(table: Table<'_, '_>) -> Option<Dpia> {
    let title = table.need("title", "the title of the assessment");
    let reviewed = table.need("reviewed", "the day it was made or reviewed last, like 2026-09-01");
    let review_by = table.need("review_by", "the day by which it is reviewed again, like 2027-09-01");
    Some(Dpia { title: title?, reviewed: reviewed?, review_by: review_by? })
}

fn purpose(table: Table<'_, '_>) -> Option<Purpose> {
    let aim = table.need::<Sentence>("aim", "what is to be reached, in a sentence");
    let necessity = table.need::<Sentence>("necessity", "why nothing milder would do, in a sentence");
    let lawful_basis =
        table.need::<One<_>>("lawful_basis", "why the law allows it; a public authority normally has public_task");
    let basis_reason = table.need("basis_reason", "the law the task stands in, or the weighing of interests");
    let owner = table.need("owner", "the person or office that answers for it");
    let keep = table.need("keep", "how long footage is kept, like \"30 days\"");
    let schedule = table.need("schedule", "when its cameras record: the name of a schedule, always, or never");
    let minimum = table.may("minimum");
    Some(Purpose {
        keep_reason: table.may("keep_reason"),
        keep_if_still: table.may("keep_if_still"),
        mark_motion: table.may("mark_motion").unwrap_or(false),
        importance: table.may::<One<Importance>>("importance").map_or(Importance::default(), |one| one.0),
        level: table.may::<One<_>>("level").map(|one| one.0),
        frames_per_second: frames(&table),
        dpia: table.may("dpia"),
        aim: aim?.0,
        necessity: necessity?.0,
        lawful_basis: lawful_basis?.0,
        basis_reason: basis_reason?,
        owner: owner?,
        keep: keep?,
        minimum: minimum.or(keep)?,
        schedule: schedule?,
    })
}

fn frames(table: &Table<'_, '_>) -> Option<u8> {
    table.may::<Within<1, 120>>("frames_per_second").and_then(|frames| u8::try_from(frames.0).ok())
}

fn class(table: Table<'_, '_>) -> Option<Class> {
    let kind = table.need::<One<_>>("kind", "the kind of place it is for, like public_area or workplace");
    let when_overdue = table.may::<One<WhenOverdue>>("when_review_overdue").map_or(WhenOverdue::Stop, |one| one.0);
    let grace = table.may::<Within<0, 90>>("grace_days");
    if grace.is_some() && when_overdue == WhenOverdue::KeepWarning {
        table.mistake(
            Some("grace_days"),
            "there are no days of grace where nothing stops (when_review_overdue = \"keep_warning\")",
        );
    }
    Some(Class {
        when_overdue,
        when_overdue_reason: table.may("keep_warning_reason"),
        audio_allowed: table.may("audio_allowed").unwrap_or(false),
        publish: table.may::<One<Publish>>("publish").map(|one| one.0),
        permission: permission(&table),
        grace_days: u16::try_from(grace.map_or(GRACE_DAYS, |days| days.0)).ok()?,
        kind: kind?.0,
    })
}

/// All three or none.
fn permission(table: &Table<'_, '_>) -> Option<Permission> {
    let parts: [Option<String>; 3] = ["dpia", "owner", "prior_consultation"].map(|key| table.may(key));
    match parts {
        [Some(dpia), Some(owner), Some(prior_consultation)] => Some(Permission { dpia, owner, prior_consultation }),
        [None, None, None] => None,
        _ => {
            table.mistake(None, "dpia, owner and prior_consultation stand together or not at all");
            None
        }
    }
}

fn area(table: Table<'_, '_>) -> Option<Area> {
    let name = table.need("name", "the name of the area, as the public knows it");
    let kind = table.need::<One<_>>("kind", "what kind of place it is, like public_area or workplace");
    Some(Area { name: name?, kind: kind?.0 })
}

fn schedules(top: &Table<'_, '_>) -> BTreeMap<String, Schedule> {
    let mut found = named(top, "schedules", is_plain_name, PLAIN, schedule);
    for (name, mode) in [("always", Mode::Continuous), ("never", Mode::Off)] {
        if found.insert(name.to_owned(), Schedule::constant(mode)).is_some() {
            top.mistake_below(&["schedules", name], "this schedule is built in; give yours another name");
        }
    }
    found
}

/// How a schedule's cameras record: a word, and for `on_motion` the rolls of the schedule.
fn mode(table: &Table<'_, '_>, key: &'static str, rolls: [WallDuration; 2]) -> Option<Mode> {
    const WORDS: [&str; 3] = ["off", "continuous", "on_motion"];
    let word: String = table.may(key)?;
    match word.as_str() {
        "off" => Some(Mode::Off),
        "continuous" => Some(Mode::Continuous),
        "on_motion" => Some(Mode::OnMotion { pre_roll: rolls[0], post_roll: rolls[1] }),
        other => {
            table.mistake(Some(key), super::terms::unknown_word(other, &WORDS));
            None
        }
    }
}

fn schedule(table: Table<'_, '_>) -> Option<Schedule> {
    let given: [Option<WallDuration>; 2] = ["pre_roll", "post_roll"].map(|key| table.may(key));
    let rolls = [given[0].unwrap_or(ROLL[0]), given[1].unwrap_or(ROLL[1])];
    let schedule = Schedule {
        otherwise: mode(&table, "otherwise", rolls).unwrap_or(Mode::Off),
        rules: table.list("rules").into_iter().filter_map(|entry| rule(entry, rolls)).collect(),
        exceptions: table.list("exceptions").into_iter().filter_map(|entry| exception(entry, rolls)).collect(),
    };
    if schedule.rules.is_empty() && schedule.exceptions.is_empty() {
        table.mistake(
            None,
            "this schedule has no rules; a camera that always or never records has the schedule always or never",
        );
    }
    let by_motion = schedule.modes().any(|mode| matches!(mode, Mode::OnMotion { .. }));
    for (key, given) in ["pre_roll", "post_roll"].into_iter().zip(given) {
        if given.is_some() && !by_motion {
            table.mistake(Some(key), "nothing in this schedule records on_motion, so there is nothing before or after");
        }
    }
    Some(schedule)
}

/// Mode and window; the rule is left out where one of them is wrong.
fn rule(table: Table<'_, '_>, rolls: [WallDuration; 2]) -> Option<WeeklyRule> {
    let days =
        table.need("days", "the days on which it begins: every_day, weekdays, weekend, or a list of mon, tue, …");
    let from = table.need("from", "when it begins, like \"07:00\"");
    let to: Option<TimeOfDay> =
        table.need("to", "when it ends, like \"19:00\"; not later than it begins: on the next day");
    let mode = needed_mode(&table, rolls);
    let wrong = match (from, to) {
        (Some(from), Some(to)) if from == to => {
            Some((None, "it begins and ends at the same time; a whole day is \"00:00\" to \"24:00\""))
        }
        (Some(TimeOfDay::END), _) => {
            Some((Some("from"), "24:00 is the end of a day; what begins there begins on the next day at 00:00"))
        }
        (_, Some(TimeOfDay::START)) => Some((Some("to"), "write 24:00 for the end of the day it begins on")),
        _ => None,
    };
    if let Some((key, words)) = wrong {
        table.mistake(key, words);
        return None;
    }
    Some(WeeklyRule { days: days?, from: from?, to: to?, mode: mode? })
}

fn exception(table: Table<'_, '_>, rolls: [WallDuration; 2]) -> Option<Exception> {
    let dates: Option<Vec<LocalDate>> = table.need("dates", "the dates, like [2027-12-25, 2027-12-26]");
    let reason = table.need("reason", "why these days are different");
    let from = table.may("from").unwrap_or(TimeOfDay::START);
    let to = table.may("to").unwrap_or(TimeOfDay::END);
    let mode = needed_mode(&table, rolls);
    if from >= to {
        table.mistake(None, "it ends before it begins; an exception stays within its days, so write two for a night");
        return None;
    }
    let mut sorted = dates.clone().unwrap_or_default();
    sorted.sort_unstable();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        table.mistake(Some("dates"), format!("{} is named twice", twice[0]));
        return None;
    }
    if dates.as_ref().is_some_and(Vec::is_empty) {
        table.mistake(Some("dates"), "this names no date");
        return None;
    }
    Some(Exception { dates: dates?, reason: reason?, from, to, mode: mode? })
}

fn needed_mode(table: &Table<'_, '_>, rolls: [WallDuration; 2]) -> Option<Mode> {
    table.need::<String>("record", "how cameras record then: off, continuous or on_motion")?;
    mode(table, "record", rolls)
}

fn camera(table: Table<'_, '_>) -> Option<Camera> {
    let class = table.need("class", "its class, one of [classes]");
    let area = table.need("area", "where it stands, one of [areas]");
    let purpose =
        table.need("purpose", "what it records for, one of [purposes]; without a purpose nothing is recorded");
    Some(Camera {
        also_for: table.may("also_for").unwrap_or_default(),
        schedule: table.may("schedule"),
        keep: table.may("keep"),
        audio: audio(&table),
        scene_width_cm: table.may::<Centimetres>("scene_width_m").map(|width| width.0),
        level: table.may::<One<_>>("level").map(|one| one.0),
        pixels_across: table.may::<Within<160, 16_384>>("pixels_across").and_then(|most| u32::try_from(most.0).ok()),
        frames_per_second: frames(&table),
        masks: parts(&table, "masks", "why the camera may not see it"),
        watch: parts(&table, "watch", "why motion counts there"),
        ignore: parts(&table, "ignore", "why motion does not count there"),
        instant_replay: table.may("instant_replay"),
        publish: table.may::<One<Publish>>("publish").map(|one| one.0),
        class: class?,
        area: area?,
        purpose: purpose?,
    })
}

/// Why sound is recorded; it never is without a reason in words.
fn audio(table: &Table<'_, '_>) -> Option<String> {
    let (audio, reason) = (table.may::<bool>("audio"), table.may::<String>("audio_reason"));
    match (audio, reason) {
        (Some(true), None) => {
            table.mistake(Some("audio"), "sound is off unless it is justified: say why in `audio_reason`");
            None
        }
        (Some(true), reason) => reason,
        (_, Some(_)) => {
            table.mistake(Some("audio_reason"), "this gives a reason for sound, and `audio = true` is not written");
            None
        }
        (_, None) => None,
    }
}

/// Named parts of the picture.
fn parts(camera: &Table<'_, '_>, key: &'static str, why: &'static str) -> Vec<Mask> {
    camera.list(key).into_iter().filter_map(|table| part(&table, why)).collect()
}

fn part(table: &Table<'_, '_>, why: &'static str) -> Option<Mask> {
    let name = table.need("name", "a name for what lies there");
    let reason = table.need("reason", why);
    let corners: Option<Vec<Corner>> =
        table.need("corners", "its corners in order, like [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]");
    if let Some(Err(why)) = corners.as_deref().map(crate::mask::check_polygon) {
        table.mistake(Some("corners"), why.to_string());
    }
    Some(Mask { name: name?, reason: reason?, corners: corners? })
}
