//! Short texts: versions, hardware addresses, ranges.

#![no_main]

use candour_camera::{AddressRange, MOST_ADDRESSES};
use candour_vetting::{FirmwareVersion, Mac};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert_eq!(FirmwareVersion::parse(text), FirmwareVersion::parse(text));
    if let Some(version) = FirmwareVersion::parse(text) {
        assert!(version.numbers.len() <= text.len());
    }
    if let Ok(mac) = text.parse::<Mac>() {
        assert_eq!(mac.to_string().parse::<Mac>().as_ref(), Ok(&mac));
    }
    if let Ok(range) = AddressRange::parse(text, false) {
        assert!((1..=MOST_ADDRESSES).contains(&range.count()));
        assert!(range.addresses().all(|address| address.is_private() || address.octets()[0] == 100));
    }
});
