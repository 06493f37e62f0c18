//! A decoder that dies or hangs costs its pictures and nothing else.

use std::time::{Duration, Instant};

use candour_decode::{
    Answer, Coding, Death, DecodeError, Decoder, Mechanisms, Program, StartError, Wanted, write_frame,
};
use candour_units::MediaTime;
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

/// A program in the decoder's place, written in Python: it says that it is ready, waits for a byte, and goes on in that manner.
pub fn taken_over(manner: &str) -> (tempfile::TempDir, Program) {
    use std::os::unix::fs::PermissionsExt as _;
    let frame = |answer: &Answer<'_>| {
        let (mut message, mut framed) = (Vec::new(), Vec::new());
        answer.encode(&mut message);
        write_frame(&mut framed, &message).expect("memory takes all");
        framed.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let ready = frame(&Answer::Ready { missing: Mechanisms::NONE });
    let (pts, luma) = (MediaTime::from_ticks(0), [7; 64 * 64]);
    let plane = frame(&Answer::Plane { stream: 1, pts, width: 64, height: 64, luma: &luma });
    let text = format!(
        "#!/usr/bin/python3\nimport socket, time\ns = socket.socket(fileno=0)\n\
         s.sendall(bytes.fromhex('{ready}'))\nplane = bytes.fromhex('{plane}')\ns.recv(1)\n{manner}\n"
    );
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("taken-over");
    std::fs::write(&path, text).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("it is ours");
    let program = Program { path, patience: Duration::from_secs(2), ..rig::program() };
    (directory, program)
}

/// Whoever took the decoder over can neither fill the service's memory nor keep it waiting.
#[test]
fn one_that_was_taken_over_is_ended() {
    let (coding, units) = rig::units("cars-sub.mp4");
    let endless = "while True:\n    s.sendall(plane)";
    let slow = "for byte in plane:\n    s.sendall(bytes([byte]))\n    time.sleep(0.5)";
    let deaf = "while True:\n    time.sleep(0.3)\n    s.recv(1)";
    for (manner, death) in [(endless, Death::Nonsense), (slow, Death::Hung), (deaf, Death::Hung)] {
        let (_directory, program) = taken_over(manner);
        let (mut decoder, _) = rig::decoder(program);
        decoder.open(1, coding, Wanted::default());
        let begun = Instant::now();
        let fed = decoder.start().and_then(|_| feed(&mut decoder, 1, &units[0]));
        let Err(DecodeError::Lost(loss)) = fed else { panic!("{manner}: {fed:?}") };
        assert_eq!(loss.death, death, "{manner}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{manner}");
        assert_eq!(decoder.process(), None);
    }
}
