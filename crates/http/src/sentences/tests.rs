use candour_recording::GapCause;
use candour_units::{Hash, WallTime};

use super::*;

const ADA: &str = r#"{"address":"10.0.0.7","kind":"person","name":"Ada Lovelace"}"#;

fn view(kind: &str, who: &str, what: &str, sent: &str) -> EntryView {
    EntryView {
        index: 3,
        at: WallTime::from_unix_seconds(1_795_461_180),
        kind: kind.into(),
        who: Some(who.into()),
        what: Some(what.into()),
        why: Some(r#"{"reason":"case 12"}"#.into()),
        sent: Some(sent.into()),
        salts: [None; 4],
        leaf: Hash::default(),
    }
}

fn names() -> CameraNames {
    CameraNames::of([(CameraId::from_bytes([4; 16]), "Gate 4".to_owned())])
}

const GATE: &str = r#"{"cameras":["04040404040404040404040404040404"],"interval":{"end_90k":20,"start_90k":10}}"#;

#[track_caller]
fn check(kind: &str, what: &str, sent: &str, expected: &str) {
    assert_eq!(entry(&view(kind, ADA, what, sent), &names()).words, expected);
}

#[test]
fn reads_like_a_sentence() {
    check("signed_in", "{}", "{}", "Ada Lovelace signed in.");
    check("look_live", GATE, r#"{"renewal":false}"#, "Ada Lovelace began to watch Gate 4 live.");
    check("look_live", GATE, r#"{"renewal":true}"#, "Ada Lovelace went on watching Gate 4 live.");
    check("look_playback", GATE, "{}", "Ada Lovelace opened footage of Gate 4.");
    check(
        "look_ended",
        GATE,
        r#"{"look":"playback","sent":[{"bytes":12345678}]}"#,
        "Ada Lovelace stopped looking at Gate 4; 12 MB of 1 camera were sent.",
    );
    check(
        "look_ended",
        GATE,
        r#"{"look":"live","sent":[]}"#,
        "Ada Lovelace stopped looking at Gate 4 live; nothing was sent.",
    );
    check(
        "look_refused",
        "{}",
        r#"{"why":"Operators watch live."}"#,
        "Ada Lovelace was refused a look. Operators watch live.",
    );
    check(
        "person_changed",
        "{}",
        r#"{"change":"changed","name":"Grace","roles":"dpo operator","roles_before":"dpo","disabled":true}"#,
        "Ada Lovelace changed the account of Grace: roles are dpo, operator, were dpo; may not sign in any more.",
    );
    check(
        "camera_changed",
        GATE,
        r#"{"change":"purpose","keep_days":1,"name":"Gate 4","owner":"Estates","sentence":"Thefts from bicycles"}"#,
        "Ada Lovelace wrote the purpose of Gate 4: Thefts from bicycles. Kept 1 day; Estates answers for it.",
    );
    check(
        "camera_judged",
        GATE,
        r#"{"before":"accepted","outcome":"refused","reasons":["Made by Hikvision"]}"#,
        "Gate 4 was judged: refused, before: accepted. Made by Hikvision.",
    );
    check(
        "look_playback",
        GATE,
        r#"{"under":"grant","case":"2026-114"}"#,
        "Ada Lovelace opened footage of Gate 4 under a grant for case \u{201c}2026-114\u{201d}.",
    );
    check(
        "look_playback",
        GATE,
        r#"{"under":"replay"}"#,
        "Ada Lovelace opened footage of Gate 4 as an instant replay of the own watch.",
    );
    check(
        "grant_asked",
        GATE,
        r#"{"authorisation":"DS/12","case":"114","export":true,"purpose":"directed"}"#,
        "Ada Lovelace asked to look at footage of Gate 4 for case \u{201c}114\u{201d} (directed), and to take it out as a file. It stands on authorisation \u{201c}DS/12\u{201d}.",
    );
    check("grant_approved", GATE, r#"{"by":"Grace"}"#, "Ada Lovelace approved Grace's request for footage of Gate 4.");
    check(
        "break_glass_reviewed",
        GATE,
        r#"{"by":"Grace","justified":false}"#,
        "Ada Lovelace reviewed that Grace broke the glass to look at Gate 4, and found it not justified.",
    );
    check(
        "footage_deleted",
        GATE,
        r#"{"rule":"31 days are over"}"#,
        "Footage of Gate 4 was destroyed: 31 days are over.",
    );
    check(
        "footage_deleted",
        r#"{"cameras":["04040404040404040404040404040404"],"certificates":[{"bytes":1000000,"rule":"a"},{"bytes":2000000,"rule":"b"}]}"#,
        "{}",
        "Footage of Gate 4 was destroyed, 2 segments with 3000 kB: case 12.",
    );
    let hold = r#"{"by":"Ines Iqbal","ends_90k":153007776000000}"#;
    check("hold_placed", GATE, hold, "Ines Iqbal put footage of Gate 4 on hold until 2023-11-15.");
    check("hold_extended", GATE, hold, "Ines Iqbal extended the hold on footage of Gate 4 until 2023-11-15.");
    check("hold_lifted", GATE, hold, "Ines Iqbal lifted the hold on footage of Gate 4.");
    check("hold_lapsed", GATE, "{}", "The hold on footage of Gate 4 came to its end.");
    check(
        "holds_confirmed",
        "{}",
        r#"{"and":"B","by":"A"}"#,
        "A and B said that the holds are complete; deletion goes on.",
    );
    check(
        "camera_changed",
        GATE,
        r#"{"change":"decoded again","name":"Gate 4"}"#,
        "Ada Lovelace had the pictures of Gate 4 decoded again.",
    );
    check(
        "camera_changed",
        GATE,
        r#"{"change":"kept undecoded","name":"Gate 4"}"#,
        "Ada Lovelace decided that Gate 4 goes on being recorded although its pictures ended decoders.",
    );
    check(
        "camera_changed",
        GATE,
        r#"{"change":"quarantined over decoders","name":"Gate 4"}"#,
        "Ada Lovelace quarantined Gate 4, because its pictures ended decoders.",
    );
    check(
        "motion_tried",
        GATE,
        r#"{"told":"sums"}"#,
        "Ada Lovelace had footage of Gate 4 looked through to try terms for motion, and was told sums.",
    );
    check(
        "motion_tried",
        GATE,
        r#"{"told":"trace"}"#,
        "Ada Lovelace had footage of Gate 4 looked through to try terms for motion, and was told when something moved.",
    );
    check(
        "second_look",
        GATE,
        "{}",
        "The recorder looked again at footage of Gate 4 in which nothing was seen to move.",
    );
    let counted = r#"{"checked":120,"missed":1}"#;
    let words = "Lives are no longer shortened where nothing moved: 1 of 120 second looks found motion.";
    check("shortening_stopped", "{}", counted, words);
    let words = "Ada Lovelace let lives be shortened again where nothing moved.";
    check("shortening_resumed", "{}", counted, words);
    let version = r#"{"by":"whoever runs this machine","hash":"00","origin":"first_start","version":1}"#;
    check("policy_drafted", "{}", version, "Whoever runs this machine gave the policy: version 1.");
    let version = r#"{"by":"Otto Owens","hash":"00","origin":"viewer","version":3}"#;
    check("policy_drafted", "{}", version, "Otto Owens proposed version 3 of the policy.");
    check("policy_advised", "{}", version, "Otto Owens advised on version 3 of the policy.");
    check("policy_withdrawn", "{}", version, "Otto Owens withdrew version 3 of the policy.");
    let approved =
        r#"{"by":"Otis","departure":"The court asked","early":"It expires","force_90k":153007776000000,"version":3}"#;
    let words = "Otis approved version 3 of the policy, in force from 2023-11-15T22:13:20.000Z. The advice is not followed: The \
                 court asked. It cannot wait a day: It expires.";
    check("policy_approved", "{}", approved, words);
    let forced = r#"{"by":"the recorder","cameras":7,"unnamed":1,"version":3}"#;
    let words = "Version 3 of the policy came into force for 7 cameras. One camera is not named and records nothing.";
    check("policy_in_force", "{}", forced, words);
    check(
        "policy_superseded",
        "{}",
        r#"{"by_version":4,"version":3}"#,
        "Version 3 of the policy was superseded by version 4.",
    );
    check("policy_accepted", "{}", r#"{"version":3}"#, "Ada Lovelace accepted version 3 of the policy.");
    check(
        "configuration_changed",
        "{}",
        r#"{"act":"lists_offered","version":7}"#,
        "Ada Lovelace offered bundle 7 of the vetting lists.",
    );
    check(
        "configuration_changed",
        "{}",
        r#"{"act":"lists_in_force","version":7,"by":"A","and":"B"}"#,
        "A and B put bundle 7 of the vetting lists in force.",
    );
    check(
        "configuration_changed",
        "{}",
        r#"{"act":"lists_in_force","version":7,"by":null,"and":null}"#,
        "Its signers, who marked it urgent, put bundle 7 of the vetting lists in force.",
    );
    check(
        "configuration_changed",
        "{}",
        r#"{"act":"table_filed","file":"arp.txt","source":"Core switch"}"#,
        "Ada Lovelace filed the address table arp.txt of Core switch.",
    );
    check(
        "configuration_changed",
        "{}",
        r#"{"act":"table_signed","source":"Core switch"}"#,
        "Ada Lovelace signed the address table of Core switch.",
    );
    check("something_new", "{}", "{}", "Ada Lovelace: something new.");
}

#[test]
fn times_reason_and_groups_come_along() {
    let shown = entry(&view("look_playback", ADA, GATE, "{}"), &names());
    assert_eq!((shown.from_90k, shown.to_90k), (Some(10), Some(20)));
    assert_eq!(shown.reason.as_deref(), Some("case 12"));
    assert_eq!(shown.cameras, ["Gate 4"]);
    assert_eq!(shown.who, "Ada Lovelace (10.0.0.7)");
    assert_eq!(shown.groups.what.as_deref(), Some(GATE));
}

#[test]
fn erased_details_read_as_erased() {
    let erased = EntryView { who: None, what: None, why: None, sent: None, ..view("look_live", "", "", "") };
    let shown = entry(&erased, &names());
    assert_eq!(shown.words, "Somebody whose details were erased began to watch no camera live.");
}

#[test]
fn strange_groups_break_nothing() {
    for text in ["", "[]", "3", "{\"cameras\":3}", "{\"cameras\":[3,\"x\"]}", "nonsense"] {
        for kind in candour_audit::EventKind::ALL {
            let shown = entry(&view(kind.word(), text, text, text), &names());
            assert!(!shown.words.is_empty());
        }
    }
}

#[test]
fn every_cause_of_a_gap_has_words() {
    for cause in GapCause::ALL {
        assert_ne!(gap(cause.word()), gap("nobody knows this word"), "{cause}");
    }
}

#[test]
fn lists_of_cameras() {
    let names: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec();
    assert_eq!(list(&names[..1]), "a");
    assert_eq!(list(&names[..2]), "a and b");
    assert_eq!(list(&names[..4]), "a, b, c and d");
    assert_eq!(list(&names), "a, b, c and 3 more");
}
