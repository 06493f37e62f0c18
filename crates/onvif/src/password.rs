//! Giving a camera's user a password of the recorder's own, and finding out which of two it takes: one more machine that asks in order.
//!
//! Whoever runs this has stored both passwords before and keeps both until the outcome says which one is proved: a connection or a
//! recorder may break off between any two requests, and the camera may say yes to what it did not do, or does later. So the new one may
//! be forgotten only where the camera was not asked to take it, or clearly refused it. A password goes to a camera over TLS only; in
//! clear everybody on the wire would read it.
//!
//! Cameras lock accounts after three to ten wrong passwords. Each password is proved once in a run, in one way; whoever runs this
//! again counts the runs ([`MOST_RUNS`]).

use candour_units::{WallDuration, WallTime};
use sha2::{Digest as _, Sha256};

use crate::auth::Next;
use crate::caller::Caller;
use crate::exchange::{Input, Output, Received};
use crate::soap::Answer;
use crate::xml::Element;
use crate::{Credentials, NewPassword, Onboarded, OnvifError, Operation, Secret, answers, device_time};

/// How often in all it may be found out which of two passwords a camera takes before people are asked: two wrong ones a run at most.
pub const MOST_RUNS: u32 = 3;
/// Nobody needs more requests than this.
const MAX_REQUESTS: u32 = 16;
/// Characters of a password. ONVIF sets no bound; many cameras take sixteen at most.
const LENGTH: usize = 16;
/// What cameras demand one of. No character that XML, a URI or an RTSP log-in writes otherwise, and none that looks like another.
const CLASSES: [&[u8]; 4] = [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"-_."];

/// A new password with about 92 bits of chance, of sixteen letters, digits and signs with at least one of each. `random` must be
/// unpredictable and used once.
#[must_use]
pub fn new_password(random: [u8; 32]) -> Secret {
    let all: Vec<u8> = CLASSES.concat();
    let fair = 256 - 256 % all.len();
    let bytes = (0u64..).flat_map(|block| {
        let mut hash = Sha256::new();
        hash.update(random);
        hash.update(block.to_be_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        hash
    });
    let mut characters = bytes.filter(|byte| usize::from(*byte) < fair).map(|byte| all[usize::from(byte) % all.len()]);
    loop {
        let drawn: Vec<u8> = characters.by_ref().take(LENGTH).collect();
        if CLASSES.iter().all(|class| drawn.iter().any(|character| class.contains(character))) {
            return Secret::new(drawn.into_iter().map(char::from).collect());
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The camera takes the new password: it was proved. The old one may be forgotten.
    New,
    /// The camera has the password that it had, and will not come to have the new one: that may be forgotten.
    Old(Why),
    /// The camera takes the old password, which was proved, and may yet come to take the new one: it said yes, or nothing that can be
    /// read, or it is not known whether it was asked. Neither may be forgotten.
    StillOld,
}

/// Why a camera has the password that it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The recorder's user may not ask for users, or is none of them; in the camera's words. Nothing was set.
    MayNot(String),
    /// Asked for its users, the camera took no log-in: the old password is none of its, or the user may not; in its words. Nothing was set.
    NotLoggedIn(String),
    /// It refused the new one by a SOAP fault, and the old one was proved after that; in its words.
    Refused(String),
}

impl Why {
    /// Whether the old password was proved in the end.
    #[must_use]
    pub const fn is_proved(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// The two passwords of a user. Has no `Debug`.
#[derive(Clone)]
pub struct TwoPasswords {
    /// The user.
    pub user: String,
    /// The one it had.
    pub old: Secret,
    /// The one it shall have.
    pub new: Secret,
}

/// Where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its clock, which log-in may rest on.
    Clock,
    /// Which users it has, by the old password.
    Users,
    /// To take the new password.
    Setting,
    /// Whether it takes the new one.
    ProvingNew,
    /// Whether it takes the old one.
    ProvingOld,
}

/// Has a camera take a password of the recorder's own, or finds out which of two it takes.
pub struct PasswordChange {
    at: Onboarded,
    passwords: TwoPasswords,
    seed: [u8; 32],
    caller: Caller,
    stage: Stage,
    question: Operation,
    to_send: bool,
    /// What is asked once the clock is known.
    then: Stage,
    /// What the camera said when it clearly refused the new one.
    refusal: Option<String>,
    tried: [bool; 2],
    now: WallTime,
    clock: WallDuration,
    outcome: Option<Result<Settled, OnvifError>>,
}

impl PasswordChange {
    /// Begins: the camera is asked to take the new password, which is then proved. One that is asked in clear is asked nothing, and
    /// the end is [`OnvifError::InClear`].
    #[must_use]
    pub fn set(at: Onboarded, passwords: TwoPasswords, seed: [u8; 32], now: WallTime) -> Self {
        Self::begin(at, passwords, seed, now, Stage::Users)
    }

    /// Begins after something broke off: the new password is tried, then the old one. Nothing is set.
    #[must_use]
    pub fn find_out(at: Onboarded, passwords: TwoPasswords, seed: [u8; 32], now: WallTime) -> Self {
        Self::begin(at, passwords, seed, now, Stage::ProvingNew)
    }

    /// Begins after the old one was proved already: it is tried first, and the new one only where it is refused. A camera that still
    /// takes the old one counts no wrong password then.
    #[must_use]
    pub fn look_again(at: Onboarded, passwords: TwoPasswords, seed: [u8; 32], now: WallTime) -> Self {
        Self::begin(at, passwords, seed, now, Stage::ProvingOld)
    }

    fn begin(at: Onboarded, passwords: TwoPasswords, seed: [u8; 32], now: WallTime, then: Stage) -> Self {
        Self {
            at,
            seed,
            caller: Caller::new(at, None, seed, MAX_REQUESTS),
            passwords,
            stage: Stage::Clock,
            question: Operation::GetSystemDateAndTime,
            to_send: at.tls,
            then,
            refusal: None,
            tried: [false; 2],
            now,
            clock: WallDuration::ZERO,
            outcome: (!at.tls).then_some(Err(OnvifError::InClear)),
        }
    }

    /// What to do now; `None` while an answer is awaited, and after the end was handed out.
    pub fn poll(&mut self) -> Option<Output<Settled>> {
        if let Some(outcome) = self.outcome.take() {
            self.to_send = false;
            return Some(Output::Finished(Box::new(outcome)));
        }
        if !std::mem::take(&mut self.to_send) {
            return None;
        }
        let question = self.caller.device_question(self.question.clone());
        let request = self.caller.request(question, self.now + self.clock);
        if self.caller.is_spent() {
            // Answered by the next poll; the request itself is harmless.
            self.outcome = Some(Err(OnvifError::Busy { status: 0 }));
        }
        Some(Output::Send(request))
    }

    /// Takes what came of the last request; `now` is the time it came.
    pub fn handle(&mut self, now: WallTime, input: Input) {
        self.now = now;
        if self.outcome.is_some() {
            return;
        }
        let answer = match input {
            // Whatever was on its way: which password it has now is found out another time.
            Input::Failed(failure) => return self.end(Err(failure.error(&self.question, true))),
            Input::Answer(answer) => answer,
        };
        let received = Received::of(&answer);
        if received.is_busy(answer.status) {
            self.end(Err(OnvifError::Busy { status: answer.status }));
        } else if received.demands_login(answer.status) {
            self.login_demanded(&received);
        } else {
            match received.said {
                Answer::Body(body) => self.answered(&body),
                Answer::Fault(fault) => self.refused(Some(fault.words())),
                Answer::NotSoap | Answer::Unreadable(_) => self.refused(None),
            }
        }
    }

    fn login_demanded(&mut self, received: &Received) {
        // Some devices do not tell the time to everybody; log-in is tried without it.
        if self.stage == Stage::Clock {
            return self.enter(self.then);
        }
        match self.caller.demanded(&received.challenges, false) {
            Next::Retry => self.to_send = true,
            Next::GoOn | Next::Stop(OnvifError::NotAuthorised { .. }) => {
                let said = match &received.said {
                    Answer::Fault(fault) => Some(fault.words()),
                    _ => None,
                };
                match self.stage {
                    Stage::Users => self.end(Ok(Settled::Old(Why::NotLoggedIn(said.unwrap_or_default())))),
                    _ => self.refused(said),
                }
            }
            Next::Stop(error) => self.end(Err(error)),
        }
    }

    fn answered(&mut self, body: &Element) {
        // What everybody gets to see proves nothing.
        let proved = !self.caller.is_anonymous();
        self.caller.let_through();
        match self.stage {
            Stage::Clock => {
                self.clock = device_time::read(body).map_or(WallDuration::ZERO, |device| device - self.now);
                self.enter(self.then);
            }
            Stage::Users => match answers::level_of(body, &self.passwords.user) {
                Some(level) if proved => {
                    let (user, password) = (self.passwords.user.clone(), self.passwords.new.clone());
                    self.ask(Stage::Setting, Operation::SetUser(NewPassword { user, password, level }));
                }
                _ => self.end(Ok(Settled::Old(Why::MayNot(String::new())))),
            },
            Stage::Setting => self.enter(Stage::ProvingNew),
            Stage::ProvingNew if proved => self.end(Ok(Settled::New)),
            Stage::ProvingOld if proved => {
                let refusal = self.refusal.take();
                self.end(Ok(refusal.map_or(Settled::StillOld, |said| Settled::Old(Why::Refused(said)))));
            }
            Stage::ProvingNew | Stage::ProvingOld => self.refused(None),
        }
    }

    /// The camera would not do what it was asked, and said so by a fault, or did not say anything that can be read.
    fn refused(&mut self, said: Option<String>) {
        match self.stage {
            Stage::Clock => self.enter(self.then),
            // Nothing was changed, so it has what it had.
            Stage::Users => self.end(Ok(Settled::Old(Why::MayNot(said.unwrap_or_default())))),
            Stage::Setting => {
                self.refusal = said;
                self.enter(Stage::ProvingOld);
            }
            Stage::ProvingNew if !self.tried[1] => self.enter(Stage::ProvingOld),
            Stage::ProvingOld if !self.tried[0] => self.enter(Stage::ProvingNew),
            Stage::ProvingNew | Stage::ProvingOld => self.end(Err(OnvifError::NotAuthorised { clock_suspect: false })),
        }
    }

    /// Begins to ask who the users are, by one of the passwords: what every device keeps to those who log in.
    fn enter(&mut self, stage: Stage) {
        let new = stage == Stage::ProvingNew;
        if stage != Stage::Users {
            self.tried[usize::from(!new)] = true;
        }
        let password = if new { self.passwords.new.clone() } else { self.passwords.old.clone() };
        let credentials = Credentials { user: self.passwords.user.clone(), password };
        // Nonces of one log-in are not those of another.
        let mut seed = Sha256::new();
        seed.update(self.seed);
        seed.update([stage as u8]);
        self.caller = Caller::once(self.at, credentials, seed.finalize().into(), MAX_REQUESTS);
        self.ask(stage, Operation::GetUsers);
    }

    fn ask(&mut self, stage: Stage, question: Operation) {
        (self.stage, self.question, self.to_send) = (stage, question, true);
        self.caller.next_question();
    }

    fn end(&mut self, outcome: Result<Settled, OnvifError>) {
        self.outcome = Some(outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn passwords_are_strong_and_never_the_same() {
        let mut seen = BTreeSet::new();
        for number in 0..2_000u32 {
            let mut random = [0; 32];
            random[..4].copy_from_slice(&number.to_be_bytes());
            let password = new_password(random).expose().to_owned();
            assert_eq!(password.len(), LENGTH);
            for class in CLASSES {
                assert!(password.bytes().any(|byte| class.contains(&byte)), "{password}");
            }
            assert!(password.bytes().all(|byte| CLASSES.concat().contains(&byte)), "{password}");
            assert!(seen.insert(password));
        }
    }
}
