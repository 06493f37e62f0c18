//! What the streams carry, and whether the journal says the same.

use camera_sim::fault::StreamName;

use crate::rig::{Rig, ffprobe, with_credentials};
use crate::rtsp::{Item, Session};

/// Plays a stream for `count` access units and returns them; all of them are in the journal then, because one more was
/// sent after them.
fn units(url: &str, count: usize) -> Vec<crate::rtsp::Received> {
    let mut session = Session::play(url, "viewer", "secret").unwrap_or_else(|error| panic!("{error}"));
    let received = (0..count).map(|_| session.unit().unwrap_or_else(|error| panic!("{error}"))).collect();
    session.unit().unwrap_or_else(|error| panic!("{error}"));
    received
}

/// What arrives is, in this order, what the journal says was sent: timestamps to the tick, content to the byte; and on
/// the time line nothing is missing or doubled over the loop point, `step` ticks apart.
fn check(keys: &str, stream: StreamName, count: usize, step: i64, reordered: bool) {
    let rig = Rig::start(keys);
    let url = match stream {
        StreamName::Main => &rig.camera().main_url,
        StreamName::Sub => &rig.camera().sub_url,
    };
    let received = units(url, count);
    let journal: Vec<_> = rig.journal().into_iter().filter(|line| line.stream == stream).collect();
    let first = journal.iter().position(|line| line.rtp_timestamp == received[0].rtp_timestamp);
    let sent = &journal[first.expect("the first access unit received is in the journal")..][..count];

    for (unit, line) in received.iter().zip(sent) {
        assert_eq!(unit.rtp_timestamp, line.rtp_timestamp, "access unit {}", line.sequence);
        assert_eq!(Some(unit.sha256()), line.sha256, "access unit {}", line.sequence);
        assert_eq!((unit.has(5), unit.has(7), unit.has(8)), (line.key, line.key, line.key), "{}", line.sequence);
    }
    let looped = sent.windows(2).any(|pair| pair[0].sequence + 1 == pair[1].sequence && pair[1].key);
    assert!(looped, "the test must see a key frame, the first of the clip among them");
    for pair in sent.windows(2) {
        assert_eq!(pair[1].dts_90k - pair[0].dts_90k, step, "decode times, access unit {}", pair[1].sequence);
        let late = pair[1].sent_us.abs_diff(pair[0].sent_us + step as u64 * 1_000 / 90);
        assert!(late < 1_000_000, "access unit {} was {late} us off its pace", pair[1].sequence);
    }
    let backwards = sent.windows(2).any(|pair| pair[1].pts_90k < pair[0].pts_90k);
    assert_eq!(backwards, reordered, "B-frames arrive in decode order and carry presentation times");
    // The ends may lack a picture that is decoded before or after; between them every time occurs once.
    let mut presented: Vec<_> = sent.iter().map(|line| line.pts_90k).collect();
    presented.sort_unstable();
    let inner = &presented[3..count - 3];
    assert!(inner.windows(2).all(|pair| pair[1] - pair[0] == step), "presentation times: {inner:?}");
}

// The offsets put the loop point one to two seconds after the start; 90 main access units are 3.6 s.

#[test]
fn a_stream_with_b_frames_keeps_its_times_over_the_loop_point() {
    check("start_offset_s = 12.5", StreamName::Main, 90, 3600, true);
}

#[test]
fn a_stream_without_b_frames_keeps_its_times_over_the_loop_point_and_over_the_wrap_of_rtp() {
    // One second before the 32 bits are full.
    let keys = "footage = 'cars'\nstart_offset_s = 10.5\nrtp_timestamp_start = 4294877296";
    check(keys, StreamName::Main, 90, 3600, false);
}

#[test]
fn a_sub_stream_keeps_its_times_over_the_loop_point() {
    check("footage = 'cars'\nstart_offset_s = 10.5", StreamName::Sub, 36, 9000, false);
}

#[test]
fn strangers_see_the_right_pictures_and_rising_decode_times() {
    let rig = Rig::start("start_offset_s = 12.5");
    let describe = ["-show_entries", "stream=codec_name,profile,width,height", "-of", "csv=p=0"];
    let main = with_credentials(&rig.camera().main_url, "viewer:secret");
    let sub = with_credentials(&rig.camera().sub_url, "viewer:secret");
    assert_eq!(ffprobe(&main, &describe).map(|out| out.trim().to_owned()), Ok("h264,High,1920,1080".to_owned()));
    let packets = ["-show_entries", "packet=dts", "-of", "csv=p=0", "-read_intervals", "%+#75"];
    let out = ffprobe(&sub, &[&describe[..], &packets[..]].concat()).unwrap_or_else(|error| panic!("{error}"));
    assert!(out.contains("h264,Constrained Baseline,640,360"), "{out}");
    let out = ffprobe(&main, &packets).unwrap_or_else(|error| panic!("{error}"));
    let times: Vec<i64> = out.lines().filter_map(|line| line.trim_matches(',').parse().ok()).collect();
    assert!(times.len() > 50, "three seconds were asked for: {out}");
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "decode times rise: {times:?}");
}

/// Decoded by a stranger, and the journal's times with them: three seconds are enough to see every picture once.
#[track_caller]
fn check_coding(footage: &str, expected: &str) {
    let rig = Rig::start(&format!("footage = '{footage}'"));
    let main = with_credentials(&rig.camera().main_url, "viewer:secret");
    let show = "stream=codec_name,width,height:frame=pts,pict_type";
    let out = ffprobe(&main, &["-show_entries", show, "-of", "csv=p=0", "-read_intervals", "%+#75"]);
    let out = out.unwrap_or_else(|error| panic!("{error}"));
    assert!(out.contains(expected), "{out}");
    let pictures = out.lines().filter(|line| line.contains(",I") || line.contains(",P") || line.contains(",B")).count();
    let (rate, seconds) = if footage == "jpeg" { (5, 2) } else { (25, 2) };
    assert!(pictures >= rate * seconds, "{pictures} pictures: {out}");
    assert_eq!(out.contains(",B"), footage == "h265", "B-frames: {out}");
}

#[test]
fn strangers_decode_h265_with_b_frames() {
    check_coding("h265", "hevc,1280,720");
}

#[test]
fn strangers_decode_motion_jpeg() {
    check_coding("jpeg", "mjpeg,640,360");
}

#[test]
fn packets_sent_singly_are_the_same_packets() {
    check("packets_singly = true\nstart_offset_s = 12.5", StreamName::Main, 90, 3600, true);
}

#[test]
fn a_wrong_password_and_none_at_all_get_no_picture_but_are_counted() {
    let rig = Rig::start("");
    assert_eq!(rig.simulator.state("Camera").map(|state| state.rtsp_connections).ok(), Some(0));
    let url = &rig.camera().main_url;
    let message = ffprobe(&with_credentials(url, "viewer:wrong"), &[]).expect_err("a wrong password");
    assert!(message.contains("401"), "{message}");
    for (user, password) in [("viewer", "wrong"), ("admin", "secret"), ("", "")] {
        let refused = Session::play(url, user, password).err().unwrap_or_default();
        assert!(refused.contains("401"), "{user}: {refused}");
    }
    let state = rig.simulator.state("Camera").expect("the simulator answers");
    assert!(state.rtsp_connections >= 4, "{state:?}");
    assert_eq!((state.access_units_sent.main, state.access_units_sent.sub), (0, 0));
    assert_eq!(rig.contacts().matches("rtsp_connection").count() as u64, state.rtsp_connections);
}

#[test]
fn a_query_tells_two_streams_of_one_path_apart() {
    let rig = Rig::start(
        "main_path = '/cam/realmonitor?channel=1&subtype=0'\nsub_path = '/cam/realmonitor?channel=1&subtype=1'",
    );
    let size = ["-show_entries", "stream=width", "-of", "csv=p=0"];
    for (url, width) in [(&rig.camera().main_url, "1920"), (&rig.camera().sub_url, "640")] {
        let out = ffprobe(&with_credentials(url, "viewer:secret"), &size);
        assert_eq!(out.map(|out| out.trim().to_owned()), Ok(width.to_owned()), "{url}");
    }
}

#[test]
fn a_second_client_joins_the_same_stream_where_it_is() {
    let rig = Rig::start("footage = 'cars'");
    let play = || Session::play(&rig.camera().sub_url, "viewer", "secret").unwrap_or_else(|error| panic!("{error}"));
    let mut first = play();
    let early = first.unit().expect("the first client is served").rtp_timestamp;
    let mut second = play();
    let joined = second.unit().expect("the second client is served").rtp_timestamp;
    second.unit().expect("the one before is in the journal now");
    assert!(joined.wrapping_sub(early) < 10 * 90_000, "one time line for both: {early}, {joined}");
    let sent = rig.journal().iter().filter(|line| line.rtp_timestamp == joined).count();
    assert_eq!(sent, 1, "the access unit was sent once, to both");
}

#[test]
fn sender_reports_carry_the_cameras_own_clock() {
    let rig = Rig::start("clock_error_s = -3600\nfootage = 'cars'");
    let mut session =
        Session::play(&rig.camera().main_url, "viewer", "secret").unwrap_or_else(|error| panic!("{error}"));
    let (camera_s, rtp_timestamp) = loop {
        if let Item::Report { camera_s, rtp_timestamp } = session.next().unwrap_or_else(|error| panic!("{error}")) {
            break (camera_s, rtp_timestamp);
        }
    };
    let journal = rig.journal();
    let line = journal.last().expect("access units were sent");
    // The report may extrapolate; carry the last access unit's moment over to its timestamp.
    let ticks = rtp_timestamp.wrapping_sub(line.rtp_timestamp) as i32;
    let sent_s = line.sent_us as f64 / 1e6 + f64::from(ticks) / 90_000.0;
    let error = camera_s - sent_s;
    assert!((error + 3600.0).abs() < 0.5, "the clock is {error} s off");
}
