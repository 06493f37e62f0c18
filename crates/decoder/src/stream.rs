//! One stream's decoder.

use candour_decode::{Answer, Coding, Target, Trouble, Wanted};
use candour_units::{MediaTime, TICKS_PER_SECOND};
use ffmpeg_next as libav;
use libav::codec::{Context, Id};
use libav::{Dictionary, Discard, Packet, decoder, frame};

use crate::recode::{Layout, Recoder};
use crate::reduce::reduce;
use crate::size::{announced_pixels, without_side_information};

/// Pixels a picture may have: what sensors of twelve megapixels give, with some to spare.
const MOST_PIXELS: u64 = 4_608 * 3_072;
/// So many units in a row without a picture are an event.
const PATIENCE_UNITS: u32 = 300;

/// Has the libraries set up what they set up once, while nothing is forbidden yet.
pub fn load_libraries() {
    libav::log::set_level(libav::log::Level::Quiet);
    for coding in [Coding::H264, Coding::H265, Coding::Mjpeg] {
        // Whether there is a decoder at all is answered when a stream asks for it.
        let _ = open_decoder(coding, Damage::Refused, Edges::AsTheyCome);
    }
}

/// What becomes of a picture of which parts are missing or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// It is an event and no picture.
    Refused,
    /// The decoder paints over it: for a camera of which otherwise nothing would be seen.
    Concealed,
}

/// What becomes of the edges of blocks, which a decoder smooths for eyes: that is a third to two fifths of its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// Smoothed, as the coding says.
    Smoothed,
    /// As they come where nothing refers to the picture, and in [short groups](Groups).
    AsTheyCome,
}

/// Longest group of pictures of which no edges are smoothed.
const SHORT_GROUP: i64 = 2 * TICKS_PER_SECOND;

/// How long a stream's groups of pictures are. What is not smoothed in a picture to which others refer adds up until the next key frame. Over a
/// second that is 0.1 to 0.7 levels of the reduced plane on average, 1.4 at 60 kbit/s; over 25 seconds it was seen to make motion of a swinging
/// mast (`benches/README.md` says what it costs in quality).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Groups {
    began: Option<i64>,
    /// The last whole one was short, and the one that goes on still is.
    short: bool,
}

impl Groups {
    /// The next picture, as shown.
    fn see(&mut self, pts: i64, key: bool) {
        let so_far = self.began.map(|began| pts.saturating_sub(began));
        let short = so_far.is_some_and(|length| (0..=SHORT_GROUP).contains(&length));
        if key {
            *self = Self { began: Some(pts), short };
        } else {
            self.short &= short;
        }
    }
}

/// One stream.
pub struct Stream {
    coding: Coding,
    wanted: Wanted,
    /// Where pictures are coded anew, and no planes made.
    recoder: Option<Recoder>,
    decoder: decoder::Video,
    picture: frame::Video,
    size: Option<(u32, u32)>,
    groups: Groups,
    /// Of the picture before and of the last plane that was sent, in ticks.
    before: Option<i64>,
    sent: Option<i64>,
    without_picture: u32,
}

impl Stream {
    /// A stream that has seen nothing yet.
    pub fn open(coding: Coding, wanted: Wanted) -> Result<Self, Trouble> {
        Self::with(coding, wanted, None)
    }

    /// A stream whose pictures are coded anew.
    pub fn recode(coding: Coding, target: Target) -> Result<Self, Trouble> {
        Self::with(coding, Wanted::default(), Some(Recoder::new(target)))
    }

    fn with(coding: Coding, wanted: Wanted, recoder: Option<Recoder>) -> Result<Self, Trouble> {
        let edges = if recoder.is_some() { Edges::Smoothed } else { Edges::AsTheyCome };
        Ok(Self {
            coding,
            wanted,
            decoder: open_decoder(coding, Damage::Refused, edges)?,
            recoder,
            picture: frame::Video::empty(),
            size: None,
            groups: Groups::default(),
            before: None,
            sent: None,
            without_picture: 0,
        })
    }

    fn edges(&self) -> Edges {
        if self.recoder.is_some() { Edges::Smoothed } else { Edges::AsTheyCome }
    }

    /// The next picture that is coded anew shall be a key frame.
    pub fn want_key(&mut self) {
        if let Some(recoder) = &mut self.recoder {
            recoder.want_key();
        }
    }

    /// Decodes one access unit and says what came out.
    pub fn decode(&mut self, stream: u16, pts: MediaTime, data: &[u8], say: &mut impl FnMut(&Answer<'_>)) {
        let mut packet = Packet::copy(&without_side_information(self.coding, data));
        packet.set_pts(Some(pts.ticks()));
        self.without_picture = self.without_picture.saturating_add(1);
        if let Err(error) = self.decoder.send_packet(&packet) {
            say(&Answer::Trouble { stream, what: trouble(self.coding, error, data) });
        }
        self.pictures(stream, data, say);
        self.leave_edges(self.groups.short);
        if self.without_picture > 0 && self.without_picture.is_multiple_of(PATIENCE_UNITS) {
            say(&Answer::Trouble { stream, what: Trouble::NoPicture });
            if let Ok(tolerant) = open_decoder(self.coding, Damage::Concealed, self.edges()) {
                self.decoder = tolerant;
            }
        }
    }

    /// Decodes one key frame by itself, gives its picture out, and begins anew: whatever comes next starts with a key frame.
    pub fn glimpse(&mut self, stream: u16, pts: MediaTime, data: &[u8], say: &mut impl FnMut(&Answer<'_>)) {
        let groups = self.groups;
        (self.before, self.sent) = (None, None);
        // No picture refers to it.
        self.leave_edges(true);
        self.decode(stream, pts, data, say);
        // It may hold a picture back until the next one comes, which is long from now.
        self.drain(stream, say);
        self.decoder.flush();
        self.groups = groups;
        self.leave_edges(groups.short);
    }

    /// Whether edges are left as they come in pictures to which others refer too.
    fn leave_edges(&mut self, everywhere: bool) {
        if self.edges() == Edges::AsTheyCome {
            self.decoder.skip_loop_filter(if everywhere { Discard::All } else { Discard::NonReference });
        }
    }

    /// Gives out what is still inside.
    pub fn drain(&mut self, stream: u16, say: &mut impl FnMut(&Answer<'_>)) {
        // A decoder that does not take the end has nothing more to give.
        if self.decoder.send_eof().is_ok() {
            self.pictures(stream, &[], say);
        }
    }

    fn pictures(&mut self, stream: u16, data: &[u8], say: &mut impl FnMut(&Answer<'_>)) {
        loop {
            match self.decoder.receive_frame(&mut self.picture) {
                Ok(()) => {
                    self.without_picture = 0;
                    self.show(stream, say);
                }
                Err(libav::Error::Other { errno: libc::EAGAIN } | libav::Error::Eof) => return,
                Err(error) => {
                    say(&Answer::Trouble { stream, what: trouble(self.coding, error, data) });
                    return;
                }
            }
        }
    }

    fn show(&mut self, stream: u16, say: &mut impl FnMut(&Answer<'_>)) {
        let size = (self.picture.width(), self.picture.height());
        if self.size.replace(size).is_some_and(|before| before != size) {
            say(&Answer::Trouble { stream, what: Trouble::SizeChanged });
        }
        if let Some(recoder) = &mut self.recoder {
            return recoder.picture(stream, &self.picture, say);
        }
        let pts = self.picture.timestamp().unwrap_or(0);
        self.groups.see(pts, self.picture.is_key());
        if !self.is_due(pts) {
            return;
        }
        match self.reduced() {
            Some(plane) => {
                self.sent = Some(pts);
                let (width, height, pts) = (plane.width, plane.height, MediaTime::from_ticks(pts));
                say(&Answer::Plane { stream, pts, width, height, luma: &plane.luma });
            }
            None => say(&Answer::Trouble { stream, what: Trouble::Unsupported }),
        }
    }

    /// Whether the next picture would come too late for the wanted rhythm, if the distance between pictures stays as it is.
    fn is_due(&mut self, pts: i64) -> bool {
        let apart = self.before.map_or(0, |before| pts.saturating_sub(before).max(0));
        self.before = Some(pts);
        let wanted = i64::from(self.wanted.every_ms) * TICKS_PER_SECOND / 1000;
        self.sent.is_none_or(|sent| pts < sent || pts.saturating_sub(sent).saturating_add(apart) > wanted)
    }

    fn reduced(&self) -> Option<crate::reduce::Reduced> {
        let source = Layout::of(self.picture.format())?.brightness(&self.picture);
        reduce(&source, self.wanted.most_side)
    }
}

/// What the libraries said against an access unit.
pub fn trouble(coding: Coding, error: libav::Error, data: &[u8]) -> Trouble {
    match error {
        libav::Error::Other { errno: libc::ENOMEM } => Trouble::OutOfMemory,
        _ if announced_pixels(coding, data) > MOST_PIXELS => Trouble::TooLarge,
        _ => Trouble::Undecodable,
    }
}

/// A decoder that has seen nothing yet.
pub fn open_decoder(coding: Coding, damage: Damage, edges: Edges) -> Result<decoder::Video, Trouble> {
    let id = match coding {
        Coding::H264 => Id::H264,
        Coding::H265 => Id::HEVC,
        Coding::Mjpeg => Id::MJPEG,
    };
    let codec = decoder::find(id).ok_or(Trouble::NoDecoder)?;
    let mut options = Dictionary::new();
    // One thread: the cage starts no others.
    options.set("threads", "1");
    options.set("max_pixels", &MOST_PIXELS.to_string());
    if edges == Edges::AsTheyCome {
        options.set("skip_loop_filter", "noref");
    }
    if damage == Damage::Refused && coding != Coding::Mjpeg {
        options.set("err_detect", "explode");
    }
    let opened = Context::new_with_codec(codec).decoder().open_as_with(codec, options);
    opened.and_then(decoder::Opened::video).map_err(|_| Trouble::NoDecoder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_left_where_groups_are_short_and_only_as_long_as_they_are() {
        let mut groups = Groups::default();
        let mut see = |tenths: i64, key| {
            groups.see(tenths * TICKS_PER_SECOND / 10, key);
            groups.short
        };
        assert!(!see(0, true) && !see(5, false), "nothing is known yet");
        assert!(see(10, true), "a second");
        assert!(see(11, false) && see(30, false), "two seconds");
        assert!(!see(31, false) && !see(32, false), "this one is longer");
        assert!(!see(50, true) && !see(55, false), "and so may be the next");
        assert!(see(60, true));
        assert!(!see(10, true), "a clock that went back says nothing");
        assert!(!see(90, true) && see(110, true));
    }
}
