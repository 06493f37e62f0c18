//! The question before every connection: may this stream be received now?

use std::future::Future;
use std::pin::Pin;

use candour_recording::GapCause;

/// Why a stream is not received now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCleared {
    /// The cause of the gap.
    pub cause: GapCause,
    /// One line for people.
    pub detail: String,
}

/// An answer that is on its way.
pub type Answer = Pin<Box<dyn Future<Output = Result<(), NotCleared>> + Send>>;

/// Says before each connection whether a stream may be received: a camera that hid an area yesterday may have forgotten it
/// at a restart. Nothing is sent to the camera's stream before the answer is yes.
pub trait Clearance: Send + Sync + 'static {
    /// Begins to find out. This is called, and the answer is waited for, on a thread that reads other cameras: the work
    /// belongs elsewhere, the future only waits for it.
    fn ask(&self) -> Answer;
}
