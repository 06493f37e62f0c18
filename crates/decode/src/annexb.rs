//! Annex B (ITU-T H.264 and H.265, annex B of each): what decoders read. Tracks hold NAL units after lengths and parameter sets
//! apart (ISO/IEC 14496-15); here they become a stream with start codes, parameter sets before each key frame.

use candour_media::{Codec, MediaError, nals};

const START: [u8; 4] = [0, 0, 0, 1];

/// Why there is no Annex B of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnnexBError {
    /// Sound, or a coding with no NAL units.
    #[error("{0:?} has no NAL units")]
    NoNalUnits(Codec),
    /// The decoder configuration record ends too early.
    #[error("the decoder configuration record of {codec:?} ends after {len} bytes, inside a parameter set")]
    Record {
        /// The coding.
        codec: Codec,
        /// Bytes there are.
        len: usize,
    },
    /// The access unit cannot be walked.
    #[error("an access unit cannot be split into NAL units")]
    Unit(#[from] MediaError),
}

/// The parameter sets of an `avcC` or `hvcC` payload (ISO/IEC 14496-15 5.3.3.1 and 8.3.3.1), with start codes.
///
/// # Errors
/// [`AnnexBError::NoNalUnits`] and [`AnnexBError::Record`].
pub fn parameter_sets(codec: Codec, record: &[u8]) -> Result<Vec<u8>, AnnexBError> {
    let mut rest = Record { codec, len: record.len(), rest: record };
    let mut out = Vec::with_capacity(record.len() + 16);
    match codec {
        Codec::H264 => {
            rest.take(5)?;
            for mask in [0x1f, 0xff] {
                let count = rest.byte()? & mask;
                rest.sets(u16::from(count), &mut out)?;
            }
        }
        Codec::H265 => {
            rest.take(22)?;
            for _ in 0..rest.byte()? {
                rest.byte()?;
                let count = rest.length()?;
                rest.sets(count, &mut out)?;
            }
        }
        other => return Err(AnnexBError::NoNalUnits(other)),
    }
    Ok(out)
}

/// Writes one access unit of length-prefixed NAL units with start codes into `out`, which is emptied first; `sets` come before it.
///
/// # Errors
/// [`AnnexBError::Unit`].
pub fn annex_b(sets: &[u8], unit: &[u8], out: &mut Vec<u8>) -> Result<(), AnnexBError> {
    out.clear();
    out.extend_from_slice(sets);
    for nal in nals(unit) {
        out.extend_from_slice(&START);
        out.extend_from_slice(nal?);
    }
    Ok(())
}

/// NAL units between start codes.
pub fn between_start_codes(unit: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts: Vec<usize> =
        unit.windows(3).enumerate().filter(|(_, three)| *three == [0, 0, 1]).map(|(at, _)| at + 3).collect();
    let ends: Vec<usize> = starts.iter().skip(1).map(|start| start - 3).chain([unit.len()]).collect();
    starts.into_iter().zip(ends).filter_map(|(start, end)| unit.get(start..end))
}

struct Record<'a> {
    codec: Codec,
    len: usize,
    rest: &'a [u8],
}

impl<'a> Record<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], AnnexBError> {
        let (taken, rest) =
            self.rest.split_at_checked(len).ok_or(AnnexBError::Record { codec: self.codec, len: self.len })?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, AnnexBError> {
        self.take(1).map(|taken| taken[0])
    }

    fn length(&mut self) -> Result<u16, AnnexBError> {
        self.take(2).map(|taken| u16::from_be_bytes([taken[0], taken[1]]))
    }

    fn sets(&mut self, count: u16, out: &mut Vec<u8>) -> Result<(), AnnexBError> {
        for _ in 0..count {
            let len = self.length()?;
            let set = self.take(usize::from(len))?;
            out.extend_from_slice(&START);
            out.extend_from_slice(set);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_records_are_read() {
        let avc = [1, 66, 0, 30, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 1, 0x68];
        assert_eq!(parameter_sets(Codec::H264, &avc).expect("whole"), [0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68]);
        let mut hevc = vec![0; 22];
        hevc.extend([2, 0xa0, 0, 1, 0, 1, 0x40, 0xa1, 0, 2, 0, 1, 0x42, 0, 1, 0x43]);
        let expected = [0, 0, 0, 1, 0x40, 0, 0, 0, 1, 0x42, 0, 0, 0, 1, 0x43];
        assert_eq!(parameter_sets(Codec::H265, &hevc).expect("whole"), expected);
        assert_eq!(parameter_sets(Codec::Mjpeg, &[]), Err(AnnexBError::NoNalUnits(Codec::Mjpeg)));
    }

    #[test]
    fn units_get_start_codes() {
        let mut out = vec![9];
        annex_b(&[0, 0, 0, 1, 0x67], b"\0\0\0\x02\x65\x88\0\0\0\x01\x06", &mut out).expect("two units");
        assert_eq!(out, [0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65, 0x88, 0, 0, 0, 1, 0x06]);
        assert!(annex_b(&[], b"\0\0\0\x09\x65", &mut out).is_err());
    }

    proptest! {
        #[test]
        fn any_record_ends(record in proptest::collection::vec(prop_oneof![Just(0u8), 1u8..4, any::<u8>()], 0..80)) {
            for codec in [Codec::H264, Codec::H265] {
                if let Ok(sets) = parameter_sets(codec, &record) {
                    prop_assert!(sets.len() <= record.len() * 3);
                }
            }
        }
    }
}
