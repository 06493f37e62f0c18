//! What stands between a policy without mistakes and its coming into force: what the recorder cannot do, by name, and what
//! somebody should look at.

mod made;

use candour_policy::{Capabilities, Capability, LocalDate, TimeOfDay, Weight, Word as _, check as checked};
use made::{changed, policy, sample};

/// Checks a policy on 26 November 2026; expects these findings, by weight, rule and some words.
#[track_caller]
fn check(text: &str, can: &Capabilities, expected: &[(Weight, &str, &str)]) {
    let policy = policy(text);
    let day = LocalDate::new(2026, 11, 26).expect("a date");
    let found = checked(&policy, can, policy.site.time_zone.moment(day, TimeOfDay::from_minutes(600).expect("a time")));
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (finding, (weight, rule, words)) in found.iter().zip(expected) {
        assert_eq!((finding.weight, finding.reason.rule.as_str()), (*weight, *rule), "{finding:?}");
        assert!(finding.reason.words.contains(words), "{finding:?}");
    }
    assert!(found.is_sorted_by_key(|finding| finding.reason.place));
}

use Weight::{Advice, Refused};

fn all_but(missing: Capability) -> Capabilities {
    Capability::WORDS.iter().map(|(capability, _)| *capability).filter(|capability| *capability != missing).collect()
}

/// What is said of the sample where everything can be done.
const REFUGE: (Weight, &str, &str) = (Advice, "cameras.Refuge", "nothing says how wide the scene is");

#[test]
fn what_a_recorder_cannot_do_is_refused_by_name() {
    check(&sample(), &Capabilities::all(), &[REFUGE]);
    check(
        &sample(),
        &all_but(Capability::Audio),
        &[(Refused, "cameras.\"Counting table\".audio", "does not receive sound yet"), REFUGE],
    );
    check(
        &sample(),
        &all_but(Capability::Masks),
        &[(Refused, "cameras.\"Front door 1\".masks", "cannot set masks on cameras yet"), REFUGE],
    );
    check(
        &sample(),
        &all_but(Capability::StreamCaps),
        &[
            (Refused, "purposes.entrance-safety.frames_per_second", "cannot hold a stream to a cap"),
            (Refused, "cameras.\"Front door 1\".scene_width_m", "cannot hold a stream to a cap"),
            (Refused, "cameras.\"Front door 2\".level", "cannot hold a stream to a cap"),
            (Refused, "cameras.\"Counting table\".pixels_across", "cannot hold a stream to a cap"),
            (Refused, "cameras.Boilers.scene_width_m", "cannot hold a stream to a cap"),
            REFUGE,
        ],
    );
}

#[test]
fn without_motion_detection_nothing_records_on_motion_and_keep_if_still_is_keep() {
    let can = all_but(Capability::MotionDetection);
    let still = (Advice, "purposes.cash-handling.keep_if_still", "footage is kept for 90 days");
    check(&sample(), &can, &[still, REFUGE]);
    let text = changed("to = \"07:00\"\nrecord = \"continuous\"", "to = \"07:00\"\nrecord = \"on_motion\"");
    check(&text, &can, &[still, (Refused, "schedules.nights.rules[1]", "no motion detection yet"), REFUGE]);
    check(&text, &Capabilities::all(), &[REFUGE]);
}

#[test]
fn a_basis_that_is_rarely_right_is_pointed_out() {
    let text = changed("\"legal_obligation\"", "\"legitimate_interests\"");
    let of = "purposes.cash-handling.lawful_basis";
    check(&text, &Capabilities::all(), &[(Advice, of, "not there for the tasks of a public authority"), REFUGE]);
    check(&text.replace("public_authority = true", "public_authority = false"), &Capabilities::all(), &[REFUGE]);
    let text = changed("\"legal_obligation\"", "\"consent\"");
    check(&text, &Capabilities::all(), &[(Advice, of, "rarely valid"), REFUGE]);
}

#[test]
fn dates_are_looked_at() {
    let by = "dpias.DPIA-2026-021.review_by";
    let dates = |reviewed: &str, review_by: &str| {
        changed(
            "reviewed = 2026-10-12\nreview_by = 2027-04-12",
            &format!("reviewed = {reviewed}\nreview_by = {review_by}"),
        )
    };
    let can = Capabilities::all();
    check(&dates("2026-10-12", "2026-12-25"), &can, &[(Advice, by, "is due by 25 December 2026"), REFUGE]);
    check(&dates("2026-10-12", "2026-12-28"), &can, &[REFUGE]);
    check(&dates("2026-10-12", "2026-11-26"), &can, &[(Advice, by, "is due by"), REFUGE]);
    check(&dates("2026-10-12", "2026-11-25"), &can, &[(Advice, by, "was due by"), REFUGE]);
    check(&dates("2026-10-12", "2026-11-11"), &can, &[(Refused, by, "do not record"), REFUGE]);
    let ahead = "dpias.DPIA-2026-021.reviewed";
    check(&dates("2026-11-27", "2027-04-12"), &can, &[(Refused, ahead, "this day has not come"), REFUGE]);
    let over = changed("dates = [2026-12-25, 2026-12-28, 2027-01-01]", "dates = [2026-11-25]");
    check(&over, &can, &[(Advice, "schedules.office-hours.exceptions[1]", "all of its dates are over"), REFUGE]);
}

#[test]
fn hours_that_exist_twice_or_not_are_pointed_out() {
    let rule =
        (Advice, "schedules.nights.rules[1]", "on 28 March 2027 01:30 does not exist; the moment of the change counts");
    let again = (Advice, rule.1, "on 31 October 2027 01:30 exists twice; its first occurrence counts");
    check(&changed("to = \"07:00\"", "to = \"01:30\""), &Capabilities::all(), &[rule, again, REFUGE]);
    check(&changed("from = \"19:00\"", "from = \"01:30\""), &Capabilities::all(), &[rule, again, REFUGE]);
    check(&changed("from = \"19:00\"", "from = \"02:00\""), &Capabilities::all(), &[REFUGE]);
}

#[test]
fn what_looks_forgotten_is_pointed_out() {
    let unused = changed("[areas.refuge]", "[areas.roof]\nname = \"Roof\"\nkind = \"plant\"\n\n[areas.refuge]");
    check(&unused, &Capabilities::all(), &[(Advice, "areas.roof", "nothing in this policy uses it"), REFUGE]);
    let toilets = changed("name = \"Refuge, second floor\"", "name = \"Toilets, second floor\"");
    check(&toilets, &Capabilities::all(), &[(Advice, "areas.refuge.kind", "says \"toilet\""), REFUGE]);
    let cellar = changed("name = \"Boiler room\"", "name = \"Boiler room, Union Street\"");
    check(&cellar, &Capabilities::all(), &[REFUGE]);
}
