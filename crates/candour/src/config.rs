//! Configuration: one TOML file, parsed once into types that cannot be wrong. Reading, defaulting and checking are
//! three functions; nothing in the file can become a command.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use candour_keyring::{MasterSource, TokenSource};
use candour_ledger::WitnessKey;
use candour_policy::AnomalyRules;
use serde::Deserialize;

use crate::log_config::{self, AnomaliesFile};
use crate::lookout::{ConversionSettings, MotionConfig};
use crate::witnesses::WitnessConfig;

/// The file as written. `deploy/candour.toml` is the manual: a test parses it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    #[serde(default)]
    host_names: Vec<String>,
    certificate: Option<Certificate>,
    #[serde(default)]
    storage: StorageFile,
    #[serde(default)]
    log: LogFile,
    #[serde(default)]
    keys: KeysFile,
    #[serde(default)]
    site: SiteFile,
    #[serde(default)]
    gate: GateFile,
    #[serde(default)]
    motion: MotionConfig,
    #[serde(default)]
    conversion: ConversionSettings,
    database: Option<Postgres>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StorageFile {
    directory: Option<PathBuf>,
    #[serde(default)]
    directories: Vec<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogFile {
    directory: Option<PathBuf>,
    second: Option<PathBuf>,
    #[serde(default)]
    witness: Vec<WitnessFile>,
    details_days: Option<u32>,
    #[serde(default)]
    anomalies: AnomaliesFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WitnessFile {
    url: String,
    key: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    master: Option<PathBuf>,
    credential: Option<String>,
    token: Option<TokenFile>,
    #[serde(default)]
    copies: Vec<PathBuf>,
    backup_directory: Option<PathBuf>,
    backup_days: Option<u32>,
}

/// A PKCS#11 token. The PIN itself never stands in here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenFile {
    library: PathBuf,
    token: String,
    label: String,
    pin: Option<PathBuf>,
    pin_credential: Option<String>,
    #[serde(default)]
    forgets: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    trust_system_clock: bool,
    policy: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GateFile {
    look_every_minutes: Option<u32>,
}

/// Days until a backup expires, where the configuration does not say.
const BACKUP_DAYS: u32 = 7;

/// A certificate of the site's own, in place of one from the site CA.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// PEM file: the server's certificate, then its intermediates.
    pub chain: PathBuf,
    /// PEM file: its private key.
    pub key: PathBuf,
}

/// A PostgreSQL database in place of the SQLite file.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Postgres {
    /// `postgres://…`, without a password.
    pub url: String,
    /// File with the password, if the server asks for one; readable by us alone.
    pub password_file: Option<PathBuf>,
}

/// What the program runs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Database, TLS material and, unless named apart, everything else.
    pub data: PathBuf,
    /// Where the door listens.
    pub listen: SocketAddr,
    /// Host names of the certificate, beside `localhost`.
    pub host_names: Vec<String>,
    /// The site's own certificate.
    pub certificate: Option<Certificate>,
    /// The storage directories: segment files lie in a subdirectory `footage` of each. At least one.
    pub storage: Vec<PathBuf>,
    /// The log.
    pub log: PathBuf,
    /// A second directory for the log, best on another device.
    pub log_second: Option<PathBuf>,
    /// Who is asked to cosign it.
    pub witnesses: Vec<WitnessConfig>,
    /// Days until what an entry says of people is erased.
    pub details_days: u32,
    /// Which looks stand out.
    pub anomaly_rules: AnomalyRules,
    /// Where the master key is.
    pub master: MasterSource,
    /// Directories of the two copies of the keyring.
    pub keyring_copies: Vec<PathBuf>,
    /// Where a backup of keyring and catalogue is made each day; `None`: only when somebody asks.
    pub backup_directory: Option<PathBuf>,
    /// Days until a backup expires.
    pub backup_days: u32,
    /// Minutes from one whole look at a camera to the next; `None`: once each night.
    pub look_every_minutes: Option<u32>,
    /// Who decodes pictures to look for motion.
    pub motion: MotionConfig,
    /// What converting pictures for browsers may cost.
    pub conversion: ConversionSettings,
    /// Whether the stricter rules of sensitive sites apply at the gate.
    pub sensitive: bool,
    /// Where the database is, when it is no SQLite file in `data`.
    pub database: Option<Postgres>,
    /// Whether the clock counts as proved without a synchronised kernel (rule 11): somebody vouches for it.
    pub trust_system_clock: bool,
    /// The policy that a recorder without one starts with.
    pub policy: Option<PathBuf>,
}

/// What may be said on the command line in place of the file.
#[derive(Debug, Default, Clone)]
pub struct Overrides {
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--host`, repeatable.
    pub host_names: Vec<String>,
    /// `--policy`.
    pub policy: Option<PathBuf>,
}

impl Config {
    /// Reads the file, if one is named, and lets the command line have the last word.
    ///
    /// # Errors
    /// With file, line and reason when it cannot be read or does not parse; with the field when a value cannot be.
    pub fn read(path: Option<&Path>, overrides: Overrides) -> anyhow::Result<Self> {
        let file = match path {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                parse(&text).with_context(|| format!("{} is not a configuration", path.display()))?
            }
            None => File::default(),
        };
        if file.storage.directory.is_some() && !file.storage.directories.is_empty() {
            bail!("storage: name either directory or directories, not both");
        }
        let config = fill_in(file, overrides)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        for name in &self.host_names {
            let well_formed = !name.is_empty()
                && name.len() <= 253
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
            if !well_formed {
                bail!("host_names: {name:?} is neither a host name nor an IP address");
            }
        }
        if self.keyring_copies.is_empty() || self.keyring_copies.len() > 2 {
            bail!("keys.copies: name one or two directories, not {}", self.keyring_copies.len());
        }
        if !(1..=90).contains(&self.backup_days) {
            bail!("keys.backup_days: between 1 and 90 days, not {}", self.backup_days);
        }
        if self.look_every_minutes.is_some_and(|minutes| !(1..=1_440).contains(&minutes)) {
            bail!("gate.look_every_minutes: between 1 and 1440; leave it out for once each night");
        }
        self.motion.check()?;
        self.check_storage()
    }

    fn check_storage(&self) -> anyhow::Result<()> {
        for (place, directory) in self.storage.iter().enumerate() {
            if !directory.is_absolute() && self.storage.len() > 1 {
                bail!("storage.directories: {} is not an absolute path", directory.display());
            }
            if self.storage[..place].contains(directory) {
                bail!("storage.directories: {} is named twice", directory.display());
            }
            let footage = directory.join("footage");
            let master = self.master.path().to_owned();
            if self.keyring_copies.iter().chain([&master]).any(|path| path.starts_with(&footage)) {
                bail!("keys: neither master key nor keyring may lie among the footage in {}", footage.display());
            }
        }
        Ok(())
    }
}

fn parse(text: &str) -> Result<File, toml::de::Error> {
    toml::from_str(text)
}

fn fill_in(file: File, overrides: Overrides) -> anyhow::Result<Config> {
    let data = overrides.data.or(file.data).unwrap_or_else(|| PathBuf::from("/var/lib/candour"));
    let everywhere = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 8443);
    let copies = if file.keys.copies.is_empty() {
        vec![data.join("keys/ring-1"), data.join("keys/ring-2")]
    } else {
        file.keys.copies.clone()
    };
    let master = master(&file.keys, &data, std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from))?;
    Ok(Config {
        listen: overrides.listen.or(file.listen).unwrap_or(everywhere),
        host_names: if overrides.host_names.is_empty() { file.host_names } else { overrides.host_names },
        certificate: file.certificate,
        storage: storage_directories(file.storage, &data),
        witnesses: file.log.witness.into_iter().map(witness).collect::<anyhow::Result<_>>()?,
        details_days: log_config::details_days(file.log.details_days)?,
        anomaly_rules: log_config::anomaly_rules(&file.log.anomalies)?,
        log: file.log.directory.unwrap_or_else(|| data.join("log")),
        log_second: file.log.second,
        master,
        keyring_copies: copies,
        backup_directory: file.keys.backup_directory,
        backup_days: file.keys.backup_days.unwrap_or(BACKUP_DAYS),
        motion: file.motion,
        conversion: file.conversion,
        sensitive: file.site.sensitive,
        look_every_minutes: file.gate.look_every_minutes,
        database: file.database,
        trust_system_clock: file.site.trust_system_clock,
        policy: overrides.policy.or(file.site.policy),
        data,
    })
}

/// One of three forms; `credentials` is the directory in which systemd puts them for this service.
fn master(keys: &KeysFile, data: &Path, credentials: Option<PathBuf>) -> anyhow::Result<MasterSource> {
    let named = [keys.master.is_some(), keys.credential.is_some(), keys.token.is_some()];
    if named.into_iter().filter(|named| *named).count() > 1 {
        bail!("keys: name one of master, credential and token, for there is one master key");
    }
    if let Some(source) = &keys.token {
        let pin = match (&source.pin, &source.pin_credential) {
            (Some(path), None) => path.clone(),
            (None, Some(name)) => credential(name, "keys.token.pin_credential", credentials)?,
            _ => bail!("keys.token: say where the PIN is by one of pin (a file) and pin_credential"),
        };
        if source.label.is_empty() {
            bail!("keys.token.label: give our keys in the token a name; each recorder has its own");
        }
        let (library, label, token) = (source.library.clone(), source.label.clone(), source.token.clone());
        return Ok(MasterSource::Token(TokenSource { library, token, label, pin, forgets: source.forgets }));
    }
    match &keys.credential {
        Some(name) => Ok(MasterSource::Credential(credential(name, "keys.credential", credentials)?)),
        None => Ok(MasterSource::File(keys.master.clone().unwrap_or_else(|| data.join("keys/master.key")))),
    }
}

fn witness(file: WitnessFile) -> anyhow::Result<WitnessConfig> {
    let WitnessFile { url, key } = file;
    if !["https://", "http://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
        bail!("log.witness.url: {url:?} is no https:// or http:// address");
    }
    let key = WitnessKey::parse(&key).with_context(|| format!("log.witness.key: {key} is no key of a witness"))?;
    Ok(WitnessConfig { url, key })
}

fn credential(name: &str, field: &str, directory: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        bail!("{field}: {name:?} is no name of a credential");
    }
    let directory = directory.with_context(|| {
        format!(
            "{field}: there is no CREDENTIALS_DIRECTORY; systemd sets it for a service with LoadCredential={name}:…"
        )
    })?;
    Ok(directory.join(name))
}

/// One name or several; without any, the data directory.
fn storage_directories(file: StorageFile, data: &Path) -> Vec<PathBuf> {
    if file.directories.is_empty() {
        return vec![file.directory.unwrap_or_else(|| data.to_owned())];
    }
    file.directories
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_file_is_the_manual() {
        let sample = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/candour.toml"));
        let config = Config::read(Some(sample), Overrides::default()).expect("the sample parses");
        let defaults = Config::read(None, Overrides::default()).expect("defaults are fine");
        assert_eq!(config, Config { host_names: vec!["cctv.example.gov.uk".into()], ..defaults });
    }

    #[test]
    fn a_witness_has_an_address_and_a_key() {
        let key = candour_ledger::CosigningKey::from_seed("w.example/1", &[1; 32]).expect("a name").witness().clone();
        let read = |url: &str, key: &str| {
            let file = parse(&format!("[[log.witness]]\nurl = \"{url}\"\nkey = \"{key}\"")).expect("it parses");
            fill_in(file, Overrides::default())
        };
        let config = read("https://w.example", &key.to_string()).expect("it is right");
        assert_eq!(config.witnesses, [WitnessConfig { url: "https://w.example".to_owned(), key: key.clone() }]);
        for url in ["", "w.example", "https://", "file:///etc/passwd"] {
            assert!(read(url, &key.to_string()).is_err(), "{url}");
        }
        assert!(read("https://w.example", "w.example/1+00000000+AAAA").is_err());
    }

    #[test]
    fn a_master_key_has_three_forms() {
        let read = |text: &str, credentials: Option<&str>| {
            let file = parse(text).expect("it parses");
            master(&file.keys, Path::new("/data"), credentials.map(PathBuf::from))
        };
        let form = |text| read(text, Some("/run/credentials/candour")).expect("it is right");
        assert_eq!(form(""), MasterSource::File("/data/keys/master.key".into()));
        assert_eq!(form("[keys]\nmaster = \"/k\""), MasterSource::File("/k".into()));
        assert_eq!(
            form("[keys]\ncredential = \"master\""),
            MasterSource::Credential("/run/credentials/candour/master".into())
        );
        let token = "[keys.token]\nlibrary = \"/l.so\"\ntoken = \"t\"\nlabel = \"c\"\npin_credential = \"pin\"";
        assert_eq!(
            form(token),
            MasterSource::Token(TokenSource {
                library: "/l.so".into(),
                token: "t".into(),
                label: "c".into(),
                pin: "/run/credentials/candour/pin".into(),
                forgets: false,
            })
        );
        let error = read("[keys]\ncredential = \"master\"", None).expect_err("systemd is not there");
        assert!(error.to_string().contains("LoadCredential=master"), "{error}");
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("candour.toml");
        std::fs::write(&path, text).expect("the file is written");
        let error = Config::read(Some(&path), Overrides::default()).expect_err("it is refused");
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }

    #[test]
    fn mistakes_are_named() {
        check_refused("listn = \"1\"", "listn");
        check_refused("listen = \"no port\"", "line 1");
        check_refused("host_names = [\"a b\"]", "host_names");
        check_refused("[database]\nurl = \"postgres:///x\"\npassword = \"secret\"", "password");
        check_refused("[keys]\ncopies = [\"/a\", \"/b\", \"/c\"]", "keys.copies");
        check_refused("[keys]\nmaster = \"/a\"\ncredential = \"b\"", "name one of master, credential and token");
        check_refused("[keys]\ncredential = \"../b\"", "no name of a credential");
        check_refused("[keys]\nbackup_days = 0", "keys.backup_days");
        check_refused("[log]\ndetails_days = 3", "log.details_days");
        check_refused("[log.anomalies]\nrefuse = 3", "refuse");
        check_refused("[motion]\ndecoder = \"candour-decoder\"", "motion.decoder");
        check_refused("[keys.token]\nlibrary = \"/l\"\ntoken = \"t\"\nlabel = \"c\"", "where the PIN is");
        check_refused(
            "[keys.token]\nlibrary = \"/l\"\ntoken = \"t\"\nlabel = \"c\"\npin = \"1234\"\nsecret = 1",
            "secret",
        );
        check_refused(
            "[storage]\ndirectory = \"/a\"\n[keys]\ncopies = [\"/a/footage/ring\"]",
            "may lie among the footage",
        );
        check_refused(
            "[storage]\ndirectories = [\"/a\", \"/b\"]\n[keys]\ncopies = [\"/b/footage/ring\"]",
            "may lie among the footage",
        );
        check_refused("[storage]\ndirectory = \"/a\"\ndirectories = [\"/b\"]", "not both");
        check_refused("[storage]\ndirectories = [\"/a\", \"/b\", \"/a\"]", "named twice");
        check_refused("[storage]\ndirectories = [\"a\", \"/b\"]", "absolute");
    }
}
