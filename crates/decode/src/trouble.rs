//! What the decoder can say went wrong, and what its cage is made of.

use std::fmt;

/// Why a stream gave no picture. Each is a named event: the service says which camera it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// The bytes are no picture of that coding.
    Undecodable,
    /// The picture is larger than [`crate::Wanted`] or the program allows; nothing of it was decoded.
    TooLarge,
    /// The size of the picture changed; the first one is no trouble.
    SizeChanged,
    /// A kind of picture nobody here can reduce: other colour formats, more than 16 bits.
    Unsupported,
    /// The memory of the cage does not suffice.
    OutOfMemory,
    /// Many units in a row gave no picture.
    NoPicture,
    /// The stream was never opened, or has been closed.
    UnknownStream,
    /// More streams than one program takes.
    TooManyStreams,
    /// The libraries offer no decoder for this coding.
    NoDecoder,
    /// A picture was not coded anew, because the stream's rate would not have held.
    LeftOut,
    /// The library that codes anew refused.
    NotEncoded,
    /// Pictures of a kind that was not asked for. They are not believed.
    NotAsked,
}

impl Trouble {
    const ALL: [(Self, u8, &'static str); 12] = [
        (Self::Undecodable, 1, "what came is no picture of the coding that was announced"),
        (Self::TooLarge, 2, "the picture is larger than the decoder allows"),
        (Self::SizeChanged, 3, "the size of the picture changed"),
        (Self::Unsupported, 4, "the colour format is not one that cameras use"),
        (Self::OutOfMemory, 5, "the memory of the cage does not suffice for this stream"),
        (Self::NoPicture, 6, "many access units in a row gave no picture"),
        (Self::UnknownStream, 7, "the stream was never opened in the decoder"),
        (Self::TooManyStreams, 8, "one decoder takes no more streams"),
        (Self::NoDecoder, 9, "the decoder's libraries do not know this coding"),
        (Self::LeftOut, 10, "a picture was left out of the converted stream, to hold its rate"),
        (Self::NotEncoded, 11, "the picture could not be coded as H.264"),
        (Self::NotAsked, 12, "the decoder gave pictures of a kind that was not asked for"),
    ];

    pub(crate) fn code(self) -> u8 {
        Self::ALL.iter().find(|(trouble, ..)| *trouble == self).map_or(0, |(_, code, _)| *code)
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == code).map(|(trouble, ..)| *trouble)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(trouble, ..)| trouble == self).map_or("", |(.., words)| words))
    }
}

/// One bar of the cage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// `PR_SET_NO_NEW_PRIVS`: no program started from here could gain rights.
    NoNewPrivileges,
    /// The list of system calls (seccomp).
    SystemCalls,
    /// No file can be opened (Landlock, kernel 5.13).
    Files,
    /// No TCP port can be bound or connected to (Landlock ABI 4, kernel 6.7).
    Network,
    /// No signal or abstract socket reaches out (Landlock ABI 6, kernel 6.12).
    Scopes,
    /// Limits of memory, processor time, files and processes (`setrlimit`).
    Limits,
}

impl Mechanism {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::NoNewPrivileges, Self::SystemCalls, Self::Files, Self::Network, Self::Scopes, Self::Limits];
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoNewPrivileges => "no_new_privs",
            Self::SystemCalls => "seccomp",
            Self::Files => "Landlock for files (Linux 5.13)",
            Self::Network => "Landlock for TCP (Linux 6.7)",
            Self::Scopes => "Landlock scopes for signals and abstract sockets (Linux 6.12)",
            Self::Limits => "resource limits",
        })
    }
}

/// A set of [`Mechanism`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mechanisms(u8);

impl Mechanisms {
    /// None.
    pub const NONE: Self = Self(0);

    /// Adds one.
    pub fn insert(&mut self, mechanism: Mechanism) {
        self.0 |= bit(mechanism);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in it.
    pub fn iter(self) -> impl Iterator<Item = Mechanism> {
        Mechanism::ALL.into_iter().filter(move |mechanism| self.0 & bit(*mechanism) != 0)
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        let known = Mechanism::ALL.into_iter().map(bit).sum::<u8>();
        (bits & !known == 0).then_some(Self(bits))
    }
}

impl fmt::Display for Mechanisms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.iter().map(|mechanism| mechanism.to_string()).collect();
        f.write_str(&names.join(", "))
    }
}

fn bit(mechanism: Mechanism) -> u8 {
    1 << Mechanism::ALL.iter().position(|one| *one == mechanism).unwrap_or(7)
}
