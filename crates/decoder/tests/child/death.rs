//! A decoder that dies or hangs costs its pictures and nothing else.

use std::time::{Duration, Instant};

use candour_decode::{Coding, Death, DecodeError, Decoder, Program, StartError, Wanted};
use rustix::process::{Pid, Signal, kill_process};

use crate::rig::{self, Hand, Unit};

fn signal(decoder: &Decoder<Hand>, signal: Signal) {
    let process = decoder.process().and_then(|process| Pid::from_raw(process as i32)).expect("it runs");
    kill_process(process, signal).expect("it is ours");
}

fn feed(decoder: &mut Decoder<Hand>, stream: u16, unit: &Unit) -> Result<candour_decode::Fed, DecodeError> {
    decoder.feed(stream, unit.pts, unit.key, &unit.data)
}

#[test]
fn after_a_kill_it_rests_begins_again_at_a_key_frame_and_bars_after_three() {
    let (mut decoder, clock) = rig::decoder(rig::program());
    let (coding, units) = rig::units("cars-sub.mp4");
    for stream in [1, 2] {
        decoder.open(stream, coding, Wanted::default());
        feed(&mut decoder, stream, &units[0]).expect("it lives");
    }
    for kill in 1..=3 {
        signal(&decoder, Signal::KILL);
        let Err(DecodeError::Lost(loss)) = feed(&mut decoder, 1, &units[1]) else { panic!("a dead decoder answers") };
        assert_eq!((loss.death, loss.stream, loss.kills), (Death::Signal(9), 1, kill));
        let resting = feed(&mut decoder, 2, &units[0]);
        let Err(DecodeError::Resting { ms }) = resting else { panic!("it does not rest: {resting:?}") };
        assert_eq!(ms, 500 << (kill - 1));
        clock.0.advance(ms * 1_000_000);
        let waits = feed(&mut decoder, 2, &units[1]).expect("another one runs");
        assert!(waits.waits_for_key && waits.pictures.is_empty());
        let again = feed(&mut decoder, 2, &units[10]).expect("another one runs");
        assert!(!again.waits_for_key && units[10].key);
        if kill < 3 {
            feed(&mut decoder, 1, &units[10]).expect("another one runs");
        }
    }
    assert!(matches!(feed(&mut decoder, 1, &units[20]), Err(DecodeError::Barred { stream: 1, kills: 3 })));
    assert!(feed(&mut decoder, 2, &units[20]).is_ok(), "the other stream goes on");
}

/// The limit of processor time ends every decoder one day.
#[test]
fn a_worn_one_blames_nobody_and_is_followed_at_once() {
    let (mut decoder, _) = rig::decoder(rig::program());
    let (coding, units) = rig::units("cars-sub.mp4");
    decoder.open(1, coding, Wanted::default());
    feed(&mut decoder, 1, &units[0]).expect("it lives");
    signal(&decoder, Signal::XCPU);
    let Err(DecodeError::Lost(loss)) = feed(&mut decoder, 1, &units[1]) else { panic!("a dead decoder answers") };
    assert_eq!((loss.death, loss.kills), (Death::Worn, 0));
    assert!(feed(&mut decoder, 1, &units[10]).is_ok());
}

#[test]
fn one_that_hangs_is_killed_in_time() {
    let (mut decoder, _) = rig::decoder(Program { patience: Duration::from_millis(400), ..rig::program() });
    let (coding, units) = rig::units("cars-sub.mp4");
    decoder.open(1, coding, Wanted::default());
    feed(&mut decoder, 1, &units[0]).expect("it lives");
    signal(&decoder, Signal::STOP);
    let begun = Instant::now();
    let Err(DecodeError::Lost(loss)) = feed(&mut decoder, 1, &units[1]) else { panic!("a stopped decoder answers") };
    assert_eq!(loss.death, Death::Hung);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(decoder.process(), None);
}

/// Something that is no decoder and says nothing, or that ends at once.
#[test]
fn what_is_no_decoder_is_no_decoder() {
    let ends = Program { path: "/bin/false".into(), ..rig::program() };
    let (mut decoder, _) = rig::decoder(ends);
    assert!(matches!(decoder.start(), Err(DecodeError::Start(StartError::Refused { .. }))));
    assert!(matches!(decoder.start(), Err(DecodeError::Resting { .. })), "it is not tried again at once");
    let (mut decoder, _) = rig::decoder(Program { path: "/nowhere/candour-decoder".into(), ..rig::program() });
    assert!(matches!(decoder.start(), Err(DecodeError::Start(StartError::Spawn { .. }))));
    let echoes = Program { path: "/bin/cat".into(), patience: Duration::from_millis(300), ..rig::program() };
    let (mut decoder, _) = rig::decoder(echoes);
    assert!(matches!(decoder.start(), Err(DecodeError::Start(StartError::NotReady { .. }))));
}

#[test]
fn a_stream_nobody_opened_is_an_error_and_no_question() {
    let (mut decoder, _) = rig::decoder(rig::program());
    let (coding, units) = rig::units("cars-sub.mp4");
    assert!(matches!(feed(&mut decoder, 9, &units[0]), Err(DecodeError::NotOpen { stream: 9 })));
    assert_eq!(decoder.process(), None, "no program is started for it");
    decoder.open(9, coding, Wanted::default());
    assert!(feed(&mut decoder, 9, &units[0]).is_ok());
    decoder.close(9);
    assert!(matches!(feed(&mut decoder, 9, &units[0]), Err(DecodeError::NotOpen { stream: 9 })));
    decoder.open(9, Coding::H265, Wanted::default());
    let fed = feed(&mut decoder, 9, &units[0]).expect("wrong bytes are a trouble, no death");
    assert!(fed.pictures.is_empty());
}
