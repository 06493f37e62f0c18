//! Looking at a camera to set it up, and the still that is kept of it for drawing what it may not see.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/cameras/{id}/commissioning`: how it stands with setting a camera up, for the person who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Commissioning {
    /// Whether the camera, or one at its address before it, was in force under a policy some time: then a second person agrees to each look.
    pub in_force: bool,
    /// What would happen if the person asked for a look now.
    pub next: NextView,
    /// Why not, and what would help; only with `refused`.
    pub refused: Option<String>,
    /// Looks that are left for this camera in 24 hours.
    pub left_today: u32,
    /// How many minutes one goes on.
    pub minutes: u32,
    /// The person's own look that is open now, in this sign-in.
    pub open: Option<OpenView>,
    /// The newest request that waits, or is agreed to and not used.
    pub asked: Option<AskedView>,
    /// What whoever looked last said of the view.
    pub signed: Option<SignedView>,
    /// The still that is kept.
    pub still: Option<MaskStill>,
    /// Masks that the policy in force has for the camera.
    pub masks: Vec<WrittenMask>,
    /// Whether the policy in force names the camera.
    pub named: bool,
}

/// What would happen if somebody asked for a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NextView {
    /// It would begin, or go on.
    Begins,
    /// A second person would be asked.
    Asks,
    /// It would be refused.
    Refused,
}

/// A look that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenView {
    /// Its id: pictures are asked for under it.
    pub look: String,
    /// Milliseconds until it is over, whatever is done.
    pub left_ms: i64,
    /// Position in the log of its entry.
    pub entry: u64,
}

/// A request to look at a camera in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskedView {
    /// Its id.
    pub id: String,
    /// The camera.
    pub camera: String,
    /// The camera's name.
    pub camera_name: String,
    /// Why, as whoever asks says it.
    pub reason: String,
    /// Who asks.
    pub by: String,
    /// Since when.
    pub since_90k: i64,
    /// Who agreed; absent while it waits.
    pub agreed_by: Option<String>,
    /// When it is worth nothing any more.
    pub until_90k: i64,
    /// Whether the person who reads this asked.
    pub own: bool,
}

/// What somebody said of the view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedView {
    /// Who.
    pub by: String,
    /// When.
    pub at_90k: i64,
    /// Whether the camera sees what the policy says, and nothing else.
    pub right: bool,
    /// In words; empty where nothing was said.
    pub remark: String,
}

/// The still that is kept of a camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MaskStill {
    /// When the picture was received.
    pub taken_90k: i64,
    /// Who kept it.
    pub taken_by: String,
    /// When it is destroyed at the latest.
    pub ends_90k: i64,
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A mask as the policy has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WrittenMask {
    /// Its name.
    pub name: String,
    /// Why the camera may not see what lies there.
    pub reason: String,
    /// Its corners, each from the left and from the top, in ten-thousandths of the picture.
    pub corners: Vec<[u16; 2]>,
}

/// `POST /api/v1/cameras/{id}/commissioning`: looks, or asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskView {
    /// Why: 5 to 200 characters.
    pub reason: String,
}

/// `POST /api/v1/commissioning/{id}/decide`: a second person says yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideView {
    /// Yes or no.
    pub agree: bool,
}

/// `POST /api/v1/commissioning/{id}/sign`: whoever looks says how the view is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignView {
    /// Whether the camera sees what the policy says, and nothing else.
    pub right: bool,
    /// What is wrong, or what was seen to: 5 to 300 characters where it is not right, at most 300 where it is.
    #[serde(default)]
    pub remark: String,
}
