//! The darkest and the brightest of each pixel's neighbourhood of three by three.

/// Room for one picture, used again for the next.
#[derive(Debug, Clone)]
pub(crate) struct Scratch {
    /// The least each pixel may be.
    pub(crate) low: Vec<u8>,
    /// The most each pixel may be.
    pub(crate) high: Vec<u8>,
    rows: Vec<u8>,
}

impl Scratch {
    /// For so many pixels.
    pub(crate) fn new(count: usize) -> Self {
        Self { low: vec![0; count], high: vec![0; count], rows: vec![0; count] }
    }
}

/// Writes for each pixel the least of `scratch.low` and the greatest of `scratch.high` (rows of `width`) among it and its
/// neighbours. All slices have the same length.
pub(crate) fn neighbourhood(width: usize, scratch: &mut Scratch, low: &mut [u8], high: &mut [u8]) {
    extreme(&scratch.low, width, &mut scratch.rows, low, u8::min);
    extreme(&scratch.high, width, &mut scratch.rows, high, u8::max);
}

fn extreme(from: &[u8], width: usize, rows: &mut [u8], out: &mut [u8], pick: impl Fn(u8, u8) -> u8 + Copy) {
    for (row, out) in from.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        along(row, out, pick);
    }
    across(rows, width, out, pick);
}

fn along(row: &[u8], out: &mut [u8], pick: impl Fn(u8, u8) -> u8) {
    out.copy_from_slice(row);
    let Some(inner) = row.len().checked_sub(1) else { return };
    for (out, next) in out[..inner].iter_mut().zip(&row[1..]) {
        *out = pick(*out, *next);
    }
    for (out, before) in out[1..].iter_mut().zip(row) {
        *out = pick(*out, *before);
    }
}

fn across(rows: &[u8], width: usize, out: &mut [u8], pick: impl Fn(u8, u8) -> u8 + Copy) {
    out.copy_from_slice(rows);
    let inner = rows.len().saturating_sub(width);
    for (out, below) in out[..inner].iter_mut().zip(rows.iter().skip(width)) {
        *out = pick(*out, *below);
    }
    for (out, above) in out.iter_mut().skip(width).zip(rows) {
        *out = pick(*out, *above);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_extreme_of_nine(width in 1usize..9, height in 1usize..9, seed in proptest::collection::vec(any::<u8>(), 64)) {
            let from = &seed[..width * height];
            let (mut low, mut high) = (vec![0; from.len()], vec![0; from.len()]);
            let mut scratch = Scratch::new(from.len());
            scratch.low.copy_from_slice(from);
            scratch.high.copy_from_slice(from);
            neighbourhood(width, &mut scratch, &mut low, &mut high);
            for y in 0..height {
                for x in 0..width {
                    let near = (y.saturating_sub(1)..(y + 2).min(height))
                        .flat_map(|y| (x.saturating_sub(1)..(x + 2).min(width)).map(move |x| from[y * width + x]));
                    prop_assert_eq!(low[y * width + x], near.clone().min().expect("itself"));
                    prop_assert_eq!(high[y * width + x], near.max().expect("itself"));
                }
            }
        }
    }
}
