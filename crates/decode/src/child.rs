//! One decoder program: started with nothing but a socket, and ended for certain.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::death::Death;
use crate::frame::{FrameError, read_frame, write_frame};
use crate::message::{Answer, MOST_ANSWER, MessageError, Request};
use crate::trouble::Mechanisms;

/// `SIGXCPU`: the processor time of the cage is used up.
const SIGXCPU: i32 = 24;
/// `SIGKILL`, with which the kernel ends what is past the hard limit of processor time, and we what hangs.
const SIGKILL: i32 = 9;

/// Answers to one request: pictures that were held back, and what went wrong. A decoder holds back sixteen pictures at most (H.264
/// A.3.1), so whatever says more than this is not decoding.
const MOST_ANSWERS: usize = 64;

/// The program that decodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// Refuse to decode where the kernel lacks a bar of the cage.
    pub strict: bool,
    /// How long a request may take, with all its answers.
    pub patience: Duration,
}

impl Program {
    /// That program, strict, with five seconds for each answer.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path, strict: true, patience: Duration::from_secs(5) }
    }
}

/// Why no decoder runs.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program could not be started.
    #[error("cannot start the decoder {path}; it is built as candour-decoder and belongs beside candour")]
    Spawn {
        /// The program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ended before it was ready.
    #[error("the decoder {path} ended before it was ready ({status}){said}")]
    Refused {
        /// The program.
        path: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// What it said on its standard error, after a colon; empty where it said nothing.
        said: String,
    },
    /// It runs and does not say that it is ready.
    #[error("the decoder {path} did not say that its cage is shut")]
    NotReady {
        /// The program.
        path: PathBuf,
        /// What came instead.
        source: io::Error,
    },
}

/// A running decoder. Ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    process: Process,
    socket: UnixStream,
    patience: Duration,
    out: Vec<u8>,
    into: Vec<u8>,
}

impl Child {
    /// Starts it and waits until its cage is shut. Gives what the kernel lacks.
    pub(crate) fn start(program: &Program) -> Result<(Self, Mechanisms), StartError> {
        let spawn = |source| StartError::Spawn { path: program.path.clone(), source };
        let (ours, theirs) = UnixStream::pair().map_err(spawn)?;
        let mut command = Command::new(&program.path);
        command.env_clear().current_dir("/").stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::piped());
        if program.strict {
            command.arg("--strict");
        }
        let process = command.spawn().map_err(spawn)?;
        let mut child = Self { process, socket: ours, patience: program.patience, out: Vec::new(), into: Vec::new() };
        // The command keeps the other end of the socket open as long as it lives.
        drop(command);
        match child.ready() {
            Ok(missing) => Ok((child, missing)),
            Err(source) => Err(child.stillborn(program, source)),
        }
    }

    fn ready(&mut self) -> io::Result<Mechanisms> {
        let mut until = Until::of(&self.socket, self.patience);
        let whole = read_frame(&mut until, MOST_ANSWER, &mut self.into).map_err(io::Error::other)?;
        match Answer::decode(&self.into) {
            Ok(Answer::Ready { missing }) if whole => Ok(missing),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn stillborn(mut self, program: &Program, source: io::Error) -> StartError {
        let path = program.path.clone();
        match self.ended_by_itself() {
            Some(status) => StartError::Refused { path, status, said: self.last_words() },
            None => StartError::NotReady { path, source },
        }
    }

    fn last_words(&mut self) -> String {
        let mut said = String::new();
        if let Some(errors) = self.process.stderr.take() {
            // What cannot be read was not said; the status tells that it ended.
            let _ = errors.take(1_000).read_to_string(&mut said);
        }
        if said.is_empty() { said } else { format!(": {}", said.trim()) }
    }

    /// The process's number.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks, and hands on every answer up to the last. After an error the program is dead.
    pub(crate) fn ask(&mut self, request: &Request<'_>, mut answered: impl FnMut(Answer<'_>)) -> Result<(), Death> {
        request.encode(&mut self.out);
        match self.exchange(&mut answered) {
            Ok(()) => Ok(()),
            Err(broken) => Err(self.bury(&broken)),
        }
    }

    fn exchange(&mut self, answered: &mut impl FnMut(Answer<'_>)) -> Result<(), Broken> {
        let mut until = Until::of(&self.socket, self.patience);
        write_frame(&mut until, &self.out)?;
        for _ in 0..MOST_ANSWERS {
            if !read_frame(&mut until, MOST_ANSWER, &mut self.into)? {
                return Err(Broken::Frame(FrameError::Io(io::ErrorKind::UnexpectedEof.into())));
            }
            match Answer::decode(&self.into)? {
                Answer::Done { .. } => return Ok(()),
                Answer::Ready { .. } => return Err(Broken::OutOfPlace),
                answer => answered(answer),
            }
        }
        Err(Broken::OutOfPlace)
    }

    /// Ends what is broken and says how it died.
    fn bury(&mut self, broken: &Broken) -> Death {
        if matches!(broken, Broken::Message(_) | Broken::OutOfPlace | Broken::Frame(FrameError::TooLong { .. })) {
            self.end();
            return Death::Nonsense;
        }
        match self.ended_by_itself() {
            Some(status) => match (status.signal(), status.code()) {
                (Some(SIGXCPU), _) => Death::Worn,
                (Some(signal), _) => Death::Signal(signal),
                (None, code) => Death::Exit(code.unwrap_or(SIGKILL)),
            },
            None => Death::Hung,
        }
    }

    /// How it ended, where it did without our help; a moment is given to it, for its socket closes before it is gone.
    fn ended_by_itself(&mut self) -> Option<ExitStatus> {
        for _ in 0..20 {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.end();
        None
    }

    fn end(&mut self) {
        // It may be gone already; then there is nothing to end, and nothing to wait for after the first time.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

/// The socket until a moment. A limit for each call would not do: who sends a byte now and then keeps every one of them.
struct Until<'a> {
    socket: &'a UnixStream,
    end: Instant,
}

impl<'a> Until<'a> {
    fn of(socket: &'a UnixStream, patience: Duration) -> Self {
        Self { socket, end: Instant::now() + patience }
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.end.saturating_duration_since(Instant::now());
        // A limit of nothing would be none at all.
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Until<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.left()?)?;
        self.socket.read(into)
    }
}

impl Write for Until<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.left()?)?;
        self.socket.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("no whole message came")]
    Frame(#[from] FrameError),
    #[error("it is no answer")]
    Message(#[from] MessageError),
    #[error("an answer out of place, or too many")]
    OutOfPlace,
}
