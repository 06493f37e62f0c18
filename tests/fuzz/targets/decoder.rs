//! What passes between the recorder and a decoder child, and what a camera's bytes become on the way.

#![no_main]

use candour_decode::{Answer, MOST_ANSWER, Request, annex_b, read_frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut out = Vec::new();
    if let Ok(request) = Request::decode(data) {
        request.encode(&mut out);
        assert_eq!(Request::decode(&out).as_ref(), Ok(&request));
    }
    out.clear();
    if let Ok(answer) = Answer::decode(data) {
        answer.encode(&mut out);
        assert_eq!(Answer::decode(&out).as_ref(), Ok(&answer));
    }
    let (mut from, mut message) = (data, Vec::new());
    while let Ok(true) = read_frame(&mut from, MOST_ANSWER, &mut message) {
        assert!(message.len() <= MOST_ANSWER);
    }
    if annex_b(&[], data, &mut out).is_ok() {
        assert!(out.len() <= data.len() + 4, "a start code for each length, and no more");
    }
});
