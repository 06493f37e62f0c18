//! Against simulated cameras: real RTSP servers in a process of their own, with a journal of what they sent.

use std::path::Path;

use camera_sim::fault::{Fault, StreamName};
use camera_sim::journal::SentAccessUnit;
use camera_sim::process::{Simulator, program};
use candour_media::{Codec, Sample};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::doubles::Heard;

const PATIENT: Duration = Duration::from_secs(40);
const MAIN: Option<StreamName> = Some(StreamName::Main);
const SUB: Option<StreamName> = Some(StreamName::Sub);

/// Two cameras, "One" and "Two", two of other codings, "H265" and "JPEG", and the journal of what they sent.
struct Rig {
    simulator: Simulator,
    directory: tempfile::TempDir,
    lanes: Lanes,
}

impl Rig {
    fn start(start_offset_s: f64) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let footage = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage");
        let pair = |name: &str| {
            let path = |clip: &str| footage.join(format!("{name}-{clip}.mp4")).display().to_string();
            format!("[[footage]]\nname = \"{name}\"\nmain = {:?}\nsub = {:?}\n", path("main"), path("sub"))
        };
        let camera = |name: &str| {
            format!(
                "[[camera]]\nname = \"{name}\"\naddress = \"127.0.0.1\"\nmake = \"Candour Lab\"\nmodel = \"Lab\"\n\
                 firmware = \"1\"\nserial = \"{name}\"\nhardware = \"1\"\nmac = \"FC:00:0C:00:00:01\"\n\
                 user = \"viewer\"\npassword = \"planted-secret\"\nclock_error_s = 90\nfootage = \"pedestrians\"\n\
                 start_offset_s = {start_offset_s:.1}\nrtp_timestamp_start = 4294877296\n"
            )
        };
        // Cameras of other codings; nobody is told when a clip of theirs begins.
        let other = |name: &str, clip: &str| {
            let path = footage.join(clip).display().to_string();
            let footage = format!("[[footage]]\nname = \"{name}\"\nmain = {path:?}\nsub = {path:?}\n");
            (footage, camera(name).replace("\"pedestrians\"", &format!("\"{name}\"")))
        };
        let (h265, jpeg) = (other("H265", "cars-h265.mp4"), other("JPEG", "cars-jpeg.mov"));
        let footage = [pair("pedestrians"), pair("cars"), h265.0, jpeg.0].concat();
        let file = [footage, camera("One"), camera("Two"), h265.1, jpeg.1].concat();
        let path = directory.path().join("cameras.toml");
        std::fs::write(&path, file).expect("the temporary directory is ours");
        let journal = directory.path().join("units").display().to_string();
        let simulator = Simulator::start(&program(), &path, &["--log-access-units", &journal])
            .unwrap_or_else(|error| panic!("{error}"));
        Self { simulator, directory, lanes: lanes() }
    }

    fn add(&self, camera: &str, kind: StreamKind, password: &str) -> (StreamHandle, Arc<Notebook>) {
        self.add_within(camera, kind, password, Limits::NONE, None)
    }

    fn add_within(
        &self,
        camera: &str,
        kind: StreamKind,
        password: &str,
        limits: Limits,
        clearance: Option<Arc<dyn Clearance>>,
    ) -> (StreamHandle, Arc<Notebook>) {
        let ready = self.simulator.camera(camera).expect("one of the two");
        let uri = if kind == StreamKind::Main { &ready.main_url } else { &ready.sub_url };
        let target = Target::new(uri, ready.address).expect("the camera's own address");
        let credentials = Some(Credentials { username: "viewer".into(), password: password.into() });
        let label = camera.into();
        let camera = CameraId::from_bytes([1; 16]);
        let order = Order { camera, target, credentials, kind, label, limits, clearance };
        let notes = Arc::new(Notebook::default());
        (self.lanes.add_checked(order, notes.clone()), notes)
    }

    /// Adds with the right password and waits for the first sample.
    fn receive(&self, camera: &str, kind: StreamKind) -> (StreamHandle, Arc<Notebook>) {
        let (handle, notes) = self.add(camera, kind, "planted-secret");
        notes.wait_for_samples(1, PATIENT);
        assert_eq!(handle.status().state, StreamState::Receiving);
        (handle, notes)
    }

    fn strike(&self, camera: &str, fault: &Fault) {
        self.simulator.strike(camera, fault).unwrap_or_else(|error| panic!("{error}"));
    }

    fn journal(&self, camera: &str) -> Vec<SentAccessUnit> {
        let lines = std::fs::read_to_string(self.directory.path().join("units")).expect("the journal exists");
        let units = lines.lines().filter_map(|line| serde_json::from_str::<SentAccessUnit>(line).ok());
        units.filter(|unit| unit.camera == camera).collect()
    }
}

fn sha256(sample: &Sample) -> String {
    Sha256::digest(&sample.data).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Waits until the story so far ends with `words`.
#[track_caller]
fn wait_for_story(notes: &Notebook, words: &str) {
    notes.wait_for(words, PATIENT, |_| true);
    let until = std::time::Instant::now() + PATIENT;
    while !notes.story().ends_with(words) {
        assert!(
            std::time::Instant::now() < until,
            "{words} did not come; heard: {}; {:?}",
            notes.story(),
            notes.ends()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// B-frames, a loop of the footage and a wrap of the RTP timestamp: every access unit comes byte for byte, with the times
/// the camera meant, on one timeline.
#[test]
fn a_stream_with_b_frames_keeps_bytes_and_times_over_loop_and_wrap() {
    let rig = Rig::start(11.9);
    let (_handle, notes) = rig.receive("One", StreamKind::Main);
    notes.wait_for_samples(80, PATIENT);
    let (samples, journal) = (notes.samples(), rig.journal("One"));
    assert_eq!(notes.story(), "started samples");
    assert!(samples.windows(2).all(|pair| pair[0].dts < pair[1].dts), "dts increase");
    assert!(samples.windows(2).all(|pair| pair[0].arrival <= pair[1].arrival), "arrivals never decrease");
    assert!(samples.windows(2).any(|pair| pair[0].pts > pair[1].pts), "there are B-frames");
    // At most two pictures are shown later than one that is decoded after them.
    assert!(samples.iter().all(|s| (0..=3 * 3600).contains(&(s.pts.ticks() - s.dts.ticks()))), "pts close to dts");

    let first = journal.iter().position(|unit| unit.sha256.as_deref() == Some(&*sha256(&samples[0])));
    let sent = &journal[first.expect("the first sample was sent")..];
    for (sample, unit) in samples.iter().zip(sent) {
        assert_eq!(unit.sha256.as_deref(), Some(&*sha256(sample)), "access unit {}", unit.sequence);
        assert_eq!(sample.sync, unit.key);
        let (ours, theirs) = (sample.pts.ticks() - samples[0].pts.ticks(), unit.pts_90k - sent[0].pts_90k);
        assert!((ours - theirs).abs() <= 1, "access unit {}: {ours} for {theirs}", unit.sequence);
    }
    let seen = &sent[..samples.len().min(sent.len())];
    // 350 access units are one turn; the camera began 11.9 s into it.
    let turn = |unit: &SentAccessUnit| (unit.sequence + 297) / 350;
    assert!(turn(&seen[0]) < turn(&seen[seen.len() - 1]), "the footage began again");
    let wraps =
        seen.windows(2).filter(|pair| pair[0].rtp_timestamp.saturating_sub(pair[1].rtp_timestamp) > 0x8000_0000);
    assert!(wraps.count() >= 1, "the RTP timestamp wrapped");

    let Heard::Started(entry, evidence, at) = &notes.all()[0] else { panic!("the run first") };
    assert_eq!((entry.codec, entry.width, entry.height, entry.timescale), (Codec::H264, 1920, 1080, 90_000));
    assert_eq!((*at, evidence.camera_ahead), (samples[0].arrival, None));
    // What is stored must have no parameter sets inside: they stand in the entry.
    let nals = candour_media::nals(&samples[0].data).map(|nal| nal.expect("whole")[0] & 0x1f).collect::<Vec<_>>();
    assert!(nals.contains(&5) && !nals.contains(&7) && !nals.contains(&8), "{nals:?}");
}

#[test]
fn the_sub_stream_comes_with_its_own_entry_and_the_cameras_clock() {
    let rig = Rig::start(0.0);
    let (handle, notes) = rig.receive("One", StreamKind::Sub);
    notes.wait_for("the camera's clock", PATIENT, |heard| heard.iter().any(|h| matches!(h, Heard::Evidence(_))));
    let all = notes.all();
    let Heard::Started(entry, ..) = &all[0] else { panic!("the run first") };
    assert_eq!((entry.width, entry.height), (640, 360));
    let ahead = all.iter().find_map(|h| if let Heard::Evidence(e) = h { e.camera_ahead } else { None });
    let seconds = ahead.expect("a claim").ticks() / 90_000;
    assert!((88..=92).contains(&seconds), "the camera's clock is 90 s ahead, not {seconds}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let status = handle.status();
    assert_eq!((status.lost_packets, status.failures, status.panics, status.last_error.as_deref()), (0, 0, 0, None));
    assert!((1..=notes.samples().len() as u64).contains(&status.samples) && status.bytes > 0, "{status:?}");
    runtime.block_on(handle.stop(GapCause::NoPurpose));
    let heard = notes.all().len();
    assert_eq!(notes.story(), "started samples ended:no_purpose");
    notes.wait_for("nothing", Duration::ZERO, |now| now.len() == heard);
}

#[test]
fn a_wrong_password_is_a_refusal_and_is_not_tried_again_soon() {
    let rig = Rig::start(0.0);
    let (handle, notes) = rig.add("One", StreamKind::Main, "wrong");
    notes.wait_for_end(GapCause::CameraRefusedUs, PATIENT);
    let status = handle.status();
    let StreamState::Waiting { until, cause: GapCause::CameraRefusedUs } = status.state else { panic!("{status:?}") };
    assert!((until - status.since).seconds_floor() >= 60, "{status:?}");
    assert_eq!(status.failures, 1);
    assert!(status.last_error.as_deref().is_some_and(|detail| detail.contains("401")), "{status:?}");
    assert_eq!(notes.story(), "ended:camera_refused_us");
}

#[test]
fn a_silent_camera_is_noticed_and_comes_back() {
    let rig = Rig::start(0.0);
    let (_handle, notes) = rig.receive("One", StreamKind::Sub);
    let (_other, undisturbed) = rig.receive("Two", StreamKind::Sub);
    rig.strike("One", &Fault::Stall { seconds: 6.0, stream: None });
    notes.wait_for_end(GapCause::CameraStalled, PATIENT);
    assert!(notes.ends()[0].1.contains("no picture came for 5 s"));
    wait_for_story(&notes, "ended:camera_stalled started samples");
    assert_eq!(undisturbed.story(), "started samples");
}

#[test]
fn a_short_silence_is_no_end() {
    let rig = Rig::start(0.0);
    let (_handle, notes) = rig.receive("One", StreamKind::Sub);
    rig.strike("One", &Fault::Stall { seconds: 1.0, stream: None });
    notes.wait_for("two seconds between samples", PATIENT, |heard| {
        let dts: Vec<_> =
            heard.iter().filter_map(|h| if let Heard::Sample(s) = h { Some(s.dts.ticks()) } else { None }).collect();
        dts.windows(2).any(|pair| pair[1] - pair[0] > 80_000)
    });
    assert_eq!(notes.story(), "started samples");
}

#[test]
fn a_lost_camera_is_connected_again() {
    let rig = Rig::start(0.0);
    let (handle, notes) = rig.receive("One", StreamKind::Main);
    rig.strike("One", &Fault::Drop { seconds: 1.0 });
    notes.wait_for_end(GapCause::CameraLost, PATIENT);
    wait_for_story(&notes, "ended:camera_lost started samples");
    assert!(notes.ends().iter().all(|(cause, _)| *cause == GapCause::CameraLost), "{:?}", notes.ends());
    assert_eq!((handle.status().state, handle.status().panics), (StreamState::Receiving, 0));
    let samples = notes.samples();
    let again = samples.iter().rposition(|sample| sample.dts.ticks() == 0).expect("a second run");
    assert!(again > 0 && samples[again].sync);
}

/// Random bytes where slices should be, in sound packets and behind sound NAL headers: only a decoder could tell, so they
/// are kept as sent. Should one of them break the packets' rules, the connection ends as garbage.
#[test]
fn garbage_from_one_camera_disturbs_no_other() {
    let rig = Rig::start(0.0);
    let (handle, notes) = rig.receive("One", StreamKind::Main);
    let (_other, undisturbed) = rig.receive("Two", StreamKind::Main);
    let before = (notes.samples().len(), undisturbed.samples().len());
    rig.strike("One", &Fault::Garbage { seconds: 1.0, stream: MAIN });
    undisturbed.wait_for_samples(before.1 + 50, PATIENT);
    notes.wait_for_samples(before.0 + 50, PATIENT);
    assert!(rig.journal("One").iter().any(|unit| unit.garbage), "garbage was sent");
    assert!(notes.ends().iter().all(|(cause, _)| *cause == GapCause::CameraGarbage), "{:?}", notes.ends());
    assert_eq!(handle.status().panics, 0);
    // The footage is back, byte for byte.
    let (last, sent) = (sha256(notes.samples().last().expect("some")), rig.journal("One"));
    assert!(sent.iter().any(|unit| unit.sha256.as_deref() == Some(&*last)), "the last sample was never sent");
    assert_eq!(undisturbed.story(), "started samples");
    let steps = undisturbed.samples();
    assert!(steps.windows(2).all(|pair| pair[1].dts.ticks() - pair[0].dts.ticks() <= 3600));
}

#[test]
fn a_change_of_resolution_goes_on_in_the_same_run() {
    let rig = Rig::start(0.0);
    let (_handle, notes) = rig.receive("One", StreamKind::Main);
    rig.strike("One", &Fault::Switch { footage: Some("cars".into()), clip: SUB, stream: MAIN });
    wait_for_story(&notes, "entry samples");
    assert_eq!(notes.story(), "started samples entry samples");
    let all = notes.all();
    let at = all.iter().position(|h| matches!(h, Heard::Entry(_))).expect("just seen");
    let (Heard::Entry(entry), Heard::Sample(next)) = (&all[at], &all[at + 1]) else { panic!("a sample follows") };
    assert_eq!((entry.width, entry.height), (640, 360));
    assert!(next.sync);
}

fn across(most: u32) -> Limits {
    Limits { pixels_across: Some(most), ..Limits::NONE }
}

/// A stream that is too wide from the start: nothing of it is handed on, in whatever coding.
#[test]
fn a_stream_wider_than_its_limit_is_not_received() {
    let rig = Rig::start(0.0);
    for (camera, most, width) in [("One", 1919, 1920), ("H265", 1279, 1280), ("JPEG", 639, 640)] {
        let (handle, notes) = rig.add_within(camera, StreamKind::Main, "planted-secret", across(most), None);
        notes.wait_for_end(GapCause::AboveCap, PATIENT);
        assert_eq!(notes.story(), "ended:above_cap", "{camera}");
        assert_eq!(notes.ends()[0].1, format!("the picture is {width} pixels across; the policy allows {most}"));
        let status = handle.status();
        assert!(matches!(status.state, StreamState::Waiting { cause: GapCause::AboveCap, .. }), "{status:?}");
        assert_eq!(status.samples, 0);
        // At its limit it is received.
        let (_handle, notes) = rig.add_within(camera, StreamKind::Main, "planted-secret", across(most + 1), None);
        notes.wait_for_samples(3, PATIENT);
    }
}

#[test]
fn a_stream_that_becomes_wider_than_its_limit_is_stopped_within_two_seconds() {
    let rig = Rig::start(0.0);
    let (_handle, notes) = rig.add_within("One", StreamKind::Sub, "planted-secret", across(640), None);
    let (_other, undisturbed) = rig.receive("Two", StreamKind::Sub);
    notes.wait_for_samples(5, PATIENT);
    let since = std::time::Instant::now();
    rig.strike("One", &Fault::Switch { footage: None, clip: MAIN, stream: SUB });
    notes.wait_for_end(GapCause::AboveCap, Duration::from_secs(2));
    let took = since.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(notes.story(), "started samples ended:above_cap");
    // What ended it was sent, and is not among what was handed on. The line in the journal may come after the packets.
    let handed_on: Vec<_> = notes.samples().iter().map(|sample| sha256(sample)).collect();
    let wide = || {
        let sent = rig.journal("One").into_iter().filter(|unit| unit.stream == StreamName::Sub);
        sent.filter(|unit| unit.key).filter_map(|unit| unit.sha256).find(|sha| !handed_on.contains(sha))
    };
    let until = std::time::Instant::now() + PATIENT;
    while wide().is_none() {
        assert!(std::time::Instant::now() < until, "no wide picture was sent");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(undisturbed.story(), "started samples");
}

#[test]
fn a_stream_faster_than_its_limit_is_stopped() {
    let rig = Rig::start(0.0);
    let slow = Limits { frames_per_second: Some(10), ..Limits::NONE };
    let (_sub, good) = rig.add_within("One", StreamKind::Sub, "planted-secret", slow, None);
    let (_main, notes) = rig.add_within("One", StreamKind::Main, "planted-secret", slow, None);
    notes.wait_for_end(GapCause::AboveCap, PATIENT);
    // A key frame comes every two seconds, so it may have ended before it began.
    assert!(notes.story().ends_with("ended:above_cap"), "{}", notes.story());
    assert!(notes.samples().len() < 50, "{} pictures at 25 a second", notes.samples().len());
    good.wait_for_samples(40, PATIENT);
    assert_eq!(good.story(), "started samples");
}

/// Says yes or no, and counts how often it was asked.
struct Says(Result<(), NotCleared>, AtomicUsize);

impl Says {
    fn what(answer: Result<(), NotCleared>) -> Arc<Self> {
        Arc::new(Self(answer, AtomicUsize::new(0)))
    }
}

impl Clearance for Says {
    fn ask(&self) -> crate::Answer {
        self.1.fetch_add(1, Ordering::Relaxed);
        let answer = self.0.clone();
        Box::pin(async move { answer })
    }
}

#[test]
fn a_camera_that_is_not_cleared_hears_nothing_and_one_that_is_is_asked_about_each_time() {
    let rig = Rig::start(0.0);
    let detail = "the area \"yard\" is not hidden\u{1b}[31m\nsecond line".to_owned();
    let no = Says::what(Err(NotCleared { cause: GapCause::MaskNotKept, detail }));
    let (handle, refused) = rig.add_within("Two", StreamKind::Sub, "planted-secret", Limits::NONE, Some(no.clone()));
    let yes = Says::what(Ok(()));
    let (_other, notes) = rig.add_within("One", StreamKind::Sub, "planted-secret", Limits::NONE, Some(yes.clone()));
    notes.wait_for_samples(3, PATIENT);
    assert_eq!(yes.1.load(Ordering::Relaxed), 1);
    rig.strike("One", &Fault::Drop { seconds: 0.5 });
    wait_for_story(&notes, "ended:camera_lost started samples");
    assert!(yes.1.load(Ordering::Relaxed) >= 2, "asked again before it was received again");
    assert_eq!(refused.story(), "ended:mask_not_kept");
    assert_eq!(refused.ends()[0].1, "the area \"yard\" is not hidden\u{fffd}[31m");
    assert!(matches!(handle.status().state, StreamState::Waiting { cause: GapCause::MaskNotKept, .. }));
    assert_eq!(no.1.load(Ordering::Relaxed), 1, "and not again for half a minute");
    assert_eq!(rig.simulator.state("Two").expect("the simulator answers").rtsp_connections, 0);
}

#[test]
fn a_stream_whose_clearance_is_awaited_can_be_stopped() {
    struct Never;
    impl Clearance for Never {
        fn ask(&self) -> crate::Answer {
            Box::pin(std::future::pending())
        }
    }
    let rig = Rig::start(0.0);
    let never: Arc<dyn Clearance> = Arc::new(Never);
    let (handle, notes) = rig.add_within("One", StreamKind::Sub, "planted-secret", Limits::NONE, Some(never));
    std::thread::sleep(Duration::from_millis(200));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let stopped = async { tokio::time::timeout(PATIENT, handle.stop(GapCause::NoPurpose)).await };
    runtime.block_on(stopped).expect("it stops");
    assert_eq!(notes.story(), "ended:no_purpose");
}

#[test]
fn a_restart_of_the_cameras_clock_cuts_without_a_loss() {
    let rig = Rig::start(0.0);
    let (_handle, notes) = rig.receive("One", StreamKind::Sub);
    rig.strike("One", &Fault::RestartClock { jump_s: -3600.0, stream: None });
    wait_for_story(&notes, "started samples ended:clock_step started samples");
    let sent: Vec<_> = rig.journal("One").into_iter().filter(|unit| unit.stream == StreamName::Sub).collect();
    let samples = notes.samples();
    let first = sent.iter().position(|unit| unit.sha256.as_deref() == Some(&*sha256(&samples[0])));
    let sent = &sent[first.expect("the first sample was sent")..];
    assert!(samples.iter().zip(sent).all(|(sample, unit)| unit.sha256.as_deref() == Some(&*sha256(sample))));
}

#[test]
fn a_panic_over_one_camera_is_counted_and_survived() {
    let rig = Rig::start(0.0);
    let (_other, undisturbed) = rig.receive("Two", StreamKind::Sub);
    let (handle, notes) = rig.add("One", StreamKind::Sub, "planted-secret");
    *notes.panic_at.lock().expect("only this") = Some(3);
    wait_for_story(&notes, "started samples ended:camera_garbage started samples");
    assert_eq!((handle.status().panics, handle.status().failures), (1, 1));
    undisturbed.wait_for_samples(undisturbed.samples().len() + 5, PATIENT);
    assert_eq!(undisturbed.story(), "started samples");
}
