//! H.265: NAL unit types and what a recorder reads in a sequence parameter set (ITU-T H.265 7.3.1, 7.3.2.2, 7.3.3).

use crate::MediaError;
use crate::bits::Bits;

const SET: &str = "H.265 SPS";
const MAX_SIDE: u32 = 65_535;

/// `nal_unit_type` (table 7-1), as far as a recorder tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NalType {
    /// Coded slice segment of a picture at which decoding cannot start (0 to 15, 22 to 31).
    Slice(u8),
    /// Coded slice segment of a BLA, IDR or CRA picture (16 to 21): decoding can start here.
    RandomAccess(u8),
    /// Video parameter set (32).
    Vps,
    /// Sequence parameter set (33).
    Sps,
    /// Picture parameter set (34).
    Pps,
    /// Access unit delimiter (35).
    Delimiter,
    /// Supplemental enhancement information, before (39) or after (40) the slices.
    Sei,
    /// Any other type.
    Other(u8),
}

impl NalType {
    /// The type of a NAL unit; `None` if it is empty.
    #[must_use]
    pub fn of(nal: &[u8]) -> Option<Self> {
        Some(match nal.first()? >> 1 & 0x3f {
            kind @ 16..=21 => Self::RandomAccess(kind),
            kind @ 0..=31 => Self::Slice(kind),
            32 => Self::Vps,
            33 => Self::Sps,
            34 => Self::Pps,
            35 => Self::Delimiter,
            39 | 40 => Self::Sei,
            other => Self::Other(other),
        })
    }

    /// Whether it carries part of a picture.
    #[must_use]
    pub fn is_vcl(self) -> bool {
        matches!(self, Self::Slice(_) | Self::RandomAccess(_))
    }

    /// Whether decoding can start at its picture.
    #[must_use]
    pub fn is_random_access(self) -> bool {
        matches!(self, Self::RandomAccess(_))
    }
}

/// Part of a sequence parameter set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sps {
    /// `general_profile_idc`.
    pub profile: u8,
    /// `general_level_idc`: thirty times the level.
    pub level: u8,
    /// Size in pixels after cropping to the conformance window.
    pub width: u32,
    /// Size in pixels after cropping to the conformance window.
    pub height: u32,
    /// `sps_max_num_reorder_pics` of the highest temporal sub-layer.
    pub max_num_reorder_pics: u8,
}

impl Sps {
    /// Reads a NAL unit of type 33, its two-byte header included, as far as the reordering depth.
    ///
    /// # Errors
    /// Another NAL unit, or one that ends early or holds a value out of range before that.
    pub fn parse(nal: &[u8]) -> Result<Self, MediaError> {
        let actual = nal.first().map_or(0, |header| header >> 1 & 0x3f);
        if actual != 33 {
            return Err(MediaError::NotThisSet { set: SET, actual });
        }
        let bits = &mut Bits::new(SET, nal.get(2..).unwrap_or_default());
        bits.skip("sps_video_parameter_set_id", 4)?;
        let max_sub_layers = bits.u("sps_max_sub_layers_minus1", 3)?;
        bits.skip("sps_temporal_id_nesting_flag", 1)?;
        let (profile, level) = profile_tier_level(bits, max_sub_layers)?;
        bits.ue("sps_seq_parameter_set_id", 15)?;
        let (width, height) = picture_size(bits)?;
        bits.ue("bit_depth_luma_minus8", 8)?;
        bits.ue("bit_depth_chroma_minus8", 8)?;
        bits.ue("log2_max_pic_order_cnt_lsb_minus4", 12)?;
        let max_num_reorder_pics = reorder_depth(bits, max_sub_layers)?;
        Ok(Self { profile, level, width, height, max_num_reorder_pics })
    }
}

/// `profile_tier_level(1, max_sub_layers_minus1)`, 7.3.3.
fn profile_tier_level(bits: &mut Bits, max_sub_layers: u32) -> Result<(u8, u8), MediaError> {
    bits.skip("general_profile_space and general_tier_flag", 3)?;
    let profile = bits.u("general_profile_idc", 5)? as u8;
    bits.skip("general profile flags", 32 + 48)?;
    let level = bits.u("general_level_idc", 8)? as u8;
    let mut sub_layer_bits = 0;
    for _ in 0..max_sub_layers {
        sub_layer_bits += if bits.flag("sub_layer_profile_present_flag")? { 88 } else { 0 };
        sub_layer_bits += if bits.flag("sub_layer_level_present_flag")? { 8 } else { 0 };
    }
    if max_sub_layers > 0 {
        bits.skip("reserved_zero_2bits", 2 * (8 - max_sub_layers as usize))?;
    }
    bits.skip("sub-layer profiles and levels", sub_layer_bits)?;
    Ok((profile, level))
}

fn picture_size(bits: &mut Bits) -> Result<(u32, u32), MediaError> {
    let chroma = bits.ue("chroma_format_idc", 3)?;
    let separate = chroma == 3 && bits.flag("separate_colour_plane_flag")?;
    let width = bits.ue("pic_width_in_luma_samples", MAX_SIDE)?.max(1);
    let height = bits.ue("pic_height_in_luma_samples", MAX_SIDE)?.max(1);
    if !bits.flag("conformance_window_flag")? {
        return Ok((width, height));
    }
    // SubWidthC and SubHeightC, table 6-1.
    let (unit_x, unit_y) = match (chroma, separate) {
        (1, _) => (2, 2),
        (2, _) => (2, 1),
        _ => (1, 1),
    };
    let mut crop = |field, size: u32, unit| Ok::<_, MediaError>(unit * bits.ue(field, (size - 1) / unit)?);
    let left = crop("conf_win_left_offset", width, unit_x)?;
    let right = crop("conf_win_right_offset", width - left, unit_x)?;
    let top = crop("conf_win_top_offset", height, unit_y)?;
    let bottom = crop("conf_win_bottom_offset", height - top, unit_y)?;
    Ok((width - left - right, height - top - bottom))
}

/// The depth of the highest sub-layer, which comes last and holds for the whole stream.
fn reorder_depth(bits: &mut Bits, max_sub_layers: u32) -> Result<u8, MediaError> {
    let all = bits.flag("sps_sub_layer_ordering_info_present_flag")?;
    let mut depth = 0;
    for _ in 0..=if all { max_sub_layers } else { 0 } {
        bits.ue("sps_max_dec_pic_buffering_minus1", 15)?;
        depth = bits.ue("sps_max_num_reorder_pics", 15)? as u8;
        bits.ue("sps_max_latency_increase_plus1", u32::MAX - 1)?;
    }
    Ok(depth)
}

#[cfg(test)]
mod tests;
