//! Grants: somebody's permission to look at recorded footage. Another person gives it; it names cameras, an interval of
//! footage, a purpose and an end. What may be asked, who decides, who takes it back (`docs/design/grants.md`).

use std::collections::BTreeSet;

use candour_units::{CameraId, GrantId, PersonId, WallDuration, WallRange, WallTime};

use crate::role::{Act, Role, may, refusal};

/// The purpose whose looks need an authorisation from outside (Regulation of Investigatory Powers Act 2000, Part II).
pub const DIRECTED: &str = "directed";
/// The longest interval of footage of one grant: a month. A longer one is several requests, each of them visible.
pub const LONGEST_GRANTED: WallDuration = WallDuration::from_seconds(31 * 86_400);
/// The furthest end of a grant, from the request: a month. Whoever needs longer asks again.
pub const LONGEST_GRANT: WallDuration = WallDuration::from_seconds(31 * 86_400);
/// How far ahead of the request its footage may reach, so that what goes on now can be seen to its end. Watching what is
/// still to come is surveillance, and needs the purpose [`DIRECTED`].
pub const AHEAD: WallDuration = WallDuration::from_seconds(3600);
/// Cameras of one grant.
pub const MOST_GRANTED: usize = 36;
/// Characters of a reason: fewer say nothing.
pub const LEAST_WORDS: usize = 10;

/// How a grant came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Somebody asked, and another person decides.
    Request,
    /// Somebody broke the glass: it stands at once and is reviewed afterwards.
    BreakGlass,
}

impl Origin {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Request, Self::BreakGlass];

    /// The stable word in rows, JSON and the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::BreakGlass => "break_glass",
        }
    }
}

/// What was decided about a grant. Its end by time is no decision: see [`Grant::standing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantState {
    /// Asked for.
    Asked,
    /// Somebody else said yes, or the glass was broken.
    Approved,
    /// Somebody else said no.
    Refused,
    /// Taken back, by whoever asked or whoever may decide.
    Withdrawn,
}

impl GrantState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Approved, Self::Refused, Self::Withdrawn];

    /// The stable word in rows and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// How a grant stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantStanding {
    /// Nobody decided yet.
    Waits,
    /// It lets its holder look.
    Stands,
    /// It was refused.
    Refused,
    /// It was taken back.
    Withdrawn,
    /// Its time is over; a request nobody decided ends so too.
    Ended,
}

impl GrantStanding {
    /// The stable word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Stands => "stands",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Ended => "ended",
        }
    }
}

/// A grant, as far as looking is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub id: GrantId,
    /// How it came.
    pub origin: Origin,
    /// Who asked, and alone may use it.
    pub asked_by: PersonId,
    /// The cameras; both streams of each.
    pub cameras: BTreeSet<CameraId>,
    /// The footage.
    pub footage: WallRange,
    /// First moment at which nobody looks under it any more.
    pub until: WallTime,
    /// Whether footage may leave as a file.
    pub export: bool,
    /// What was decided.
    pub state: GrantState,
}

impl Grant {
    /// How it stands.
    #[must_use]
    pub fn standing(&self, now: WallTime) -> GrantStanding {
        match self.state {
            GrantState::Refused => GrantStanding::Refused,
            GrantState::Withdrawn => GrantStanding::Withdrawn,
            GrantState::Asked | GrantState::Approved if now >= self.until => GrantStanding::Ended,
            GrantState::Asked => GrantStanding::Waits,
            GrantState::Approved => GrantStanding::Stands,
        }
    }

    /// Whether it covers all of these cameras and all of that footage.
    #[must_use]
    pub fn covers(&self, cameras: &[CameraId], footage: WallRange) -> bool {
        self.footage.covers(&footage) && cameras.iter().all(|camera| self.cameras.contains(camera))
    }
}

/// An authorisation of directed surveillance (section 28 of the Act): given outside, named here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorisation<'a> {
    /// Its number.
    pub number: &'a str,
    /// The officer who gave it.
    pub officer: &'a str,
    /// When it expires.
    pub expires: WallTime,
}

/// A camera that is asked for, and what its footage may be looked at for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permits {
    /// Its name.
    pub camera: String,
    /// Names of the purposes, as the policy has them.
    pub purposes: BTreeSet<String>,
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Now.
    pub now: WallTime,
    /// Case reference.
    pub case: &'a str,
    /// Why the case needs this footage.
    pub words: &'a str,
    /// Name of the purpose.
    pub purpose: &'a str,
    /// The cameras.
    pub cameras: &'a [Permits],
    /// The footage.
    pub footage: WallRange,
    /// Until when it shall stand.
    pub until: WallTime,
    /// The authorisation, for the purpose [`DIRECTED`].
    pub authorisation: Option<Authorisation<'a>>,
}

/// Why a request cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskRefused {
    /// No case.
    #[error("a request needs a case reference")]
    Case,
    /// It says nothing.
    #[error("say in {LEAST_WORDS} characters or more why the case needs this footage")]
    Words,
    /// None, or too many.
    #[error("a request names 1 to {MOST_GRANTED} cameras")]
    Cameras,
    /// A camera whose footage is not for that.
    #[error(
        "the policy does not permit footage of {camera} to be looked at for this purpose; it permits: {permitted}. The system owner can change the policy"
    )]
    Purpose {
        /// The camera's name.
        camera: String,
        /// What it permits, as a list.
        permitted: String,
    },
    /// Its footage does not exist yet.
    #[error("the footage begins after now; ask once something was recorded")]
    NotYet,
    /// It reaches too far ahead.
    #[error("the footage ends more than an hour ahead; only the purpose {DIRECTED} allows that")]
    Ahead,
    /// Longer than a month.
    #[error("one request covers at most 31 days of footage; make several, each with its reason")]
    TooMuch,
    /// It would be over at once.
    #[error("the end of the grant must lie after now")]
    Past,
    /// It ends too late.
    #[error("a grant ends at most 31 days ahead; ask again then")]
    TooLong,
    /// Directed without an authorisation.
    #[error(
        "directed surveillance needs the number of its authorisation, the officer who gave it and when it expires (RIPA 2000, Part II)"
    )]
    NoAuthorisation,
    /// An authorisation for another purpose.
    #[error("an authorisation belongs to the purpose {DIRECTED} only")]
    NotDirected,
    /// Outliving the authorisation.
    #[error("the grant and its footage must end before the authorisation expires")]
    Outlives,
}

/// Whether that may be asked for.
///
/// # Errors
/// [`AskRefused`]: the first rule that it breaks.
pub fn may_ask(asked: &Asking<'_>) -> Result<(), AskRefused> {
    if asked.case.trim().is_empty() {
        return Err(AskRefused::Case);
    }
    if says_nothing(asked.words) {
        return Err(AskRefused::Words);
    }
    if asked.cameras.is_empty() || asked.cameras.len() > MOST_GRANTED {
        return Err(AskRefused::Cameras);
    }
    if let Some(not_for) = asked.cameras.iter().find(|of| !of.purposes.contains(asked.purpose)) {
        let permitted: Vec<&str> = not_for.purposes.iter().map(String::as_str).collect();
        let permitted = if permitted.is_empty() { "none".to_owned() } else { permitted.join(", ") };
        return Err(AskRefused::Purpose { camera: not_for.camera.clone(), permitted });
    }
    may_cover(asked)?;
    directed(asked)
}

fn may_cover(asked: &Asking<'_>) -> Result<(), AskRefused> {
    let Asking { now, footage, until, .. } = *asked;
    if footage.start > now {
        return Err(AskRefused::NotYet);
    }
    if footage.duration() > LONGEST_GRANTED {
        return Err(AskRefused::TooMuch);
    }
    if footage.end > now + AHEAD && asked.purpose != DIRECTED {
        return Err(AskRefused::Ahead);
    }
    if until <= now {
        return Err(AskRefused::Past);
    }
    if until > now + LONGEST_GRANT { Err(AskRefused::TooLong) } else { Ok(()) }
}

fn directed(asked: &Asking<'_>) -> Result<(), AskRefused> {
    match (asked.purpose == DIRECTED, asked.authorisation) {
        (false, None) => Ok(()),
        (false, Some(_)) => Err(AskRefused::NotDirected),
        (true, Some(given)) if !given.number.trim().is_empty() && !given.officer.trim().is_empty() => {
            let inside = asked.until <= given.expires && asked.footage.end <= given.expires;
            if inside { Ok(()) } else { Err(AskRefused::Outlives) }
        }
        (true, _) => Err(AskRefused::NoAuthorisation),
    }
}

/// Somebody who decides, and the words given for it.
#[derive(Debug, Clone, Copy)]
pub struct Deciding<'a> {
    /// Who.
    pub by: PersonId,
    /// The roles of the same.
    pub roles: &'a [Role],
    /// Why.
    pub words: &'a str,
    /// Now.
    pub now: WallTime,
}

/// Why somebody may not decide that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideRefused {
    /// The role is missing.
    #[error("{0}")]
    Role(crate::Refusal),
    /// Whoever asks does not decide.
    #[error("you asked for this yourself; another person has to decide on it")]
    Own,
    /// Whoever used it does not review it.
    #[error("you broke the glass yourself; another manager has to review it")]
    OwnUse,
    /// Neither the holder nor somebody who decides.
    #[error("only whoever asked for it or somebody who decides on requests can withdraw it")]
    NotYours,
    /// Somebody was faster, or its time is over.
    #[error("this request is decided or over already")]
    Decided,
    /// It has ended.
    #[error("it does not stand any more")]
    Over,
    /// There is nothing to review, or it was reviewed.
    #[error("there is nothing to review any more")]
    Reviewed,
    /// It says nothing.
    #[error("say why, in {LEAST_WORDS} characters or more")]
    Words,
}

/// Whether somebody may approve or refuse a request.
///
/// # Errors
/// [`DecideRefused`]: the first rule that it breaks.
pub fn may_decide(grant: &Grant, deciding: &Deciding<'_>) -> Result<(), DecideRefused> {
    if !may(deciding.roles, Act::DecideGrants) {
        return Err(DecideRefused::Role(refusal(Act::DecideGrants)));
    }
    if deciding.by == grant.asked_by {
        return Err(DecideRefused::Own);
    }
    if grant.standing(deciding.now) != GrantStanding::Waits {
        return Err(DecideRefused::Decided);
    }
    if says_nothing(deciding.words) { Err(DecideRefused::Words) } else { Ok(()) }
}

/// Whether somebody may withdraw a request or a grant: whoever asked, or whoever may decide or review.
///
/// # Errors
/// [`DecideRefused`]: the first rule that it breaks.
pub fn may_withdraw(grant: &Grant, deciding: &Deciding<'_>) -> Result<(), DecideRefused> {
    let manages = may(deciding.roles, Act::DecideGrants) || may(deciding.roles, Act::ReviewBreakGlass);
    if deciding.by != grant.asked_by && !manages {
        return Err(DecideRefused::NotYours);
    }
    if !matches!(grant.standing(deciding.now), GrantStanding::Waits | GrantStanding::Stands) {
        return Err(DecideRefused::Over);
    }
    if says_nothing(deciding.words) { Err(DecideRefused::Words) } else { Ok(()) }
}

pub(crate) fn says_nothing(words: &str) -> bool {
    words.trim().chars().count() < LEAST_WORDS
}
