//! The live socket, `GET /api/v1/live` (WebSocket): one per page, many subscriptions. Text is JSON control, binary is
//! one access unit each. The log entry is durable before `config`.
//!
//! Binary, big endian, header of 40 bytes:
//! `u8 kind=2 | u8 flags | u16 sub | u32 seq | u64 dts_us | i32 pts-dts us | u32 duration_us (0 unknown) |
//! u64 received_wall_us | u64 sent_wall_us`, then the access unit with 4-byte NAL lengths and no parameter sets.
//! Flags: 1 key, 2 cached, 4 last cached, 8 timeline breaks here, 16 loss before this one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bytes before the access unit in a binary message.
pub const HEADER_BYTES: usize = 40;
/// First byte of a binary message that carries an access unit.
pub const KIND_ACCESS_UNIT: u8 = 2;
/// Decoding can start here.
pub const FLAG_KEY: u8 = 1;
/// From before the subscription; never shown but the last.
pub const FLAG_CACHED: u8 = 2;
/// The newest cached one.
pub const FLAG_LAST_CACHED: u8 = 4;
/// Times start anew.
pub const FLAG_BREAK: u8 = 8;
/// Packets were lost before this one.
pub const FLAG_LOSS: u8 = 16;

/// One access unit on its way to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessUnitHeader {
    /// Flag bits.
    pub flags: u8,
    /// Subscription number chosen by the page.
    pub sub: u16,
    /// Counts the stream's samples.
    pub seq: u32,
    /// Decode time, microseconds.
    pub dts_us: u64,
    /// Presentation minus decode time, microseconds.
    pub composition_us: i32,
    /// Microseconds; 0 unknown.
    pub duration_us: u32,
    /// When the recorder read it, microseconds since 1970.
    pub received_wall_us: u64,
    /// When the server sent it, microseconds since 1970.
    pub sent_wall_us: u64,
}

impl AccessUnitHeader {
    /// The 40 bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        out[0] = KIND_ACCESS_UNIT;
        out[1] = self.flags;
        out[2..4].copy_from_slice(&self.sub.to_be_bytes());
        out[4..8].copy_from_slice(&self.seq.to_be_bytes());
        out[8..16].copy_from_slice(&self.dts_us.to_be_bytes());
        out[16..20].copy_from_slice(&self.composition_us.to_be_bytes());
        out[20..24].copy_from_slice(&self.duration_us.to_be_bytes());
        out[24..32].copy_from_slice(&self.received_wall_us.to_be_bytes());
        out[32..40].copy_from_slice(&self.sent_wall_us.to_be_bytes());
        out
    }
}

/// What the page says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FromPage {
    /// Show me this stream.
    Subscribe {
        /// Number the page chooses for this subscription.
        sub: u16,
        /// Camera id.
        camera: String,
        /// `main` or `sub`.
        stream: String,
        /// RFC 6381 codec prefixes the browser accepts: `avc1`, `hvc1`.
        accept: Vec<String>,
    },
    /// No longer.
    Unsubscribe {
        /// Which.
        sub: u16,
    },
    /// The newest GOP again.
    Refresh {
        /// Which.
        sub: u16,
    },
    /// Newest sequence number received, every 500 ms.
    Ack {
        /// Which.
        sub: u16,
        /// Newest sequence number.
        seq: u32,
    },
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromServer {
    /// No, and why, and who can give it.
    Refused {
        /// Which.
        sub: u16,
        /// A sentence.
        why: String,
    },
    /// Configure the decoder; before the first access unit and at every change.
    Config {
        /// Which.
        sub: u16,
        /// RFC 6381 name.
        codec: String,
        /// Decoder configuration record, base64.
        description: String,
        /// Sample entry box, base64: what an init segment needs.
        sample_entry: String,
        /// Pixels.
        width: u16,
        /// Pixels.
        height: u16,
        /// Which stream it is: a browser that cannot play the one asked for may get the other.
        stream: String,
        /// What people must know of these pictures: that they are converted, or from another stream than was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The stream's state.
    State {
        /// Which.
        sub: u16,
        /// `live` or `lost`.
        state: String,
        /// Why, as a sentence, when lost.
        cause: Option<String>,
        /// Since when, when lost.
        since_90k: Option<i64>,
    },
    /// Every second.
    Beat {
        /// The server's clock, microseconds since 1970.
        now_us: u64,
    },
}
