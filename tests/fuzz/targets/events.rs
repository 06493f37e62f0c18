//! What a camera answers while somebody listens to its events: whatever it is, the conversation ends, stays at the host, and keeps claims of known kinds only.

#![no_main]

use candour_onvif::{HttpAnswer, Input, Listened, Listening, Onboarded};
use candour_units::{WallDuration, WallTime};
use libfuzzer_sys::fuzz_target;

/// Messages of one answer that are kept at most.
const MOST_CLAIMS: usize = 32;

fuzz_target!(|data: &[u8]| {
    let first = converse(data);
    assert_eq!(first, converse(data), "the same answers lead to the same claims");
});

/// The answers are the parts between zeros; the first byte of each is its status. Gives what was heard.
fn converse(data: &[u8]) -> Vec<String> {
    let at = Onboarded { host: [10, 20, 0, 7].into(), port: 80, tls: false };
    let mut now = WallTime::from_unix_seconds(1_800_000_000);
    let mut machine = Listening::new(at, None, [7; 32], now);
    let mut answers = data.split(|byte| *byte == 0);
    let mut heard = Vec::new();
    loop {
        match machine.poll() {
            Some(Listened::Send(request)) => {
                assert!(request.path.starts_with('/'), "a path and no other host: {}", request.path);
                assert!(!request.path.contains(['\r', '\n', ' ']), "{:?}", request.path);
                let Some(answer) = answers.next() else {
                    machine.stop();
                    machine.handle(now, Input::Failed(candour_onvif::TransportFailure::Unreachable));
                    continue;
                };
                now = now + WallDuration::from_seconds(40);
                machine.handle(now, Input::Answer(read(answer)));
            }
            Some(Listened::Heard { claims, .. }) => {
                assert!(claims.len() <= MOST_CLAIMS);
                heard.push(format!("{claims:?}"));
            }
            Some(Listened::Finished(_)) | None => return heard,
        }
    }
}

/// What is no whole envelope is put into one, so that what is read of events is reached soon.
fn read(answer: &[u8]) -> HttpAnswer {
    let (status, body) = match answer.split_first() {
        Some((b'4', body)) => (400, body),
        Some((b'1', body)) => (401, body),
        Some((_, body)) => (200, body),
        None => (200, answer),
    };
    let envelope = |inside: &[u8]| {
        let head = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>".as_slice();
        [head, inside, b"</s:Body></s:Envelope>"].concat()
    };
    let body = if body.starts_with(b"<s:Envelope") { body.to_vec() } else { envelope(body) };
    HttpAnswer { status, body, ..HttpAnswer::default() }
}
