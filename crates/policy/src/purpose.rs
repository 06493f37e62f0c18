//! Whether a purpose is complete enough to record for (promise 2).

use candour_units::WallDuration;

/// The least a purpose may promise to keep: an hour, the grain of a stream's keys.
pub const SHORTEST_KEEP: WallDuration = WallDuration::from_seconds(3600);
/// The most it may promise: 366 days.
pub const LONGEST_KEEP: WallDuration = WallDuration::from_seconds(366 * 86_400);

/// What a purpose lacks. Without a complete one nothing is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MissingField {
    /// It does not say why.
    #[error("the purpose has no sentence that says why this camera records; write one")]
    Sentence,
    /// Nobody answers for it.
    #[error("the purpose has no owner; name the person or office that answers for it")]
    Owner,
    /// It does not say how long, or too long.
    #[error("the purpose keeps footage for {seconds} s; name a maximum age of an hour to 366 days")]
    MaximumAge {
        /// What it says, in seconds, rounded down.
        seconds: i64,
    },
}

/// Whether a purpose in these words is complete enough to record for.
///
/// # Errors
/// The first field that is missing.
pub fn complete_purpose(sentence: &str, owner: &str, keep: WallDuration) -> Result<(), MissingField> {
    if sentence.trim().is_empty() {
        return Err(MissingField::Sentence);
    }
    if owner.trim().is_empty() {
        return Err(MissingField::Owner);
    }
    if !(SHORTEST_KEEP..=LONGEST_KEEP).contains(&keep) {
        return Err(MissingField::MaximumAge { seconds: keep.seconds_floor() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sentence: &str, owner: &str, days: i64, expected: Result<(), MissingField>) {
        assert_eq!(complete_purpose(sentence, owner, WallDuration::from_seconds(days * 86_400)), expected);
    }

    #[test]
    fn the_missing_field_is_named() {
        check("Theft at the entrance", "Head of facilities", 3, Ok(()));
        check("  \n", "Head of facilities", 3, Err(MissingField::Sentence));
        check("Theft at the entrance", " ", 3, Err(MissingField::Owner));
        check("Theft", "Ann", 0, Err(MissingField::MaximumAge { seconds: 0 }));
        check("Theft", "Ann", -1, Err(MissingField::MaximumAge { seconds: -86_400 }));
        let hour = |less: i64| complete_purpose("Theft", "Ann", WallDuration::from_seconds(3600 - less));
        assert_eq!((hour(0), hour(1)), (Ok(()), Err(MissingField::MaximumAge { seconds: 3599 })));
        check("Theft", "Ann", 366, Ok(()));
        check("Theft", "Ann", 367, Err(MissingField::MaximumAge { seconds: 367 * 86_400 }));
    }
}
