//! What the log costs: `candour-bench-ledger [--looks N] [--leaves N] [--entries N] [--directory DIR]`.
//!
//! The last line is one JSON object; the lines before say how each figure came about. Works in a directory of its own in DIR
//! (the system's temporary directory if absent, which must lie on the disk that is to be measured), and removes it again.

mod append;
mod proof;
mod verify;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use lexopt::prelude::*;
use serde_json::json;

/// How much is measured.
struct Amounts {
    /// Looks of each way of appending.
    looks: usize,
    /// Leaves of the tree in which proofs are made.
    leaves: u64,
    /// Entries of the log that is verified.
    entries: u64,
    directory: PathBuf,
}

fn parse(mut parser: lexopt::Parser) -> Result<Amounts> {
    let mut amounts =
        Amounts { looks: 5_000, leaves: 100_000_000, entries: 1_000_000, directory: std::env::temp_dir() };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("looks") => amounts.looks = parser.value()?.parse()?,
            Long("leaves") => amounts.leaves = parser.value()?.parse()?,
            Long("entries") => amounts.entries = parser.value()?.parse()?,
            Long("directory") => amounts.directory = PathBuf::from(parser.value()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(amounts)
}

fn main() -> Result<()> {
    let amounts = parse(lexopt::Parser::from_env())?;
    let work = amounts.directory.join(format!("candour-bench-ledger-{}", std::process::id()));
    let measured = measure(&amounts, &work);
    let removed = std::fs::remove_dir_all(&work);
    println!("{}", measured?);
    removed.with_context(|| format!("{} is left over", work.display()))
}

fn measure(amounts: &Amounts, work: &std::path::Path) -> Result<serde_json::Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let appended = runtime.block_on(append::measure(&work.join("append"), amounts.looks))?;
    let proof_ms = proof::measure(&work.join("proof"), amounts.leaves)?;
    let verified_s = verify::measure(&work.join("verify"), amounts.entries)?;
    Ok(json!({
        "append_p95_ms": appended.p95_ms,
        "appends_per_s": appended.one_by_one_per_s,
        "grouped_per_s": appended.grouped_per_s,
        "proof_ms": proof_ms,
        "verify_million_s": verified_s * 1_000_000.0 / amounts.entries as f64,
    }))
}
