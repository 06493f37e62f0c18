//! The init segment we write for a known stream, byte for byte, with a dump beside it that people can read.
//!
//! After a deliberate change: `CANDOUR_WRITE_GOLDEN=1 cargo test -p candour-media --test golden` writes both anew; read
//! the difference of the dump before committing it.

mod footage;

use std::fmt::Write;

use candour_media::init_segment;
use footage::{data_dir, load};

const CONTAINERS: [&[u8; 4]; 8] = [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"mvex", b"stsd"];

/// One line per box: where it lies, how long it is, and the bytes of the small ones.
fn dump(data: &[u8], base: usize, depth: usize, out: &mut String) {
    let mut at = 0;
    while at < data.len() {
        let len = u32::from_be_bytes(data[at..at + 4].try_into().expect("four bytes")) as usize;
        let kind: &[u8; 4] = data[at + 4..at + 8].try_into().expect("four bytes");
        let body = &data[at + 8..at + len];
        write!(out, "{:5} {:4}  {}{}", base + at, len, "  ".repeat(depth), kind.escape_ascii()).expect("a string");
        if CONTAINERS.contains(&kind) {
            let skip = if kind == b"stsd" { 8 } else { 0 };
            out.push('\n');
            dump(&body[skip..], base + at + 8 + skip, depth + 1, out);
        } else {
            for (i, byte) in body.iter().enumerate() {
                let lead = if i % 4 == 0 { " " } else { "" };
                write!(out, "{lead}{byte:02x}").expect("a string");
            }
            out.push('\n');
        }
        at += len;
    }
}

fn written() -> (Vec<u8>, String) {
    let init = init_segment(&load("b-frames.mp4").entry);
    let mut text = String::from("   at  len  box and its bytes\n");
    dump(&init, 0, 0, &mut text);
    (init, text)
}

#[test]
fn init_segment_is_the_golden_one() {
    let (init, text) = written();
    if std::env::var_os("CANDOUR_WRITE_GOLDEN").is_some() {
        std::fs::write(data_dir().join("init.mp4"), &init).expect("the repository can be written");
        std::fs::write(data_dir().join("init.txt"), &text).expect("the repository can be written");
    }
    let golden = std::fs::read_to_string(data_dir().join("init.txt")).expect("the dump is in the repository");
    assert_eq!(text, golden, "the init segment changed; see this file's head");
    assert_eq!(init, std::fs::read(data_dir().join("init.mp4")).expect("the segment is in the repository"));
}
