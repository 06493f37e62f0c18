//! The four field groups of an event as JSON texts with sorted keys: what the log commits to.

use candour_ledger::canonical_object;
use serde_json::{Map, Value, json};

use crate::{Actor, Event, LogError, Subject};

/// Texts of who, what, why and sent, in this order.
pub(crate) fn texts_of(event: &Event) -> Result<[String; 4], LogError> {
    let outcome = if event.outcome.is_empty() { "{}" } else { &event.outcome };
    let sent = canonical_object(outcome).map_err(|error| LogError::Outcome { what: error.what })?;
    Ok([text(who(&event.actor)), text(what(&event.subject)?), text(why(&event.subject)), sent])
}

fn text(object: Map<String, Value>) -> String {
    canonical_object(&Value::Object(object).to_string()).expect("an object made here is an object")
}

fn who(actor: &Actor) -> Map<String, Value> {
    let mut out = Map::new();
    match actor {
        Actor::Recorder => put(&mut out, "kind", Some("recorder")),
        Actor::Unknown { address } => {
            put(&mut out, "kind", Some("unknown"));
            put(&mut out, "address", Some(address.as_str()));
        }
        Actor::Person { person, name, session, station, address } => {
            put(&mut out, "kind", Some("person"));
            put(&mut out, "person", Some(person.to_string()));
            put(&mut out, "name", Some(name.as_str()));
            put(&mut out, "session", Some(session.to_string()));
            put(&mut out, "station", station.map(|station| station.to_string()));
            put(&mut out, "address", Some(address.as_str()));
        }
    }
    out
}

fn what(subject: &Subject) -> Result<Map<String, Value>, LogError> {
    let mut out = Map::new();
    let cameras: Vec<String> = subject.cameras.iter().map(ToString::to_string).collect();
    put(&mut out, "cameras", (!cameras.is_empty()).then_some(cameras));
    let interval = subject
        .interval
        .map(|interval| json!({ "start_90k": interval.start.ticks(), "end_90k": interval.end.ticks() }));
    put(&mut out, "interval", interval);
    let read = |one: &String| serde_json::from_str(one).map_err(|error| LogError::Outcome { what: error.to_string() });
    let certificates = subject.certificates.iter().map(read).collect::<Result<Vec<Value>, LogError>>()?;
    put(&mut out, "certificates", (!certificates.is_empty()).then_some(certificates));
    Ok(out)
}

fn why(subject: &Subject) -> Map<String, Value> {
    let mut out = Map::new();
    put(&mut out, "purpose", subject.purpose.map(|purpose| purpose.to_string()));
    put(&mut out, "reason", subject.reason.as_deref());
    out
}

/// Absent things have no key, so that there is one way to say nothing.
fn put(out: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        out.insert(key.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use candour_units::{CameraId, PersonId, PurposeId, SessionId, StationId, WallRange, WallTime};

    use super::*;
    use crate::EventKind;

    #[track_caller]
    fn check(actor: Actor, subject: Subject, outcome: &str, expected: [&str; 4]) {
        let event = Event { kind: EventKind::LookLive, actor, subject, outcome: outcome.to_owned() };
        assert_eq!(texts_of(&event).expect("an object"), expected);
    }

    #[test]
    fn groups_have_one_spelling() {
        check(Actor::Recorder, Subject::default(), "", [r#"{"kind":"recorder"}"#, "{}", "{}", "{}"]);
        let unknown = Actor::Unknown { address: "192.0.2.1".to_owned() };
        let expected = [r#"{"address":"192.0.2.1","kind":"unknown"}"#, "{}", "{}", r#"{"a":1,"b":2}"#];
        check(unknown, Subject::default(), r#" {"b":2, "a":1} "#, expected);
        let person = Actor::Person {
            person: PersonId::from_bytes([1; 16]),
            name: "Zoë \"Z\"".to_owned(),
            session: SessionId::from_bytes([2; 16]),
            station: Some(StationId::from_bytes([3; 16])),
            address: "2001:db8::1".to_owned(),
        };
        let subject = Subject {
            cameras: vec![CameraId::from_bytes([4; 16])],
            interval: WallRange::new(WallTime::from_ticks(10), WallTime::from_ticks(20)),
            purpose: Some(PurposeId::from_bytes([5; 16])),
            reason: Some("case 7".to_owned()),
            certificates: vec![r#"{"segment": "5"}"#.to_owned()],
        };
        let expected = [
            r#"{"address":"2001:db8::1","kind":"person","name":"Zoë \"Z\"","person":"01010101010101010101010101010101","session":"02020202020202020202020202020202","station":"03030303030303030303030303030303"}"#,
            r#"{"cameras":["04040404040404040404040404040404"],"certificates":[{"segment":"5"}],"interval":{"end_90k":20,"start_90k":10}}"#,
            r#"{"purpose":"05050505050505050505050505050505","reason":"case 7"}"#,
            "{}",
        ];
        check(person, subject, "{}", expected);
    }

    #[test]
    fn an_outcome_that_is_no_object_is_refused() {
        for outcome in ["[]", "3", "{", "{} x"] {
            let event = Event {
                kind: EventKind::SetUp,
                actor: Actor::Recorder,
                subject: Subject::default(),
                outcome: outcome.to_owned(),
            };
            assert!(matches!(texts_of(&event), Err(LogError::Outcome { .. })), "{outcome}");
        }
    }
}
