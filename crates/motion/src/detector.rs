//! One camera's picture after another: what moves in it.

use candour_units::MediaTime;

use crate::cells::{Cells, Group};
use crate::grid::Area;
use crate::model::{DIFFERS, MOVES, Model};
use crate::{Plane, Settings, Zones};

/// Ticks of media time in a millisecond.
pub(crate) const TICKS_PER_MS: i64 = candour_units::TICKS_PER_SECOND / 1000;
/// Pictures that are looked at before a place counts as known.
const FIRST_PICTURES: u32 = 5;
/// Pixels along the edges that are not watched: a camera that sways brings in there what nobody has seen before.
const EDGE: usize = 3;
/// More than so many hundredths of all pixels differing is another scene, not something in it.
const OTHER_SCENE_PERCENT: usize = 35;

/// Brightness up to which a pixel is dark; black is 16 in video of limited range.
const DARK_LEVEL: u8 = 40;
/// A picture with fewer hundredths of pixels brighter than that is dark.
const DARK_PERCENT: usize = 5;

/// What was found in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nothing moves where somebody looks.
    Still,
    /// Something moves. Whether it is an event is for [`crate::Story`] to say.
    Moving,
    /// Nothing can be said; whoever deletes what is still must keep this.
    Unsure(Doubt),
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// The first pictures of a place, or of a size.
    Learning,
    /// The picture before is too long ago.
    Apart,
    /// Much of the picture changed at once: light out of the dark, a turned or covered camera.
    OtherScene,
    /// The picture is so dark that somebody in it would not be seen.
    Dark,
}

/// What was found, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// When the picture was taken.
    pub at: MediaTime,
    /// What was found.
    pub finding: Finding,
    /// How far moving pixels lie outside what their places may show, on average, in hundredths of a brightness level. 0 where nothing moves.
    pub score: u32,
    /// Pixels of everything that moves, in ten-thousandths of those that are watched. 0 where nothing moves.
    pub extent: u16,
    /// The rectangle around everything that moves.
    pub area: Option<Area>,
}

/// Why a picture was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    /// Pictures must come in the order in which they are shown.
    #[error("the picture at {at} ticks does not come after the one before, at {before} ticks")]
    NotAfter {
        /// This one's time.
        at: i64,
        /// The time of the one before.
        before: i64,
    },
}

/// Looks at one stream. Holds about ten bytes for each pixel of a plane and nothing that grows.
#[derive(Debug, Clone)]
pub struct Detector {
    settings: Settings,
    zones: Zones,
    place: Option<Place>,
    cells: Cells,
}

/// What is known since the size changed last.
#[derive(Debug, Clone)]
struct Place {
    size: (u16, u16),
    watched: Vec<u8>,
    model: Model,
    last: MediaTime,
    pictures: u32,
    /// Whether the picture before looked like another scene.
    other_scene: bool,
    /// Whether the place is dark as far as is known.
    dark: bool,
}

impl Detector {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(settings: Settings, zones: Zones) -> Self {
        Self { settings, zones, place: None, cells: Cells::default() }
    }

    /// Looks at the picture taken `at` that time. A plane of another size than before begins anew.
    ///
    /// # Errors
    /// [`LookError`]; the picture then changed nothing.
    pub fn look(&mut self, at: MediaTime, plane: &Plane<'_>) -> Result<Observation, LookError> {
        let size = (plane.width(), plane.height());
        if let Some(place) = &self.place
            && at <= place.last
        {
            return Err(LookError::NotAfter { at: at.ticks(), before: place.last.ticks() });
        }
        match self.place.as_mut().filter(|place| place.size == size) {
            Some(place) => Ok(place.look(at, plane, &self.settings, &mut self.cells)),
            None => {
                self.place = Some(Place::new(at, plane, &self.zones));
                Ok(unsure(at, Doubt::Learning))
            }
        }
    }

    /// Forgets the place, as after a long time without pictures.
    pub fn forget(&mut self) {
        self.place = None;
    }
}

fn is_dark(luma: &[u8]) -> bool {
    count(luma, |level| level > DARK_LEVEL) * 100 < luma.len() * DARK_PERCENT
}

/// How many bytes are of that kind. By chunks that an 8-bit sum can hold, so that many are counted at once.
fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.chunks(255).map(|chunk| usize::from(chunk.iter().map(|byte| u8::from(is(*byte))).sum::<u8>())).sum()
}

fn unsure(at: MediaTime, doubt: Doubt) -> Observation {
    Observation { at, finding: Finding::Unsure(doubt), score: 0, extent: 0, area: None }
}

impl Place {
    fn new(at: MediaTime, plane: &Plane<'_>, zones: &Zones) -> Self {
        let (width, height) = (usize::from(plane.width()), usize::from(plane.height()));
        let mut watched = zones.watched(width, height);
        for (at, watched) in watched.iter_mut().enumerate() {
            let (x, y) = (at % width, at / width);
            if x.min(y).min(width - 1 - x).min(height - 1 - y) < EDGE {
                *watched = 0;
            }
        }
        Self {
            size: (plane.width(), plane.height()),
            watched,
            model: Model::of(usize::from(plane.width()), plane.luma()),
            last: at,
            pictures: 1,
            other_scene: false,
            dark: is_dark(plane.luma()),
        }
    }

    fn look(&mut self, at: MediaTime, plane: &Plane<'_>, settings: &Settings, cells: &mut Cells) -> Observation {
        let after_ms = (at.ticks() - self.last.ticks()) / TICKS_PER_MS;
        self.last = at;
        self.pictures = self.pictures.saturating_add(1);
        self.model.look(plane.luma(), after_ms, settings);
        let (was_dark, dark) = (self.dark, is_dark(plane.luma()));
        self.dark = dark;
        let doubt = self.doubt(after_ms, settings);
        let groups = cells.groups(self.model.marks(), &self.watched, usize::from(plane.width()));
        let found = self.found(at, plane, settings, &groups);
        let lit_up = was_dark && !dark;
        if lit_up || self.another_scene() {
            if lit_up || std::mem::replace(&mut self.other_scene, true) {
                // It is there to stay, or too large to be told from the place: compare with this picture from now on.
                self.model.begin_again(plane.luma());
                self.other_scene = false;
                self.pictures = 1;
            }
            return Observation { finding: Finding::Unsure(Doubt::OtherScene), ..found };
        }
        self.other_scene = false;
        match (found.finding, doubt) {
            (Finding::Still, Some(doubt)) => Observation { finding: Finding::Unsure(doubt), ..found },
            _ => found,
        }
    }

    fn doubt(&self, after_ms: i64, settings: &Settings) -> Option<Doubt> {
        if self.dark {
            return Some(Doubt::Dark);
        }
        if after_ms > i64::from(settings.most_apart_ms) {
            return Some(Doubt::Apart);
        }
        (self.pictures <= FIRST_PICTURES).then_some(Doubt::Learning)
    }

    fn another_scene(&self) -> bool {
        let differing = count(self.model.marks(), |mark| mark & DIFFERS != 0);
        differing * 100 > self.watched.len() * OTHER_SCENE_PERCENT
    }

    fn found(&self, at: MediaTime, plane: &Plane<'_>, settings: &Settings, groups: &[Group]) -> Observation {
        let moving = groups.iter().filter(|group| group.moving >= u32::from(settings.least_pixels));
        let (width, height) = (usize::from(plane.width()), usize::from(plane.height()));
        let area = moving.clone().map(|group| group.area(width, height)).reduce(Area::around);
        let Some(area) = area else {
            return Observation { at, finding: Finding::Still, score: 0, extent: 0, area: None };
        };
        let watched = count(&self.watched, |watched| watched != 0).max(1);
        let pixels: u32 = moving.map(|group| group.differing).sum();
        Observation {
            at,
            finding: Finding::Moving,
            score: self.score(plane.luma()),
            extent: (pixels as usize * 10_000 / watched).min(10_000) as u16,
            area: Some(area),
        }
    }

    fn score(&self, luma: &[u8]) -> u32 {
        let marks = self.model.marks().iter().zip(&self.watched).enumerate();
        let moving = marks.filter(|(_, (mark, watched))| *mark & MOVES & *watched != 0);
        let (sum, count) =
            moving.fold((0u64, 0u64), |(sum, count), (at, _)| (sum + self.model.outside(at, luma) as u64, count + 1));
        (sum * 100 / (count.max(1) * crate::light::FINE as u64)) as u32
    }
}
