//! How a decoder program ended.

use std::fmt;

/// Why there is no decoder any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Death {
    /// It ended by a signal: a fault in the libraries, or the kernel's answer to one.
    Signal(i32),
    /// It ended by itself.
    Exit(i32),
    /// It did not answer in time and was killed.
    Hung,
    /// It said something that is no answer and was killed.
    Nonsense,
    /// It used up its processor time. Every decoder does in the end; nobody is to blame.
    Worn,
}

impl Death {
    /// Whether the camera whose bytes were being decoded is to blame.
    #[must_use]
    pub fn blames(self) -> bool {
        self != Self::Worn
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(number) => write!(f, "the decoder was ended by signal {number}"),
            Self::Exit(code) => write!(f, "the decoder ended with code {code}"),
            Self::Hung => f.write_str("the decoder did not answer in time and was killed"),
            Self::Nonsense => f.write_str("the decoder said something that is no answer and was killed"),
            Self::Worn => f.write_str("the decoder has used up its processor time"),
        }
    }
}

/// A decoder that ended, and whose bytes it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// How.
    pub death: Death,
    /// The stream whose access unit was in it.
    pub stream: u16,
    /// How many decoders this stream's bytes have ended.
    pub kills: u32,
}
