//! Stills: what they show, what is refused, and that nothing hostile disturbs the next one.

use std::sync::{Arc, Mutex};

use candour_decode::{Death, Loss, MOST_KILLS, Still, StillError, Stills, Trouble, Whose};
use candour_media::{Clip, Codec, SampleEntry};
use candour_units::{CameraId, SimClock, StreamId, WallTime};
use rustix::process::{Pid, Signal, kill_process};

use crate::hostile::announcing;
use crate::rig;

fn whose(number: u8) -> Whose {
    Whose { camera: CameraId::from_bytes([number; 16]), stream: StreamId::from_bytes([number; 16]) }
}

fn clock() -> Arc<SimClock> {
    Arc::new(SimClock::at(WallTime::from_unix_seconds(1_800_000_000)))
}

fn stills() -> Stills {
    Stills::new(rig::program(), clock(), &[], Arc::new(|_, _| ()))
}

/// The first key frame of a clip as it is stored, with its sample entry.
fn key_of(name: &str) -> (SampleEntry, Vec<u8>) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage").join(name);
    let file = std::fs::read(path).expect("the footage is in the repository");
    let clip = Clip::read(&file).expect("it is a clip");
    let first = clip.samples.iter().find(|sample| sample.sync).expect("a key frame");
    let data = first.data(&file).to_vec();
    (clip.entry, data)
}

/// The picture that decoders for motion see, to compare with: the mean brightness of each of 4 by 4 fields.
fn fields(width: u16, height: u16, luma: &[u8]) -> Vec<u32> {
    let (width, height) = (usize::from(width), usize::from(height));
    let mut sums = vec![(0u64, 0u64); 16];
    for (at, level) in luma.iter().enumerate() {
        let (x, y) = (at % width, at / width);
        let (sum, count) = &mut sums[(y * 4 / height).min(3) * 4 + (x * 4 / width).min(3)];
        (*sum, *count) = (*sum + u64::from(*level), *count + 1);
    }
    sums.into_iter().map(|(sum, count)| (sum / count.max(1)) as u32).collect()
}

/// A JPEG read back by the same caged program, as a camera's would be.
fn read_back(still: &Still) -> (u16, u16, Vec<u8>) {
    let (mut decoder, _) = rig::decoder(rig::program());
    let wanted = candour_decode::Wanted { most_side: 512, every_ms: 0 };
    decoder.open(9, candour_decode::Coding::Mjpeg, wanted);
    let mut pictures =
        decoder.feed(9, candour_units::MediaTime::from_ticks(0), true, &still.jpeg).expect("it lives").pictures;
    pictures.extend(decoder.drain(9).expect("it lives").pictures);
    let plane = pictures.pop().expect("it is a JPEG");
    (plane.width, plane.height, plane.luma)
}

#[test]
fn every_coding_gives_a_still_of_the_size_that_was_asked_for() {
    let stills = stills();
    for (name, asked, size) in [
        ("cars-sub.mp4", 320, (320, 180)),
        ("cars-main.mp4", 320, (320, 180)),
        ("cars-h265.mp4", 400, (400, 224)),
        ("cars-jpeg.mov", 320, (320, 180)),
        ("pedestrians-main.mp4", 160, (160, 90)),
    ] {
        let (entry, data) = key_of(name);
        let still = stills.still(whose(1), &entry, &data, asked).expect("a still");
        assert_eq!((still.width, still.height), size, "{name}");
        let (width, height, luma) = read_back(&still);
        assert_eq!((width, height), size, "{name}");
        // Against the plane that motion sees of the same access unit: the same street, whatever the size.
        let (coding, units) = rig::units(name);
        let (mut decoder, _) = rig::decoder(rig::program());
        let first = units.iter().position(|unit| unit.key).expect("a key frame");
        let fed = rig::feed_all(&mut decoder, 1, coding, &units[first..=first], candour_decode::Wanted::default());
        let plane = fed.into_iter().flat_map(|fed| fed.pictures).next().expect("a plane");
        let (seen, shown) = (fields(plane.width, plane.height, &plane.luma), fields(width, height, &luma));
        // A narrow range was widened: black at 16 is 0 now.
        let narrow = entry.codec != Codec::Mjpeg;
        for (seen, shown) in seen.into_iter().zip(shown) {
            let expected = if narrow { (seen.max(16) - 16) * 255 / 219 } else { seen };
            assert!(expected.abs_diff(shown) <= 8, "{name}: {expected} and {shown}");
        }
    }
    assert_eq!(stills.processes().len(), 1, "one after the other takes one program");
}

#[test]
fn a_still_is_never_larger_than_its_picture() {
    let (entry, data) = key_of("cars-sub.mp4");
    let still = stills().still(whose(1), &entry, &data, u16::MAX).expect("a still");
    assert_eq!((still.width, still.height), (640, 360));
}

#[test]
fn hostile_pictures_are_named_and_the_next_still_is_made() {
    let stills = stills();
    let (entry, data) = key_of("cars-sub.mp4");
    let before = stills.still(whose(1), &entry, &data, 320).expect("a still");
    let set = &announcing(1024)[4..];
    let giant = SampleEntry { decoder_config: avcc(set, &entry).into(), ..entry.clone() };
    let refused = stills.still(whose(2), &giant, &data, 320);
    assert!(matches!(refused, Err(StillError::Trouble(Trouble::TooLarge))), "{refused:?}");
    let garbage = [&[0, 0, 0, 200, 0x65][..], &[0xa7; 199]].concat();
    let refused = stills.still(whose(2), &entry, &garbage, 320);
    assert!(matches!(refused, Err(StillError::Trouble(Trouble::Undecodable | Trouble::NoPicture))), "{refused:?}");
    let refused = stills.still(whose(2), &entry, &[0, 0, 0, 9, 0x65], 320);
    assert!(matches!(refused, Err(StillError::Unreadable(_))), "{refused:?}");
    let refused = stills.still(whose(2), &entry, &vec![0; candour_decode::MOST_UNIT + 1], 320);
    assert!(matches!(refused, Err(StillError::TooLarge { .. })), "{refused:?}");
    let (entry_jpeg, mut jpeg) = key_of("cars-jpeg.mov");
    let header = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).expect("a frame header");
    jpeg[header + 5..header + 9].copy_from_slice(&[0x40, 0, 0x40, 0]);
    let refused = stills.still(whose(2), &entry_jpeg, &jpeg, 320);
    assert!(matches!(refused, Err(StillError::Trouble(Trouble::TooLarge))), "{refused:?}");
    let process = stills.processes();
    assert_eq!(stills.still(whose(1), &entry, &data, 320).expect("a still"), before);
    assert_eq!(stills.processes(), process, "the same program made it");
}

/// A damaged key frame: one byte in fifty is another. Either it is refused, or it is a picture; never both, never a dead program.
#[test]
fn damage_is_refused_or_a_whole_jpeg() {
    let stills = stills();
    for name in ["cars-sub.mp4", "cars-h265.mp4", "cars-jpeg.mov"] {
        let (entry, mut data) = key_of(name);
        for at in (200..data.len()).step_by(50) {
            data[at] ^= 0x55;
        }
        match stills.still(whose(3), &entry, &data, 320) {
            Ok(still) => assert!(read_back(&still).2.len() > 1_000, "{name}"),
            Err(StillError::Trouble(_) | StillError::Unreadable(_)) => {}
            Err(other) => panic!("{name}: {other}"),
        }
    }
    assert_eq!(stills.processes().len(), 1);
}

/// `avcC` with another sequence parameter set and the picture parameter set of `entry`.
fn avcc(set: &[u8], entry: &SampleEntry) -> Vec<u8> {
    let record = &entry.decoder_config;
    let first = usize::from(u16::from_be_bytes([record[6], record[7]]));
    let rest = &record[8 + first..];
    [&record[..6], &(set.len() as u16).to_be_bytes(), set, rest].concat()
}

#[test]
fn many_at_once_share_two_programs() {
    let stills = Arc::new(stills());
    let (entry, data) = key_of("cars-sub.mp4");
    let made: Vec<Result<Still, StillError>> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| stills.still(whose(1), &entry, &data, 160))).collect();
        asked.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let good = made.iter().filter(|made| made.is_ok()).count();
    // On a machine that is busy with something else, some may have waited too long and been told so.
    assert!(good >= 2 && made.iter().all(|made| matches!(made, Ok(_) | Err(StillError::Busy))), "{made:?}");
    assert!((1..=2).contains(&stills.processes().len()));
}

#[test]
fn programs_that_nobody_needs_end() {
    let clock = clock();
    let stills = Stills::new(rig::program(), clock.clone(), &[], Arc::new(|_, _| ()));
    let (entry, data) = key_of("cars-sub.mp4");
    stills.still(whose(1), &entry, &data, 160).expect("a still");
    stills.rest();
    assert_eq!(stills.processes().len(), 1, "it may be needed again");
    clock.advance_s(31);
    stills.rest();
    assert_eq!(stills.processes(), [0u32; 0]);
    stills.still(whose(1), &entry, &data, 160).expect("another program starts");
}

/// Whoever asks is told at once, others go on after a rest, and the third time the stream is left alone.
#[test]
fn whose_pictures_end_programs_is_told_and_barred() {
    let (clock, told) = (clock(), Arc::new(Mutex::new(Vec::new())));
    let hears = told.clone();
    let hears = move |whose, loss: Loss| hears.lock().expect("no panic").push((whose, loss.death, loss.kills));
    let stills = Stills::new(rig::program(), clock.clone(), &[], Arc::new(hears));
    let (entry, data) = key_of("cars-sub.mp4");
    for kill in 1..=MOST_KILLS {
        stills.still(whose(2), &entry, &data, 160).expect("another camera's still is made");
        let process = Pid::from_raw(stills.processes()[0] as i32).expect("it runs");
        kill_process(process, Signal::KILL).expect("it is ours");
        let lost = stills.still(whose(1), &entry, &data, 160);
        assert!(matches!(&lost, Err(StillError::Lost(loss)) if loss.kills == kill), "{lost:?}");
        let rests = stills.still(whose(2), &entry, &data, 160);
        assert!(matches!(rests, Err(StillError::Resting { ms: 1..=2_000 })), "{rests:?}");
        clock.advance_s(61);
    }
    assert!(matches!(stills.still(whose(1), &entry, &data, 160), Err(StillError::Barred { kills: MOST_KILLS })));
    stills.still(whose(2), &entry, &data, 160).expect("another camera's still is made");
    let expected: Vec<_> = (1..=MOST_KILLS).map(|kill| (whose(1), Death::Signal(9), kill)).collect();
    assert_eq!(*told.lock().expect("no panic"), expected);
    // Until a person looked into it; and what was counted before a restart counts.
    stills.pardon(whose(1).stream);
    stills.still(whose(1), &entry, &data, 160).expect("it is decoded again");
    let again = Stills::new(rig::program(), clock, &[(whose(1).stream, MOST_KILLS)], Arc::new(|_, _| ()));
    assert!(matches!(again.still(whose(1), &entry, &data, 160), Err(StillError::Barred { .. })));
}

/// The limit of processor time ends every program one day: another makes the still, and nobody is to blame.
#[test]
fn a_worn_program_costs_no_still() {
    let stills = stills();
    let (entry, data) = key_of("cars-sub.mp4");
    stills.still(whose(1), &entry, &data, 160).expect("a still");
    let process = Pid::from_raw(stills.processes()[0] as i32).expect("it runs");
    kill_process(process, Signal::XCPU).expect("it is ours");
    stills.still(whose(1), &entry, &data, 160).expect("a still of another program");
    assert_ne!(stills.processes(), [process.as_raw_nonzero().get() as u32]);
}

/// The program after a worn one gets the same picture; what that does to it is told as of any other.
#[test]
fn what_a_picture_does_to_the_second_program_is_told_too() {
    let room = tempfile::tempdir().expect("a temporary directory");
    let marker = room.path().join("worn");
    let manner = format!(
        "import os, signal\nif os.path.exists({marker:?}): os._exit(7)\nopen({marker:?}, 'w').close()\n\
         os.kill(os.getpid(), signal.SIGXCPU)\ntime.sleep(9)"
    );
    let (_directory, program) = crate::death::taken_over(&manner);
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = told.clone();
    let hears = move |whose, loss: Loss| hears.lock().expect("no panic").push((whose, loss.death, loss.kills));
    let stills = Stills::new(program, clock(), &[], Arc::new(hears));
    let (entry, data) = key_of("cars-sub.mp4");
    let lost = stills.still(whose(1), &entry, &data, 160);
    assert!(matches!(&lost, Err(StillError::Lost(loss)) if loss.death == Death::Exit(7)), "{lost:?}");
    assert_eq!(*told.lock().expect("no panic"), [(whose(1), Death::Exit(7), 1)]);
}
