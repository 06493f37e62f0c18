use bytes::Bytes;
use candour_media::Codec;

use super::*;

/// Where the stories below begin on the wall clock; their times are milliseconds from here.
const START: i64 = 1_795_461_180 * TICKS_PER_SECOND;

pub(super) fn entry() -> SampleEntry {
    SampleEntry {
        codec: Codec::H264,
        codec_string: "avc1.640028".into(),
        width: 1920,
        height: 1080,
        timescale: 90_000,
        entry: Bytes::from_static(b"\0\0\0\x08avc1"),
        decoder_config: Bytes::new(),
        reorder_depth: Some(0),
    }
}

pub(super) fn wall(ms: i64) -> WallTime {
    WallTime::from_ticks(START + ms * 90)
}

/// Tells a story to a segmenter and writes down what it answers.
pub(super) struct Story {
    segmenter: Segmenter,
    /// Milliseconds on the steady clock.
    now: i64,
    len: u32,
    said: Vec<String>,
}

impl Story {
    fn new(limits: Limits, previous: Option<(i64, GapCause)>) -> Self {
        let segmenter = Segmenter::new(limits, previous.map(|(end, cause)| (wall(end), cause)));
        Self { segmenter, now: 0, len: 1000, said: Vec::new() }
    }

    fn tell(&mut self, input: Input) -> &mut Self {
        self.segmenter.handle(MonoTime::from_nanos(self.now * 1_000_000), input);
        while let Some(output) = self.segmenter.poll() {
            self.said.push(describe(&output));
        }
        self
    }

    fn run(&mut self) -> &mut Self {
        let run = RunId::from_bytes([1; 16]);
        self.tell(Input::RunStarted { run, entry: entry(), evidence: ClockEvidence::default() })
    }

    /// A sample with that decode time that arrives now, on a wall clock that is `wall_ahead` ahead of the story's.
    fn sample_at(&mut self, dts: i64, sync: bool, wall_ahead: i64, loss_before: u32) -> &mut Self {
        let (dts, arrival) = (MediaTime::from_ticks(dts * 90), wall(self.now + wall_ahead));
        self.tell(Input::Sample(SampleFacts { dts, sync, arrival, loss_before, len: self.len }))
    }

    fn sample(&mut self, dts: i64, sync: bool) -> &mut Self {
        self.now = self.now.max(dts);
        self.sample_at(dts, sync, 0, 0)
    }

    /// Samples every 40 ms from `from` to before `to`, each arriving at its time, a sync sample every `gop` ms.
    fn play(&mut self, from: i64, to: i64, gop: i64) -> &mut Self {
        for dts in (from..to).step_by(40) {
            self.sample(dts, dts % gop == 0);
        }
        self
    }

    fn at(&mut self, now: i64) -> &mut Self {
        self.now = now;
        self
    }

    fn end(&mut self, cause: GapCause) -> &mut Self {
        let at = wall(self.now);
        self.tell(Input::RunEnded { cause, at })
    }

    #[track_caller]
    fn says(&mut self, expected: &[&str]) -> &mut Self {
        assert_eq!(self.said, expected, "\nsaid:\n{}", self.said.join("\n"));
        self.said.clear();
        self
    }

    /// Checks only what begins with one of these words.
    #[track_caller]
    fn says_of(&mut self, words: &[&str], expected: &[&str]) -> &mut Self {
        self.said.retain(|line| words.iter().any(|word| line.starts_with(word)));
        self.says(expected)
    }
}

fn ms(wall: WallTime) -> String {
    let ticks = wall.ticks() - START;
    if ticks % 90 == 0 {
        format!("{}", ticks / 90)
    } else {
        format!("{}+{}", ticks.div_euclid(90), ticks.rem_euclid(90))
    }
}

fn describe_gap(gap: &Gap) -> String {
    let end = gap.end.map_or("now".into(), ms);
    format!("{} {}..{end}", gap.cause, ms(gap.start))
}

fn describe(output: &Output) -> String {
    match output {
        Output::OpenSegment(start) => {
            let gap = start.gap_before.as_ref().map_or("nothing".into(), describe_gap);
            format!("open {} after {gap}", ms(start.start))
        }
        Output::Append { index, wall, duration } => format!("append {index} at {} for {}", ms(*wall), duration / 90),
        Output::Discard { index, why } => format!("discard {index} {why:?}"),
        Output::CloseFragment { entry, reason } => {
            let sync = if entry.sync { "sync".into() } else { format!("{} back", entry.sync_back) };
            format!(
                "fragment {} {} for {}, {sync}: {reason:?}",
                ms(entry.wall_start),
                entry.samples,
                entry.duration / 90
            )
        }
        Output::CloseSegment { end, reason } => format!("close {}: {reason:?}", ms(*end)),
        Output::Gap(gap) => format!("gap {}", describe_gap(gap)),
    }
}

fn story() -> Story {
    Story::new(Limits::default(), None)
}

#[test]
fn a_run_from_its_first_picture_to_its_last() {
    story().run().sample(0, true).sample(40, false).sample(80, false).end(GapCause::CameraLost).says(&[
        "open 0 after first_start 0..0",
        "append 0 at 0 for 40",
        "append 1 at 40 for 40",
        "append 2 at 80 for 40",
        "fragment 0 3 for 120, sync: Segment",
        "close 120: RunEnded(CameraLost)",
        "gap camera_lost 120..now",
    ]);
}

#[test]
fn a_gap_lasts_until_decoding_can_start() {
    Story::new(Limits::default(), Some((-5000, GapCause::RecorderDied))).run().sample(0, false).sample(40, true).says(
        &[
            "gap recorder_died -5000..now",
            "discard 0 BeforeSync",
            "gap recorder_died -5000..40",
            "open 40 after recorder_died -5000..40",
        ],
    );
}

#[test]
fn a_reason_that_changes_divides_the_gap() {
    let mut story = story();
    story.run().sample(0, true).sample(40, false).end(GapCause::CameraLost).said.clear();
    let no_purpose = GapCause::NoPurpose;
    story.tell(Input::CauseChanged { cause: no_purpose, at: wall(900) });
    story.tell(Input::CauseChanged { cause: no_purpose, at: wall(1000) });
    // A run that brings nothing that could be recorded, and ends for another reason.
    story.at(2000).run().sample(2000, false).end(GapCause::CameraStalled).says(&[
        "gap camera_lost 80..900",
        "gap no_purpose 900..now",
        "discard 2 BeforeSync",
        "gap no_purpose 900..2000",
        "gap camera_stalled 2000..now",
    ]);
}

#[test]
fn samples_without_a_run_or_order_are_discarded() {
    let mut story = story();
    story.sample(0, true).run().sample(40, true);
    story.sample_at(40, false, 0, 0).sample_at(30, false, 0, 0).says(&[
        "discard 0 NoRun",
        "open 40 after first_start 40..40",
        "discard 2 NotLater",
        "discard 3 NotLater",
    ]);
}

#[test]
fn fragments_close_by_age_and_before_sync_samples() {
    story().run().play(0, 1600, 1000).says_of(
        &["fragment"],
        &[
            "fragment 0 13 for 520, sync: Age",
            "fragment 520 12 for 480, 13 back: Sync",
            "fragment 1000 13 for 520, sync: Age",
        ],
    );
}

#[test]
fn age_is_reached_without_another_sample() {
    let mut story = story();
    story.run().sample(0, true).sample(40, false).said.clear();
    let deadline = |story: &Story| story.segmenter.next_deadline().map(|at| at.nanos() / 1_000_000);
    assert_eq!(deadline(&story), Some(500));
    story.at(499).tell(Input::Tick).says(&[]);
    story.at(500).tell(Input::Tick).says(&["fragment 0 1 for 40, sync: Age"]);
    // The sample held back does not wait for ever either; its duration is then the usual one.
    assert_eq!(deadline(&story), Some(540));
    story.at(540).tell(Input::Tick).says(&["append 1 at 40 for 40", "fragment 40 1 for 40, 1 back: Age"]);
    assert_eq!(deadline(&story), None);
    // The camera was only slow: nothing is missing, and the next sample goes on.
    story.at(700).sample(700, false).says(&[]);
    assert_eq!(deadline(&story), Some(1200));
}

#[test]
fn a_backlog_is_divided_by_arrivals() {
    let mut story = story();
    story.run();
    for dts in (0..1200).step_by(40) {
        // All handled in one moment, as after a slow disk.
        story.sample_at(dts, dts == 0, dts, 0);
    }
    story.says_of(&["fragment"], &["fragment 0 13 for 520, sync: Age", "fragment 520 13 for 520, 13 back: Age"]);
}

#[test]
fn fragments_and_segments_close_by_size() {
    let mut story = story();
    story.len = 3 << 20;
    story.run().play(0, 200, 1000).says_of(
        &["fragment"],
        &[
            "fragment 0 1 for 40, sync: Bytes",
            "fragment 40 1 for 40, 1 back: Bytes",
            "fragment 80 1 for 40, 2 back: Bytes",
        ],
    );
    let mut story = Story::new(Limits { segment_bytes: 2500, ..Limits::default() }, None);
    story.run().play(0, 200, 1000).says_of(
        &["open", "close", "fragment"],
        &[
            "open 0 after first_start 0..0",
            "fragment 0 2 for 80, sync: Segment",
            "close 80: Bytes",
            "open 80 after nothing",
            "fragment 80 2 for 80, 2 back: Segment",
            "close 160: Bytes",
            "open 160 after nothing",
        ],
    );
}

#[test]
fn segments_are_cut_at_a_sync_sample_or_at_last_without() {
    story().run().play(0, 130_000, 7_000).says_of(
        &["open", "close"],
        &[
            "open 0 after first_start 0..0",
            "close 63000: Duration",
            "open 63000 after nothing",
            "close 126000: Duration",
            "open 126000 after nothing",
        ],
    );
    story().run().play(0, 300_100, 1 << 40).says_of(
        &["open", "close"],
        &["open 0 after first_start 0..0", "close 300000: Longest", "open 300000 after nothing"],
    );
}

#[test]
fn other_terms_begin_a_segment_at_the_next_sync_sample_without_a_gap() {
    let mut story = story();
    story.run().play(0, 9_000, 4_000).tell(Input::TermsChanged).play(9_000, 13_000, 4_000).says_of(
        &["open", "close", "gap"],
        &["open 0 after first_start 0..0", "close 12000: TermsChanged", "open 12000 after nothing"],
    );
    // Where nothing is open there is nothing to end.
    story
        .end(GapCause::CameraLost)
        .tell(Input::TermsChanged)
        .says_of(&["close"], &["close 13000: RunEnded(CameraLost)"]);
}

#[test]
fn lost_packets_are_a_gap_of_their_own_when_a_picture_is_missing() {
    let mut story = story();
    story.run().sample(0, true).sample(40, false).said.clear();
    story.at(200).sample_at(200, false, 0, 7).says(&[
        "append 1 at 40 for 40",
        "fragment 0 2 for 80, sync: Gap",
        "gap packet_loss 80..200",
    ]);
    // Packets were lost, but every picture has its time.
    story.at(240).sample_at(240, false, 0, 1).says(&["append 2 at 200 for 40"]);
}

#[test]
fn a_pause_inside_a_run_is_a_gap() {
    let mut story = story();
    story.run().sample(0, true).sample(40, false).sample(2079, false).said.clear();
    story.sample(2119, false).says_of(&["gap"], &[]);
    story.sample(4200, false).says_of(&["gap"], &["gap camera_stalled 2159..4200"]);
}

#[test]
fn new_parameter_sets_cut_where_decoding_can_start() {
    let small = SampleEntry { width: 640, ..entry() };
    let mut story = story();
    story.run().sample(0, true).sample(40, false).tell(Input::EntryChanged(small.clone())).said.clear();
    story.sample(80, true).says(&[
        "append 1 at 40 for 40",
        "fragment 0 2 for 80, sync: Segment",
        "close 80: EntryChanged",
        "open 80 after nothing",
    ]);
    story.tell(Input::EntryChanged(entry())).sample(120, false).sample(160, false).sample(200, true).says(&[
        "append 2 at 80 for 40",
        "fragment 80 1 for 40, sync: Segment",
        "close 120: EntryChanged",
        "gap camera_garbage 120..now",
        "discard 3 BeforeSync",
        "discard 4 BeforeSync",
        "gap camera_garbage 120..200",
        "open 200 after camera_garbage 120..200",
    ]);
}

#[test]
fn a_clock_set_forward_leaves_a_gap_with_that_cause() {
    let mut story = story();
    story.run().sample(0, true).sample(40, false).said.clear();
    story.at(80).sample_at(80, false, 30_000, 0).says(&[
        "append 1 at 40 for 40",
        "fragment 0 2 for 80, sync: Segment",
        "close 80: ClockStep",
        "gap clock_step 80..30080",
        "open 30080 after clock_step 80..30080",
    ]);
}

#[test]
fn a_clock_set_back_a_little_is_waited_for() {
    let mut story = story();
    story.run().play(0, 20_000, 1000).said.clear();
    for dts in (20_000..30_500).step_by(40) {
        story.at(dts).sample_at(dts, dts % 1000 == 0, -10_000, 0);
    }
    let interesting: Vec<String> = story.said.iter().filter(|line| !line.starts_with("fragment")).cloned().collect();
    assert_eq!(
        interesting[..4],
        [
            "append 499 at 19960 for 40".to_owned(),
            "close 20000: ClockStep".into(),
            "open 20000 after nothing".into(),
            // No moment is told twice: ten seconds are kept at a tick each.
            "append 500 at 20000 for 40".into(),
        ]
    );
    assert_eq!(interesting[4], "append 501 at 20000+1 for 40");
    assert_eq!(interesting.last().map(String::as_str), Some("append 761 at 20440 for 40"), "and then goes on");
}

#[test]
fn a_clock_set_back_far_takes_time_with_it() {
    let mut story = story();
    story.run().sample(0, true).sample(40, false).said.clear();
    story.at(80).sample_at(80, false, -3_600_000, 0).says(&[
        "append 1 at 40 for 40",
        "fragment 0 2 for 80, sync: Segment",
        "close 80: ClockStep",
        "open -3599920 after clock_step -3599920..-3599920",
    ]);
}

#[test]
fn being_told_of_a_step_cuts_even_a_small_one() {
    let mut story = story();
    story.run().sample(0, true).sample(40, false).tell(Input::ClockStepped).said.clear();
    story.at(80).sample_at(80, false, 1000, 0).says_of(
        &["close", "gap", "open"],
        &["close 80: ClockStep", "gap clock_step 80..1080", "open 1080 after clock_step 80..1080"],
    );
}

#[test]
fn a_late_burst_is_no_step() {
    let mut story = story();
    story.run().play(0, 1000, 1000).said.clear();
    for dts in (1000..9000).step_by(40) {
        story.at(9000 + dts / 1000).sample_at(dts, dts % 1000 == 0, 0, 0);
    }
    story.play(9040, 20_000, 1000).says_of(&["close", "gap", "open"], &[]);
}

#[test]
fn media_time_that_runs_ahead_or_stands_still_is_brought_back() {
    let mut ahead = story();
    ahead.run();
    for n in 0..400i64 {
        ahead.at(n * 40).sample_at(n * 80, n % 25 == 0, 0, 0);
    }
    ahead.said.retain(|line| line.starts_with("close") || line.starts_with("gap"));
    assert_eq!(ahead.said[0], "close 10080: MediaClock");
    assert!(ahead.said.iter().all(|line| line.ends_with("MediaClock")), "{:?}", ahead.said);

    let mut frozen = story();
    frozen.run();
    for n in 0..1500i64 {
        let (dts, arrival) = (MediaTime::from_ticks(n), wall(n * 40));
        frozen.now = n * 40;
        frozen.tell(Input::Sample(SampleFacts { dts, sync: n % 25 == 0, arrival, loss_before: 0, len: 9 }));
    }
    let last = frozen.said.iter().rfind(|line| line.starts_with("open")).expect("it was cut").clone();
    let at: f64 = last.split([' ', '+']).nth(1).and_then(|ms| ms.parse().ok()).expect("a time");
    assert!((30_000.0..60_000.0).contains(&at), "{last}: a minute has passed");
}

#[test]
fn refused_storage_opens_a_gap_and_the_next_sync_sample_tries_again() {
    let mut story = story();
    story.run().play(0, 560, 1000).said.clear();
    story.tell(Input::StorageRefused { since: wall(520), cause: GapCause::StorageFull }).says(&[
        "discard 13 Storage",
        "close 520: Storage(StorageFull)",
        "gap storage_full 520..now",
    ]);
    story
        .play(560, 1040, 1000)
        .says_of(&["gap", "open", "append"], &["gap storage_full 520..1000", "open 1000 after storage_full 520..1000"]);
    story.end(GapCause::RecorderStopped).said.clear();
    // The last fragment fails after the run has ended.
    story
        .tell(Input::StorageRefused { since: wall(1000), cause: GapCause::StorageFailed })
        .says(&["gap storage_failed 1000..1040"]);
}
