//! Real footage through the door: clips that decoders outside know how to judge.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use bytes::Bytes;
use candour_archive::{RecordingSpec, StreamIntake};
use candour_db::{CameraRow, StreamRow};
use candour_media::{Sample, SampleEntry, read_fragment};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{Clock, Hash, MediaTime, PurposeId, WallDuration, WallRange, WallTime};
use serde_json::json;

use crate::world::{Caller, World};

/// Three seconds, ten pictures a second, a sync sample each second; 90 kHz.
pub struct Clip {
    entry: SampleEntry,
    samples: Vec<(i64, i64, bool, Bytes)>,
    length: i64,
}

/// One of the clips of `media`.
pub fn clip(name: &str) -> Clip {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/tests/data").join(name);
    let file = std::fs::read(path).expect("the clip is there");
    let u32_at = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes")) as usize;
    let entry_at = file.windows(4).position(|kind| kind == b"stsd").expect("a sample description") + 12;
    let entry = SampleEntry::parse(&file[entry_at..entry_at + u32_at(entry_at)], 90_000).expect("made by ffmpeg");
    let (mut samples, mut length, mut at) = (Vec::new(), 0, 0);
    while at < file.len() {
        if &file[at + 4..at + 8] == b"moof" {
            let fragment = read_fragment(&file[at..]).expect("made by ffmpeg");
            let mut dts = fragment.base_decode_time as i64;
            for read in fragment.samples {
                let data = Bytes::copy_from_slice(&file[at..][read.bytes]);
                samples.push((dts, dts + i64::from(read.sample.composition_offset), read.sample.sync, data));
                dts += i64::from(read.sample.duration);
            }
            length = dts;
        }
        at += u32_at(at);
    }
    Clip { entry, samples, length }
}

/// A camera whose footage can be decoded.
pub struct Scene {
    pub world: World,
    pub camera: CameraRow,
    pub stream: StreamRow,
    pub start: WallTime,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::set_up().await;
        let (camera, stream) = world.camera("Gate 4").await;
        let start = world.clock.wall();
        Self { world, camera, stream, start }
    }

    pub fn intake(&self) -> StreamIntake {
        let spec = RecordingSpec {
            purpose: PurposeId::from_bytes([3; 16]),
            policy_hash: Hash::default(),
            keep: WallDuration::from_seconds(86_400),
            on_motion: None,
        };
        self.world.archive.intake(self.stream.camera, self.stream.id, self.stream.kind, Some(spec))
    }

    /// The clip arrives `rounds` times as one run; gives how many pictures that were.
    pub fn run(&self, clip: &Clip, rounds: i64) -> usize {
        let (intake, clock) = (self.intake(), &self.world.clock);
        intake.run_started(clip.entry.clone(), ClockEvidence::default(), clock.wall());
        let began = clock.wall();
        for round in 0..rounds {
            for (dts, pts, sync, data) in &clip.samples {
                let at = round * clip.length + dts;
                let behind = began + WallDuration::from_ticks(at) - clock.wall();
                clock.advance(behind.ticks().max(0) * 100_000 / 9);
                intake.sample(Arc::new(Sample {
                    pts: MediaTime::from_ticks(round * clip.length + pts),
                    dts: MediaTime::from_ticks(at),
                    duration: 0,
                    sync: *sync,
                    arrival: clock.wall(),
                    loss_before: 0,
                    data: data.clone(),
                }));
            }
        }
        let end = began + WallDuration::from_ticks(rounds * clip.length);
        clock.advance((end - clock.wall()).ticks().max(0) * 100_000 / 9);
        clip.samples.len() * rounds as usize
    }

    /// The camera is away for some seconds.
    pub fn lost_for(&self, seconds: i64) {
        self.intake().run_ended(GapCause::CameraLost, self.world.clock.wall());
        self.world.clock.advance_s(seconds);
    }

    /// Closes what is open, so that all of it is durable.
    pub async fn settle(&self) {
        self.world.archive.forget(self.stream.id).await;
    }

    /// Asks to look at everything up to now; gives the look's path.
    pub async fn look(&self, caller: &Caller) -> String {
        self.look_at(caller, self.start, self.world.clock.wall()).await
    }

    pub async fn look_at(&self, caller: &Caller, from: WallTime, to: WallTime) -> String {
        let body = json!({
            "cameras": [self.camera.id.to_string()], "from_90k": from.ticks(), "to_90k": to.ticks(),
            "reason": "case 12/2026",
        });
        self.world.granted(self.camera.id, WallRange { start: from, end: to }).await;
        let answer = caller.post("/api/v1/looks", body).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
        format!("/api/v1/looks/{}", answer.json()["id"].as_str().expect("an id"))
    }

    /// The address of the file of an interval under a look.
    pub fn download(&self, look: &str, from: WallTime, to: WallTime) -> String {
        let (from, to) = (from.ticks(), to.ticks());
        format!("{look}/download?camera={}&stream=main&from_90k={from}&to_90k={to}", self.camera.id)
    }
}

/// A program of somebody else's, off the runtime's threads: the door must answer it meanwhile.
pub async fn stranger(program: &'static str, arguments: Vec<String>) -> Output {
    let run = move || Command::new(program).args(arguments).output();
    let output = tokio::task::spawn_blocking(run).await.expect("the thread ends");
    output.unwrap_or_else(|error| panic!("{program} must be installed for this test (deploy/prepare test): {error}"))
}

/// Presentation times in seconds of every picture that ffprobe decodes, in output order, and what it complained about.
pub async fn decoded(source: &str, options: &[&str]) -> (Vec<f64>, String) {
    let mut arguments: Vec<String> = ["-v", "warning"].map(str::to_owned).into();
    arguments.extend(options.iter().map(|option| (*option).to_owned()));
    arguments.extend(["-show_frames", "-show_entries", "frame=pts_time", "-of", "csv=p=0", source].map(str::to_owned));
    let output = stranger("ffprobe", arguments).await;
    let times = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split(',').next()?.parse().ok())
        .collect();
    (times, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Checks that pictures come one after the other, a tenth of a second apart but for one gap.
#[track_caller]
pub fn check_times(times: &[f64], expected: usize, gap_after: Option<(usize, f64)>) {
    assert_eq!(times.len(), expected, "pictures decoded: {times:?}");
    for (number, two) in times.windows(2).enumerate() {
        let step = two[1] - two[0];
        let wanted = match gap_after {
            Some((after, seconds)) if after == number + 1 => seconds + 0.1,
            _ => 0.1,
        };
        assert!((step - wanted).abs() < 0.25 && step > 0.0, "picture {number}: {step} s, not {wanted}");
    }
}
