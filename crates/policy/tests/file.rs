//! The policy file: the manual's sample is right, every mistake is named where it stands, and nothing in a file can make the
//! reader panic.

mod made;

use candour_policy::{Mode, Policy, Publish, RuleId};
use candour_units::WallDuration;
use made::{changed, policy, sample};
use proptest::prelude::*;

#[test]
fn the_sample_of_the_manual_is_right() {
    let policy = policy(&sample());
    assert_eq!(policy.cameras.len(), 5);
    let terms = policy.terms("Front door 2").expect("it is in the sample");
    assert_eq!(terms.keep, WallDuration::from_seconds(14 * 86_400));
    assert_eq!(terms.minimum, terms.keep);
    // 12 m at 62.5 pixels for each metre, and the next width that cameras offer.
    assert_eq!((terms.cap.needed_across, terms.cap.most_across), (Some(750), Some(800)));
    assert_eq!(terms.cap.frames_per_second, Some(6));
    assert_eq!(terms.publish, Publish::Full);
    let boilers = policy.terms("Boilers").expect("it is in the sample");
    assert_eq!((boilers.publish, boilers.dpia), (Publish::CountOnly, None));
    assert_eq!(boilers.schedule.minutes_in_a_week(), 7 * 12 * 60);
    assert_eq!(policy.schedules["always"].otherwise, Mode::Continuous);
    let place = policy.place(&RuleId::of(&["cameras", "Front door 2", "keep"])).expect("it is written down");
    let line = sample().lines().nth(place.line as usize - 1).map(str::to_owned);
    assert_eq!((line.as_deref(), place.column), (Some("keep = \"14 days\""), 1));
}

/// Changes the sample in one place and expects exactly one mistake, on the line that has `on`.
#[track_caller]
fn check(from: &str, to: &str, on: &str, expected: &str) {
    let text = changed(from, to);
    let mistakes = Policy::parse(text.as_bytes()).expect_err("it is wrong").0;
    assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
    let told = mistakes[0].to_string();
    assert!(told.contains(expected), "{told}");
    let line = text.lines().nth(mistakes[0].at.line as usize - 1).unwrap_or_default();
    assert!(line.contains(on), "said of the line {line:?}: {told}");
}

#[test]
fn a_key_nobody_knows_is_named() {
    check("jurisdiction", "jurisdicton = 1\njurisdiction", "jurisdicton", "did you mean `jurisdiction`?");
    check(
        "[charter]",
        "[charter]\nzzz = 1",
        "zzz",
        "known here: dpia_review_months, instant_replay_at_most, keep_at_most",
    );
    check("[charter]", "[extras]\nx = 1\n[charter]", "[extras]", "nobody knows the key `extras`");
    check("record = \"off\"", "record = \"off\"\nmode = \"off\"", "mode", "nobody knows the key `mode`");
}

#[test]
fn a_missing_key_is_named_at_its_table() {
    check("purpose = \"cash-handling\"\n", "", "Counting table", "without a purpose nothing is recorded");
    check("aim = \"Settle", "# \"Settle", "[purposes.cash-handling]", "`aim` is missing");
    check("format = 1\n", "", "", "`format` is missing");
    check("from = \"08:30\"\n", "", "[[schedules.office-hours.rules]]", "`from` is missing");
}

#[test]
fn a_value_of_another_type_is_named() {
    check("format = 1", "format = 2", "format", "reads format 1, not 2");
    check("public_authority = true", "public_authority = \"true\"", "public_authority", "expected true or false");
    check("\"Europe/London\"", "\"Europe/Londn\"", "time_zone", "no time zone");
    check("\"30 days\"", "\"1 month\"", "keep", "\"1 month\" is not a length");
    check("\"30 days\"", "30", "keep", "found an integer");
    check("\"england\"", "\"englnd\"", "jurisdiction", "did you mean \"england\"?");
    check("reviewed = 2026-10-12", "reviewed = \"2026-10-12\"", "reviewed", "without quotation marks");
    check("from = \"08:30\"", "from = \"8:30\"", "from", "time of day");
    check("from = \"08:30\"", "from = 08:30:00", "from", "time of day");
    check("days = \"weekdays\"", "days = [\"mon\", \"tues\"]", "days", "did you mean \"tue\"?");
    check("[0.62, 0.05]", "[0.62, 1.05]", "corners", "two numbers from 0 to 1");
    check("\"Cash office\"", "\"Cash \\u202e office\"", "Cash", "nobody sees");
    check("aim = \"Settle what", "aim = \"\" # ", "aim", "nothing is written here");
    check("aim = \"Settle what", "aim = \"Safety and security\" # ", "aim", "say it in a sentence");
    let told = Policy::parse(b"format = 1\nareas = 3\n").expect_err("it is wrong").to_string();
    assert!(told.contains("line 2, column 9: areas: this is a table, not an integer"), "{told}");
}

#[test]
fn a_schedule_is_one_answer_for_each_moment() {
    let rule = |days: &str, from: &str, to: &str| {
        format!(
            "[[schedules.office-hours.rules]]\ndays = {days}\nfrom = \"{from}\"\nto = \"{to}\"\nrecord = \"continuous\"\n\n[[schedules.office-hours.exceptions]]"
        )
    };
    let before = "[[schedules.office-hours.exceptions]]";
    let overlaps = |days, from, to, expected: &str| {
        check(before, &rule(days, from, to), "[[schedules.office-hours.rules]]", expected);
    };
    overlaps("\"fri\"", "17:59", "19:00", "it overlaps schedules.office-hours.rules[1] on Friday from 17:59 on");
    overlaps("\"sun\"", "20:00", "08:31", "on Monday");
    overlaps("\"mon\"", "08:30", "08:30", "begins and ends at the same time");
    check(before, &rule("\"mon\"", "24:00", "08:00"), "from = \"24:00\"", "begins on the next day");
    check(before, &rule("\"mon\"", "20:00", "00:00"), "to = \"00:00\"", "write 24:00");
    // Touching is no overlap.
    policy(&changed(before, &rule("[\"fri\", \"sun\"]", "18:00", "08:30")));
    check("2026-12-28, 2027-01-01", "2026-12-28, 2026-12-25", "dates", "2026-12-25 is named twice");
    check(
        "record = \"off\"",
        "record = \"off\"\nfrom = \"12:00\"\nto = \"12:00\"",
        "exceptions]]",
        "an exception stays within its days",
    );
    check_among("[schedules.nights]", "[schedules.never]", "schedules.never: this schedule is built in");
}

#[test]
fn ceilings_are_kept() {
    check("keep = \"30 days\"", "keep = \"32 days\"", "keep", "without a written reason");
    check("keep = \"90 days\"", "keep = \"367 days\"", "keep", "for 1 hour to 366 days");
    check("keep_at_most = \"31 days\"", "keep_at_most = \"40 days\"", "keep_at_most", "not raise it");
    check(
        "keep_at_most = \"31 days\"",
        "keep_at_most = \"20 days\"",
        "keep = \"30 days\"",
        "the charter allows 20 days",
    );
    check(
        "instant_replay = \"15 minutes\"",
        "instant_replay = \"31 minutes\"",
        "instant_replay",
        "allows 30 minutes at most",
    );
    check(
        "instant_replay_at_most = \"30 minutes\"",
        "instant_replay_at_most = \"61 minutes\"",
        "instant_replay_at_most",
        "not raise it",
    );
    check(
        "instant_replay = \"5 minutes\"",
        "instant_replay = \"20 minutes\"",
        "instant_replay",
        "less than the site's 15 minutes",
    );
    check("review_by = 2027-09-01", "review_by = 2027-09-02", "review_by", "by 2027-09-01");
    check("review_by = 2027-09-01", "review_by = 2026-09-01", "review_by", "lies after the last one");
    check("dpia_review_months = 12", "dpia_review_months = 13", "dpia_review_months", "not between 1 and 12");
    check("minimum = \"14 days\"", "minimum = \"31 days\"", "minimum", "goes after 30 days in any case");
    check("keep_if_still = \"7 days\"", "keep_if_still = \"90 days\"", "keep_if_still", "only be shorter");
    check("keep = \"14 days\"", "keep = \"31 days\"", "keep", "less than its purpose's 30 days");
}

/// Changes the sample, and expects among its mistakes one that says this.
#[track_caller]
fn check_among(from: &str, to: &str, expected: &str) {
    let told = Policy::parse(changed(from, to).as_bytes()).expect_err("it is wrong").to_string();
    assert!(told.contains(expected), "{told}");
}

#[test]
fn the_law_is_kept() {
    check_among(
        "regime = \"uk_gdpr\"",
        "regime = \"dpa_part_3\"",
        "no basis under dpa_part_3; there is law_enforcement",
    );
    let told = "law_enforcement is no basis under uk_gdpr";
    check("\"legal_obligation\"", "\"law_enforcement\"", "lawful_basis", told);
}

#[test]
fn consent_is_no_basis_for_a_public_area() {
    let (from, to) = ("\"public_task\"\nbasis_reason = \"Crime", "\"consent\"\nbasis_reason = \"Crime");
    let mistakes = Policy::parse(changed(from, to).as_bytes()).expect_err("it is wrong").0;
    // Each camera of the purpose that sees a public area.
    assert_eq!(mistakes.len(), 3, "{mistakes:#?}");
    assert!(mistakes.iter().all(|mistake| mistake.words.contains("cannot refuse")), "{mistakes:#?}");
}

#[test]
fn places_where_nobody_may_be_watched() {
    for kind in ["toilets", "changing_room", "prayer_room", "union_room", "medical_room", "custody"] {
        let class = format!("[classes.own]\nkind = \"{kind}\"\n\n[areas.refuge]");
        check("[areas.refuge]", &class, "kind", "cameras are refused in");
    }
    let permission = "dpia = \"DPIA-2026-021\"\nowner = \"Custody Sergeant\"\nprior_consultation = \"ICO-2026-77\"";
    policy(&changed("[areas.refuge]", &format!("[classes.own]\nkind = \"custody\"\n{permission}\n\n[areas.refuge]")));
    let two = permission.rsplit_once('\n').expect("three lines").0;
    check_among(
        "[areas.refuge]",
        &format!("[classes.own]\nkind = \"custody\"\n{two}\n\n[areas.refuge]"),
        "stand together or not at all",
    );
    let words = "belong to a class for places where cameras are otherwise refused";
    check(
        "kind = \"plant\"\npublish",
        &format!("kind = \"plant\"\n{permission}\npublish"),
        "prior_consultation",
        words,
    );
    // A camera cannot be called something else: its area says what the place is.
    check(
        "name = \"Cash office, first floor\"\nkind = \"workplace\"",
        "name = \"Cash office\"\nkind = \"toilets\"",
        "class = \"desk\"",
        "is toilets, and the class desk is for a workplace",
    );
}

#[test]
fn a_camera_has_what_it_needs() {
    check(
        "purpose = \"plant-watch\"\nscene",
        "purpose = \"plant-wach\"\nscene",
        "plant-wach",
        "there is no purposes.plant-wach",
    );
    check("area = \"refuge\"", "area = \"refuges\"", "refuges", "there is no areas.refuges");
    check(
        "schedule = \"always\"\npublish",
        "schedule = \"sometimes\"\npublish",
        "sometimes",
        "there is no schedules.sometimes",
    );
    check("dpia = \"DPIA-2026-021\"", "", "purpose = \"cash-handling\"", "needs a data protection impact assessment");
    check("audio_allowed = true\n", "", "audio = true", "record no sound");
    check("audio_reason = \"Threats", "# \"Threats", "audio = true", "say why in `audio_reason`");
    check("audio = true", "audio = false", "audio_reason", "`audio = true` is not written");
    check("also_for = [\"cash-handling\"]", "also_for = [\"entrance-safety\"]", "also_for", "named twice");
    check("scene_width_m = 12\n", "", "level", "say in `scene_width_m`");
    check("keep_warning_reason", "# ", "when_review_overdue = \"keep_warning\"", "say why in `keep_warning_reason`");
    check("grace_days = 14", "grace_days = 91", "grace_days", "not between 0 and 90");
    check("[0.91, 0.05], [0.91, 0.31]", "[0.91, 0.31], [0.91, 0.05]", "corners", "meet");
}

#[test]
fn all_mistakes_are_named_in_one_go() {
    let text = sample()
        .replace("keep = \"2 days\"", "keep = \"2 dayz\"")
        .replace("level = \"monitor\"", "level = \"all\"")
        .replace("area = \"refuge\"", "are = \"refuge\"");
    let mistakes = Policy::parse(text.as_bytes()).expect_err("it is wrong").0;
    let told: Vec<_> = mistakes.iter().map(|mistake| mistake.rule.as_str()).collect();
    assert_eq!(
        told,
        ["purposes.plant-watch.keep", "purposes.plant-watch.level", "cameras.Refuge", "cameras.Refuge.are"]
    );
}

#[test]
fn what_is_no_toml_is_said_without_guessing() {
    let text =
        sample().replace("name = \"Town Hall\"", "name = \"Town Hall").replace("record = \"off\"", "record = \"of\"");
    let told = Policy::parse(text.as_bytes()).expect_err("it is wrong").to_string();
    assert!(told.starts_with("line 4, column "), "{told}");
    assert!(told.contains("did you mean \"off\"?") || !told.contains("missing"), "{told}");
    let told = Policy::parse(b"format = 1\nname = \"\xff\"").expect_err("it is wrong").to_string();
    assert_eq!(told, "line 2, column 9: this is no UTF-8 text; save the file as UTF-8");
    let told = Policy::parse(&vec![b'#'; candour_policy::LARGEST_FILE + 1]).expect_err("it is wrong").to_string();
    assert!(told.contains("at most"), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn no_file_makes_the_reader_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, prop::collection::vec(any::<u8>(), 0..6)), 1..6)
    ) {
        let mut bytes = sample().into_bytes();
        for (at, len, with) in cuts {
            let start = at.index(bytes.len());
            let end = (start + len).min(bytes.len());
            bytes.splice(start..end, with);
        }
        if let Err(mistakes) = Policy::parse(&bytes) {
            prop_assert!(!mistakes.0.is_empty());
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
            prop_assert!(mistakes.0.iter().all(|mistake| (1..=lines).contains(&(mistake.at.line as usize))), "{}", mistakes);
        }
    }

    #[test]
    fn lines_of_the_sample_may_go_or_come_twice(at in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let sample = sample();
        let mut lines: Vec<_> = sample.lines().collect();
        let line = lines.remove(at.index(lines.len()));
        let _ = Policy::parse(lines.join("\n").as_bytes());
        lines.insert(to.index(lines.len()), line);
        let _ = Policy::parse(lines.join("\n").as_bytes());
    }
}
