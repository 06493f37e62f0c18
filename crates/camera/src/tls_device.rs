//! The peer of tests: a device that speaks TLS with a certificate of its own making, and tells what it is sent after each handshake.

use std::net::SocketAddr;
use std::sync::Arc;

use candour_units::Hash;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_rustls::TlsAcceptor;

use crate::secure::key_of;

/// Where one is, and what it makes of its visitors.
pub(crate) struct TlsDevice {
    pub at: SocketAddr,
    /// SHA-256 over its public key.
    pub key: Hash,
    /// How many bytes each connection brought after its handshake; an error where none was finished.
    pub heard: UnboundedReceiver<std::io::Result<usize>>,
}

impl TlsDevice {
    /// One whose certificate names `names`.
    pub(crate) async fn named(names: rcgen::CertificateParams) -> Self {
        let pair = rcgen::KeyPair::generate().expect("a key");
        let certificate = names.self_signed(&pair).expect("a certificate");
        let key = key_of(certificate.der()).expect("it reads");
        let pair = PrivateKeyDer::try_from(pair.serialize_der()).expect("PKCS #8");
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], pair)
            .expect("a pair");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("bound");
        let (tell, heard) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((stream, _)) = listener.accept().await {
                let bytes = match acceptor.accept(stream).await {
                    // Whoever hangs up without a farewell has sent nothing either.
                    Ok(mut stream) => Ok(stream.read(&mut [0; 64]).await.unwrap_or_default()),
                    Err(error) => Err(error),
                };
                // A test that knows enough listens no more.
                let _ = tell.send(bytes);
            }
        });
        Self { at, key, heard }
    }

    /// One with a name that says nothing.
    pub(crate) async fn new() -> Self {
        Self::named(rcgen::CertificateParams::new(vec!["camera.invalid".to_owned()]).expect("names")).await
    }
}
