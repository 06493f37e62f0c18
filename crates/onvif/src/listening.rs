//! Hearing what a camera says that it sees: one more machine that asks in order, for as long as somebody wants to know.
//!
//! Clock, services, one subscription whose messages are fetched (ONVIF Core 9.2), renewed at half its life, ended when nobody listens any
//! more. The device leads nowhere: a subscription at another host ends the conversation and is named. How often messages are fetched is
//! the shell's business.

use candour_units::{WallDuration, WallTime};

use crate::auth::Next;
use crate::caller::{Caller, Question};
use crate::events::{Claim, claims};
use crate::exchange::{HttpRequest, Input, Received};
use crate::soap::Answer;
use crate::xml::Element;
use crate::{Credentials, Onboarded, OnvifError, Operation, Service, answers, device_time, pin_service};

/// After so many questions the conversation ends, and another one may begin: two days and more of a camera that always answers at once.
const MAX_REQUESTS: u32 = 200_000;
/// A subscription is asked for two minutes and renewed after one.
const RENEW_AFTER: WallDuration = WallDuration::from_seconds(60);
/// So many subscriptions in a row that end before one message was fetched: the camera is playing.
const MOST_BROKEN: u32 = 5;

/// What the machine wants. Has no `Debug`, as [`HttpRequest`] has none.
pub enum Listened {
    /// Send this.
    Send(HttpRequest),
    /// The camera said this; maybe nothing, which is an answer too.
    Heard {
        /// In their order.
        claims: Vec<Claim>,
        /// Messages beside them, of which nothing is kept.
        others: usize,
    },
    /// It is over.
    Finished(Result<(), NotListening>),
}

/// Why nobody listens any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotListening {
    /// The camera has no event service, or gives no subscriptions.
    #[error("the camera gives no subscription to its events{}", if .0.is_empty() { String::new() } else { format!(" (it said {:?})", .0) })]
    NotOffered(String),
    /// It leads to another host.
    #[error("the camera leads to {named} for its events, which is another host")]
    Foreign {
        /// What it named.
        named: String,
    },
    /// It ends every subscription at once.
    #[error("the camera ends each subscription to its events as soon as it is made")]
    Broken,
    /// It could not be asked.
    #[error(transparent)]
    Onvif(#[from] OnvifError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Clock,
    Services,
    Capabilities,
    Subscribe,
    Pull,
    Renew,
    Unsubscribe,
}

/// Listens to one camera.
pub struct Listening {
    caller: Caller,
    now: WallTime,
    clock_offset: Option<WallDuration>,
    stage: Stage,
    asking: Option<Question>,
    to_send: bool,
    spoke_soap: bool,
    services: Vec<Service>,
    /// Where the subscription is: port and path.
    subscription: Option<(u16, String)>,
    renewed: WallTime,
    broken: u32,
    stopping: bool,
    heard: Option<(Vec<Claim>, usize)>,
    outcome: Option<Result<(), NotListening>>,
}

impl Listening {
    /// Begins. `seed` must be unpredictable: nonces are drawn from it.
    #[must_use]
    pub fn new(at: Onboarded, credentials: Option<Credentials>, seed: [u8; 32], now: WallTime) -> Self {
        let mut this = Self {
            caller: Caller::new(at, credentials, seed, MAX_REQUESTS),
            now,
            clock_offset: None,
            stage: Stage::Clock,
            asking: None,
            to_send: false,
            spoke_soap: false,
            services: Vec::new(),
            subscription: None,
            renewed: now,
            broken: 0,
            stopping: false,
            heard: None,
            outcome: None,
        };
        this.ask_device(Stage::Clock, Operation::GetSystemDateAndTime);
        this
    }

    /// Nobody wants to know any more: the subscription is ended after the answer that is awaited.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// What to do now; `None` while an answer is awaited, and after the end was handed out.
    pub fn poll(&mut self) -> Option<Listened> {
        if let Some((claims, others)) = self.heard.take() {
            return Some(Listened::Heard { claims, others });
        }
        if let Some(outcome) = self.outcome.take() {
            (self.asking, self.to_send) = (None, false);
            return Some(Listened::Finished(outcome));
        }
        if self.stopping && self.to_send && self.stage != Stage::Unsubscribe {
            self.leave();
            return self.poll();
        }
        if !std::mem::take(&mut self.to_send) {
            return None;
        }
        let question = self.asking.clone()?;
        let created = self.now + self.clock_offset.unwrap_or(WallDuration::ZERO);
        let request = self.caller.request(question, created);
        if self.caller.is_spent() {
            // Answered by the next poll; the request itself is harmless.
            self.outcome = Some(Ok(()));
        }
        Some(Listened::Send(request))
    }

    /// Takes what came of the last request; `now` is the time it came.
    pub fn handle(&mut self, now: WallTime, input: Input) {
        self.now = now;
        let Some(question) = self.asking.clone() else { return };
        let answer = match input {
            Input::Failed(failure) => {
                return self.finish(Err(failure.error(&question.operation, self.spoke_soap).into()));
            }
            Input::Answer(answer) => answer,
        };
        let (status, received) = (answer.status, Received::of(&answer));
        self.spoke_soap |= received.is_soap();
        if received.is_busy(status) {
            self.finish(Err(OnvifError::Busy { status }.into()));
        } else if received.demands_login(status) {
            self.login_demanded(&received);
        } else if !self.spoke_soap && self.stage != Stage::Clock {
            self.finish(Err(OnvifError::NotOnvif { status }.into()));
        } else {
            match received.said {
                Answer::Body(body) => {
                    self.caller.let_through();
                    self.said(&body);
                }
                Answer::Fault(fault) => self.refused(fault.words()),
                Answer::NotSoap | Answer::Unreadable(_) => self.refused(String::new()),
            }
        }
    }

    fn login_demanded(&mut self, received: &Received) {
        // The clock is asked without log-in so that log-in can be computed with it; some devices do not tell.
        if self.stage == Stage::Clock {
            return self.refused(String::new());
        }
        let suspect = self.caller.uses_token() && self.clock_offset.is_none();
        match self.caller.demanded(&received.challenges, suspect) {
            Next::Retry => self.to_send = true,
            // It was let in before, so the password is another now. Another subscription would be more wrong proofs, and cameras count them.
            Next::GoOn if matches!(self.stage, Stage::Pull | Stage::Renew) => {
                self.finish(Err(OnvifError::NotAuthorised { clock_suspect: false }.into()));
            }
            Next::GoOn => self.refused("this account may not".into()),
            Next::Stop(error) => self.finish(Err(error.into())),
        }
    }

    fn said(&mut self, body: &Element) {
        match self.stage {
            Stage::Clock => {
                self.clock_offset = device_time::read(body).map(|device| device - self.now);
                self.ask_device(Stage::Services, Operation::GetServices);
            }
            Stage::Services | Stage::Capabilities => {
                let found = if self.stage == Stage::Services { answers::services } else { answers::capabilities };
                self.services.extend(found(body));
                self.subscribe();
            }
            Stage::Subscribe => self.subscribed(body),
            Stage::Pull => {
                self.broken = 0;
                self.heard = Some(claims(body));
                self.go_on();
            }
            Stage::Renew => {
                self.renewed = self.now;
                self.pull();
            }
            Stage::Unsubscribe => self.finish(Ok(())),
        }
    }

    /// It will not, or says nothing that can be read.
    fn refused(&mut self, words: String) {
        match self.stage {
            Stage::Clock => self.ask_device(Stage::Services, Operation::GetServices),
            Stage::Services => self.ask_device(Stage::Capabilities, Operation::GetCapabilities),
            Stage::Capabilities | Stage::Subscribe => self.finish(Err(NotListening::NotOffered(words))),
            // The subscription is over, after a restart or because the camera counts time otherwise: another one.
            Stage::Pull | Stage::Renew => {
                self.subscription = None;
                self.broken += 1;
                if self.broken >= MOST_BROKEN { self.finish(Err(NotListening::Broken)) } else { self.subscribe() }
            }
            // It ends by itself soon.
            Stage::Unsubscribe => self.finish(Ok(())),
        }
    }

    fn subscribe(&mut self) {
        match self.caller.event_question(&self.services, Operation::CreatePullPointSubscription) {
            Some(question) => self.ask(Stage::Subscribe, question),
            None if self.stage == Stage::Services => self.ask_device(Stage::Capabilities, Operation::GetCapabilities),
            None => self.finish(Err(NotListening::NotOffered(String::new()))),
        }
    }

    /// A subscription is where the camera is, or there is none.
    fn subscribed(&mut self, body: &Element) {
        let Some(named) = body.text_at(&["SubscriptionReference", "Address"]) else {
            return self.finish(Err(NotListening::NotOffered("no address of a subscription".into())));
        };
        match pin_service(&named, self.caller.at()) {
            Some(pinned) if !pinned.foreign => {
                self.subscription = Some(pinned.to);
                self.renewed = self.now;
                self.pull();
            }
            _ => self.finish(Err(NotListening::Foreign { named })),
        }
    }

    fn go_on(&mut self) {
        if self.now - self.renewed >= RENEW_AFTER || self.now < self.renewed {
            self.ask_subscription(Stage::Renew, Operation::Renew);
        } else {
            self.pull();
        }
    }

    fn pull(&mut self) {
        self.ask_subscription(Stage::Pull, Operation::PullMessages);
    }

    fn leave(&mut self) {
        match self.subscription {
            Some(_) => self.ask_subscription(Stage::Unsubscribe, Operation::Unsubscribe),
            None => self.finish(Ok(())),
        }
    }

    fn ask_subscription(&mut self, stage: Stage, operation: Operation) {
        match self.subscription.clone() {
            Some((port, path)) => self.ask(stage, Question { operation, port, path }),
            None => self.subscribe(),
        }
    }

    fn ask_device(&mut self, stage: Stage, operation: Operation) {
        let question = self.caller.device_question(operation);
        self.ask(stage, question);
    }

    fn ask(&mut self, stage: Stage, question: Question) {
        self.stage = stage;
        self.asking = Some(question);
        self.to_send = true;
        self.caller.next_question();
    }

    fn finish(&mut self, outcome: Result<(), NotListening>) {
        self.outcome = Some(outcome);
    }
}
