//! Making a camera ready for what a policy demands, before a picture is received: one more machine that asks in order.
//!
//! Profiles under the caps are chosen; where none lies under, the camera is asked to encode smaller, and only what its
//! profiles then say is believed. Demanded masks are compared with what it holds, made or changed where they do not
//! fit, and read back. What cannot be had ends in [`NotKept`], which names what the camera offers and what the policy
//! allows. A camera that fits already is changed in nothing.

mod encoders;
mod hiding;

use candour_units::{WallDuration, WallTime};

use crate::auth::Next;
use crate::caller::{Caller, Question};
use crate::demands::{CameraDemands, Caps, Picture};
use crate::encoder::{self, Configured, EncoderConfig};
use crate::exchange::{HttpRequest, Input, Output, Received};
use crate::masks::{KeptMask, Mask, MaskNotKept, MaskReason, MaskStep};
use crate::soap::Answer;
use crate::xml::Element;
use crate::{
    Credentials, MediaVersion, Onboarded, OnvifError, Operation, Profile, Service, answers, device_time, pin_stream,
};

/// The most streams asked for, as in an interrogation.
const MAX_STREAMS: usize = 8;
/// A dozen questions are usual; each mask that has to be made is one more.
const MAX_REQUESTS: u32 = 160;
/// The most masks of one camera; real ones hold four to twenty.
const MAX_MASKS: usize = 32;

/// A camera that may be received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The stream to record.
    pub main: Profile,
    /// The smaller one, if there is one.
    pub sub: Option<Profile>,
    /// The demanded masks as the camera keeps them; one for each picture they belong to.
    pub masks: Vec<KeptMask>,
}

/// What came of preparing a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preparedness {
    /// What was changed at the camera, in order; also where it was for nothing.
    pub changes: Vec<Change>,
    /// Whether it may be received.
    pub kept: Result<Prepared, NotKept>,
}

/// Something that was changed at a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was asked to encode otherwise.
    Encoder {
        /// The configuration's token.
        configuration: String,
        /// What it said before.
        from: Picture,
        /// What was asked for.
        to: Picture,
    },
    /// A mask was made.
    MaskMade {
        /// The name in the policy.
        mask: String,
    },
    /// A mask that was there gave way to a demanded one.
    MaskChanged {
        /// The name in the policy.
        mask: String,
        /// The camera's token.
        token: String,
    },
    /// A mask that the camera had made otherwise than asked was removed again.
    MaskRemoved {
        /// The camera's token.
        token: String,
    },
}

/// Why a camera cannot be received as the policy demands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// Its pictures are too large or too many.
    #[error(transparent)]
    Cap(CapNotKept),
    /// It does not hide an area.
    #[error(transparent)]
    Mask(MaskNotKept),
}

/// No stream of the camera lies under the caps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy allows {allowed}; {why}{}", told(offered))]
pub struct CapNotKept {
    /// What the policy allows.
    pub allowed: Caps,
    /// What the camera offers: the pictures of its profiles, and what it could be set to.
    pub offered: Vec<Picture>,
    /// What went wrong.
    pub why: CapReason,
}

/// Why no stream lies under the caps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CapReason {
    /// The camera has no stream that can be recorded, large or small.
    #[error("the camera has no stream that can be recorded")]
    NoStream,
    /// It would not say what it can be set to.
    #[error("the camera does not say what it could be set to{}", if .0.is_empty() { String::new() } else { format!(" (it said {:?})", .0) })]
    NoOptions(String),
    /// It cannot be set so small.
    #[error("the camera cannot be set so small")]
    NothingSmallEnough,
    /// It was asked and refused.
    #[error("the camera refused to be set to {asked}{}", if .said.is_empty() { String::new() } else { format!(" (it said {said:?})") })]
    Refused {
        /// What was asked for.
        asked: Picture,
        /// What it said.
        said: String,
    },
    /// It said yes, and its profiles say something else.
    #[error("the camera said yes to {asked}, and still says that it sends {shown}")]
    SaidYes {
        /// What was asked for.
        asked: Picture,
        /// What the profile says now.
        shown: Picture,
    },
}

/// The first few of what is offered, in words.
fn told(offered: &[Picture]) -> String {
    const SHOWN: usize = 8;
    if offered.is_empty() {
        return String::new();
    }
    let words: Vec<_> = offered.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = if offered.len() > SHOWN { " and more" } else { "" };
    format!("; it offers {}{more}", words.join("; "))
}

/// What is being asked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Clock,
    Services,
    Capabilities,
    Profiles(MediaVersion),
    Stream(usize),
    /// Of the nth encoder that shall be smaller.
    Options(usize),
    Set(usize),
    ProfilesAgain,
    /// Of the nth video source configuration.
    MaskOptions(usize),
    Masks(usize),
    MaskStep(usize),
    MasksAgain(usize),
    /// Removing the nth mask that was made for nothing.
    Remove(usize),
}

/// Prepares one camera.
pub struct Preparation {
    caller: Caller,
    demands: CameraDemands,
    now: WallTime,
    clock_offset: Option<WallDuration>,
    stage: Stage,
    asking: Option<Question>,
    to_send: bool,
    spoke_soap: bool,
    services: Vec<Service>,
    media: MediaVersion,
    profiles: Vec<Configured>,
    encoders: encoders::Encoders,
    hiding: hiding::Hiding,
    changes: Vec<Change>,
    outcome: Option<Result<Preparedness, OnvifError>>,
}

/// What a camera said to a question.
enum Said {
    Body(Element),
    /// It will not, or nothing that can be read; its words, if any.
    No(String),
}

impl Preparation {
    /// Begins. `seed` must be unpredictable: nonces are drawn from it.
    #[must_use]
    pub fn new(
        at: Onboarded,
        credentials: Option<Credentials>,
        demands: CameraDemands,
        seed: [u8; 32],
        now: WallTime,
    ) -> Self {
        let caller = Caller::new(at, credentials, seed, MAX_REQUESTS);
        let mut this = Self {
            caller,
            demands,
            now,
            clock_offset: None,
            stage: Stage::Clock,
            asking: None,
            to_send: false,
            spoke_soap: false,
            services: Vec::new(),
            media: MediaVersion::One,
            profiles: Vec::new(),
            encoders: encoders::Encoders::default(),
            hiding: hiding::Hiding::default(),
            changes: Vec::new(),
            outcome: None,
        };
        this.ask(Stage::Clock, this.caller.device_question(Operation::GetSystemDateAndTime));
        this
    }

    /// What to do now; `None` while an answer is awaited, and after the end was handed out.
    pub fn poll(&mut self) -> Option<Output<Preparedness>> {
        if let Some(outcome) = self.outcome.take() {
            self.asking = None;
            self.to_send = false;
            return Some(Output::Finished(Box::new(outcome)));
        }
        if !std::mem::take(&mut self.to_send) {
            return None;
        }
        let question = self.asking.clone()?;
        Some(Output::Send(self.request(question)))
    }

    /// Takes what came of the last request; `now` is the time it came.
    pub fn handle(&mut self, now: WallTime, input: Input) {
        self.now = now;
        let Some(question) = self.asking.clone() else { return };
        let answer = match input {
            Input::Failed(failure) => {
                self.outcome = Some(Err(failure.error(&question.operation, self.spoke_soap)));
                return;
            }
            Input::Answer(answer) => answer,
        };
        let (status, received) = (answer.status, Received::of(&answer));
        self.spoke_soap |= received.is_soap();
        if received.is_busy(status) {
            self.outcome = Some(Err(OnvifError::Busy { status }));
        } else if received.demands_login(status) {
            self.login_demanded(received);
        } else if !self.spoke_soap && self.stage != Stage::Clock {
            self.outcome = Some(Err(OnvifError::NotOnvif { status }));
        } else {
            let said = match received.said {
                Answer::Body(body) => {
                    self.caller.let_through();
                    Said::Body(body)
                }
                Answer::Fault(fault) => Said::No(fault.words()),
                Answer::NotSoap | Answer::Unreadable(_) => Said::No(String::new()),
            };
            self.said(said);
        }
    }

    fn login_demanded(&mut self, received: Received) {
        // The clock is asked without log-in so that log-in can be computed with it; some devices do not tell.
        if self.stage == Stage::Clock {
            self.said(Said::No(String::new()));
            return;
        }
        let suspect = self.caller.uses_token() && self.clock_offset.is_none();
        match self.caller.demanded(&received.challenges, suspect) {
            Next::Retry => self.to_send = true,
            Next::GoOn => self.said(match received.said {
                Answer::Fault(fault) => Said::No(fault.words()),
                _ => Said::No("this account may not".into()),
            }),
            Next::Stop(error) => self.outcome = Some(Err(error)),
        }
    }

    fn request(&mut self, question: Question) -> HttpRequest {
        let created = self.now + self.clock_offset.unwrap_or(WallDuration::ZERO);
        let request = self.caller.request(question, created);
        if self.caller.is_spent() {
            // Answered by the next poll; the request itself is harmless.
            self.outcome = Some(Err(OnvifError::Busy { status: 0 }));
        }
        request
    }

    fn ask(&mut self, stage: Stage, question: Question) {
        self.stage = stage;
        self.asking = Some(question);
        self.to_send = true;
        self.caller.next_question();
    }

    fn ask_device(&mut self, stage: Stage, operation: Operation) {
        let question = self.caller.device_question(operation);
        self.ask(stage, question);
    }

    fn ask_media(&mut self, stage: Stage, media: MediaVersion, operation: Operation) {
        let question = self.caller.media_question(&self.services, operation, media);
        self.ask(stage, question);
    }

    fn said(&mut self, said: Said) {
        match self.stage.clone() {
            Stage::Clock => {
                if let Said::Body(body) = &said {
                    self.clock_offset = device_time::read(body).map(|device| device - self.now);
                }
                self.ask_device(Stage::Services, Operation::GetServices);
            }
            Stage::Services => {
                if let Said::Body(body) = &said {
                    self.services = answers::services(body);
                }
                if self.offers(MediaVersion::Two) || self.offers(MediaVersion::One) {
                    self.ask_for_profiles();
                } else {
                    self.ask_device(Stage::Capabilities, Operation::GetCapabilities);
                }
            }
            Stage::Capabilities => {
                if let Said::Body(body) = &said {
                    self.services.extend(answers::capabilities(body));
                }
                self.ask_for_profiles();
            }
            Stage::Profiles(media) => self.profiles_said(media, &said),
            Stage::Stream(at) => self.stream_said(at, &said),
            Stage::Options(at) => self.options_said(at, said),
            Stage::Set(at) => self.set_said(at, said),
            Stage::ProfilesAgain => self.profiles_said_again(&said),
            Stage::MaskOptions(at) => self.mask_options_said(at, said),
            Stage::Masks(at) => self.masks_said(at, &said),
            Stage::MaskStep(step) => self.mask_step_said(step, said),
            Stage::MasksAgain(at) => self.masks_said_again(at, &said),
            Stage::Remove(at) => self.removed(at, &said),
        }
    }

    fn offers(&self, media: MediaVersion) -> bool {
        self.services.iter().any(|service| service.namespace == media.namespace())
    }

    fn ask_for_profiles(&mut self) {
        let media = if self.offers(MediaVersion::Two) { MediaVersion::Two } else { MediaVersion::One };
        self.ask_media(Stage::Profiles(media), media, Operation::GetProfiles(media));
    }

    /// Profiles of the second service are taken where it lists any with video, else those of the first.
    fn profiles_said(&mut self, media: MediaVersion, said: &Said) {
        let found = match said {
            Said::Body(body) => encoder::configured(body, media),
            Said::No(_) => Vec::new(),
        };
        if found.is_empty() && media == MediaVersion::Two && self.offers(MediaVersion::One) {
            self.ask_media(
                Stage::Profiles(MediaVersion::One),
                MediaVersion::One,
                Operation::GetProfiles(MediaVersion::One),
            );
            return;
        }
        self.media = media;
        self.profiles = found;
        self.ask_for_stream(0);
    }

    fn ask_for_stream(&mut self, at: usize) {
        match self.profiles.get(at).filter(|_| at < MAX_STREAMS) {
            Some(next) => {
                let (media, token) = (self.media, next.profile.token.clone());
                self.ask_media(Stage::Stream(at), media, Operation::GetStreamUri { media, token });
            }
            None => self.choose(),
        }
    }

    /// A stream that leads elsewhere is no stream: what the gate judged is this host.
    fn stream_said(&mut self, at: usize, said: &Said) {
        if let Said::Body(body) = said
            && let Some(named) = answers::stream_uri(body)
        {
            let pinned = pin_stream(&named, self.caller.at()).filter(|pinned| !pinned.foreign);
            self.profiles[at].profile.stream = pinned.map(|pinned| pinned.to);
            self.profiles[at].profile.stream_as_named = Some(named);
        }
        self.ask_for_stream(at + 1);
    }

    fn refuse(&mut self, why: NotKept) {
        self.finish(Err(why));
    }

    fn finish(&mut self, kept: Result<Prepared, NotKept>) {
        let changes = std::mem::take(&mut self.changes);
        self.outcome = Some(Ok(Preparedness { changes, kept }));
    }
}
