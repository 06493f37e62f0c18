//! Who asks: where questions go, how each proves who asks, and how many there may be.

use candour_units::WallTime;
use sha2::{Digest as _, Sha256};

use crate::auth::{Login, Next, Way};
use crate::operation::EVENTS;
use crate::{
    Challenge, Credentials, HttpRequest, MediaVersion, Onboarded, OnvifError, Operation, Service, pin_service, soap,
    username_token,
};

/// One question and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub operation: Operation,
    pub port: u16,
    pub path: String,
}

/// The asking side of one conversation with one device. Nothing it makes is ever for another host.
pub(crate) struct Caller {
    at: Onboarded,
    credentials: Option<Credentials>,
    seed: [u8; 32],
    drawn: u64,
    login: Login,
    /// Whether the request under way used its nonce for the first time.
    used_fresh: bool,
    requests: u32,
    most_requests: u32,
}

impl Caller {
    /// `seed` must be unpredictable: nonces are drawn from it.
    pub(crate) fn new(at: Onboarded, credentials: Option<Credentials>, seed: [u8; 32], most_requests: u32) -> Self {
        Self { at, credentials, seed, drawn: 0, login: Login::new(), used_fresh: false, requests: 0, most_requests }
    }

    /// A caller that proves who asks in one way only: each wrong password counts at the device.
    pub(crate) fn once(at: Onboarded, credentials: Credentials, seed: [u8; 32], most_requests: u32) -> Self {
        Self { login: Login::in_one_way(), ..Self::new(at, Some(credentials), seed, most_requests) }
    }

    pub(crate) const fn at(&self) -> Onboarded {
        self.at
    }

    pub(crate) fn device_question(&self, operation: Operation) -> Question {
        Question { operation, port: self.at.port, path: "/onvif/device_service".into() }
    }

    /// A question for a media service, at the address the device names for it, pinned; else at the usual one.
    pub(crate) fn media_question(&self, services: &[Service], operation: Operation, media: MediaVersion) -> Question {
        let named = services.iter().find(|service| service.namespace == media.namespace());
        let (port, path) = named
            .and_then(|service| pin_service(&service.address, self.at))
            .map_or_else(|| (self.at.port, "/onvif/media_service".into()), |pinned| pinned.to);
        Question { operation, port, path }
    }

    /// A question for the event service, at the address the device names for it, pinned; `None` where it names none.
    pub(crate) fn event_question(&self, services: &[Service], operation: Operation) -> Option<Question> {
        // The older answer names it by its element.
        let named = services.iter().find(|service| service.namespace == EVENTS || service.namespace == "Events")?;
        let (port, path) = pin_service(&named.address, self.at)?.to;
        Some(Question { operation, port, path })
    }

    /// Whether more was asked than anybody needs to: the device is playing.
    pub(crate) const fn is_spent(&self) -> bool {
        self.requests > self.most_requests
    }

    /// The way in use is the one that rests on the device's clock.
    pub(crate) fn uses_token(&self) -> bool {
        self.login.way == Way::Token
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        self.login.way == Way::Anonymous
    }

    /// A new question begins.
    pub(crate) fn next_question(&mut self) {
        self.login.next_question();
    }

    /// The device let a request through.
    pub(crate) fn let_through(&mut self) {
        self.login.let_through();
    }

    /// The device demands log-in.
    pub(crate) fn demanded(&mut self, challenges: &[Challenge], clock_suspect: bool) -> Next {
        if self.credentials.is_none() {
            return Next::Stop(OnvifError::NotAuthorised { clock_suspect: false });
        }
        self.login.demanded(challenges, self.used_fresh, clock_suspect)
    }

    /// The request for a question, with proof of who asks once that was demanded. `created` is the device's own time as
    /// far as it is known: devices refuse tokens that look minutes old to them.
    pub(crate) fn request(&mut self, question: Question, created: WallTime) -> HttpRequest {
        self.requests += 1;
        let operation = question.operation;
        let mut headers =
            vec![("Content-Type", format!("application/soap+xml; charset=utf-8; action=\"{}\"", operation.action()))];
        let mut security = String::new();
        let client_nonce = self.draw();
        self.used_fresh = false;
        match (&mut self.login.way, &self.credentials) {
            (Way::Digest(login), Some(credentials)) => {
                self.used_fresh = login.is_fresh();
                let client_nonce: String = client_nonce.iter().map(|byte| format!("{byte:02x}")).collect();
                headers.push(("Authorization", login.authorise(credentials, "POST", &question.path, &client_nonce)));
            }
            (Way::Token, Some(credentials)) => {
                security = username_token::security_header(credentials, client_nonce, created);
            }
            _ => {}
        }
        let scheme = if self.at.tls { "https" } else { "http" };
        let to = format!("{scheme}://{}{}", std::net::SocketAddr::new(self.at.host, question.port), question.path);
        let header = operation.addressing(&to) + &security;
        let body = soap::envelope(&header, &operation.body());
        HttpRequest { operation, port: question.port, path: question.path, headers, body }
    }

    /// Sixteen bytes nobody else can predict.
    fn draw(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.drawn.to_be_bytes());
        let mut out = [0; 16];
        out.copy_from_slice(&hash.finalize()[..16]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_request_is_to_is_named_as_it_is_reached() {
        for (tls, to) in [(false, "http://10.20.0.7:8080/sub"), (true, "https://10.20.0.7:8080/sub")] {
            let at = Onboarded { host: "10.20.0.7".parse().expect("an address"), port: 443, tls };
            let question = Question { operation: Operation::PullMessages, port: 8080, path: "/sub".into() };
            let request = Caller::new(at, None, [7; 32], 1).request(question, WallTime::EPOCH);
            assert!(request.body.contains(&format!(">{to}</a:To>")), "{}", request.body);
        }
    }
}
