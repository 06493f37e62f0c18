//! The port of a camera: HTTP, or HTTP over TLS with a certificate that the camera made itself.
//!
//! A camera with TLS takes connections in clear on the same port, for `/sim/...` alone: whatever else is asked in clear is refused as real
//! web servers do.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::onvif::Serving;

/// The first byte of a TLS handshake record (RFC 8446 5.1).
const HANDSHAKE: u8 = 0x16;
/// Connections that wait to be served.
const WAITING: usize = 16;

/// What bytes come and go over.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Wire for T {}

/// Who is at the other end, and how.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// From where.
    pub address: SocketAddr,
    /// Whether over TLS.
    pub by_tls: bool,
}

/// The open port of a camera.
pub struct Door {
    at: SocketAddr,
    incoming: mpsc::Receiver<(Box<dyn Wire>, Peer)>,
}

impl Door {
    /// Takes connections, each in its own time: one that is slow to say something keeps nobody waiting.
    ///
    /// # Errors
    /// When the socket is none, or no certificate can be made.
    pub fn open(listener: TcpListener, tls: bool) -> anyhow::Result<Self> {
        let at = listener.local_addr()?;
        let acceptor = tls.then(|| acceptor(&at.ip().to_string())).transpose().context("cannot make a certificate")?;
        let (send, incoming) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            loop {
                let Ok((stream, address)) = listener.accept().await else { continue };
                let (send, acceptor) = (send.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if let Some(taken) = take(stream, address, acceptor).await {
                        // Nobody serves any more when the program ends.
                        let _ = send.send(taken).await;
                    }
                });
            }
        });
        Ok(Self { at, incoming })
    }
}

async fn take(stream: TcpStream, address: SocketAddr, acceptor: Option<TlsAcceptor>) -> Option<(Box<dyn Wire>, Peer)> {
    let Some(acceptor) = acceptor else { return Some((Box::new(stream), Peer { address, by_tls: false })) };
    let mut first = [0];
    stream.peek(&mut first).await.ok().filter(|length| *length > 0)?;
    if first[0] != HANDSHAKE {
        return Some((Box::new(stream), Peer { address, by_tls: false }));
    }
    let stream = acceptor.accept(stream).await.ok()?;
    Some((Box::new(stream), Peer { address, by_tls: true }))
}

fn acceptor(name: &str) -> anyhow::Result<TlsAcceptor> {
    let key = rcgen::KeyPair::generate()?;
    let certificate = rcgen::CertificateParams::new(vec![name.to_owned()])?.self_signed(&key)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl Listener for Door {
    type Io = Box<dyn Wire>;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.incoming.recv().await {
            Some(taken) => taken,
            // The task that takes connections ends with the program only.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Peer> {
        Ok(Peer { address: self.at, by_tls: false })
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        *stream.remote_addr()
    }
}

/// Refuses what is asked in clear of a camera with TLS.
pub async fn by_tls_only(
    State(serving): State<Arc<Serving>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let is_ours = request.uri().path().starts_with("/sim/");
    if serving.device.camera.tls && !peer.by_tls && !is_ours {
        return (StatusCode::BAD_REQUEST, "The plain HTTP request was sent to HTTPS port\n").into_response();
    }
    next.run(request).await
}
