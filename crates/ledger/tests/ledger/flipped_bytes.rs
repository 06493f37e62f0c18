use candour_ledger::{CheckpointFault, Finding, FrameField, Group, HEADER_LEN};

use crate::sample::{Sample, check, sample};

/// Which field the byte at `at` of frame `number` belongs to.
fn field(sample: &Sample, number: usize, at: usize) -> FrameField {
    let entry = &sample.entries[number];
    let leaf_end = HEADER_LEN + entry.leaf.encode().len();
    let details_end = leaf_end + entry.details.encode().len();
    match at {
        0..4 => FrameField::Magic,
        4..12 => FrameField::Number,
        12..HEADER_LEN => FrameField::Lengths,
        at if at < leaf_end => FrameField::Leaf,
        at if at < details_end => detail(entry, at - leaf_end),
        at if at < details_end + 32 => FrameField::LeafHash,
        _ => FrameField::Check,
    }
}

/// Which group a byte of the details belongs to; marks and lengths are layout.
fn detail(entry: &candour_ledger::Entry, at: usize) -> FrameField {
    let mut start = 1;
    for group in Group::ALL {
        let text = entry.details.text(group).map(str::len);
        let end = start + text.map_or(1, |len| 1 + 32 + 4 + len);
        if at > start && at < end {
            return FrameField::Group(group);
        }
        start = end;
    }
    FrameField::Details
}

#[test]
fn every_byte_of_the_journal_is_located() {
    let sample = sample(&[0, 1, 3, 4]);
    assert_eq!(check(&sample.key, &sample.journal, &sample.checkpoints).findings, []);
    for at in 0..sample.journal.len() {
        let number = sample.offsets.partition_point(|offset| *offset <= at) - 1;
        let offset = sample.offsets[number];
        let expected = field(&sample, number, at - offset);
        for flip in [0x01, 0x80, 0xff, sample.journal[at]] {
            let mut journal = sample.journal.clone();
            journal[at] ^= flip;
            if journal == sample.journal {
                continue;
            }
            let findings = check(&sample.key, &journal, &sample.checkpoints).findings;
            // A last byte that became zero looks as if it had not been written; it is found all the same.
            if at + 1 == journal.len() && journal[at] == 0 {
                assert_eq!(findings, [Finding::Missing { found: number as u64, signed: number as u64 + 1 }]);
                continue;
            }
            let [Finding::Entry { number: found, offset: place, field }] = findings[..] else {
                panic!("byte {at} ^ {flip:#x}: {findings:?}");
            };
            assert_eq!((found, place), (number as u64, offset as u64), "byte {at}");
            // A changed length or a text that is no longer UTF-8 shows as layout, a changed mark as either.
            let as_layout = field == FrameField::Details && matches!(expected, FrameField::Group(_));
            assert!(field == expected || as_layout, "byte {at} ^ {flip:#x}: {field:?}, not {expected:?}");
        }
    }
}

#[test]
fn every_byte_of_the_checkpoints_is_located() {
    let sample = sample(&[0, 1, 3, 4]);
    let starts: Vec<usize> = [0].into_iter().chain(ends_of_notes(&sample.checkpoints)).collect();
    for at in 0..sample.checkpoints.len() {
        let number = starts.partition_point(|start| *start <= at) - 1;
        for flip in [0x01, 0x02, 0x80, 0xff, sample.checkpoints[at] ^ b'\n'] {
            if flip == 0 {
                continue;
            }
            let mut checkpoints = sample.checkpoints.clone();
            checkpoints[at] ^= flip;
            let findings = check(&sample.key, &sample.journal, &checkpoints).findings;
            let [Finding::Checkpoint { number: found, offset, .. }] = findings[..] else {
                panic!("byte {at} ^ {flip:#x}: {findings:?}");
            };
            assert_eq!((found, offset), (number as u64, starts[number] as u64), "byte {at} ^ {flip:#x}");
        }
    }
}

fn ends_of_notes(checkpoints: &[u8]) -> Vec<usize> {
    let text = std::str::from_utf8(checkpoints).expect("notes are text");
    let lines = text.split_inclusive('\n').scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    });
    lines.enumerate().filter(|(number, _)| number % 5 == 4).map(|(_, end)| end).collect()
}

#[track_caller]
fn check_forged(change: impl FnOnce(&mut Sample), expected: &[Finding]) {
    let mut forged = sample(&[0, 1, 3, 4]);
    change(&mut forged);
    assert_eq!(check(&forged.key, &forged.journal, &forged.checkpoints).findings, expected);
}

#[test]
fn a_forger_who_mends_the_frame_is_found_by_the_tree() {
    // Entry 2 is written anew, in good form; checkpoint 2 is the first over it.
    let mend = |forged: &mut Sample| {
        let frame = candour_ledger::encode_frame(2, &crate::sample::entry(9));
        let (start, end) = (forged.offsets[2], forged.offsets[3]);
        forged.journal.splice(start..end, frame);
    };
    check_forged(mend, &[Finding::Root { number: 2, first: 1, end: 3 }]);
}

#[test]
fn dropped_and_reordered_entries_are_found() {
    let entry = |number, offset, field| Finding::Entry { number, offset, field };
    let drop = |forged: &mut Sample| drop(forged.journal.drain(forged.offsets[1]..forged.offsets[2]));
    let offsets = sample(&[4]).offsets;
    check_forged(drop, &[entry(1, offsets[1] as u64, FrameField::Number)]);
    check_forged(|forged| forged.journal.truncate(forged.offsets[2]), &[Finding::Missing { found: 2, signed: 4 }]);
    check_forged(|forged| forged.journal.truncate(forged.offsets[2] + 9), &[Finding::Missing { found: 2, signed: 4 }]);
    check_forged(|forged| forged.checkpoints.clear(), &[Finding::Unsigned { found: 4 }]);
}

#[test]
fn a_checkpoint_rolled_back_or_repeated_is_found() {
    let repeat = |forged: &mut Sample| {
        let first = forged.checkpoints[..ends_of_notes(&forged.checkpoints)[0]].to_vec();
        forged.checkpoints.extend(first);
    };
    let offset = sample(&[0, 1, 3, 4]).checkpoints.len() as u64;
    let fault = CheckpointFault::NotLater { size: 0, before: 4 };
    check_forged(repeat, &[Finding::Checkpoint { number: 4, offset, fault }]);
}

#[test]
fn an_unfinished_end_is_no_tampering() {
    let signed = sample(&[0, 1, 3]);
    let longer = sample(&[0, 1, 3, 4]);
    for cut in signed.journal.len()..longer.journal.len() {
        for zeros in [0, 1, 40, 5000] {
            let mut journal = longer.journal[..cut].to_vec();
            journal.resize(cut + zeros, 0);
            let report = check(&signed.key, &journal, &signed.checkpoints);
            assert_eq!((&report.findings[..], report.tree.size()), (&[][..], 3), "cut at {cut}, {zeros} zeros");
            let torn = (cut + zeros - signed.journal.len()) as u64;
            assert_eq!((report.journal.offset, report.journal.torn), (signed.journal.len() as u64, torn));
        }
    }
    for cut in signed.checkpoints.len()..longer.checkpoints.len() {
        let report = check(&signed.key, &longer.journal, &longer.checkpoints[..cut]);
        assert_eq!((&report.findings[..], report.tree.size(), report.signed_size()), (&[][..], 4, 3), "cut at {cut}");
        let torn = (cut - signed.checkpoints.len()) as u64;
        assert_eq!((report.history.offset, report.history.torn), (signed.checkpoints.len() as u64, torn));
    }
}
