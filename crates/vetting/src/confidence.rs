//! How strongly an item speaks, for whom, and what it does to the outcome.

use serde::{Deserialize, Serialize};

/// How strongly one item indicates a group. Ordered: `Certain` is the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A hint; two of them for one group quarantine.
    Low,
    /// Quarantines alone; two of different layers refuse.
    Medium,
    /// Refuses alone.
    High,
    /// Refuses alone; as good as the maker's own statement.
    Certain,
}

impl Confidence {
    /// The word used in lists, records and sentences.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Certain => "certain",
        }
    }

    /// Reads the word; `None` for anything else, also for the lists' `n/a`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            "certain" => Self::Certain,
            _ => return None,
        })
    }
}

/// What a group means to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Its equipment is refused.
    Banned,
    /// Its equipment is quarantined, and refused where the class of the site says so.
    Watch,
    /// Recorders and encoders: they stand for other devices, which must be judged one by one.
    Carrier,
    /// Some of its models may be used: needs proof for the very model.
    AcceptedMixed,
    /// Its equipment may be used once the papers are there.
    Accepted,
}

impl Standing {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "banned" => Self::Banned,
            "watch" => Self::Watch,
            "carrier" => Self::Carrier,
            "accepted-mixed" => Self::AcceptedMixed,
            "accepted" => Self::Accepted,
            _ => return None,
        })
    }

    /// Whether the group may be used at all.
    #[must_use]
    pub const fn may_be_used(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedMixed)
    }
}

/// What a reason does to the outcome. Ordered from the strongest: a refusal comes first in every list of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Counts towards refusal.
    Against,
    /// Quarantines whatever else is known: a contradiction, an unreadable answer, blocked firmware.
    Quarantines,
    /// Something an acceptance still needs.
    Missing,
    /// Speaks for a maker that may be used.
    For,
    /// Worth knowing; moves nothing.
    Notes,
}
