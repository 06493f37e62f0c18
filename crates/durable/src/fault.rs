//! The seam for faults: whoever holds the [`Disk`](crate::Disk) can have a chosen call fail.
//!
//! A running recorder uses [`Disk::real`](crate::Disk::real), which asks nobody. Tests hand in a [`Script`].

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crate::{DurableError, Step};

/// What a fault does to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happens and the error is reported.
    Before(io::ErrorKind),
    /// The call is carried out and then reported as failed, as when an acknowledgement is lost.
    After(io::ErrorKind),
    /// Only so many bytes are written, then the error is reported; for other steps the same as [`Fault::Before`].
    Partial(usize, io::ErrorKind),
    /// Nothing happens and success is reported, as by a drive that lies about its cache. Only syncs can lie; other calls
    /// are carried out.
    Lie,
    /// The call is carried out after this long, as by a disk that stalls.
    Stall(Duration),
}

/// Asked before every call; must not touch the disk through the same [`Disk`](crate::Disk). It may wait, to be a disk that
/// does not answer: the call waits with it, as one in the kernel would.
pub trait Faults: Send + Sync {
    /// What shall happen to this call; `None` lets it be.
    fn next(&self, step: Step, path: &Path) -> Option<Fault>;
}

/// Records every call and fails the ones it was told to: for tests.
#[derive(Debug, Default)]
pub struct Script {
    state: Mutex<ScriptState>,
}

#[derive(Debug, Default)]
struct ScriptState {
    calls: Vec<(Step, PathBuf)>,
    planned: Vec<(usize, Fault)>,
    rules: Vec<(Step, Fault)>,
}

impl Script {
    /// A script that fails nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails the call with this number, counted from 0 since the script was made.
    pub fn fail_call(&self, number: usize, fault: Fault) {
        self.lock().planned.push((number, fault));
    }

    /// Fails every call of this step until [`Self::heal`].
    pub fn fail_every(&self, step: Step, fault: Fault) {
        self.lock().rules.push((step, fault));
    }

    /// Forgets all planned failures.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.planned.clear();
        state.rules.clear();
    }

    /// Calls so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<(Step, PathBuf)> {
        self.lock().calls.clone()
    }

    /// How many calls of one step there were so far.
    #[must_use]
    pub fn count(&self, step: Step) -> usize {
        self.lock().calls.iter().filter(|(called, _)| *called == step).count()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ScriptState> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Faults for Script {
    fn next(&self, step: Step, path: &Path) -> Option<Fault> {
        let mut state = self.lock();
        let number = state.calls.len();
        state.calls.push((step, path.to_owned()));
        let planned = state.planned.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault);
        planned.or_else(|| state.rules.iter().find(|(which, _)| *which == step).map(|(_, fault)| *fault))
    }
}

/// Runs one call under the fault, if there is one.
pub(crate) fn run<T>(
    fault: Option<Fault>,
    step: Step,
    path: &Path,
    act: impl FnOnce() -> io::Result<T>,
) -> Result<T, DurableError> {
    let result = match fault {
        None | Some(Fault::Lie) => act(),
        Some(Fault::Stall(time)) => {
            std::thread::sleep(time);
            act()
        }
        Some(Fault::Before(kind) | Fault::Partial(_, kind)) => Err(Injected::of(kind)),
        Some(Fault::After(kind)) => act().and_then(|_| Err(Injected::of(kind))),
    };
    result.map_err(|source| DurableError::at(path, step, source))
}

/// Says in every message that the failure was made by a test.
#[derive(Debug)]
pub(crate) struct Injected(io::ErrorKind);

impl Injected {
    pub(crate) fn of(kind: io::ErrorKind) -> io::Error {
        io::Error::new(kind, Self(kind))
    }
}

impl fmt::Display for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "injected fault: {}", self.0)
    }
}

impl std::error::Error for Injected {}
