//! Against scripted servers on loopback: what a hostile or broken camera answers, byte for byte.

use super::*;
use crate::doubles::{Notebook, real_clock};
use crate::source::{Credentials, Target};
use crate::status::StreamState;
use crate::{Clearance, Limits, NotCleared};
use candour_units::{CameraId, StreamKind};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;

const SOON: Duration = Duration::from_secs(20);

pub(super) fn lanes() -> Lanes {
    let ms = Duration::from_millis;
    Lanes::start(LaneConfig { lanes: 1, pace: ms(20), watched_pace: ms(5) }, real_clock())
}

fn order(uri: &str, host: SocketAddr) -> Order {
    let target = Target::new(uri, host.ip()).expect("the test's own address");
    let credentials = Some(Credentials { username: "viewer".into(), password: "planted-secret".into() });
    Order {
        camera: CameraId::from_bytes([7; 16]),
        target,
        credentials,
        kind: StreamKind::Main,
        label: "test".into(),
        limits: Limits::NONE,
        clearance: None,
    }
}

/// A camera that answers each request on a connection with the next of `answers` (`CSEQ` filled in) and then hangs up.
/// Everything it was sent comes out of the receiver, request by request.
fn scripted(answers: Vec<Vec<u8>>) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(connection) = connection else { return };
            if converse(connection, &answers, &sender).is_err() {
                return;
            }
        }
    });
    (address, requests)
}

/// The error means that the test is over.
fn converse(
    connection: TcpStream,
    answers: &[Vec<u8>],
    sender: &mpsc::Sender<String>,
) -> Result<(), mpsc::SendError<String>> {
    let mut writer = connection.try_clone().expect("a second handle");
    let mut lines = BufReader::new(connection).lines();
    for answer in answers {
        let request: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        if request.is_empty() {
            return Ok(());
        }
        let cseq = request.iter().find_map(|line| line.strip_prefix("CSeq: ")).unwrap_or("0").to_owned();
        sender.send(request.join("\n"))?;
        let head_end = answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
        let head = String::from_utf8_lossy(&answer[..head_end]).replace("CSEQ", &cseq);
        let sent = writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(&answer[head_end..]));
        if sent.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("RTSP/1.0 {status}\r\nCSeq: CSEQ\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn challenge(value: &str) -> Vec<u8> {
    response("401 Unauthorized", &format!("WWW-Authenticate: {value}\r\n"), "")
}

const DIGEST: &str = "Digest realm=\"Camera\", nonce=\"0a1b\"";
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n\
                   a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z2QAKKzZQHgCJ+XARAAAAwAEAAADAMg8YMZY,aOvjyyLA\r\n\
                   a=control:track1\r\nm=audio 0 RTP/AVP 0\r\na=control:track2\r\n";

fn described() -> Vec<u8> {
    response("200 OK", "Content-Type: application/sdp\r\n", SDP)
}

fn set_up() -> Vec<u8> {
    response("200 OK", "Session: 12\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "")
}

fn playing_then(data: &[u8]) -> Vec<u8> {
    [&response("200 OK", "Session: 12\r\n", ""), data].concat()
}

/// Adds a stream from the scripted camera, waits for the first end and compares its cause and a part of its detail.
/// Returns the requests of the first attempt.
#[track_caller]
fn check(answers: Vec<Vec<u8>>, cause: GapCause, detail: &str) -> Vec<String> {
    let (address, requests) = scripted(answers);
    let lanes = lanes();
    let notes = Arc::new(Notebook::default());
    let handle = lanes.add_checked(order(&format!("rtsp://{address}/main"), address), notes.clone());
    notes.wait_for("an end", SOON, |heard| !heard.is_empty());
    lanes.stop();
    let ends = notes.ends();
    assert_eq!(ends[0].0, cause, "{ends:?}");
    assert!(ends[0].1.contains(detail), "{ends:?} lacks {detail}");
    assert!(
        ends.iter().all(|(_, detail)| !detail.contains("planted-secret") && detail.lines().count() == 1),
        "{ends:?}"
    );
    assert_eq!(ends.last().expect("two ends").0, GapCause::RecorderStopped);
    assert_eq!(handle.status().state, StreamState::Stopped { cause: GapCause::RecorderStopped });
    assert_eq!((handle.status().failures, handle.status().panics), (1, 0));
    requests.try_iter().collect()
}

#[test]
fn basic_is_never_answered_at_whatever_step_it_is_asked_for() {
    let basic = || challenge("Basic realm=\"Camera\"");
    for answers in [
        vec![basic()],
        vec![described(), basic()],
        vec![described(), set_up(), basic()],
        vec![challenge(DIGEST), basic()],
    ] {
        let steps = answers.len();
        let requests = check(answers, GapCause::CameraRefusedUs, "");
        assert_eq!(requests.len(), steps, "{requests:?}");
        let sent = requests.join("\n");
        assert!(!sent.contains("Basic") && !sent.contains("planted-secret"), "{sent}");
        // base64 of "viewer:planted-secret" begins like this.
        assert!(!sent.contains("dmlld2VyOnBsYW50"), "{sent}");
    }
    check(vec![basic()], GapCause::CameraRefusedUs, "offers only Basic");
}

#[test]
fn digest_is_answered_once() {
    let requests = check(vec![challenge(DIGEST), challenge(DIGEST)], GapCause::CameraRefusedUs, "status 401");
    assert_eq!(requests.len(), 2, "a wrong password is sent once, not until the account is locked");
    assert!(requests[1].contains("Authorization: Digest username=\"viewer\", realm=\"Camera\""), "{}", requests[1]);
}

#[test]
fn sound_is_not_set_up() {
    let requests = check(vec![described(), set_up(), playing_then(b"")], GapCause::CameraLost, "closed the connection");
    let set_up: Vec<_> = requests.iter().filter(|request| request.starts_with("SETUP")).collect();
    assert_eq!(set_up.len(), 1, "{requests:?}");
    assert!(set_up[0].contains("track1") && set_up[0].contains("RTP/AVP/TCP"), "{}", set_up[0]);
}

/// A camera that says how wide its picture is before it sends any is not asked to send it.
#[test]
fn a_picture_described_as_too_wide_is_not_asked_for() {
    let (address, requests) = scripted(vec![described(), set_up(), playing_then(b"")]);
    let lanes = lanes();
    let notes = Arc::new(Notebook::default());
    let limits = Limits { pixels_across: Some(1280), ..Limits::NONE };
    let order = Order { limits, ..order(&format!("rtsp://{address}/main"), address) };
    let _handle = lanes.add_checked(order, notes.clone());
    notes.wait_for_end(GapCause::AboveCap, SOON);
    lanes.stop();
    assert_eq!(notes.ends()[0].1, "the picture is 1920 pixels across; the policy allows 1280");
    let requests: Vec<_> = requests.try_iter().map(|request| request[..8].to_owned()).collect();
    assert_eq!(requests, ["DESCRIBE"]);
}

/// Sound that is named first, or sent although nobody asked for it, is not set up and not handed on.
#[test]
fn sound_is_not_received_even_if_it_is_pushed() {
    let audio = "m=audio 0 RTP/AVP 0\r\na=control:track2\r\n";
    let video_at = SDP.find("m=video").expect("there is video");
    let first = format!("{}{audio}{}", &SDP[..video_at], SDP[video_at..].replace(audio, ""));
    let described = response("200 OK", "Content-Type: application/sdp\r\n", &first);
    let sound = |n: u16| {
        let mut packet = packet(n, 160 * u32::from(n), &[0xff; 160]);
        (packet[1], packet[5]) = (2, 0);
        packet
    };
    let picture = packet(1, 900, &[&[0x65u8][..], &[0xaa; 900]].concat());
    let sent = [sound(1), sound(2), picture, sound(3)].concat();
    let (address, requests) = scripted(vec![described, set_up(), playing_then(&sent)]);
    let lanes = lanes();
    let notes = Arc::new(Notebook::default());
    let _handle = lanes.add_checked(order(&format!("rtsp://{address}/main"), address), notes.clone());
    notes.wait_for_end(GapCause::CameraLost, SOON);
    lanes.stop();
    assert_eq!(notes.samples().len(), 1, "{}", notes.story());
    let set_up: Vec<_> = requests.try_iter().filter(|request| request.starts_with("SETUP")).collect();
    assert!(set_up.iter().all(|request| request.contains("track1") && !request.contains("track2")), "{set_up:?}");
}

#[test]
fn redirections_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = elsewhere.local_addr().expect("bound");
    let moved = response("302 Moved", &format!("Location: rtsp://{there}/main\r\n"), "");
    check(vec![moved], GapCause::CameraGarbage, "status 302");
    elsewhere.set_nonblocking(true).expect("a socket of ours");
    assert!(elsewhere.accept().is_err(), "somebody followed");
}

/// A server that calls itself an old one of its kind makes the client say goodbye over a new connection, to the address
/// that `Content-Base` names.
#[test]
fn no_goodbye_is_sent_to_where_the_camera_points() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = elsewhere.local_addr().expect("bound");
    let sdp = SDP.replace("t=0 0\r\n", "t=0 0\r\na=tool:LIVE555 Streaming Media v2013.04.08\r\n");
    let headers = format!("Content-Type: application/sdp\r\nContent-Base: rtsp://{there}/\r\n");
    let described = response("200 OK", &headers, &sdp);
    let (address, requests) = scripted(vec![described, set_up(), playing_then(b"")]);
    let lanes = lanes();
    let notes = Arc::new(Notebook::default());
    let _handle = lanes.add_checked(order(&format!("rtsp://{address}/main"), address), notes.clone());
    notes.wait_for_end(GapCause::CameraLost, SOON);
    // The end of the second attempt shows that the first one's goodbye has had its time.
    notes.wait_for("a second attempt", SOON, |heard| heard.len() >= 2);
    lanes.stop();
    elsewhere.set_nonblocking(true).expect("a socket of ours");
    assert!(elsewhere.accept().is_err(), "a packet left for another host");
    assert!(requests.try_iter().all(|request| !request.starts_with("TEARDOWN")));
}

#[test]
fn what_makes_no_sense_is_garbage_and_what_breaks_is_lost() {
    let answer = |status: &str| vec![response(status, "", "")];
    check(answer("404 Not Found"), GapCause::CameraLost, "status 404");
    check(answer("453 Not Enough Bandwidth"), GapCause::CameraLost, "status 453");
    check(answer("200 OK"), GapCause::CameraGarbage, "status 200");
    check(vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()], GapCause::CameraGarbage, "cannot be read");
    check(vec![vec![0xff; 4096]], GapCause::CameraGarbage, "cannot be read");
    check(vec![], GapCause::CameraLost, "");
    let only_sound = SDP.replace("m=video 0 RTP/AVP 96", "m=audio 0 RTP/AVP 96");
    let sound = response("200 OK", "Content-Type: application/sdp\r\n", &only_sound);
    check(vec![sound], GapCause::CameraGarbage, "no video");
    // Interleaved data that is no RTP.
    let not_rtp = playing_then(b"$\0\0\x04abcd");
    check(vec![described(), set_up(), not_rtp], GapCause::CameraGarbage, "cannot be read");
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let lanes = lanes();
    let notes = Arc::new(Notebook::default());
    let _handle = lanes.add_checked(order(&format!("rtsp://{nobody}/"), nobody), notes.clone());
    notes.wait_for_end(GapCause::CameraLost, SOON);
    lanes.stop();
}

/// One NAL unit in one packet, the last of its access unit, on channel 0.
fn packet(sequence: u16, timestamp: u32, nal: &[u8]) -> Vec<u8> {
    let length = u16::try_from(nal.len() + 12).expect("it fits a packet").to_be_bytes();
    [&[b'$', 0], &length[..], &[0x80, 0xe0], &sequence.to_be_bytes(), &timestamp.to_be_bytes(), &[0, 0, 0, 1], nal]
        .concat()
}

/// 100 Mbit/s of sound packets, as fast as they can be sent.
#[test]
fn a_flood_ends_the_run_of_one_camera() {
    let nal = [&[0x65u8][..], &[0xaa; 60_000]].concat();
    let flood = (0..400u16).flat_map(|i| packet(i, u32::from(i) * 900, &nal)).collect::<Vec<_>>();
    check_run(vec![described(), set_up(), playing_then(&flood)], GapCause::CameraGarbage, "Mbit/s");
    let large = [&[0x7cu8, 0x85][..], &[0xaa; 60_000]].concat();
    let more = [&[0x7cu8, 0x05][..], &[0xaa; 60_000]].concat();
    let last = [&[0x7cu8, 0x45][..], &[0xaa; 60_000]].concat();
    let mut endless = packet(0, 900, &nal);
    for i in 1..=150u16 {
        let mut fragment = packet(
            i,
            9000,
            if i == 1 {
                &large
            } else if i == 150 {
                &last
            } else {
                &more
            },
        );
        // The marker is only on the last.
        fragment[5] = if i == 150 { 0xe0 } else { 0x60 };
        endless.extend(fragment);
    }
    check_run(vec![described(), set_up(), playing_then(&endless)], GapCause::CameraGarbage, "one picture of");
}

/// As [`check`], for a camera that sends something before its run ends.
#[track_caller]
fn check_run(answers: Vec<Vec<u8>>, cause: GapCause, detail: &str) {
    let (address, _requests) = scripted(answers);
    let lanes = lanes();
    let notes = Arc::new(Notebook::default());
    let handle = lanes.add_checked(order(&format!("rtsp://{address}/main"), address), notes.clone());
    notes.wait_for_end(cause, SOON);
    lanes.stop();
    assert!(notes.story().starts_with(&format!("started samples ended:{cause}")), "{}", notes.story());
    assert!(notes.ends()[0].1.contains(detail), "{:?}", notes.ends());
    assert_eq!(handle.status().panics, 0);
}

#[test]
fn a_stopped_stream_says_so_last_and_a_dropped_one_too() {
    let (address, _requests) = scripted(vec![response("503 Busy", "", "")]);
    let lanes = lanes();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (stopped, dropped) = (Arc::new(Notebook::default()), Arc::new(Notebook::default()));
    let uri = format!("rtsp://{address}/main");
    let first = lanes.add_checked(order(&uri, address), stopped.clone());
    let second = lanes.add_checked(order(&uri, address), dropped.clone());
    stopped.wait_for_end(GapCause::CameraLost, SOON);
    dropped.wait_for_end(GapCause::CameraLost, SOON);
    assert!(matches!(first.status().state, StreamState::Waiting { cause: GapCause::CameraLost, .. }));
    runtime.block_on(first.stop(GapCause::NotAccepted));
    assert_eq!(stopped.ends().last().expect("an end").0, GapCause::NotAccepted);
    drop(second);
    dropped.wait_for_end(GapCause::RecorderStopped, SOON);
    lanes.stop();
    assert_eq!(stopped.ends().last().expect("an end").0, GapCause::NotAccepted);
}

#[test]
fn streams_go_to_the_lane_that_has_the_fewest() {
    let (address, _requests) = scripted(vec![]);
    let clock = real_clock();
    let lanes = Lanes::start(LaneConfig { lanes: 2, ..LaneConfig::default() }, clock);
    let counts =
        |lanes: &Lanes| -> Vec<usize> { lanes.lanes.iter().map(|l| l.streams.load(Ordering::Relaxed)).collect() };
    let add = || lanes.add_checked(order(&format!("rtsp://{address}/"), address), Arc::new(Notebook::default()));
    let (one, two, three) = (add(), add(), add());
    assert_eq!(counts(&lanes), [2, 1]);
    drop((one, three));
    assert_eq!(counts(&lanes), [0, 1]);
    drop(two);
    lanes.stop();
    assert_eq!(LaneConfig::for_streams(0).lanes, 1);
    assert!(LaneConfig::for_streams(1000).lanes >= 1);
}

mod camera;
