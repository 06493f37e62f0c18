//! The head of an HTTP or RTSP response: status, headers, where the body begins.

use std::borrow::Cow;

use candour_onvif::Challenge;

/// The longest head that is read.
const MAX_HEAD: usize = 16 * 1024;
/// The most header lines.
const MAX_LINES: usize = 100;

/// A response taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub status: u16,
    /// Names as sent and values, in order.
    pub headers: Vec<(String, String)>,
    pub body: &'a [u8],
}

/// Why bytes are no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeadError {
    #[error("it does not begin with a status line of {0}")]
    Status(&'static str),
    #[error("its head is longer than {MAX_HEAD} bytes")]
    TooLong,
}

impl<'a> Head<'a> {
    /// Reads a response of `protocol` (`HTTP` or `RTSP`). Lines may end in a line feed alone, as people paste them.
    pub(super) fn read(protocol: &'static str, raw: &'a [u8]) -> Result<Self, HeadError> {
        let (head, body) = split(raw);
        if head.len() > MAX_HEAD {
            return Err(HeadError::TooLong);
        }
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| status(protocol, line)).ok_or(HeadError::Status(protocol))?;
        let headers = lines
            .take(MAX_LINES)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        Ok(Self { status, headers, body })
    }

    /// Every value of a header.
    pub(super) fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> + 'h {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body, out of its chunks where it came in any (RFC 9112 7.1); what no longer reads as chunks is left out.
    pub(super) fn whole_body(&self) -> Cow<'a, [u8]> {
        let chunked = self.all("Transfer-Encoding").any(|value| value.eq_ignore_ascii_case("chunked"));
        if chunked { Cow::Owned(out_of_chunks(self.body)) } else { Cow::Borrowed(self.body) }
    }

    /// The log-in challenges it makes.
    pub(super) fn challenges(&self) -> Vec<Challenge> {
        self.all("WWW-Authenticate").take(8).flat_map(Challenge::parse).collect()
    }
}

fn out_of_chunks(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = find(rest, b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let Some(size) = usize::from_str_radix(size, 16).ok().filter(|size| *size > 0) else { break };
        let chunk = &rest[end + 2..];
        body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        rest = chunk.get(size.saturating_add(2)..).unwrap_or_default();
    }
    body
}

/// The status of a response that has come so far, if it is one.
pub(crate) fn status_of(protocol: &'static str, raw: &[u8]) -> Option<u16> {
    Head::read(protocol, raw).ok().map(|head| head.status)
}

/// The body of a response.
pub(crate) fn body_of(protocol: &'static str, raw: &[u8]) -> Vec<u8> {
    Head::read(protocol, raw).map_or_else(|_| Vec::new(), |head| head.whole_body().into_owned())
}

/// How many bytes the response of which `raw` has come so far will have; `None` while that is not known, and for HTTP without
/// a length, which ends with the connection.
pub(crate) fn whole_length(protocol: &'static str, raw: &[u8]) -> Option<usize> {
    let head = Head::read(protocol, raw).ok()?;
    let ended = ends(raw)?;
    let named = head.all("Content-Length").next().map(|value| value.parse::<usize>().ok());
    match named {
        Some(length) => ended.checked_add(length?),
        // RTSP has no body where it names no length (RFC 2326 4.4).
        None => (protocol == "RTSP").then_some(ended),
    }
}

/// Where the head ends.
fn ends(raw: &[u8]) -> Option<usize> {
    let body = split(raw).1;
    let at = raw.len() - body.len();
    (at < raw.len() || raw.ends_with(b"\r\n\r\n") || raw.ends_with(b"\n\n")).then_some(at)
}

fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"];
    let found = ends.iter().filter_map(|end| Some((find(raw, end)?, end.len()))).min();
    found.map_or((raw, &[]), |(at, length)| (&raw[..at], &raw[at + length..]))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// `HTTP/1.1 401 Unauthorized`.
fn status(protocol: &str, line: &str) -> Option<u16> {
    let rest = line.strip_prefix(protocol)?.strip_prefix('/')?;
    let mut words = rest.split_whitespace();
    words.next().filter(|version| version.len() <= 3)?;
    words.next()?.parse().ok().filter(|status| (100..600).contains(status))
}

/// The schemes of challenges, in lower case, sorted, joined by spaces.
pub(super) fn schemes(challenges: &[Challenge]) -> String {
    let mut all: Vec<&str> = challenges
        .iter()
        .map(|challenge| match challenge {
            Challenge::Digest { .. } => "digest",
            Challenge::Other { scheme, .. } => scheme,
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_response_is_whole() {
        let check =
            |protocol, raw: &str, expected| assert_eq!(whole_length(protocol, raw.as_bytes()), expected, "{raw:?}");
        check("HTTP", "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nab", Some(42));
        check("HTTP", "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n", None);
        check("HTTP", "HTTP/1.0 200 OK\r\n\r\nab", None);
        check("HTTP", "HTTP/1.0 200 OK\r\nContent-Length: many\r\n\r\n", None);
        check("RTSP", "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", Some(38));
        check("RTSP", "RTSP/1.0 200 OK\r\nCSeq: 1\r\n", None);
        check("RTSP", "garbage\r\n\r\n", None);
    }

    #[test]
    fn chunks() {
        let body = |chunks: &str| {
            let raw = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
            String::from_utf8(body_of("HTTP", raw.as_bytes())).expect("text")
        };
        assert_eq!(body("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), "abcde");
        assert_eq!(body("ff\r\nabc"), "abc", "cut off");
        assert_eq!(body("nonsense"), "");
        assert_eq!(body("ffffffffffffffff\r\nabc"), "abc");
    }
}
