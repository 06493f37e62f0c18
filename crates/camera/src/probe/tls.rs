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
    use candour_units::{SimClock, WallTime};
    use candour_vetting::{Evidence, Kind};
    use tokio::net::TcpListener;

    use super::*;
    use crate::tls_device::TlsDevice;

    #[tokio::test]
    async fn a_certificate_from_a_finished_handshake() {
        let mut names = rcgen::CertificateParams::new(vec!["camera.invalid".to_owned()]).expect("names");
        names.distinguished_name.push(rcgen::DnType::CommonName, "axis-b8a44fa04f26");
        names.distinguished_name.push(rcgen::DnType::OrganizationName, "Axis Communications AB");
        let mut device = TlsDevice::named(names).await;
        let items = crate::probe::tls(device.at, &SimClock::at(WallTime::EPOCH)).await;
        let text = |kind: Kind| items.iter().find(|item| item.kind == kind).and_then(Evidence::text);
        let subject = text(Kind::TlsSubject).expect("a subject");
        assert!(subject.contains("CN=axis-b8a44fa04f26") && subject.contains("O=Axis Communications AB"), "{subject}");
        assert_eq!(text(Kind::TlsIssuer), Some(subject));
        assert_eq!(text(Kind::TlsKey).map(str::len), Some(64));
        assert!(text(Kind::TlsNumber).is_some() && text(Kind::TlsChain).is_some());
        let visit = device.heard.recv().await.expect("a visit");
        assert_eq!(visit.expect("a handshake"), 0, "nothing is sent to it");
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
