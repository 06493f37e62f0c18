//! Starting and stopping the door.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsAcceptor;
use candour_archive::{Archive, MaskStills};
use candour_audit::Log;
use candour_db::{Db, DbError};
use candour_decode::Stills;
use candour_keyring::Keyring;
use candour_policy::AnomalyRules;
use candour_units::{Clock, Entropy, RecorderId};
use candour_wire::secret::Secret;
use tokio::net::TcpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{App, HOST_NAMES, Inner};
use crate::conversion::{ConversionConfig, Conversions};
use crate::factor::{Passkeys, SecondFactor};
use crate::limits::Limits;
use crate::live::Watchers;
use crate::log_index::LogIndex;
use crate::log_reading::LogReadings;
use crate::looks::Looks;
use crate::password::Passwords;
use crate::port::Site;
use crate::refusals::Refusals;
use crate::tls::{HostNames, OwnCertificate, Tls, TlsError};
use crate::trial::{TrialConfig, Trials};
use crate::{housekeeping, router, setup_token};

/// Bytes the kernel may hold back per connection (it doubles this): a slow page is noticed within a second or two,
/// and one that is far away still gets some 50 Mbit/s.
const SEND_BUFFER: u32 = 128 * 1024;
const BACKLOG: u32 = 1024;

/// How the door is opened.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Directory of the site authority (made if absent); only this room writes there. `ca.crt` in it is the certificate
    /// to copy to screens (PEM).
    pub tls_directory: PathBuf,
    /// Host names of the certificate beside those of the set-up, `localhost` and the loopback addresses.
    pub host_names: Vec<String>,
    /// A certificate somebody else made, in place of the site authority's.
    pub own_certificate: Option<OwnCertificate>,
    /// Whether simulated cameras are accepted: every page says so.
    pub lab: bool,
    /// Version of the program, as shown.
    pub version: String,
    /// The recorder's id, as shown.
    pub recorder: RecorderId,
    /// Whether second factors are asked for.
    pub second_factor: SecondFactor,
    /// Which looks stand out.
    pub anomaly_rules: AnomalyRules,
}

/// What lies behind the door.
pub struct Deps {
    /// People, sessions, cameras, the catalogue, alarms.
    pub db: Db,
    /// Footage.
    pub archive: Archive,
    /// Makes pictures of it.
    pub stills: Arc<Stills>,
    /// The stills that are kept for drawing masks.
    pub mask_stills: Arc<MaskStills>,
    /// The log, without which nobody looks.
    pub log: Log,
    /// Seals second factors.
    pub keyring: Keyring,
    /// Both clocks.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets and ids.
    pub entropy: Arc<dyn Entropy>,
    /// The rest of the program.
    pub site: Arc<dyn Site>,
    /// Converts pictures for browsers that cannot play what a camera sends; none: nothing is converted.
    pub conversion: Option<ConversionConfig>,
    /// Looks through footage under other terms for motion; none: that cannot be tried.
    pub trial: Option<TrialConfig>,
}

/// Why the door did not open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be had.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// No certificate to serve with.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// Accounts or settings cannot be read.
    #[error("the database cannot be used")]
    Db(#[from] DbError),
}

/// The door.
pub struct Server;

/// The door, open. Dropping it closes nothing: call [`Self::stop`].
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The one-time set-up token to print; `None` once the site is set up.
    pub setup_token: Option<Secret>,
    /// SHA-256 fingerprint of the site authority; `None` with an own certificate.
    pub ca_fingerprint: Option<String>,
    /// Host names the certificate is good for, those of the machine itself included.
    pub host_names: Vec<String>,
    app: App,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<std::io::Result<()>>,
    housekeeping: JoinHandle<()>,
}

impl Server {
    /// Opens the door: TLS, routes, housekeeping. Returns when it listens.
    ///
    /// # Errors
    /// [`StartError`]; then nothing listens.
    pub async fn start(config: HttpConfig, deps: Deps) -> Result<Running, StartError> {
        let tls = start_tls(&config, &deps).await?;
        let setup_token = mint_setup_token(&deps).await?;
        let failed = |source| StartError::Listen { listen: config.listen, source };
        let listener = listen(config.listen).map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let (served, shown) = (tls.served(), tls.shown());
        let app = Arc::new(inner(&config, deps, tls, setup_token.is_some()));
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(listener)
            .map_err(failed)?
            .acceptor(RustlsAcceptor::new(served).acceptor(NoDelayAcceptor::new()))
            .handle(handle.clone())
            .first_request_timeout(Duration::from_secs(10));
        server.http_builder().http1().header_read_timeout(Duration::from_secs(20)).max_buf_size(64 * 1024);
        let mut http2 = server.http_builder().http2();
        http2.max_concurrent_streams(128).max_header_list_size(64 * 1024);
        http2.keep_alive_interval(Some(Duration::from_secs(30))).keep_alive_timeout(Duration::from_secs(20));
        let service = router::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(server.serve(service));
        let housekeeping = tokio::spawn(housekeeping::run(app.clone()));
        Ok(Running {
            addr,
            setup_token,
            ca_fingerprint: shown.authority.map(|authority| authority.fingerprint),
            host_names: shown.names.as_slice().to_vec(),
            app,
            handle,
            serving,
            housekeeping,
        })
    }
}

impl Running {
    /// Refuses new requests, ends live sockets and looks (with their entries in the log), and waits for what runs, at
    /// most `patience`.
    pub async fn stop(self, patience: Duration) {
        self.app.stopping.send_replace(true);
        self.handle.graceful_shutdown(Some(patience));
        let hard_end = patience + Duration::from_secs(1);
        if tokio::time::timeout(hard_end, self.serving).await.is_err() {
            self.handle.shutdown();
        }
        self.app.watchers.all_closed(patience).await;
        if tokio::time::timeout(hard_end, self.housekeeping).await.is_err() {
            tracing::warn!("the door's housekeeping did not end in time");
        }
    }
}

async fn start_tls(config: &HttpConfig, deps: &Deps) -> Result<Tls, StartError> {
    let names = names(config, &deps.db).await?;
    let (directory, own) = (config.tls_directory.clone(), config.own_certificate.clone());
    let (clock, entropy) = (deps.clock.clone(), deps.entropy.clone());
    tokio::task::spawn_blocking(move || Tls::start(&directory, names, own.as_ref(), clock, entropy))
        .await
        .expect("making certificates does not panic")
        .map_err(StartError::from)
}

/// A fresh token as long as nobody has an account; its hash replaces that of the start before.
async fn mint_setup_token(deps: &Deps) -> Result<Option<Secret>, StartError> {
    if !deps.db.people().await?.is_empty() {
        return Ok(None);
    }
    let token = setup_token::mint(&*deps.entropy);
    deps.db.set_setting(setup_token::SETTING, &setup_token::stored_form(&token)).await?;
    Ok(Some(token))
}

fn inner(config: &HttpConfig, deps: Deps, tls: Tls, setup_needed: bool) -> Inner {
    Inner {
        started: deps.clock.wall(),
        passwords: Passwords::new(deps.entropy.clone()),
        db: deps.db,
        archive: deps.archive,
        stills: deps.stills,
        mask_stills: deps.mask_stills,
        log: deps.log,
        keyring: deps.keyring,
        second_factor: config.second_factor,
        passkeys: Passkeys::default(),
        clock: deps.clock,
        entropy: deps.entropy,
        site: deps.site,
        recorder: config.recorder,
        version: config.version.clone(),
        lab: config.lab,
        tls,
        limits: Limits::new(),
        refusals: Refusals::default(),
        looks: Looks::default(),
        watchers: Watchers::default(),
        conversions: Conversions::new(deps.conversion),
        trials: Trials::new(deps.trial),
        log_readings: LogReadings::default(),
        log_index: LogIndex::default(),
        anomaly_rules: config.anomaly_rules,
        setup_needed: AtomicBool::new(setup_needed),
        people_lock: tokio::sync::Mutex::new(()),
        grants_lock: tokio::sync::Mutex::new(()),
        views_lock: tokio::sync::Mutex::new(()),
        stopping: watch::Sender::new(false),
    }
}

/// Names of the configuration and of the set-up.
async fn names(config: &HttpConfig, db: &Db) -> Result<HostNames, StartError> {
    let stored = db.setting(HOST_NAMES).await?.unwrap_or_default();
    let all = config.host_names.iter().map(String::as_str).chain(stored.split_whitespace());
    Ok(HostNames::parse(all).map_err(TlsError::from)?)
}

fn listen(at: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?; // accepted sockets inherit it
    socket.bind(at)?;
    socket.listen(BACKLOG)?.into_std()
}
