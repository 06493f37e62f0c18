//! H.264: NAL unit types and what a recorder reads in a sequence parameter set (ITU-T H.264 7.3.1, 7.3.2.1.1, E.1.1).

use crate::MediaError;
use crate::bits::Bits;

const SET: &str = "H.264 SPS";
/// Macroblocks along one side: four times what level 6.2 allows.
const MAX_MACROBLOCKS: u32 = 4096;

/// `nal_unit_type` (table 7-1), as far as a recorder tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NalType {
    /// Coded slice of a picture that is no IDR picture (1), or a partition of one (2 to 4).
    NonIdr,
    /// Coded slice of an IDR picture (5): decoding can start here.
    Idr,
    /// Supplemental enhancement information (6).
    Sei,
    /// Sequence parameter set (7).
    Sps,
    /// Picture parameter set (8).
    Pps,
    /// Access unit delimiter (9).
    Delimiter,
    /// Any other type.
    Other(u8),
}

impl NalType {
    /// The type of a NAL unit; `None` if it is empty.
    #[must_use]
    pub fn of(nal: &[u8]) -> Option<Self> {
        Some(match nal.first()? & 0x1f {
            1..=4 => Self::NonIdr,
            5 => Self::Idr,
            6 => Self::Sei,
            7 => Self::Sps,
            8 => Self::Pps,
            9 => Self::Delimiter,
            other => Self::Other(other),
        })
    }

    /// Whether it carries part of a picture.
    #[must_use]
    pub fn is_vcl(self) -> bool {
        matches!(self, Self::NonIdr | Self::Idr)
    }
}

/// Part of a sequence parameter set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sps {
    /// `profile_idc`.
    pub profile: u8,
    /// The constraint flags as one byte, `constraint_set0_flag` highest.
    pub constraints: u8,
    /// `level_idc`: ten times the level.
    pub level: u8,
    /// Size in pixels after cropping.
    pub width: u32,
    /// Size in pixels after cropping.
    pub height: u32,
    /// `pic_order_cnt_type`; with 2 the output order is the decoding order.
    pub pic_order_cnt_type: u8,
    /// `max_num_ref_frames`.
    pub max_num_ref_frames: u8,
    /// `num_units_in_tick` and `time_scale` when they stand there: half the length of a frame, in seconds, as a fraction.
    pub timing: Option<(u32, u32)>,
    /// What the stream promises about reordering; `None` when it promises nothing, or its VUI cannot be read.
    pub restriction: Option<Restriction>,
}

/// `bitstream_restriction` of the VUI (E.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restriction {
    /// `max_num_reorder_frames`.
    pub max_num_reorder_frames: u8,
    /// `max_dec_frame_buffering`.
    pub max_dec_frame_buffering: u8,
}

impl Sps {
    /// Reads a NAL unit of type 7, its one-byte header included. The VUI is read with tolerance: where it is broken, as
    /// in some cameras, `timing` and `restriction` are `None` and everything before it stands.
    ///
    /// # Errors
    /// Another NAL unit, or one that ends early or holds a value out of range before the VUI.
    pub fn parse(nal: &[u8]) -> Result<Self, MediaError> {
        let actual = nal.first().map_or(0, |header| header & 0x1f);
        if actual != 7 {
            return Err(MediaError::NotThisSet { set: SET, actual });
        }
        let bits = &mut Bits::new(SET, &nal[1..]);
        let profile = byte(bits, "profile_idc")?;
        let constraints = byte(bits, "constraint flags")?;
        let level = byte(bits, "level_idc")?;
        bits.ue("seq_parameter_set_id", 31)?;
        let chroma = if has_chroma_format(profile) { chroma_format(bits)? } else { 1 };
        bits.ue("log2_max_frame_num_minus4", 12)?;
        let pic_order_cnt_type = pic_order_count(bits)?;
        let max_num_ref_frames = bits.ue("max_num_ref_frames", 16)? as u8;
        bits.flag("gaps_in_frame_num_value_allowed_flag")?;
        let (width, height) = picture_size(bits, chroma)?;
        let (timing, restriction) = match bits.flag("vui_parameters_present_flag") {
            Ok(true) => vui(bits),
            _ => (None, None),
        };
        Ok(Self {
            profile,
            constraints,
            level,
            width,
            height,
            pic_order_cnt_type,
            max_num_ref_frames,
            timing,
            restriction,
        })
    }

    /// How many pictures may precede another in decoding order and follow it in output order: none in the Baseline
    /// profile, in profiles of intra pictures only and with picture order count type 2, else what the VUI says.
    #[must_use]
    pub fn reorder_depth(&self) -> Option<u8> {
        const CONSTRAINT_SET3: u8 = 0x10;
        let intra_only = match self.profile {
            44 => true,
            100 | 110 | 122 | 244 => self.constraints & CONSTRAINT_SET3 != 0,
            _ => false,
        };
        if self.profile == 66 || intra_only || self.pic_order_cnt_type == 2 {
            return Some(0);
        }
        self.restriction.map(|restriction| restriction.max_num_reorder_frames)
    }
}

fn byte(bits: &mut Bits, field: &'static str) -> Result<u8, MediaError> {
    Ok(bits.u(field, 8)? as u8)
}

/// Profiles whose parameter set has a chroma format (7.3.2.1.1).
fn has_chroma_format(profile: u8) -> bool {
    matches!(profile, 44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244)
}

/// Reads on from `chroma_format_idc` through the scaling matrices; returns `ChromaArrayType`.
fn chroma_format(bits: &mut Bits) -> Result<u32, MediaError> {
    let idc = bits.ue("chroma_format_idc", 3)?;
    let separate = idc == 3 && bits.flag("separate_colour_plane_flag")?;
    bits.ue("bit_depth_luma_minus8", 6)?;
    bits.ue("bit_depth_chroma_minus8", 6)?;
    bits.flag("qpprime_y_zero_transform_bypass_flag")?;
    if bits.flag("seq_scaling_matrix_present_flag")? {
        for list in 0..if idc == 3 { 12 } else { 8 } {
            if bits.flag("seq_scaling_list_present_flag")? {
                scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Ok(if separate { 0 } else { idc })
}

/// Passes over one scaling list (7.3.2.1.1.1).
fn scaling_list(bits: &mut Bits, len: u32) -> Result<(), MediaError> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..len {
        if next != 0 {
            next = (last + i64::from(bits.se("delta_scale")?)).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Ok(())
}

fn pic_order_count(bits: &mut Bits) -> Result<u8, MediaError> {
    let kind = bits.ue("pic_order_cnt_type", 2)?;
    match kind {
        0 => {
            bits.ue("log2_max_pic_order_cnt_lsb_minus4", 12)?;
        }
        1 => {
            bits.flag("delta_pic_order_always_zero_flag")?;
            bits.se("offset_for_non_ref_pic")?;
            bits.se("offset_for_top_to_bottom_field")?;
            for _ in 0..bits.ue("num_ref_frames_in_pic_order_cnt_cycle", 255)? {
                bits.se("offset_for_ref_frame")?;
            }
        }
        _ => {}
    }
    Ok(kind as u8)
}

/// Size after cropping; crop units depend on chroma and on fields (equations 7-19 to 7-22).
fn picture_size(bits: &mut Bits, chroma: u32) -> Result<(u32, u32), MediaError> {
    let width = 16 * (bits.ue("pic_width_in_mbs_minus1", MAX_MACROBLOCKS - 1)? + 1);
    let map_units = bits.ue("pic_height_in_map_units_minus1", MAX_MACROBLOCKS - 1)? + 1;
    let fields = if bits.flag("frame_mbs_only_flag")? { 1 } else { 2 };
    if fields == 2 {
        bits.flag("mb_adaptive_frame_field_flag")?;
    }
    let height = 16 * map_units * fields;
    bits.flag("direct_8x8_inference_flag")?;
    if !bits.flag("frame_cropping_flag")? {
        return Ok((width, height));
    }
    let unit_x = if chroma == 1 || chroma == 2 { 2 } else { 1 };
    let unit_y = fields * if chroma == 1 { 2 } else { 1 };
    let mut crop = |field, size: u32, unit| {
        // What is cut must leave at least one pixel.
        Ok::<_, MediaError>(unit * bits.ue(field, (size - 1) / unit)?)
    };
    let left = crop("frame_crop_left_offset", width, unit_x)?;
    let right = crop("frame_crop_right_offset", width - left, unit_x)?;
    let top = crop("frame_crop_top_offset", height, unit_y)?;
    let bottom = crop("frame_crop_bottom_offset", height - top, unit_y)?;
    Ok((width - left - right, height - top - bottom))
}

type Timing = Option<(u32, u32)>;

/// Video usability information, E.1.1; whatever was read before it broke is kept.
fn vui(bits: &mut Bits) -> (Timing, Option<Restriction>) {
    let mut timing = None;
    let restriction = vui_fields(bits, &mut timing).unwrap_or(None);
    (timing, restriction)
}

fn vui_fields(bits: &mut Bits, timing: &mut Timing) -> Result<Option<Restriction>, MediaError> {
    const EXTENDED_SAR: u32 = 255;
    if bits.flag("aspect_ratio_info_present_flag")? && bits.u("aspect_ratio_idc", 8)? == EXTENDED_SAR {
        bits.skip("sar_width and sar_height", 32)?;
    }
    if bits.flag("overscan_info_present_flag")? {
        bits.skip("overscan_appropriate_flag", 1)?;
    }
    if bits.flag("video_signal_type_present_flag")? {
        bits.skip("video_format and video_full_range_flag", 4)?;
        if bits.flag("colour_description_present_flag")? {
            bits.skip("colour description", 24)?;
        }
    }
    if bits.flag("chroma_loc_info_present_flag")? {
        bits.ue("chroma_sample_loc_type_top_field", 5)?;
        bits.ue("chroma_sample_loc_type_bottom_field", 5)?;
    }
    if bits.flag("timing_info_present_flag")? {
        let units = bits.u("num_units_in_tick", 32)?;
        let scale = bits.u("time_scale", 32)?;
        *timing = (units > 0 && scale > 0).then_some((units, scale));
        bits.skip("fixed_frame_rate_flag", 1)?;
    }
    let nal_hrd = bits.flag("nal_hrd_parameters_present_flag")?;
    if nal_hrd {
        hrd(bits)?;
    }
    let vcl_hrd = bits.flag("vcl_hrd_parameters_present_flag")?;
    if vcl_hrd {
        hrd(bits)?;
    }
    if nal_hrd || vcl_hrd {
        bits.skip("low_delay_hrd_flag", 1)?;
    }
    bits.skip("pic_struct_present_flag", 1)?;
    if !bits.flag("bitstream_restriction_flag")? {
        return Ok(None);
    }
    bits.skip("motion_vectors_over_pic_boundaries_flag", 1)?;
    bits.ue("max_bytes_per_pic_denom", 16)?;
    bits.ue("max_bits_per_mb_denom", 16)?;
    bits.ue("log2_max_mv_length_horizontal", 32)?;
    bits.ue("log2_max_mv_length_vertical", 32)?;
    Ok(Some(Restriction {
        max_num_reorder_frames: bits.ue("max_num_reorder_frames", 16)? as u8,
        max_dec_frame_buffering: bits.ue("max_dec_frame_buffering", 16)? as u8,
    }))
}

/// Passes over hypothetical reference decoder parameters (E.1.2).
fn hrd(bits: &mut Bits) -> Result<(), MediaError> {
    let count = bits.ue("cpb_cnt_minus1", 31)? + 1;
    bits.skip("bit_rate_scale and cpb_size_scale", 8)?;
    for _ in 0..count {
        bits.ue("bit_rate_value_minus1", u32::MAX - 1)?;
        bits.ue("cpb_size_value_minus1", u32::MAX - 1)?;
        bits.skip("cbr_flag", 1)?;
    }
    bits.skip("delay and offset lengths", 20)
}

#[cfg(test)]
mod tests;
