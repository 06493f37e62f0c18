//! The two feeds a camera has for us.

use std::fmt;
use std::str::FromStr;

/// Which of a camera's encoded feeds: the full one or the small one for walls and analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamKind {
    /// Full resolution; what investigators retrieve.
    Main,
    /// The small feed shown in tiles and read by motion analysis.
    Sub,
}

impl StreamKind {
    /// The stable word used in rows, JSON and addresses: `main` or `sub`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Sub => "sub",
        }
    }
}

impl fmt::Display for StreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for StreamKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "main" => Ok(Self::Main),
            "sub" => Ok(Self::Sub),
            _ => Err(()),
        }
    }
}
