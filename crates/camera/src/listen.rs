//! Hearing what a camera says that it sees, for as long as somebody wants to know.

use std::time::Duration;

use candour_onvif::{Claim, Credentials, Input, Listened, Listening, NotListening, Onboarded, TransportFailure};
use candour_units::{Clock, Entropy};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::asking::{Web, send};
use crate::{CameraError, Target, address, pace};

/// From one question to the next. A camera that always has something to tell is asked no more often than one that has not.
const BETWEEN: Duration = Duration::from_secs(1);

/// Why nobody listens to a camera.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is none of a camera, or no client can be made.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// What came of it.
    #[error(transparent)]
    Onvif(#[from] NotListening),
}

/// Listens until `stop` says so, or it is not possible any more; the subscription is ended then. `heard` gets what each answer says, claims in
/// their order and how many other messages there were. As with [`crate::examine`], only HTTP connections to `target.host` are opened, and
/// the password is proved by digest.
///
/// # Errors
/// [`ListenError`]; to be tried again after a while.
pub async fn listen(
    target: &Target,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    mut stop: watch::Receiver<bool>,
    mut heard: impl FnMut(&[Claim], usize) + Send,
) -> Result<(), ListenError> {
    let (host, port) = (target.host, target.port);
    if !address::may_be_camera(host, target.lab) {
        return Err(CameraError::AddressNotAllowed { host }.into());
    }
    let (web, _) = Web::to(target).await?;
    let credentials =
        (!target.user.is_empty()).then(|| Credentials { user: target.user.clone(), password: target.password.clone() });
    let mut machine = Listening::new(
        Onboarded { host, port, tls: target.transport.is_tls() },
        credentials,
        entropy.key(),
        clock.wall(),
    );
    let mut next = Instant::now();
    loop {
        match machine.poll() {
            Some(Listened::Send(request)) => {
                tokio::select! {
                    () = sleep_until(next) => {}
                    _ = stop.wait_for(|stop| *stop) => machine.stop(),
                }
                next = Instant::now() + BETWEEN;
                pace::turn(host).await;
                let input = send(&web, host, request).await;
                // Nobody is kept waiting by a camera that does not let go.
                let gone = *stop.borrow() && matches!(input, Input::Failed(TransportFailure::TimedOut));
                machine.handle(clock.wall(), input);
                if gone {
                    return Ok(());
                }
            }
            Some(Listened::Heard { claims, others }) => heard(&claims, others),
            Some(Listened::Finished(outcome)) => return outcome.map_err(ListenError::from),
            None => unreachable!("every request is answered before the machine is asked again"),
        }
    }
}
