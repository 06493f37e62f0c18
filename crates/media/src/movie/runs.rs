//! Runs of equal values, as `stts` and `ctts` hold them.

/// How often, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Runs<T>(Vec<(u32, T)>);

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy + PartialEq> Runs<T> {
    pub(super) fn push(&mut self, value: T) {
        match self.0.last_mut() {
            Some((count, last)) if *last == value && *count < u32::MAX => *count += 1,
            _ => self.0.push((1, value)),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(u32, T)> {
        self.0.iter()
    }

    /// The count of runs, then each run.
    pub(super) fn write(&self, out: &mut Vec<u8>, field: impl Fn(&T) -> u32) {
        super::count(out, self.0.len());
        for (count, value) in &self.0 {
            out.extend_from_slice(&count.to_be_bytes());
            out.extend_from_slice(&field(value).to_be_bytes());
        }
    }
}
