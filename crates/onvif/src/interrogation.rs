//! The questions in order: one state machine that says what to send and takes what comes back.
//!
//! The shell loops: [`Interrogation::poll`] gives a request or the end; the shell sends it to the onboarded host on the
//! port named and hands the answer to [`Interrogation::handle`]. It decides nothing. Log-in is proved only after the
//! device demanded it; no request is ever for another host; every raw answer is kept.

use std::collections::VecDeque;

use candour_units::{WallDuration, WallTime};

use crate::auth::Next;
use crate::caller::{Caller, Question};
use crate::exchange::{HttpAnswer, HttpRequest, Input, Output, Received};
use crate::soap::Answer;
use crate::testimony::{ClockReading, Foreign, Profile, RawAnswer, Testimony, Unreadable};
use crate::xml::{Element, XmlError};
use crate::{
    Challenge, Credentials, DeviceInformation, MediaVersion, Onboarded, OnvifError, Operation, Service, answers,
    device_time, pin_service, pin_stream,
};

/// The most streams asked for; cameras have two to four.
const MAX_STREAMS: usize = 8;
/// Nobody needs more questions than this; a device that makes us ask more is playing.
const MAX_REQUESTS: u32 = 64;
/// Beyond five minutes devices refuse tokens.
const CLOCK_SUSPECT_S: i64 = 300;

/// What the device service is asked, in this order; the first three are a short interrogation. After the last the media
/// services are asked.
const EVERYTHING: [Operation; 10] = [
    Operation::GetSystemDateAndTime,
    Operation::GetDeviceInformation,
    Operation::GetNetworkInterfaces,
    Operation::GetServices,
    Operation::GetCapabilities,
    Operation::GetScopes,
    Operation::GetEndpointReference,
    Operation::GetCertificates,
    Operation::GetUsers,
    Operation::GetHostname,
];

/// Asks one device everything the gate wants to know.
pub struct Interrogation {
    caller: Caller,
    questions: VecDeque<Question>,
    asking: Option<Question>,
    now: WallTime,
    spoke_soap: bool,
    to_send: bool,
    clock_asked_again: bool,
    testimony: Testimony,
    outcome: Option<Result<(), OnvifError>>,
}

impl Interrogation {
    /// Begins. `seed` must be unpredictable: nonces are drawn from it.
    #[must_use]
    pub fn new(at: Onboarded, credentials: Option<Credentials>, seed: [u8; 32], now: WallTime) -> Self {
        Self::asking(&EVERYTHING, at, credentials, seed, now)
    }

    /// Begins a short one: who it is and at which address, to hold against what is known. The testimony has no profiles.
    #[must_use]
    pub fn short(at: Onboarded, credentials: Option<Credentials>, seed: [u8; 32], now: WallTime) -> Self {
        Self::asking(&EVERYTHING[..3], at, credentials, seed, now)
    }

    fn asking(
        operations: &[Operation],
        at: Onboarded,
        credentials: Option<Credentials>,
        seed: [u8; 32],
        now: WallTime,
    ) -> Self {
        let mut this = Self {
            caller: Caller::new(at, credentials, seed, MAX_REQUESTS),
            questions: VecDeque::new(),
            asking: None,
            now,
            spoke_soap: false,
            to_send: false,
            clock_asked_again: false,
            testimony: Testimony::default(),
            outcome: None,
        };
        for operation in operations {
            this.questions.push_back(this.caller.device_question(operation.clone()));
        }
        this.next_question();
        this
    }

    /// What to do now; `None` while an answer is awaited, and after the end was handed out.
    pub fn poll(&mut self) -> Option<Output<Testimony>> {
        if let Some(outcome) = self.outcome.take() {
            let testimony = std::mem::take(&mut self.testimony);
            self.asking = None;
            return Some(Output::Finished(Box::new(outcome.map(|()| testimony))));
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
        match input {
            Input::Failed(failure) => {
                self.outcome = Some(Err(failure.error(&question.operation, self.spoke_soap)));
            }
            Input::Answer(answer) => self.answered(&question.operation, answer),
        }
    }

    fn answered(&mut self, operation: &Operation, answer: HttpAnswer) {
        let status = answer.status;
        let received = Received::of(&answer);
        self.note_headers(&answer, &received.challenges);
        self.spoke_soap |= received.is_soap();
        self.testimony.answers.push(RawAnswer { operation: operation.clone(), status, body: answer.body });
        if received.is_busy(status) {
            self.outcome = Some(Err(OnvifError::Busy { status }));
            return;
        }
        if received.demands_login(status) {
            self.login_demanded(operation, &received.challenges, received.said);
            return;
        }
        match received.said {
            Answer::Body(body) => {
                self.caller.let_through();
                self.learn(operation, &body);
            }
            Answer::Fault(fault) => self.testimony.faults.push((operation.clone(), fault)),
            Answer::Unreadable(why) => self.unreadable(operation, why),
            Answer::NotSoap => {}
        }
        // Two questions every device must answer came back as something else: this is no ONVIF device.
        if *operation == Operation::GetDeviceInformation && !self.spoke_soap {
            self.outcome = Some(Err(OnvifError::NotOnvif { status }));
            return;
        }
        self.next_question();
    }

    /// Answers that are merely something else (a web page, nothing) are not held against a device that answers other
    /// questions well; broken or hostile XML is.
    fn unreadable(&mut self, operation: &Operation, why: XmlError) {
        let empty = self.testimony.answers.last().is_some_and(|answer| answer.body.is_empty());
        let web_page = why == XmlError::DocumentType { html: true };
        if !empty && !web_page && (why.is_attack() || self.spoke_soap) {
            self.testimony.unreadable.push(Unreadable { operation: operation.clone(), why });
        }
    }

    fn login_demanded(&mut self, operation: &Operation, challenges: &[Challenge], said: Answer) {
        let fault = match said {
            Answer::Fault(fault) => Some(fault),
            _ => None,
        };
        // The clock is asked without log-in so that log-in can be computed with it; some devices do not tell.
        if *operation == Operation::GetSystemDateAndTime && self.caller.is_anonymous() && !self.clock_asked_again {
            self.clock_asked_again = true;
            let question = self.caller.device_question(Operation::GetSystemDateAndTime);
            self.questions.insert(1.min(self.questions.len()), question);
            self.next_question();
            return;
        }
        let suspect = self.clock_suspect();
        match self.caller.demanded(challenges, suspect) {
            Next::Retry => self.to_send = true,
            Next::GoOn => {
                self.testimony.faults.push((operation.clone(), fault.unwrap_or_default()));
                self.next_question();
            }
            Next::Stop(error) => self.outcome = Some(Err(error)),
        }
    }

    fn clock_suspect(&self) -> bool {
        self.caller.uses_token()
            && self.testimony.clock.is_none_or(|clock| clock.offset.seconds_floor().abs() > CLOCK_SUSPECT_S)
    }

    fn note_headers(&mut self, answer: &HttpAnswer, challenges: &[Challenge]) {
        for challenge in challenges {
            let known = |c: &Challenge| {
                c.realm() == challenge.realm() && std::mem::discriminant(c) == std::mem::discriminant(challenge)
            };
            if !self.testimony.challenges.iter().any(known) && self.testimony.challenges.len() < answers::MAX_ITEMS {
                self.testimony.challenges.push(challenge.clone());
            }
        }
        if let Some(server) = answer.server.as_deref().map(crate::xml::clean)
            && !self.testimony.servers.contains(&server)
            && self.testimony.servers.len() < answers::MAX_ITEMS
        {
            self.testimony.servers.push(server);
        }
    }

    fn learn(&mut self, operation: &Operation, body: &Element) {
        match operation {
            Operation::GetSystemDateAndTime => {
                self.testimony.clock =
                    device_time::read(body).map(|device| ClockReading { device, offset: device - self.now });
            }
            Operation::GetDeviceInformation => self.testimony.information = Some(DeviceInformation::read(body)),
            Operation::GetServices => self.learn_services(operation, answers::services(body)),
            Operation::GetCapabilities => self.learn_services(operation, answers::capabilities(body)),
            Operation::GetNetworkInterfaces => self.testimony.hardware_addresses = answers::hardware_addresses(body),
            Operation::GetScopes => self.testimony.scopes = answers::scopes(body),
            Operation::GetEndpointReference => self.testimony.endpoint = body.text_at(&["GUID"]),
            Operation::GetHostname => self.testimony.hostname = body.text_at(&["HostnameInformation", "Name"]),
            Operation::GetProfiles(media) => self.learn_profiles(*media, body),
            Operation::GetStreamUri { token, .. } => self.learn_stream(operation, token, body),
            // Asked in a preparation only.
            _ => {}
        }
    }

    fn learn_services(&mut self, operation: &Operation, services: Vec<Service>) {
        for service in services {
            // What cannot be pinned at all, such as an `https` address, is noted as a service and not used.
            if pin_service(&service.address, self.caller.at()).is_some_and(|pinned| pinned.foreign) {
                self.foreign(operation, &service.address);
            }
            if !self.testimony.services.contains(&service) {
                self.testimony.services.push(service);
            }
        }
    }

    fn foreign(&mut self, operation: &Operation, address: &str) {
        let foreign = Foreign { operation: operation.clone(), address: address.to_owned() };
        if !self.testimony.foreign.contains(&foreign) {
            self.testimony.foreign.push(foreign);
        }
    }

    /// Profiles of media2 come first and win; those of media are taken where media2 has none.
    fn learn_profiles(&mut self, media: MediaVersion, body: &Element) {
        if !self.testimony.profiles.is_empty() {
            return;
        }
        let usable: Vec<_> = answers::profiles(body, media)
            .into_iter()
            .filter_map(|profile| {
                let (token, name) = (profile.token, profile.name);
                profile.video.map(|video| Profile { token, name, video, stream: None, stream_as_named: None })
            })
            .collect();
        for profile in usable.iter().take(MAX_STREAMS) {
            let operation = Operation::GetStreamUri { media, token: profile.token.clone() };
            let question = self.media_question(operation, media);
            self.questions.push_back(question);
        }
        self.testimony.profiles = usable;
    }

    fn learn_stream(&mut self, operation: &Operation, token: &str, body: &Element) {
        let Some(named) = answers::stream_uri(body) else { return };
        let pinned = pin_stream(&named, self.caller.at());
        // An address that is no RTSP address cannot be pinned, and is as suspicious as one that leads elsewhere.
        if pinned.as_ref().is_none_or(|pinned| pinned.foreign) {
            self.foreign(operation, &named);
        }
        if let Some(profile) = self.testimony.profiles.iter_mut().find(|profile| profile.token == token) {
            profile.stream = pinned.map(|pinned| pinned.to);
            profile.stream_as_named = Some(named);
        }
    }

    fn media_question(&self, operation: Operation, media: MediaVersion) -> Question {
        self.caller.media_question(&self.testimony.services, operation, media)
    }

    fn next_question(&mut self) {
        let was = self.asking.take().map(|question| question.operation);
        if was == Some(Operation::GetHostname) {
            self.ask_for_profiles();
        }
        self.caller.next_question();
        self.asking = self.questions.pop_front();
        self.to_send = self.asking.is_some();
        if self.asking.is_none() {
            self.outcome = Some(Ok(()));
        }
    }

    /// Asks both media services for profiles where both are named, and the first generation where none is.
    fn ask_for_profiles(&mut self) {
        let named =
            |media: MediaVersion| self.testimony.services.iter().any(|service| service.namespace == media.namespace());
        let two = named(MediaVersion::Two);
        let one = named(MediaVersion::One) || !two;
        let versions = [(MediaVersion::Two, two), (MediaVersion::One, one)];
        let questions: Vec<_> = versions
            .into_iter()
            .filter(|(_, ask)| *ask)
            .map(|(media, _)| self.media_question(Operation::GetProfiles(media), media))
            .collect();
        self.questions.extend(questions);
    }

    fn request(&mut self, question: Question) -> HttpRequest {
        let created = self.now + self.testimony.clock.map_or(WallDuration::ZERO, |clock| clock.offset);
        let request = self.caller.request(question, created);
        if self.caller.is_spent() {
            // Answered by the next poll; the request itself is harmless.
            self.outcome = Some(Err(OnvifError::Busy { status: 0 }));
        }
        request
    }
}
