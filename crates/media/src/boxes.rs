//! Boxes of ISO/IEC 14496-12 4.2: a bounded walk over hostile ones, and writing our own.

use std::fmt;

use crate::MediaError;

/// The four characters that name a box.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BoxKind(pub [u8; 4]);

impl fmt::Display for BoxKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.escape_ascii())
    }
}

impl fmt::Debug for BoxKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One box of a file: where it lies in the slice that was handed in, and what is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) kind: BoxKind,
    /// Byte position of the header.
    pub(crate) at: usize,
    /// Everything after the header.
    pub(crate) body: &'a [u8],
    /// Byte position of the body.
    pub(crate) body_at: usize,
}

impl<'a> Found<'a> {
    /// `len` bytes of the body from `from` on.
    pub(crate) fn bytes(&self, from: usize, len: usize) -> Result<&'a [u8], MediaError> {
        self.body.get(from..).and_then(|rest| rest.get(..len)).ok_or(MediaError::BoxTruncated {
            kind: self.kind,
            at: self.at,
            declared: (from as u64).saturating_add(len as u64),
            available: self.body.len(),
        })
    }

    /// A fixed number of bytes of the body.
    pub(crate) fn array<const N: usize>(&self, from: usize) -> Result<[u8; N], MediaError> {
        self.bytes(from, N).map(|bytes| bytes.try_into().expect("bytes() gives exactly the length asked for"))
    }

    pub(crate) fn u16(&self, from: usize) -> Result<u16, MediaError> {
        self.array(from).map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&self, from: usize) -> Result<u32, MediaError> {
        self.array(from).map(u32::from_be_bytes)
    }

    /// The boxes inside, the first after `skip` bytes of fixed fields.
    pub(crate) fn children(&self, skip: usize) -> Result<Boxes<'a>, MediaError> {
        let data = self.bytes(skip, self.body.len().saturating_sub(skip))?;
        Ok(Boxes { data, at: 0, base: self.body_at + skip })
    }

    /// The first box of that kind inside, where there may be none: what cannot be read is an error all the same.
    pub(crate) fn child_if_any(&self, skip: usize, kind: &[u8; 4]) -> Result<Option<Found<'a>>, MediaError> {
        match self.child(skip, kind) {
            Ok(found) => Ok(Some(found)),
            Err(MediaError::BoxMissing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The first box of that kind inside.
    pub(crate) fn child(&self, skip: usize, kind: &[u8; 4]) -> Result<Found<'a>, MediaError> {
        for child in self.children(skip)? {
            let child = child?;
            if child.kind.0 == *kind {
                return Ok(child);
            }
        }
        Err(MediaError::BoxMissing { inside: self.kind, missing: BoxKind(*kind) })
    }
}

/// The boxes that stand one after another in a slice. After the first error there is nothing more.
#[derive(Debug, Clone)]
pub(crate) struct Boxes<'a> {
    data: &'a [u8],
    at: usize,
    base: usize,
}

impl<'a> Boxes<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, base: 0 }
    }

    fn take(&mut self) -> Result<Found<'a>, MediaError> {
        let rest = &self.data[self.at..];
        let at = self.base + self.at;
        self.at = self.data.len();
        let truncated = |kind, declared| MediaError::BoxTruncated { kind, at, declared, available: rest.len() };
        let Some(header) = rest.first_chunk::<8>() else {
            return Err(truncated(BoxKind(*b"????"), 8));
        };
        let [s0, s1, s2, s3, kind @ ..] = *header;
        let kind = BoxKind(kind);
        let (size, header_len) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            // To the end of the file.
            0 => (rest.len() as u64, 8),
            1 => match rest.get(8..16) {
                Some(large) => (u64::from_be_bytes(large.try_into().expect("8 bytes were taken")), 16),
                None => return Err(truncated(kind, 16)),
            },
            size => (u64::from(size), 8),
        };
        let whole = usize::try_from(size).ok().and_then(|size| rest.get(..size)).ok_or(truncated(kind, size))?;
        let body = whole.get(header_len..).ok_or(truncated(kind, size))?;
        self.at = at - self.base + whole.len();
        Ok(Found { kind, at, body, body_at: at + header_len })
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<Found<'a>, MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.data.len()).then(|| self.take())
    }
}

/// Writes a box around what `body` writes.
pub(crate) fn write_box(out: &mut Vec<u8>, kind: &[u8; 4], body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(kind);
    body(out);
    let size = u32::try_from(out.len() - start).expect("boxes of ours hold descriptions, not media data");
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// Writes one box of the library's.
pub(crate) fn write_atom(out: &mut Vec<u8>, atom: &impl mp4_atom::Encode) {
    atom.encode(out).expect("writing a complete box into memory cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(data: &[u8], expected: &[&str]) {
        let found: Vec<String> = Boxes::new(data)
            .map(|found| match found {
                Ok(found) => format!("{} {}+{}", found.kind, found.at, found.body.len()),
                Err(error) => error.to_string(),
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn walks_all_size_forms() {
        check(b"\0\0\0\x09freeX\0\0\0\x08skip", &["'free' 0+1", "'skip' 9+0"]);
        check(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x12ab", &["'mdat' 0+2"]);
        check(b"\0\0\0\0mdatabc", &["'mdat' 0+3"]);
        check(b"\0\0\0\x09fre", &["box '????' at byte 0 claims 8 bytes where 7 are available"]);
        check(b"\0\0\0\x09free", &["box 'free' at byte 0 claims 9 bytes where 8 are available"]);
        check(b"\0\0\0\x07free", &["box 'free' at byte 0 claims 7 bytes where 8 are available"]);
        check(b"\0\0\0\x01free\0\0", &["box 'free' at byte 0 claims 16 bytes where 10 are available"]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(data in proptest::collection::vec(prop_oneof![3 => Just(0u8), 2 => 1u8..24, 1 => any::<u8>()], 0..80)) {
            for found in Boxes::new(&data).flatten() {
                prop_assert!(found.body_at + found.body.len() <= data.len());
                for child in found.children(0).expect("nothing is skipped").flatten() {
                    prop_assert_eq!(&data[child.body_at..child.body_at + child.body.len()], child.body);
                }
            }
        }
    }
}
