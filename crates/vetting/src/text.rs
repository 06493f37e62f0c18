//! Words of a stranger: made harmless for showing, and folded for comparing.

/// Characters that change how neighbouring text is shown or that show nothing: joiners, direction marks, soft hyphen,
/// byte order mark. They hide words from readers and from rules.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// `text` fit to be shown: at most `limit` characters (an ellipsis says that more followed), every control or invisible
/// character replaced by U+FFFD. Escaping for HTML, CSV or SQL stays with whoever writes those.
#[must_use]
pub fn neutralise(text: &str, limit: usize) -> String {
    let mut characters = text.chars();
    let mut out: String = characters
        .by_ref()
        .take(limit)
        .map(|c| if c.is_control() || is_invisible(c) { '\u{fffd}' } else { c })
        .collect();
    if characters.next().is_some() {
        out.push('…');
    }
    out
}

/// `text` fit to be compared: percent escapes undone, full-width letters made plain, invisible and control characters
/// gone, spaces single, ends trimmed. Letters keep their case.
#[must_use]
pub fn fold(text: &str) -> String {
    let decoded = percent_decode(text);
    let mut out = String::with_capacity(decoded.len());
    for c in decoded.chars() {
        let c = match c {
            // Full-width forms stand 0xFEE0 above their ASCII twins.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            _ => c,
        };
        if c.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() && !is_invisible(c) && c != '\u{fffd}' {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(fold(text), expected);
    }

    #[test]
    fn folds_disguises() {
        check("HIKVISION%20DS-2CD2143", "HIKVISION DS-2CD2143");
        check("%48IKVISION", "HIKVISION");
        check("HIK\u{200b}VISION", "HIKVISION");
        check("ＨＩＫＶＩＳＩＯＮ", "HIKVISION");
        check("  Candour \t Lab\r\n", "Candour Lab");
        check("100%", "100%");
        check("%zz%4", "%zz%4");
    }

    #[test]
    fn shows_harmlessly() {
        assert_eq!(neutralise("a\r\nb\u{202e}c", 10), "a\u{fffd}\u{fffd}b\u{fffd}c");
        assert_eq!(neutralise("abcdef", 3), "abc…");
    }
}
