//! What a stream is doing, for the pages that show it.

use candour_recording::GapCause;
use candour_units::WallTime;

use crate::Cadence;

/// What a stream is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamState {
    /// A connection is being made, or made and no key frame has come yet.
    Connecting,
    /// Samples come.
    Receiving,
    /// The camera is left alone for a while.
    Waiting {
        /// When it is tried again.
        until: WallTime,
        /// Why the last run or attempt ended.
        cause: GapCause,
    },
    /// Nothing more will come.
    Stopped {
        /// Why.
        cause: GapCause,
    },
}

/// A stream's state and counters since it was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamStatus {
    /// What it is doing.
    pub state: StreamState,
    /// Since when.
    pub since: WallTime,
    /// When pictures stopped coming and why, while they do not come; retries do not change when. Pictures end it.
    pub outage: Option<(WallTime, GapCause)>,
    /// Samples handed on.
    pub samples: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Packets the network lost.
    pub lost_packets: u64,
    /// Runs and attempts that failed, however.
    pub failures: u64,
    /// Times the code that reads this camera panicked. Anything but 0 is a fault of ours or of a library.
    pub panics: u64,
    /// The last failure's detail.
    pub last_error: Option<String>,
    /// What it sends, as measured last; absent before two key frames came.
    pub cadence: Option<Cadence>,
}
