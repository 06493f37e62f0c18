use proptest::prelude::*;

use super::*;
use crate::{MediaError, read_fragment};

fn sample() -> impl Strategy<Value = FragmentSample> {
    (any::<u32>(), 0u32..40, any::<i32>(), any::<bool>()).prop_map(|(duration, size, composition_offset, sync)| {
        FragmentSample { duration, size, composition_offset, sync }
    })
}

fn bytes_of(samples: &[FragmentSample]) -> Vec<Vec<u8>> {
    samples.iter().enumerate().map(|(i, sample)| vec![i as u8; sample.size as usize]).collect()
}

const TWO: [FragmentSample; 2] = [
    FragmentSample { duration: 3600, size: 3, composition_offset: 7200, sync: true },
    FragmentSample { duration: 3600, size: 1, composition_offset: -1, sync: false },
];

#[test]
fn the_bytes_are_these() {
    let written = fragment(7, 1 << 33, &TWO, &[b"abc", &b"d"[..]]);
    let expected = [
        &b"\0\0\0\x78moof"[..],
        b"\0\0\0\x10mfhd\0\0\0\0\0\0\0\x07",
        b"\0\0\0\x60traf",
        b"\0\0\0\x10tfhd\0\x02\0\0\0\0\0\x01",
        b"\0\0\0\x14tfdt\x01\0\0\0\0\0\0\x02\0\0\0\0",
        b"\0\0\0\x34trun\x01\0\x0f\x01\0\0\0\x02\0\0\0\x80",
        b"\0\0\x0e\x10\0\0\0\x03\x02\0\0\0\0\0\x1c\x20",
        b"\0\0\x0e\x10\0\0\0\x01\x01\x01\0\0\xff\xff\xff\xff",
        b"\0\0\0\x0cmdatabcd",
    ]
    .concat();
    assert_eq!(written, expected);
}

#[test]
#[should_panic(expected = "exactly its bytes")]
fn bytes_that_are_not_in_the_table_are_a_mistake() {
    let _ = fragment(1, 0, &TWO, &[b"abc"]);
}

#[test]
fn cut_fragments_are_refused() {
    let whole = fragment(7, 0, &TWO, &[b"abcd"]);
    assert_eq!(
        read_fragment(&whole[..whole.len() - 1]).expect_err("a byte is missing").to_string(),
        "box 'mdat' at byte 120 claims 12 bytes where 11 are available"
    );
    assert!(matches!(read_fragment(&whole[..120]), Err(MediaError::BoxMissing { .. })));
    assert!((0..whole.len()).all(|len| read_fragment(&whole[..len]).is_err()));
}

#[test]
fn samples_outside_are_refused() {
    let mut wrong = fragment(7, 0, &TWO, &[b"abcd"]);
    let size_of_first = wrong.windows(4).position(|bytes| bytes == 3600u32.to_be_bytes()).expect("its duration") + 4;
    wrong[size_of_first..size_of_first + 4].copy_from_slice(&100u32.to_be_bytes());
    assert_eq!(
        read_fragment(&wrong),
        Err(MediaError::SampleOutside { index: 0, start: 128, end: 228, len: wrong.len() })
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        sequence in any::<u32>(),
        base in any::<u64>(),
        samples in proptest::collection::vec(sample(), 0..30),
    ) {
        let data = bytes_of(&samples);
        let written = fragment(sequence, base, &samples, &data);
        let read = read_fragment(&written).expect("our own");
        prop_assert_eq!((read.sequence, read.base_decode_time), (sequence, base));
        let back: Vec<_> = read.samples.iter().map(|read| read.sample).collect();
        prop_assert_eq!(back, samples);
        for (read, bytes) in read.samples.iter().zip(&data) {
            prop_assert_eq!(&written[read.bytes.clone()], &bytes[..]);
        }
    }

    #[test]
    fn damage_is_read_or_refused(at in 0usize..200, byte in any::<u8>(), tail in proptest::collection::vec(any::<u8>(), 0..20)) {
        let mut data = fragment(7, 0, &TWO, &[b"abcd"]);
        let at = at % data.len();
        data[at] = byte;
        data.extend(tail);
        if let Ok(read) = read_fragment(&data) {
            prop_assert!(read.samples.iter().all(|sample| sample.bytes.end <= data.len()));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(data in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read_fragment(&data).is_err());
    }
}
