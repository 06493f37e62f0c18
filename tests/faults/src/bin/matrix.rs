//! Fails single calls of the procedures: the program of the fault matrix, which runs upon the faulty layer.
//!
//!     matrix ROOT CALLS
//!
//! CALLS of each kind on each kind of file are failed, the first and the last among them; 0 for all. One line for each
//! failed call comes out: `procedure | call | fault | outcome`, or `NOT CLEAN` with what is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use candour_faults::check::check_image;
use candour_faults::facts::Facts;
use candour_faults::journal::{Journal, Kind};
use candour_faults::layer::set_rules;
use candour_faults::procedures::{Base, Procedure, make_base, run};
use tokio::sync::Semaphore;

/// So many at once: most of the time a procedure waits for the pace of a writer.
const AT_ONCE: usize = 8;

/// What a file is, the pattern of its paths, and whether a path is such a one.
type Sort = (&'static str, &'static str, fn(&str) -> bool);

/// Files by what they are; the first that fits counts.
const FILES: &[Sort] = &[
    ("a segment file", "*.seg", |path| path.ends_with(".seg")),
    ("the storage", "storage*", |path| path.starts_with("storage")),
    ("a copy of the keyring", "keys-*", |path| path.starts_with("keys-")),
    ("the master key", "master*", |path| path.starts_with("master")),
    ("the log's journal", "log/journal", |path| path == "log/journal"),
    ("the log's checkpoints", "log/checkpoints", |path| path == "log/checkpoints"),
    ("the log's tiles", "log/tiles*", |path| path.starts_with("log/tiles")),
    ("the log's keys and directory", "log*", |path| path.starts_with("log")),
    ("the database's WAL", "candour.db-wal", |path| path == "candour.db-wal"),
    ("the database's rollback journal", "candour.db-journal", |path| path == "candour.db-journal"),
    ("the database", "candour.db", |path| path == "candour.db"),
    ("the data directory", "", |path| path.is_empty()),
];

/// Calls of one kind on one kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    kind: &'static str,
    file: &'static str,
    pattern: &'static str,
}

/// One call to fail.
struct Experiment {
    procedure: Procedure,
    group: Group,
    /// Which of the group, from 1.
    nth: usize,
    fault: &'static str,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let root = PathBuf::from(words.next().context("usage: matrix ROOT CALLS")?);
    let calls: usize = words.next().context("usage: matrix ROOT CALLS")?.parse()?;
    let mut bases = BTreeMap::new();
    for base in [Base::Empty, Base::Stopped, Base::Killed] {
        let directory = root.join(format!("base-{base:?}"));
        std::fs::create_dir(&directory)?;
        bases.insert(base, (directory.clone(), make_base(base, &directory).await?));
    }
    let bases = Arc::new(bases);
    let (turns, mut tasks) = (Arc::new(Semaphore::new(AT_ONCE)), Vec::new());
    for procedure in Procedure::ALL {
        for experiment in experiments(&root, procedure, &bases, calls).await? {
            let (root, bases, turns) = (root.clone(), Arc::clone(&bases), Arc::clone(&turns));
            let name = format!("one-{}", tasks.len());
            tasks.push(tokio::spawn(async move {
                let _turn = turns.acquire().await;
                report(&root, &name, &experiment, &bases).await;
            }));
        }
    }
    for task in tasks {
        task.await?;
    }
    Ok(())
}

type Bases = BTreeMap<Base, (PathBuf, Facts)>;

/// Runs the procedure once without a fault, and plans which of its calls to fail.
async fn experiments(root: &Path, procedure: Procedure, bases: &Bases, calls: usize) -> Result<Vec<Experiment>> {
    let name = format!("dry-{procedure:?}");
    let journal = root.join(format!("{name}.journal"));
    std::fs::write(&journal, [])?;
    let (base, facts) = &bases[&procedure.base()];
    let disk = root.join(&name);
    copy(base, &disk)?;
    let mut bounds = Vec::new();
    let mut arm = |_| {
        bounds.push(Journal::read(&journal)?.records().len());
        Ok(())
    };
    run(procedure, &disk, facts.clone(), &mut arm).await.with_context(|| format!("{procedure:?} without a fault"))?;
    let journal = Journal::read(&journal)?;
    let mut counts: BTreeMap<Group, usize> = BTreeMap::new();
    for record in &journal.records()[bounds[0]..bounds[1]] {
        if let Some((file, pattern, _)) = FILES.iter().find(|(_, _, is)| is(&record.path)) {
            *counts.entry(Group { kind: word(record.kind), file, pattern }).or_default() += 1;
        }
    }
    let mut experiments = Vec::new();
    for (group, count) in counts {
        for nth in picked(count, calls) {
            let of = |fault: &&'static str| Experiment { procedure, group, nth, fault };
            experiments.extend(faults_of(group.kind).iter().map(of));
        }
    }
    Ok(experiments)
}

/// Of 1..=count so many, spread evenly, the first and the last among them.
fn picked(count: usize, calls: usize) -> Vec<usize> {
    if calls == 0 || count <= calls {
        return (1..=count).collect();
    }
    (0..calls).map(|at| 1 + at * (count - 1) / (calls - 1).max(1)).collect()
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Create => "create",
        Kind::Write => "write",
        Kind::Truncate => "truncate",
        Kind::Rename => "rename",
        Kind::Unlink => "unlink",
        Kind::Mkdir => "mkdir",
        Kind::Rmdir => "rmdir",
        Kind::Fsync => "fsync",
        Kind::Fdatasync => "fdatasync",
        Kind::Syncfs => "syncfs",
        Kind::Dirsync => "dirsync",
    }
}

fn faults_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "write" => &["fail EIO", "fail ENOSPC", "part 100 EIO", "after EIO"],
        "create" | "mkdir" => &["fail EIO", "fail ENOSPC", "after EIO"],
        _ => &["fail EIO", "after EIO"],
    }
}

/// One line for what became of it.
async fn report(root: &Path, name: &str, experiment: &Experiment, bases: &Bases) {
    let Experiment { procedure, group, nth, fault } = experiment;
    let outcome = match one(root, name, experiment, bases).await {
        Ok(Some(words)) => words,
        // Another run of the same procedure may make fewer calls.
        Ok(None) => return,
        Err(error) => format!("NOT CLEAN, call {nth}: {}", format!("{error:#}").replace('\n', " / ")),
    };
    let (words, kind, file) = (procedure.words(), group.kind, group.file);
    println!("{words} | {kind} {file} | {fault} | {outcome}");
}

/// Fails one call, heals the disk, kills the recorder, and starts another one. Nothing when the call never came.
async fn one(root: &Path, name: &str, experiment: &Experiment, bases: &Bases) -> Result<Option<String>> {
    let (base, facts) = &bases[&experiment.procedure.base()];
    let disk = root.join(name);
    copy(base, &disk)?;
    let Group { kind, pattern, .. } = experiment.group;
    // An empty pattern would be no word.
    let pattern = if pattern.is_empty() { "''" } else { pattern };
    let rule = format!("{kind} {pattern} {} 1 {}\n", experiment.nth, experiment.fault);
    let mut arm = |on| set_rules(root, name, if on { &rule } else { "" });
    let (words, facts) =
        run(experiment.procedure, &disk, facts.clone(), &mut arm).await.context("it does not recover")?;
    if !root.join(format!("{name}.hits")).exists() {
        std::fs::remove_dir_all(&disk)?;
        return Ok(None);
    }
    check_image(&disk, &facts).await.with_context(|| format!("{words}, but after a restart"))?;
    std::fs::remove_dir_all(&disk)?;
    Ok(Some(words))
}

/// By reading and writing, so that the layer can follow.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::write(&target, std::fs::read(entry.path())?)?;
            std::fs::set_permissions(&target, entry.metadata()?.permissions())?;
        }
    }
    Ok(())
}
