//! Reading a parameter set bit by bit: fixed fields and Exp-Golomb codes (ITU-T H.264 7.2, 9.1), never past the end.

use std::borrow::Cow;

use crate::MediaError;

/// The raw byte sequence payload of a parameter set, read from its first bit on.
pub(crate) struct Bits<'a> {
    set: &'static str,
    data: Cow<'a, [u8]>,
    at: usize,
}

/// Removes the emulation prevention bytes: in `00 00 03` the third byte is no data (ITU-T H.264 7.4.1).
fn unescape(nal: &[u8]) -> Cow<'_, [u8]> {
    if !nal.windows(3).any(|window| window == [0, 0, 3]) {
        return Cow::Borrowed(nal);
    }
    let mut zeros = 0;
    let mut out = Vec::with_capacity(nal.len());
    for &byte in nal {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    Cow::Owned(out)
}

impl<'a> Bits<'a> {
    /// Reads `payload`, the bytes after the NAL unit header; `set` names the parameter set in errors.
    pub(crate) fn new(set: &'static str, payload: &'a [u8]) -> Self {
        Self { set, data: unescape(payload), at: 0 }
    }

    fn next(&mut self) -> Option<u32> {
        let byte = *self.data.get(self.at / 8)?;
        let bit = u32::from(byte >> (7 - self.at % 8) & 1);
        self.at += 1;
        Some(bit)
    }

    fn ended(&self, field: &'static str) -> MediaError {
        MediaError::SetTruncated { set: self.set, field, bit: self.at }
    }

    /// An unsigned field of `width` bits, at most 32: `u(n)`.
    pub(crate) fn u(&mut self, field: &'static str, width: u32) -> Result<u32, MediaError> {
        (0..width).try_fold(0u32, |value, _| Some(value << 1 | self.next()?)).ok_or_else(|| self.ended(field))
    }

    /// One bit.
    pub(crate) fn flag(&mut self, field: &'static str) -> Result<bool, MediaError> {
        Ok(self.u(field, 1)? == 1)
    }

    /// Passes over `width` bits, of which only the presence matters.
    pub(crate) fn skip(&mut self, field: &'static str, width: usize) -> Result<(), MediaError> {
        let end = self.at.saturating_add(width);
        if end > self.data.len() * 8 {
            self.at = self.data.len() * 8;
            return Err(self.ended(field));
        }
        self.at = end;
        Ok(())
    }

    /// An unsigned Exp-Golomb code of at most `limit`: `ue(v)`.
    pub(crate) fn ue(&mut self, field: &'static str, limit: u32) -> Result<u32, MediaError> {
        let mut zeros = 0;
        while self.next().ok_or_else(|| self.ended(field))? == 0 {
            zeros += 1;
            if zeros > 31 {
                return Err(self.out_of_range(field, u64::from(u32::MAX), limit));
            }
        }
        let value = (1u64 << zeros) - 1 + u64::from(self.u(field, zeros)?);
        match u32::try_from(value) {
            Ok(value) if value <= limit => Ok(value),
            _ => Err(self.out_of_range(field, value, limit)),
        }
    }

    /// A signed Exp-Golomb code: `se(v)`.
    pub(crate) fn se(&mut self, field: &'static str) -> Result<i32, MediaError> {
        let code = self.ue(field, u32::MAX - 1)?;
        let magnitude = i32::try_from(code.div_ceil(2)).unwrap_or(i32::MAX);
        Ok(if code % 2 == 1 { magnitude } else { -magnitude })
    }

    fn out_of_range(&self, field: &'static str, value: u64, limit: u32) -> MediaError {
        MediaError::SetOutOfRange { set: self.set, field, value, limit: limit.into(), bit: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 1, 010, 011, 00100, 00101, 00110, 00111: the codes of 0 to 6.
    const CODES: [u8; 4] = [0b1010_0110, 0b0100_0010, 0b1001_1000, 0b1110_0000];

    #[track_caller]
    fn check_ue(data: &[u8], expected: &[u32]) {
        let mut bits = Bits::new("test", data);
        for value in expected {
            assert_eq!(bits.ue("code", u32::MAX), Ok(*value));
        }
    }

    #[test]
    fn exp_golomb_by_the_table_of_the_specification() {
        check_ue(&CODES, &[0, 1, 2, 3, 4, 5, 6]);
        let mut bits = Bits::new("test", &CODES);
        let signed: Vec<_> = (0..7).map(|_| bits.se("code").expect("in range")).collect();
        assert_eq!(signed, [0, 1, -1, 2, -2, 3, -3]);
    }

    #[test]
    fn refuses_what_is_too_long_too_great_or_missing() {
        let error = |data: &[u8], limit| Bits::new("test", data).ue("code", limit).expect_err("must be refused");
        assert!(matches!(error(&[0, 0, 0, 0, 0, 0, 0, 0, 1], u32::MAX), MediaError::SetOutOfRange { bit: 32, .. }));
        assert!(matches!(error(&[0b0010_0000], 2), MediaError::SetOutOfRange { value: 3, limit: 2, .. }));
        assert!(matches!(error(&[0b0000_0001], 999), MediaError::SetTruncated { bit: 8, field: "code", .. }));
        assert!(matches!(error(&[], 999), MediaError::SetTruncated { bit: 0, .. }));
        assert!(Bits::new("test", &[0; 3]).skip("much", usize::MAX).is_err());
    }

    #[test]
    fn emulation_prevention_is_no_data() {
        assert_eq!(&*unescape(&[1, 0, 0, 3, 1, 0, 0, 3]), [1, 0, 0, 1, 0, 0]);
        assert_eq!(&*unescape(&[0, 0, 3, 0, 0, 3, 3]), [0, 0, 0, 0, 3]);
        assert_eq!(&*unescape(&[0, 3, 0, 3]), [0, 3, 0, 3]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(data in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut bits = Bits::new("test", &data);
            for _ in 0..400 {
                let _ = (bits.ue("a", u32::MAX), bits.se("b"), bits.u("c", 32), bits.skip("d", 1));
            }
            prop_assert!(bits.at <= data.len() * 8);
        }
    }
}
