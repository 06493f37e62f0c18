//! What most measurements stay under.

use std::time::Duration;

/// The time that `percent` of the measurements do not exceed, in milliseconds with one decimal.
pub(crate) fn percentile_ms(mut times: Vec<Duration>, percent: usize) -> f64 {
    times.sort_unstable();
    let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
    let micros = times.get(at).map_or(0, Duration::as_micros);
    (micros as f64 / 100.0).round() / 10.0
}

/// The middle one of some ratios.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
