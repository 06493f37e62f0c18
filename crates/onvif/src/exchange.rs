//! What goes out and what comes back: the words between a machine that asks and the shell that sends.

use crate::soap::{self, Answer};
use crate::{Challenge, OnvifError, Operation};

/// A request to send: HTTP/1.1 POST to the onboarded host. Has no `Debug`: it may carry a proof of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// What is asked, for the log.
    pub operation: Operation,
    /// The port on the onboarded host.
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// Headers beside host and length.
    pub headers: Vec<(&'static str, String)>,
    /// The envelope.
    pub body: String,
}

/// An answer as received.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpAnswer {
    /// Status.
    pub status: u16,
    /// Every `WWW-Authenticate` value.
    pub challenges: Vec<String>,
    /// The `Server` value.
    pub server: Option<String>,
    /// The body, cut off by the shell above [`crate::xml::MAX_BYTES`] plus one.
    pub body: Vec<u8>,
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportFailure {
    /// No connection.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// Something came that is not HTTP, or the connection broke.
    NotHttp,
}

impl TransportFailure {
    /// What it ends the asking with. A device that has spoken SOAP before is one, and only broke off.
    pub(crate) const fn error(self, operation: &Operation, spoke_soap: bool) -> OnvifError {
        match self {
            Self::Unreachable => OnvifError::Unreachable,
            Self::NotHttp if !spoke_soap => OnvifError::NotOnvif { status: 0 },
            Self::TimedOut | Self::NotHttp => OnvifError::TimedOut { operation: operation.name() },
        }
    }
}

/// What the shell hands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The answer to the last request.
    Answer(HttpAnswer),
    /// There was none.
    Failed(TransportFailure),
}

/// What a machine wants. Has no `Debug`, as [`HttpRequest`] has none.
pub enum Output<T> {
    /// Send this.
    Send(HttpRequest),
    /// It is over.
    Finished(Box<Result<T, OnvifError>>),
}

/// An answer, looked at once.
pub(crate) struct Received {
    /// Every challenge that could be read.
    pub challenges: Vec<Challenge>,
    /// The body.
    pub said: Answer,
}

impl Received {
    pub(crate) fn of(answer: &HttpAnswer) -> Self {
        Self {
            challenges: answer.challenges.iter().take(8).flat_map(|header| Challenge::parse(header)).collect(),
            said: soap::read(&answer.body),
        }
    }

    /// Whether a device that speaks SOAP answered, friendly or not.
    pub(crate) const fn is_soap(&self) -> bool {
        match &self.said {
            Answer::Body(_) | Answer::Fault(_) => true,
            Answer::Unreadable(why) => why.is_attack(),
            Answer::NotSoap => false,
        }
    }

    /// Whether the device is locked or has no time.
    pub(crate) fn is_busy(&self, status: u16) -> bool {
        matches!(status, 423 | 429 | 503) || matches!(&self.said, Answer::Fault(fault) if fault.is_locked())
    }

    /// Whether it wants to know who asks. Some devices say so with HTTP 400.
    pub(crate) fn demands_login(&self, status: u16) -> bool {
        status == 401 || matches!(&self.said, Answer::Fault(fault) if fault.is_not_authorised())
    }
}
