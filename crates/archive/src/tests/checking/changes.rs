//! Every change of a segment file is named by the check, and nothing of it is given out as good.

use std::path::{Path, PathBuf};

use candour_seal::sealed;

use super::super::rig::picture;
use super::super::{CAMERA, STREAM, range};
use super::{checked, kinds, two_minutes};
use crate::{ArchiveError, Depth, FindingKind};

/// One change to a recorder at rest.
struct Case {
    name: &'static str,
    /// Nothing of what plays was changed: only what binds it to the log and to the files beside it.
    plays_whole: bool,
    change: fn(&Files),
    /// What a quick check says, then a deep one.
    quick: &'static [FindingKind],
    deep: &'static [FindingKind],
}

/// Two whole segment files.
struct Files {
    first: PathBuf,
    second: PathBuf,
}

impl Files {
    fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>, &sealed::SealedSummary)) {
        let mut bytes = std::fs::read(path).expect("the file");
        let summary = sealed::check(bytes.as_slice()).expect("it is whole");
        change(&mut bytes, &summary);
        std::fs::write(path, bytes).expect("the file");
    }
}

pub(super) fn flip(path: &Path, at: impl FnOnce(&sealed::SealedSummary) -> u64) {
    Files::change(path, |bytes, summary| bytes[at(summary) as usize] ^= 1);
}

use FindingKind::{Damaged, RowWithoutFile, WrongFile};

const CASES: &[Case] = &[
    Case {
        name: "a byte of a picture",
        plays_whole: false,
        change: |files| flip(&files.first, |summary| summary.table[5].offset + 500),
        quick: &[],
        deep: &[Damaged],
    },
    Case {
        name: "a byte of the clear head of a fragment",
        plays_whole: false,
        change: |files| flip(&files.first, |summary| summary.table[5].offset + 40),
        quick: &[],
        deep: &[Damaged],
    },
    Case {
        name: "a byte of the digest behind a fragment",
        plays_whole: true,
        change: |files| flip(&files.first, |summary| summary.table[5].end() - 5),
        quick: &[],
        deep: &[Damaged],
    },
    Case {
        name: "three fragments",
        plays_whole: false,
        change: |files| {
            for number in [3, 7, 9] {
                let mut bytes = std::fs::read(&files.first).expect("the file");
                let footer = bytes.len() - 4;
                // The place is where the table had it: the first damage hides the rest from a walk without keys.
                let place = 1000 + number * (footer / 12);
                bytes[place] ^= 1;
                std::fs::write(&files.first, bytes).expect("the file");
            }
        },
        quick: &[],
        deep: &[Damaged, Damaged, Damaged],
    },
    Case {
        name: "the time in the header",
        plays_whole: false,
        change: |files| flip(&files.first, |_| 146),
        quick: &[Damaged],
        deep: &[Damaged],
    },
    Case {
        name: "the stream in the header",
        plays_whole: false,
        change: |files| flip(&files.first, |_| 50),
        quick: &[Damaged],
        deep: &[Damaged],
    },
    Case {
        name: "a byte of the footer's table",
        plays_whole: false,
        change: |files| flip(&files.first, |summary| summary.table.last().expect("one").end() + 150),
        quick: &[Damaged],
        deep: &[Damaged],
    },
    Case {
        name: "the last byte",
        plays_whole: true,
        change: |files| flip(&files.first, |summary| summary.bytes - 1),
        quick: &[Damaged],
        deep: &[Damaged],
    },
    Case {
        name: "cut at the end of a fragment",
        plays_whole: false,
        change: |files| Files::change(&files.first, |bytes, summary| bytes.truncate(summary.table[8].end() as usize)),
        quick: &[Damaged],
        deep: &[Damaged],
    },
    Case {
        name: "cut inside a fragment",
        plays_whole: false,
        change: |files| {
            Files::change(&files.first, |bytes, summary| bytes.truncate(summary.table[8].end() as usize - 10))
        },
        quick: &[Damaged],
        deep: &[Damaged],
    },
    Case {
        name: "cut inside the header",
        plays_whole: false,
        change: |files| Files::change(&files.first, |bytes, _| bytes.truncate(100)),
        quick: &[FindingKind::TornTail],
        deep: &[FindingKind::TornTail],
    },
    Case {
        name: "bytes behind the end",
        plays_whole: true,
        change: |files| Files::change(&files.first, |bytes, _| bytes.extend([0; 50])),
        quick: &[Damaged],
        deep: &[Damaged],
    },
    Case {
        name: "two fragments of one file exchanged",
        plays_whole: false,
        change: |files| {
            Files::change(&files.first, |bytes, summary| {
                let (one, two) = (&summary.table[3], &summary.table[4]);
                let mut turned = bytes[two.offset as usize..two.end() as usize].to_vec();
                turned.extend_from_slice(&bytes[one.offset as usize..one.end() as usize]);
                bytes[one.offset as usize..two.end() as usize].copy_from_slice(&turned);
            });
        },
        quick: &[],
        deep: &[Damaged, Damaged],
    },
    Case {
        name: "a fragment of another segment",
        plays_whole: false,
        change: |files| {
            let other = std::fs::read(&files.second).expect("the file");
            let table = sealed::check(other.as_slice()).expect("it is whole").table;
            Files::change(&files.first, |bytes, summary| {
                let (mine, theirs) = (&summary.table[3], &table[3]);
                let len = mine.record_len().min(theirs.record_len());
                let from = theirs.offset as usize;
                bytes[mine.offset as usize..mine.offset as usize + len].copy_from_slice(&other[from..from + len]);
            });
        },
        quick: &[],
        deep: &[Damaged],
    },
    Case {
        name: "another segment's file",
        plays_whole: false,
        change: |files| {
            std::fs::copy(&files.second, &files.first).expect("a copy");
        },
        quick: &[WrongFile],
        deep: &[WrongFile],
    },
    Case {
        name: "two files exchanged",
        plays_whole: false,
        change: |files| {
            let (one, two) = (std::fs::read(&files.first), std::fs::read(&files.second));
            std::fs::write(&files.first, two.expect("the file")).expect("the file");
            std::fs::write(&files.second, one.expect("the file")).expect("the file");
        },
        quick: &[WrongFile, WrongFile],
        deep: &[WrongFile, WrongFile],
    },
    Case {
        name: "no file",
        plays_whole: false,
        change: |files| std::fs::remove_file(&files.first).expect("it is there"),
        quick: &[RowWithoutFile],
        deep: &[RowWithoutFile],
    },
    Case {
        name: "no segment at all",
        plays_whole: false,
        change: |files| std::fs::write(&files.first, [7; 4000]).expect("a file"),
        quick: &[Damaged],
        deep: &[Damaged],
    },
];

#[tokio::test]
async fn every_change_of_a_file_is_named() {
    let rig = two_minutes().await;
    let rows = rig.segments().await;
    let files = Files { first: rig.path(rows[0].id), second: rig.path(rows[1].id) };
    let whole = [std::fs::read(&files.first).expect("the file"), std::fs::read(&files.second).expect("the file")];
    for case in CASES {
        (case.change)(&files);
        for (depth, expected) in [(Depth::Quick, case.quick), (Depth::Deep, case.deep)] {
            let report = checked(&rig, depth).await;
            let found: Vec<_> = report.findings.iter().map(|finding| finding.kind).collect();
            assert_eq!(found, expected, "{}, {depth:?}: {:?}", case.name, report.findings);
            for finding in &report.findings {
                assert!(finding.segment == Some(rows[0].id) || finding.segment == Some(rows[1].id), "{}", case.name);
                assert_eq!((finding.camera, finding.stream), (Some(CAMERA), Some(STREAM)), "{}: {finding}", case.name);
                let interval = finding.interval.expect("the time is named");
                assert!(interval.start >= rows[0].start && interval.end <= rows[1].end, "{}: {finding}", case.name);
            }
        }
        // Nothing of it is ever given out as good: what is read is a beginning of what was recorded, without a change.
        let receipt = rig.receipt(candour_audit::LookKind::Playback, Some(range(0, 130))).await;
        let mut told = true;
        if let Ok(mut reading) = rig.archive.read(&receipt, CAMERA, STREAM, range(0, 130)).await {
            told = !reading.lost().is_empty();
            for piece in 0..reading.pieces().len() {
                let segment = reading.pieces()[piece].segment;
                let from: i64 = rows.iter().take_while(|row| row.id != segment).map(|row| row.samples).sum();
                let mut given = 0;
                loop {
                    match reading.next_fragment(piece).await {
                        Ok(Some(samples)) => {
                            for sample in samples {
                                assert_eq!(sample.data, picture(from + given), "{}", case.name);
                                given += 1;
                            }
                        }
                        Ok(None) => break,
                        Err(error) => {
                            assert!(matches!(error, ArchiveError::DataLoss { .. }), "{}: {error:?}", case.name);
                            told = true;
                            break;
                        }
                    }
                }
            }
        }
        assert!(told || case.plays_whole, "{}: what is missing is said", case.name);
        std::fs::write(&files.first, &whole[0]).expect("the file");
        std::fs::write(&files.second, &whole[1]).expect("the file");
    }
    assert_eq!(kinds(&rig, Depth::Deep).await, []);
}
