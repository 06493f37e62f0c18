//! Pictures coded anew as H.264: for browsers that cannot play what the camera sends.

use candour_decode::{Answer, MOST_RECODED, Target, Trouble};
use candour_units::{MediaTime, TICKS_PER_SECOND};
use ffmpeg_next as libav;
use libav::format::Pixel;
use libav::{color, frame};
use openh264::OpenH264API;
use openh264::Timestamp;
use openh264::encoder::{
    BitRate, ColorPrimaries, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, Level, MatrixCoefficients,
    Profile, RateControlMode, TransferCharacteristics, UsageType, VuiConfig,
};
use openh264::formats::YUVSource;

use crate::reduce::{Depth, Source};
use crate::scale::{Strided, scale};

/// A key frame comes at least so often, by the times of the pictures whatever their number, so that whoever comes later waits for none.
const KEY_EVERY_S: i64 = 2;
/// What a plane of colour holds where there is no colour.
const NO_COLOUR: u8 = 128;

/// What makes an encoder another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    width: u16,
    height: u16,
    full_range: bool,
}

/// One stream's encoder.
pub struct Recoder {
    target: Target,
    encoder: Option<(Shape, Encoder)>,
    planes: Planes,
    unit: Vec<u8>,
    /// Of the first picture, from which the encoder counts, of the one before and of the last that was coded.
    first: Option<i64>,
    before: Option<i64>,
    coded: Option<i64>,
    /// Of the last key frame.
    key: Option<i64>,
    key_wanted: bool,
}

impl Recoder {
    /// One that has seen nothing yet.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            encoder: None,
            planes: Planes::default(),
            unit: Vec::new(),
            first: None,
            before: None,
            coded: None,
            key: None,
            key_wanted: false,
        }
    }

    /// The next picture shall be a key frame.
    pub fn want_key(&mut self) {
        self.key_wanted = true;
    }

    /// Codes one picture, and says what came of it.
    pub fn picture(&mut self, stream: u16, picture: &frame::Video, say: &mut impl FnMut(&Answer<'_>)) {
        let pts = picture.timestamp().unwrap_or(0);
        // Times of a track only grow; a picture that goes back is an event of the camera.
        if self.coded.is_some_and(|coded| pts <= coded) {
            return say(&Answer::Trouble { stream, what: Trouble::LeftOut });
        }
        if !self.is_due(pts) {
            return;
        }
        match self.code(picture, pts) {
            Ok(Some(key)) => {
                self.coded = Some(pts);
                if key {
                    (self.key, self.key_wanted) = (Some(pts), false);
                }
                say(&Answer::Recoded { stream, pts: MediaTime::from_ticks(pts), key, data: &self.unit });
            }
            Ok(None) => say(&Answer::Trouble { stream, what: Trouble::LeftOut }),
            Err(what) => say(&Answer::Trouble { stream, what }),
        }
    }

    /// Whether the next picture would come too late for the wanted number in a second, if the distance stays as it is.
    fn is_due(&mut self, pts: i64) -> bool {
        let apart = self.before.map_or(0, |before| pts.saturating_sub(before).max(0));
        self.before = Some(pts);
        let wanted = TICKS_PER_SECOND / i64::from(self.target.per_second);
        self.coded.is_none_or(|coded| pts.saturating_sub(coded).saturating_add(apart / 2) >= wanted)
    }

    /// Whether it became a key frame; none where it was left out for the rate's sake.
    fn code(&mut self, picture: &frame::Video, pts: i64) -> Result<Option<bool>, Trouble> {
        let (width, height) = self.target.fit(picture.width(), picture.height()).ok_or(Trouble::Unsupported)?;
        let shape = Shape { width, height, full_range: is_full_range(picture) };
        if self.encoder.as_ref().is_none_or(|(known, _)| *known != shape) {
            self.encoder = None; // the old one's memory first
            self.encoder = Some((shape, encoder(shape, self.target)?));
        }
        if !self.planes.fill(picture, shape) {
            return Err(Trouble::Unsupported);
        }
        let Some((_, encoder)) = &mut self.encoder else { return Err(Trouble::NotEncoded) };
        // One that has coded nothing yet begins with a key frame by itself.
        if self.key.is_some_and(|key| self.key_wanted || pts.saturating_sub(key) >= KEY_EVERY_S * TICKS_PER_SECOND) {
            encoder.force_intra_frame();
        }
        let since = pts.saturating_sub(*self.first.get_or_insert(pts)).max(0);
        let millis = Timestamp::from_millis((since / (TICKS_PER_SECOND / 1000)).unsigned_abs());
        let coded = encoder.encode_at(&self.planes, millis).map_err(|_| Trouble::NotEncoded)?;
        self.unit.clear();
        coded.write_vec(&mut self.unit);
        match coded.frame_type() {
            FrameType::Skip => Ok(None),
            _ if self.unit.is_empty() => Ok(None),
            _ if self.unit.len() > MOST_RECODED => Err(Trouble::NotEncoded),
            FrameType::Invalid => Err(Trouble::NotEncoded),
            kind => Ok(Some(kind == FrameType::IDR)),
        }
    }
}

fn encoder(shape: Shape, target: Target) -> Result<Encoder, Trouble> {
    // What colours mean is not said: pictures keep the meaning that players guess for the same picture before.
    let colours = VuiConfig::new()
        .color_primaries(ColorPrimaries::Unspecified)
        .transfer_characteristics(TransferCharacteristics::Unspecified)
        .matrix_coefficients(MatrixCoefficients::Unspecified)
        .full_range(shape.full_range);
    let config = EncoderConfig::new()
        // One thread: the cage starts no others.
        .num_threads(1)
        .usage_type(UsageType::CameraVideoRealTime)
        .complexity(Complexity::Low)
        .profile(Profile::Baseline)
        .level(Level::Level_3_1)
        // Holds the rate only where it may leave out pictures.
        .rate_control_mode(RateControlMode::Bitrate)
        .skip_frames(true)
        .bitrate(BitRate::from_bps(u32::from(target.kilobits) * 1_000))
        .max_frame_rate(FrameRate::from_hz(f32::from(target.per_second)))
        .vui(colours);
    Encoder::with_api_config(OpenH264API::from_source(), config).map_err(|_| Trouble::NotEncoded)
}

/// Brightness from 0 to 255, not 16 to 235.
pub fn is_full_range(picture: &frame::Video) -> bool {
    picture.color_range() == color::Range::JPEG
        || matches!(picture.format(), Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P)
}

/// A picture as the encoder takes it: 4:2:0, eight bits, rows without space between.
#[derive(Default)]
struct Planes {
    width: usize,
    height: usize,
    planes: [Vec<u8>; 3],
}

impl Planes {
    /// False where the picture is in no format that cameras use.
    fn fill(&mut self, picture: &frame::Video, Shape { width, height, .. }: Shape) -> bool {
        (self.width, self.height) = (usize::from(width), usize::from(height));
        let Some(layout) = Layout::of(picture.format()) else { return false };
        let [luma, colours @ ..] = &mut self.planes;
        if !scale(&layout.luma(picture), self.width, self.height, luma) {
            return false;
        }
        let (width, height) = (self.width / 2, self.height / 2);
        colours.iter_mut().enumerate().all(|(nth, colour)| match layout.colour(picture, nth) {
            Some(plane) => scale(&plane, width, height, colour),
            None => {
                colour.clear();
                colour.resize(width * height, NO_COLOUR);
                true
            }
        })
    }
}

impl YUVSource for Planes {
    fn dimensions(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn strides(&self) -> (usize, usize, usize) {
        (self.width, self.width / 2, self.width / 2)
    }

    fn y(&self) -> &[u8] {
        &self.planes[0]
    }

    fn u(&self) -> &[u8] {
        &self.planes[1]
    }

    fn v(&self) -> &[u8] {
        &self.planes[2]
    }
}

/// How the planes of a picture lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    depth: Depth,
    colours: Colours,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colours {
    /// Each in a plane of its own; by how much a row is halved, and a column, in powers of two.
    Apart(usize, usize),
    /// Both in one plane of half the width and height, in turn.
    Together,
    None,
}

impl Layout {
    /// None for what no camera sends.
    pub fn of(format: Pixel) -> Option<Self> {
        use Colours::{Apart, Together};
        let (depth, colours) = match format {
            Pixel::YUV420P | Pixel::YUVJ420P => (Depth::Eight, Apart(1, 1)),
            Pixel::YUV422P | Pixel::YUVJ422P => (Depth::Eight, Apart(1, 0)),
            Pixel::YUV444P | Pixel::YUVJ444P => (Depth::Eight, Apart(0, 0)),
            Pixel::NV12 => (Depth::Eight, Together),
            Pixel::GRAY8 => (Depth::Eight, Colours::None),
            Pixel::YUV420P10LE => (Depth::Low(10), Apart(1, 1)),
            Pixel::YUV422P10LE => (Depth::Low(10), Apart(1, 0)),
            Pixel::YUV444P10LE => (Depth::Low(10), Apart(0, 0)),
            Pixel::GRAY10LE => (Depth::Low(10), Colours::None),
            Pixel::YUV420P12LE => (Depth::Low(12), Apart(1, 1)),
            Pixel::YUV422P12LE => (Depth::Low(12), Apart(1, 0)),
            Pixel::YUV444P12LE => (Depth::Low(12), Apart(0, 0)),
            Pixel::GRAY12LE => (Depth::Low(12), Colours::None),
            Pixel::P010LE => (Depth::High, Together),
            _ => return None,
        };
        Some(Self { depth, colours })
    }

    /// The plane of brightness as it lies there.
    pub fn brightness(self, picture: &frame::Video) -> Source<'_> {
        self.luma(picture).source
    }

    fn bytes(self) -> usize {
        if self.depth == Depth::Eight { 1 } else { 2 }
    }

    /// Brightness.
    pub fn luma(self, picture: &frame::Video) -> Strided<'_> {
        self.plane(picture, 0, (0, 0), self.bytes(), 0)
    }

    /// The first or the second colour; none where the picture has none.
    pub fn colour(self, picture: &frame::Video, nth: usize) -> Option<Strided<'_>> {
        let bytes = self.bytes();
        match self.colours {
            Colours::Apart(across, down) => Some(self.plane(picture, 1 + nth, (across, down), bytes, 0)),
            Colours::Together => Some(self.plane(picture, 1, (1, 1), 2 * bytes, nth * bytes)),
            Colours::None => None,
        }
    }

    fn plane(
        self,
        picture: &frame::Video,
        index: usize,
        halved: (usize, usize),
        step: usize,
        offset: usize,
    ) -> Strided<'_> {
        let side = |side: u32, halved: usize| (side as usize).div_ceil(1 << halved);
        let source = Source {
            data: picture.data(index),
            stride: picture.stride(index),
            width: side(picture.width(), halved.0),
            height: side(picture.height(), halved.1),
            depth: self.depth,
        };
        Strided { source, step, offset }
    }
}
