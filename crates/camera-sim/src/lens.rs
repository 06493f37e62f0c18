//! What a camera can be set to, and how honestly it takes a setting: encoder configurations and privacy masks.
//!
//! Pictures are made beforehand, so a smaller picture is the other clip of the pair, and a mask is kept and told but not
//! painted. Hostile habits are chosen in the camera file, one camera at a time.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Deserialize;

use crate::fault::StreamName;

/// The `lens` table of a camera.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LensConfig {
    /// Whether it speaks the media2 service (ver20). Older cameras do not, and have no masks then.
    pub media2: bool,
    /// Which clip of the pair the main and the sub-stream begin with.
    pub plays: [StreamName; 2],
    /// What both profiles say they send, whatever they send: a camera that lies.
    pub claims: Option<StreamName>,
    /// What becomes of SetVideoEncoderConfiguration.
    pub encoder: Habit,
    /// Its masks.
    pub masks: MaskConfig,
    /// Whether a restart brings back what it was set to at the factory: no masks, and the clips of `plays`.
    pub forgets_at_reboot: bool,
}

impl Default for LensConfig {
    fn default() -> Self {
        Self {
            media2: true,
            plays: [StreamName::Main, StreamName::Sub],
            claims: None,
            encoder: Habit::Obeys,
            masks: MaskConfig::default(),
            forgets_at_reboot: false,
        }
    }
}

/// What masks a camera offers, and what becomes of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MaskConfig {
    /// How many it holds; 0 offers none.
    pub most: usize,
    /// How many corners each may have.
    pub points: usize,
    /// Whether only rectangles are held.
    pub rectangle_only: bool,
    /// The kinds it offers: `Color`, `Pixelated`, `Blurred`.
    pub types: Vec<String>,
    /// What becomes of CreateMask and SetMask.
    pub habit: Habit,
}

impl Default for MaskConfig {
    fn default() -> Self {
        Self {
            most: 4,
            points: 8,
            rectangle_only: false,
            types: vec!["Color".into(), "Pixelated".into()],
            habit: Habit::Obeys,
        }
    }
}

/// How a camera takes a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// As asked.
    Obeys,
    /// Says yes and changes nothing.
    Ignores,
    /// Says no.
    Refuses,
    /// Says yes and keeps something else: a mask of half the size in the middle of the picture.
    Alters,
    /// Says yes and keeps the mask switched off.
    SwitchesOff,
}

/// A mask as the camera holds it, in ONVIF's coordinates: -1 to 1, to the right and up.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// The video source configuration it belongs to.
    pub source: String,
    /// Its corners.
    pub points: Vec<(f64, f64)>,
    /// `Color`, `Pixelated` or `Blurred`.
    pub kind: String,
    /// Whether it hides anything.
    pub enabled: bool,
}

/// Why a mask is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskRefusal {
    /// There are as many as there may be.
    TooMany,
    /// It has too few or too many corners, or one outside the picture.
    Polygon,
    /// The camera does not offer its kind.
    Kind,
    /// There is no mask with this token.
    NoSuchMask,
    /// It just will not.
    Habit,
}

/// The masks of one camera.
#[derive(Debug)]
pub struct Masks {
    config: MaskConfig,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    masks: BTreeMap<String, Mask>,
    made: u64,
}

impl Masks {
    /// A camera without masks.
    #[must_use]
    pub fn new(config: MaskConfig) -> Self {
        Self { config, held: Mutex::default() }
    }

    /// What is offered.
    #[must_use]
    pub fn config(&self) -> &MaskConfig {
        &self.config
    }

    fn with<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
        act(&mut self.held.lock().expect("nothing panics while it holds the masks"))
    }

    /// Every mask with its token.
    #[must_use]
    pub fn all(&self) -> Vec<(String, Mask)> {
        self.with(|held| held.masks.iter().map(|(token, mask)| (token.clone(), mask.clone())).collect())
    }

    /// Makes a mask, or another of the one with this token; returns its token.
    ///
    /// # Errors
    /// [`MaskRefusal`].
    pub fn put(&self, token: Option<&str>, mask: Mask) -> Result<String, MaskRefusal> {
        let mask = self.taken(mask)?;
        self.with(|held| {
            match token {
                Some(token) if !held.masks.contains_key(token) => return Err(MaskRefusal::NoSuchMask),
                None if held.masks.len() >= self.config.most => return Err(MaskRefusal::TooMany),
                _ => {}
            }
            let token = token.map(str::to_owned).unwrap_or_else(|| {
                held.made += 1;
                format!("mask_{}", held.made)
            });
            if self.config.habit != Habit::Ignores {
                held.masks.insert(token.clone(), mask);
            }
            Ok(token)
        })
    }

    /// Removes a mask.
    ///
    /// # Errors
    /// [`MaskRefusal::NoSuchMask`].
    pub fn remove(&self, token: &str) -> Result<(), MaskRefusal> {
        self.with(|held| held.masks.remove(token)).map(drop).ok_or(MaskRefusal::NoSuchMask)
    }

    /// Removes all of them.
    pub fn forget(&self) {
        self.with(|held| held.masks.clear());
    }

    /// The mask as this camera would keep it.
    fn taken(&self, mut mask: Mask) -> Result<Mask, MaskRefusal> {
        let inside = |(x, y): &(f64, f64)| x.abs() <= 1.0 && y.abs() <= 1.0;
        if self.config.habit == Habit::Refuses {
            return Err(MaskRefusal::Habit);
        }
        if !self.config.types.contains(&mask.kind) {
            return Err(MaskRefusal::Kind);
        }
        let corners = if self.config.rectangle_only { 4..=4 } else { 3..=self.config.points };
        if !corners.contains(&mask.points.len()) || !mask.points.iter().all(inside) {
            return Err(MaskRefusal::Polygon);
        }
        if self.config.rectangle_only {
            mask.points = upright(&mask.points);
        }
        match self.config.habit {
            Habit::Alters => mask.points.iter_mut().for_each(|(x, y)| (*x, *y) = (*x / 2.0, *y / 2.0)),
            Habit::SwitchesOff => mask.enabled = false,
            Habit::Obeys | Habit::Ignores | Habit::Refuses => {}
        }
        Ok(mask)
    }
}

/// The upright rectangle around these points.
fn upright(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let ends = |value: fn(&(f64, f64)) -> f64| {
        points.iter().map(value).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
    };
    let ((left, right), (bottom, top)) = (ends(|p| p.0), ends(|p| p.1));
    vec![(left, top), (right, top), (right, bottom), (left, bottom)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(points: &[(f64, f64)]) -> Mask {
        Mask { source: "vs".into(), points: points.to_vec(), kind: "Color".into(), enabled: true }
    }

    const TRIANGLE: [(f64, f64); 3] = [(-1.0, 1.0), (0.0, 1.0), (-0.5, 0.0)];
    const CROOKED: [(f64, f64); 4] = [(-1.0, 1.0), (0.0, 0.8), (0.0, 0.0), (-1.0, 0.2)];

    /// What is held afterwards, or why it was refused.
    #[track_caller]
    fn check(config: MaskConfig, points: &[(f64, f64)], expected: Result<Option<Mask>, MaskRefusal>) {
        let masks = Masks::new(config);
        let found = masks.put(None, mask(points)).map(|_| masks.all().pop().map(|(_, mask)| mask));
        assert_eq!(found, expected);
    }

    #[test]
    fn habits() {
        let of = |habit| MaskConfig { habit, ..MaskConfig::default() };
        check(of(Habit::Obeys), &TRIANGLE, Ok(Some(mask(&TRIANGLE))));
        check(of(Habit::Ignores), &TRIANGLE, Ok(None));
        check(of(Habit::Refuses), &TRIANGLE, Err(MaskRefusal::Habit));
        check(of(Habit::Alters), &TRIANGLE, Ok(Some(mask(&[(-0.5, 0.5), (0.0, 0.5), (-0.25, 0.0)]))));
        check(of(Habit::SwitchesOff), &TRIANGLE, Ok(Some(Mask { enabled: false, ..mask(&TRIANGLE) })));
        let rectangles = || MaskConfig { rectangle_only: true, ..MaskConfig::default() };
        check(rectangles(), &TRIANGLE, Err(MaskRefusal::Polygon));
        check(rectangles(), &CROOKED, Ok(Some(mask(&[(-1.0, 1.0), (0.0, 1.0), (0.0, 0.0), (-1.0, 0.0)]))));
        check(MaskConfig { points: 3, ..MaskConfig::default() }, &CROOKED, Err(MaskRefusal::Polygon));
        check(MaskConfig { most: 0, ..MaskConfig::default() }, &TRIANGLE, Err(MaskRefusal::TooMany));
        check(MaskConfig { types: vec!["Blurred".into()], ..MaskConfig::default() }, &TRIANGLE, Err(MaskRefusal::Kind));
        check(of(Habit::Obeys), &[(-1.0, 1.0), (f64::NAN, 1.0), (0.0, 0.0)], Err(MaskRefusal::Polygon));
    }

    #[test]
    fn masks_are_changed_removed_and_forgotten_by_token() {
        let masks = Masks::new(MaskConfig { most: 1, ..MaskConfig::default() });
        let token = masks.put(None, mask(&TRIANGLE)).expect("there is room");
        assert_eq!(masks.put(None, mask(&TRIANGLE)), Err(MaskRefusal::TooMany));
        assert_eq!(masks.put(Some("other"), mask(&TRIANGLE)), Err(MaskRefusal::NoSuchMask));
        masks.put(Some(&token), mask(&CROOKED)).expect("it is there");
        assert_eq!(masks.all(), [(token.clone(), mask(&CROOKED))]);
        assert_eq!((masks.remove(&token), masks.remove(&token)), (Ok(()), Err(MaskRefusal::NoSuchMask)));
        let again = masks.put(None, mask(&TRIANGLE)).expect("there is room again");
        assert_ne!(again, token, "a token is never used twice");
        masks.forget();
        assert!(masks.all().is_empty());
    }
}
