//! Roles as rows and wire spell them, and what `policy` says about them. This file is the only one that asks it.

pub(crate) use candour_policy::{Act, Role, may};
use candour_wire::people::Role as WireRole;

/// Whether one person may have these roles together; a sentence if not.
pub(crate) fn check(roles: &[Role]) -> Result<(), String> {
    candour_policy::check_roles(roles).map_err(|conflict| crate::sentences::sentence(&conflict))
}

/// Whether somebody with these roles may watch live; why not, and who can give it. Looks back are judged in `grants`.
pub(crate) fn may_watch(roles: &[Role]) -> Result<(), String> {
    if may(roles, Act::WatchLive) { Ok(()) } else { Err(refusal(Act::WatchLive)) }
}

/// Whether somebody with these roles must show more than a password.
pub(crate) fn need_second_factor(roles: &[Role]) -> bool {
    candour_policy::needs_second_factor(roles)
}

/// Why an act is refused, and who can give the right.
pub(crate) fn refusal(act: Act) -> String {
    candour_policy::refusal(act).to_string()
}

/// Reads stored role words; a word nobody knows gives no right.
pub(crate) fn parse(words: &str) -> Vec<Role> {
    words.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Role words as stored: sorted, separated by spaces.
pub(crate) fn words(roles: &[Role]) -> String {
    let mut words: Vec<_> = roles.iter().map(|role| role.word()).collect();
    words.sort_unstable();
    words.join(" ")
}

pub(crate) const fn to_wire(role: Role) -> WireRole {
    match role {
        Role::Operator => WireRole::Operator,
        Role::Investigator => WireRole::Investigator,
        Role::Dpo => WireRole::Dpo,
        Role::Administrator => WireRole::Administrator,
        Role::Owner => WireRole::Owner,
        Role::Approver => WireRole::Approver,
    }
}

pub(crate) const fn from_wire(role: WireRole) -> Role {
    match role {
        WireRole::Operator => Role::Operator,
        WireRole::Investigator => Role::Investigator,
        WireRole::Dpo => Role::Dpo,
        WireRole::Administrator => Role::Administrator,
        WireRole::Owner => Role::Owner,
        WireRole::Approver => Role::Approver,
    }
}

/// Pages of the rail for these roles, in its order.
pub(crate) fn pages(roles: &[Role]) -> Vec<String> {
    const PAGES: [(&str, Act); 10] = [
        ("live", Act::WatchLive),
        ("review", Act::LookBack),
        ("requests", Act::SeeGrants),
        ("cameras", Act::SeeCameras),
        ("policy", Act::SeePolicy),
        ("retention", Act::SeeRetention),
        ("log", Act::ReadLog),
        ("people", Act::ManagePeople),
        ("system", Act::SeeSystem),
        ("alarms", Act::SeeAlarms),
    ];
    PAGES.iter().filter(|(_, act)| may(roles, *act)).map(|(page, _)| (*page).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_sorted() {
        assert_eq!(words(&[Role::Operator, Role::Dpo]), "dpo operator");
        assert_eq!(parse("dpo operator"), [Role::Dpo, Role::Operator]);
        assert_eq!(parse("root dpo"), [Role::Dpo]);
    }

    #[test]
    fn every_role_has_a_page_and_no_page_is_nobodys() {
        let mut all = std::collections::BTreeSet::new();
        for role in Role::ALL {
            let pages = pages(&[role]);
            assert!(!pages.is_empty());
            assert_eq!(to_wire(role), to_wire(from_wire(to_wire(role))));
            all.extend(pages);
        }
        assert_eq!(all.len(), 10);
        assert!(!pages(&[Role::Administrator]).contains(&"review".to_owned()));
    }

    #[test]
    fn a_conflict_reads_as_a_sentence() {
        assert_eq!(check(&[]).expect_err("no role"), "Give at least one role.");
    }
}
