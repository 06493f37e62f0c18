//! Giving a camera a password of the recorder's own.

use std::sync::atomic::{AtomicBool, Ordering};

use candour_onvif::{Input, Onboarded, Output, PasswordChange, Settled, TwoPasswords};
use candour_units::{Clock, Entropy, WallTime};

use crate::asking::{Machine, converse};
use crate::{CameraError, Secret, Target};

/// Why it is not known which password a camera takes.
#[derive(Debug)]
pub struct NotSettled {
    /// What happened.
    pub error: CameraError,
    /// Whether the camera may have been asked to take the new one. If not, it has what it had.
    pub asked: bool,
}

/// Has the camera take `new` in place of the password of `target`, and says which of both was proved. By TLS only.
///
/// # Errors
/// [`NotSettled`] where it is not known which of both the camera takes; [`which_password`] finds out.
pub async fn set_password(
    target: &Target,
    new: Secret,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Settled, NotSettled> {
    let asked = AtomicBool::new(false);
    let settled = run((target, new, PasswordChange::set), clock, entropy, &asked).await;
    settled.map_err(|error| NotSettled { error, asked: asked.into_inner() })
}

/// Finds out whether a camera takes `new` or the password of `target`, in this order. Proves two wrong passwords at most, each once.
///
/// # Errors
/// [`CameraError`] where it takes neither, or could not be asked.
pub async fn which_password(
    target: &Target,
    new: Secret,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Settled, CameraError> {
    run((target, new, PasswordChange::find_out), clock, entropy, &AtomicBool::new(false)).await
}

/// The same in the other order, after the password of `target` was proved once: while the camera takes that, no wrong one is proved.
///
/// # Errors
/// As [`which_password`].
pub async fn look_again(
    target: &Target,
    new: Secret,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Settled, CameraError> {
    run((target, new, PasswordChange::look_again), clock, entropy, &AtomicBool::new(false)).await
}

/// How a change begins.
type Begin = fn(Onboarded, TwoPasswords, [u8; 32], WallTime) -> PasswordChange;

async fn run(
    (target, new, begin): (&Target, Secret, Begin),
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    asked: &AtomicBool,
) -> Result<Settled, CameraError> {
    let passwords = TwoPasswords { user: target.user.clone(), old: target.password.clone(), new };
    let machine = |at, _| Watched { machine: begin(at, passwords, entropy.key(), clock.wall()), asked };
    converse(target, clock, machine).await.map(|spoken| spoken.end)
}

/// A change of which is noted whether the camera may have been asked: whatever breaks off, nobody else knows.
struct Watched<'a> {
    machine: PasswordChange,
    asked: &'a AtomicBool,
}

impl Machine for Watched<'_> {
    type End = Settled;

    fn poll(&mut self) -> Option<Output<Settled>> {
        let output = self.machine.poll();
        if let Some(Output::Send(request)) = &output
            && request.operation.name() == "SetUser"
        {
            self.asked.store(true, Ordering::Relaxed);
        }
        output
    }

    fn handle(&mut self, now: WallTime, input: Input) {
        self.machine.handle(now, input);
    }
}
