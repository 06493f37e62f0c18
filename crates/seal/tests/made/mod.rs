//! Segments made for tests: every field set, every byte known.

use std::num::NonZeroU8;

use candour_seal::{
    ClockClaim, CodecCode, FragmentBuilder, FragmentInfo, GapBefore, SampleTimes, SealedFooter, Sealer, SegmentHeader,
};
use candour_units::{
    CameraId, Hash, PurposeId, RecorderId, RunId, SegmentId, StreamId, StreamKind, WallDuration, WallRange, WallTime,
};

pub const KEY: [u8; 32] = *b"the segment key of the tests 32b";

pub fn header() -> SegmentHeader {
    SegmentHeader {
        recorder: RecorderId::from_bytes([0x11; 16]),
        camera: CameraId::from_bytes([0x22; 16]),
        stream: StreamId::from_bytes([0x33; 16]),
        run: RunId::from_bytes([0x44; 16]),
        segment: SegmentId::from_bytes([0x55; 16]),
        kind: StreamKind::Sub,
        start: WallTime::from_unix_seconds(1_795_461_180),
        run_dts: 5_400_000,
        clock: ClockClaim {
            camera_ahead: Some(WallDuration::from_ticks(-45_000)),
            read_pace: WallDuration::from_ticks(9_000),
            kernel_synchronised: true,
        },
        purpose: PurposeId::from_bytes([0x66; 16]),
        policy_hash: Hash([0x77; 32]),
        keep_until: WallTime::from_unix_seconds(1_795_461_180 + 72 * 3600),
        gap: Some(GapBefore {
            start: WallTime::from_unix_seconds(1_795_461_100),
            cause: NonZeroU8::new(4).expect("4 is not 0"),
        }),
        codec: CodecCode::H264,
        timescale: 90_000,
        codec_string: "avc1.640028".to_owned(),
        width: 640,
        height: 360,
        sample_entry: b"\0\0\0\x10avc1 made up".to_vec(),
    }
}

/// One sample in a test: its times and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub times: SampleTimes,
    pub data: Vec<u8>,
}

/// `count` samples at 25 per second, numbered from `first`, a sync sample every `gop`.
pub fn samples(first: u32, count: u32, gop: u32) -> Vec<Made> {
    (first..first + count)
        .map(|number| Made {
            times: SampleTimes {
                dts: i64::from(number) * 3600,
                composition_offset: if number % 3 == 1 { -3600 } else { 7200 },
                duration: 3600,
                sync: number % gop == 0,
            },
            data: (0..5 + number % 4).map(|byte| (number * 7 + byte) as u8).collect(),
        })
        .collect()
}

pub fn fragment(samples: &[Made]) -> FragmentBuilder {
    let mut builder = FragmentBuilder::new();
    for sample in samples {
        builder.push(sample.times, &sample.data);
    }
    builder
}

pub fn wall(samples: &[Made]) -> WallRange {
    let first = samples.first().expect("a fragment has samples");
    let last = samples.last().expect("a fragment has samples");
    let at = |dts| header().start + WallDuration::from_ticks(dts);
    WallRange::new(at(first.times.dts), at(last.times.dts + 3600)).expect("samples have a duration")
}

/// A whole segment: the bytes of its file, where its records begin, and its end.
pub struct Whole {
    pub bytes: Vec<u8>,
    pub header_len: usize,
    pub fragments: Vec<FragmentInfo>,
    pub footer: SealedFooter,
}

pub fn segment(fragments: &[Vec<Made>]) -> Whole {
    let (mut sealer, mut bytes) = Sealer::begin(&header(), &KEY).expect("the header can be written");
    let header_len = bytes.len();
    for samples in fragments {
        let sealed = sealer.seal(fragment(samples), wall(samples)).expect("the samples can be sealed");
        assert_eq!(sealed.info().offset, bytes.len() as u64);
        assert_eq!(sealed.info().record_len(), sealed.bytes().len());
        bytes.extend_from_slice(sealed.bytes());
        sealer.written(sealed).expect("it was sealed last");
    }
    let fragments = sealer.fragments().to_vec();
    let footer = sealer.close();
    assert_eq!(footer.offset, bytes.len() as u64);
    bytes.extend_from_slice(&footer.bytes);
    Whole { bytes, header_len, fragments, footer }
}

/// Three fragments: a GOP, the part of one, a GOP.
pub fn three() -> Whole {
    segment(&[samples(0, 3, 5), samples(3, 2, 5), samples(5, 4, 5)])
}
