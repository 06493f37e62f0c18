//! What the door needs from the rest of the program, as one port: `http` may know neither cameras nor workers, so the
//! program implements [`Site`] and hands it in.
//!
//! The door writes the log entries of what people do (camera added, changed, removed, with who and why). An
//! implementation writes only what it finds by itself (`camera_judged`, for example).

use std::collections::HashMap;
use std::net::IpAddr;

use candour_db::CameraRow;
use candour_policy::{Capabilities, Forecast};
use candour_units::{CameraId, PersonId, StreamKind, TableId, WallTime};
use candour_wire::address_tables::{AddressTable, AddressTables};
use candour_wire::cameras::{CameraState, Evidence, FlawException, MeasuredStream, Paper, Reason};
use candour_wire::lists::ListsState;
use candour_wire::search::SearchState;
use candour_wire::secret::Secret;
use candour_wire::site::{ListInForce, WitnessState, Witnessing};
use futures::future::BoxFuture;

/// A camera somebody wants to add. Texts are trimmed and within their limits.
#[derive(Debug, Clone)]
pub struct NewCamera {
    /// Name on the wall.
    pub name: String,
    /// Where it is; whether such an address may be a camera at all is the implementation's to judge (T3).
    pub address: IpAddr,
    /// Port of its ONVIF service.
    pub onvif_port: u16,
    /// User of the camera.
    pub user: String,
    /// Password of the camera: to be sealed at once.
    pub password: Secret,
}

/// Where somebody looks for cameras.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSearch {
    /// As typed; what is no range is the implementation's to say.
    pub range: String,
    /// Tried where a device does not name its own.
    pub onvif_port: u16,
}

/// What is to change of a camera; what is absent stays.
#[derive(Debug, Clone)]
pub struct CameraChange {
    /// New name.
    pub name: Option<String>,
    /// New user and password of the camera.
    pub credentials: Option<(String, Secret)>,
}

/// How a camera stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraNow {
    /// What it is doing.
    pub state: CameraState,
    /// The same in a sentence: what, since when, what to do.
    pub words: String,
    /// Since when.
    pub since: WallTime,
    /// Its streams; one that is missing here is shown as off.
    pub streams: Vec<StreamNow>,
}

/// How a stream stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamNow {
    /// Main or sub.
    pub kind: StreamKind,
    /// What it is doing.
    pub state: StreamState,
    /// The newest error in words, if there is one.
    pub trouble: Option<String>,
    /// What it sends, as measured.
    pub measured: Option<MeasuredStream>,
}

/// What a stream is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamState {
    /// Samples arrive.
    Receiving,
    /// A connection is being made.
    Connecting,
    /// The next attempt is due later (back-off).
    Waiting,
    /// Not wanted: not accepted, or no purpose.
    Off,
}

impl StreamState {
    /// The word in the interface.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Connecting => "connecting",
            Self::Waiting => "waiting",
            Self::Off => "off",
        }
    }
}

/// A stored judgement, read back for people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JudgementShown {
    /// Every reason, strongest first.
    pub reasons: Vec<Reason>,
    /// What is missing for acceptance, in words.
    pub missing: Vec<String>,
    /// Raw evidence by layer, made harmless for display.
    pub evidence: Vec<Evidence>,
    /// Versions of the lists it was judged by.
    pub lists: Vec<String>,
    /// Suppliers' declarations filed for it.
    pub papers: Vec<Paper>,
    /// Exceptions filed for known flaws.
    pub exceptions: Vec<FlawException>,
}

/// A supplier's declaration to be filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPaper {
    /// Its file.
    pub file: Vec<u8>,
    /// Name of the file.
    pub file_name: String,
    /// The model it is about, where it names one.
    pub model: Option<String>,
    /// Last day of the supplier's security updates, `yyyy-mm-dd`.
    pub support_until: Option<String>,
}

/// A decision to use a camera although one flaw of its firmware is known. Texts are trimmed and within their limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewException {
    /// The flaw.
    pub covers: String,
    /// Why it may be lived with.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, `yyyy-mm-dd`, a day that exists.
    pub until: String,
}

/// A switch's or DHCP server's table to be filed. Texts are trimmed and within their limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTable {
    /// Its file.
    pub file: Vec<u8>,
    /// Name of the file.
    pub file_name: String,
    /// Which switch or server.
    pub source: String,
    /// When it was asked.
    pub taken: WallTime,
}

/// How the deletion sweep stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SweepState {
    /// When the last sweep ended.
    pub last_sweep: Option<WallTime>,
    /// Why deletion waits, if it does.
    pub waiting: Option<String>,
}

/// Why a camera could not be added or changed. Nothing is half-done. `words` are one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CameraActError {
    /// Something in the request cannot be (422).
    #[error("{field}: {words}")]
    Invalid {
        /// The field of the request.
        field: &'static str,
        /// What is wrong with it.
        words: String,
    },
    /// The house does not do that: an address that may not be a camera, a purpose for a refused device (409).
    #[error("{words}")]
    Refused {
        /// Why.
        words: String,
    },
    /// Nothing answers at that address (502).
    #[error("{words}")]
    Unreachable {
        /// What was tried.
        words: String,
    },
    /// The camera refuses the user or password (422, field `password`).
    #[error("{words}")]
    WrongPassword {
        /// What it said.
        words: String,
    },
    /// Something answers, but it is no ONVIF camera (422, field `address`).
    #[error("{words}")]
    NotACamera {
        /// What answered.
        words: String,
    },
    /// Name or address are taken (409).
    #[error("{words}")]
    Exists {
        /// By what.
        words: String,
    },
    /// There is no such camera (404).
    #[error("there is no such camera")]
    NotFound,
    /// A part of ours failed: storage, key file, database, log (503). The cause belongs in the program's own log.
    #[error("{words}")]
    Unavailable {
        /// What failed.
        words: String,
    },
}

/// What a person decides about a camera whose pictures ended decoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecoderDecision {
    /// It goes on being recorded, and none is given its pictures.
    KeepUndecoded,
    /// It is quarantined.
    Quarantine,
}

/// A person, for acts that take two different ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonNamed {
    /// The account.
    pub id: PersonId,
    /// The full name.
    pub name: String,
}

/// What comes of an act on a camera.
pub type Act<'a, T> = BoxFuture<'a, Result<T, CameraActError>>;

/// The rest of the program, as the door sees it. `by` is the full name of the person who acts.
pub trait Site: Send + Sync + 'static {
    /// Asks the camera who it is, judges it, and stores it whatever the outcome; streams start if it is accepted.
    ///
    /// # Errors
    /// Any [`CameraActError`]; then nothing was added.
    fn add_camera<'a>(&'a self, camera: NewCamera, by: &'a str) -> Act<'a, CameraId>;

    /// The search that goes on, or the last one.
    ///
    /// # Errors
    /// [`CameraActError::Unavailable`].
    fn search(&self) -> Act<'_, SearchState>;

    /// Begins to look for devices at every address of a range.
    ///
    /// # Errors
    /// [`CameraActError::Invalid`] for what is no range, [`CameraActError::Refused`] while another search goes on.
    fn start_search<'a>(&'a self, search: NewSearch, by: &'a str) -> Act<'a, ()>;

    /// Ends the search.
    ///
    /// # Errors
    /// [`CameraActError::Refused`] when none goes on.
    fn stop_search(&self) -> Act<'_, ()>;

    /// Asks the camera again and judges it anew; its streams follow the outcome.
    ///
    /// # Errors
    /// Any [`CameraActError`]; then the old judgement stands.
    fn judge_again<'a>(&'a self, camera: CameraId, by: &'a str) -> Act<'a, ()>;

    /// Changes name or credentials.
    ///
    /// # Errors
    /// [`CameraActError`].
    fn change_camera<'a>(&'a self, camera: CameraId, change: CameraChange, by: &'a str) -> Act<'a, ()>;

    /// Stops and removes the camera; its footage lives on to its end.
    ///
    /// # Errors
    /// [`CameraActError`].
    fn remove_camera<'a>(&'a self, camera: CameraId, by: &'a str) -> Act<'a, ()>;

    /// How each camera stands now. Called often: answers from memory.
    fn camera_states(&self) -> HashMap<CameraId, CameraNow>;

    /// The stored judgement of a camera for people; an unreadable one gives one reason that says so.
    fn judgement(&self, camera: &CameraRow) -> JudgementShown;

    /// The vetting lists in force.
    fn lists(&self) -> Vec<ListInForce>;

    /// How the log is witnessed, and by whom.
    fn witnesses(&self) -> (Witnessing, Vec<WitnessState>);

    /// The lists in force, whose signatures count, and what is offered.
    ///
    /// # Errors
    /// [`CameraActError::Unavailable`].
    fn lists_state(&self) -> Act<'_, ListsState>;

    /// Verifies a signed bundle of lists and works out what it would do; one marked urgent by its signers is put in force.
    ///
    /// # Errors
    /// [`CameraActError::Invalid`] for what is not taken, by name; the lists in force stay.
    fn offer_lists(&self, file: Vec<u8>) -> Act<'_, ListsState>;

    /// One of two people says yes to the bundle offered; with the second it is in force and every camera judged again.
    ///
    /// # Errors
    /// [`CameraActError::Refused`] when this version is not offered, or the same person says it twice.
    fn confirm_lists(&self, version: u64, by: PersonNamed) -> Act<'_, ListsState>;

    /// Takes the offered bundle away.
    ///
    /// # Errors
    /// [`CameraActError::Refused`] when none is.
    fn withdraw_lists(&self) -> Act<'_, ListsState>;

    /// Keeps a supplier's declaration for a camera, read by one person, and judges the camera again with it.
    ///
    /// # Errors
    /// [`CameraActError::Exists`] when this file is there already; any other when it could not be kept.
    fn file_paper(&self, camera: CameraId, paper: NewPaper, by: PersonNamed) -> Act<'_, ()>;

    /// A second person has read the declaration; the camera is judged again.
    ///
    /// # Errors
    /// [`CameraActError::NotFound`] when there is none, [`CameraActError::Refused`] for the same person.
    fn sign_paper(&self, camera: CameraId, declaration: String, by: PersonNamed) -> Act<'_, ()>;

    /// The file of a declaration, with its name.
    ///
    /// # Errors
    /// [`CameraActError::NotFound`].
    fn paper(&self, camera: CameraId, declaration: String) -> Act<'_, (String, Vec<u8>)>;

    /// Files an exception for a known flaw of a camera's firmware; it counts for nothing before a second person signed it.
    ///
    /// # Errors
    /// [`CameraActError::Invalid`] for a day that is over or more than a year ahead, [`CameraActError::Exists`] when one for this
    /// flaw is there that has not ended.
    fn file_exception(&self, camera: CameraId, exception: NewException, by: PersonNamed) -> Act<'_, ()>;

    /// A second person signs the exception; the camera is judged again.
    ///
    /// # Errors
    /// [`CameraActError::NotFound`] when there is none, [`CameraActError::Refused`] for the same person.
    fn sign_exception(&self, camera: CameraId, exception: String, by: PersonNamed) -> Act<'_, ()>;

    /// Takes an exception away; the camera is judged again without it.
    ///
    /// # Errors
    /// [`CameraActError::NotFound`] when there is none.
    fn end_exception(&self, camera: CameraId, exception: String) -> Act<'_, ()>;

    /// Tables of switches and DHCP servers, and what they say of the cameras.
    ///
    /// # Errors
    /// [`CameraActError::Unavailable`].
    fn address_tables(&self) -> Act<'_, AddressTables>;

    /// Keeps a table; it counts for nothing before a second person signed it.
    ///
    /// # Errors
    /// [`CameraActError::Invalid`] for a time that is not within the last [`AddressTables::counts_days`] days or a file without a
    /// row, [`CameraActError::Exists`] when this file is there already, [`CameraActError::Refused`] when too many are.
    fn file_address_table(&self, table: NewTable, by: PersonNamed) -> Act<'_, AddressTable>;

    /// A second person signs the table; the cameras it names are judged again.
    ///
    /// # Errors
    /// [`CameraActError::NotFound`] when there is none, [`CameraActError::Refused`] for the same person and for a table that would not
    /// count.
    fn sign_address_table(&self, table: TableId, by: PersonNamed) -> Act<'_, AddressTable>;

    /// Takes a table back; the cameras it names are judged again.
    ///
    /// # Errors
    /// [`CameraActError::NotFound`] when there is none, [`CameraActError::Refused`] when it is withdrawn already or speaks against a
    /// camera.
    fn withdraw_address_table(&self, table: TableId, by: PersonNamed) -> Act<'_, AddressTable>;

    /// The file of a table, with its name.
    ///
    /// # Errors
    /// [`CameraActError::NotFound`].
    fn address_table_file(&self, table: TableId) -> Act<'_, (String, Vec<u8>)>;

    /// Gives a camera a new password of the recorder's own, over TLS, and returns when it is proved.
    ///
    /// # Errors
    /// [`CameraActError`]: refused where it cannot be or the camera kept the one it had; unreachable where that is not known yet.
    fn set_camera_password(&self, camera: CameraId) -> Act<'_, ()>;

    /// Has an accepted camera received for a while without being recorded, for somebody who sets it up; one that is recorded is received anyway.
    /// Who may ask for it is the door's to say. Whether a picture comes, and when, is another matter.
    ///
    /// # Errors
    /// [`CameraActError::Refused`] where the gate does not accept it, or it cannot be started; why.
    fn receive_to_set_up(&self, camera: CameraId) -> Act<'_, ()>;

    /// A person looked into a camera whose pictures ended decoders: they are decoded again.
    ///
    /// # Errors
    /// The database failed.
    fn decode_again(&self, camera: CameraId) -> Act<'_, ()>;

    /// A person decides about a camera whose pictures ended decoders; it is judged again.
    ///
    /// # Errors
    /// [`CameraActError::Refused`] when they ended none.
    fn decide_on_decoders<'a>(
        &'a self,
        camera: CameraId,
        decision: DecoderDecision,
        reason: &'a str,
        by: PersonNamed,
    ) -> Act<'a, ()>;

    /// How the deletion sweep stands.
    fn sweep_state(&self) -> SweepState;

    /// What is to be expected of each storage directory, by its number.
    fn forecasts(&self) -> HashMap<i64, Forecast>;

    /// The number of open live subscriptions to a camera changed: above zero its sockets are read at the live pace.
    fn watched(&self, camera: CameraId, viewers: usize);

    /// What this recorder can do of what a policy may ask for.
    fn capabilities(&self) -> Capabilities;

    /// What needs somebody about the policy: a version that waits for the clock or cannot be read. One or two sentences.
    fn policy_trouble(&self) -> Option<String>;

    /// Whether the clock can be relied on for a decision that takes force by it.
    ///
    /// # Errors
    /// Why not.
    fn clock_is_believed(&self) -> Result<(), String>;

    /// The site was set up; host names and site name are in the settings (`site_name`, `host_names`).
    fn set_up_done(&self);
}
