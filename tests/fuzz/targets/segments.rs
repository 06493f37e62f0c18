//! A segment file as a stranger reads it.

#![no_main]

use candour_seal::sealed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match sealed::check(data) {
        Ok(summary) => {
            assert!(summary.intact_len <= data.len() as u64);
            assert_eq!(summary.table.len(), summary.fragments as usize);
        }
        Err(damage) => assert!(damage.intact_len <= data.len() as u64),
    }
});
