//! One TCP connection to the onboarded host: a request, and the bytes that come back, bounded in number and time.

use std::net::SocketAddr;
use std::time::Duration;

use candour_units::Hash;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::pace;
use crate::received::whole_length;
use crate::secure::{self, Identity, Transport};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest wait for one whole answer.
const ANSWER: Duration = Duration::from_secs(3);

/// Why nothing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Quiet {
    #[error("nothing listens there")]
    Nobody,
    #[error("it took a connection and said nothing")]
    Silent,
    #[error("it does not speak TLS 1.2 or later")]
    NoTls,
}

/// Connects when it is the device's turn.
pub(crate) async fn connect(at: SocketAddr) -> Result<TcpStream, Quiet> {
    pace::turn(at.ip()).await;
    match timeout(CONNECT, TcpStream::connect(at)).await {
        Ok(Ok(stream)) => Ok(stream),
        _ => Err(Quiet::Nobody),
    }
}

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Duplex for T {}

/// A connection.
pub(super) struct Line {
    at: SocketAddr,
    stream: Box<dyn Duplex>,
}

impl Line {
    /// Connects in clear.
    pub(super) async fn open(at: SocketAddr) -> Result<Self, Quiet> {
        Ok(Self { at, stream: Box::new(connect(at).await?) })
    }

    /// Connects as the device's web port is spoken to; to nobody but the device where that is known by its key.
    pub(super) async fn open_by(at: SocketAddr, transport: Transport) -> Result<Self, Quiet> {
        match transport {
            Transport::Clear => Self::open(at).await,
            Transport::Tls { key } => Self::open_tls(at, key).await,
        }
    }

    async fn open_tls(at: SocketAddr, key: Option<Hash>) -> Result<Self, Quiet> {
        let stream = connect(at).await?;
        let stream = secure::shake(stream, at, &Identity::new(key)).await.map_err(|_| Quiet::NoTls)?;
        Ok(Self { at, stream: Box::new(stream) })
    }

    /// Waits for the turn of another request on this connection.
    pub(super) async fn next_turn(&self) {
        pace::turn(self.at.ip()).await;
    }

    /// Sends a request and reads until the answer is whole, is too long, or nothing more comes.
    pub(super) async fn ask(&mut self, protocol: &'static str, request: &[u8], most: usize) -> Result<Vec<u8>, Quiet> {
        tracing::debug!(at = %self.at, protocol, "probing a device");
        let until = Instant::now() + ANSWER;
        let sent = timeout_at(until, self.stream.write_all(request)).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Err(Quiet::Silent);
        }
        let (mut answer, mut buffer) = (Vec::new(), [0; 8192]);
        while answer.len() < most && whole_length(protocol, &answer).is_none_or(|whole| answer.len() < whole) {
            match timeout_at(until, self.stream.read(&mut buffer)).await {
                Ok(Ok(length)) if length > 0 => answer.extend_from_slice(&buffer[..length]),
                _ => break,
            }
        }
        answer.truncate(most);
        if answer.is_empty() { Err(Quiet::Silent) } else { Ok(answer) }
    }
}
