//! What several tests start from: the sample of the manual, and small changes to it.

use candour_policy::{Mistakes, Policy};

/// The first TOML block of `docs/policy.md`.
pub fn sample() -> String {
    let manual = include_str!("../../../../docs/policy.md");
    let (_, from) = manual.split_once("```toml\n").expect("the manual has a sample");
    from.split_once("```").expect("the sample ends").0.to_owned()
}

/// The sample with one piece of text in place of another, which must be there.
#[allow(dead_code)]
pub fn changed(from: &str, to: &str) -> String {
    let sample = sample();
    assert!(sample.contains(from), "the sample has no {from:?}");
    sample.replacen(from, to, 1)
}

/// Reads it; it must be right.
#[allow(dead_code)]
#[track_caller]
pub fn policy(text: &str) -> Policy {
    match Policy::parse(text.as_bytes()) {
        Ok(policy) => policy,
        Err(Mistakes(mistakes)) => panic!("{}", Mistakes(mistakes)),
    }
}
