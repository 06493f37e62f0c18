//! Whether a proposed version of the policy may be approved, by whom, and from when on it is in force. The life itself (who did
//! what when) is kept in the database; here are the rules of the step that decides.

use candour_units::{WallDuration, WallTime};

/// Words of a reason: fewer say nothing.
const LEAST_WORDS: usize = 10;
/// Nobody approves for later than a year ahead: by then the facts are others.
const FURTHEST: WallDuration = WallDuration::from_seconds(366 * 86_400);

/// What somebody who wants to approve a version says and is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approving<'a> {
    /// Now.
    pub now: WallTime,
    /// Whether the same person proposed it.
    pub proposed_it: bool,
    /// Whether somebody else could approve it.
    pub has_second: bool,
    /// Whether the same person advised on it, or is a data protection officer.
    pub advises: bool,
    /// Whether advice is on record.
    pub is_advised: bool,
    /// Whether there is a data protection officer to ask.
    pub has_officer: bool,
    /// Whether the approver says that the advice is followed.
    pub follows: bool,
    /// Why it is not.
    pub departure: Option<&'a str>,
    /// From when on the version shall be in force, if it is said.
    pub from: Option<WallTime>,
    /// When it may take force without another reason (see [`crate::earliest_force`]).
    pub usual: WallTime,
    /// Why it shall take force before that.
    pub early: Option<&'a str>,
}

/// An approval that may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approvable<'a> {
    /// From when on the version is in force.
    pub force: WallTime,
    /// Why it departs from the advice.
    pub departure: Option<&'a str>,
    /// Why it takes force before the usual time.
    pub early: Option<&'a str>,
}

/// Why a version may not be approved so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefused {
    /// Whoever proposes does not approve where there are two.
    #[error("you proposed this version yourself; another system owner has to approve it")]
    OwnProposal,
    /// Whoever advises does not decide (UK GDPR Art 38(6)).
    #[error("whoever advises on a policy does not decide on it; another system owner has to approve it")]
    Adviser,
    /// The data protection officer was not asked.
    #[error("the data protection officer has not advised on this version yet; ask for the advice first")]
    NoAdvice,
    /// It is not said whether the advice is followed.
    #[error("say whether the advice of the data protection officer is followed, and if not, why")]
    SayWhetherFollowed,
    /// The reason for a departure says nothing.
    #[error("say in {LEAST_WORDS} characters or more why the advice is not followed")]
    Departure,
    /// The reason for an early force says nothing.
    #[error("say in {LEAST_WORDS} characters or more why the version must take force so soon")]
    Early,
    /// Footage would go before anybody had a day to object.
    #[error(
        "this version deletes footage that would stay otherwise, so it takes force no sooner than {usual}; choose a later time, or say why it cannot wait"
    )]
    TooSoon {
        /// The earliest without a reason.
        usual: WallTime,
    },
    /// Too far ahead.
    #[error("a version takes force within a year of its approval")]
    TooFar,
}

/// Whether a version may be approved so.
///
/// # Errors
/// [`ApprovalRefused`]: the first rule that it breaks.
pub fn may_approve<'a>(asked: &Approving<'a>) -> Result<Approvable<'a>, ApprovalRefused> {
    if asked.advises {
        return Err(ApprovalRefused::Adviser);
    }
    if asked.proposed_it && asked.has_second {
        return Err(ApprovalRefused::OwnProposal);
    }
    if asked.has_officer && !asked.is_advised {
        return Err(ApprovalRefused::NoAdvice);
    }
    let departure = asked.departure.map(str::trim).filter(|_| asked.is_advised && !asked.follows);
    if asked.is_advised && !asked.follows && departure.is_none() {
        return Err(ApprovalRefused::SayWhetherFollowed);
    }
    if departure.is_some_and(says_nothing) {
        return Err(ApprovalRefused::Departure);
    }
    let force = asked.from.unwrap_or(asked.usual).max(asked.now);
    if force - asked.now > FURTHEST {
        return Err(ApprovalRefused::TooFar);
    }
    let early = asked.early.map(str::trim).filter(|_| force < asked.usual);
    match early {
        Some(words) if says_nothing(words) => Err(ApprovalRefused::Early),
        None if force < asked.usual => Err(ApprovalRefused::TooSoon { usual: asked.usual }),
        early => Ok(Approvable { force, departure, early }),
    }
}

fn says_nothing(words: &str) -> bool {
    words.chars().count() < LEAST_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> WallTime {
        WallTime::from_unix_seconds(1_800_000_000 + hours * 3600)
    }

    /// By another owner, advised, followed, with nothing to delete.
    fn plain() -> Approving<'static> {
        Approving {
            now: at(0),
            proposed_it: false,
            has_second: true,
            advises: false,
            is_advised: true,
            has_officer: true,
            follows: true,
            departure: None,
            from: None,
            usual: at(0),
            early: None,
        }
    }

    #[track_caller]
    fn check(asked: Approving<'_>, expected: Result<i64, ApprovalRefused>) {
        assert_eq!(may_approve(&asked).map(|found| found.force), expected.map(at));
    }

    #[test]
    fn who_approves() {
        check(plain(), Ok(0));
        check(Approving { proposed_it: true, ..plain() }, Err(ApprovalRefused::OwnProposal));
        check(Approving { proposed_it: true, has_second: false, ..plain() }, Ok(0));
        check(Approving { advises: true, ..plain() }, Err(ApprovalRefused::Adviser));
        check(Approving { advises: true, has_second: false, ..plain() }, Err(ApprovalRefused::Adviser));
    }

    #[test]
    fn advice_is_asked_for_and_answered() {
        check(Approving { is_advised: false, ..plain() }, Err(ApprovalRefused::NoAdvice));
        check(Approving { is_advised: false, has_officer: false, ..plain() }, Ok(0));
        let departs = Approving { follows: false, ..plain() };
        check(departs, Err(ApprovalRefused::SayWhetherFollowed));
        check(Approving { departure: Some(" No. "), ..departs }, Err(ApprovalRefused::Departure));
        let said = may_approve(&Approving { departure: Some(" The court asked for it. "), ..departs }).expect("it may");
        assert_eq!(said.departure, Some("The court asked for it."));
        let followed = may_approve(&Approving { departure: Some("left over from before"), ..plain() }).expect("it may");
        assert_eq!(followed.departure, None, "advice that is followed is not departed from");
    }

    #[test]
    fn what_deletes_waits_a_day_unless_somebody_says_why() {
        let deletes = Approving { usual: at(24), ..plain() };
        check(deletes, Ok(24));
        check(Approving { from: Some(at(48)), ..deletes }, Ok(48));
        check(Approving { from: Some(at(1)), ..deletes }, Err(ApprovalRefused::TooSoon { usual: at(24) }));
        check(Approving { from: Some(at(1)), early: Some("soon"), ..deletes }, Err(ApprovalRefused::Early));
        check(Approving { from: Some(at(1)), early: Some("The court ordered it."), ..deletes }, Ok(1));
        check(Approving { from: Some(at(-5)), ..plain() }, Ok(0));
        check(Approving { from: Some(at(24 * 367)), ..plain() }, Err(ApprovalRefused::TooFar));
        let late = Approving { from: Some(at(30)), early: Some("it does not matter"), ..deletes };
        assert_eq!(may_approve(&late).expect("it may").early, None);
    }
}
