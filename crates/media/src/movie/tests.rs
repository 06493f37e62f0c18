use bytes::Bytes;
use mp4_atom::{Decode, Moov};
use proptest::prelude::*;

use super::*;

fn entry(kind: &[u8; 4], mark: u8, codec: Codec) -> SampleEntry {
    let mut raw = vec![0, 0, 0, 12];
    raw.extend_from_slice(kind);
    raw.extend_from_slice(&[mark; 4]);
    SampleEntry {
        codec,
        codec_string: String::new(),
        width: 640 + u16::from(mark),
        height: 360,
        timescale: 90_000,
        entry: Bytes::from(raw),
        decoder_config: Bytes::new(),
        reorder_depth: None,
    }
}

fn avc(mark: u8) -> SampleEntry {
    // A box no reader knows inside: what is tested is what lies around it.
    entry(b"xxxx", mark, Codec::H264)
}

/// `count` samples from `first` on, 3600 ticks apart, the first a sync sample.
fn samples(first: u64, count: u64) -> Vec<MovieSample> {
    (0..count)
        .map(|n| MovieSample { dts: first + n * 3600, composition_offset: 0, size: 100 + n as u32, sync: n == 0 })
        .collect()
}

fn box_at<'a>(data: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let at = data.windows(4).position(|window| window == kind).expect("the box is there");
    let len = u32::from_be_bytes(data[at - 4..at].try_into().expect("four bytes")) as usize;
    &data[at + 4..at - 4 + len]
}

fn words(body: &[u8]) -> Vec<u32> {
    body.chunks_exact(4).map(|word| u32::from_be_bytes(word.try_into().expect("four bytes"))).collect()
}

#[test]
fn tables_of_two_runs_with_another_entry() {
    let mut tables = MovieTables::new();
    tables.push_chunk(&avc(1), samples(0, 3), 3 * 3600).expect("it fits");
    tables.push_chunk(&avc(1), samples(3 * 3600, 3), 6 * 3600).expect("it fits");
    // Ten seconds of nothing, then the camera's parameter sets are others.
    tables.push_chunk(&avc(2), samples(6 * 3600 + 900_000, 2), 8 * 3600 + 900_000).expect("it fits");
    let front = tables.front(&MovieFacts { created_unix_s: 1_795_461_000, story: "{}".to_owned() }).expect("it fits");
    let bytes = &front.bytes;
    assert_eq!(words(box_at(bytes, b"stts")), [0, 3, 5, 3600, 1, 903_600, 2, 3600]);
    assert_eq!(words(box_at(bytes, b"stsc")), [0, 2, 1, 3, 1, 3, 2, 2]);
    assert_eq!(words(box_at(bytes, b"stss")), [0, 3, 1, 4, 7]);
    assert_eq!(words(box_at(bytes, b"stsz")), [0, 0, 8, 100, 101, 102, 100, 101, 102, 100, 101]);
    assert_eq!(words(&box_at(bytes, b"stsd")[..8]), [0, 2]);
    assert!(bytes.windows(4).all(|window| window != b"ctts"));
    let at = bytes.len() as u64;
    assert_eq!(front.chunks, [at, at + 303, at + 606]);
    assert_eq!(words(&box_at(bytes, b"stco")[8..]), [at as u32, at as u32 + 303, at as u32 + 606]);
    assert_eq!(front.len, at + 807);
    assert_eq!(&bytes[bytes.len() - 8..], &[&815u32.to_be_bytes()[..], b"mdat"].concat());
    assert_eq!(box_at(bytes, b"uuid"), &[&STORY_UUID[..], b"{}"].concat());

    let moov = bytes.windows(4).position(|window| window == b"moov").expect("there is one") - 4;
    let moov = Moov::decode(&mut &bytes[moov..]).expect("an independent reader takes it");
    let duration = 8 * 3600 + 900_000;
    assert_eq!(
        (moov.mvhd.duration, moov.trak[0].tkhd.duration, moov.trak[0].mdia.mdhd.duration),
        (duration, duration, duration)
    );
    assert_eq!(moov.mvhd.creation_time, 1_795_461_000 + 2_082_844_800);
    assert_eq!(moov.trak[0].tkhd.width.integer(), 642);
}

#[test]
fn pictures_shown_late_begin_the_film() {
    let mut tables = MovieTables::new();
    let late = samples(500, 3).into_iter().map(|sample| MovieSample { composition_offset: 7200, ..sample });
    tables.push_chunk(&avc(1), late, 500 + 3 * 3600).expect("it fits");
    let front = tables.front(&MovieFacts::default()).expect("it fits");
    assert_eq!(words(box_at(&front.bytes, b"ctts")), [0x0100_0000, 1, 3, 7200]);
    // One edit of the whole, from the first picture.
    assert_eq!(words(box_at(&front.bytes, b"elst")), [0x0100_0000, 1, 0, 10_800, 0, 7200, 0x0001_0000]);
}

#[test]
fn what_one_track_cannot_hold_is_refused() {
    let mut tables = MovieTables::new();
    tables.push_chunk(&avc(1), samples(0, 1), 3600).expect("it fits");
    let other = entry(b"hvc1", 1, Codec::H265);
    let refused = tables.clone().push_chunk(&other, samples(3600, 1), 7200);
    assert_eq!(refused, Err(MovieError::CodingChanges { before: Codec::H264, after: Codec::H265, at: 3600 }));
    let slow = SampleEntry { timescale: 1000, ..avc(2) };
    let refused = tables.clone().push_chunk(&slow, samples(3600, 1), 7200);
    assert_eq!(refused, Err(MovieError::TimescaleChanges { before: 90_000, after: 1000, at: 3600 }));
    let refused = tables.clone().push_chunk(&avc(1), samples(1 << 33, 1), 1 << 34);
    assert_eq!(refused, Err(MovieError::GapTooLong { at: 0, ticks: 1 << 33 }));
    assert_eq!(tables.push_chunk(&avc(1), samples(0, 1), 3600), Err(MovieError::NotInOrder { at: 0 }));
}

#[test]
fn behind_four_gibibytes_offsets_have_64_bits() {
    let mut tables = MovieTables::new();
    let large = |dts| [MovieSample { dts, composition_offset: 0, size: 1 << 30, sync: true }];
    for number in 0..5 {
        tables.push_chunk(&avc(1), large(number * 3600), (number + 1) * 3600).expect("it fits");
    }
    let front = tables.front(&MovieFacts::default()).expect("it fits");
    let offsets = words(box_at(&front.bytes, b"co64"));
    assert_eq!(offsets[1], 5);
    let last = (u64::from(offsets[10]) << 32) | u64::from(offsets[11]);
    assert_eq!((last, front.len), (front.chunks[4], front.bytes.len() as u64 + (5 << 30)));
    assert_eq!(last, front.bytes.len() as u64 + (4 << 30));
    // A large mdat has its length behind its name.
    let header = &front.bytes[front.bytes.len() - 16..];
    assert_eq!((&header[..8], &header[8..]), (&b"\0\0\0\x01mdat"[..], &((5u64 << 30) + 16).to_be_bytes()[..]));
}

proptest! {
    /// Whatever goes in, the chunks tile the file and an independent reader finds as many samples as went in.
    #[test]
    fn chunks_tile_the_file(
        chunks in prop::collection::vec((1u64..20, 0u64..200_000, 0u8..3, any::<bool>()), 1..30), story in ".{0,40}",
    ) {
        let (mut tables, mut at, mut count) = (MovieTables::new(), 0, 0);
        for (len, gap, mark, late) in &chunks {
            at += gap;
            let offset = if *late { -1800 } else { 3600 };
            let these = samples(at, *len).into_iter().map(|sample| MovieSample { composition_offset: offset, ..sample });
            at += len * 3600;
            tables.push_chunk(&avc(*mark), these, at).expect("it fits");
            count += len;
        }
        let front = tables.front(&MovieFacts { created_unix_s: 7, story }).expect("it fits");
        prop_assert_eq!(front.chunks.len(), chunks.len());
        prop_assert_eq!(front.chunks[0], front.bytes.len() as u64);
        prop_assert_eq!(front.len, front.bytes.len() as u64 + tables.media_len());
        let moov = front.bytes.windows(4).position(|window| window == b"moov").expect("there is one") - 4;
        let moov = Moov::decode(&mut &front.bytes[moov..]).expect("an independent reader takes it");
        let stts = &moov.trak[0].mdia.minf.stbl.stts;
        prop_assert_eq!(stts.entries.iter().map(|run| u64::from(run.sample_count)).sum::<u64>(), count);
    }
}
