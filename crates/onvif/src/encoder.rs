//! Video encoder configurations: read from a profile, planned smaller from what the camera offers, written back.
//!
//! `tt:VideoEncoderConfiguration` of the first media service, `tt:VideoEncoder2Configuration` of the second, and the
//! options of both (ONVIF schema `onvif.xsd`). A configuration is written back with everything it said, so that setting
//! a size changes nothing else; what a vendor added beside the schema is not repeated.

use crate::answers::{self, MAX_ITEMS};
use crate::demands::{Caps, Picture};
use crate::soap::{escape, tag};
use crate::xml::Element;
use crate::{Encoding, MediaVersion, Profile};

/// No camera's picture has more pixels to a side; what claims to is not read.
const MOST_PIXELS: u32 = 32_768;
/// Thousandths in one, for rates such as 12.5.
const MILLI: u32 = 1000;

/// A profile with what is needed to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configured {
    pub profile: Profile,
    pub encoder: EncoderConfig,
    /// Token of its video source configuration, to which masks belong.
    pub source: Option<String>,
}

/// GetProfiles of either media service, with their configurations. Profiles without video are left out.
pub(crate) fn configured(answer: &Element, media: MediaVersion) -> Vec<Configured> {
    let (encoder, source): (&[&str], &[&str]) = match media {
        MediaVersion::One => (&["VideoEncoderConfiguration"], &["VideoSourceConfiguration"]),
        MediaVersion::Two => (&["Configurations", "VideoEncoder"], &["Configurations", "VideoSource"]),
    };
    let one = |element: &Element| {
        let known = answers::profile(element, media)?;
        Some(Configured {
            encoder: EncoderConfig::read(element.at(encoder)?, media)?,
            source: element.at(source).and_then(|source| source.attribute("token")).filter(|token| !token.is_empty()),
            profile: Profile {
                token: known.token,
                name: known.name,
                video: known.video?,
                stream: None,
                stream_as_named: None,
            },
        })
    };
    answer.all("Profiles").take(MAX_ITEMS).filter_map(one).collect()
}

/// A configuration as the camera holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EncoderConfig {
    pub media: MediaVersion,
    pub token: String,
    name: String,
    use_count: String,
    encoding: String,
    width: u32,
    height: u32,
    quality: String,
    /// Thousandths of pictures a second; 0 where not said.
    rate_milli: u32,
    /// First service only: every how many pictures one is encoded.
    interval: Option<u32>,
    bit_rate: Option<u32>,
    constant_bit_rate: Option<String>,
    gop_length: Option<u32>,
    /// `Main`, `High` and so on.
    profile: Option<String>,
    multicast: Option<Multicast>,
    session_timeout: Option<String>,
}

/// `tt:MulticastConfiguration`, repeated as it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Multicast {
    kind: String,
    v4: Option<String>,
    v6: Option<String>,
    port: String,
    ttl: String,
    auto_start: String,
}

impl EncoderConfig {
    fn read(element: &Element, media: MediaVersion) -> Option<Self> {
        let text = |path: &[&str]| element.text_at(path);
        let number = |path: &[&str]| text(path).and_then(|text| text.parse::<u32>().ok());
        Some(Self {
            media,
            token: element.attribute("token").filter(|token| !token.is_empty())?,
            name: text(&["Name"]).unwrap_or_default(),
            use_count: text(&["UseCount"]).unwrap_or_else(|| "1".into()),
            encoding: text(&["Encoding"])?,
            width: number(&["Resolution", "Width"]).unwrap_or(0),
            height: number(&["Resolution", "Height"]).unwrap_or(0),
            quality: text(&["Quality"]).unwrap_or_else(|| "1".into()),
            rate_milli: text(&["RateControl", "FrameRateLimit"]).and_then(|text| milli(&text)).unwrap_or(0),
            interval: number(&["RateControl", "EncodingInterval"]),
            bit_rate: number(&["RateControl", "BitrateLimit"]),
            constant_bit_rate: element.child("RateControl").and_then(|rate| rate.attribute("ConstantBitRate")),
            gop_length: element
                .attribute("GovLength")
                .and_then(|text| text.parse().ok())
                .or_else(|| number(&["H264", "GovLength"])),
            profile: element.attribute("Profile").or_else(|| text(&["H264", "H264Profile"])),
            multicast: element.child("Multicast").map(Multicast::read),
            session_timeout: text(&["SessionTimeout"]),
        })
    }

    /// Its size and rate.
    pub(crate) fn picture(&self) -> Picture {
        Picture { width: self.width, height: self.height, frame_rate: self.rate_milli / MILLI }
    }

    /// The element as SetVideoEncoderConfiguration takes it.
    pub(crate) fn to_xml(&self) -> String {
        match self.media {
            MediaVersion::One => self.to_xml_1(),
            MediaVersion::Two => self.to_xml_2(),
        }
    }

    fn to_xml_1(&self) -> String {
        let rate = tag("t:FrameRateLimit", self.rate_milli / MILLI)
            + &tag("t:EncodingInterval", self.interval.unwrap_or(1))
            + &tag("t:BitrateLimit", self.bit_rate.unwrap_or(0));
        // Optional; a camera that said none is not told one.
        let rate = if self.rate_milli > 0 { format!("<t:RateControl>{rate}</t:RateControl>") } else { String::new() };
        let codec = match (&self.profile, self.gop_length) {
            (Some(profile), Some(gop)) if Encoding::parse(&self.encoding) == Encoding::H264 => {
                format!("<t:H264>{}{}</t:H264>", tag("t:GovLength", gop), tag("t:H264Profile", profile))
            }
            _ => String::new(),
        };
        let multicast = self.multicast.clone().unwrap_or_default().to_xml();
        format!(
            "<o:Configuration token=\"{}\">{}{}{}{}{}{rate}{codec}{multicast}{}</o:Configuration>",
            escape(&self.token),
            tag("t:Name", &self.name),
            tag("t:UseCount", &self.use_count),
            tag("t:Encoding", &self.encoding),
            self.resolution(),
            tag("t:Quality", &self.quality),
            tag("t:SessionTimeout", self.session_timeout.as_deref().unwrap_or("PT60S")),
        )
    }

    fn to_xml_2(&self) -> String {
        let attribute = |name: &str, value: Option<String>| {
            value.map(|value| format!(" {name}=\"{}\"", escape(&value))).unwrap_or_default()
        };
        let rate = format!(
            "<t:RateControl{}>{}{}</t:RateControl>",
            attribute("ConstantBitRate", self.constant_bit_rate.clone()),
            tag("t:FrameRateLimit", decimal(self.rate_milli)),
            tag("t:BitrateLimit", self.bit_rate.unwrap_or(0)),
        );
        format!(
            "<o:Configuration token=\"{}\"{}{}>{}{}{}{}{}{}{}</o:Configuration>",
            escape(&self.token),
            attribute("GovLength", self.gop_length.map(|gop| gop.to_string())),
            attribute("Profile", self.profile.clone()),
            tag("t:Name", &self.name),
            tag("t:UseCount", &self.use_count),
            tag("t:Encoding", &self.encoding),
            self.resolution(),
            if self.rate_milli > 0 { rate } else { String::new() },
            self.multicast.as_ref().map(Multicast::to_xml).unwrap_or_default(),
            tag("t:Quality", &self.quality),
        )
    }

    fn resolution(&self) -> String {
        format!("<t:Resolution>{}{}</t:Resolution>", tag("t:Width", self.width), tag("t:Height", self.height))
    }
}

impl Default for Multicast {
    /// What cameras say that never used it; the first service wants the element.
    fn default() -> Self {
        Self {
            kind: "IPv4".into(),
            v4: Some("0.0.0.0".into()),
            v6: None,
            port: "0".into(),
            ttl: "1".into(),
            auto_start: "false".into(),
        }
    }
}

impl Multicast {
    fn read(element: &Element) -> Self {
        let text = |path: &[&str]| element.text_at(path);
        let usual = Self::default();
        Self {
            kind: text(&["Address", "Type"]).unwrap_or(usual.kind),
            v4: text(&["Address", "IPv4Address"]),
            v6: text(&["Address", "IPv6Address"]),
            port: text(&["Port"]).unwrap_or(usual.port),
            ttl: text(&["TTL"]).unwrap_or(usual.ttl),
            auto_start: text(&["AutoStart"]).unwrap_or(usual.auto_start),
        }
    }

    fn to_xml(&self) -> String {
        let address = |name: &str, value: &Option<String>| value.as_ref().map(|v| tag(name, v)).unwrap_or_default();
        format!(
            "<t:Multicast><t:Address>{}{}{}</t:Address>{}{}{}</t:Multicast>",
            tag("t:Type", &self.kind),
            address("t:IPv4Address", &self.v4),
            address("t:IPv6Address", &self.v6),
            tag("t:Port", &self.port),
            tag("t:TTL", &self.ttl),
            tag("t:AutoStart", &self.auto_start),
        )
    }
}

/// What one encoding can be set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncoderOffer {
    encoding: String,
    /// Width and height.
    resolutions: Vec<(u32, u32)>,
    rates: Rates,
    gop_length: Option<(u32, u32)>,
    bit_rate: Option<(u32, u32)>,
    profiles: Vec<String>,
}

/// Rates in thousandths of pictures a second.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rates {
    /// The second service lists them.
    Listed(Vec<u32>),
    /// The first gives the ends.
    Between(u32, u32),
    Unknown,
}

impl Rates {
    /// The highest that is at most `most`; `None` if all are higher.
    fn highest_under(&self, most: u32) -> Option<u32> {
        match self {
            Self::Listed(rates) => rates.iter().copied().filter(|rate| *rate <= most).max(),
            Self::Between(low, high) => (*low <= most).then(|| most.min(*high)),
            Self::Unknown => Some(most),
        }
    }

    fn highest(&self) -> u32 {
        match self {
            Self::Listed(rates) => rates.iter().copied().max().unwrap_or(0),
            Self::Between(_, high) => *high,
            Self::Unknown => 0,
        }
    }
}

/// GetVideoEncoderConfigurationOptions of either media service.
pub(crate) fn offers(answer: &Element, media: MediaVersion) -> Vec<EncoderOffer> {
    match media {
        MediaVersion::One => {
            let Some(options) = answer.child("Options") else { return Vec::new() };
            let offer = |codec: &'static str| {
                let extension = options.at(&["Extension", codec]);
                options.child(codec).or(extension).map(|element| EncoderOffer::read_1(codec, element, extension))
            };
            ["H264", "JPEG"].into_iter().filter_map(offer).collect()
        }
        MediaVersion::Two => answer.all("Options").take(MAX_ITEMS).filter_map(EncoderOffer::read_2).collect(),
    }
}

impl EncoderOffer {
    fn read_1(codec: &str, element: &Element, extension: Option<&Element>) -> Self {
        Self {
            encoding: codec.to_owned(),
            resolutions: resolutions(element),
            rates: range(element, "FrameRateRange")
                .filter(|(_, high)| *high > 0)
                .map_or(Rates::Unknown, |(low, high)| Rates::Between(thousandfold(low), thousandfold(high))),
            gop_length: range(element, "GovLengthRange"),
            bit_rate: extension.and_then(|extension| range(extension, "BitrateRange")),
            profiles: element.all("H264ProfilesSupported").take(MAX_ITEMS).map(Element::text).collect(),
        }
    }

    fn read_2(element: &Element) -> Option<Self> {
        let list = |name: &str| {
            let words = element.attribute(name).unwrap_or_default();
            words.split_whitespace().take(MAX_ITEMS).map(str::to_owned).collect::<Vec<_>>()
        };
        // A rate of nothing is no offer, and 0 stands for "not said".
        let rates = list("FrameRatesSupported");
        let rates: Vec<u32> = rates.iter().filter_map(|rate| milli(rate)).filter(|rate| *rate > 0).collect();
        let gop: Vec<u32> = list("GovLengthRange").iter().filter_map(|gop| gop.parse().ok()).collect();
        Some(Self {
            encoding: element.text_at(&["Encoding"])?,
            resolutions: resolutions(element),
            rates: if rates.is_empty() { Rates::Unknown } else { Rates::Listed(rates) },
            gop_length: if let [low, high] = gop[..] { Some((low, high)) } else { None },
            bit_rate: range(element, "BitrateRange"),
            profiles: list("ProfilesSupported"),
        })
    }

    /// Every size with the highest rate, for people.
    fn pictures(&self) -> impl Iterator<Item = Picture> + '_ {
        let frame_rate = self.rates.highest() / MILLI;
        self.resolutions.iter().map(move |(width, height)| Picture { width: *width, height: *height, frame_rate })
    }
}

/// Everything a camera offers, largest first, each once.
pub(crate) fn pictures(offers: &[EncoderOffer]) -> Vec<Picture> {
    let mut all: Vec<Picture> = offers.iter().flat_map(EncoderOffer::pictures).collect();
    all.sort_by_key(|picture| std::cmp::Reverse((picture.width, picture.height, picture.frame_rate)));
    all.dedup();
    all.truncate(MAX_ITEMS);
    all
}

/// The configuration changed as little as the caps ask for: the size only if it is too wide, to the largest offered one
/// of the same shape (so that nothing is stretched or cut off), else to the largest; the rate never higher than it is.
/// `None` if nothing that is offered lies under the caps.
pub(crate) fn smaller(now: &EncoderConfig, offers: &[EncoderOffer], caps: &Caps) -> Option<EncoderConfig> {
    let same = |offer: &&EncoderOffer| Encoding::parse(&offer.encoding) == Encoding::parse(&now.encoding);
    let recordable = |word: &str| offers.iter().find(|offer| Encoding::parse(&offer.encoding).word() == word);
    let candidates =
        offers.iter().find(same).into_iter().chain(["H264", "H265", "JPEG"].into_iter().filter_map(recordable));
    candidates.into_iter().find_map(|offer| under(now, offer, caps))
}

fn under(now: &EncoderConfig, offer: &EncoderOffer, caps: &Caps) -> Option<EncoderConfig> {
    let encoding_changes = Encoding::parse(&offer.encoding) != Encoding::parse(&now.encoding);
    let too_wide = caps.pixels_across.is_some_and(|most| now.width == 0 || now.width > most);
    let (width, height) = if too_wide || encoding_changes {
        size_under(now, offer, caps.pixels_across)?
    } else {
        (now.width, now.height)
    };
    let cap = caps.frames_per_second.map(thousandfold);
    let rate_milli = match cap {
        Some(most) if now.rate_milli == 0 || now.rate_milli > most => offer.rates.highest_under(most)?,
        _ if now.rate_milli > 0 => now.rate_milli,
        _ => offer.rates.highest(),
    };
    let clamp =
        |value: u32, range: Option<(u32, u32)>| range.map_or(value, |(low, high)| value.max(low).min(high.max(low)));
    // The same seconds from one key frame to the next, which is what recording cares about.
    let gop_length = now.gop_length.map(|gop| {
        let scaled = u64::from(gop) * u64::from(rate_milli) / u64::from(now.rate_milli.max(1));
        let scaled = if now.rate_milli == 0 { gop } else { u32::try_from(scaled.max(1)).unwrap_or(gop) };
        clamp(scaled, offer.gop_length)
    });
    let profile = if encoding_changes { offer.profiles.first().cloned() } else { now.profile.clone() };
    Some(EncoderConfig {
        encoding: offer.encoding.clone(),
        width,
        height,
        rate_milli,
        gop_length,
        profile,
        bit_rate: now.bit_rate.map(|rate| clamp(rate, offer.bit_rate)),
        ..now.clone()
    })
}

fn size_under(now: &EncoderConfig, offer: &EncoderOffer, most: Option<u32>) -> Option<(u32, u32)> {
    let fitting = || offer.resolutions.iter().copied().filter(|(width, _)| most.is_none_or(|most| *width <= most));
    // Within a fiftieth: cameras round their sizes to whole blocks.
    let same_shape = |(width, height): &(u32, u32)| {
        let (a, b) = (u64::from(*width) * u64::from(now.height), u64::from(*height) * u64::from(now.width));
        a.abs_diff(b) * 50 <= a.max(b)
    };
    let pixels = |(width, height): &(u32, u32)| u64::from(*width) * u64::from(*height);
    fitting().filter(same_shape).max_by_key(pixels).or_else(|| fitting().max_by_key(pixels))
}

fn resolutions(element: &Element) -> Vec<(u32, u32)> {
    let pixels = |resolution: &Element, name: &str| {
        let pixels: u32 = resolution.text_at(&[name])?.parse().ok()?;
        (1..=MOST_PIXELS).contains(&pixels).then_some(pixels)
    };
    let all = element.all("ResolutionsAvailable").take(MAX_ITEMS);
    all.filter_map(|one| Some((pixels(one, "Width")?, pixels(one, "Height")?))).collect()
}

/// `Min` and `Max`, in that order, both whole and not negative.
fn range(element: &Element, name: &str) -> Option<(u32, u32)> {
    let end = |end: &str| element.text_at(&[name, end])?.parse::<u32>().ok();
    let (low, high) = (end("Min")?, end("Max")?);
    (low <= high).then_some((low, high))
}

fn thousandfold(rate: u32) -> u32 {
    rate.saturating_mul(MILLI)
}

/// A decimal number that is not negative, in thousandths rounded down; digits beyond are cut off.
fn milli(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    whole.parse::<u32>().ok()?.checked_mul(MILLI)?.checked_add(fraction.parse().ok()?)
}

/// Thousandths as a decimal number without needless zeros.
fn decimal(milli: u32) -> String {
    let (whole, rest) = (milli / MILLI, milli % MILLI);
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
