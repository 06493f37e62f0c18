//! A year in pure code: every moment has one answer, `until` is right, both clock changes are as the manual says, and what
//! was promised at capture is kept whatever versions and holds come.

mod made;

use std::collections::BTreeMap;

use candour_policy::{
    Capture, Hold, Holds, KeptWhy, LocalDate, Mode, NotRecorded, Part, Policy, Promise, Schedule, SegmentFact,
    TimeEvidence, TimeOfDay, Zone, keep_until, may_record, plan, prove,
};
use candour_units::{CameraId, HoldId, SegmentId, WallDuration, WallRange, WallTime};
use made::{changed, policy, sample};
use proptest::prelude::*;

const TICK: WallDuration = WallDuration::from_ticks(1);

fn date(year: i16, month: i8, day: i8) -> LocalDate {
    LocalDate::new(year, month, day).expect("a date")
}

fn time(text: &str) -> TimeOfDay {
    TimeOfDay::parse(text).expect("a time")
}

fn seconds(count: i64) -> WallDuration {
    WallDuration::from_seconds(count)
}

/// The schedule of that name in a policy whose schedules are these.
fn schedule_of(toml: &str, name: &str) -> Schedule {
    policy(&changed("[schedules.nights]", &format!("{toml}\n[schedules.nights]"))).schedules[name].clone()
}

const ODD: &str = r#"
[schedules.odd]
otherwise = "on_motion"
[[schedules.odd.rules]]
days = ["mon", "wed"]
from = "00:00"
to = "24:00"
record = "continuous"
[[schedules.odd.rules]]
days = "sat"
from = "22:30"
to = "01:10"
record = "off"
[[schedules.odd.rules]]
days = ["sun", "fri"]
from = "02:15"
to = "03:00"
record = "continuous"
[[schedules.odd.rules]]
days = "sun"
from = "01:10"
to = "01:50"
record = "continuous"
[[schedules.odd.exceptions]]
dates = [2027-03-28, 2027-07-01]
reason = "Works."
from = "01:20"
to = "01:40"
record = "continuous"
[[schedules.odd.exceptions]]
dates = [2027-10-31, 2027-12-31]
reason = "Elections."
from = "01:30"
to = "24:00"
record = "off"
"#;

/// Walks from answer to answer through 13 months and looks at both sides of each change, and between.
#[track_caller]
fn check_year(schedule: &Schedule, zone: &Zone) -> usize {
    let mut now = zone.moment(date(2026, 12, 20), TimeOfDay::START);
    let end = zone.moment(date(2028, 1, 20), TimeOfDay::START);
    let mut answers = 0;
    while now < end {
        let slot = schedule.at(zone, now);
        assert_eq!(slot.mode, schedule.mode_of(slot.part));
        answers += 1;
        let Some(until) = slot.until else { return answers };
        assert!(until > now, "{now}: the next change lies at {until}");
        let length = until.ticks() - now.ticks();
        for moment in
            [now + WallDuration::from_ticks(length / 3), now + WallDuration::from_ticks(length / 2), until - TICK]
        {
            assert_eq!(schedule.at(zone, moment), slot, "{moment}");
        }
        assert_ne!(schedule.at(zone, until).part, slot.part, "{until}");
        now = until;
    }
    answers
}

#[test]
fn every_moment_of_a_year_has_one_answer_and_until_is_right() {
    let hours = policy(&sample()).schedules["office-hours"].clone();
    let odd = schedule_of(ODD, "odd");
    // Clock changes at 01:00, at midnight, of half an hour, and none.
    for name in ["Europe/London", "America/Havana", "Australia/Lord_Howe", "Asia/Tokyo"] {
        let zone = Zone::named(name).expect("a zone");
        assert!(check_year(&hours, &zone) > 500, "{name}");
        assert!(check_year(&odd, &zone) > 500, "{name}");
        for mode in [Mode::Off, Mode::Continuous] {
            let always = Schedule::constant(mode);
            assert_eq!(check_year(&always, &zone), 1);
            assert_eq!(always.at(&zone, WallTime::EPOCH).mode, mode);
        }
    }
}

/// What a rule says of a time of day on a day without clock change, without any of our code for it.
fn said_by(schedule: &Schedule, day: LocalDate, minute: u16) -> Part {
    let dated: Vec<_> = schedule.exceptions.iter().enumerate().filter(|(_, rule)| rule.dates.contains(&day)).collect();
    if !dated.is_empty() {
        let found = dated.iter().find(|(_, rule)| (rule.from.minutes()..rule.to.minutes()).contains(&minute));
        return found.map_or(Part::Otherwise, |(index, _)| Part::Exception(*index));
    }
    let claims = |rule: &candour_policy::WeeklyRule| {
        let (from, to) = (rule.from.minutes(), rule.to.minutes());
        let (today, yesterday) = (day.weekday(), day.plus_days(-1).weekday());
        if from < to {
            rule.days.contains(today) && (from..to).contains(&minute)
        } else {
            (rule.days.contains(today) && minute >= from) || (rule.days.contains(yesterday) && minute < to)
        }
    };
    schedule.rules.iter().position(claims).map_or(Part::Otherwise, Part::Rule)
}

#[test]
fn on_ordinary_days_the_clock_on_the_wall_decides() {
    let zone = Zone::named("Europe/London").expect("a zone");
    let schedules = [schedule_of(ODD, "odd"), policy(&sample()).schedules["office-hours"].clone()];
    let mut day = date(2026, 12, 20);
    while day < date(2028, 1, 20) {
        let (start, end) = (zone.moment(day, TimeOfDay::START), zone.moment(day, TimeOfDay::END));
        let ordinary = (end - start) == seconds(86_400);
        for minute in (0..24 * 60).step_by(15).filter(|_| ordinary) {
            let moment = start + seconds(i64::from(minute) * 60);
            for schedule in &schedules {
                assert_eq!(schedule.at(&zone, moment).part, said_by(schedule, day, minute), "{day} {minute}");
            }
        }
        day = day.plus_days(1);
    }
}

/// Minutes that a daily rule records in the night to that day, from the noon before to the noon of it.
#[track_caller]
fn check_night(day: (i16, i8, i8), from: &str, to: &str, expected: i64) {
    let toml = format!(
        "[schedules.night]\n[[schedules.night.rules]]\ndays = \"every_day\"\nfrom = \"{from}\"\nto = \"{to}\"\nrecord = \"continuous\"\n"
    );
    let (schedule, zone) = (schedule_of(&toml, "night"), Zone::named("Europe/London").expect("a zone"));
    let day = date(day.0, day.1, day.2);
    let (mut now, end) = (zone.moment(day.plus_days(-1), time("12:00")), zone.moment(day, time("12:00")));
    let mut recorded = 0;
    while now < end {
        let slot = schedule.at(&zone, now);
        let next = slot.until.unwrap_or(end).min(end);
        if slot.mode == Mode::Continuous {
            recorded += (next - now).seconds_floor() / 60;
        }
        now = next;
    }
    assert_eq!(recorded, expected, "{from} to {to}");
}

#[test]
fn rules_on_the_nights_when_the_clocks_change() {
    const SPRING: (i16, i8, i8) = (2027, 3, 28);
    const AUTUMN: (i16, i8, i8) = (2027, 10, 31);
    const ORDINARY: (i16, i8, i8) = (2027, 6, 1);
    for (from, to, ordinary, spring, autumn) in [
        ("00:00", "02:00", 120, 60, 180),
        ("00:00", "01:00", 60, 60, 60),
        ("00:00", "01:30", 90, 60, 90),
        ("01:30", "06:00", 270, 240, 330),
        ("01:10", "01:50", 40, 0, 40),
        ("01:00", "02:00", 60, 0, 120),
        ("02:00", "06:00", 240, 240, 240),
        ("19:00", "07:00", 720, 660, 780),
        ("22:00", "01:30", 210, 180, 210),
    ] {
        check_night(ORDINARY, from, to, ordinary);
        check_night(SPRING, from, to, spring);
        check_night(AUTUMN, from, to, autumn);
    }
}

#[test]
fn the_review_of_an_assessment_runs_out() {
    let policy = policy(&sample());
    let zone = &policy.site.time_zone;
    // Due by 1 September 2027, with 14 days of grace; the refuge goes on.
    let due = zone.moment(date(2027, 9, 1), TimeOfDay::END);
    let stop = zone.moment(date(2027, 9, 15), TimeOfDay::END);
    let before = may_record(&policy, "Front door 1", due - TICK);
    assert_eq!((before.answer, before.until, before.warnings.len()), (Ok(Mode::Continuous), Some(due), 0));
    let grace = may_record(&policy, "Front door 1", due);
    assert_eq!((grace.answer, grace.until), (Ok(Mode::Continuous), Some(stop)));
    assert_eq!(grace.warnings[0].rule.as_str(), "dpias.DPIA-2026-014.review_by");
    assert!(
        grace.warnings[0].words.contains("Recording stops on 16 September 2027 at 00:00 BST"),
        "{:?}",
        grace.warnings
    );
    let over = may_record(&policy, "Front door 1", stop);
    assert_eq!((over.answer, over.until), (Err(NotRecorded::ReviewOverdue), None));
    let refuge = may_record(&policy, "Refuge", stop + seconds(86_400));
    assert_eq!((refuge.answer, refuge.until, refuge.warnings.len()), (Ok(Mode::Continuous), None, 1));
    // No assessment is needed where nobody stays.
    assert!(may_record(&policy, "Boilers", stop).answer.is_ok());
    let unknown = may_record(&policy, "Back door", due);
    assert_eq!((unknown.answer, unknown.records()), (Err(NotRecorded::NoPurpose), false));
    assert_eq!(unknown.because[0].rule.as_str(), candour_policy::NO_PURPOSE);
}

#[test]
fn every_answer_names_rules_that_are_in_the_file() {
    let text = sample();
    let policy = policy(&text);
    let zone = policy.site.time_zone.clone();
    for camera in policy.cameras.keys() {
        let mut now = zone.moment(date(2026, 12, 20), TimeOfDay::START);
        let end = zone.moment(date(2027, 10, 20), TimeOfDay::START);
        while now < end {
            let decision = may_record(&policy, camera, now);
            assert_eq!(decision, may_record(&policy, camera, now));
            assert!(!decision.because.is_empty());
            for reason in decision.because.iter().chain(&decision.warnings) {
                let built_in = ["schedules.always.otherwise"].contains(&reason.rule.as_str());
                assert!(built_in || reason.place.is_some(), "{reason:?}");
            }
            let Some(until) = decision.until else { break };
            assert!(until > now);
            assert_eq!(may_record(&policy, camera, until - TICK), decision);
            assert_ne!(may_record(&policy, camera, until), decision);
            now = until;
        }
    }
}

/// Footage of the simulated year.
#[derive(Debug, Clone)]
struct Taken {
    camera: CameraId,
    purpose: &'static str,
    name: &'static str,
    start: WallTime,
    promises: Vec<Promise>,
    end: WallTime,
    gone: Option<WallTime>,
}

/// A recorder made of nothing but decisions: records by `may_record`, keeps the stored end down, and sweeps.
struct Recorder {
    in_force: Policy,
    taken: BTreeMap<SegmentId, Taken>,
    holds: Vec<Hold>,
    mark: WallTime,
}

const STEP: WallDuration = WallDuration::from_seconds(4 * 3600);

impl Recorder {
    fn step(&mut self, now: WallTime, cameras: &[(CameraId, &'static str, &'static str)]) {
        for (camera, name, purpose) in cameras {
            if may_record(&self.in_force, name, now).records() {
                let promise = self.in_force.promise(name, purpose).expect("its purpose is in force");
                let end = keep_until(Capture { start: now, found_still: false }, &promise, &[]).at;
                let id = SegmentId::from_bytes((self.taken.len() as u128).to_be_bytes());
                let (camera, promises) = (*camera, vec![promise]);
                self.taken.insert(id, Taken { camera, purpose, name, start: now, promises, end, gone: None });
            }
        }
        self.sweep(now);
    }

    fn sweep(&mut self, now: WallTime) {
        let evidence =
            TimeEvidence { wall: now, high_water: Some(self.mark), elapsed: Some(STEP), kernel_synchronised: false };
        let proved = prove(&evidence);
        self.mark = now;
        self.holds.retain(|hold| !proved.is_ok_and(|now| hold.lapses(now)));
        let holds: Holds = self.holds.iter().copied().collect();
        let living = self.taken.iter().filter(|(_, taken)| taken.gone.is_none());
        let facts: Vec<SegmentFact> = living
            .map(|(id, taken)| SegmentFact {
                segment: *id,
                start: taken.start,
                keep_until: taken.end,
                purpose: taken.purpose.to_owned(),
                ended_by: None,
                held: holds.suspend(taken.camera, WallRange { start: taken.start, end: taken.start + STEP }),
            })
            .collect();
        let plan = plan(&facts, proved);
        for kept in &plan.kept {
            assert!(kept.why == KeptWhy::NotDue || matches!(kept.why, KeptWhy::Held(_)), "{:?}", kept.why);
        }
        for deletion in plan.deletions {
            let taken = self.taken.get_mut(&deletion.segment).expect("it was asked about");
            assert!(taken.gone.is_none(), "deleted twice");
            taken.gone = Some(now);
        }
    }

    /// Another version takes force: stored ends only move down.
    fn supersede(&mut self, policy: Policy) {
        for taken in self.taken.values_mut().filter(|taken| taken.gone.is_none()) {
            taken.promises.extend(policy.promise(taken.name, taken.purpose));
            let end = keep_until(
                Capture { start: taken.start, found_still: false },
                &taken.promises[0],
                &taken.promises[1..],
            );
            assert!(end.at <= taken.end, "an end of life rose");
            taken.end = end.at;
        }
        self.in_force = policy;
    }
}

#[test]
fn a_year_of_recording_keeps_every_promise() {
    let days = |count: i64| seconds(count * 86_400);
    let first = policy(&sample());
    let start = first.site.time_zone.moment(date(2026, 11, 1), TimeOfDay::START);
    let [door, table] = [CameraId::from_bytes([1; 16]), CameraId::from_bytes([2; 16])];
    let cameras = [(door, "Front door 1", "entrance-safety"), (table, "Counting table", "cash-handling")];
    // Shortened in February, lengthened again in April: nothing revives.
    let shorter = policy(&changed("keep = \"30 days\"\nminimum = \"14 days\"", "keep = \"14 days\""));
    let longer = policy(&changed("keep = \"30 days\"", "keep = \"31 days\""));
    let hold = Hold {
        id: HoldId::from_bytes([9; 16]),
        camera: door,
        interval: WallRange { start: start + days(60), end: start + days(62) },
        ends: start + days(200),
    };
    let (shortened, lengthened) = (start + days(100), start + days(160));
    let mut recorder = Recorder { in_force: first, taken: BTreeMap::new(), holds: Vec::new(), mark: start - STEP };
    let mut now = start;
    while now < start + days(365) {
        if now == start + days(61) {
            recorder.holds.push(hold);
        }
        if now == shortened {
            recorder.supersede(shorter.clone());
        }
        if now == lengthened {
            recorder.supersede(longer.clone());
        }
        recorder.step(now, &cameras);
        now = now + STEP;
    }
    // The assessment of the front door ran out on 1 September, and its grace a fortnight later.
    let last = recorder.taken.values().filter(|taken| taken.camera == door).map(|taken| taken.start).max();
    assert_eq!(last.map(|last| last.to_string()).as_deref(), Some("2027-09-15T20:00:00.000Z"));
    let mut held_long = 0;
    for taken in recorder.taken.values() {
        let keep = match (taken.camera == door, taken.start) {
            (false, _) => days(90),
            (true, start) if start >= lengthened => days(31),
            // Those still there when it was shortened, and those taken while it was short.
            (true, start) if start + days(30) > shortened => days(14),
            (true, _) => days(30),
        };
        let mut due =
            (taken.start + keep).max(if keep == days(14) && taken.start < shortened { shortened } else { start });
        if hold.covers(taken.camera, WallRange { start: taken.start, end: taken.start + STEP }) {
            due = due.max(hold.ends);
            held_long += 1;
        }
        // At the first sweep at or after the due time; sweeps are every four hours.
        let swept = taken.gone.unwrap_or(now);
        assert!(swept >= due.min(now), "{} went at {swept}, due {due}", taken.start);
        assert!(swept < due + STEP || taken.gone.is_none() && due >= now, "{} went at {swept}, due {due}", taken.start);
    }
    assert!(held_long > 10 && recorder.taken.len() > 2000, "{held_long} {}", recorder.taken.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_schedule_answers_every_moment(
        rules in prop::collection::vec((1_u8..128, 0_u16..1440, 1_u16..1441, any::<bool>()), 0..5),
        dated in prop::collection::vec((0_i32..400, 0_u16..1440, 1_u16..1441, any::<bool>()), 0..4),
        zone in prop::sample::select(vec!["Europe/London", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"]),
        from in 0_i64..400 * 86_400,
    ) {
        let minutes = |count| TimeOfDay::from_minutes(count).expect("at most a day");
        let mode = |on: bool| if on { Mode::Continuous } else { Mode::Off };
        let days = |bits: u8| candour_policy::Weekday::ALL.into_iter().filter(|day| bits & 1 << day.number() != 0)
            .fold(candour_policy::Days::default(), candour_policy::Days::with);
        let schedule = Schedule {
            otherwise: Mode::Off,
            rules: rules.iter().filter(|(_, from, to, _)| from != to).map(|(bits, from, to, on)| candour_policy::WeeklyRule {
                days: days(*bits), from: minutes(*from), to: minutes(*to), mode: mode(*on),
            }).collect(),
            exceptions: dated.iter().filter(|(_, from, to, _)| from < to).map(|(day, from, to, on)| candour_policy::Exception {
                dates: vec![date(2027, 1, 1).plus_days(*day)], reason: "Works.".to_owned(),
                from: minutes(*from), to: minutes(*to), mode: mode(*on),
            }).collect(),
        };
        let zone = Zone::named(zone).expect("a zone");
        let mut now = zone.moment(date(2027, 1, 1), TimeOfDay::START) + seconds(from);
        // Rules that overlap are refused by the reader; here the earlier one answers, and there is still one answer.
        for _ in 0..20 {
            let slot = schedule.at(&zone, now);
            let Some(until) = slot.until else { break };
            prop_assert!(until > now);
            prop_assert_eq!(schedule.at(&zone, until - TICK), slot);
            prop_assert_ne!(schedule.at(&zone, until).part, slot.part);
            now = until;
        }
    }
}
