//! Making a camera ready for what its policy demands, before a picture is received.

use candour_onvif::{CameraDemands, Preparation, Preparedness};
use candour_units::{Clock, Entropy};

use crate::asking::converse;
use crate::{CameraError, Target};

/// Chooses the streams that lie under the caps, asks the camera to encode smaller where none does, has demanded areas
/// hidden, and reads all of it back. To be called before a camera is received for the first time and before each time it
/// is received again: what a camera kept yesterday, a restart may have lost.
///
/// The outcome says what was changed, and either the streams or why the camera must not be received. As with
/// [`crate::examine`], only HTTP connections to `target.host` are opened, and the password is proved by digest.
///
/// # Errors
/// [`CameraError`] where the camera could not be asked at all: nothing is known then, so it must not be received either.
pub async fn prepare(
    target: &Target,
    demands: CameraDemands,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Preparedness, CameraError> {
    let asking = converse(target, clock, |at, credentials| {
        Preparation::new(at, credentials, demands, entropy.key(), clock.wall())
    });
    asking.await.map(|spoken| spoken.end)
}
