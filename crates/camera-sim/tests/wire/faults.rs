//! Each fault does what it says, and the stream is sound again afterwards.

use camera_sim::fault::{Fault, StreamName};

use crate::rig::Rig;
use crate::rtsp::{Received, Session};

const SUB: Option<StreamName> = Some(StreamName::Sub);

fn session(rig: &Rig) -> Session {
    Session::play(&rig.camera().sub_url, "viewer", "secret").unwrap_or_else(|error| panic!("{error}"))
}

fn strike(rig: &Rig, fault: &Fault) {
    rig.simulator
        .strike("Camera", fault)
        .unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)));
}

/// Receives after `last` until `found` and returns that access unit and the one before it.
fn receive_until(
    session: &mut Session,
    mut last: Received,
    found: impl Fn(&Received, &Received) -> bool,
) -> (Received, Received) {
    for _ in 0..60 {
        let unit = session.unit().unwrap_or_else(|error| panic!("{error}"));
        if found(&last, &unit) {
            return (last, unit);
        }
        last = unit;
    }
    panic!("nothing of the kind within six seconds");
}

fn ticks(last: &Received, unit: &Received) -> u32 {
    unit.rtp_timestamp.wrapping_sub(last.rtp_timestamp)
}

#[test]
fn a_stall_shows_as_a_gap_in_time_and_ends_with_a_key_frame() {
    let rig = Rig::start("");
    let mut session = session(&rig);
    let last = session.unit().expect("the stream runs");
    strike(&rig, &Fault::Stall { seconds: 1.0, stream: SUB });
    let (last, unit) = receive_until(&mut session, last, |last, unit| ticks(last, unit) > 9000);
    assert!(ticks(&last, &unit) >= 80_000 && unit.has(5), "{} ticks", ticks(&last, &unit));
}

#[test]
fn garbage_travels_in_sound_packets_and_ends_with_a_key_frame() {
    let rig = Rig::start("");
    let mut session = session(&rig);
    session.unit().expect("the stream runs");
    strike(&rig, &Fault::Garbage { seconds: 0.5, stream: None });
    let received: Vec<_> = (0..25).map(|_| session.unit().expect("the stream runs")).collect();
    session.unit().expect("all of them are in the journal now");
    let journal = rig.journal();
    let line = |unit: &Received| journal.iter().find(|line| line.rtp_timestamp == unit.rtp_timestamp);
    let lines: Vec<_> = received.iter().map(|unit| line(unit).expect("what arrives was sent")).collect();

    let garbage = lines.iter().filter(|line| line.garbage).count();
    assert!((3..=6).contains(&garbage), "half a second of garbage at 10 per second: {garbage}");
    for (unit, line) in received.iter().zip(&lines) {
        let hash = if line.garbage { None } else { Some(unit.sha256()) };
        assert_eq!(line.sha256, hash, "access unit {}", line.sequence);
    }
    let end = lines.iter().rposition(|line| line.garbage).expect("there was garbage");
    assert!(received[end + 1].has(5) && lines[end + 1].key, "the footage goes on with a key frame");
}

#[test]
fn a_drop_closes_connections_and_the_port_and_comes_back() {
    let rig = Rig::start("");
    let mut dropped = session(&rig);
    dropped.unit().expect("the stream runs");
    strike(&rig, &Fault::Drop { seconds: 1.0 });
    let end = (0..1000).find_map(|_| dropped.unit().err()).expect("the connection ends");
    assert!(end.contains("ended"), "{end}");
    let refused = Session::play(&rig.camera().sub_url, "viewer", "secret").err().expect("nobody listens");
    assert!(refused.contains("refused"), "{refused}");
    let back = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        Session::play(&rig.camera().sub_url, "viewer", "secret").ok()
    });
    back.expect("the port is open again").unit().expect("and the stream runs");
}

#[test]
fn a_switch_brings_new_parameter_sets_in_the_same_session() {
    let rig = Rig::start("");
    let mut session = session(&rig);
    let sps = |unit: &Received| unit.nals.iter().find(|nal| nal[0] & 31 == 7).cloned();
    let last = session.unit().expect("the stream runs");
    let (_, before) = receive_until(&mut session, last, |_, unit| unit.has(7));
    strike(&rig, &Fault::Switch { footage: Some("cars".to_owned()), clip: Some(StreamName::Main), stream: SUB });
    let (last, unit) = receive_until(&mut session, before.clone(), |_, unit| unit.has(7) && sps(unit) != sps(&before));
    assert!(unit.has(5), "a key frame follows its parameter sets");
    assert!(ticks(&last, &unit) <= 9000, "the time line goes on: {} ticks", ticks(&last, &unit));
    let (last, unit) = (session.unit().expect("it runs"), session.unit().expect("it runs"));
    assert_eq!(ticks(&last, &unit), 3600, "25 access units a second, as the main clip has");
}

#[test]
fn a_restarted_clock_jumps_and_loses_nothing() {
    for jump_s in [1000.0, -1000.0] {
        let rig = Rig::start("");
        let mut session = session(&rig);
        let last = session.unit().expect("the stream runs");
        strike(&rig, &Fault::RestartClock { jump_s, stream: None });
        let (last, unit) = receive_until(&mut session, last, |last, unit| ticks(last, unit) != 9000);
        assert_eq!(ticks(&last, &unit) as i32, (jump_s * 90_000.0) as i32 + 9000);
        let next = session.unit().expect("it runs");
        assert_eq!(ticks(&unit, &next), 9000);
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_a_sentence() {
    let rig = Rig::start("");
    let check = |fault: &Fault, expected: &str| {
        let error = rig.simulator.strike("Camera", fault).expect_err("this cannot be done");
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(source.contains(expected), "{error}: {source}");
    };
    check(&Fault::Stall { seconds: -1.0, stream: None }, "seconds = -1");
    check(&Fault::Drop { seconds: 1e9 }, "seconds = 1000000000");
    check(&Fault::Switch { footage: Some("circus".to_owned()), clip: None, stream: None }, "circus");
    check(&Fault::RestartClock { jump_s: 1e9, stream: None }, "jump_s");
}
