//! Which access unit of a looped clip is due when, and what a fault does to it.
//!
//! Pure: time comes in as ticks of 90 kHz since the simulator started (*stream time*), nothing is sent from here. The
//! invariants the rest relies on: the decode time of the access units handed out rises with every call, over the end of
//! a loop and over a change of clip too; a fault changes what is sent, never when.

use std::sync::Arc;

use crate::footage::{AccessUnit, Clip};

/// The position of one stream in its footage.
#[derive(Debug)]
pub struct Playhead {
    clip: Arc<Clip>,
    /// Index of the next access unit in the clip.
    index: usize,
    /// Stream time at which the current turn of the loop began.
    loop_start: i64,
    /// Number of the next access unit since the start, sent or not.
    sequence: u64,
    stalled_until: i64,
    garbage_until: i64,
    /// Set after anything that breaks the chain of references; cleared by the next key frame.
    waits_for_sync: bool,
}

/// What to do with the access unit that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Send it.
    Send,
    /// Send as many random bytes in its place.
    SendGarbage,
    /// Send nothing.
    Withhold,
}

/// One access unit whose time has come.
#[derive(Debug, Clone)]
pub struct Step {
    /// The clip it belongs to, for the parameter sets.
    pub clip: Arc<Clip>,
    /// The access unit.
    pub unit: AccessUnit,
    /// Its number since the start of the stream.
    pub sequence: u64,
    /// Decode time on the stream's time line.
    pub dts: i64,
    /// Presentation time on the stream's time line.
    pub pts: i64,
    /// What to do with it.
    pub act: Act,
}

impl Playhead {
    /// Starts `offset` ticks into the clip (or as many turns and the rest); its first access unit is due at `start`.
    #[must_use]
    pub fn new(clip: Arc<Clip>, offset: i64, start: i64) -> Self {
        let offset = offset.rem_euclid(clip.duration);
        let index = clip.units.iter().position(|unit| unit.dts >= offset).unwrap_or(0);
        let loop_start = start - clip.units[index].dts;
        Self {
            clip,
            index,
            loop_start,
            sequence: 0,
            stalled_until: i64::MIN,
            garbage_until: i64::MIN,
            waits_for_sync: false,
        }
    }

    /// Stream time at which the next access unit is due.
    #[must_use]
    pub fn due(&self) -> i64 {
        self.loop_start + self.clip.units[self.index].dts
    }

    /// Hands out the access unit that is due and moves on.
    pub fn step(&mut self) -> Step {
        let dts = self.due();
        let unit = self.clip.units[self.index].clone();
        let act = self.act(dts, unit.sync);
        let step = Step {
            clip: self.clip.clone(),
            pts: dts + unit.composition_offset,
            unit,
            sequence: self.sequence,
            dts,
            act,
        };
        self.sequence += 1;
        self.index += 1;
        if self.index == self.clip.units.len() {
            self.index = 0;
            self.loop_start += self.clip.duration;
        }
        step
    }

    fn act(&mut self, dts: i64, sync: bool) -> Act {
        if dts < self.stalled_until {
            self.waits_for_sync = true;
            return Act::Withhold;
        }
        if dts < self.garbage_until {
            self.waits_for_sync = true;
            return Act::SendGarbage;
        }
        if self.waits_for_sync && !sync {
            return Act::Withhold;
        }
        self.waits_for_sync = false;
        Act::Send
    }

    /// Sends nothing that is due before `until`, nor after it before the next key frame.
    pub fn stall(&mut self, until: i64) {
        self.stalled_until = until;
    }

    /// Sends random bytes for everything due before `until`, then goes on at the next key frame.
    pub fn garble(&mut self, until: i64) {
        self.garbage_until = until;
    }

    /// Withholds everything up to the next key frame, for instance because an access unit could not be sent.
    pub fn wait_for_sync(&mut self) {
        self.waits_for_sync = true;
    }

    /// Plays another clip, from its start, at the moment the next access unit would have been due.
    pub fn switch(&mut self, clip: Arc<Clip>) {
        self.loop_start = self.due();
        self.index = 0;
        self.clip = clip;
    }

    /// The clip being played.
    #[must_use]
    pub fn clip(&self) -> &Arc<Clip> {
        &self.clip
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    use crate::coding::Coding;

    /// A clip of `units` access units of 3600 ticks in GOPs of `gop`, reordered as I B P where `reordered`.
    pub(crate) fn clip(units: usize, gop: usize, reordered: bool) -> Arc<Clip> {
        let unit = |index: usize| AccessUnit {
            data: Bytes::from_static(b"\0\0\0\x01\x65"),
            dts: index as i64 * 3600,
            composition_offset: if reordered && (index % gop) % 2 == 1 { 7200 } else { 3600 * i64::from(reordered) },
            sync: index.is_multiple_of(gop),
            sha256: "".into(),
        };
        Arc::new(Clip {
            size: (16, 16),
            coding: Coding::Jpeg,
            units: (0..units).map(unit).collect(),
            duration: units as i64 * 3600,
        })
    }

    fn acts(playhead: &mut Playhead, count: usize) -> String {
        let letter = |step: Step| match (step.act, step.unit.sync) {
            (Act::Send, true) => 'K',
            (Act::Send, false) => 'p',
            (Act::SendGarbage, _) => 'x',
            (Act::Withhold, _) => '.',
        };
        (0..count).map(|_| letter(playhead.step())).collect()
    }

    #[test]
    fn a_stall_loses_what_was_due_and_ends_with_a_key_frame() {
        let mut playhead = Playhead::new(clip(12, 4, false), 0, 0);
        assert_eq!(acts(&mut playhead, 2), "Kp");
        playhead.stall(5 * 3600);
        assert_eq!(acts(&mut playhead, 11), "......Kppp".to_owned() + "K");
    }

    #[test]
    fn garbage_takes_the_place_of_pictures_and_ends_with_a_key_frame() {
        let mut playhead = Playhead::new(clip(12, 4, false), 0, 0);
        playhead.garble(2 * 3600);
        assert_eq!(acts(&mut playhead, 9), "xx..KpppK");
    }

    #[test]
    fn a_switch_begins_with_the_first_key_frame_of_the_new_clip_on_the_same_time_line() {
        let mut playhead = Playhead::new(clip(12, 4, false), 0, 0);
        acts(&mut playhead, 3);
        let other = clip(6, 3, false);
        playhead.switch(other.clone());
        let step = playhead.step();
        assert!(Arc::ptr_eq(&step.clip, &other) && step.unit.sync);
        assert_eq!((step.dts, step.sequence), (3 * 3600, 3));
    }

    #[test]
    fn an_offset_starts_inside_the_clip_and_larger_ones_go_round() {
        for offset in [7 * 3600, 7 * 3600 - 5, 19 * 3600] {
            let mut playhead = Playhead::new(clip(12, 4, false), offset, 900);
            let step = playhead.step();
            assert_eq!((step.dts, step.unit.dts), (900, 7 * 3600), "offset {offset}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever happens, decode times rise by exactly one access unit's duration and numbers by one.
        #[test]
        fn time_is_seamless(
            units in 1usize..20, offset in 0i64..200_000, reordered: bool, switch_at in 0usize..60, stall_at in 0usize..60,
        ) {
            let mut playhead = Playhead::new(clip(units, 4, reordered), offset, 0);
            for turn in 0..60 {
                if turn == switch_at { playhead.switch(clip(8, 4, reordered)); }
                if turn == stall_at { playhead.stall(playhead.due() + 20_000); }
                let step = playhead.step();
                prop_assert_eq!(step.dts, turn as i64 * 3600);
                prop_assert_eq!(step.sequence, turn as u64);
                prop_assert!(step.pts >= step.dts);
            }
        }
    }
}
