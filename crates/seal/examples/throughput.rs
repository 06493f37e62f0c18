//! How fast this machine seals and opens: one minute of 4 Mbit/s in half-second fragments, again and again.
//! `cargo run --release -p candour-seal --example throughput`

use std::num::NonZeroU8;
use std::time::Instant;

use candour_seal::{ClockClaim, CodecCode, FragmentBuilder, GapBefore, Opener, SampleTimes, Sealer, SegmentHeader};
use candour_units::{
    CameraId, Hash, PurposeId, RecorderId, RunId, SegmentId, StreamId, StreamKind, WallDuration, WallRange, WallTime,
};

const MINUTES: u8 = 20;
const SAMPLE: usize = 20_000;

fn header(segment: u8) -> SegmentHeader {
    SegmentHeader {
        recorder: RecorderId::from_bytes([1; 16]),
        camera: CameraId::from_bytes([2; 16]),
        stream: StreamId::from_bytes([3; 16]),
        run: RunId::from_bytes([4; 16]),
        segment: SegmentId::from_bytes([segment; 16]),
        kind: StreamKind::Main,
        start: WallTime::EPOCH,
        run_dts: 0,
        clock: ClockClaim::default(),
        purpose: PurposeId::from_bytes([5; 16]),
        policy_hash: Hash::default(),
        keep_until: WallTime::MAX,
        gap: NonZeroU8::new(1).map(|cause| GapBefore { start: WallTime::EPOCH, cause }),
        codec: CodecCode::H264,
        timescale: 90_000,
        codec_string: "avc1.640028".to_owned(),
        width: 1920,
        height: 1080,
        sample_entry: vec![0; 150],
    }
}

fn main() {
    let sample = vec![0x5a; SAMPLE];
    let wall = WallRange { start: WallTime::EPOCH, end: WallTime::EPOCH + WallDuration::from_ticks(1) };
    let (mut files, mut buffer) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    for minute in 0..MINUTES {
        let (mut sealer, mut file) = Sealer::begin(&header(minute), &[minute; 32]).expect("the header is good");
        for half in 0..120 {
            let mut builder = FragmentBuilder::reusing(buffer);
            for at in half * 25 / 2..(half + 1) * 25 / 2 {
                let times = SampleTimes { dts: at * 3600, composition_offset: 0, duration: 3600, sync: at % 50 == 0 };
                builder.push(times, &sample);
            }
            let sealed = sealer.seal(builder, wall).expect("the samples are in order");
            file.extend_from_slice(sealed.bytes());
            buffer = sealer.written(sealed).expect("it was sealed last");
        }
        let fragments = sealer.fragments().to_vec();
        file.extend_from_slice(&sealer.close().bytes);
        files.push((minute, file, fragments));
    }
    let sealing = begun.elapsed();

    let begun = Instant::now();
    let mut bytes = 0;
    for (minute, file, fragments) in &files {
        let opener = Opener::new(file, &[*minute; 32]).expect("the key is right");
        for info in fragments {
            let record = file[info.offset as usize..info.end() as usize].to_vec();
            let open = opener.open_fragment(info.offset, info.index, record).expect("it is whole");
            bytes += open.samples().iter().map(|sample| open.data(sample).len()).sum::<usize>();
        }
    }
    let opening = begun.elapsed();
    let camera_seconds = f64::from(MINUTES) * 60.0;
    let rate = |seconds: f64| bytes as f64 / seconds / 1e6;
    println!(
        "seal {:.0} MB/s, {:.3} ms per camera-second; open {:.0} MB/s",
        rate(sealing.as_secs_f64()),
        sealing.as_secs_f64() * 1e3 / camera_seconds,
        rate(opening.as_secs_f64()),
    );
}
