//! A camera whose pictures ended decoders: no acceptance begins with that, none that stands ends by it, and people decide.

mod support;

use candour_units::{WallDuration, WallTime};
use candour_vetting::{
    DECIDE_DAYS, Evidence, JudgementRecord, KEEP_UNDECODED, Kind, Outcome, QUARANTINE, Source, judge,
};
use proptest::prelude::*;
use support::{AMCREST, AXIS, BOSCH, DAHUA, HIKVISION, LISTS, axis_on_the_wire, item, items, judged, paper, subject};

fn deaths() -> Evidence {
    item(Kind::DecoderDeaths, "main: 3 decoders, the last was ended by signal 11")
}

fn decided(what: &str, name: &str) -> Evidence {
    Evidence { source: Source::Person { name: name.into() }, ..item(Kind::DecoderDecision, what) }
}

/// A camera that is accepted.
fn good() -> Vec<Evidence> {
    let mut evidence = axis_on_the_wire();
    evidence.push(paper(None));
    evidence
}

fn accepted() -> JudgementRecord {
    let evidence = good();
    let judgement = judged(&subject(&evidence));
    assert_eq!(judgement.outcome(), Outcome::Accepted, "{:?}", judgement.reasons());
    judgement.record().clone()
}

/// The outcome of the good camera with more evidence, while it is accepted or not yet; and what the rules of this page say.
#[track_caller]
fn check(more: Vec<Evidence>, previous: Option<&JudgementRecord>, outcome: Outcome, says: &[(&str, &str)]) {
    let mut evidence = good();
    evidence.extend(more);
    let mut subject = subject(&evidence);
    subject.previous = previous;
    let judgement = judge(&subject, &LISTS);
    assert_eq!(judgement.outcome(), outcome, "{:?}", judgement.reasons());
    assert_eq!(judgement.acceptance().is_some(), outcome == Outcome::Accepted);
    let told: Vec<_> = judgement.reasons().iter().filter(|reason| reason.rule.starts_with("decoder.")).collect();
    assert_eq!(
        told.iter().map(|reason| reason.rule.as_str()).collect::<Vec<_>>(),
        says.iter().map(|(rule, _)| *rule).collect::<Vec<_>>()
    );
    for (reason, (_, words)) in told.iter().zip(says) {
        assert!(reason.words.contains(words), "{}", reason.words);
    }
}

#[test]
fn it_blocks_acceptance_and_stops_no_recording() {
    let standing = accepted();
    check(vec![deaths()], None, Outcome::Quarantined, &[("decoder.deaths", "have it decoded again")]);
    check(vec![deaths()], Some(&standing), Outcome::Accepted, &[("decoder.deaths", "it goes on being recorded")]);
    // Once out it does not come in again with them.
    let quarantined = JudgementRecord { outcome: Outcome::Quarantined, ..standing };
    check(vec![deaths()], Some(&quarantined), Outcome::Quarantined, &[("decoder.deaths", "")]);
}

#[test]
fn a_person_decides_within_days() {
    let standing = accepted();
    assert_eq!(DECIDE_DAYS, 7);
    check(vec![deaths()], Some(&standing), Outcome::Accepted, &[("decoder.deaths", "Decide by 1970-01-08")]);
    let keep = decided(KEEP_UNDECODED, "Ada Archer");
    check(
        vec![deaths(), keep.clone()],
        Some(&standing),
        Outcome::Accepted,
        &[("decoder.deaths", "Ada Archer decided that it stays so")],
    );
    let out = decided(QUARANTINE, "Chris Dean");
    check(
        vec![deaths(), out.clone()],
        Some(&standing),
        Outcome::Quarantined,
        &[("decoder.quarantined", "Chris Dean decided"), ("decoder.deaths", "")],
    );
    // Both: the careful one counts.
    check(
        vec![keep, deaths(), out],
        Some(&standing),
        Outcome::Quarantined,
        &[("decoder.quarantined", ""), ("decoder.deaths", "")],
    );
    check(vec![decided("nonsense", "x")], Some(&standing), Outcome::Accepted, &[]);
}

#[test]
fn a_later_decision_names_who_made_it() {
    let standing = accepted();
    let later = Evidence {
        taken_at: WallTime::EPOCH + WallDuration::from_seconds(60),
        ..decided(KEEP_UNDECODED, "Ada Archer")
    };
    let both = [decided(KEEP_UNDECODED, "Zoe Zimmer"), later];
    for order in [[0, 1], [1, 0]] {
        let more = vec![deaths(), both[order[0]].clone(), both[order[1]].clone()];
        check(more, Some(&standing), Outcome::Accepted, &[("decoder.deaths", "Ada Archer decided")]);
    }
}

proptest! {
    /// Whatever was said of decoders, in whatever order and however often: no outcome gets better by it, and the same items in another order give the
    /// same outcome for the same reasons.
    #[test]
    fn it_never_moves_towards_acceptance_and_order_does_not_matter(
        device in prop::sample::select(vec![HIKVISION, DAHUA, AMCREST, AXIS, BOSCH]),
        wire in any::<bool>(),
        more in prop::collection::vec((any::<bool>(), prop_oneof![Just("keep"), Just("quarantine"), Just("main: 3 decoders"), Just("x")]), 1..6),
        stands in any::<bool>(),
        turn in any::<prop::sample::Index>(),
    ) {
        let mut before = if wire { axis_on_the_wire() } else { items(device) };
        before.push(paper(None));
        let record = judged(&subject(&before)).record().clone();
        let outcome = |evidence: &[Evidence]| {
            let mut subject = subject(evidence);
            subject.previous = stands.then_some(&record);
            let judgement = judge(&subject, &LISTS);
            let words: Vec<_> = judgement.reasons().iter().map(|reason| reason.words.clone()).collect();
            (judgement.outcome(), words)
        };
        let was = outcome(&before).0;
        let mut after = before;
        after.extend(more.iter().map(|(deaths, text)| if *deaths { item(Kind::DecoderDeaths, text) } else { decided(text, "Ada Archer") }));
        let now = outcome(&after);
        prop_assert!(now.0 <= was);
        let at = turn.index(after.len());
        after.rotate_left(at);
        prop_assert_eq!(outcome(&after), now);
    }
}
