//! Journals of JSON lines: what was sent and when, and who connected. Cheap when off: nothing is even formatted.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::fault::StreamName;

/// A file of JSON lines, or nothing. Each line is in the file when `write` returns, so that it can be read at once.
#[derive(Debug, Default)]
pub struct Journal {
    file: Option<Mutex<BufWriter<File>>>,
}

/// One access unit handed to the RTSP server, in the file given with `--log-access-units`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentAccessUnit {
    /// Name of the camera.
    pub camera: String,
    /// Which stream.
    pub stream: StreamName,
    /// Number of the access unit since the program started; numbers of units nobody watched are missing.
    pub sequence: u64,
    /// When it was sent: true wall-clock, microseconds since 1970.
    pub sent_us: u64,
    /// Presentation time on the stream's own time line, 90 kHz; continues over loops, clients and clock restarts.
    pub pts_90k: i64,
    /// Decode time on the same line.
    pub dts_90k: i64,
    /// The RTP timestamp its packets carry.
    pub rtp_timestamp: u32,
    /// Whether it is a key frame.
    pub key: bool,
    /// Length of its length-prefixed NAL units, without the parameter sets that go before a key frame.
    pub bytes: usize,
    /// SHA-256 of those bytes, hex: what a recorder stores should hash to the same. Absent for garbage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Whether random bytes were sent in its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub garbage: bool,
}

/// Something a client did, in the file given with `--listen-log`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Contact {
    /// An RTSP TCP connection was accepted.
    RtspConnection {
        /// Name of the camera.
        camera: String,
        /// Microseconds since 1970.
        at_us: u64,
    },
    /// A SOAP request was answered.
    OnvifRequest {
        /// Name of the camera.
        camera: String,
        /// Microseconds since 1970.
        at_us: u64,
        /// Address and port of the client.
        peer: String,
        /// HTTP path.
        path: String,
        /// Local name of the operation, or empty when the request could not be read.
        operation: String,
        /// HTTP status of the answer.
        status: u16,
    },
}

impl Journal {
    /// Opens a new file, or none.
    ///
    /// # Errors
    /// What the system said when the file could not be created.
    pub fn create(path: Option<&Path>) -> std::io::Result<Self> {
        let file = path.map(File::create).transpose()?;
        Ok(Self { file: file.map(|file| Mutex::new(BufWriter::new(file))) })
    }

    /// Writes one line, which is only made when there is a file.
    pub fn write<T: Serialize>(&self, line: impl FnOnce() -> T) {
        let Some(file) = &self.file else { return };
        let mut text = serde_json::to_vec(&line()).expect("our own lines have only string keys and finite numbers");
        text.push(b'\n');
        let mut file = file.lock().expect("nothing panics while it holds the journal");
        if let Err(error) = file.write_all(&text).and_then(|()| file.flush()) {
            // A journal with holes would prove something false, so the run is over.
            eprintln!("camera-sim: cannot write the journal, stopping: {error}");
            std::process::exit(1);
        }
    }
}

/// True wall-clock in microseconds since 1970.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator is a program of its own and shares no code with the recorder"
)]
pub fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
