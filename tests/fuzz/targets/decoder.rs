//! What passes between the recorder and a decoder child, and what a camera's bytes become on the way.

#![no_main]

use candour_decode::{Answer, MOST_ANSWER, Recoded, RecodedTrack, Request, Target, annex_b, read_frame};
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
    let (mut track, mut before) = (RecodedTrack::new(Target::default(), 90_000), None);
    while let Ok(true) = read_frame(&mut from, MOST_ANSWER, &mut message) {
        assert!(message.len() <= MOST_ANSWER);
        // What a converting program says becomes a track or an error: its times grow, and it begins with how to decode it.
        if let Ok(Answer::Recoded { pts, key, data, .. }) = Answer::decode(&message)
            && let Ok(sample) = track.take(&Recoded { pts, key, data: data.to_vec() })
        {
            assert!(before.is_some_and(|before| before < sample.pts) || (before.is_none() && sample.entry.is_some()));
            assert!(sample.data.len() <= data.len() * 2, "a length for each start code");
            let entry = sample.entry.as_ref();
            assert!(
                entry.is_none_or(|entry| entry.width.max(entry.height) <= 1280 && entry.width.min(entry.height) <= 720)
            );
            before = Some(sample.pts);
        }
    }
    if annex_b(&[], data, &mut out).is_ok() {
        assert!(out.len() <= data.len() + 4, "a start code for each length, and no more");
    }
});
