//! What a sealed segment promises: it comes back as it was, and nothing about it changes unseen.

mod made;

use candour_seal::content::{self, ContentTree};
use candour_seal::{
    Closer, Damage, HEADER_PREFIX_LEN, Opener, RECORD_TAIL_LEN, SYNC_BEFORE_SEGMENT, SampleRow, SampleTimes, SealError,
    Sealer, What, footer_record_len, header_record_len, sealed,
};
use made::{KEY, Made, Whole, fragment, header, samples, segment, three, wall};
use proptest::prelude::*;

fn opener(whole: &Whole) -> Opener {
    Opener::new(&whole.bytes, &KEY).expect("the header is whole")
}

fn record(whole: &Whole, at: usize) -> Vec<u8> {
    let info = whole.fragments[at];
    whole.bytes[info.offset as usize..info.end() as usize].to_vec()
}

fn read_back(whole: &Whole) -> Vec<Vec<Made>> {
    let opener = opener(whole);
    (0..whole.fragments.len())
        .map(|at| {
            let info = whole.fragments[at];
            let open = opener.open_fragment(info.offset, info.index, record(whole, at)).expect("it is whole");
            assert_eq!(*open.info(), info);
            open.samples().iter().map(|s| Made { times: s.times, data: open.data(s).to_vec() }).collect()
        })
        .collect()
}

/// Opens everything in a file with the key, as a reader does that checks all of it.
fn open_all(bytes: &[u8]) -> Result<(), Damage> {
    let mut closer = Opener::new(bytes, &KEY)?.closer();
    let summary = sealed::check(bytes)?;
    for info in &summary.table {
        closer.take(bytes[info.offset as usize..info.end() as usize].to_vec())?;
    }
    let rest = &bytes[closer.offset() as usize..];
    closer.check_footer(rest).map(|_| ())
}

#[test]
fn samples_come_back_as_they_were() {
    let fragments = [samples(0, 3, 5), samples(3, 2, 5), samples(5, 4, 5)];
    let whole = segment(&fragments);
    assert_eq!(read_back(&whole), fragments);
    assert_eq!(*opener(&whole).header(), header());
    assert_eq!(open_all(&whole.bytes), Ok(()));
}

#[test]
fn each_fragment_says_where_decoding_can_start() {
    let parts = [samples(1, 2, 5), samples(3, 3, 5), samples(6, 2, 5), samples(8, 1, 5), samples(10, 2, 5)];
    let from_zero = parts.map(|mut part| {
        part.iter_mut().for_each(|sample| sample.times.dts -= 3600);
        part
    });
    let whole = segment(&from_zero);
    let found: Vec<_> = whole.fragments.iter().map(|info| (info.starts_at_sync, info.sync_back)).collect();
    assert_eq!(found, [(false, SYNC_BEFORE_SEGMENT), (false, SYNC_BEFORE_SEGMENT), (false, 1), (false, 2), (true, 0)]);
}

#[test]
fn the_footer_is_found_from_the_end_and_tells_where_everything_is() {
    let whole = three();
    let tail = &whole.bytes[whole.bytes.len() - RECORD_TAIL_LEN..];
    let len = footer_record_len(tail).expect("the file is closed");
    let at = whole.bytes.len() - len;
    let footer = opener(&whole).open_footer(at as u64, whole.bytes[at..].to_vec()).expect("it is whole");
    assert_eq!(footer.fragments, whole.fragments);
    assert_eq!(footer.content_root, whole.footer.content_root);
    let rows = |made: &Made| SampleRow {
        dts: made.times.dts,
        composition_offset: made.times.composition_offset,
        size: made.data.len() as u32,
        sync: made.times.sync,
    };
    assert_eq!(footer.samples, samples(0, 9, 5).iter().map(rows).collect::<Vec<_>>());
    assert_eq!(header_record_len(&whole.bytes[..HEADER_PREFIX_LEN]), Ok(whole.header_len));
}

#[test]
fn a_check_without_key_sees_the_same() {
    let whole = three();
    let summary = sealed::check_file(whole.bytes.as_slice()).expect("it is whole");
    assert_eq!(summary.header, header());
    assert_eq!(summary.table, whole.fragments);
    assert_eq!(summary.sealed_digest, whole.footer.sealed_digest);
    assert_eq!((summary.fragments, summary.samples, summary.closed), (3, 9, true));
    assert_eq!((summary.bytes, summary.intact_len), (whole.bytes.len() as u64, whole.bytes.len() as u64));
}

/// The record that byte `at` lies in: 0 the header, then fragments from 1, then the footer.
fn record_of(whole: &Whole, at: usize) -> u32 {
    whole.fragments.iter().filter(|info| info.offset <= at as u64).count() as u32
        + u32::from(at as u64 >= whole.footer.offset)
}

#[test]
fn every_flipped_byte_is_found_where_it_is() {
    let whole = three();
    for at in 0..whole.bytes.len() {
        for bit in [0x01, 0x80] {
            let mut bytes = whole.bytes.clone();
            bytes[at] ^= bit;
            let damage = sealed::check(bytes.as_slice()).expect_err("a byte differs");
            assert_eq!(damage.fragment, record_of(&whole, at), "byte {at}: {damage:?}");
            assert!(damage.offset <= at as u64 && damage.intact_len <= at as u64, "byte {at}: {damage:?}");
            let intact = match damage.fragment {
                0 => 0,
                1 => whole.header_len as u64,
                number => whole.fragments[number as usize - 2].end(),
            };
            assert_eq!(damage.intact_len, intact, "byte {at}");
        }
    }
}

#[test]
fn with_the_key_no_flipped_byte_plays() {
    let whole = three();
    let opener = opener(&whole);
    for (at, info) in whole.fragments.iter().enumerate() {
        let good = record(&whole, at);
        // The digest behind the record is not part of what is played; the check without key finds it.
        for byte in 0..good.len() - 32 {
            let mut bytes = good.clone();
            bytes[byte] ^= 0x10;
            let damage = opener.open_fragment(info.offset, info.index, bytes).expect_err("a byte differs");
            assert_eq!((damage.fragment, damage.offset), (info.index, info.offset));
        }
    }
    for byte in 0..whole.header_len {
        let mut bytes = whole.bytes.clone();
        bytes[byte] ^= 0x10;
        assert_eq!(Opener::new(&bytes, &KEY).err().map(|damage| damage.fragment), Some(0), "byte {byte}");
    }
}

#[test]
fn cut_anywhere_the_whole_records_are_counted() {
    let whole = three();
    for len in 0..whole.bytes.len() {
        let cut = &whole.bytes[..len];
        if len < whole.header_len {
            let damage = sealed::check(cut).expect_err("the header is cut");
            assert_eq!((damage.what, damage.offset), (What::HeaderIncomplete, len as u64));
            continue;
        }
        let summary = sealed::check(cut).expect("a torn tail is no damage");
        let fragments: Vec<_> = whole.fragments.iter().filter(|info| info.end() <= len as u64).copied().collect();
        let intact = fragments.last().map_or(whole.header_len as u64, |last| last.end());
        assert_eq!((summary.intact_len, summary.bytes, summary.closed), (intact, len as u64, false), "cut at {len}");
        assert_eq!(summary.table, fragments, "cut at {len}");
    }
}

#[test]
fn strangers_in_a_file_are_found() {
    let whole = three();
    let ends: Vec<usize> = whole.fragments.iter().map(|info| info.end() as usize).collect();
    let (head, first, second) = (&whole.bytes[..whole.header_len], record(&whole, 0), &whole.bytes[ends[0]..ends[1]]);
    let check = |bytes: Vec<u8>, expected: fn(&What) -> bool| {
        let damage = sealed::check(bytes.as_slice()).expect_err("a record is in the wrong place");
        assert!(expected(&damage.what), "{damage:?}");
    };
    check([head, second, &first].concat(), |what| matches!(what, What::Order { expected: 1, found: 2 }));
    check([head, &first, &first].concat(), |what| matches!(what, What::Order { expected: 2, found: 1 }));
    check([&whole.bytes[..], b"x"].concat(), |what| *what == What::Trailing);
    check([&whole.bytes[..ends[1]], &[0; 300]].concat(), |what| *what == What::Marker);
    check(b"not a segment at all".to_vec(), |what| matches!(what, What::Header(_)));
    // A fragment of another segment with the same number.
    let other = segment(&[samples(0, 2, 5)]);
    let other_second = segment(&[samples(0, 2, 5), samples(2, 2, 5)]);
    let stranger = &other_second.bytes[other.fragments[0].end() as usize..other_second.fragments[1].end() as usize];
    check([&whole.bytes[..ends[0]], stranger].concat(), |what| *what == What::PreviousDigest);
}

#[test]
fn another_key_opens_nothing() {
    let whole = three();
    let damage = Opener::new(&whole.bytes, &[1; 32]).err().expect("the key is another one");
    assert_eq!(damage.what, What::NotAuthentic);
    let other = Opener::new(&whole.bytes, &KEY).expect("the header is whole");
    let damage = other.open_fragment(whole.fragments[1].offset, 1, record(&whole, 1)).expect_err("it is fragment 2");
    assert_eq!(damage.what, What::Order { expected: 1, found: 2 });
}

/// Walks the fragments up to `intact_len`, as recovery does after a crash.
fn closer_of(bytes: &[u8]) -> Closer {
    let summary = sealed::check(bytes).expect("a torn tail is no damage");
    let mut closer = Opener::new(bytes, &KEY).expect("the header is whole").closer();
    for info in &summary.table {
        closer.take(bytes[info.offset as usize..info.end() as usize].to_vec()).expect("it is whole");
    }
    assert_eq!(closer.offset(), summary.intact_len);
    closer
}

#[test]
fn recovery_writes_the_footer_that_would_have_been_written() {
    let whole = three();
    let torn = &whole.bytes[..whole.footer.offset as usize + 50];
    assert_eq!(closer_of(torn).close(), whole.footer);

    let shorter = segment(&[samples(0, 3, 5), samples(3, 2, 5)]);
    let torn = &whole.bytes[..whole.fragments[2].offset as usize + 120];
    let footer = closer_of(torn).close();
    assert_eq!(footer, shorter.footer);
    let mended = [&torn[..footer.offset as usize], &footer.bytes].concat();
    assert_eq!(mended, shorter.bytes);
    assert_eq!(sealed::check(mended.as_slice()).map(|summary| summary.closed), Ok(true));
}

#[test]
fn a_segment_without_fragments_can_be_closed() {
    let whole = segment(&[]);
    let summary = sealed::check(whole.bytes.as_slice()).expect("it is whole");
    assert_eq!((summary.fragments, summary.closed, summary.wall_end), (0, true, header().start));
}

#[test]
fn a_fragment_is_sealed_once_and_retried_with_the_same_bytes() {
    let (mut sealer, _) = Sealer::begin(&header(), &KEY).expect("the header can be written");
    let made = samples(0, 2, 5);
    let first = sealer.seal(fragment(&made), wall(&made)).expect("it can be sealed");
    let again = sealer.seal(fragment(&made), wall(&made)).err();
    assert_eq!(again, Some(SealError::Unwritten { index: 1 }));

    let mut other_header = header();
    other_header.segment = candour_units::SegmentId::from_bytes([9; 16]);
    let (mut other, _) = Sealer::begin(&other_header, &KEY).expect("the header can be written");
    let stranger = other.seal(fragment(&made), wall(&made)).expect("it can be sealed");
    assert_eq!(sealer.written(stranger), Err(SealError::NotOurs { index: 1 }));

    let offset = first.info().end();
    let buffer = sealer.written(first).expect("it was sealed last");
    assert!(!buffer.is_empty() && sealer.len() == offset);
    let next = samples(2, 2, 5);
    let second = sealer.seal(fragment(&next), wall(&next)).expect("it can be sealed");
    assert_eq!(second.info().index, 2);
    // Never written: the segment ends behind the first.
    let footer = sealer.close();
    assert_eq!((footer.offset, footer.fragments.len()), (offset, 1));
}

#[test]
fn what_makes_no_fragment_is_refused() {
    let check = |samples: Vec<Made>| {
        let (mut sealer, _) = Sealer::begin(&header(), &KEY).expect("the header can be written");
        let range = wall(&made::samples(0, 1, 1));
        assert_eq!(sealer.seal(fragment(&samples), range).err(), Some(SealError::Samples { index: 1 }));
    };
    let sample = |dts, duration| Made {
        times: SampleTimes { dts, composition_offset: 0, duration, sync: true },
        data: b"x".to_vec(),
    };
    check(vec![]);
    check(vec![sample(10, 1), sample(10, 1)]);
    check(vec![sample(10, 1), sample(5, 1)]);
    check(vec![sample(0, 1), sample(1 << 33, 1)]);
    check(vec![sample(i64::MIN, 1), sample(i64::MAX, 1)]);
}

#[test]
fn a_clip_is_proved_by_its_own_leaves() {
    let fragments = [samples(0, 3, 5), samples(3, 2, 5), samples(5, 4, 5)];
    let whole = segment(&fragments);
    let mut leaves = vec![content::segment_leaf(&header())];
    for (number, sample) in fragments.iter().flatten().enumerate() {
        leaves.push(content::sample_leaf(number as u32 + 1, &sample.times, &content::sample_digest(&sample.data)));
    }
    let tree = ContentTree::new(leaves);
    let root = tree.root().expect("there are leaves");
    assert_eq!(root, whole.footer.content_root);
    assert_eq!(content::commitment(opener(&whole).content_salt(), &root), whole.footer.content_commitment);

    let clip = tree.prove(4..6).expect("the samples are there");
    assert!(content::verify_range(&root, tree.size(), 4, &tree.leaves()[4..6], &clip));
    let mut retimed = fragments[1][0].times;
    retimed.dts += 3600;
    let changed = content::sample_leaf(4, &retimed, &content::sample_digest(&fragments[1][0].data));
    assert!(!content::verify_range(&root, tree.size(), 4, &[changed, tree.leaves()[5]], &clip));
}

#[test]
fn the_leaf_of_the_segment_binds_what_a_viewer_is_told() {
    let good = content::segment_leaf(&header());
    let changes: [fn(&mut candour_seal::SegmentHeader); 6] = [
        |header| header.camera = candour_units::CameraId::from_bytes([0; 16]),
        |header| header.stream = candour_units::StreamId::from_bytes([0; 16]),
        |header| header.start = header.start + candour_units::WallDuration::from_ticks(1),
        |header| header.sample_entry[9] ^= 1,
        |header| header.clock.camera_ahead = None,
        |header| header.clock.kernel_synchronised = false,
    ];
    for change in changes {
        let mut header = header();
        change(&mut header);
        assert_ne!(content::segment_leaf(&header), good);
    }
}

#[test]
fn headers_come_back_and_strange_ones_are_refused() {
    let bytes = header().encode().expect("the header can be written");
    assert_eq!(candour_seal::SegmentHeader::decode(&bytes), Ok(header()));
    for at in 0..212 {
        for value in [0, 1, 2, 3, 7, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Ok(read) = candour_seal::SegmentHeader::decode(&changed) {
                assert_eq!(read.encode(), Ok(changed), "byte {at}: what is accepted is what is written");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_fragments_come_back(
        shapes in prop::collection::vec(prop::collection::vec((0usize..2000, any::<i32>(), 1u32..100_000, any::<bool>()), 1..20), 0..6),
    ) {
        let mut dts = 0;
        let fragments: Vec<Vec<Made>> = shapes.iter().map(|shape| shape.iter().map(|&(size, offset, duration, sync)| {
            let times = SampleTimes { dts, composition_offset: offset, duration, sync };
            dts += i64::from(duration);
            Made { times, data: vec![duration as u8; size] }
        }).collect()).collect();
        let whole = segment(&fragments);
        prop_assert_eq!(read_back(&whole), fragments);
        prop_assert_eq!(open_all(&whole.bytes), Ok(()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2000), keep in 0usize..1500) {
        let whole = three();
        let keep = keep.min(whole.bytes.len());
        let mixed = [&whole.bytes[..keep], &bytes].concat();
        if let Ok(summary) = sealed::check(mixed.as_slice()) {
            prop_assert!(summary.intact_len <= mixed.len() as u64);
        }
        let opener = opener(&whole);
        prop_assert!(opener.open_fragment(0, 1, bytes.clone()).is_err());
        prop_assert!(opener.open_footer(0, std::mem::take(&mut bytes)).is_err());
        let _ = footer_record_len(&mixed);
    }
}

#[test]
fn decode_times_rise_from_fragment_to_fragment() {
    let (mut sealer, _) = Sealer::begin(&header(), &KEY).expect("the header can be written");
    let mut sealed = |made: &[made::Made]| sealer.seal(fragment(made), wall(made)).map(|sealed| sealer.written(sealed));
    assert!(matches!(sealed(&samples(1, 2, 5)), Err(SealError::Samples { index: 1 })), "the first sample is at 0");
    assert!(sealed(&samples(0, 3, 5)).is_ok());
    assert!(matches!(sealed(&samples(2, 2, 5)), Err(SealError::Samples { index: 2 })), "sample 2 once more");
    // A sample may come before the one before it was said to end.
    let mut early = samples(3, 2, 5);
    early.iter_mut().for_each(|sample| sample.times.dts -= 1800);
    assert!(sealed(&early).is_ok());
}
