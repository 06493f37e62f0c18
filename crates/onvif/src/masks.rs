//! Privacy masks of the second media service: what to ask of a camera, and whether it keeps what was asked.
//!
//! Pure. Points are in ten-thousandths of half the picture, from -10 000 to 10 000, across to the right and *up*, with 0
//! in the middle: ONVIF's normalised coordinates (Media2, "Privacy Masks") without fractions. A camera may hide more
//! than was demanded, never less, and only in solid colour: a mosaic or a blur can be undone in part.

use std::fmt;

use crate::answers::MAX_ITEMS;
use crate::demands::{DemandedMask, PicturePoint};
use crate::soap::{escape, tag};
use crate::xml::Element;

/// The edge of the picture.
const EDGE: i32 = 10_000;
/// A kept corner may lie this far inside where it was asked for: a hundredth of the picture, because cameras keep
/// masks on grids of their own. What is hidden too much is not measured.
const TOLERANCE: i32 = 2 * EDGE / 100;
/// The shortest side of a rectangle that is asked for: with both sides off by the tolerance towards each other they are
/// still further apart than the tolerance, so one is not taken for the other.
const LEAST_SIDE: i32 = 4 * TOLERANCE;
/// The most corners that are read of one mask.
const MAX_POINTS: usize = 64;
/// The one kind of mask that hides for good.
const SOLID: &str = "Color";

/// A corner in ten-thousandths of half the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Corner {
    x: i32,
    y: i32,
}

impl From<PicturePoint> for Corner {
    fn from(point: PicturePoint) -> Self {
        Self { x: 2 * i32::from(point.across()) - EDGE, y: EDGE - 2 * i32::from(point.down()) }
    }
}

impl Corner {
    /// `None` for what is no number, or lies far outside every picture.
    fn read(point: &Element) -> Option<Self> {
        let number = |name: &str| {
            let value: f64 = point.attribute(name)?.parse().ok()?;
            (value.abs() <= 4.0).then(|| (value * f64::from(EDGE)).round() as i32)
        };
        Some(Self { x: number("x")?, y: number("y")? })
    }

    fn is_near(self, other: Self) -> bool {
        (self.x - other.x).abs() <= TOLERANCE && (self.y - other.y).abs() <= TOLERANCE
    }

    fn to_xml(self) -> String {
        format!("<t:Point x=\"{}\" y=\"{}\"/>", decimal(self.x), decimal(self.y))
    }
}

/// Ten-thousandths as a decimal number.
fn decimal(value: i32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:04}", value.abs() / EDGE, value.abs() % EDGE)
}

/// A mask as a camera holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mask {
    pub token: String,
    corners: Vec<Corner>,
    kind: String,
    enabled: bool,
}

/// GetMasks, as far as they belong to this video source configuration.
pub(crate) fn masks(answer: &Element, source: &str) -> Vec<Mask> {
    let ours = |mask: &&Element| mask.text_at(&["ConfigurationToken"]).is_none_or(|token| token == source);
    answer.all("Masks").take(MAX_ITEMS).filter(ours).map(Mask::read).collect()
}

impl Mask {
    /// A polygon that cannot be read whole has no corners: it takes room, and hides nothing as far as anybody can see.
    fn read(element: &Element) -> Self {
        let points = element.child("Polygon").into_iter().flat_map(|polygon| polygon.all("Point"));
        let corners: Option<Vec<Corner>> = points.take(MAX_POINTS + 1).map(Corner::read).collect();
        let mut corners = corners.filter(|corners| corners.len() <= MAX_POINTS).unwrap_or_default();
        // Some close the ring by naming the first corner again.
        if corners.len() > 3 && corners.first() == corners.last() {
            corners.pop();
        }
        Self {
            token: element.attribute("token").unwrap_or_default(),
            corners,
            // Absent where a camera knows one kind only.
            kind: element.text_at(&["Type"]).unwrap_or_else(|| SOLID.into()),
            enabled: matches!(element.text_at(&["Enabled"]).as_deref(), Some("true" | "1")),
        }
    }

    /// Whether it hides for good what was demanded, and how.
    fn keeps(&self, demand: &[Corner]) -> Option<Fit> {
        (self.enabled && self.kind == SOLID).then(|| fit(&self.corners, demand)).flatten()
    }
}

/// GetMaskOptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MaskOptions {
    /// `None` where not said.
    most_masks: Option<usize>,
    most_corners: Option<usize>,
    kinds: Vec<String>,
    rectangle_only: bool,
    /// The first colour listed, as attributes in the camera's own words.
    colour: Option<String>,
}

impl MaskOptions {
    pub(crate) fn read(answer: &Element) -> Option<Self> {
        let options = answer.child("Options")?;
        let number = |name: &str| options.text_at(&[name])?.parse().ok();
        // An attribute in the schema; some cameras send an element.
        let rectangle_only = options.attribute("RectangleOnly").or_else(|| options.text_at(&["RectangleOnly"]));
        let colour = options.at(&["Color", "ColorList"]).map(|colour| {
            ["X", "Y", "Z", "Colorspace"]
                .iter()
                .filter_map(|name| Some(format!(" {name}=\"{}\"", escape(&colour.attribute(name)?))))
                .collect()
        });
        Some(Self {
            most_masks: number("MaxMasks"),
            most_corners: number("MaxPoints").filter(|most| *most > 0),
            kinds: options.all("Types").take(MAX_ITEMS).map(Element::text).collect(),
            rectangle_only: matches!(rectangle_only.as_deref(), Some("true" | "1")),
            colour,
        })
    }
}

/// How a kept mask fits what was demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// The demanded shape.
    Exact,
    /// A rectangle around it: more is hidden than was demanded.
    Rectangle,
}

/// How well `kept` hides `demand`; `None` if it does not, or cannot be seen to.
fn fit(kept: &[Corner], demand: &[Corner]) -> Option<Fit> {
    let same = kept.len() == demand.len() && {
        let n = kept.len();
        (0..n).any(|shift| {
            (0..n).all(|i| kept[(i + shift) % n].is_near(demand[i]))
                || (0..n).all(|i| kept[(shift + n - i) % n].is_near(demand[i]))
        })
    };
    if same && !demand.is_empty() {
        return Some(Fit::Exact);
    }
    let (inside, outside) = (Frame::inside(kept)?, Frame::around(demand)?);
    inside.hides(&outside).then_some(Fit::Rectangle)
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    left: i32,
    right: i32,
    bottom: i32,
    top: i32,
}

impl Frame {
    /// The smallest around these corners.
    fn around(corners: &[Corner]) -> Option<Self> {
        let (x, y) = (|c: &Corner| c.x, |c: &Corner| c.y);
        Some(Self {
            left: corners.iter().map(x).min()?,
            right: corners.iter().map(x).max()?,
            bottom: corners.iter().map(y).min()?,
            top: corners.iter().map(y).max()?,
        })
    }

    /// What four corners of an upright rectangle, one after the other around it, are sure to hide; `None` for any other
    /// shape.
    fn inside(corners: &[Corner]) -> Option<Self> {
        let around = Self::around(corners)?;
        let near = |value: i32, side: i32| (value - side).abs() <= TOLERANCE;
        let there = |corner: Corner| corners.iter().any(|c| c.is_near(corner));
        // Corners named crosswise would hide two triangles.
        let sides = || corners.iter().zip(corners.iter().cycle().skip(1));
        let upright = corners.len() == 4
            && around.corners().into_iter().all(there)
            && sides().all(|(a, b)| near(a.x, b.x) || near(a.y, b.y));
        // Each side is where its corner further inside is.
        let sure = Self {
            left: corners.iter().map(|c| c.x).filter(|x| near(*x, around.left)).max()?,
            right: corners.iter().map(|c| c.x).filter(|x| near(*x, around.right)).min()?,
            bottom: corners.iter().map(|c| c.y).filter(|y| near(*y, around.bottom)).max()?,
            top: corners.iter().map(|c| c.y).filter(|y| near(*y, around.top)).min()?,
        };
        (upright && sure.left < sure.right && sure.bottom < sure.top).then_some(sure)
    }

    /// Grown where it is so thin that a camera's grid could fold two of its sides into one, and kept inside the picture.
    fn seen_apart(self) -> Self {
        let grown = |low: i32, high: i32| {
            let low = low.min((high + low) / 2 - LEAST_SIDE / 2).clamp(-EDGE, EDGE - LEAST_SIDE);
            (low, high.max(low + LEAST_SIDE))
        };
        let ((left, right), (bottom, top)) = (grown(self.left, self.right), grown(self.bottom, self.top));
        Self { left, right, bottom, top }
    }

    fn corners(&self) -> [Corner; 4] {
        let Self { left, right, bottom, top } = *self;
        [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| Corner { x, y })
    }

    fn hides(&self, other: &Self) -> bool {
        self.left <= other.left + TOLERANCE
            && self.right >= other.right - TOLERANCE
            && self.bottom <= other.bottom + TOLERANCE
            && self.top >= other.top - TOLERANCE
    }

    /// The area that both share, for choosing among masks.
    fn shared(&self, other: &Self) -> i64 {
        let side = |low: i32, high: i32| i64::from((high - low).max(0));
        side(self.left.max(other.left), self.right.min(other.right))
            * side(self.bottom.max(other.bottom), self.top.min(other.top))
    }
}

/// A mask to be made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewMask {
    /// Which of the demanded masks it is for.
    pub(crate) demand: usize,
    source: String,
    corners: Vec<Corner>,
    colour: Option<String>,
}

impl NewMask {
    /// The `Mask` element of CreateMask, or of SetMask with the token of the one to change.
    pub(crate) fn to_xml(&self, token: Option<&str>) -> String {
        let token = token.map(|token| format!(" token=\"{}\"", escape(token))).unwrap_or_default();
        let points: String = self.corners.iter().map(|corner| corner.to_xml()).collect();
        let colour = self.colour.as_ref().map(|colour| format!("<o:Color{colour}/>")).unwrap_or_default();
        format!(
            "<o:Mask{token}>{}<o:Polygon>{points}</o:Polygon>{}{colour}{}</o:Mask>",
            tag("o:ConfigurationToken", &self.source),
            tag("o:Type", SOLID),
            tag("o:Enabled", true),
        )
    }
}

/// One thing to do at the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MaskStep {
    /// Make a new mask.
    Create(NewMask),
    /// Make another mask of the one with this token.
    Change(String, NewMask),
}

/// A demanded mask that the camera keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMask {
    /// The name in the policy.
    pub name: String,
    /// The camera's token.
    pub token: String,
    /// How it fits.
    pub fit: Fit,
}

/// Why an area is not hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaskReason {
    /// The camera has no second media service, which masks are part of.
    NoMedia2,
    /// The camera does not say which picture a mask would belong to.
    NoSource,
    /// It does not offer masks; what it said.
    NotOffered(String),
    /// It only blurs or pixelates, which can be undone in part.
    OnlyReversible(Vec<String>),
    /// It holds fewer masks than are needed.
    NoRoom {
        /// How many it holds.
        most: usize,
    },
    /// Neither the shape nor a rectangle around it has as few corners as it takes.
    TooManyCorners {
        /// How many it takes.
        most: usize,
    },
    /// The demanded polygon has fewer than three corners.
    NoArea,
    /// It would not make or change the mask; what it said.
    Refused(String),
    /// Its masks cannot be read.
    Unreadable,
    /// It said yes, and no mask is there.
    NotThere,
    /// It said yes, and the mask is switched off.
    SwitchedOff,
    /// It said yes, and holds the mask blurred or pixelated.
    OtherKind(String),
    /// It said yes, and holds another shape that does not hide what was demanded.
    OtherShape,
}

impl fmt::Display for MaskReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMedia2 => f.write_str("the camera does not speak ONVIF Media2, which masks are part of"),
            Self::NoSource => f.write_str("the camera does not say which picture a mask belongs to"),
            Self::NotOffered(said) => write!(f, "the camera offers no masks{}", in_its_words(said)),
            Self::OnlyReversible(kinds) => {
                write!(f, "the camera offers no solid mask, only {}, which can be undone in part", kinds.join(", "))
            }
            Self::NoRoom { most } => write!(f, "the camera holds {most} masks at most"),
            Self::TooManyCorners { most } => write!(f, "the camera takes masks of {most} corners at most"),
            Self::NoArea => f.write_str("the policy gives it fewer than three corners"),
            Self::Refused(said) => write!(f, "the camera refused it{}", in_its_words(said)),
            Self::Unreadable => f.write_str("what the camera says of its masks cannot be read"),
            Self::NotThere => f.write_str("the camera said yes, and holds no such mask"),
            Self::SwitchedOff => f.write_str("the camera said yes, and holds the mask switched off"),
            Self::OtherKind(kind) => write!(f, "the camera said yes, and holds a mask of the kind {kind:?}"),
            Self::OtherShape => f.write_str("the camera said yes, and holds another shape, which hides less"),
        }
    }
}

/// What a camera said, where it said anything.
fn in_its_words(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(" (it said {said:?})") }
}

/// An area that the policy wants hidden is not: the camera must not be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the area {mask:?} is not hidden: {why}")]
pub struct MaskNotKept {
    /// The name in the policy.
    pub mask: String,
    /// Why.
    pub why: MaskReason,
}

impl MaskNotKept {
    pub(crate) fn of(demand: &DemandedMask, why: MaskReason) -> Self {
        Self { mask: demand.name.clone(), why }
    }
}

fn corners(demand: &DemandedMask) -> Result<Vec<Corner>, MaskNotKept> {
    if demand.polygon.len() < 3 {
        return Err(MaskNotKept::of(demand, MaskReason::NoArea));
    }
    Ok(demand.polygon.iter().copied().map(Corner::from).collect())
}

/// The shape a camera can hold: the demanded one, else the upright rectangle around it.
fn shape(demand: &DemandedMask, options: &MaskOptions) -> Result<Vec<Corner>, MaskNotKept> {
    if options.most_masks == Some(0) {
        return Err(MaskNotKept::of(demand, MaskReason::NotOffered(String::new())));
    }
    if !options.kinds.is_empty() && !options.kinds.iter().any(|kind| kind == SOLID) {
        return Err(MaskNotKept::of(demand, MaskReason::OnlyReversible(options.kinds.clone())));
    }
    let exact = corners(demand)?;
    let most = options.most_corners.unwrap_or(4);
    if !options.rectangle_only && exact.len() <= most {
        return Ok(exact);
    }
    if most < 4 {
        return Err(MaskNotKept::of(demand, MaskReason::TooManyCorners { most }));
    }
    let around = Frame::around(&exact).expect("a polygon has at least three corners here");
    Ok(around.seen_apart().corners().to_vec())
}

/// What to do so that the camera hides every demanded area. Masks that are there and keep a demand are left alone, and
/// so are masks nobody demands, unless there is no other room: then one that is switched off gives way, else the one
/// that overlaps most, which is the older shape of the same area.
///
/// # Errors
/// The first demand that this camera cannot keep.
pub(crate) fn plan_masks(
    demands: &[DemandedMask],
    options: &MaskOptions,
    there: &[Mask],
    source: &str,
) -> Result<Vec<MaskStep>, MaskNotKept> {
    let mut wanted = Vec::new();
    // What has no name cannot be changed.
    let mut spare: Vec<&Mask> = there.iter().filter(|mask| !mask.token.is_empty()).collect();
    for (at, demand) in demands.iter().enumerate() {
        let exact = corners(demand)?;
        match there.iter().find(|mask| mask.keeps(&exact).is_some()) {
            Some(keeping) => spare.retain(|mask| mask.token != keeping.token),
            None => wanted.push((at, demand, shape(demand, options)?)),
        }
    }
    let mut free = options.most_masks.map_or(usize::MAX, |most| most.saturating_sub(there.len()));
    let mut steps = Vec::new();
    for (at, demand, corners) in wanted {
        let place = spare.iter().position(|mask| fit(&mask.corners, &corners).is_some());
        let place = if place.is_some() || free > 0 { place } else { giving_way(&spare, &corners) };
        let mask = NewMask { demand: at, source: source.to_owned(), corners, colour: options.colour.clone() };
        match place {
            Some(place) => steps.push(MaskStep::Change(spare.remove(place).token.clone(), mask)),
            None if free > 0 => {
                free -= 1;
                steps.push(MaskStep::Create(mask));
            }
            None => {
                let most = options.most_masks.unwrap_or(0);
                return Err(MaskNotKept::of(demand, MaskReason::NoRoom { most }));
            }
        }
    }
    Ok(steps)
}

/// Which mask makes room for one of this shape.
fn giving_way(spare: &[&Mask], corners: &[Corner]) -> Option<usize> {
    let around = Frame::around(corners)?;
    let overlap = |mask: &Mask| Frame::around(&mask.corners).map_or(0, |frame| frame.shared(&around));
    (0..spare.len()).max_by_key(|place| (!spare[*place].enabled, overlap(spare[*place])))
}

/// Compares what the camera holds with what was demanded; `asked` names the token of each mask that was made or changed.
///
/// # Errors
/// The first demand that is not kept.
pub(crate) fn kept_masks(
    demands: &[DemandedMask],
    there: &[Mask],
    asked: &[(usize, String)],
) -> Result<Vec<KeptMask>, MaskNotKept> {
    let kept = |(at, demand): (usize, &DemandedMask)| {
        let exact = corners(demand)?;
        let found = there.iter().find_map(|mask| Some((mask, mask.keeps(&exact)?)));
        if let Some((mask, fit)) = found {
            return Ok(KeptMask { name: demand.name.clone(), token: mask.token.clone(), fit });
        }
        let token = asked.iter().find(|(for_demand, _)| *for_demand == at).map(|(_, token)| token);
        let why = match there.iter().find(|mask| Some(&mask.token) == token) {
            None => MaskReason::NotThere,
            Some(mask) if !mask.enabled => MaskReason::SwitchedOff,
            Some(mask) if mask.kind != SOLID => MaskReason::OtherKind(mask.kind.clone()),
            Some(_) => MaskReason::OtherShape,
        };
        Err(MaskNotKept::of(demand, why))
    };
    demands.iter().enumerate().map(kept).collect()
}

#[cfg(test)]
mod tests;
