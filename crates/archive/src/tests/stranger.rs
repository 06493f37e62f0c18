//! What is stored can be read by whoever has the key and the page: `tests/format/segment_reader.py` was written from
//! `docs/design/segment.md` alone, in another language, on another cipher library and its own BLAKE3.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use candour_media::{DecodeClock, Sample};
use candour_recording::{ClockEvidence, GapCause};
use candour_seal::{Closer, Damage, FragmentInfo, Opener, SegmentHeader, What, sealed};
use candour_units::{Clock, StreamKind, WallDuration};

use super::STREAM;
use super::rig::Rig;
use crate::StreamIntake;

#[path = "../../../media/tests/footage/mod.rs"]
mod footage;
use footage::{Footage, g711, load};

type Key = [u8; 32];

/// A file, and the key of its segment.
struct Stored {
    path: PathBuf,
    key: Key,
}

#[tokio::test]
async fn a_stranger_reads_what_we_read() {
    let rig = Rig::new().await;
    let intake = rig.intake();
    let mut sent = 0;
    // Each coding in a run of its own, so that each segment but the first has a lost camera before it.
    let codings = ["b-frames.mp4", "no-b-frames.mp4", "hevc.mp4", "mjpeg.mp4", "aac.mp4"].map(load);
    for footage in codings.into_iter().chain([g711(b"alaw"), g711(b"ulaw")]) {
        sent += play(&rig, &intake, &footage);
        intake.run_ended(GapCause::CameraLost, rig.clock.wall());
        rig.clock.advance_s(3);
    }
    // The last one is never closed: first the file as it lies there, then as the next start has mended it.
    sent += play(&rig, &intake, &load("b-frames.mp4"));
    assert_eq!(rig.durable(sent).await, sent);
    let left_open = rig.segments().await.pop().expect("the newest segment").id;
    let aside = tempfile::tempdir().expect("a directory");
    fs::copy(rig.path(left_open), aside.path().join("open.seg")).expect("a copy");
    let rig = rig.killed().await;
    assert!(rig.report.closed > 0 && rig.report.lost == 0, "{:?}", rig.report);

    let mut stored = Vec::new();
    for row in rig.segments().await {
        let key = *rig.keyring.key_of(STREAM, row.id, row.start).expect("its key is there").bytes();
        stored.push(Stored { path: rig.path(row.id), key });
    }
    assert_eq!(stored.len(), 8);
    stored.push(Stored { path: aside.path().join("open.seg"), key: stored[7].key });
    let ours: Vec<String> =
        stored.iter().flat_map(|one| listing(&fs::read(&one.path).expect("the file"), one)).collect();
    // Every part of the format is there: many fragments, pictures shown in another order, a gap before.
    let fragments =
        ours.iter().filter_map(|line| line.split_once("\"fragments\": ")?.1.split(',').next()?.parse().ok());
    assert!(fragments.clone().count() == 9 && fragments.into_iter().all(|count: u32| count > 1), "{ours:#?}");
    assert!(ours.iter().any(|line| line.contains("\"state\": \"open\"")));
    assert!(
        ours.iter().any(|line| line.contains("\"composition_offset\": 18000")),
        "no picture is shown later than decoded"
    );
    assert_eq!(ours.iter().filter(|line| line.contains("\"gap_cause\": 4")).count(), 8, "seven, and the copy");
    assert_same(&theirs(&stored), &ours);
}

/// One run of the footage at its own pace; gives how many samples it has.
fn play(rig: &Rig, intake: &StreamIntake, footage: &Footage) -> i64 {
    let evidence = ClockEvidence {
        camera_ahead: Some(WallDuration::from_millis(-1234)),
        read_pace: WallDuration::from_millis(100),
        kernel_synchronised: true,
    };
    intake.run_started(footage.entry.clone(), evidence, rig.clock.wall());
    let began = rig.clock.mono();
    let mut decode = DecodeClock::new(&footage.entry, None);
    for sample in &footage.samples {
        let stamped = decode.stamp(sample.pts);
        let due = stamped.dts.ticks() * 1_000_000_000 / i64::from(footage.entry.timescale);
        let passed = rig.clock.mono().nanos() - began.nanos();
        rig.clock.advance(due - passed);
        intake.sample(Arc::new(Sample {
            pts: stamped.pts,
            dts: stamped.dts,
            duration: 0,
            sync: sample.sync,
            arrival: rig.clock.wall(),
            loss_before: 0,
            data: sample.data.clone().into(),
        }));
    }
    footage.samples.len() as i64
}

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../seal/tests/golden/segment-v1.bin");
const GOLDEN_KEY: Key = *b"the segment key of the tests 32b";

/// Whatever is done to a file, both find it at the same place, or both take it for an interrupted write.
#[test]
fn a_stranger_refuses_what_we_refuse() {
    let whole = fs::read(GOLDEN).expect("it is in the tree");
    let table = sealed::check(whole.as_slice()).expect("it is whole").table;
    let mut cases: Vec<Vec<u8>> = Vec::new();
    for at in (0..whole.len()).step_by(3) {
        cases.push([&whole[..at], &[whole[at] ^ 1 << (at % 8)], &whole[at + 1..]].concat());
    }
    cases.extend((0..whole.len()).step_by(41).map(|len| whole[..len].to_vec()));
    let records = records(&whole, &table);
    let joined = |order: &[usize]| order.iter().flat_map(|at| records[*at].clone()).collect::<Vec<u8>>();
    cases.extend(
        [&[0, 1, 3, 4][..], &[0, 2, 1, 3, 4], &[0, 1, 2, 2, 3, 4], &[0, 1, 2, 4], &[0, 4], &[1, 2, 3, 4]].map(joined),
    );
    cases.push([&whole[..], b"x"].concat());
    // By somebody who can hash but has no key: what was changed fits every digest, and only the key tells.
    let forged_from = cases.len();
    let places =
        [144, 160, table[1].offset as usize + 32, table[1].offset as usize + 97, table[2].offset as usize + 120];
    cases.extend(places.map(|at| {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        rehashed(&changed, &table)
    }));

    let aside = tempfile::tempdir().expect("a directory");
    let stored: Vec<Stored> =
        (0..cases.len()).map(|n| Stored { path: aside.path().join(format!("{n:05}.seg")), key: GOLDEN_KEY }).collect();
    stored.iter().zip(&cases).for_each(|(one, bytes)| fs::write(&one.path, bytes).expect("a file"));
    let ours: Vec<String> = stored.iter().zip(&cases).flat_map(|(one, bytes)| listing(bytes, one)).collect();
    let damaged = ours.iter().filter(|line| line.contains("\"state\": \"damaged\"")).count();
    assert_eq!(damaged, cases.len() - whole.len().div_ceil(41), "only a cut is no damage");
    for forged in &cases[forged_from..] {
        assert!(sealed::check(forged.as_slice()).is_ok(), "the forgery can be told without the key");
    }
    assert_same(&theirs(&stored), &ours);
}

/// Header, fragments, footer.
fn records(whole: &[u8], table: &[FragmentInfo]) -> Vec<Vec<u8>> {
    let starts = table.iter().map(|info| info.offset as usize).chain([table[table.len() - 1].end() as usize]);
    let ends: Vec<usize> = starts.chain([whole.len()]).collect();
    let begins = [0].into_iter().chain(ends.iter().copied());
    begins.zip(&ends).map(|(from, to)| whole[from..*to].to_vec()).collect()
}

/// The same file with every digest and check value made anew.
fn rehashed(changed: &[u8], table: &[FragmentInfo]) -> Vec<u8> {
    let (mut out, mut before) = (Vec::new(), [0; 32]);
    for (number, mut record) in records(changed, table).into_iter().enumerate() {
        if number > 0 {
            record[56..88].copy_from_slice(&before);
            let check = digest(&record[..88]);
            record[88..96].copy_from_slice(&check[..8]);
        }
        let at = record.len() - 32;
        before = digest(&record[..at]);
        record[at..].copy_from_slice(&before);
        out.extend(record);
    }
    out
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    *candour_seal::content::sample_digest(bytes).as_bytes()
}

/// What the stranger's program prints for these files.
fn theirs(stored: &[Stored]) -> Vec<String> {
    let keys = tempfile::NamedTempFile::new().expect("a file");
    let mut lines = String::new();
    for one in stored {
        let head = fs::read(&one.path).expect("the file");
        // Bytes 80 to 95 of a header, where there is one.
        let segment: String = head.iter().skip(80).take(16).map(|byte| format!("{byte:02x}")).collect();
        let key: String = one.key.iter().map(|byte| format!("{byte:02x}")).collect();
        if segment.len() == 32 {
            lines += &format!("{segment} {key}\n");
        }
    }
    fs::write(keys.path(), lines).expect("a file");
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/format/segment_reader.py");
    let mut command = Command::new(python());
    command.arg("-B").arg(reader).arg("--keys").arg(keys.path()).args(stored.iter().map(|one| &one.path));
    let output = command.output().expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.is_empty() && output.status.code().is_some_and(|code| code < 2), "the reader says: {said}");
    String::from_utf8(output.stdout).expect("it prints text").lines().map(str::to_owned).collect()
}

/// A Python with the package `cryptography` (Debian: python3-cryptography; `deploy/prepare test` installs it).
fn python() -> &'static str {
    let has_it = |python: &&str| {
        let asked = Command::new(python).args(["-c", "import cryptography"]).output();
        asked.is_ok_and(|answer| answer.status.success())
    };
    ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(has_it)
        .expect("python3 with cryptography: run deploy/prepare test")
}

/// The stranger says more about damage than where it is; that is his own affair.
fn assert_same(theirs: &[String], ours: &[String]) {
    for (number, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
        let place = ours.split_once("\"state\": \"damaged\"").map(|_| ours.trim_end_matches('}'));
        assert!(theirs == ours || place.is_some_and(|place| theirs.starts_with(place)), "{number}\n{theirs}\n{ours}");
    }
    assert_eq!(theirs.len(), ours.len());
}

/// What our own crates say of a file, in the same words.
fn listing(bytes: &[u8], of: &Stored) -> Vec<String> {
    let mut lines = Vec::new();
    let ended = read(bytes, &of.key, &mut lines);
    lines.push(format!("{{\"file\": \"{}\", {ended}}}", of.path.display()));
    lines
}

fn read(bytes: &[u8], key: &Key, lines: &mut Vec<String>) -> String {
    let (found, damage) = match sealed::check(bytes) {
        Ok(found) => (found, None),
        Err(damage) if damage.what == What::HeaderIncomplete => return ended("open", 0, 0, 0),
        Err(damage) if damage.intact_len == 0 => return ended("damaged", 0, 0, 0),
        Err(damage) => {
            let intact = &bytes[..damage.intact_len as usize];
            (sealed::check(intact).expect("what is intact is sound"), Some(damage))
        }
    };
    let Ok(opener) = Opener::new(bytes, key) else { return ended("damaged", 0, 0, 0) };
    lines.push(header_line(opener.header()));
    let mut closer = opener.closer();
    let mut samples = 0;
    for info in &found.table {
        match take(&mut closer, bytes, info, samples, lines) {
            Ok(taken) => samples += taken,
            Err(damage) => return ended("damaged", info.index - 1, damage.intact_len, samples),
        }
    }
    if let Some(damage) = damage {
        return ended("damaged", found.fragments, damage.intact_len, samples);
    }
    let at = closer.offset();
    let closed = found.closed.then(|| closer.check_footer(&bytes[at as usize..]));
    let footer = match closed {
        Some(Ok(footer)) => footer,
        Some(Err(_)) => return ended("damaged", found.fragments, at, samples),
        // The digests that it would have if it were closed as it is.
        None => Opener::new(bytes, key).map(|opener| close(opener, bytes, &found.table)).expect("it opened before"),
    };
    let state = if found.closed { "closed" } else { "open" };
    let mut last = ended(state, found.fragments, found.intact_len, samples);
    if found.closed {
        last += &format!(", \"sealed_digest\": \"{}\"", footer.sealed_digest);
    }
    last += &format!(
        ", \"content_root\": \"{}\", \"content_commitment\": \"{}\"",
        footer.content_root, footer.content_commitment
    );
    if found.intact_len < found.bytes {
        last += &format!(", \"torn_at\": {}", found.intact_len);
    }
    last
}

fn close(opener: Opener, bytes: &[u8], table: &[FragmentInfo]) -> candour_seal::SealedFooter {
    let mut closer = opener.closer();
    for info in table {
        take(&mut closer, bytes, info, 0, &mut Vec::new()).expect("it was taken before");
    }
    closer.close()
}

fn take(
    closer: &mut Closer,
    bytes: &[u8],
    info: &FragmentInfo,
    before: u32,
    lines: &mut Vec<String>,
) -> Result<u32, Damage> {
    let fragment = closer.take(bytes[info.offset as usize..info.end() as usize].to_vec())?;
    for (sample, number) in fragment.samples().iter().zip(before + 1..) {
        let (times, data) = (&sample.times, fragment.data(sample));
        lines.push(format!(
            "{{\"sample\": {number}, \"dts\": {}, \"composition_offset\": {}, \"duration\": {}, \"sync\": {}, \
             \"size\": {}, \"blake3\": \"{}\"}}",
            times.dts,
            times.composition_offset,
            times.duration,
            times.sync,
            data.len(),
            candour_seal::content::sample_digest(data)
        ));
    }
    Ok(fragment.samples().len() as u32)
}

fn ended(state: &str, fragments: u32, intact: u64, samples: u32) -> String {
    format!("\"state\": \"{state}\", \"fragments\": {fragments}, \"intact\": {intact}, \"samples\": {samples}")
}

fn header_line(header: &SegmentHeader) -> String {
    use candour_seal::CodecCode::{Aac, H264, H265, Mjpeg, Pcma, Pcmu};
    let codec = match header.codec {
        H264 => "H.264",
        H265 => "H.265",
        Mjpeg => "Motion JPEG",
        Aac => "AAC",
        Pcma => "G.711 A-law",
        Pcmu => "G.711 mu-law",
    };
    let kind = if header.kind == StreamKind::Main { "main" } else { "sub" };
    let ahead = header.clock.camera_ahead.map_or("null".to_owned(), |ahead| ahead.ticks().to_string());
    let (gap_cause, gap_start) = header.gap.map_or((0, 0), |gap| (gap.cause.get(), gap.start.ticks()));
    format!(
        "{{\"segment\": \"{}\", \"recorder\": \"{}\", \"camera\": \"{}\", \"stream\": \"{}\", \"run\": \"{}\", \
         \"purpose\": \"{}\", \"policy\": \"{}\", \"kind\": \"{kind}\", \"codec\": \"{codec}\", \"codec_string\": \"{}\", \
         \"entry\": \"{}\", \"start\": {}, \"run_dts\": {}, \"keep_until\": {}, \"gap_cause\": {gap_cause}, \
         \"gap_start\": {gap_start}, \"camera_ahead\": {ahead}, \"synchronised\": {}, \"read_pace\": {}, \
         \"timescale\": {}, \"width\": {}, \"height\": {}}}",
        header.segment,
        header.recorder,
        header.camera,
        header.stream,
        header.run,
        header.purpose,
        header.policy_hash,
        header.codec_string,
        candour_seal::content::sample_digest(&header.sample_entry),
        header.start.ticks(),
        header.run_dts,
        header.keep_until.ticks(),
        header.clock.kernel_synchronised,
        header.clock.read_pace.ticks(),
        header.timescale,
        header.width,
        header.height
    )
}
