//! What an authenticator scans: the secret as an address (the "Key URI Format" that authenticators read), drawn as a QR code.

use candour_wire::people::QrCode;
use data_encoding::BASE32_NOPAD;
use qrcodegen::{QrCode as Modules, QrCodeEcc};

use super::totp;

/// The secret as people type it: base 32 (RFC 4648) in groups of four.
pub(super) fn typed(secret: &[u8]) -> String {
    let digits = BASE32_NOPAD.encode(secret);
    let groups: Vec<_> = digits.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    groups.join(" ")
}

/// The address; authenticators show the site and the sign-in name beside the code.
pub(super) fn address(site: &str, sign_in_name: &str, secret: &[u8]) -> String {
    let issuer = if site.is_empty() { "Candour".to_owned() } else { format!("Candour, {site}") };
    format!(
        "otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={digits}&period={period}",
        issuer = escaped(&issuer),
        name = escaped(sign_in_name),
        secret = BASE32_NOPAD.encode(secret),
        digits = totp::DIGITS,
        period = totp::STEP_S,
    )
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The QR code as one path of an SVG; `None` for a text too long for one.
pub(super) fn drawn(text: &str) -> Option<QrCode> {
    let modules = Modules::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = modules.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let from = x;
            while x < size && modules.get_module(x, y) {
                x += 1;
            }
            if x > from {
                let length = x - from;
                path += &format!("M{from},{y}h{length}v1h-{length}z");
            }
            x += 1;
        }
    }
    Some(QrCode { size: size.unsigned_abs(), path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_one_that_authenticators_read() {
        let found = address("Tür & Tor", "ada@x", b"12345678901234567890");
        let issuer = "Candour%2C%20T%C3%BCr%20%26%20Tor";
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let expected = format!(
            "otpauth://totp/{issuer}:ada%40x?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(found, expected);
        assert_eq!(typed(b"12345678901234567890"), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn every_dark_module_is_drawn_once() {
        let modules = Modules::encode_text("otpauth://totp/a", QrCodeEcc::Medium).expect("it is short");
        let drawn = drawn("otpauth://totp/a").expect("it is short");
        let dark = (0..modules.size()).flat_map(|y| (0..modules.size()).map(move |x| (x, y)));
        let dark = dark.filter(|(x, y)| modules.get_module(*x, *y)).count();
        let lengths = drawn.path.split('M').skip(1).map(|part| {
            let length = part.split_once('h').and_then(|(_, rest)| rest.split_once('v')).expect("a strip").0;
            length.parse::<usize>().expect("a number")
        });
        assert_eq!(lengths.sum::<usize>(), dark);
        assert!(super::drawn(&"x".repeat(5000)).is_none());
    }
}
