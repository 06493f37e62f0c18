//! What the answers say. A missing field is `None` or empty: never an error, and never innocence either.

use crate::operation::MediaVersion;
use crate::xml::Element;

/// The most items of one kind that are read from an answer; no camera has more.
pub(crate) const MAX_ITEMS: usize = 64;

/// GetDeviceInformation, in the device's own words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceInformation {
    /// The maker.
    pub manufacturer: String,
    /// The model.
    pub model: String,
    /// The firmware.
    pub firmware: String,
    /// The serial number.
    pub serial: String,
    /// The hardware id.
    pub hardware: String,
}

impl DeviceInformation {
    pub(crate) fn read(answer: &Element) -> Self {
        let text = |name: &str| answer.text_at(&[name]).unwrap_or_default();
        Self {
            manufacturer: text("Manufacturer"),
            model: text("Model"),
            firmware: text("FirmwareVersion"),
            serial: text("SerialNumber"),
            hardware: text("HardwareId"),
        }
    }
}

/// One service and the address the device gives for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its namespace, or its name where the older answer gives only that.
    pub namespace: String,
    /// The address as given. Not to be followed: see [`crate::pin_service`].
    pub address: String,
}

/// GetServices.
pub(crate) fn services(answer: &Element) -> Vec<Service> {
    answer
        .all("Service")
        .take(MAX_ITEMS)
        .filter_map(|service| {
            Some(Service { namespace: service.text_at(&["Namespace"])?, address: service.text_at(&["XAddr"])? })
        })
        .collect()
}

/// GetCapabilities: every element with an `XAddr`, also inside `Extension`. The media one gets its namespace.
pub(crate) fn capabilities(answer: &Element) -> Vec<Service> {
    let Some(all) = answer.child("Capabilities") else { return Vec::new() };
    let extension = all.all("Extension").flat_map(Element::children);
    all.children()
        .iter()
        .chain(extension)
        .take(MAX_ITEMS)
        .filter_map(|service| {
            let namespace = if service.name == "Media" { MediaVersion::One.namespace() } else { &service.name };
            Some(Service { namespace: namespace.to_owned(), address: service.text_at(&["XAddr"])? })
        })
        .collect()
}

/// GetNetworkInterfaces: the hardware addresses, in the device's spelling.
pub(crate) fn hardware_addresses(answer: &Element) -> Vec<String> {
    answer.all("NetworkInterfaces").take(MAX_ITEMS).filter_map(|one| one.text_at(&["Info", "HwAddress"])).collect()
}

/// GetScopes.
pub(crate) fn scopes(answer: &Element) -> Vec<String> {
    answer.all("Scopes").take(MAX_ITEMS).filter_map(|scope| scope.text_at(&["ScopeItem"])).collect()
}

/// GetUsers: the level of a user, if it is one of them.
pub(crate) fn level_of(answer: &Element, user: &str) -> Option<String> {
    let found = answer.all("User").take(MAX_ITEMS).find(|one| one.text_at(&["Username"]).as_deref() == Some(user))?;
    found.text_at(&["UserLevel"])
}

/// How a stream is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encoding {
    /// H.264.
    H264,
    /// H.265; not every browser plays it.
    H265,
    /// Single JPEG pictures.
    Jpeg,
    /// Anything else, in the device's words.
    Other(String),
}

impl Encoding {
    pub(crate) fn parse(text: &str) -> Self {
        match text.to_ascii_uppercase().as_str() {
            "H264" => Self::H264,
            "H265" | "HEVC" => Self::H265,
            "JPEG" | "MJPEG" => Self::Jpeg,
            _ => Self::Other(text.to_owned()),
        }
    }

    /// The word for people and rows: `H264`, `H265`, `JPEG`, or the device's own.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::H264 => "H264",
            Self::H265 => "H265",
            Self::Jpeg => "JPEG",
            Self::Other(word) => word,
        }
    }
}

/// The video encoder of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoEncoder {
    /// The encoding.
    pub encoding: Encoding,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures a second at most, rounded down; 0 where not said.
    pub frame_rate: u32,
    /// Kilobits a second at most; 0 where not said.
    pub bit_rate_kbit: u32,
    /// Pictures from one sync sample to the next; 0 where not said.
    pub gop_length: u32,
}

/// One profile as the device lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileAnswer {
    /// The token by which it is asked for.
    pub token: String,
    /// Its name.
    pub name: String,
    /// Its video; profiles without any are of no use to us.
    pub video: Option<VideoEncoder>,
}

/// GetProfiles of either media service.
pub(crate) fn profiles(answer: &Element, media: MediaVersion) -> Vec<ProfileAnswer> {
    answer.all("Profiles").take(MAX_ITEMS).filter_map(|element| profile(element, media)).collect()
}

/// One profile of either media service; `None` without a token, by which it would have to be asked for.
pub(crate) fn profile(element: &Element, media: MediaVersion) -> Option<ProfileAnswer> {
    let path: &[&str] = match media {
        MediaVersion::One => &["VideoEncoderConfiguration"],
        MediaVersion::Two => &["Configurations", "VideoEncoder"],
    };
    Some(ProfileAnswer {
        token: element.attribute("token").filter(|token| !token.is_empty())?,
        name: element.text_at(&["Name"]).unwrap_or_default(),
        video: element.at(path).and_then(video_encoder),
    })
}

fn video_encoder(encoder: &Element) -> Option<VideoEncoder> {
    let number = |path: &[&str]| encoder.text_at(path).and_then(|text| whole(&text)).unwrap_or(0);
    let gop_length = encoder
        .attribute("GovLength")
        .and_then(|text| whole(&text))
        .or_else(|| ["H264", "MPEG4"].iter().find_map(|codec| whole(&encoder.text_at(&[codec, "GovLength"])?)));
    Some(VideoEncoder {
        encoding: Encoding::parse(&encoder.text_at(&["Encoding"])?),
        width: number(&["Resolution", "Width"]),
        height: number(&["Resolution", "Height"]),
        frame_rate: number(&["RateControl", "FrameRateLimit"]),
        bit_rate_kbit: number(&["RateControl", "BitrateLimit"]),
        gop_length: gop_length.unwrap_or(0),
    })
}

/// `25`, or `25.0` as media2 writes rates; the part after the dot is cut off.
fn whole(text: &str) -> Option<u32> {
    text.split('.').next()?.parse().ok()
}

/// GetStreamUri of either media service.
pub(crate) fn stream_uri(answer: &Element) -> Option<String> {
    answer.text_at(&["MediaUri", "Uri"]).or_else(|| answer.text_at(&["Uri"]))
}
