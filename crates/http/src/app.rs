//! What every handler may reach.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use candour_archive::{Archive, MaskStills};
use candour_audit::Log;
use candour_db::Db;
use candour_decode::Stills;
use candour_keyring::Keyring;
use candour_policy::AnomalyRules;
use candour_units::{Clock, Entropy, RecorderId, WallTime};
use tokio::sync::watch;

use crate::conversion::Conversions;
use crate::factor::{Passkeys, SecondFactor};
use crate::limits::Limits;
use crate::live::Watchers;
use crate::log_index::LogIndex;
use crate::log_reading::LogReadings;
use crate::looks::Looks;
use crate::password::Passwords;
use crate::port::Site;
use crate::refusals::Refusals;
use crate::tls::Tls;
use crate::trial::Trials;

/// A handle on everything behind the door; clones share it.
pub(crate) type App = Arc<Inner>;

/// See [`App`].
pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) archive: Archive,
    pub(crate) stills: Arc<Stills>,
    pub(crate) mask_stills: Arc<MaskStills>,
    pub(crate) log: Log,
    /// Seals second factors.
    pub(crate) keyring: Keyring,
    pub(crate) second_factor: SecondFactor,
    /// Challenges that passkeys may answer.
    pub(crate) passkeys: Passkeys,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) site: Arc<dyn Site>,
    pub(crate) recorder: RecorderId,
    pub(crate) version: String,
    pub(crate) lab: bool,
    pub(crate) started: WallTime,
    pub(crate) tls: Tls,
    pub(crate) passwords: Passwords,
    pub(crate) limits: Limits,
    pub(crate) refusals: Refusals,
    pub(crate) looks: Looks,
    pub(crate) watchers: Watchers,
    pub(crate) conversions: Conversions,
    pub(crate) trials: Trials,
    pub(crate) log_readings: LogReadings,
    pub(crate) log_index: LogIndex,
    /// Which looks stand out.
    pub(crate) anomaly_rules: AnomalyRules,
    /// Whether nobody has an account yet.
    pub(crate) setup_needed: AtomicBool,
    /// Held while set-up or a change of people is carried out: both read, judge and then write.
    pub(crate) people_lock: tokio::sync::Mutex<()>,
    /// Held while a grant is made or changed: each such act reads, judges, writes the entry and then the row.
    pub(crate) grants_lock: tokio::sync::Mutex<()>,
    /// Held while a look at a camera that is set up is begun, asked for or decided on: each reads, judges and then writes.
    pub(crate) views_lock: tokio::sync::Mutex<()>,
    /// True once the server stops: live sockets end by themselves.
    pub(crate) stopping: watch::Sender<bool>,
}

/// Setting: the site's name.
pub(crate) const SITE_NAME: &str = "site_name";
/// Setting: host names people use, separated by spaces.
pub(crate) const HOST_NAMES: &str = "host_names";
