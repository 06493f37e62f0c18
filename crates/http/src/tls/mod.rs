//! TLS: the site's own authority, or a certificate somebody else made. TLS 1.3 and 1.2 only, one crypto provider.

mod authority;
mod names;

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use axum_server::tls_rustls::RustlsConfig;
use candour_durable::Disk;
use candour_units::{Clock, Entropy};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use authority::Authority;
pub(crate) use names::HostNames;
pub use names::NotAHostName;

/// Certificate and key that somebody else made, both PEM.
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
    shown: RwLock<Shown>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// What `GET /site` and `GET /ca.crt` say.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) names: HostNames,
    /// Absent with an own certificate.
    pub(crate) authority: Option<(CertificateDer<'static>, String)>,
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
        let served = RustlsConfig::from_config(Arc::new(config));
        Ok(Self {
            served,
            directory: directory.to_owned(),
            shown: RwLock::new(Shown { names, authority }),
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
        self.shown().authority.is_none()
    }

    /// Serves other names from the next connection on. With an own certificate only the list of names changes. Blocks.
    pub(crate) fn rename(&self, names: HostNames) -> Result<(), TlsError> {
        let authority = if self.has_own_certificate() {
            None
        } else {
            let (config, authority) = make_own(&self.directory, &names, &*self.clock, &*self.entropy)?;
            self.served.reload_from_config(Arc::new(config));
            authority
        };
        *self.shown.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Shown { names, authority };
        Ok(())
    }

    /// A fresh server certificate for the same names: called now and then, long before the old one ends. Blocks.
    pub(crate) fn reissue(&self) -> Result<(), TlsError> {
        self.rename(self.shown().names)
    }
}

type Made = (ServerConfig, Option<(CertificateDer<'static>, String)>);

fn make_own(directory: &Path, names: &HostNames, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Made, TlsError> {
    let authority = Authority::load_or_make(&Disk::real(), directory, names, clock.wall())?;
    let mut serial = entropy.id();
    serial[0] = serial[0] & 0x7f | 0x40; // positive, and always sixteen bytes (RFC 5280 4.1.2.2)
    let issued = authority.issue(names, clock.wall(), serial)?;
    let shown = (authority.certificate().clone(), authority.fingerprint());
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
