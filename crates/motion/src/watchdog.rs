//! Whether a camera still shows its place: a picture that stands, comes again and again, went black, or shows another place.
//!
//! Deterministic and cheap: a few passes over a reduced plane, two pictures and a list of hashes of memory. What each rule can and cannot tell
//! stands in `docs/motion.md`.

use std::collections::VecDeque;

use candour_units::{MediaTime, TICKS_PER_SECOND};

use crate::Plane;

/// Something is wrong with the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suspicion {
    /// The very same picture all the time.
    Frozen,
    /// The very same pictures as before, one after the other.
    Looped,
    /// Nothing but black, from one moment to the next.
    Black,
    /// Another place, or something before the lens.
    SceneChanged,
}

/// A suspicion arose, or is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Which.
    pub what: Suspicion,
    /// Whether it arose; else it is over.
    pub arose: bool,
    /// The first picture that shows it, or the one that ends it.
    pub since: MediaTime,
    /// Evidence: pictures that were the same (`Frozen`, `Looped`), hundredths of pixels that are black, hundredths of the usual edges that are
    /// still there (`SceneChanged`).
    pub measure: u32,
    /// Evidence of `Looped`: after so many milliseconds it all comes again; 0 in the others.
    pub period_ms: u32,
}

/// Parameters of a [`Watchdog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchdogSettings {
    /// A picture in which no pixel changes by more than one level for so long is frozen.
    pub frozen_ms: u32,
    /// Pictures that come again one by one for so long are a loop.
    pub loop_ms: u32,
    /// A picture that went black is told of after so long: an infrared filter moves in a second or two.
    pub black_ms: u32,
    /// Another place is told of after so long.
    pub scene_ms: u32,
    /// In so long a place becomes the usual one.
    pub usual_ms: u32,
}

impl Default for WatchdogSettings {
    fn default() -> Self {
        Self { frozen_ms: 60_000, loop_ms: 20_000, black_ms: 30_000, scene_ms: 20_000, usual_ms: 600_000 }
    }
}

/// Pixels up to this level are black; black is 16 in video of limited range.
const BLACK_LEVEL: u8 = 24;
/// A picture with fewer thousandths of brighter pixels is black.
const BLACK_PER_MILLE: usize = 5;
/// A picture of this mean level is bright enough for black to be sudden after it.
const BRIGHT_LEVEL: u64 = 45;
/// Black within so long after a bright picture is sudden; dusk takes longer.
const SUDDEN_MS: i64 = 10_000;
/// Pictures whose hashes are remembered: ten minutes at five a second.
const MOST_HASHES: usize = 3_000;
/// A loop shows so many different pictures one after the other at least; a still place encoded with few bits repeats fewer.
const LEAST_CHANGES: usize = 20;
/// Side of the blocks in which a place is remembered, in pixels of the plane.
const BLOCK: usize = 8;
/// Levels by which neighbouring blocks differ where there is an edge of the place.
const EDGE: i32 = 12;
/// Levels by which they must still differ, the same way round, to be that edge.
const STILL_EDGE: i32 = 3;
/// A place with fewer edges cannot be told from another.
const LEAST_EDGES: usize = 24;
/// With fewer hundredths of its edges, less those that are the other way round, it is another place: of chance as many are the one as the
/// other. From so many on it is the same one again.
const OTHER_PERCENT: usize = 20;
const SAME_PERCENT: usize = 50;
/// A picture with fewer hundredths of pixels above [`DARK_LEVEL`] is too dark to be compared.
const DARK_LEVEL: u8 = 40;
const DARK_PERCENT: usize = 5;
/// Pictures further apart than this are looked at as if everything began anew.
const APART_MS: i64 = 15_000;

/// Watches the picture of one stream.
#[derive(Debug, Clone)]
pub struct Watchdog {
    settings: WatchdogSettings,
    size: (u16, u16),
    last: Option<MediaTime>,
    frozen: Frozen,
    looped: Looped,
    black: Black,
    scene: Scene,
}

impl Watchdog {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(settings: WatchdogSettings) -> Self {
        Self {
            settings,
            size: (0, 0),
            last: None,
            frozen: Frozen::default(),
            looped: Looped::default(),
            black: Black::default(),
            scene: Scene::default(),
        }
    }

    /// Looks at the picture taken `at` that time; one that does not come after the one before is passed over.
    pub fn look(&mut self, at: MediaTime, plane: &Plane<'_>) -> Vec<Sighting> {
        if self.last.is_some_and(|last| at <= last) {
            return Vec::new();
        }
        let size = (plane.width(), plane.height());
        let is_apart = self.last.is_some_and(|last| ms(last, at) > APART_MS);
        let mut found = Vec::new();
        if self.size != size || is_apart {
            // What stood is over: nobody knows whether it still is so.
            found.extend(self.end(at));
            *self = Self { size, ..Self::new(self.settings) };
        }
        let after_ms = self.last.map_or(0, |last| ms(last, at));
        self.last = Some(at);
        let luma = plane.luma();
        let black = Black::is(luma);
        found.extend(self.black.look(at, luma, black, &self.settings));
        found.extend(self.frozen.look(at, luma, black, &self.settings));
        found.extend(self.looped.look(at, luma, self.frozen.same > 0, &self.settings));
        found.extend(self.scene.look(at, after_ms, plane, &self.settings));
        found
    }

    /// What stands is over.
    fn end(&self, at: MediaTime) -> Vec<Sighting> {
        let all = [
            (Suspicion::Frozen, self.frozen.told),
            (Suspicion::Looped, self.looped.told),
            (Suspicion::Black, self.black.told),
            (Suspicion::SceneChanged, self.scene.told),
        ];
        all.into_iter().filter(|(_, told)| *told).map(|(what, _)| over(what, at)).collect()
    }
}

fn ms(earlier: MediaTime, later: MediaTime) -> i64 {
    later.ticks().saturating_sub(earlier.ticks()) * 1000 / TICKS_PER_SECOND
}

fn arose(what: Suspicion, since: MediaTime, measure: usize) -> Sighting {
    Sighting { what, arose: true, since, measure: u32::try_from(measure).unwrap_or(u32::MAX), period_ms: 0 }
}

fn over(what: Suspicion, at: MediaTime) -> Sighting {
    Sighting { what, arose: false, since: at, measure: 0, period_ms: 0 }
}

/// The picture that may stand.
#[derive(Debug, Clone, Default)]
struct Frozen {
    reference: Vec<u8>,
    since: Option<MediaTime>,
    /// Pictures that were the same as it, after it.
    same: usize,
    told: bool,
}

impl Frozen {
    fn look(&mut self, at: MediaTime, luma: &[u8], black: bool, settings: &WatchdogSettings) -> Option<Sighting> {
        let is_same = self.reference.len() == luma.len()
            && self.reference.iter().zip(luma).all(|(one, other)| one.abs_diff(*other) <= 1);
        if !is_same {
            self.reference.clear();
            self.reference.extend_from_slice(luma);
            (self.since, self.same) = (Some(at), 0);
            return std::mem::take(&mut self.told).then(|| over(Suspicion::Frozen, at));
        }
        self.same += 1;
        let since = self.since?;
        // A black picture is told of as black.
        if self.told || black || ms(since, at) < i64::from(settings.frozen_ms) {
            return None;
        }
        self.told = true;
        Some(arose(Suspicion::Frozen, since, self.same))
    }
}

/// Hashes of the pictures before, and how long they have been coming again.
#[derive(Debug, Clone, Default)]
struct Looped {
    hashes: VecDeque<(MediaTime, u64)>,
    /// So many pictures back lies the one that comes again now.
    lag: Option<usize>,
    since: Option<MediaTime>,
    /// Pictures that came again, and those of them that differ from the one before.
    again: usize,
    changes: usize,
    told: bool,
}

impl Looped {
    fn look(&mut self, at: MediaTime, luma: &[u8], stands: bool, settings: &WatchdogSettings) -> Option<Sighting> {
        let hash = hash(luma);
        let before = self.hashes.back().map(|(_, hash)| *hash);
        let goes_on = self.lag.and_then(|lag| self.back(lag)).is_some_and(|(_, old)| old == hash);
        if !goes_on {
            self.lag = self.find(hash).filter(|_| !stands);
            (self.since, self.again, self.changes) = (Some(at), 0, 0);
        }
        let ended = !goes_on && std::mem::take(&mut self.told);
        if self.lag.is_some() {
            self.again += 1;
            self.changes += usize::from(before.is_some_and(|before| before != hash));
        }
        let period = self.lag.and_then(|lag| self.back(lag)).map_or(0, |(then, _)| ms(then, at));
        if self.hashes.len() == MOST_HASHES {
            self.hashes.pop_front();
        }
        self.hashes.push_back((at, hash));
        if ended {
            return Some(over(Suspicion::Looped, at));
        }
        let since = self.since.filter(|since| ms(*since, at) >= i64::from(settings.loop_ms))?;
        if self.told || self.lag.is_none() || self.changes < LEAST_CHANGES {
            return None;
        }
        self.told = true;
        let found = arose(Suspicion::Looped, since, self.again);
        Some(Sighting { period_ms: u32::try_from(period).unwrap_or(u32::MAX), ..found })
    }

    /// The picture so many back, counted from the one that comes now.
    fn back(&self, lag: usize) -> Option<(MediaTime, u64)> {
        self.hashes.len().checked_sub(lag).and_then(|at| self.hashes.get(at)).copied()
    }

    /// How many pictures back the same one lies, the nearest; those that stood still just now are none.
    fn find(&self, hash: u64) -> Option<usize> {
        let newest = self.hashes.iter().rev().take_while(|(_, old)| *old == hash).count();
        let behind = self.hashes.iter().rev().skip(newest).position(|(_, old)| *old == hash)?;
        Some(newest + behind + 1)
    }
}

/// FNV-1a over words of eight bytes: two pictures that differ hardly ever have the same.
fn hash(luma: &[u8]) -> u64 {
    let (words, rest) = luma.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let rest = rest.iter().map(|byte| u64::from(*byte));
    words
        .chain(rest)
        .fold(0xcbf2_9ce4_8422_2325, |hash, word| (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23))
}

#[derive(Debug, Clone, Default)]
struct Black {
    since: Option<MediaTime>,
    /// The last picture that was bright.
    bright: Option<MediaTime>,
    /// Whether it came suddenly.
    sudden: bool,
    told: bool,
}

impl Black {
    fn is(luma: &[u8]) -> bool {
        luma.iter().filter(|level| **level > BLACK_LEVEL).count() * 1000 < luma.len() * BLACK_PER_MILLE
    }

    fn look(&mut self, at: MediaTime, luma: &[u8], black: bool, settings: &WatchdogSettings) -> Option<Sighting> {
        if !black {
            self.since = None;
            let mean = luma.iter().map(|level| u64::from(*level)).sum::<u64>() / luma.len().max(1) as u64;
            if mean >= BRIGHT_LEVEL {
                self.bright = Some(at);
            }
            return std::mem::take(&mut self.told).then(|| over(Suspicion::Black, at));
        }
        if self.since.is_none() {
            self.sudden = self.bright.is_some_and(|bright| ms(bright, at) <= SUDDEN_MS);
        }
        let since = *self.since.get_or_insert(at);
        if self.told || !self.sudden || ms(since, at) < i64::from(settings.black_ms) {
            return None;
        }
        self.told = true;
        let dark = luma.iter().filter(|level| **level <= BLACK_LEVEL).count() * 100 / luma.len().max(1);
        Some(arose(Suspicion::Black, since, dark))
    }
}

/// The edges of the usual place.
#[derive(Debug, Clone, Default)]
struct Scene {
    /// Mean levels of blocks in hundredths, row after row, as they usually are.
    usual: Vec<i32>,
    columns: usize,
    since: Option<MediaTime>,
    /// Since when it looks like itself again.
    well: Option<MediaTime>,
    told: bool,
}

impl Scene {
    fn look(
        &mut self,
        at: MediaTime,
        after_ms: i64,
        plane: &Plane<'_>,
        settings: &WatchdogSettings,
    ) -> Option<Sighting> {
        let luma = plane.luma();
        let light = luma.iter().filter(|level| **level > DARK_LEVEL).count();
        if light * 100 < luma.len() * DARK_PERCENT {
            // By night nobody can tell; what was suspected waits.
            self.since = None;
            return None;
        }
        let (blocks, columns) = blocks(plane);
        if self.usual.len() != blocks.len() {
            (self.usual, self.columns) = (blocks, columns);
            return None;
        }
        let Some(percent) = self.left(&blocks) else {
            self.follow(&blocks, after_ms, settings);
            return None;
        };
        if percent >= OTHER_PERCENT {
            self.since = None;
            self.follow(&blocks, after_ms, settings);
            if percent < SAME_PERCENT {
                self.well = None;
                return None;
            }
            let well = *self.well.get_or_insert(at);
            let is_well = self.told && ms(well, at) >= i64::from(settings.scene_ms) / 4;
            return (is_well && std::mem::take(&mut self.told)).then(|| over(Suspicion::SceneChanged, at));
        }
        self.well = None;
        let since = *self.since.get_or_insert(at);
        let lasted = ms(since, at);
        if lasted >= i64::from(settings.usual_ms) {
            // It is there to stay.
            (self.usual, self.since) = (blocks, None);
            return std::mem::take(&mut self.told).then(|| over(Suspicion::SceneChanged, at));
        }
        if self.told || lasted < i64::from(settings.scene_ms) {
            return None;
        }
        self.told = true;
        Some(arose(Suspicion::SceneChanged, since, percent))
    }

    /// Hundredths of the usual edges that are still there, less those that are the other way round; `None` where there are too few.
    fn left(&self, blocks: &[i32]) -> Option<usize> {
        let (mut edges, mut there, mut turned) = (0, 0, 0_usize);
        let mut pair = |one: usize, other: usize| {
            let usual = self.usual[other] - self.usual[one];
            if usual.abs() >= EDGE * 100 {
                edges += 1;
                let now = (blocks[other] - blocks[one]) * usual.signum();
                there += usize::from(now >= STILL_EDGE * 100);
                turned += usize::from(now <= -STILL_EDGE * 100);
            }
        };
        for at in 0..blocks.len() {
            if (at + 1) % self.columns != 0 {
                pair(at, at + 1);
            }
            if at + self.columns < blocks.len() {
                pair(at, at + self.columns);
            }
        }
        (edges >= LEAST_EDGES).then(|| there.saturating_sub(turned) * 100 / edges)
    }

    fn follow(&mut self, blocks: &[i32], after_ms: i64, settings: &WatchdogSettings) {
        let (after, all) = (after_ms.clamp(0, APART_MS), i64::from(settings.usual_ms.max(1)));
        for (usual, now) in self.usual.iter_mut().zip(blocks) {
            let step = i64::from(now - *usual) * after / (all + after);
            *usual += step as i32;
        }
    }
}

/// Means of whole blocks in hundredths of a level, and how many stand side by side.
fn blocks(plane: &Plane<'_>) -> (Vec<i32>, usize) {
    let (width, height) = (usize::from(plane.width()), usize::from(plane.height()));
    let (columns, rows) = (width / BLOCK, height / BLOCK);
    let mean = |row: usize, column: usize| {
        let sum: u32 = (0..BLOCK)
            .flat_map(|y| {
                let from = (row * BLOCK + y) * width + column * BLOCK;
                &plane.luma()[from..from + BLOCK]
            })
            .map(|level| u32::from(*level))
            .sum();
        (sum * 100 / (BLOCK * BLOCK) as u32) as i32
    };
    (
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|(row, column)| mean(row, column))
            .collect(),
        columns,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 128;
    const HEIGHT: usize = 72;

    /// Numbers that look like chance and are the same each time.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.0 >> 33
        }
    }

    /// A place of tiles of many levels, other ones for each `place`.
    fn place(place: u64) -> Vec<u8> {
        let level = |x: usize, y: usize| {
            let mut chance = Chance((x / 16 + y / 16 * 31) as u64 * 7919 + place * 104_729 + 1);
            chance.next();
            (50 + chance.next() % 150) as u8
        };
        (0..WIDTH * HEIGHT).map(|at| level(at % WIDTH, at / WIDTH)).collect()
    }

    fn noisy(luma: &[u8], chance: &mut Chance) -> Vec<u8> {
        luma.iter().map(|level| level.saturating_add((chance.next() % 5) as u8).saturating_sub(2)).collect()
    }

    /// Five pictures a second; what arose and ended, as words with the second.
    fn told(pictures: impl Iterator<Item = Vec<u8>>) -> Vec<String> {
        let mut watchdog = Watchdog::new(WatchdogSettings::default());
        let mut told = Vec::new();
        for (number, luma) in pictures.enumerate() {
            let at = MediaTime::from_ticks(number as i64 * 18_000);
            let plane = Plane::new(WIDTH as u16, HEIGHT as u16, &luma).expect("a plane");
            for seen in watchdog.look(at, &plane) {
                told.push(format!("{:?} {} {}", seen.what, seen.arose, number / 5));
            }
        }
        told
    }

    #[test]
    fn a_living_picture_raises_nothing() {
        let (mut chance, usual) = (Chance(1), place(1));
        assert!(told((0..1500).map(|_| noisy(&usual, &mut chance))).is_empty());
        // The light goes up and down by half, and dusk falls over ten minutes.
        let mut chance = Chance(2);
        let lit = (0..3000usize).map(|number| {
            let share = if number < 1000 {
                100 - (number % 200).abs_diff(100) / 2
            } else {
                100usize.saturating_sub((number - 1000) / 15)
            };
            let luma: Vec<u8> = usual.iter().map(|level| (usize::from(*level) * share / 100).max(16) as u8).collect();
            noisy(&luma, &mut chance)
        });
        assert!(told(lit).is_empty());
        // A flat corridor is no place that could be told from another; nor does a second of black (a filter that moves) count.
        let mut chance = Chance(3);
        let flat =
            (0..1500).map(|number| noisy(&vec![if number % 500 < 5 { 16 } else { 120 }; WIDTH * HEIGHT], &mut chance));
        assert!(told(flat).is_empty());
    }

    #[test]
    fn infrared_light_is_no_other_place() {
        let (mut chance, usual) = (Chance(4), place(1));
        let pictures = (0..1500).map(|number| {
            let seen = |level: &u8| if number < 700 { *level } else { (u16::from(*level) * 2 / 5 + 90) as u8 };
            let luma: Vec<u8> = usual.iter().map(seen).collect();
            noisy(&luma, &mut chance)
        });
        assert!(told(pictures).is_empty());
    }

    #[test]
    fn a_picture_that_stands_is_frozen_until_it_moves() {
        let (mut chance, usual) = (Chance(5), place(1));
        let mut last = noisy(&usual, &mut chance);
        let pictures = (0..1000).map(|number| {
            if !(200..800).contains(&number) {
                last = noisy(&usual, &mut chance);
            }
            last.clone()
        });
        assert_eq!(told(pictures), ["Frozen true 99", "Frozen false 160"]);
    }

    #[test]
    fn pictures_that_come_again_are_a_loop() {
        let (mut chance, usual) = (Chance(6), place(1));
        let recorded: Vec<Vec<u8>> = (0..150).map(|_| noisy(&usual, &mut chance)).collect();
        let pictures = (0..900).map(|number| {
            if (100..600).contains(&number) { recorded[number % 150].clone() } else { noisy(&usual, &mut chance) }
        });
        // It begins to repeat at picture 250, that is second 50.
        assert_eq!(told(pictures), ["Looped true 70", "Looped false 120"]);
    }

    #[test]
    fn black_from_one_moment_to_the_next_is_told_and_its_end() {
        let (mut chance, usual) = (Chance(7), place(1));
        let pictures = (0..800).map(|number| match number {
            250..600 => noisy(&vec![17; WIDTH * HEIGHT], &mut chance),
            _ => noisy(&usual, &mut chance),
        });
        assert_eq!(told(pictures), ["Black true 80", "Black false 120"]);
    }

    #[test]
    fn a_turned_camera_and_a_covered_one_are_told() {
        let mut chance = Chance(8);
        let places = [place(1), place(2)];
        let turned = (0..800).map(|number| noisy(&places[usize::from((300..600).contains(&number))], &mut chance));
        assert_eq!(told(turned), ["SceneChanged true 80", "SceneChanged false 125"]);
        let covered = (0..600).map(|number| match number {
            300.. => noisy(&vec![90; WIDTH * HEIGHT], &mut chance),
            _ => noisy(&places[0], &mut chance),
        });
        assert_eq!(told(covered), ["SceneChanged true 80"]);
    }
}
