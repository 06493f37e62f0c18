//! TLS: the site's own authority, or a certificate somebody else made. TLS 1.3 and 1.2 only, one crypto provider.

mod authority;
mod names;

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use axum_server::tls_rustls::RustlsConfig;
use candour_durable::Disk;
use candour_units::{Clock, Entropy, WallDuration, WallTime};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use authority::Authority;
pub(crate) use names::HostNames;
pub use names::NotAHostName;

/// A certificate of the site authority is replaced at that age, of 397 days; one somebody else made is read again.
const FRESH: WallDuration = WallDuration::from_seconds(30 * 86_400);
const READ_AGAIN: WallDuration = WallDuration::from_seconds(86_400);

/// Certificate and key that somebody else made, both PEM. They are read again every day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCertificate {
    /// The chain, the server's own certificate first.
    pub chain: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The authority's file is not what we wrote; move it away to have a new one made (people must trust that one then).
    #[error("{path} is damaged; restore it, or move it away to have a new authority made")]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// A PEM file holds no certificate or key.
    #[error("{path} holds no {what} in PEM form")]
    NoPem {
        /// Which.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// A name that no certificate can be made for.
    #[error(transparent)]
    Name(#[from] NotAHostName),
    /// The file could not be written.
    #[error("the site's authority could not be stored")]
    Store(#[from] candour_durable::DurableError),
    /// A certificate could not be made.
    #[error("a certificate could not be made")]
    Make(#[from] rcgen::Error),
    /// Certificate and key do not belong together, or cannot be used.
    #[error("the certificate cannot be used")]
    Use(#[from] rustls::Error),
}

/// The server's TLS as it stands; host names can be changed while it serves.
pub(crate) struct Tls {
    served: RustlsConfig,
    directory: PathBuf,
    own: Option<OwnCertificate>,
    shown: RwLock<Shown>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// What `GET /site` and `GET /ca.crt` say.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) names: HostNames,
    /// Absent with an own certificate.
    pub(crate) authority: Option<ShownAuthority>,
    /// When the certificate that is served was made or read.
    since: WallTime,
}

/// The site authority, for people.
#[derive(Clone)]
pub(crate) struct ShownAuthority {
    /// The certificate, PEM.
    pub(crate) pem: String,
    /// Its SHA-256 fingerprint.
    pub(crate) fingerprint: String,
}

impl Tls {
    /// Makes or loads what is needed to serve `names`.
    pub(crate) fn start(
        directory: &Path,
        names: HostNames,
        own: Option<&OwnCertificate>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, TlsError> {
        let (config, authority) = match own {
            Some(own) => (read_own(own)?, None),
            None => make_own(directory, &names, &*clock, &*entropy)?,
        };
        Ok(Self {
            served: RustlsConfig::from_config(Arc::new(config)),
            directory: directory.to_owned(),
            own: own.cloned(),
            shown: RwLock::new(Shown { names, authority, since: clock.wall() }),
            clock,
            entropy,
        })
    }

    /// The configuration to serve with; it follows every change.
    pub(crate) fn served(&self) -> RustlsConfig {
        self.served.clone()
    }

    pub(crate) fn shown(&self) -> Shown {
        self.shown.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Whether the certificate is one that browsers trust by themselves.
    pub(crate) fn has_own_certificate(&self) -> bool {
        self.own.is_some()
    }

    /// Serves these names from the next connection on, with a fresh certificate or the own one read again. Blocks.
    pub(crate) fn rename(&self, names: HostNames) -> Result<(), TlsError> {
        let (config, authority) = match &self.own {
            Some(own) => (read_own(own)?, None),
            None => make_own(&self.directory, &names, &*self.clock, &*self.entropy)?,
        };
        self.served.reload_from_config(Arc::new(config));
        let shown = Shown { names, authority, since: self.clock.wall() };
        *self.shown.write().unwrap_or_else(std::sync::PoisonError::into_inner) = shown;
        Ok(())
    }

    /// Whether the certificate is old enough for [`Self::rename`] with the same names.
    pub(crate) fn is_due(&self) -> bool {
        let age = self.clock.wall() - self.shown().since;
        age >= if self.own.is_some() { READ_AGAIN } else { FRESH }
    }
}

type Made = (ServerConfig, Option<ShownAuthority>);

fn make_own(directory: &Path, names: &HostNames, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Made, TlsError> {
    let authority = Authority::load_or_make(&Disk::real(), directory, names, clock.wall())?;
    let mut serial = entropy.id();
    serial[0] = serial[0] & 0x7f | 0x40; // positive, and always sixteen bytes (RFC 5280 4.1.2.2)
    let issued = authority.issue(names, clock.wall(), serial)?;
    let shown = ShownAuthority { pem: authority.pem(), fingerprint: authority.fingerprint() };
    Ok((config(issued.chain, issued.key)?, Some(shown)))
}

fn read_own(own: &OwnCertificate) -> Result<ServerConfig, TlsError> {
    let read = |path: &Path| std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source });
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(&own.chain)?).filter_map(Result::ok).collect();
    if chain.is_empty() {
        return Err(TlsError::NoPem { path: own.chain.clone(), what: "certificate" });
    }
    let key = PrivateKeyDer::from_pem_slice(&zeroize::Zeroizing::new(read(&own.key)?))
        .map_err(|_| TlsError::NoPem { path: own.key.clone(), what: "private key" })?;
    config(chain, key)
}

fn config(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
