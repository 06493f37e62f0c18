//! Who may look at footage. A role alone never suffices for anything recorded: beyond the instant replay of one's own watch a
//! look stands under a grant that another person approved, or under broken glass.

use candour_units::{CameraId, GrantId, PersonId, ViewId, WallDuration, WallRange, WallTime};

use crate::grant::{Grant, GrantStanding, Origin};
use crate::role::{Act, Role, may, refusal};

/// How far back somebody on watch may look without a grant, where no policy says otherwise.
pub const INSTANT_REPLAY: WallDuration = WallDuration::from_seconds(15 * 60);
/// How long one look at an instant replay goes on. It is never renewed beyond its reach: whoever needs more asks anew.
pub const REPLAY_LASTS: WallDuration = WallDuration::from_seconds(5 * 60);
/// What a clock of the page may be ahead.
const SLACK: WallDuration = WallDuration::from_seconds(60);

/// What somebody asks to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookRequest<'a> {
    /// Pictures as they arrive.
    Live,
    /// Recorded footage.
    Playback {
        /// Of these cameras.
        cameras: &'a [CameraId],
        /// From when to when.
        interval: WallRange,
    },
}

/// A camera that somebody watches live, or watched a moment ago, under one sign-in: the own watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// Which.
    pub camera: CameraId,
    /// Since when.
    pub since: WallTime,
    /// How far back the policy lets its watch look.
    pub length: WallDuration,
}

impl Watched {
    /// Whether the footage is an instant replay of this watch: nothing of before it began, nothing older than its length.
    #[must_use]
    pub fn replays(&self, camera: CameraId, interval: WallRange, now: WallTime) -> bool {
        let from = self.since.max(now - self.length);
        self.camera == camera && interval.start >= from && interval.end <= now + SLACK
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Looker<'a> {
    /// The account.
    pub person: PersonId,
    /// Its roles.
    pub roles: &'a [Role],
    /// The grants there are; those of others, and those that do not stand, help nobody.
    pub grants: &'a [Grant],
    /// The own watch.
    pub watch: &'a [Watched],
}

/// What a look stands under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The duty of an operator.
    Live,
    /// A camera is being set up: one that was never in force, or under the yes of a second person.
    SetUp {
        /// Which act.
        view: ViewId,
        /// First moment at which it is over.
        until: WallTime,
        /// Whether a second person agreed.
        agreed: bool,
    },
    /// The instant replay of the own watch.
    Replay {
        /// First moment at which it is over.
        until: WallTime,
    },
    /// A grant that stands.
    Grant {
        /// Which.
        id: GrantId,
        /// Asked and approved, or broken glass.
        origin: Origin,
        /// First moment at which it is over.
        until: WallTime,
        /// Whether footage may leave as a file.
        export: bool,
    },
}

/// A no with its reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} {who_can_give}")]
pub struct Refusal {
    /// Why, in one sentence.
    pub why: String,
    /// What would help, and who can give it, in one sentence.
    pub who_can_give: String,
}

/// Whether somebody may look at this, and under what.
///
/// # Errors
/// [`Refusal`]: to be shown, and written down.
pub fn may_look(looker: &Looker<'_>, request: LookRequest<'_>, now: WallTime) -> Result<Ground, Refusal> {
    let (cameras, interval) = match request {
        LookRequest::Live => {
            return if may(looker.roles, Act::WatchLive) { Ok(Ground::Live) } else { Err(refusal(Act::WatchLive)) };
        }
        LookRequest::Playback { cameras, interval } => (cameras, interval),
    };
    if !may(looker.roles, Act::LookBack) {
        return Err(refusal(Act::LookBack));
    }
    if interval.start >= now || cameras.is_empty() {
        return Err(Refusal {
            why: "Looking at recorded footage needs an interval that has begun.".to_owned(),
            who_can_give: "Choose one that lies in the past.".to_owned(),
        });
    }
    let own = looker.grants.iter().filter(|grant| grant.asked_by == looker.person);
    let covering = own.filter(|grant| grant.covers(cameras, interval) && grant.standing(now) == GrantStanding::Stands);
    // One that lets footage leave before one that does not, then the one that lasts longest.
    if let Some(grant) = covering.max_by_key(|grant| (grant.export, grant.until, grant.id)) {
        let Grant { id, origin, until, export, .. } = *grant;
        return Ok(Ground::Grant { id, origin, until, export });
    }
    let replayed = |camera: &CameraId| looker.watch.iter().any(|watched| watched.replays(*camera, interval, now));
    if may(looker.roles, Act::WatchLive) && cameras.iter().all(replayed) {
        return Ok(Ground::Replay { until: now + REPLAY_LASTS });
    }
    Err(no_ground(looker, cameras, interval, now))
}

/// The parts of `range` whose footage of a camera somebody may see now, oldest first and apart from one another. What is told
/// of the footage itself, such as when something moved, is told of these only: it is as good as a glance.
#[must_use]
pub fn open_parts(looker: &Looker<'_>, camera: CameraId, range: WallRange, now: WallTime) -> Vec<WallRange> {
    if !may(looker.roles, Act::LookBack) {
        return Vec::new();
    }
    let own = |grant: &&Grant| grant.asked_by == looker.person && grant.standing(now) == GrantStanding::Stands;
    let granted = looker.grants.iter().filter(own).filter(|grant| grant.cameras.contains(&camera));
    let watches = may(looker.roles, Act::WatchLive);
    let watched = looker.watch.iter().filter(|watched| watches && watched.camera == camera);
    let replayed = watched.map(|watched| (watched.since.max(now - watched.length), now + SLACK));
    let mut parts: Vec<WallRange> = granted
        .map(|grant| (grant.footage.start, grant.footage.end))
        .chain(replayed)
        .filter_map(|(start, end)| WallRange::new(start.max(range.start), end.min(range.end)))
        .collect();
    parts.sort_unstable_by_key(|part| part.start);
    parts.dedup_by(|later, earlier| {
        let joins = later.start <= earlier.end;
        if joins {
            earlier.end = earlier.end.max(later.end);
        }
        joins
    });
    parts
}

/// Why nothing covers it, and who can help.
fn no_ground(looker: &Looker<'_>, cameras: &[CameraId], interval: WallRange, now: WallTime) -> Refusal {
    let own = |grant: &&Grant| grant.asked_by == looker.person && grant.covers(cameras, interval);
    let newest = looker.grants.iter().filter(own).max_by_key(|grant| grant.until).map(|grant| grant.standing(now));
    let why = match newest {
        Some(GrantStanding::Waits) => "Your request for this footage is not decided yet.",
        Some(GrantStanding::Ended) => "Your grant for this footage has ended.",
        Some(GrantStanding::Withdrawn) => "Your grant for this footage was withdrawn.",
        Some(GrantStanding::Refused) => "Your request for this footage was refused.",
        _ if looker.roles.contains(&Role::Investigator) => "No grant of yours covers these cameras and this interval.",
        _ => {
            "Without a grant you may only look back at your own watch: what you watch live now, and not further back than the policy allows."
        }
    };
    let who_can_give = match newest {
        Some(GrantStanding::Waits) => "An approver who is not you can decide on it.",
        _ if looker.roles.contains(&Role::Investigator) => "Ask for a grant on the Requests page; an approver decides.",
        _ => {
            "Mark the incident, so that an investigator can ask for it; if it cannot wait, break the glass on the Requests page."
        }
    };
    Refusal { why: why.to_owned(), who_can_give: who_can_give.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Administrator, Approver, Dpo, Investigator, Operator, Owner};

    const ANN: PersonId = PersonId::from_bytes([1; 16]);
    const GATE: CameraId = CameraId::from_bytes([4; 16]);

    fn at(seconds: i64) -> WallTime {
        WallTime::from_unix_seconds(1_800_000_000 + seconds)
    }

    fn span(start: i64, end: i64) -> WallRange {
        WallRange { start: at(start), end: at(end) }
    }

    /// Now is 0; the gate is watched for as long as that.
    fn look(role: Role, watched_s: Option<i64>, interval: (i64, i64)) -> Result<Ground, Refusal> {
        let watched = watched_s.map(|s| Watched { camera: GATE, since: at(-s), length: INSTANT_REPLAY });
        let watch: Vec<_> = watched.into_iter().collect();
        let looker = Looker { person: ANN, roles: &[role], grants: &[], watch: &watch };
        let request = LookRequest::Playback { cameras: &[GATE], interval: span(interval.0, interval.1) };
        may_look(&looker, request, at(0))
    }

    #[test]
    fn live_is_for_operators() {
        for role in Role::ALL {
            let looker = Looker { person: ANN, roles: &[role], grants: &[], watch: &[] };
            assert_eq!(may_look(&looker, LookRequest::Live, at(0)).is_ok(), role == Operator, "{role}");
        }
    }

    #[test]
    fn an_instant_replay_is_of_the_own_watch_and_not_too_old() {
        let replay = Ok(Ground::Replay { until: at(300) });
        assert_eq!(look(Operator, Some(7200), (-900, 0)), replay);
        assert_eq!(look(Operator, Some(7200), (-60, 59)), replay);
        assert!(look(Operator, Some(7200), (-901, 0)).is_err(), "older than the policy allows");
        assert!(look(Operator, Some(60), (-61, 0)).is_err(), "before the own watch");
        assert!(look(Operator, None, (-60, 0)).is_err(), "nobody watches");
        assert!(look(Operator, Some(7200), (-60, 600)).is_err(), "ahead");
        for role in [Investigator, Dpo, Administrator, Owner, Approver] {
            assert!(look(role, Some(7200), (-60, 0)).is_err(), "{role}");
        }
    }

    #[test]
    fn a_no_says_who_can_help() {
        let words = |role, interval| look(role, None, interval).expect_err("a no").to_string();
        assert!(words(Investigator, (-7200, -3600)).contains("Ask for a grant on the Requests page"));
        assert!(words(Operator, (-7200, -3600)).contains("Mark the incident"));
        assert!(words(Investigator, (0, 60)).contains("an interval that has begun"));
        assert!(words(Dpo, (-60, 0)).contains("needs the role operator or investigator"));
    }
}
