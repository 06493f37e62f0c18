//! The certificates a device shows in TLS. Whoever they name is taken, for they are evidence and no proof; that the device holds
//! the key is proved by the handshake, which is finished here and nothing is sent after it.

use std::net::SocketAddr;

use super::line::{Quiet, connect};
use crate::secure::{self, Identity};

/// Every certificate the device sent, in DER, its own first, after a handshake that was finished.
pub(super) async fn certificates(at: SocketAddr) -> Result<Vec<u8>, Quiet> {
    let stream = connect(at).await?;
    let connection = secure::shake(stream, at, &Identity::new(None)).await.map_err(|_| Quiet::NoTls)?;
    Ok(secure::shown(&connection))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use candour_units::{SimClock, WallTime};
    use candour_vetting::{Evidence, Kind};
    use rustls::ServerConfig;
    use rustls::crypto::aws_lc_rs;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// A device with a certificate of its own making, and what it was sent after the handshake.
    async fn device(names: rcgen::CertificateParams) -> (SocketAddr, tokio::task::JoinHandle<usize>) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = names.self_signed(&key).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("PKCS #8");
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a pair");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("bound");
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a connection");
            let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.expect("a handshake");
            stream.read(&mut [0; 64]).await.unwrap_or_default()
        });
        (at, task)
    }

    #[tokio::test]
    async fn a_certificate_from_a_finished_handshake() {
        let mut names = rcgen::CertificateParams::new(vec!["camera.invalid".to_owned()]).expect("names");
        names.distinguished_name.push(rcgen::DnType::CommonName, "axis-b8a44fa04f26");
        names.distinguished_name.push(rcgen::DnType::OrganizationName, "Axis Communications AB");
        let (at, task) = device(names).await;
        let items = crate::probe::tls(at, &SimClock::at(WallTime::EPOCH)).await;
        let text = |kind: Kind| items.iter().find(|item| item.kind == kind).and_then(Evidence::text);
        let subject = text(Kind::TlsSubject).expect("a subject");
        assert!(subject.contains("CN=axis-b8a44fa04f26") && subject.contains("O=Axis Communications AB"), "{subject}");
        assert_eq!(text(Kind::TlsIssuer), Some(subject));
        assert_eq!(text(Kind::TlsKey).map(str::len), Some(64));
        assert!(text(Kind::TlsNumber).is_some() && text(Kind::TlsChain).is_some());
        assert_eq!(task.await.expect("no panic"), 0, "nothing is sent to it");
    }

    #[tokio::test]
    async fn what_speaks_no_tls_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("bound");
        drop(listener);
        assert_eq!(certificates(at).await, Err(Quiet::Nobody));
        let listener = TcpListener::bind(at).await.expect("the port is free again");
        tokio::spawn(async move { drop(listener.accept().await) });
        assert_eq!(certificates(at).await, Err(Quiet::NoTls));
    }
}
