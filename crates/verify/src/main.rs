//! The stranger's small program: checks a copy of a log, and footage against it, without any key but the public one.
//!
//! It prints a line for each finding and one closing line that says what it found. Exit code 0: all of it verifies; 1:
//! something was changed or is missing; 2: something could not be read, or the arguments are wrong.

mod anchors;
mod arguments;
mod certificate;
mod closings;
mod export;
mod footage;
mod log;
mod tiles;
mod verdict;

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Task;
use crate::certificate::Certificates;

fn main() -> ExitCode {
    match arguments::parse(lexopt::Parser::from_env()).and_then(run) {
        Ok((words, true)) => {
            print!("{words}");
            ExitCode::SUCCESS
        }
        Ok((words, false)) => {
            print!("{words}");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("candour-verify: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// What to print, and whether all of it verifies.
fn run(task: Task) -> Result<(String, bool)> {
    let told = |found: Certificates, json: bool| {
        let words = if json { found.json() } else { found.text() };
        (words, found.verdict.is_good())
    };
    let verdict = match task {
        Task::Usage => return Ok((arguments::USAGE.to_owned(), true)),
        Task::Log { directory, trust } => log::check(&directory, &trust, None)?.verdict,
        Task::Tiles { directory, trust } => tiles::check(&directory, &trust)?,
        Task::Segments { footage, log, trust } => footage::check(&footage, log::check(&log, &trust, None)?)?,
        Task::Export { file, key, witnesses } => export::in_file(&file, key.as_deref(), &witnesses)?,
        Task::Certificate { directory, wanted, footage, key, json } => {
            let found = certificate::in_directory(&directory, wanted, &footage, key.as_deref())?;
            return Ok(told(found, json));
        }
        Task::CertificateFile { file, key, json } => {
            return Ok(told(certificate::in_file(&file, key.as_deref())?, json));
        }
    };
    Ok((verdict.to_string(), verdict.is_good()))
}
