//! Running the simulator as a process, for tests and benches of other rooms.
//!
//! The process ends when the [`Simulator`] is dropped, and also when the program that started it dies: it watches its
//! standard input.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::counters::State;
use crate::fault::Fault;
use crate::ready::{AllReady, CameraReady};

/// How long the cameras may take to come up, and an answer to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running simulator.
#[derive(Debug)]
pub struct Simulator {
    child: Child,
    cameras: Vec<CameraReady>,
}

/// Why the simulator could not be started or asked.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program is not there or cannot be run.
    #[error("cannot run the simulator {program}; build it first: cargo build -p camera-sim")]
    Run {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The program ended or said nothing for too long; its own message is on standard error.
    #[error("the simulator {program} did not say that its cameras are ready; its last line was: {last}")]
    NotReady {
        /// The program.
        program: PathBuf,
        /// What it printed last.
        last: String,
    },
    /// No camera has this name.
    #[error("the simulator has no camera \"{name}\"")]
    NoCamera {
        /// The name asked for.
        name: String,
    },
    /// The control port did not answer as it should.
    #[error("{request} on camera \"{name}\" failed")]
    Control {
        /// The camera.
        name: String,
        /// The request line.
        request: String,
        /// What went wrong, the answer included.
        source: std::io::Error,
    },
}

/// The simulator's program as cargo builds it beside the tests and benches of this workspace, or the one named by the
/// environment variable `CAMERA_SIM`. It is not built by this.
#[must_use]
pub fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("CAMERA_SIM") {
        return PathBuf::from(path);
    }
    let own = std::env::current_exe().unwrap_or_default();
    let beside = own.ancestors().skip(1).take(3).map(|directory| directory.join("camera-sim"));
    beside.into_iter().find(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("camera-sim"))
}

impl Simulator {
    /// Starts `program` with a camera file and further options, and waits until every camera answers.
    ///
    /// # Errors
    /// [`ProcessError::Run`] or [`ProcessError::NotReady`].
    pub fn start(program: &Path, config: &Path, options: &[&str]) -> Result<Self, ProcessError> {
        let child = Command::new(program)
            .arg("--config")
            .arg(config)
            .arg("--until-stdin-closes")
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| ProcessError::Run { program: program.to_owned(), source })?;
        let mut simulator = Self { child, cameras: Vec::new() };
        simulator.wait_until_ready().map_err(|last| ProcessError::NotReady { program: program.to_owned(), last })?;
        Ok(simulator)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let out = self.child.stdout.take().expect("standard output was asked for");
        let (send, lines) = mpsc::channel();
        // Ends with the process, whose output it reads; a send fails once nobody waits for lines any more.
        std::thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).all(|l| send.send(l).is_ok()));
        let (deadline, mut last) = (Instant::now() + PATIENCE, String::new());
        loop {
            let rest = deadline.saturating_duration_since(Instant::now());
            let line = lines.recv_timeout(rest).map_err(|_| last)?;
            if serde_json::from_str::<AllReady>(&line).is_ok() {
                return Ok(());
            }
            if let Ok(camera) = serde_json::from_str(&line) {
                self.cameras.push(camera);
            }
            last = line;
        }
    }

    /// The cameras in the order of the file.
    #[must_use]
    pub fn cameras(&self) -> &[CameraReady] {
        &self.cameras
    }

    /// The process id, for measuring.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The camera of that name.
    ///
    /// # Errors
    /// [`ProcessError::NoCamera`].
    pub fn camera(&self, name: &str) -> Result<&CameraReady, ProcessError> {
        let found = self.cameras.iter().find(|camera| camera.name == name);
        found.ok_or_else(|| ProcessError::NoCamera { name: name.to_owned() })
    }

    /// What the camera of that name has seen and sent.
    ///
    /// # Errors
    /// [`ProcessError::NoCamera`] or [`ProcessError::Control`].
    pub fn state(&self, name: &str) -> Result<State, ProcessError> {
        let body = self.ask(name, "GET /sim/state", "")?;
        serde_json::from_str(&body).map_err(|source| ProcessError::Control {
            name: name.to_owned(),
            request: "GET /sim/state".to_owned(),
            source: source.into(),
        })
    }

    /// Makes the camera of that name misbehave.
    ///
    /// # Errors
    /// [`ProcessError::NoCamera`] or [`ProcessError::Control`].
    pub fn strike(&self, name: &str, fault: &Fault) -> Result<(), ProcessError> {
        let body = serde_json::to_string(fault).expect("a fault has only string keys and finite numbers");
        self.ask(name, "POST /sim/fault", &body).map(drop)
    }

    fn ask(&self, name: &str, request: &str, body: &str) -> Result<String, ProcessError> {
        let camera = self.camera(name)?;
        http(SocketAddr::new(camera.address, camera.onvif_port), request, "", body)
            .and_then(
                |(status, answer)| {
                    if (200..300).contains(&status) { Ok(answer) } else { Err(std::io::Error::other(answer)) }
                },
            )
            .map_err(|source| ProcessError::Control { name: name.to_owned(), request: request.to_owned(), source })
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One HTTP/1.0 request (`METHOD /path`, further header lines each ending in CRLF, body) on a connection of its own;
/// returns status and everything after the header.
///
/// # Errors
/// What the system said, or that the answer is no HTTP.
pub fn http(address: SocketAddr, request: &str, headers: &str, body: &str) -> std::io::Result<(u16, String)> {
    http_with_headers(address, request, headers, body).map(|(status, _, body)| (status, body))
}

/// As [`http`], with the header of the answer as second part.
///
/// # Errors
/// As [`http`].
pub fn http_with_headers(
    address: SocketAddr,
    request: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<(u16, String, String)> {
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    let text = format!("{request} HTTP/1.0\r\nHost: {address}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    connection.write_all(text.as_bytes())?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let (header, body) = answer.split_once("\r\n\r\n").ok_or_else(|| std::io::Error::other("no HTTP answer"))?;
    let status = header.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("no HTTP status"))?;
    Ok((status, header.to_owned(), body.to_owned()))
}
