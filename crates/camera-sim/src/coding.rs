//! How a clip is coded, and everything that differs by it: payloader, caps, ONVIF's words, and what garbage looks like.

use bytes::Bytes;
use gstreamer as gst;
use mp4_atom::{Codec, Encode};

/// A coding with the parameter sets of the clip, where it has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coding {
    /// H.264 with its `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15 5.3.3.1).
    H264 {
        /// The record.
        avcc: Bytes,
        /// `Baseline`, `Main` or `High`, as ONVIF spells it.
        profile: &'static str,
    },
    /// H.265 with its `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15 8.3.3.1).
    H265 {
        /// The record.
        hvcc: Bytes,
    },
    /// Motion JPEG; every picture has its tables.
    Jpeg,
}

/// Why a sample entry cannot be sent.
pub(crate) enum Unusable {
    /// The record could not be written.
    Mp4(mp4_atom::Error),
    /// What is wrong with it.
    Because(&'static str),
}

/// A coding, and width and height of its pictures in pixels.
pub(crate) type CodingAndSize = (Coding, (u16, u16));

impl Coding {
    /// The coding of a sample entry, and the size of its pictures; `None` for one that no camera of ours sends.
    pub(crate) fn of(entry: &Codec) -> Option<Result<CodingAndSize, Unusable>> {
        let (coding, visual) = match entry {
            Codec::Avc1(avc1) if avc1.avcc.length_size == 4 => {
                let profile = match avc1.avcc.avc_profile_indication {
                    66 => "Baseline",
                    77 => "Main",
                    _ => "High",
                };
                (record(&avc1.avcc).map(|avcc| Self::H264 { avcc, profile }), &avc1.visual)
            }
            Codec::Hvc1(hvc1) if hvc1.hvcc.length_size_minus_one == 3 => {
                (record(&hvc1.hvcc).map(|hvcc| Self::H265 { hvcc }), &hvc1.visual)
            }
            Codec::Avc1(_) | Codec::Hvc1(_) => {
                return Some(Err(Unusable::Because("NAL unit lengths are not four bytes long")));
            }
            Codec::Jpeg(jpeg) => (Ok(Self::Jpeg), &jpeg.visual),
            _ => return None,
        };
        Some(coding.map(|coding| (coding, (visual.width, visual.height))).map_err(Unusable::Mp4))
    }

    /// Whether the other is coded alike; parameter sets may differ. Only then can one follow the other in a session.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.onvif_name() == other.onvif_name()
    }

    /// The value of ONVIF's `Encoding`.
    #[must_use]
    pub fn onvif_name(&self) -> &'static str {
        match self {
            Self::H264 { .. } => "H264",
            Self::H265 { .. } => "H265",
            Self::Jpeg => "JPEG",
        }
    }

    /// Whether the media service (ver10) has a word for it. It is older than H.265, which media2 brought.
    #[must_use]
    pub fn is_known_to_ver10(&self) -> bool {
        !matches!(self, Self::H265 { .. })
    }

    /// ONVIF's word for the profile; our H.265 is Main. Motion JPEG has none.
    #[must_use]
    pub fn profile(&self) -> Option<&'static str> {
        match self {
            Self::H264 { profile, .. } => Some(profile),
            Self::H265 { .. } => Some("Main"),
            Self::Jpeg => None,
        }
    }

    /// The payloader with what it must be told; parameter sets are repeated before every key frame.
    #[must_use]
    pub fn payloader(&self) -> &'static str {
        match self {
            Self::H264 { .. } => "rtph264pay pt=96 config-interval=-1",
            Self::H265 { .. } => "rtph265pay pt=96 config-interval=-1",
            Self::Jpeg => "rtpjpegpay pt=26",
        }
    }

    /// What the `appsrc` of a pipeline says of its access units.
    #[must_use]
    pub fn caps(&self, (width, height): (u16, u16), frame_rate: i64) -> gst::Caps {
        let prefixed = |name: &str, format: &str, record: &Bytes| {
            gst::Caps::builder(name)
                .field("stream-format", format)
                .field("alignment", "au")
                .field("codec_data", gst::Buffer::from_slice(record.clone()))
                .build()
        };
        match self {
            Self::H264 { avcc, .. } => prefixed("video/x-h264", "avc", avcc),
            Self::H265 { hvcc } => prefixed("video/x-h265", "hvc1", hvcc),
            Self::Jpeg => gst::Caps::builder("image/jpeg")
                .field("width", i32::from(width))
                .field("height", i32::from(height))
                .field("framerate", gst::Fraction::new(i32::try_from(frame_rate).unwrap_or(1), 1))
                .build(),
        }
    }

    /// Random bytes in place of `picture`, framed so that the RTP packets are sound and only what they carry is not:
    /// one NAL unit whose type says "slice" (types of parameter sets the payloader would keep repeating later), or the
    /// head of the JPEG picture with noise behind it.
    #[must_use]
    pub fn garbage_like(&self, picture: &[u8], sync: bool) -> Bytes {
        let mut bytes = vec![0; picture.len().max(16)];
        // The failure of the system's random source is no reason to spare the receiver: zeros are garbage too.
        let _ = getrandom::fill(&mut bytes);
        let header: &[u8] = match (self, sync) {
            (Self::H264 { .. }, true) => &[0x65],
            (Self::H264 { .. }, false) => &[0x41],
            (Self::H265 { .. }, true) => &[19 << 1, 1],
            (Self::H265 { .. }, false) => &[1 << 1, 1],
            (Self::Jpeg, _) => return noise_behind(picture, bytes),
        };
        let nal = u32::try_from(bytes.len() - 4).expect("no access unit of ours is 4 GiB long");
        bytes[..4].copy_from_slice(&nal.to_be_bytes());
        bytes[4..4 + header.len()].copy_from_slice(header);
        Bytes::from(bytes)
    }
}

/// The entropy-coded half of a JPEG picture may hold anything but markers.
fn noise_behind(picture: &[u8], mut noise: Vec<u8>) -> Bytes {
    let kept = picture.len() / 2;
    noise.truncate(picture.len());
    noise[..kept].copy_from_slice(&picture[..kept]);
    noise[kept..].iter_mut().filter(|byte| **byte == 0xff).for_each(|byte| *byte = 0);
    if let Some(end) = noise.last_chunk_mut::<2>() {
        *end = [0xff, 0xd9];
    }
    Bytes::from(noise)
}

/// The payload of a configuration box.
fn record(config: &impl Encode) -> Result<Bytes, mp4_atom::Error> {
    let mut out = Vec::new();
    config.encode(&mut out)?;
    Ok(Bytes::from(out).slice(8..))
}
