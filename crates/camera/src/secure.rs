//! TLS to a device: whom it must be, and who it turned out to be.
//!
//! A device proves who it is by the key it was onboarded with. Whoever signed its certificate, the name in it and its dates are
//! evidence and no proof: cameras make their own, for ten or a thousand years, for no name at all. That the device holds the key is
//! proved by the handshake. TLS 1.2 and 1.3, nothing older, and never the same question in clear.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use candour_units::Hash;
use candour_vetting::Certificate;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::probe;

/// Longest wait for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(3);

/// How a device's web port is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// HTTP.
    #[default]
    Clear,
    /// HTTP over TLS.
    Tls {
        /// SHA-256 over the public key that the device must hold; `None` takes whatever it shows.
        key: Option<Hash>,
    },
}

impl Transport {
    /// Whether it is TLS.
    #[must_use]
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Tls { .. })
    }
}

/// Why nobody was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotMet {
    /// Nobody takes a connection.
    Nobody,
    /// No handshake was finished.
    NoTls,
    /// It speaks HTTP in clear, where it spoke TLS.
    InClear,
    /// It shows another key: these certificates, in DER.
    OtherKey(Vec<u8>),
}

/// Shakes hands with a device and hangs up: the certificates it showed, in DER, its own first. Nothing is sent after the handshake.
///
/// Where no handshake comes about, one page is asked for in clear, by which it is told whether the device went over to clear or is
/// merely unwell.
pub(crate) async fn meet(at: SocketAddr, key: Option<Hash>) -> Result<Vec<u8>, NotMet> {
    let stream = probe::connect(at).await.map_err(|_| NotMet::Nobody)?;
    match shake(stream, at, &Identity::new(key)).await {
        Ok(connection) => Ok(shown(&connection)),
        Err(NotMet::NoTls) if probe::answers_in_clear(at).await => Err(NotMet::InClear),
        Err(other) => Err(other),
    }
}

/// Whether a device speaks TLS on a port, and with which key; `None` if it does not, or shows what is no certificate.
pub(crate) async fn key_at(at: SocketAddr) -> Option<Hash> {
    let stream = probe::connect(at).await.ok()?;
    let connection = shake(stream, at, &Identity::new(None)).await.ok()?;
    key_of(&shown(&connection))
}

/// SHA-256 over the public key of the first of these certificates.
pub(crate) fn key_of(certificates: &[u8]) -> Option<Hash> {
    Certificate::read_all(certificates).ok()?.first().map(|first| first.key)
}

/// A handshake over a connection.
pub(crate) async fn shake(
    stream: TcpStream,
    at: SocketAddr,
    identity: &Arc<Identity>,
) -> Result<TlsStream<TcpStream>, NotMet> {
    let connector = TlsConnector::from(Arc::new(identity.config().map_err(|_| NotMet::NoTls)?));
    match timeout(HANDSHAKE, connector.connect(ServerName::from(at.ip()), stream)).await {
        Ok(Ok(connection)) => Ok(connection),
        _ => Err(identity.other().map_or(NotMet::NoTls, NotMet::OtherKey)),
    }
}

/// Every certificate of a finished handshake.
pub(crate) fn shown(connection: &TlsStream<TcpStream>) -> Vec<u8> {
    let shown = connection.get_ref().1.peer_certificates().unwrap_or_default();
    shown.iter().flat_map(|one| one.iter().copied()).collect()
}

/// Who a device must be. Takes any certificate with the key that is asked for, and no signature but one made with its key.
#[derive(Debug)]
pub(crate) struct Identity {
    key: Option<Hash>,
    /// What was shown in place of that key.
    other: Mutex<Option<Vec<u8>>>,
    provider: Arc<CryptoProvider>,
}

impl Identity {
    pub(crate) fn new(key: Option<Hash>) -> Arc<Self> {
        Arc::new(Self { key, other: Mutex::default(), provider: Arc::new(aws_lc_rs::default_provider()) })
    }

    /// The configuration of a client that knows the device by this.
    pub(crate) fn config(self: &Arc<Self>) -> Result<ClientConfig, Error> {
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(self.clone())
            .with_no_client_auth();
        // A session that was resumed shows no certificate.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }

    /// The certificates of whoever showed another key, if somebody did.
    pub(crate) fn other(&self) -> Option<Vec<u8>> {
        self.other.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Identity {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.key.is_none() || key_of(end_entity) == self.key {
            return Ok(ServerCertVerified::assertion());
        }
        *self.other.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::tls_device::TlsDevice;

    #[tokio::test]
    async fn a_device_is_met_by_its_key_and_nobody_else_is() {
        let TlsDevice { at, key, mut heard } = TlsDevice::new().await;
        assert_eq!(key_at(at).await, Some(key));
        let certificates = meet(at, Some(key)).await.expect("itself");
        assert_eq!(key_of(&certificates), Some(key));
        let mut elsewhere = TlsDevice::new().await;
        let Err(NotMet::OtherKey(other)) = meet(elsewhere.at, Some(key)).await else { panic!("another") };
        assert_eq!(key_of(&other), Some(elsewhere.key));
        for _ in 0..2 {
            assert_eq!(
                heard.recv().await.expect("a visit").expect("a handshake"),
                0,
                "nothing is sent after a handshake"
            );
        }
        let visit = elsewhere.heard.recv().await.expect("a visit");
        assert_eq!(visit.unwrap_or_default(), 0, "nothing is sent to another");
    }

    #[tokio::test]
    async fn going_over_to_clear_is_told_from_being_unwell() {
        async fn speaking(answer: &'static [u8]) -> SocketAddr {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let at = listener.local_addr().expect("bound");
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    stream.read(&mut [0; 4096]).await.unwrap_or_default();
                    stream.write_all(answer).await.unwrap_or_default();
                }
            });
            at
        }
        let clear = speaking(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        assert_eq!(meet(clear, None).await, Err(NotMet::InClear));
        assert_eq!(key_at(clear).await, None);
        for answer in [b"".as_slice(), b"\x15\x03\x01\x00\x02\x02\x46", b"garbage"] {
            assert_eq!(meet(speaking(answer).await, None).await, Err(NotMet::NoTls), "{answer:?}");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("bound");
        drop(listener);
        assert_eq!(meet(at, None).await, Err(NotMet::Nobody));
    }
}
