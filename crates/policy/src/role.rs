//! Roles, which of them go together, and the table of who may do what.

use std::fmt;
use std::str::FromStr;

use crate::Refusal;

/// What a person may be. Sorted as rows and interfaces sort them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Building security: live pictures.
    Operator,
    /// Looks at recorded footage that another person granted.
    Investigator,
    /// Data protection officer: log and retention, no footage.
    Dpo,
    /// Cameras and people, no footage.
    Administrator,
    /// The system owner: decides on the policy.
    Owner,
    /// Decides on requests to look, and reviews broken glass. Sees no footage by that.
    Approver,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Operator, Self::Investigator, Self::Dpo, Self::Administrator, Self::Owner, Self::Approver];

    /// The stable word in rows and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Investigator => "investigator",
            Self::Dpo => "dpo",
            Self::Administrator => "administrator",
            Self::Owner => "owner",
            Self::Approver => "approver",
        }
    }

    /// The name people read.
    #[must_use]
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Dpo => "data protection officer",
            Self::Owner => "system owner",
            other => other.word(),
        }
    }

    /// Whether the role shows pictures of people.
    #[must_use]
    pub const fn sees_footage(self) -> bool {
        matches!(self, Self::Operator | Self::Investigator)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = ();
    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or(())
    }
}

/// Everything the program lets people do. Each act of the interface asks for exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// See live pictures.
    WatchLive,
    /// See recorded footage: under a grant, or as the instant replay of one's own watch.
    LookBack,
    /// Ask for a grant.
    AskGrant,
    /// See requests and grants: one's own, or all of them.
    SeeGrants,
    /// Approve and refuse requests.
    DecideGrants,
    /// Look at once, with an alarm and a review afterwards.
    BreakGlass,
    /// Review broken glass.
    ReviewBreakGlass,
    /// Mark an incident, which holds its footage for a week.
    MarkIncident,
    /// Have footage looked through to see what other terms for motion would do. Who is told more than sums decides `may_look`.
    TryMotion,
    /// See what is recorded, missing and deleted, without pictures.
    SeeTimeline,
    /// See which cameras there are and how they stand.
    SeeCameras,
    /// See a camera's judgement with its evidence, and its technical state.
    SeeCameraDetail,
    /// Add, change, judge again and remove cameras.
    ManageCameras,
    /// Look at a camera to set it up: to aim it, and to draw what it may not see.
    Commission,
    /// Read the policy, its history, and what a version would change.
    SeePolicy,
    /// Propose a version of the policy, and give up a proposal.
    DraftPolicy,
    /// Put advice on a version on record.
    AdvisePolicy,
    /// Approve a version, and withdraw an approved one.
    ApprovePolicy,
    /// Make, change and disable accounts.
    ManagePeople,
    /// Read the log.
    ReadLog,
    /// See what is kept how long, what was deleted and what is overdue.
    SeeRetention,
    /// Place, extend and lift holds.
    ManageHolds,
    /// See alarms.
    SeeAlarms,
    /// Acknowledge an alarm.
    TakeAlarm,
    /// See the state of the machine: storage, clock, versions.
    SeeSystem,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 25] = [
        Self::WatchLive,
        Self::LookBack,
        Self::AskGrant,
        Self::SeeGrants,
        Self::DecideGrants,
        Self::BreakGlass,
        Self::ReviewBreakGlass,
        Self::MarkIncident,
        Self::TryMotion,
        Self::SeeTimeline,
        Self::SeeCameras,
        Self::SeeCameraDetail,
        Self::ManageCameras,
        Self::Commission,
        Self::SeePolicy,
        Self::DraftPolicy,
        Self::AdvisePolicy,
        Self::ApprovePolicy,
        Self::ManagePeople,
        Self::ReadLog,
        Self::SeeRetention,
        Self::ManageHolds,
        Self::SeeAlarms,
        Self::TakeAlarm,
        Self::SeeSystem,
    ];

    /// Whether the act shows footage: what is recorded, or what a watch sees.
    #[must_use]
    pub const fn shows_footage(self) -> bool {
        matches!(self, Self::WatchLive | Self::LookBack | Self::BreakGlass)
    }

    /// Whether the act shows pictures at all, and be it of a camera that is being set up; its refusals are written down.
    #[must_use]
    pub const fn shows_pictures(self) -> bool {
        self.shows_footage() || matches!(self, Self::Commission)
    }

    /// Whether whoever may do it must show more than a password at sign-in: it shows pictures of people or who looked at
    /// them, decides who may look, or makes the accounts of those who do.
    #[must_use]
    pub const fn asks_second_factor(self) -> bool {
        self.shows_pictures()
            || matches!(
                self,
                Self::DecideGrants | Self::ReviewBreakGlass | Self::ApprovePolicy | Self::ManagePeople | Self::ReadLog
            )
    }

    /// What it is, to begin a sentence with.
    const fn shown(self) -> &'static str {
        match self {
            Self::WatchLive => "Watching live",
            Self::LookBack => "Looking at recorded footage",
            Self::AskGrant => "Asking for a grant",
            Self::SeeGrants => "Seeing requests",
            Self::DecideGrants => "Deciding on a request",
            Self::BreakGlass => "Breaking the glass",
            Self::ReviewBreakGlass => "Reviewing broken glass",
            Self::MarkIncident => "Marking an incident",
            Self::TryMotion => "Trying terms for motion",
            Self::SeeTimeline => "Seeing what is recorded",
            Self::SeeCameras => "Seeing the cameras",
            Self::SeeCameraDetail => "Seeing a camera's evidence",
            Self::ManageCameras => "Changing cameras",
            Self::Commission => "Looking at a camera to set it up",
            Self::SeePolicy => "Reading the policy",
            Self::DraftPolicy => "Proposing a policy",
            Self::AdvisePolicy => "Advising on the policy",
            Self::ApprovePolicy => "Deciding on the policy",
            Self::ManagePeople => "Changing accounts",
            Self::ReadLog => "Reading the log",
            Self::SeeRetention => "Seeing retention",
            Self::ManageHolds => "Holding footage",
            Self::SeeAlarms => "Seeing alarms",
            Self::TakeAlarm => "Taking an alarm",
            Self::SeeSystem => "Seeing the system",
        }
    }
}

/// The table: the roles any one of which suffices for an act.
#[must_use]
pub const fn who_may(act: Act) -> &'static [Role] {
    use Role::{Administrator, Approver, Dpo, Investigator, Operator, Owner};
    match act {
        Act::WatchLive | Act::MarkIncident => &[Operator],
        // A role is only the first condition: what the look stands under decides `may_look`.
        Act::LookBack | Act::BreakGlass => &[Operator, Investigator],
        Act::AskGrant => &[Investigator],
        // The data protection officer sees every request and decides none.
        Act::SeeGrants => &[Operator, Investigator, Dpo, Owner, Approver],
        Act::DecideGrants => &[Approver],
        Act::ReviewBreakGlass => &[Owner, Approver],
        Act::TryMotion => &[Operator, Investigator, Dpo, Administrator, Owner],
        Act::SeeTimeline => &[Operator, Investigator, Dpo, Owner],
        // Everybody works under the policy, so everybody may read it.
        Act::SeeCameras | Act::SeeAlarms | Act::TakeAlarm | Act::SeePolicy => {
            &[Operator, Investigator, Dpo, Administrator, Owner, Approver]
        }
        Act::SeeCameraDetail | Act::SeeSystem => &[Dpo, Administrator],
        Act::SeeRetention => &[Investigator, Dpo, Administrator, Owner],
        // A hold makes surveillance data live longer: that is decided by whoever needs the footage or answers for the
        // system. The data protection officer sees every hold and advises, but decides none (UK GDPR Art 38).
        Act::ManageHolds => &[Investigator, Administrator, Owner],
        Act::ManageCameras | Act::Commission | Act::ManagePeople => &[Administrator],
        Act::ReadLog | Act::AdvisePolicy => &[Dpo],
        Act::DraftPolicy => &[Administrator, Owner],
        Act::ApprovePolicy => &[Owner],
    }
}

/// Whether somebody with these roles may do that.
#[must_use]
pub fn may(roles: &[Role], act: Act) -> bool {
    roles.iter().any(|role| who_may(act).contains(role))
}

/// Whether somebody with these roles must show more than a password at sign-in.
#[must_use]
pub fn needs_second_factor(roles: &[Role]) -> bool {
    Act::ALL.into_iter().any(|act| act.asks_second_factor() && may(roles, act))
}

/// Why an act is refused, and who can give the right.
#[must_use]
pub fn refusal(act: Act) -> Refusal {
    let roles: Vec<_> = who_may(act).iter().map(|role| role.shown()).collect();
    let why = format!("{} needs the role {}.", act.shown(), roles.join(" or "));
    let who_can_give = if act.shows_footage() {
        "An administrator can give it, to somebody who is not an administrator."
    } else {
        "An administrator can give it."
    };
    Refusal { why, who_can_give: who_can_give.to_owned() }
}

/// Roles that one person may not have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoleConflict {
    /// An account without a role can do nothing.
    #[error("give at least one role")]
    None,
    /// Whoever runs the system sees no footage by that (rule 5 of the door).
    #[error("an administrator sees no footage: administrator does not go with {0}")]
    AdministratorSeesFootage(Role),
    /// Whoever advises on a decision does not take it (UK GDPR Art 38(6)).
    #[error(
        "a data protection officer advises and decides nothing: data protection officer does not go with system owner"
    )]
    OfficerDecides,
    /// The same for requests to look.
    #[error("a data protection officer advises and decides nothing: data protection officer does not go with approver")]
    OfficerGrants,
    /// Whoever makes accounts could make the one that asks, and grant it.
    #[error("an administrator gives nobody footage: administrator does not go with approver")]
    AdministratorGrants,
}

/// Whether one person may have these roles together.
///
/// # Errors
/// The first conflict.
pub fn check_roles(roles: &[Role]) -> Result<(), RoleConflict> {
    if roles.is_empty() {
        return Err(RoleConflict::None);
    }
    if roles.contains(&Role::Dpo) && roles.contains(&Role::Owner) {
        return Err(RoleConflict::OfficerDecides);
    }
    if roles.contains(&Role::Approver) {
        if roles.contains(&Role::Dpo) {
            return Err(RoleConflict::OfficerGrants);
        }
        if roles.contains(&Role::Administrator) {
            return Err(RoleConflict::AdministratorGrants);
        }
    }
    let footage = roles.iter().find(|role| role.sees_footage());
    match footage {
        Some(role) if roles.contains(&Role::Administrator) => Err(RoleConflict::AdministratorSeesFootage(*role)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Administrator, Approver, Dpo, Investigator, Operator, Owner};

    #[track_caller]
    fn check(role: Role, expected: &[Act]) {
        let found: Vec<_> = Act::ALL.into_iter().filter(|act| may(&[role], *act)).collect();
        assert_eq!(found, expected, "{role}");
    }

    #[test]
    fn each_role_may_exactly_this() {
        use Act::*;
        let watches = [
            WatchLive,
            LookBack,
            SeeGrants,
            BreakGlass,
            MarkIncident,
            TryMotion,
            SeeTimeline,
            SeeCameras,
            SeePolicy,
            SeeAlarms,
            TakeAlarm,
        ];
        check(Operator, &watches);
        let looks_back = [
            LookBack,
            AskGrant,
            SeeGrants,
            BreakGlass,
            TryMotion,
            SeeTimeline,
            SeeCameras,
            SeePolicy,
            SeeRetention,
            ManageHolds,
            SeeAlarms,
            TakeAlarm,
        ];
        check(Investigator, &looks_back);
        let dpo = [
            SeeGrants,
            TryMotion,
            SeeTimeline,
            SeeCameras,
            SeeCameraDetail,
            SeePolicy,
            AdvisePolicy,
            ReadLog,
            SeeRetention,
            SeeAlarms,
            TakeAlarm,
            SeeSystem,
        ];
        check(Dpo, &dpo);
        let runs_it = [
            TryMotion,
            SeeCameras,
            SeeCameraDetail,
            ManageCameras,
            Commission,
            SeePolicy,
            DraftPolicy,
            ManagePeople,
            SeeRetention,
            ManageHolds,
            SeeAlarms,
            TakeAlarm,
            SeeSystem,
        ];
        check(Administrator, &runs_it);
        let decides = [
            SeeGrants,
            ReviewBreakGlass,
            TryMotion,
            SeeTimeline,
            SeeCameras,
            SeePolicy,
            DraftPolicy,
            ApprovePolicy,
            SeeRetention,
            ManageHolds,
            SeeAlarms,
            TakeAlarm,
        ];
        check(Owner, &decides);
        let grants = [SeeGrants, DecideGrants, ReviewBreakGlass, SeeCameras, SeePolicy, SeeAlarms, TakeAlarm];
        check(Approver, &grants);
        assert!(Act::ALL.iter().all(|act| !may(&[], *act)), "nobody may do nothing without a role");
    }

    /// As things stand every role does something that asks for it; a role that only reads signs would not.
    #[test]
    fn whoever_sees_or_decides_needs_a_second_factor() {
        for role in Role::ALL {
            assert!(needs_second_factor(&[role]), "{role}");
        }
        assert!(!needs_second_factor(&[]));
        for act in Act::ALL.into_iter().filter(|act| act.shows_pictures()) {
            assert!(act.asks_second_factor(), "{act:?}");
        }
        assert!(!Act::SeeCameras.asks_second_factor());
    }

    #[test]
    fn administrators_see_no_footage() {
        assert_eq!(check_roles(&[]), Err(RoleConflict::None));
        for footage in [Operator, Investigator] {
            let refused = check_roles(&[Dpo, footage, Administrator]);
            assert_eq!(refused, Err(RoleConflict::AdministratorSeesFootage(footage)));
        }
        for fine in
            [vec![Operator, Investigator], vec![Administrator, Dpo], vec![Dpo, Investigator], vec![Owner, Operator]]
        {
            assert_eq!(check_roles(&fine), Ok(()));
        }
    }

    /// Whatever roles go together: nobody both advises on a policy and decides on it.
    #[test]
    fn whoever_advises_does_not_decide() {
        assert_eq!(check_roles(&[Owner, Dpo]), Err(RoleConflict::OfficerDecides));
        for set in 1_u8..64 {
            let roles: Vec<_> = (0..6).filter(|bit| set & (1 << bit) != 0).map(|bit| Role::ALL[bit]).collect();
            let both = may(&roles, Act::AdvisePolicy) && may(&roles, Act::ApprovePolicy);
            assert!(check_roles(&roles).is_err() || !both, "{roles:?}");
        }
    }

    /// Whatever roles go together: whoever advises or runs the system grants no look.
    #[test]
    fn neither_officers_nor_administrators_grant() {
        assert_eq!(check_roles(&[Approver, Dpo]), Err(RoleConflict::OfficerGrants));
        assert_eq!(check_roles(&[Approver, Administrator]), Err(RoleConflict::AdministratorGrants));
        for fine in [vec![Approver, Owner], vec![Approver, Investigator], vec![Approver, Operator]] {
            assert_eq!(check_roles(&fine), Ok(()));
        }
    }

    /// Whatever roles go together: nobody can both run the system and see footage.
    #[test]
    fn no_allowed_set_both_manages_and_looks() {
        for set in 1_u8..64 {
            let roles: Vec<_> = (0..6).filter(|bit| set & (1 << bit) != 0).map(|bit| Role::ALL[bit]).collect();
            let looks = Act::ALL.iter().any(|act| act.shows_footage() && may(&roles, *act));
            let manages = may(&roles, Act::ManagePeople) || may(&roles, Act::ManageCameras);
            assert!(check_roles(&roles).is_err() || !(looks && manages), "{roles:?}");
        }
    }

    #[test]
    fn a_refusal_says_who_can_help() {
        let refused = refusal(Act::LookBack);
        assert_eq!(refused.why, "Looking at recorded footage needs the role operator or investigator.");
        assert_eq!(refused.who_can_give, "An administrator can give it, to somebody who is not an administrator.");
        assert!(refusal(Act::SeeRetention).why.ends_with("administrator or system owner."));
    }

    #[test]
    fn words_come_back() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert_eq!("root".parse::<Role>(), Err(()));
    }
}
