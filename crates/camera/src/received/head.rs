//! The head of an HTTP or RTSP response: status, headers, where the body begins.

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

    /// The log-in challenges it makes.
    pub(super) fn challenges(&self) -> Vec<Challenge> {
        self.all("WWW-Authenticate").take(8).flat_map(Challenge::parse).collect()
    }
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
