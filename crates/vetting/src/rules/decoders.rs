//! What a camera's pictures did to the programs that decode them. Bytes that end three decoders may be a fault or an attack: a camera that is not
//! accepted does not become so with them. One that is accepted goes on being recorded, because a fault of the decoder must not cost footage; its
//! pictures are decoded no more, and a person decides.

use candour_units::WallDuration;

use super::{Case, Finding, Item, quoted};
use crate::{Day, Effect, Kind, Source};

/// Days within which a person decides about an accepted camera whose pictures ended decoders.
pub const DECIDE_DAYS: i64 = 7;
/// A [`Kind::DecoderDecision`]: it goes on being recorded, and its pictures are decoded no more.
pub const KEEP_UNDECODED: &str = "keep";
/// A [`Kind::DecoderDecision`]: it is quarantined.
pub const QUARANTINE: &str = "quarantine";

const DEATHS: &str = "decoder.deaths";
const QUARANTINED: &str = "decoder.quarantined";

pub(super) fn find(case: &Case<'_>) -> Vec<Finding> {
    let decided = |what: &'static str| case.of(Kind::DecoderDecision).filter(move |(_, text)| *text == what);
    let mut findings: Vec<Finding> = decided(QUARANTINE)
        .map(|(item, _)| {
            let words =
                format!("{} decided that it is quarantined, because its pictures ended decoders.", person(item));
            Finding::new(QUARANTINED, Effect::Quarantines).words(words).seen_in(item)
        })
        .collect();
    // Of several the one that sorts last, so that the order of evidence does not matter.
    let kept = decided(KEEP_UNDECODED).map(|(item, _)| (item.evidence.taken_at, person(item))).max();
    findings.extend(case.of(Kind::DecoderDeaths).map(|(item, text)| {
        let (effect, words) = if case.subject.was_accepted() {
            (Effect::Notes, undecoded(item, text, kept.as_ref().map(|(_, who)| who.as_str())))
        } else {
            let words = format!(
                "Its pictures ended the programs that decode them ({}): a fault or an attack. Have the camera looked at; then have it decoded again, and it \
                 is judged without this.",
                quoted(text)
            );
            (Effect::Quarantines, words)
        };
        Finding::new(DEATHS, effect).words(words).seen_in(item)
    }));
    findings
}

/// What is said of a camera that goes on being recorded.
fn undecoded(item: Item<'_>, text: &str, kept_by: Option<&str>) -> String {
    let said = format!(
        "Its pictures ended the programs that decode them ({}): a fault or an attack. They are decoded no more; it goes on being recorded.",
        quoted(text)
    );
    match kept_by {
        Some(who) => format!("{said} {who} decided that it stays so, until it is decoded again or has other firmware."),
        None => {
            let by = Day::of(item.evidence.taken_at + WallDuration::from_seconds(DECIDE_DAYS * 86_400));
            format!(
                "{said} Decide by {by}: have it decoded again after it was looked at, keep recording it undecoded, or quarantine it."
            )
        }
    }
}

fn person(item: Item<'_>) -> String {
    match &item.evidence.source {
        Source::Person { name } => crate::neutralise(name, 80),
        _ => "Somebody".to_owned(),
    }
}
