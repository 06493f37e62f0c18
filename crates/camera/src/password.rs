//! Giving a camera a password of the recorder's own.

use candour_onvif::{PasswordChange, Settled, TwoPasswords};
use candour_units::{Clock, Entropy};

use crate::asking::converse;
use crate::{CameraError, Secret, Target};

/// Has the camera take `new` in place of the password of `target`, and says which of both was proved. By TLS only.
///
/// # Errors
/// [`CameraError`] where it is not known which of both the camera takes; [`which_password`] finds out.
pub async fn set_password(
    target: &Target,
    new: Secret,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Settled, CameraError> {
    let passwords = TwoPasswords { user: target.user.clone(), old: target.password.clone(), new };
    let asking = converse(target, clock, |at, _| PasswordChange::set(at, passwords, entropy.key(), clock.wall()));
    asking.await.map(|spoken| spoken.end)
}

/// Finds out whether a camera takes `new` or the password of `target`. Proves two wrong passwords at most, each once.
///
/// # Errors
/// [`CameraError`] where it takes neither, or could not be asked.
pub async fn which_password(
    target: &Target,
    new: Secret,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Settled, CameraError> {
    let passwords = TwoPasswords { user: target.user.clone(), old: target.password.clone(), new };
    let asking = converse(target, clock, |at, _| PasswordChange::find_out(at, passwords, entropy.key(), clock.wall()));
    asking.await.map(|spoken| spoken.end)
}
