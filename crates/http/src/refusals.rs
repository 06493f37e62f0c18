//! Refused sign-ins in the log: each one, until they come in floods; then counted per minute and address, so that
//! nobody can hide another act behind them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_units::MonoTime;

/// Refusals a minute that get an entry of their own.
const SINGLY: u32 = 10;
/// Addresses told apart in a minute; the rest are counted together.
const ADDRESSES: usize = 100;
const MINUTE_NS: i64 = 60_000_000_000;

#[derive(Default)]
struct Minute {
    began: MonoTime,
    seen: u32,
    counted: BTreeMap<String, u32>,
}

/// The minute that runs.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<Minute>);

impl Refusals {
    /// Notes a refusal; gives the entry to write now, or `None` when it is only counted.
    pub(crate) fn note(&self, address: IpAddr, name: &str, why: &str) -> Option<Event> {
        let mut minute = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        minute.seen += 1;
        if minute.seen <= SINGLY {
            // What was typed as a name may be a password typed into the wrong field, so only its length is kept.
            let outcome = serde_json::json!({ "name_length": name.chars().count(), "why": why });
            return Some(event(address.to_string(), outcome));
        }
        let mut key = address.to_string();
        if minute.counted.len() >= ADDRESSES && !minute.counted.contains_key(&key) {
            key = "others".to_owned();
        }
        *minute.counted.entry(key).or_default() += 1;
        None
    }

    /// The summaries of a minute that is over; called every few seconds.
    pub(crate) fn due(&self, now: MonoTime) -> Vec<Event> {
        let mut minute = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if now.nanos() - minute.began.nanos() < MINUTE_NS {
            return Vec::new();
        }
        let over = std::mem::replace(&mut *minute, Minute { began: now, ..Minute::default() });
        over.counted
            .into_iter()
            .map(|(address, count)| event(address, serde_json::json!({ "count": count, "why": "flood" })))
            .collect()
    }
}

fn event(address: String, outcome: serde_json::Value) -> Event {
    Event {
        kind: EventKind::SignInRefused,
        actor: Actor::Unknown { address },
        subject: Subject::default(),
        outcome: outcome.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_nothing_is_lost() {
        let refusals = Refusals::default();
        let address: IpAddr = [10, 0, 0, 9].into();
        let start = MonoTime::from_nanos(0);
        let singly = (0..1000).filter_map(|_| refusals.note(address, "ada", "wrong")).count();
        assert_eq!(singly, SINGLY as usize);
        assert!(refusals.due(start.plus_millis(59_999)).is_empty());
        let due = refusals.due(start.plus_millis(60_000));
        assert_eq!(due.len(), 1);
        assert!(due[0].outcome.contains("990"), "{}", due[0].outcome);
        assert!(refusals.due(start.plus_millis(120_000)).is_empty());
        assert!(refusals.note(address, "ada", "wrong").is_some());
    }

    #[test]
    fn a_typed_name_is_not_kept() {
        let event = Refusals::default().note([10, 0, 0, 9].into(), "my password", "wrong");
        assert!(!event.expect("the first is written").outcome.contains("my password"));
    }
}
