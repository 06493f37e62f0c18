//! Files that strangers read: they never change, and each has a dump beside it that explains a difference.
//!
//! `CANDOUR_GOLDEN=write` writes them anew; a format that is in use gets a new version and new files instead.

mod made;

use std::fmt::Write;
use std::path::PathBuf;

use candour_seal::key::{self, Secret};
use candour_seal::keyfile::{
    self, BackupEntry, DayFile, DayHead, Epoch, EpochEntry, EpochState, MasterKind, RingFile, RingHead, RowName, Rows,
    Wrapped, master_bound, wrap_by_master,
};
use candour_seal::{Opener, RECORD_HEAD_LEN, footer_record_len, sealed};
use candour_units::{SegmentId, StreamId, WallTime};
use made::{KEY, three};

/// A line of a dump; a string takes everything.
macro_rules! say {
    ($out:ident, $($words:tt)*) => { writeln!($out, $($words)*).expect("a string takes everything") };
}

fn check(name: &str, bytes: &[u8], dump: &str) {
    let place =
        |ending: &str| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.{ending}"));
    if std::env::var_os("CANDOUR_GOLDEN").is_some_and(|word| word == "write") {
        std::fs::write(place("bin"), bytes).expect("the golden file can be written");
        std::fs::write(place("txt"), dump).expect("the dump can be written");
    }
    let stored_dump = std::fs::read_to_string(place("txt")).expect("the dump is in the tree");
    assert_eq!(dump, stored_dump, "{name}: the dump differs");
    let stored = std::fs::read(place("bin")).expect("the golden file is in the tree");
    assert!(bytes == stored, "{name}: the bytes differ though the dump does not");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn dump_segment(bytes: &[u8]) -> String {
    let mut out = String::new();
    let summary = sealed::check(bytes).expect("it is whole");
    let opener = Opener::new(bytes, &KEY).expect("the key is right");
    let header_len = opener.header_len();
    say!(out, "segment key      {}", hex(&KEY));
    say!(out, "content salt     {}", hex(opener.content_salt()));
    say!(out, "{:#?}", summary.header);
    say!(out, "header clear     {}", hex(&bytes[..header_len - 48]));
    say!(out, "header tag       {}", hex(&bytes[header_len - 48..header_len - 32]));
    say!(out, "sealed digest    {}", hex(&bytes[header_len - 32..header_len]));
    for info in &summary.table {
        let record = &bytes[info.offset as usize..info.end() as usize];
        say!(out, "\n{info:?}");
        say!(out, "head             {}", hex(&record[..RECORD_HEAD_LEN]));
        say!(out, "sealed, tag      {}", hex(&record[RECORD_HEAD_LEN..record.len() - 36]));
        say!(out, "length, digest   {}", hex(&record[record.len() - 36..]));
        let open = opener.open_fragment(info.offset, info.index, record.to_vec()).expect("it is whole");
        for sample in open.samples() {
            say!(out, "  {:?} {}", sample.times, hex(open.data(sample)));
        }
    }
    let at = bytes.len() - footer_record_len(bytes).expect("it is closed");
    let footer = opener.open_footer(at as u64, bytes[at..].to_vec()).expect("it is whole");
    say!(out, "\nfooter at {at}: {}", hex(&bytes[at..]));
    say!(out, "content root     {}", footer.content_root);
    for row in &footer.samples {
        say!(out, "  {row:?}");
    }
    out
}

#[test]
fn segment_version_1() {
    let whole = three();
    let summary = sealed::check(whole.bytes.as_slice()).expect("it is whole");
    assert_eq!((&summary.table, summary.table[0].offset), (&whole.fragments, whole.header_len as u64));
    let mut dump = dump_segment(&whole.bytes);
    say!(dump, "commitment       {}", whole.footer.content_commitment);
    check("segment-v1", &whole.bytes, &dump);
}

#[test]
fn a_stored_segment_of_version_1_opens() {
    let bytes =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/segment-v1.bin")).expect("it is in the tree");
    assert!(dump_segment(&bytes).contains("content root"));
}

const MASTER: [u8; 32] = [0xa1; 32];
const RING: [u8; 16] = [0x71; 16];

fn epoch() -> Epoch {
    Epoch::new([0xe0; 16], Secret::new([0xc3; 32]))
}

#[test]
fn head_of_a_keyring_version_1() {
    let bound = master_bound(&RING, &epoch().id());
    let current = EpochEntry {
        id: epoch().id(),
        state: EpochState::Current,
        key: wrap_by_master(&MASTER, [3; 12], &bound, epoch().key()),
    };
    let leaving =
        EpochEntry { id: [0xe1; 16], state: EpochState::Leaving, key: Wrapped { nonce: [0; 12], sealed: [0; 48] } };
    let head = RingHead {
        ring: RING,
        generation: 7,
        master: MasterKind::Held,
        epochs: vec![current, leaving],
        secrets: epoch().wrap_secrets([4; 12], &[8; 32]),
        backups: vec![BackupEntry {
            id: [0xb0; 16],
            made: WallTime::from_unix_seconds(1_795_461_000),
            expires: WallTime::from_unix_seconds(1_796_065_800),
        }],
    };
    let bytes = epoch().close(head.encode(), [9; 12]);
    let read = RingFile::decode(&bytes).expect("it is whole");
    assert!(epoch().proves(&read.tail));
    let mut dump = String::new();
    say!(dump, "master key  {}\nfingerprint {}", hex(&MASTER), hex(&key::master_fingerprint(&MASTER)));
    say!(dump, "epoch key   {}", hex(&**epoch().key()));
    say!(dump, "ring        {}\ngeneration  {}", hex(&read.head.ring), read.head.generation);
    for entry in &read.head.epochs {
        say!(dump, "epoch       {} {:?} {}", hex(&entry.id), entry.state, hex(&entry.key.to_bytes()));
    }
    say!(dump, "secrets     {}", hex(&read.head.secrets.to_bytes()));
    for backup in &read.head.backups {
        say!(dump, "backup      {} {} {}", hex(&backup.id), backup.made.ticks(), backup.expires.ticks());
    }
    say!(dump, "tail        {}", hex(&bytes[bytes.len() - keyfile::TAIL_LEN..]));
    let secret = keyfile::seal_secret(&[8; 32], [5; 12], "camera", b"admin:1234");
    say!(dump, "secret      {}", hex(&secret));
    check("keyring-v1", &bytes, &dump);
}

#[test]
fn day_file_version_1() {
    let hour_key = [0xb2; 32];
    let stream = StreamId::from_bytes([0x33; 16]);
    let hour = RowName { stream, hour: 498_739, segment: None };
    let survivor = RowName { segment: Some(SegmentId::from_bytes([0x55; 16])), ..hour };
    let earlier = RowName { hour: 498_738, ..hour };
    let segment_key = key::segment_key(&hour_key, SegmentId::from_bytes([0x55; 16]));
    let rows = Rows::from([
        (hour, epoch().wrap(&hour, [1; 12], &hour_key)),
        (survivor, epoch().wrap(&survivor, [2; 12], &segment_key)),
    ]);
    let head = DayHead { day: keyfile::day_of(hour.hour), destructions: 2, epoch: epoch().id() };
    let mut bytes = epoch().close(head.encode(&rows), [6; 12]);
    bytes.extend_from_slice(&keyfile::encode_row(&earlier, &epoch().wrap(&earlier, [4; 12], &hour_key)));

    let mut dump = String::new();
    let file = DayFile::decode(&bytes).expect("it is whole");
    assert!(epoch().proves(&file.tail));
    say!(dump, "epoch key   {}\nhour key    {}", hex(&**epoch().key()), hex(&hour_key));
    say!(dump, "{:?}\nhead        {}", file.head, hex(&bytes[..keyfile::DAY_HEAD_LEN]));
    for (name, wrapped) in &file.rows {
        let key = epoch().unwrap(name, wrapped).expect("it was wrapped under this epoch");
        say!(dump, "{name:?}\n  row       {}", hex(&keyfile::encode_row(name, wrapped)));
        say!(dump, "  key       {}", hex(&*key));
    }
    say!(dump, "digest      {}", file.tail.digest);
    check("keyring-day-v1", &bytes, &dump);
}

/// The example of the format page is the one of the key file's dump.
#[test]
fn the_page_gives_the_keys_of_an_example() {
    let page = include_str!("../../../docs/design/segment.md");
    let segment_key = key::segment_key(&[0xb2; 32], SegmentId::from_bytes([0x55; 16]));
    for (name, key) in [("segment key  ", &segment_key), ("salt         ", &key::content_salt(&segment_key))] {
        let line = format!("    {name} {}", hex(&**key));
        assert!(page.contains(&line), "the page lacks{line}");
    }
}
