//! Two versions side by side: what is different, what must be counted, what happens, and when it may take force.

mod made;

use candour_policy::{
    Answer, Capture, FORCE_WAITS, Footage, Holding, Policy, Question, Recording, Shortens, Subject, What, difference,
    earliest_force, impact, keep_until, questions,
};
use candour_units::{WallDuration, WallRange, WallTime};
use made::{changed, policy, sample};
use proptest::prelude::*;

fn at(days: i64) -> WallTime {
    WallTime::from_unix_seconds(1_795_651_200 + days * 86_400)
}

fn days(count: i64) -> WallDuration {
    WallDuration::from_seconds(count * 86_400)
}

fn holding(camera: &str, purpose: &str) -> Holding {
    Holding { camera: camera.to_owned(), purpose: purpose.to_owned() }
}

/// Changes the sample in one place; expects these changes, each as subject, thing and whether it shortens.
#[track_caller]
fn check(from: &str, to: &str, expected: &[(&str, What, Shortens)]) {
    let found = difference(Some(&policy(&sample())), &policy(&changed(from, to)));
    let told: Vec<_> =
        found.changes.iter().map(|change| (change.subject.to_string(), change.what, change.shortens)).collect();
    let expected: Vec<_> = expected.iter().map(|(who, what, shortens)| ((*who).to_owned(), *what, *shortens)).collect();
    assert_eq!(told, expected, "{found:#?}");
    assert_eq!(found.shortens(), expected.iter().map(|(_, _, shortens)| *shortens).max().unwrap_or(Shortens::Never));
}

#[test]
fn each_change_is_told_where_it_has_effect() {
    use Shortens::{Always, Never, WhenFull, WhenStill};
    let purpose = "The purpose entrance-safety";
    let keep = |shortens| {
        [(purpose, What::Keep, shortens), ("Front door 1", What::Keep, shortens), ("Refuge", What::Keep, shortens)]
    };
    // The second front door keeps less anyway.
    check("keep = \"30 days\"", "keep = \"20 days\"", &keep(Always));
    check("keep = \"30 days\"", "keep = \"31 days\"", &keep(Never));
    check("keep = \"14 days\"", "keep = \"7 days\"", &[("Front door 2", What::Keep, Always)]);
    check("minimum = \"14 days\"", "minimum = \"7 days\"", &[(purpose, What::Minimum, WhenFull)]);
    check("importance = \"high\"", "importance = \"middle\"", &[(purpose, What::Importance, WhenFull)]);
    check("importance = \"high\"", "importance = \"high\" # as before", &[]);
    let still =
        [("The purpose cash-handling", What::KeepIfStill, WhenStill), ("Counting table", What::KeepIfStill, WhenStill)];
    check("keep_if_still = \"7 days\"", "keep_if_still = \"6 days\"", &still);
    let still = still.map(|(who, what, _)| (who, what, Never));
    check("keep_if_still = \"7 days\"", "", &still);
    check("to = \"18:00\"", "to = \"17:00\"", &[("Counting table", What::Hours, Never)]);
    check("pixels_across = 1280", "pixels_across = 800", &[("Counting table", What::Caps, Never)]);
    // Footage ends sooner only where the purpose says so of what is still.
    let ignore = "\n[[cameras.\"Counting table\".ignore]]\nname = \"A fan\"\nreason = \"It turns all day.\"\ncorners = [[0, 0], [0.2, 0], [0, 0.2]]\n\n[cameras.\"Boilers\"]";
    check("[cameras.\"Boilers\"]", ignore, &[("Counting table", What::MotionZones, WhenStill)]);
    let ignore = ignore.replace("Counting table", "Front door 2");
    check("[cameras.\"Boilers\"]", &ignore, &[("Front door 2", What::MotionZones, Never)]);
    check("[0.91, 0.31]", "[0.92, 0.31]", &[("Front door 1", What::Masks, Never)]);
    check("publish = \"count_only\"", "publish = \"full\"", &[("Boilers", What::Publish, Never)]);
    check("\"Sam Okafor", "\"Sam Ok", &[("The site", What::People, Never)]);
    check(
        "review_by = 2027-04-12",
        "review_by = 2027-03-12",
        &[("The assessment DPIA-2026-021", What::Review, Never), ("Counting table", What::Review, Never)],
    );
    check(
        "[cameras.\"Boilers\"]",
        "[cameras.\"Boiler room\"]",
        &[("Boiler room", What::Itself, Never), ("Boilers", What::Itself, Never)],
    );
    // A camera that serves another purpose: its old footage lives on as promised for the old one.
    check(
        "purpose = \"plant-watch\"",
        "purpose = \"entrance-safety\"",
        &[
            ("Boilers", What::Purpose, Never),
            ("Boilers", What::Hours, Never),
            ("Boilers", What::Keep, Never),
            ("Boilers", What::Caps, Never),
            ("Boilers", What::Review, Never),
        ],
    );
}

#[test]
fn a_change_reads_as_a_sentence() {
    let found = difference(Some(&policy(&sample())), &policy(&changed("keep = \"14 days\"", "keep = \"7 days\"")));
    assert_eq!(found.changes[0].to_string(), "Front door 2: how long footage is kept: 7 days (was: 14 days)");
    assert_eq!(found.changes[0].rule.as_str(), "cameras.\"Front door 2\".keep");
    let first = difference(None, &policy(&sample()));
    assert!(first.changes.iter().any(|change| change.to_string() == "Boilers: new, plant-watch (Boiler room)"));
    assert_eq!(first.shortens(), Shortens::Never);
    assert!(first.changes.iter().all(|change| change.subject == Subject::Site || change.what == What::Itself));
}

#[test]
fn only_what_gets_shorter_is_counted() {
    let (old, at) = (policy(&sample()), at(0));
    let holdings = [
        holding("Front door 1", "entrance-safety"),
        holding("Front door 2", "entrance-safety"),
        holding("Front door 1", "entrance-safety"),
        holding("A camera that was removed", "entrance-safety"),
        holding("Counting table", "cash-handling"),
        holding("Boilers", "a purpose that is gone"),
    ];
    assert_eq!(questions(Some(&old), &old, &holdings, at), []);
    let new = policy(&changed("keep = \"30 days\"", "keep = \"20 days\""));
    let asked = questions(Some(&old), &new, &holdings, at);
    let whose: Vec<_> = asked.iter().map(|question| question.of.camera.as_str()).collect();
    assert_eq!(whose, ["A camera that was removed", "Front door 1"]);
    assert_eq!(asked[1].past_if_begun_by(), WallTime::from_ticks(at.ticks() - days(20).ticks()));
    assert_eq!(asked[1].life.rule.as_str(), "purposes.entrance-safety.keep");
    // From a purpose that the old version did not have nothing is known, so it is counted.
    assert_eq!(questions(None, &new, &holdings, at).len(), 5);
    let new = policy(&changed("keep_if_still = \"7 days\"", "keep_if_still = \"2 days\""));
    let asked = questions(Some(&old), &new, &holdings, at);
    assert_eq!((asked.len(), asked[0].only_if_still, asked[0].life.length), (1, true, days(2)));
}

#[test]
fn the_plan_says_what_starts_stops_and_goes() {
    let old = policy(&sample());
    let text = changed("keep = \"30 days\"", "keep = \"20 days\"")
        .replace("[cameras.\"Boilers\"]", "[cameras.\"Boiler room\"]")
        .replace("publish = \"area_only\"\n\n[classes.machines]", "publish = \"full\"\n\n[classes.machines]");
    let new = policy(&text);
    let asked = questions(Some(&old), &new, &[holding("Front door 1", "entrance-safety")], at(0));
    let some = |segments, from, to| Footage {
        segments,
        bytes: segments * 1_000_000,
        interval: WallRange::new(at(from), at(to)),
    };
    let answer = Answer { destroyed: some(5, -30, -20), held: some(1, -25, -24), shortened: some(9, -20, 0) };
    let answers: Vec<_> = asked.into_iter().map(|question| (question, answer)).collect();
    let found = impact(Some(&old), &new, at(0), &answers);
    let named: Vec<_> = found.cameras.iter().map(|camera| (camera.camera.as_str(), camera.recording)).collect();
    assert_eq!(
        named,
        [
            ("Boiler room", Recording::Starts),
            ("Boilers", Recording::Stops),
            ("Counting table", Recording::Stays),
            ("Front door 1", Recording::Stays),
            ("Refuge", Recording::Stays),
        ]
    );
    assert_eq!(found.untouched, 1);
    assert!(found.destroys());
    let zone = &new.site.time_zone;
    let at = |hours| zone.spoken(at(hours));
    assert_eq!(
        found.summary(zone),
        [
            "1 camera starts to record.",
            "1 camera stops recording.",
            "2 cameras are shown in more detail in the register.",
            "1 camera is shown in less detail in the register.",
            &format!("5 segments, 5.0 MB, from {} to {}, are destroyed when it takes force.", at(-30), at(-20)),
            &format!("1 segment, 1.0 MB, from {} to {}, is destroyed when the hold on it ends.", at(-25), at(-24)),
            &format!(
                "9 segments, 9.0 MB, from {} to {}, are destroyed sooner than promised until now.",
                at(-20),
                at(0)
            ),
        ]
    );
}

#[test]
fn what_destroys_waits_a_day_unless_somebody_says_why() {
    let old = policy(&sample());
    let new = policy(&changed("keep = \"30 days\"", "keep = \"20 days\""));
    let question = questions(Some(&old), &new, &[holding("Front door 1", "entrance-safety")], at(0)).remove(0);
    let with = |answer: Answer| impact(Some(&old), &new, at(0), &[(question.clone(), answer)]);
    let one = Footage { segments: 1, bytes: 1, interval: None };
    let none = with(Answer::default());
    assert_eq!(earliest_force(at(0), &none, None).at, at(0));
    for answer in [
        Answer { destroyed: one, ..Answer::default() },
        Answer { held: one, ..Answer::default() },
        Answer { shortened: one, ..Answer::default() },
    ] {
        let found = with(answer);
        for reason in [None, Some(""), Some(" \n")] {
            let force = earliest_force(at(0), &found, reason);
            assert_eq!(force.at, at(0) + FORCE_WAITS);
            assert!(force.because.words.contains("a day after its approval"));
        }
        let force = earliest_force(at(0), &found, Some("The court ordered it."));
        assert_eq!(force.at, at(0));
        assert!(force.because.words.ends_with("The court ordered it."));
    }
}

#[test]
fn a_version_whose_review_is_long_overdue_stops_its_cameras() {
    let old = policy(&sample());
    let later = at(400);
    let renewed = policy(
        &sample()
            .replace("reviewed = 2026-09-01\nreview_by = 2027-09-01", "reviewed = 2027-11-01\nreview_by = 2028-11-01"),
    );
    let found = impact(Some(&old), &renewed, later, &[]);
    let doors: Vec<_> = found.cameras.iter().map(|camera| (camera.camera.as_str(), camera.recording)).collect();
    // The refuge went on with a warning, so it does not start.
    assert_eq!(
        doors,
        [("Front door 1", Recording::Starts), ("Front door 2", Recording::Starts), ("Refuge", Recording::Stays)]
    );
}

/// Segments of one camera and purpose, and how long each was promised to live.
fn count(question: &Question, segments: &[(i64, i64)]) -> Answer {
    let mut answer = Answer::default();
    for (start, lives) in segments.iter().map(|(start, lives)| (at(*start), days(*lives))) {
        let one = Footage { segments: 1, bytes: 10, interval: WallRange::new(start, start + days(1)) };
        if start + lives <= question.at || question.only_if_still {
            continue;
        }
        if start <= question.past_if_begun_by() {
            answer.destroyed = answer.destroyed.and(one);
        } else if lives > question.life.length {
            answer.shortened = answer.shortened.and(one);
        }
    }
    answer
}

fn with_keep(keep: i64) -> Policy {
    policy(
        &changed(
            "keep = \"30 days\"\nminimum = \"14 days\"",
            &format!("keep = \"{keep} days\"\nkeep_reason = \"Test.\""),
        )
        .replace("keep = \"14 days\"\nscene", "scene"),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    /// The counts by index say the same as a look at every segment.
    #[test]
    fn the_plan_agrees_with_every_single_segment(
        keeps in prop::collection::vec(1_i64..60, 2..5),
        starts in prop::collection::vec((-60_i64..1, any::<prop::sample::Index>()), 0..40),
    ) {
        let versions: Vec<_> = keeps.iter().map(|keep| with_keep(*keep)).collect();
        let (new, before) = versions.split_last().expect("at least two");
        let old = before.last().expect("at least one");
        let promise = |version: &Policy| version.promise("Front door 1", "entrance-safety").expect("it has the purpose");
        // Each was captured under one of the versions before, and lives by the minimum since.
        let segments: Vec<_> = starts.iter().map(|(start, of)| {
            let since = &before[of.index(before.len())..];
            let later: Vec<_> = since[1..].iter().map(promise).collect();
            let end = keep_until(Capture { start: at(*start), found_still: false }, &promise(&since[0]), &later);
            (*start, (end.at - at(*start)).seconds_floor() / 86_400)
        }).collect();
        let asked = questions(Some(old), new, &[holding("Front door 1", "entrance-safety")], at(0));
        let answers: Vec<_> = asked.into_iter().map(|question| { let answer = count(&question, &segments); (question, answer) }).collect();
        let found = impact(Some(old), new, at(0), &answers);
        let new_keep = *keeps.last().expect("at least two");
        let living: Vec<_> = segments.iter().filter(|(start, lives)| start + lives > 0).collect();
        let gone = living.iter().filter(|(start, _)| start + new_keep <= 0).count();
        let sooner = living.iter().filter(|(start, lives)| new_keep < *lives && start + new_keep > 0).count();
        prop_assert_eq!(found.totals.footage.destroyed.segments, gone as u64);
        prop_assert_eq!(found.totals.footage.shortened.segments, sooner as u64);
        prop_assert_eq!(found.destroys(), gone + sooner > 0);
    }
}
