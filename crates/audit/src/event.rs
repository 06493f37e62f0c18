//! What can be written into the log.

use candour_units::{CameraId, PersonId, PurposeId, SessionId, StationId, WallRange};

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The recorder itself: sweeps, starts, alarms.
    Recorder,
    /// Somebody not signed in; the network address as text.
    Unknown {
        /// Address the request came from.
        address: String,
    },
    /// A signed-in person.
    Person {
        /// The account.
        person: PersonId,
        /// The name as shown at that time.
        name: String,
        /// The sign-in.
        session: SessionId,
        /// The screen, when it is an enrolled one.
        station: Option<StationId>,
        /// Address the request came from.
        address: String,
    },
}

/// What it was about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// Cameras concerned.
    pub cameras: Vec<CameraId>,
    /// The interval of footage concerned.
    pub interval: Option<WallRange>,
    /// The purpose given.
    pub purpose: Option<PurposeId>,
    /// Free words of the person or the rule: case reference, reason.
    pub reason: Option<String>,
    /// Certificates of deletion in full, each a JSON object; the outcome holds a commitment for each, so that one can be shown
    /// without the others (`candour_ledger::Certificate`).
    pub certificates: Vec<String>,
}

/// The kind of act. The words (see `word`) are part of the public leaf and never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// The recorder started and opened its log.
    RecorderStarted,
    /// The recorder stopped in order.
    RecorderStopped,
    /// The site was set up.
    SetUp,
    /// Somebody signed in.
    SignedIn,
    /// A sign-in was refused.
    SignInRefused,
    /// Somebody signed out.
    SignedOut,
    /// The password of an account that needs more was right; nothing can be done with that alone.
    PasswordAccepted,
    /// Password and second factor were shown again in a sign-in that lasts.
    SignInConfirmed,
    /// A sign-in was ended by somebody else than by signing out.
    SignInEnded,
    /// A second factor was set up or taken away.
    SecondFactorChanged,
    /// An account was made or changed.
    PersonChanged,
    /// A camera was added.
    CameraAdded,
    /// A camera was changed or given a purpose.
    CameraChanged,
    /// A look at a camera to set it up was asked for, agreed to or refused; the view was signed; a still for masks was kept, or is gone.
    CameraCommissioned,
    /// A camera was removed.
    CameraRemoved,
    /// The gate judged a camera.
    CameraJudged,
    /// A look at live pictures was allowed.
    LookLive,
    /// A look at recorded footage was allowed.
    LookPlayback,
    /// A look at a camera to set it up was allowed, or at the still of it that is kept for masks.
    LookCommissioning,
    /// A look ended; says what was really sent.
    LookEnded,
    /// A look was refused.
    LookRefused,
    /// Footage was about to leave as a file: which time was asked for, which is in it, how long it is.
    FootageDownloaded,
    /// It was searched when something moved in a part of a camera's picture; says where, and how often it did.
    MotionSearched,
    /// Footage was looked through by a program, to see what other terms for motion would do; says who was told what of it.
    MotionTried,
    /// A look was given an address for a player that cannot sign in.
    PlayerAddressGiven,
    /// The log itself was read or searched.
    LogRead,
    /// Entries of the log left as a file; says which question they answer, and commits to the list of them.
    LogExported,
    /// Details of entries that were kept long enough were about to be erased; says up to which entry.
    DetailsErased,
    /// A check of footage, catalogue, keys and log was begun.
    CheckStarted,
    /// Segments were closed: sealed digest and salted content root of each.
    SegmentsClosed,
    /// Footage was destroyed; the certificates.
    FootageDeleted,
    /// The keyring's epoch key was replaced: erasure of the keys destroyed before is claimed from now on.
    EpochRotated,
    /// Footage was put on hold.
    HoldPlaced,
    /// A hold was given a later end.
    HoldExtended,
    /// A hold was lifted.
    HoldLifted,
    /// A hold came to its end.
    HoldLapsed,
    /// Two people said that the holds are complete after a restore or a rebuild; deletion goes on.
    HoldsConfirmed,
    /// The recorder looked again at footage in which nothing was seen to move.
    SecondLook,
    /// Second looks found too much: no life is shortened by motion any more.
    ShorteningStopped,
    /// A person let lives be shortened by motion again.
    ShorteningResumed,
    /// A version of the policy was proposed.
    PolicyDrafted,
    /// The data protection officer advised on a version of the policy.
    PolicyAdvised,
    /// A version of the policy was approved; says from when on it shall be in force.
    PolicyApproved,
    /// A version of the policy was given up before it was in force.
    PolicyWithdrawn,
    /// A version of the policy came into force.
    PolicyInForce,
    /// A version of the policy was superseded by another.
    PolicySuperseded,
    /// Somebody accepted a version of the policy.
    PolicyAccepted,
    /// Somebody asked for a grant.
    GrantAsked,
    /// A request for a grant was approved.
    GrantApproved,
    /// A request for a grant was refused.
    GrantRefused,
    /// A request or a grant was withdrawn.
    GrantWithdrawn,
    /// Somebody broke the glass.
    BreakGlassUsed,
    /// Broken glass was reviewed.
    BreakGlassReviewed,
    /// An incident was marked.
    IncidentMarked,
    /// An alarm was raised.
    AlarmRaised,
    /// An alarm was acknowledged or cleared.
    AlarmSettled,
    /// Configuration was changed.
    ConfigurationChanged,
    /// A backup was made or ended, one was restored, the epoch key was replaced by hand, a copy of the keyring made anew.
    KeysChanged,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 58] = [
        Self::RecorderStarted,
        Self::RecorderStopped,
        Self::SetUp,
        Self::SignedIn,
        Self::SignInRefused,
        Self::SignedOut,
        Self::PasswordAccepted,
        Self::SignInConfirmed,
        Self::SignInEnded,
        Self::SecondFactorChanged,
        Self::PersonChanged,
        Self::CameraAdded,
        Self::CameraChanged,
        Self::CameraCommissioned,
        Self::CameraRemoved,
        Self::CameraJudged,
        Self::LookLive,
        Self::LookPlayback,
        Self::LookCommissioning,
        Self::LookEnded,
        Self::LookRefused,
        Self::FootageDownloaded,
        Self::MotionSearched,
        Self::MotionTried,
        Self::PlayerAddressGiven,
        Self::LogRead,
        Self::LogExported,
        Self::DetailsErased,
        Self::CheckStarted,
        Self::SegmentsClosed,
        Self::FootageDeleted,
        Self::EpochRotated,
        Self::HoldPlaced,
        Self::HoldExtended,
        Self::HoldLifted,
        Self::HoldLapsed,
        Self::HoldsConfirmed,
        Self::SecondLook,
        Self::ShorteningStopped,
        Self::ShorteningResumed,
        Self::PolicyDrafted,
        Self::PolicyAdvised,
        Self::PolicyApproved,
        Self::PolicyWithdrawn,
        Self::PolicyInForce,
        Self::PolicySuperseded,
        Self::PolicyAccepted,
        Self::GrantAsked,
        Self::GrantApproved,
        Self::GrantRefused,
        Self::GrantWithdrawn,
        Self::BreakGlassUsed,
        Self::BreakGlassReviewed,
        Self::IncidentMarked,
        Self::AlarmRaised,
        Self::AlarmSettled,
        Self::ConfigurationChanged,
        Self::KeysChanged,
    ];

    /// The stable word in the public leaf and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::RecorderStarted => "recorder_started",
            Self::RecorderStopped => "recorder_stopped",
            Self::SetUp => "set_up",
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::SignedOut => "signed_out",
            Self::PasswordAccepted => "password_accepted",
            Self::SignInConfirmed => "sign_in_confirmed",
            Self::SignInEnded => "sign_in_ended",
            Self::SecondFactorChanged => "second_factor_changed",
            Self::PersonChanged => "person_changed",
            Self::CameraAdded => "camera_added",
            Self::CameraChanged => "camera_changed",
            Self::CameraCommissioned => "camera_commissioned",
            Self::CameraRemoved => "camera_removed",
            Self::CameraJudged => "camera_judged",
            Self::LookLive => "look_live",
            Self::LookPlayback => "look_playback",
            Self::LookCommissioning => "look_commissioning",
            Self::LookEnded => "look_ended",
            Self::LookRefused => "look_refused",
            Self::FootageDownloaded => "footage_downloaded",
            Self::MotionSearched => "motion_searched",
            Self::MotionTried => "motion_tried",
            Self::PlayerAddressGiven => "player_address_given",
            Self::LogRead => "log_read",
            Self::LogExported => "log_exported",
            Self::DetailsErased => "details_erased",
            Self::CheckStarted => "check_started",
            Self::SegmentsClosed => "segments_closed",
            Self::FootageDeleted => "footage_deleted",
            Self::EpochRotated => "epoch_rotated",
            Self::HoldPlaced => "hold_placed",
            Self::HoldExtended => "hold_extended",
            Self::HoldLifted => "hold_lifted",
            Self::HoldLapsed => "hold_lapsed",
            Self::HoldsConfirmed => "holds_confirmed",
            Self::SecondLook => "second_look",
            Self::ShorteningStopped => "shortening_stopped",
            Self::ShorteningResumed => "shortening_resumed",
            Self::PolicyDrafted => "policy_drafted",
            Self::PolicyAdvised => "policy_advised",
            Self::PolicyApproved => "policy_approved",
            Self::PolicyWithdrawn => "policy_withdrawn",
            Self::PolicyInForce => "policy_in_force",
            Self::PolicySuperseded => "policy_superseded",
            Self::PolicyAccepted => "policy_accepted",
            Self::GrantAsked => "grant_asked",
            Self::GrantApproved => "grant_approved",
            Self::GrantRefused => "grant_refused",
            Self::GrantWithdrawn => "grant_withdrawn",
            Self::BreakGlassUsed => "break_glass_used",
            Self::BreakGlassReviewed => "break_glass_reviewed",
            Self::IncidentMarked => "incident_marked",
            Self::AlarmRaised => "alarm_raised",
            Self::AlarmSettled => "alarm_settled",
            Self::ConfigurationChanged => "configuration_changed",
            Self::KeysChanged => "keys_changed",
        }
    }
}

/// One act, as the caller states it; the log adds time, position and commitments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What kind of act.
    pub kind: EventKind,
    /// Who.
    pub actor: Actor,
    /// About what, and why.
    pub subject: Subject,
    /// What was sent, changed or found: a JSON object in canonical form, small (under 64 KiB).
    pub outcome: String,
}
