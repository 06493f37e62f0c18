//! An entry: its public leaf and the details beside it.

use candour_units::WallTime;

use crate::commitment::{Group, Salt, commitment};
use crate::details::{Details, Disclosed};
use crate::leaf::{Kind, Leaf};

/// One act in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What everybody may see; what the tree hashes.
    pub leaf: Leaf,
    /// What is shown group by group, and erased when its time is over.
    pub details: Details,
}

impl Entry {
    /// Makes an entry from the texts of its groups (JSON objects in canonical form, at most [`crate::MAX_GROUP`] bytes
    /// each) and one fresh random salt for each, both in the order of [`Group::ALL`].
    #[must_use]
    pub fn new(at: WallTime, kind: Kind, texts: [String; 4], salts: [Salt; 4]) -> Self {
        let commitments = Group::ALL.map(|group| {
            let at = group.position();
            commitment(group, &salts[at], &texts[at])
        });
        let mut salts = salts.into_iter();
        let groups = texts.map(|text| salts.next().map(|salt| Disclosed { salt, text }));
        Self { leaf: Leaf { at, kind, commitments }, details: Details::new(groups) }
    }
}
