//! Registered address prefixes. Exact rows, longest first: a name that merely resembles another is a row of its own.

use std::collections::HashMap;

use super::groups::Groups;
use super::{ListError, each_row};
use crate::{Confidence, Mac, Standing};

/// What a row says about its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrefixStatus {
    Banned,
    Affiliate,
    Oem,
    OemMixed,
    Watch,
    Covered,
    Accepted,
    AcceptedMixed,
    /// Sounds like a listed maker and is none.
    Decoy,
}

impl PrefixStatus {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "banned" => Self::Banned,
            "affiliate" => Self::Affiliate,
            "oem" => Self::Oem,
            "oem-mixed" => Self::OemMixed,
            "watch" => Self::Watch,
            "covered" => Self::Covered,
            "accepted" => Self::Accepted,
            "accepted-mixed" => Self::AcceptedMixed,
            "decoy" => Self::Decoy,
            _ => return None,
        })
    }

    /// For whom the row speaks and how strongly. Seen on the wire it is worth more than declared by the device.
    /// Makers of whom only a part is relabelled get `Medium`: their prefix alone must not refuse.
    pub(crate) const fn weight(self, observed: bool) -> Option<(Standing, Confidence)> {
        Some(match self {
            Self::Banned if observed => (Standing::Banned, Confidence::Certain),
            Self::Banned | Self::Affiliate | Self::Oem | Self::Covered => (Standing::Banned, Confidence::High),
            Self::OemMixed => (Standing::Banned, Confidence::Medium),
            Self::Watch => (Standing::Watch, Confidence::High),
            Self::Accepted => (Standing::Accepted, Confidence::High),
            Self::AcceptedMixed => (Standing::AcceptedMixed, Confidence::High),
            Self::Decoy => return None,
        })
    }
}

/// One registered prefix.
#[derive(Debug, Clone)]
pub(crate) struct Prefix {
    /// Six, seven or nine hex digits in capitals.
    pub digits: String,
    pub organisation: String,
    pub group: String,
    pub status: PrefixStatus,
    /// Id of the list the row stands in.
    pub list: &'static str,
}

/// All prefixes by their digits.
#[derive(Debug, Default)]
pub(crate) struct Prefixes(HashMap<String, Prefix>);

impl Prefixes {
    pub(super) fn add(&mut self, list: &'static str, bytes: &[u8], groups: &Groups) -> Result<(), ListError> {
        each_row(list, bytes, |row| {
            let digits = row.get("prefix")?.to_ascii_uppercase();
            let bits: usize = row.get("bits")?.parse().map_err(|_| row.wrong("bits"))?;
            if !digits.bytes().all(|b| b.is_ascii_hexdigit())
                || digits.len() * 4 != bits
                || ![24, 28, 36].contains(&bits)
            {
                return Err(row.wrong("prefix"));
            }
            let status = PrefixStatus::parse(row.get("status")?).ok_or_else(|| row.wrong("status"))?;
            let group = row.get("group")?.to_owned();
            if status != PrefixStatus::Decoy && groups.get(&group).is_none() {
                return Err(row.wrong("group"));
            }
            let organisation = row.get("organisation")?.to_owned();
            let prefix = Prefix { digits: digits.clone(), organisation, group, status, list };
            match self.0.insert(digits, prefix) {
                None => Ok(()),
                Some(_) => Err(row.wrong("prefix")),
            }
        })
    }

    pub(super) fn longest(&self, mac: Mac) -> Option<&Prefix> {
        let digits = mac.digits();
        [9, 7, 6].into_iter().find_map(|length| self.0.get(&digits[..length]))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
