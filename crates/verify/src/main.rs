//! The stranger's small program: checks a copy of a log, and footage against it, without any key but the public one.
//!
//! It prints a line for each finding and one closing line that says what it found. Exit code 0: all of it verifies; 1:
//! something was changed or is missing; 2: something could not be read, or the arguments are wrong.

mod arguments;
mod closings;
mod footage;
mod log;
mod verdict;

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Task;
use crate::verdict::Verdict;

fn main() -> ExitCode {
    let verdict = arguments::parse(lexopt::Parser::from_env()).and_then(run);
    match verdict {
        Ok(None) => {
            print!("{}", arguments::USAGE);
            ExitCode::SUCCESS
        }
        Ok(Some(verdict)) => {
            print!("{verdict}");
            if verdict.is_good() { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => {
            eprintln!("candour-verify: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(task: Task) -> Result<Option<Verdict>> {
    match task {
        Task::Usage => Ok(None),
        Task::Log { directory, key } => log::check(&directory, key.as_deref()).map(|log| Some(log.verdict)),
        Task::Segments { footage, log, key } => {
            let log = log::check(&log, key.as_deref())?;
            footage::check(&footage, log).map(Some)
        }
    }
}
