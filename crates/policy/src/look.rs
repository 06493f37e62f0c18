//! Who may look at footage. Today a role decides; grants for older footage and purposes per look come with their issue.

use candour_units::{WallRange, WallTime};

use crate::role::{Act, Role, may, refusal};

/// The ways of looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LookKind {
    /// Pictures as they arrive.
    Live,
    /// Recorded footage.
    Playback,
}

/// What somebody asks to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookRequest {
    /// Live or recorded.
    pub kind: LookKind,
    /// The recorded interval; `None` for live.
    pub interval: Option<WallRange>,
    /// Now.
    pub now: WallTime,
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

/// Whether somebody with these roles may look at this.
///
/// # Errors
/// [`Refusal`]: to be shown, and written down.
pub fn may_look(roles: &[Role], request: &LookRequest) -> Result<(), Refusal> {
    let act = match request.kind {
        LookKind::Live => Act::WatchLive,
        LookKind::Playback => Act::LookBack,
    };
    if !may(roles, act) {
        return Err(refusal(act));
    }
    let nothing_yet = match request.kind {
        LookKind::Live => false,
        LookKind::Playback => request.interval.is_none_or(|interval| interval.start >= request.now),
    };
    if nothing_yet {
        return Err(Refusal {
            why: "Looking at recorded footage needs an interval that has begun.".to_owned(),
            who_can_give: "Choose one that lies in the past.".to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use LookKind::{Live, Playback};
    use Role::{Administrator, Dpo, Investigator, Operator};

    #[track_caller]
    fn check(role: Role, kind: LookKind, interval: Option<(i64, i64)>, allowed: bool) {
        let at = WallTime::from_unix_seconds;
        let interval = interval.map(|(start, end)| WallRange { start: at(start), end: at(end) });
        let answer = may_look(&[role], &LookRequest { kind, interval, now: at(1000) });
        assert_eq!(answer.is_ok(), allowed, "{role} {kind:?} {interval:?}: {answer:?}");
    }

    #[test]
    fn roles_and_ways_of_looking() {
        check(Operator, Live, None, true);
        check(Operator, Playback, Some((1, 2)), false);
        check(Investigator, Live, None, false);
        check(Investigator, Playback, Some((1, 2)), true);
        check(Investigator, Playback, Some((999, 1060)), true);
        check(Investigator, Playback, Some((1000, 1060)), false);
        check(Investigator, Playback, None, false);
        for blind in [Dpo, Administrator] {
            check(blind, Live, None, false);
            check(blind, Playback, Some((1, 2)), false);
        }
    }
}
