use proptest::prelude::*;

use super::*;
use crate::trouble::Mechanism;

fn time() -> impl Strategy<Value = MediaTime> {
    any::<i64>().prop_map(MediaTime::from_ticks)
}

fn check_request(request: &Request<'_>) {
    let mut bytes = vec![9; 3];
    request.encode(&mut bytes);
    assert!(bytes.len() <= MOST_REQUEST);
    assert_eq!(Request::decode(&bytes).as_ref(), Ok(request));
    for len in 0..bytes.len().min(12) {
        assert_ne!(Request::decode(&bytes[..len]).as_ref(), Ok(request), "cut to {len}");
    }
}

fn check_answer(answer: &Answer<'_>) {
    let mut bytes = Vec::new();
    answer.encode(&mut bytes);
    assert!(bytes.len() <= MOST_ANSWER);
    assert_eq!(Answer::decode(&bytes).as_ref(), Ok(answer));
    bytes.push(0);
    assert!(Answer::decode(&bytes).is_err(), "a byte too many");
}

#[test]
fn every_kind_comes_back() {
    let wanted = Wanted { most_side: 512, every_ms: 0 };
    for coding in [Coding::H264, Coding::H265, Coding::Mjpeg] {
        check_request(&Request::Open { stream: 7, coding, wanted });
        check_request(&Request::Recode { stream: 7, coding, target: Target::default() });
    }
    check_request(&Request::Drain { stream: 0 });
    check_request(&Request::Close { stream: u16::MAX });
    check_request(&Request::Key { stream: 9 });
    for code in 1..=12 {
        let what = Trouble::from_code(code).expect("codes run from 1 to 12");
        check_answer(&Answer::Trouble { stream: 3, what });
        assert!(!what.to_string().is_empty());
    }
    assert_eq!((Trouble::from_code(0), Trouble::from_code(13)), (None, None));
    check_answer(&Answer::Done { stream: 1 });
    for width in [LEAST_STILL_WIDTH, MOST_STILL_WIDTH] {
        check_request(&Request::Still(StillOf { stream: 2, coding: Coding::H265, width, data: &[1, 2, 3] }));
    }
    let mut missing = Mechanisms::NONE;
    check_answer(&Answer::Ready { missing });
    missing.insert(Mechanism::Network);
    missing.insert(Mechanism::Scopes);
    check_answer(&Answer::Ready { missing });
    assert_eq!(
        missing.to_string(),
        "Landlock for TCP (Linux 6.7), Landlock scopes for signals and abstract sockets (Linux 6.12)"
    );
}

#[test]
fn limits_hold() {
    let unit = vec![0; MOST_UNIT + 1];
    let mut bytes = Vec::new();
    Request::Unit { stream: 0, pts: MediaTime::from_ticks(0), data: &unit }.encode(&mut bytes);
    assert_eq!(
        Request::decode(&bytes),
        Err(MessageError::Field { kind: UNIT, field: "data", value: unit.len() as u64 })
    );
    bytes.pop();
    assert!(Request::decode(&bytes).is_ok());
    assert_eq!(Answer::decode(&[READY, 64]), Err(MessageError::Field { kind: READY, field: "missing", value: 64 }));
    assert_eq!(Answer::decode(&[]), Err(MessageError::Empty));
    let mut answer = vec![RECODED, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2];
    assert_eq!(Answer::decode(&answer), Err(MessageError::Field { kind: RECODED, field: "key", value: 2 }));
    answer[11] = 1;
    answer.resize(12 + MOST_RECODED + 1, 0);
    let too_long = MessageError::Field { kind: RECODED, field: "data", value: MOST_RECODED as u64 + 1 };
    assert_eq!(Answer::decode(&answer), Err(too_long));
    assert_eq!(Answer::decode(&[OPEN]), Err(MessageError::Kind(OPEN)), "a request is no answer");
    assert_eq!(
        Request::decode(&[OPEN, 0, 1, 1, 0, 15, 0, 0]),
        Err(MessageError::Field { kind: OPEN, field: "most_side", value: 15 })
    );
}

#[test]
fn a_still_is_a_jpeg_of_a_size_that_was_asked_for() {
    let jpeg = [0xff, 0xd8, 0xff, 0xdb, 7, 0xff, 0xd9];
    let made = |width, height, jpeg| {
        let mut bytes = Vec::new();
        Answer::Still(MadeStill { stream: 3, width, height, jpeg }).encode(&mut bytes);
        bytes
    };
    let good = made(320, 180, &jpeg);
    assert_eq!(Answer::decode(&good), Ok(Answer::Still(MadeStill { stream: 3, width: 320, height: 180, jpeg: &jpeg })));
    for (bytes, field) in [
        (made(0, 180, &jpeg), "width"),
        (made(320, MOST_STILL_WIDTH + 1, &jpeg), "height"),
        (made(320, 180, &jpeg[1..]), "jpeg"),
        (made(320, 180, &jpeg[..6]), "jpeg"),
        (made(320, 180, b"<svg onload=alert(1)>"), "jpeg"),
        (made(320, 180, &[&jpeg[..4], &vec![0; MOST_JPEG][..], &jpeg[5..]].concat()), "jpeg"),
    ] {
        assert!(matches!(Answer::decode(&bytes), Err(MessageError::Field { field: at, .. }) if at == field), "{field}");
    }
    let mut bytes = Vec::new();
    for width in [0, LEAST_STILL_WIDTH - 1, MOST_STILL_WIDTH + 1] {
        Request::Still(StillOf { stream: 0, coding: Coding::H264, width, data: &[] }).encode(&mut bytes);
        assert_eq!(
            Request::decode(&bytes),
            Err(MessageError::Field { kind: STILL, field: "width", value: u64::from(width) })
        );
    }
    let data = vec![0; MOST_UNIT + 1];
    Request::Still(StillOf { stream: 0, coding: Coding::H264, width: 320, data: &data }).encode(&mut bytes);
    assert!(matches!(Request::decode(&bytes), Err(MessageError::Field { field: "data", .. })));
    bytes.pop();
    assert!(Request::decode(&bytes).is_ok() && bytes.len() <= MOST_REQUEST);
}

proptest! {
    #[test]
    fn units_and_planes_come_back(stream in any::<u16>(), pts in time(), data in proptest::collection::vec(any::<u8>(), 0..200), width in 1u16..20, height in 1u16..10) {
        check_request(&Request::Unit { stream, pts, data: &data });
        check_request(&Request::Glimpse { stream, pts, data: &data });
        let len = usize::from(width) * usize::from(height);
        if let Some(luma) = data.get(..len) {
            check_answer(&Answer::Plane { stream, pts, width, height, luma });
        }
        if !data.is_empty() {
            // Cut short it would be a shorter picture, which is no error of this channel.
            let answer = Answer::Recoded { stream, pts, key: width > 9, data: &data };
            let mut bytes = Vec::new();
            answer.encode(&mut bytes);
            let read = Answer::decode(&bytes);
            prop_assert_eq!(read, Ok(answer));
        }
    }

    /// Any bytes are a message or an error, and a message that was read is written as the same bytes.
    #[test]
    fn any_bytes_end(kind in prop_oneof![0u8..9, 64u8..72, any::<u8>()], rest in proptest::collection::vec(prop_oneof![Just(0u8), 0u8..4, any::<u8>()], 0..64)) {
        let bytes: Vec<u8> = [kind].into_iter().chain(rest).collect();
        let mut again = Vec::new();
        if let Ok(request) = Request::decode(&bytes) {
            request.encode(&mut again);
            prop_assert_eq!(&again, &bytes);
        }
        if let Ok(answer) = Answer::decode(&bytes) {
            answer.encode(&mut again);
            prop_assert_eq!(&again, &bytes);
            if let Answer::Plane { width, height, luma, .. } = answer {
                prop_assert_eq!(luma.len(), usize::from(width) * usize::from(height));
            }
        }
    }

    /// One byte of a message changed, removed or added: never a panic, never a plane of another length than its size.
    #[test]
    fn changed_messages_are_messages_or_errors(at in any::<prop::sample::Index>(), by in 1u8..=255, how in 0..3) {
        let luma = [7; 12];
        let mut bytes = Vec::new();
        Answer::Plane { stream: 1, pts: MediaTime::from_ticks(5), width: 4, height: 3, luma: &luma }.encode(&mut bytes);
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] ^= by,
            1 => { bytes.remove(at); }
            _ => bytes.insert(at, by),
        }
        if let Ok(Answer::Plane { width, height, luma, .. }) = Answer::decode(&bytes) {
            prop_assert_eq!(luma.len(), usize::from(width) * usize::from(height));
        }
        let _ = Request::decode(&bytes);
    }
}
