//! Who killed decoders, and when the next one starts. Pure.

use std::collections::BTreeMap;

use candour_units::MonoTime;

use crate::Loss;
use crate::death::Death;

/// A stream whose bytes ended so many decoders is given to no more; it is evidence for the gate.
pub const MOST_KILLS: u32 = 3;
/// Waiting after the first death.
const FIRST_WAIT_MS: i64 = 500;
/// Waiting doubles with each death, up to this.
const MOST_WAIT_MS: i64 = 60_000;
/// A decoder that lived so long makes the waiting short again.
const GOOD_LIFE_MS: i64 = 600_000;

/// Whether a stream's bytes are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Welcome,
    /// No more: it ended [`MOST_KILLS`] decoders.
    Barred,
}

/// The deaths of one decoder's incarnations.
#[derive(Debug, Clone, Default)]
pub struct Blame {
    kills: BTreeMap<u16, u32>,
    deaths_in_a_row: u32,
    born: Option<MonoTime>,
    not_before: Option<MonoTime>,
}

impl Blame {
    /// Nobody died yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder started.
    pub fn born(&mut self, now: MonoTime) {
        self.born = Some(now);
    }

    /// The decoder ended while it held an access unit of that stream.
    pub fn died(&mut self, stream: u16, death: Death, now: MonoTime) -> Loss {
        let lived_ms = self.born.map_or(0, |born| (now.nanos() - born.nanos()) / 1_000_000);
        self.deaths_in_a_row = if lived_ms >= GOOD_LIFE_MS { 0 } else { self.deaths_in_a_row };
        let kills = self.kills.entry(stream).or_default();
        if death.blames() {
            *kills = kills.saturating_add(1);
            let doubled = FIRST_WAIT_MS.saturating_mul(1 << self.deaths_in_a_row.min(20));
            self.deaths_in_a_row = self.deaths_in_a_row.saturating_add(1);
            self.not_before = Some(now.plus_millis(doubled.min(MOST_WAIT_MS)));
        } else {
            self.not_before = None;
        }
        Loss { death, stream, kills: *kills }
    }

    /// A decoder could not be started at all.
    pub fn stillborn(&mut self, now: MonoTime) {
        let doubled = FIRST_WAIT_MS.saturating_mul(1 << self.deaths_in_a_row.min(20));
        self.deaths_in_a_row = self.deaths_in_a_row.saturating_add(1);
        self.not_before = Some(now.plus_millis(doubled.min(MOST_WAIT_MS)));
    }

    /// The moment before which no decoder is started.
    #[must_use]
    pub fn not_before(&self) -> Option<MonoTime> {
        self.not_before
    }

    /// Whether a stream's bytes are decoded.
    #[must_use]
    pub fn standing(&self, stream: u16) -> Standing {
        if self.kills(stream) >= MOST_KILLS { Standing::Barred } else { Standing::Welcome }
    }

    /// How many decoders a stream's bytes have ended.
    #[must_use]
    pub fn kills(&self, stream: u16) -> u32 {
        self.kills.get(&stream).copied().unwrap_or(0)
    }

    /// The stream had ended so many before anybody here counted.
    pub fn recall(&mut self, stream: u16, kills: u32) {
        if kills > 0 {
            let known = self.kills.entry(stream).or_default();
            *known = kills.max(*known);
        }
    }

    /// A person looked into it, or the camera has other firmware: the stream's kills are forgotten.
    pub fn pardon(&mut self, stream: u16) {
        self.kills.remove(&stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> MonoTime {
        MonoTime::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn three_kills_bar_a_stream_and_no_other() {
        let mut blame = Blame::new();
        for kill in 1..=3 {
            assert_eq!(blame.standing(5), Standing::Welcome);
            assert_eq!(blame.died(5, Death::Signal(11), at(kill)).kills, kill as u32);
        }
        assert_eq!((blame.standing(5), blame.standing(6)), (Standing::Barred, Standing::Welcome));
        blame.pardon(5);
        assert_eq!(blame.standing(5), Standing::Welcome);
        // What was counted before is not forgotten, nor counted twice.
        blame.recall(5, 2);
        blame.recall(5, 2);
        assert_eq!(blame.died(5, Death::Hung, at(9)).kills, 3);
        blame.recall(5, 1);
        assert_eq!(blame.standing(5), Standing::Barred);
    }

    #[test]
    fn waiting_doubles_up_to_a_minute_and_a_good_life_ends_it() {
        let mut blame = Blame::new();
        let mut waits = Vec::new();
        for second in 0..10 {
            blame.born(at(second * 100));
            blame.died(second as u16, Death::Hung, at(second * 100 + 1));
            waits.push((blame.not_before().expect("it waits").nanos() - at(second * 100 + 1).nanos()) / 1_000_000);
        }
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        blame.born(at(10_000));
        blame.died(0, Death::Hung, at(10_601));
        assert_eq!(blame.not_before(), Some(at(10_601).plus_millis(500)));
    }

    #[test]
    fn a_worn_decoder_blames_nobody() {
        let mut blame = Blame::new();
        assert_eq!(blame.died(1, Death::Worn, at(1)).kills, 0);
        assert_eq!(blame.not_before(), None);
    }
}
