//! Every single call of the store's procedures fails once: before it is carried out, after it, for want of room, torn. The
//! recorder is told or it is not, recovers or is killed and started again, and then everything claimed must hold. The
//! outcomes stand in docs/fault-matrix.md; an outcome that does not stand there, or a row that no longer comes, fails.
//!
//!     CANDOUR_FAULT_CALLS=0   every call; 2 of each kind on each kind of file otherwise
//!     CANDOUR_FAULT_WRITE=1   writes docs/fault-matrix.md anew
//!
//! Seen to fail: before the writers of the database were replaced after a commit that failed, one such failure had every later
//! deletion, setting and digest refused until a restart (24 rows).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use candour_faults::layer::FaultyDisks;
use candour_faults::procedures::Procedure;
use candour_faults::record::scratch;

const MATRIX: &str = env!("CARGO_BIN_EXE_matrix");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fault-matrix.md");

/// Faults by column.
const COLUMNS: &[(&str, &str)] = &[
    ("fail EIO", "fails (EIO)"),
    ("fail ENOSPC", "no room (ENOSPC)"),
    ("part 100 EIO", "100 bytes, then EIO"),
    ("after EIO", "carried out, EIO reported"),
];

/// Procedure and call -> fault -> outcomes.
type Outcomes = BTreeMap<(String, String), BTreeMap<String, BTreeSet<String>>>;

#[test]
fn every_single_call_may_fail() -> Result<()> {
    let scratch = scratch()?;
    let disks = FaultyDisks::under(scratch.path())?;
    let calls = std::env::var("CANDOUR_FAULT_CALLS").unwrap_or_else(|_| "2".to_owned());
    let output = disks.command(MATRIX).arg(disks.root()).arg(&calls).stderr(std::process::Stdio::inherit()).output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "the matrix ended with {}: {text}", output.status);
    let unclean: Vec<&str> = text.lines().filter(|line| line.contains("NOT CLEAN")).collect();
    ensure!(unclean.is_empty(), "{} calls leave something behind:\n{}", unclean.len(), unclean.join("\n"));
    let found = outcomes(&text)?;
    ensure!(found.len() > 50, "only {} kinds of calls were failed", found.len());
    println!("{} calls of {} kinds failed", text.lines().count(), found.len());
    if std::env::var_os("CANDOUR_FAULT_WRITE").is_some() {
        let before = std::fs::read_to_string(PAGE).unwrap_or_default();
        return std::fs::write(PAGE, page(&with_earlier(found, read_page(&before)))).context("writing the page");
    }
    compare(&found, &std::fs::read_to_string(PAGE).context("reading the page")?)
}

/// Whether a call is made when a thread of its own comes to it: SQLite's, or the one that lists what was begun. Which of them
/// fall into a procedure, and whether anybody waits for them, differs from run to run. So any outcome that the page knows of
/// the procedure may come of them, and "done" besides, which says that nobody was waiting; and a row may be missing.
fn at_its_own_time(call: &str) -> bool {
    ["the database", "the storage"].iter().any(|file| call.contains(file))
}

/// What was found, and what earlier runs found of the calls that come when they like.
fn with_earlier(mut found: Outcomes, written: Outcomes) -> Outcomes {
    for (row, faults) in written.into_iter().filter(|((_, call), _)| at_its_own_time(call)) {
        let known = found.entry(row).or_default();
        for (fault, outcomes) in faults {
            known.entry(fault).or_default().extend(outcomes);
        }
    }
    found
}

fn outcomes(text: &str) -> Result<Outcomes> {
    let mut found = Outcomes::new();
    for line in text.lines() {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [procedure, call, fault, outcome] = parts[..] else { anyhow::bail!("not a line of the matrix: {line}") };
        let row = found.entry((procedure.to_owned(), call.to_owned())).or_default();
        row.entry(fault.to_owned()).or_default().insert(outcome.to_owned());
    }
    Ok(found)
}

/// Every outcome found stands on the page, and every row of the page was found; see [`at_its_own_time`] for what is left out.
fn compare(found: &Outcomes, page: &str) -> Result<()> {
    let again = "run it with CANDOUR_FAULT_WRITE=1 CANDOUR_FAULT_CALLS=0, look at what changed, and keep it";
    let written = read_page(page);
    for (row, faults) in found {
        if at_its_own_time(&row.1) {
            let outcomes: BTreeSet<_> = faults.values().flatten().cloned().collect();
            let of_the_procedure = written.iter().filter(|((of, _), _)| *of == row.0).map(|(_, faults)| faults);
            let known = of_the_procedure.flat_map(|faults| faults.values().flatten().cloned());
            let known: BTreeSet<_> = known.chain(["done".to_owned()]).collect();
            ensure!(
                outcomes.is_subset(&known),
                "{row:?}: {outcomes:?}, the page knows {known:?} of the procedure; {again}"
            );
            continue;
        }
        for (fault, outcomes) in faults {
            let known = written.get(row).and_then(|faults| faults.get(fault));
            let known = known.with_context(|| format!("docs/fault-matrix.md has no {row:?} with {fault}; {again}"))?;
            ensure!(outcomes.is_subset(known), "{row:?} with {fault}: {outcomes:?}, the page says {known:?}; {again}");
        }
    }
    let gone: Vec<_> = written.keys().filter(|row| !at_its_own_time(&row.1) && !found.contains_key(*row)).collect();
    ensure!(gone.is_empty(), "docs/fault-matrix.md has rows that no longer come: {gone:?}; {again}");
    Ok(())
}

const HEAD: &str = "\
# The fault matrix

What becomes of the store when a single call to the system fails, at every step that changes something on the disk. Made by
`cargo test -p candour-faults --test fault_matrix`, which fails the calls, restarts the recorder and checks what it finds; the
same test fails when this page no longer says what happens. `durability.md` in docs/design describes the layer that makes calls
fail and what is checked after each: everything reported durable is there, what is missing is a gap with its cause, what was
deleted stays deleted, the log verifies, a second start finds nothing to do.

*Refused* means that whoever asked was told, and nothing was claimed. Where several outcomes stand in a cell, the calls of that
kind differ: the first write to a file may be refused and a later one repeated unseen. The database and the list of what was
begun are written by threads of their own, so which of their calls fall into a procedure differs from run to run: their rows
say what several runs found.
";

fn page(found: &Outcomes) -> String {
    let mut page = HEAD.to_owned();
    for procedure in Procedure::ALL {
        let words = procedure.words();
        let titles: Vec<&str> = COLUMNS.iter().map(|(_, title)| *title).collect();
        let _ = write!(page, "\n## {words}\n\n| call | {} |\n|---|---|---|---|---|\n", titles.join(" | "));
        for ((of, call), faults) in found.iter().filter(|((of, _), _)| of == words) {
            debug_assert_eq!(of, words);
            let cell = |(fault, _): &(&str, &str)| {
                let outcomes = faults.get(*fault).map(|outcomes| outcomes.iter().cloned().collect::<Vec<_>>());
                outcomes.map_or_else(String::new, |outcomes| outcomes.join("; or: "))
            };
            let cells: Vec<String> = COLUMNS.iter().map(cell).collect();
            let _ = writeln!(page, "| {call} | {} |", cells.join(" | "));
        }
    }
    page
}

fn read_page(page: &str) -> Outcomes {
    let (mut written, mut procedure) = (Outcomes::new(), String::new());
    for line in page.lines() {
        if let Some(words) = line.strip_prefix("## ") {
            procedure = words.to_owned();
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if !line.starts_with("| ") || cells.len() != COLUMNS.len() + 1 || cells[0] == "call" {
            continue;
        }
        let row = written.entry((procedure.clone(), cells[0].to_owned())).or_default();
        for ((fault, _), cell) in COLUMNS.iter().zip(&cells[1..]).filter(|(_, cell)| !cell.is_empty()) {
            row.insert((*fault).to_owned(), cell.split("; or: ").map(str::to_owned).collect());
        }
    }
    written
}

/// What is written is read back as it was.
#[test]
fn the_page_says_what_was_found() {
    let line = "delete a segment | unlink a segment file | fail EIO | refused; done when tried again\n\
                delete a segment | unlink a segment file | after EIO | done\n\
                delete a segment | unlink a segment file | after EIO | refused; done when tried again";
    let found = outcomes(line).expect("three lines");
    assert_eq!(read_page(&page(&found)), found);
    let other = outcomes("delete a segment | unlink a segment file | fail EIO | done").expect("a line");
    assert!(compare(&other, &page(&found)).is_err());
    assert!(compare(&outcomes("").expect("nothing"), &page(&found)).is_err());
    let at_their_time = outcomes("delete a segment | write the database's WAL | fail EIO | done").expect("a line");
    let both = with_earlier(found.clone(), at_their_time);
    assert_eq!(read_page(&page(&both)), both);
    compare(&found, &page(&both)).expect("nobody waits for SQLite");
    let waited_for = "a look (log entry) | write the database's WAL | fail EIO | refused; done when tried again";
    let waited_for = page(&outcomes(waited_for).expect("a line"));
    let not_waited_for = "a look (log entry) | write the database's WAL | fail EIO | done";
    compare(&outcomes(not_waited_for).expect("a line"), &waited_for).expect("done is done");
    let unheard =
        outcomes("delete a segment | write the database's WAL | fail EIO | a gap: storage_failed").expect("a line");
    assert!(
        compare(&with_earlier(found.clone(), unheard), &page(&both)).is_err(),
        "no such outcome of a deletion is known"
    );
    assert!(Path::new(PAGE).ends_with("docs/fault-matrix.md"));
}
