//! The words a policy is written in: each enumeration with its words as they stand in the file, and what they mean in a
//! sentence. The file, the prose and the tables of `docs/policy.md` use the same ones.

use std::fmt;

use crate::check::{Capability, Weight};
use crate::space::Importance;

/// An enumeration that is written as one word.
pub trait Word: Copy + Eq + 'static {
    /// Every value, with its word.
    const WORDS: &'static [(Self, &'static str)];

    /// The word of this value.
    #[must_use]
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| word)
    }

    /// The value of a word, exactly as written.
    #[must_use]
    fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(value, _)| *value)
    }
}

/// Shows a value as its word.
macro_rules! shown_as_word {
    ($($name:ty),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    )+};
}

shown_as_word!(Regime, Jurisdiction, LawfulBasis, PlaceKind, Publish, Level, WhenOverdue, Weekday, Capability, Weight);

/// The law that the processing stands under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Regime {
    /// The UK GDPR with Part 2 of the Data Protection Act 2018.
    UkGdpr,
    /// Part 3 of the Data Protection Act 2018: law enforcement by a competent authority.
    DpaPart3,
}

impl Word for Regime {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::UkGdpr, "uk_gdpr"), (Self::DpaPart3, "dpa_part_3")];
}

/// Where the site lies. The Surveillance Camera Code binds in England and Wales only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Jurisdiction {
    /// England.
    England,
    /// Wales.
    Wales,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

impl Word for Jurisdiction {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::England, "england"),
        (Self::Wales, "wales"),
        (Self::Scotland, "scotland"),
        (Self::NorthernIreland, "northern_ireland"),
    ];
}

/// Why the law allows a purpose: UK GDPR Article 6, or section 35 of the Data Protection Act 2018.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LawfulBasis {
    /// Article 6(1)(e): a task in the public interest, laid down in law. What a public authority normally has.
    PublicTask,
    /// Article 6(1)(c): the law demands it.
    LegalObligation,
    /// Article 6(1)(d): to protect somebody's life.
    VitalInterests,
    /// Article 6(1)(f): an interest that outweighs those of the people in the picture. Not for the tasks of a public authority.
    LegitimateInterests,
    /// Article 6(1)(a): everybody in the picture freely agreed and may freely refuse. Rarely valid for cameras.
    Consent,
    /// Section 35(2)(b): a task of a competent authority for law enforcement, based on law.
    LawEnforcement,
}

impl LawfulBasis {
    /// Where the law says it.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::PublicTask => "UK GDPR Article 6(1)(e)",
            Self::LegalObligation => "UK GDPR Article 6(1)(c)",
            Self::VitalInterests => "UK GDPR Article 6(1)(d)",
            Self::LegitimateInterests => "UK GDPR Article 6(1)(f)",
            Self::Consent => "UK GDPR Article 6(1)(a)",
            Self::LawEnforcement => "Data Protection Act 2018 section 35(2)(b)",
        }
    }

    /// The basis as people say it.
    #[must_use]
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::PublicTask => "a task in the public interest",
            Self::LegalObligation => "a legal obligation",
            Self::VitalInterests => "the protection of somebody's life",
            Self::LegitimateInterests => "legitimate interests",
            Self::Consent => "the consent of the people in the picture",
            Self::LawEnforcement => "a task of law enforcement",
        }
    }

    /// Whether it is one of that regime.
    #[must_use]
    pub const fn belongs_to(self, regime: Regime) -> bool {
        matches!((self, regime), (Self::LawEnforcement, Regime::DpaPart3))
            || !matches!((self, regime), (Self::LawEnforcement, _) | (_, Regime::DpaPart3))
    }
}

impl Word for LawfulBasis {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::PublicTask, "public_task"),
        (Self::LegalObligation, "legal_obligation"),
        (Self::VitalInterests, "vital_interests"),
        (Self::LegitimateInterests, "legitimate_interests"),
        (Self::Consent, "consent"),
        (Self::LawEnforcement, "law_enforcement"),
    ];
}

/// What kind of place a camera sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// Where the public has access, in or out of doors.
    PublicArea,
    /// Where people work and the public does not come.
    Workplace,
    /// Grounds that belong to the building and are not open to the public.
    Grounds,
    /// Rooms of machines, where nobody stays: plant, lifts, servers, stores.
    Plant,
    /// Toilets and washrooms.
    Toilets,
    /// Changing rooms.
    ChangingRoom,
    /// Rooms for prayer.
    PrayerRoom,
    /// Rooms of a trade union or works council.
    UnionRoom,
    /// Rooms where people are examined or treated.
    MedicalRoom,
    /// Custody.
    Custody,
}

impl PlaceKind {
    /// Whether no camera may stand there, unless a class of its own says under which assessment, by whom, and with which prior
    /// consultation.
    #[must_use]
    pub const fn is_refused(self) -> bool {
        !matches!(self, Self::PublicArea | Self::Workplace | Self::Grounds | Self::Plant)
    }

    /// Whether recording there needs a data protection impact assessment (UK GDPR Article 35): everywhere but where nobody stays.
    #[must_use]
    pub const fn needs_dpia(self) -> bool {
        !matches!(self, Self::Plant)
    }

    /// The kind as people say it.
    #[must_use]
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::PublicArea => "an area open to the public",
            Self::Workplace => "a workplace",
            Self::Grounds => "grounds that are not open to the public",
            Self::Plant => "a room of machines",
            Self::Toilets => "toilets",
            Self::ChangingRoom => "a changing room",
            Self::PrayerRoom => "a room for prayer",
            Self::UnionRoom => "a room of a trade union",
            Self::MedicalRoom => "a medical room",
            Self::Custody => "custody",
        }
    }
}

impl Word for PlaceKind {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::PublicArea, "public_area"),
        (Self::Workplace, "workplace"),
        (Self::Grounds, "grounds"),
        (Self::Plant, "plant"),
        (Self::Toilets, "toilets"),
        (Self::ChangingRoom, "changing_room"),
        (Self::PrayerRoom, "prayer_room"),
        (Self::UnionRoom, "union_room"),
        (Self::MedicalRoom, "medical_room"),
        (Self::Custody, "custody"),
    ];
}

/// How much of a camera the public register shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Publish {
    /// That there is one camera more.
    CountOnly,
    /// In which area it stands, and why.
    AreaOnly,
    /// Its name, area, purpose, hours and retention.
    Full,
}

impl Word for Publish {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Full, "full"), (Self::AreaOnly, "area_only"), (Self::CountOnly, "count_only")];
}

/// What a picture must let people do, by pixels for each metre of the scene (DORI).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// How many people there are and where they go.
    Monitor,
    /// Whether somebody is there.
    Detect,
    /// What somebody does, what somebody wears.
    Observe,
    /// Whether it is somebody one knows.
    Recognise,
    /// Who it is, beyond reasonable doubt.
    Identify,
    /// Details of a face or an object.
    Inspect,
}

impl Word for Level {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Monitor, "monitor"),
        (Self::Detect, "detect"),
        (Self::Observe, "observe"),
        (Self::Recognise, "recognise"),
        (Self::Identify, "identify"),
        (Self::Inspect, "inspect"),
    ];
}

/// What happens once the review date of an assessment has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WhenOverdue {
    /// A warning, and after the days of grace recording stops.
    Stop,
    /// A warning for as long as it takes: where life depends on the camera.
    KeepWarning,
}

impl Word for WhenOverdue {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Stop, "stop"), (Self::KeepWarning, "keep_warning")];
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// The days, Monday first.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// `Monday`.
    #[must_use]
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::Mon => "Monday",
            Self::Tue => "Tuesday",
            Self::Wed => "Wednesday",
            Self::Thu => "Thursday",
            Self::Fri => "Friday",
            Self::Sat => "Saturday",
            Self::Sun => "Sunday",
        }
    }
}

impl Word for Weekday {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Mon, "mon"),
        (Self::Tue, "tue"),
        (Self::Wed, "wed"),
        (Self::Thu, "thu"),
        (Self::Fri, "fri"),
        (Self::Sat, "sat"),
        (Self::Sun, "sun"),
    ];
}

impl Word for Importance {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Low, "low"), (Self::Middle, "middle"), (Self::High, "high")];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_comes_back() {
        fn check<W: Word + std::fmt::Debug>() {
            for (value, word) in W::WORDS {
                assert_eq!(W::of_word(word), Some(*value));
                assert_eq!(value.word(), *word);
            }
            assert_eq!(W::of_word(""), None);
        }
        check::<Regime>();
        check::<Jurisdiction>();
        check::<LawfulBasis>();
        check::<PlaceKind>();
        check::<Publish>();
        check::<Level>();
        check::<WhenOverdue>();
        check::<Weekday>();
        check::<Importance>();
    }

    #[test]
    fn a_basis_belongs_to_one_regime() {
        for (basis, _) in LawfulBasis::WORDS {
            assert_ne!(basis.belongs_to(Regime::UkGdpr), basis.belongs_to(Regime::DpaPart3), "{basis}");
        }
        assert!(LawfulBasis::PublicTask.belongs_to(Regime::UkGdpr));
        assert!(LawfulBasis::LawEnforcement.belongs_to(Regime::DpaPart3));
    }
}
