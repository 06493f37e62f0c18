//! What strangers read, kept for ever: a version 1 ledger of two entries, byte by byte, with a readable dump.

use std::fmt::Write as _;

use candour_ledger::{Checkpoint, Group, Tree, encode_frame};

use crate::sample::{ORIGIN, entry, key};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn dump() -> String {
    let mut out = String::new();
    let mut line = |label: &str, bytes: &[u8]| writeln!(out, "{label:<22} {}", hex(bytes)).expect("a string grows");
    let mut tree = Tree::new();
    let mut first = entry(0);
    first.details.erase(Group::Who);
    for (number, entry) in [first, entry(1)].into_iter().enumerate() {
        let frame = encode_frame(number as u64, &entry);
        let mut rest = &frame[..];
        let mut take = |label: &str, count: usize| {
            let (bytes, after) = rest.split_at(count);
            rest = after;
            line(label, bytes);
        };
        take("magic", 4);
        take("entry number", 8);
        take("leaf length", 4);
        take("details length", 4);
        take("header check", 4);
        take("leaf version", 1);
        take("leaf time", 8);
        take("leaf kind length", 1);
        take("leaf kind", entry.leaf.kind.as_str().len());
        Group::ALL.iter().for_each(|group| take(&format!("leaf commitment {group}"), 32));
        take("details version", 1);
        for group in Group::ALL {
            take(&format!("details {group} mark"), 1);
            if let Some(text) = entry.details.text(group) {
                take(&format!("details {group} salt"), 32);
                take(&format!("details {group} length"), 4);
                take(&format!("details {group} text"), text.len());
            }
        }
        take("leaf hash", 32);
        take("frame check", 8);
        assert!(rest.is_empty());
        tree.push(entry.leaf.hash());
    }
    out.push_str(&format!("\n{}\n", key().verifier()));
    out.push_str(&format!("\n{}", Checkpoint::new(ORIGIN, 2, tree.root()).sign(&key()).encode()));
    out
}

#[test]
fn version_1_stays_as_it_is() {
    let golden = include_str!("../golden/ledger-v1.txt");
    let dump = dump();
    for (number, (found, expected)) in dump.lines().zip(golden.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", number + 1);
    }
    assert_eq!(dump, golden);
}

/// The worked example of the design page is the golden ledger.
#[test]
fn the_design_page_shows_these_bytes() {
    let page = include_str!("../../../../docs/design/ledger.md");
    let golden = include_str!("../golden/ledger-v1.txt");
    let second_frame = golden.match_indices("magic").nth(1).expect("two frames").0;
    assert!(page.contains(&golden[..second_frame]));
    let key_and_note = golden.split_once("\n\n").expect("a blank line after the frames").1;
    let (key, note) = key_and_note.split_once("\n\n").expect("a blank line after the key");
    assert!(page.contains(key) && page.contains(note));
}
