//! Which addresses may be a camera at all (T3).

use std::net::IpAddr;

/// Whether a camera may be asked at `host`. Loopback and link-local addresses reach this machine or nobody in
/// particular, so they count in lab mode only; unspecified, group and broadcast addresses never.
pub(crate) fn may_be_camera(host: IpAddr, lab: bool) -> bool {
    let host = host.to_canonical();
    let never = match host {
        IpAddr::V4(v4) => v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast() || v4.octets()[0] == 0,
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_multicast(),
    };
    let near = match host {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.segments()[0] & 0xffc0 == 0xfe80,
    };
    !never && (lab || !near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, outside: bool, in_lab: bool) {
        let host = host.parse().expect("an address");
        assert_eq!((may_be_camera(host, false), may_be_camera(host, true)), (outside, in_lab), "{host}");
    }

    #[test]
    fn addresses() {
        check("10.20.0.7", true, true);
        check("fd00::7", true, true);
        check("127.0.0.11", false, true);
        check("::1", false, true);
        check("::ffff:127.0.0.1", false, true);
        check("169.254.169.254", false, true);
        check("fe80::1", false, true);
        check("0.0.0.0", false, false);
        check("255.255.255.255", false, false);
        check("239.255.255.250", false, false);
    }
}
