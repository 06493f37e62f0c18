use super::*;
use crate::doubles::{Heard, Notebook};
use candour_media::Codec;
use candour_units::SimClock;

/// 25 pictures a second.
const TICKS: i64 = 3600;
const MS: i64 = 1_000_000;

struct Bench {
    feed: Feed,
    notes: Arc<Notebook>,
    shared: Arc<Shared>,
    clock: Arc<SimClock>,
    pts: i64,
}

fn parameters(width: u16, depth: Option<u8>) -> Parameters {
    let entry = SampleEntry {
        codec: Codec::H264,
        codec_string: "avc1.640028".into(),
        width,
        height: 1080,
        timescale: 90_000,
        entry: bytes::Bytes::from(width.to_be_bytes().to_vec()),
        decoder_config: bytes::Bytes::new(),
        reorder_depth: depth,
    };
    Parameters { entry, frame_ticks: Some(3600), coded_width: width.into() }
}

impl Bench {
    fn new() -> Self {
        Self::within(Limits::NONE)
    }

    fn within(limits: Limits) -> Self {
        let clock = Arc::new(SimClock::at(WallTime::from_unix_seconds(1_795_461_180)));
        let notes = Arc::new(Notebook::default());
        let shared = Arc::new(Shared::new(clock.wall()));
        let feed = Feed::new(notes.clone(), shared.clone(), clock.clone(), Duration::from_millis(100), limits);
        Self { feed, notes, shared, clock, pts: 1_000_000 }
    }

    fn take(&mut self, sync: bool, parameters: Option<Parameters>) -> Result<(), Failure> {
        self.clock.advance(40 * MS);
        self.pts += TICKS;
        self.feed.frame(Frame { pts: self.pts, sync, lost: 0, data: vec![0; 100], parameters })
    }

    fn first(&mut self) {
        self.take(true, Some(parameters(1920, None))).expect("a run begins");
    }

    fn key(&mut self) {
        self.take(true, None).expect("a key frame");
    }

    fn more(&mut self, count: usize) {
        for _ in 0..count {
            self.take(false, None).expect("a picture");
        }
    }

    #[track_caller]
    fn check(&self, story: &str) {
        assert_eq!(self.notes.story(), story);
    }
}

#[test]
fn a_run_begins_at_a_key_frame() {
    let mut bench = Bench::new();
    bench.take(false, Some(parameters(1920, None))).expect("waits");
    bench.more(3);
    bench.check("");
    bench.key();
    bench.more(3);
    bench.check("started samples");
    let samples = bench.notes.samples();
    assert_eq!(samples.len(), 4);
    assert!(samples[0].sync && !samples[1].sync);
    let dts: Vec<_> = samples.iter().map(|s| s.dts.ticks()).collect();
    assert_eq!(dts, [0, 3600, 7200, 10_800]);
    assert_eq!((samples[3].arrival - samples[0].arrival), WallDuration::from_millis(120));
    let Heard::Started(entry, evidence, at) = &bench.notes.all()[0] else { panic!("the run first") };
    assert_eq!((entry.width, *at), (1920, samples[0].arrival));
    assert_eq!(evidence.read_pace, WallDuration::from_millis(100));
    assert_eq!(evidence.camera_ahead, None);
    let status = bench.shared.status();
    assert_eq!((status.state, status.samples, status.bytes), (StreamState::Receiving, 4, 400));
}

#[test]
fn reordered_pictures_keep_their_times() {
    let mut bench = Bench::new();
    bench.pts = 0;
    let order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8];
    for (i, shown) in order.into_iter().enumerate() {
        bench.clock.advance(40 * MS);
        let parameters = (i == 0).then(|| parameters(1920, Some(1)));
        let frame = Frame { pts: 500 + shown * TICKS, sync: i == 0, lost: 0, data: vec![0], parameters };
        bench.feed.frame(frame).expect("a picture");
    }
    bench.check("started samples");
    let samples = bench.notes.samples();
    assert!(samples.windows(2).all(|pair| pair[0].dts < pair[1].dts));
    let pts: Vec<_> = samples.iter().map(|s| (s.pts.ticks() - samples[0].pts.ticks()) / TICKS).collect();
    assert_eq!(pts, order);
}

#[test]
fn a_stream_that_never_shows_a_key_frame_is_given_up() {
    let mut bench = Bench::new();
    let failed = (0..1000).find_map(|i| bench.take(false, None).err().map(|failure| (i, failure)));
    assert_eq!(failed, Some((750, Failure::NoKeyFrame { seconds: 30 })));
    assert_eq!(Bench::new().take(true, None), Err(Failure::NoParameters));
}

#[test]
fn a_timestamp_jump_cuts_at_the_next_key_frame_and_loses_nothing() {
    for jump in [-90_000, 90_000 * 11, -90_000 * 3600] {
        let mut bench = Bench::new();
        bench.first();
        bench.more(10);
        bench.pts += jump;
        bench.more(10);
        bench.check("started samples");
        bench.key();
        bench.more(1);
        bench.check("started samples ended:clock_step started samples");
        let samples = bench.notes.samples();
        assert_eq!(samples.len(), 23, "no picture is lost");
        let dts: Vec<_> = samples.iter().map(|s| s.dts.ticks()).collect();
        assert!(dts[..21].is_sorted_by(|a, b| a < b) && dts[21] == 0 && dts[22] == 3600, "{dts:?}");
        assert!(samples.windows(2).all(|pair| pair[0].arrival <= pair[1].arrival));
    }
}

#[test]
fn a_jump_at_a_key_frame_cuts_there() {
    let mut bench = Bench::new();
    bench.first();
    bench.more(5);
    bench.pts -= 90_000 * 60;
    bench.key();
    bench.check("started samples ended:clock_step started samples");
    assert_eq!(bench.notes.samples().len(), 7);
    assert!(bench.notes.ends()[0].1.contains("Backward"));
}

#[test]
fn small_pauses_are_no_jump() {
    let mut bench = Bench::new();
    bench.first();
    bench.pts += 90_000 * 9;
    bench.more(5);
    bench.key();
    bench.check("started samples");
}

#[test]
fn a_set_wall_clock_cuts_at_the_next_key_frame() {
    let mut bench = Bench::new();
    bench.first();
    bench.more(5);
    bench.clock.step_wall(bench.clock.wall() + WallDuration::from_seconds(3600));
    bench.feed.clock_stepped();
    bench.more(5);
    bench.key();
    bench.check("started samples ended:clock_step started samples");
    let samples = bench.notes.samples();
    assert_eq!(samples[10].arrival - samples[9].arrival, WallDuration::from_millis(40));
    assert_eq!(samples[11].arrival - samples[10].arrival, WallDuration::from_millis(3_600_040));
}

#[test]
fn new_parameters_at_a_key_frame_go_on_in_the_same_run() {
    let mut bench = Bench::new();
    bench.first();
    bench.more(5);
    bench.take(true, Some(parameters(640, None))).expect("another size");
    bench.more(5);
    bench.check("started samples entry samples");
    // The same ones again are none.
    bench.take(true, Some(parameters(640, None))).expect("the same");
    bench.check("started samples entry samples");
    let samples = bench.notes.samples();
    assert!(samples.windows(2).all(|pair| pair[0].dts < pair[1].dts));
}

#[test]
fn new_parameters_elsewhere_leave_a_gap_up_to_the_next_key_frame() {
    let mut bench = Bench::new();
    bench.first();
    bench.more(5);
    bench.take(false, Some(parameters(640, None))).expect("another size");
    bench.more(5);
    bench.check("started samples ended:camera_garbage");
    bench.key();
    bench.check("started samples ended:camera_garbage started samples");
    let entries =
        bench.notes.all().into_iter().filter_map(|h| if let Heard::Started(e, ..) = h { Some(e.width) } else { None });
    assert_eq!(entries.collect::<Vec<_>>(), [1920, 640]);
}

#[test]
fn parameters_that_change_all_the_time_end_the_connection() {
    let mut bench = Bench::new();
    bench.first();
    let ended = (0..100).find_map(|i| bench.take(true, Some(parameters(100 + i, None))).err().map(|f| (i, f)));
    assert_eq!(ended, Some((5, Failure::TooManyCuts { limit: 5, seconds: 10 })));
}

#[test]
fn timestamps_that_jump_all_the_time_end_the_connection() {
    let mut bench = Bench::new();
    bench.first();
    let ended = (0..100).find_map(|i| {
        bench.pts -= 90_000 * 100;
        bench.take(true, None).err().map(|f| (i, f))
    });
    assert_eq!(ended, Some((5, Failure::TooManyCuts { limit: 5, seconds: 10 })));
}

#[test]
fn a_picture_too_large_ends_the_connection() {
    let mut bench = Bench::new();
    bench.first();
    let frame = Frame { pts: 0, sync: false, lost: 0, data: vec![0; (8 << 20) + 1], parameters: None };
    assert!(matches!(bench.feed.frame(frame), Err(Failure::SampleTooLarge { .. })));
}

#[test]
fn a_picture_too_wide_is_not_handed_on_first_or_later() {
    let limits = Limits { pixels_across: Some(1280), ..Limits::NONE };
    let mut bench = Bench::within(limits);
    assert_eq!(bench.take(true, Some(parameters(1920, None))), Err(Failure::TooWide { width: 1920, most: 1280 }));
    bench.check("");
    let mut bench = Bench::within(limits);
    bench.take(true, Some(parameters(1280, None))).expect("a run begins");
    bench.more(3);
    assert_eq!(bench.take(true, Some(parameters(1920, None))), Err(Failure::TooWide { width: 1920, most: 1280 }));
    assert_eq!(bench.notes.samples().len(), 4, "nothing of the wide picture");
    // Cropped to what is allowed, and coded wider.
    let mut bench = Bench::within(limits);
    let cropped = Parameters { coded_width: 3840, ..parameters(1280, None) };
    assert_eq!(bench.take(true, Some(cropped)), Err(Failure::TooWide { width: 3840, most: 1280 }));
}

#[test]
fn a_stream_too_fast_ends_and_is_measured_before_it_may_come_back() {
    let limits = Limits { frames_per_second: Some(10), ..Limits::NONE };
    let mut bench = Bench::within(limits);
    bench.first();
    let ended = (0..50).find_map(|i| bench.take(i % 10 == 0, None).err().map(|failure| (i, failure)));
    assert_eq!(ended, Some((24, Failure::TooFast { most: 10 })), "after one second of 25 pictures");
    // Still too fast: nothing of it is handed on.
    let mut bench = Bench::within(limits);
    bench.feed.hold_back_until_measured();
    bench.first();
    let ended = (0..50).find_map(|i| bench.take(i % 10 == 0, None).err());
    assert_eq!(ended, Some(Failure::TooFast { most: 10 }));
    bench.check("");
    // Slow enough now: it begins at the first key frame after the measurement.
    let mut bench = Bench::within(Limits { frames_per_second: Some(25), ..Limits::NONE });
    bench.feed.hold_back_until_measured();
    bench.first();
    (0..50).for_each(|i| bench.take(i % 10 == 0, None).expect("slow enough"));
    assert_eq!((bench.notes.story().as_str(), bench.notes.samples().len()), ("started samples", 20));
}

#[test]
fn lost_packets_are_told_with_the_next_sample() {
    let mut bench = Bench::new();
    bench.first();
    bench.clock.advance(40 * MS);
    bench
        .feed
        .frame(Frame { pts: 1_007_200, sync: false, lost: 7, data: vec![0], parameters: None })
        .expect("a picture");
    bench.more(1);
    let lost: Vec<_> = bench.notes.samples().iter().map(|s| s.loss_before).collect();
    assert_eq!(lost, [0, 7, 0]);
    assert_eq!(bench.shared.status().lost_packets, 7);
}

#[test]
fn the_cameras_clock_is_told_once_and_when_it_moves() {
    let ntp = |wall: WallTime| u64::try_from(wall.unix_seconds_floor() + 2_208_988_800).expect("after 1900") << 32;
    let mut bench = Bench::new();
    let ahead = WallDuration::from_seconds(90);
    let told = |bench: &Bench| -> Vec<i64> {
        let evidence =
            |h| if let Heard::Evidence(e) = h { Some(e.camera_ahead.expect("a claim").ticks() / 90_000) } else { None };
        bench.notes.all().into_iter().filter_map(evidence).collect()
    };
    bench.feed.sender_report(ntp(bench.clock.wall() + ahead));
    assert_eq!(told(&bench), [0i64; 0], "without a run there is nothing to compare with");
    bench.first();
    bench.feed.sender_report(ntp(bench.clock.wall() + ahead));
    bench.feed.sender_report(ntp(bench.clock.wall() + ahead));
    assert_eq!(told(&bench).len(), 1);
    bench.clock.advance_s(5);
    bench.feed.sender_report(ntp(bench.clock.wall() + WallDuration::from_seconds(-3600)));
    let both = told(&bench);
    assert!((89..=90).contains(&both[0]) && (-3601..=-3599).contains(&both[1]), "{both:?}");
    // The next run begins with what was said last.
    bench.feed.clock_stepped();
    bench.key();
    let evidence =
        bench.notes.all().into_iter().rev().find_map(|h| if let Heard::Started(_, e, _) = h { Some(e) } else { None });
    assert!(evidence.expect("a second run").camera_ahead.is_some());
}

#[test]
fn ntp_time_of_both_eras() {
    let check = |seconds: u64, fraction: u64, expected: &str| {
        assert_eq!(wall_of_ntp(seconds << 32 | fraction).to_string(), expected);
    };
    check(2_208_988_800, 0, "1970-01-01T00:00:00.000Z");
    check(4_004_449_980, 1 << 31, "2026-11-23T19:13:00.500Z");
    check(u64::from(u32::MAX), 0, "2036-02-07T06:28:15.000Z");
    check(0, 0, "2036-02-07T06:28:16.000Z");
}
