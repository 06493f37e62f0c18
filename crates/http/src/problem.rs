//! Every error the door gives, as problem details (RFC 9457). What went wrong inside stays inside: it goes to the
//! program's own log with the request's id.

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use candour_wire::problem::Problem as Body;

/// The kinds of problem: stable word, title, status. They are part of the interface.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $word:literal, $title:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
            pub(crate) const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }
        }
    };
}

kinds! {
    Malformed = 400, "malformed", "The request cannot be read.";
    NotSignedIn = 401, "not-signed-in", "Nobody is signed in.";
    WrongPassword = 401, "wrong-password", "The name or the password is wrong.";
    SecondFactorNeeded = 403, "second-factor-needed", "The sign-in is not complete.";
    WrongCode = 403, "wrong-code", "The code is wrong.";
    WrongPasskey = 403, "wrong-passkey", "The passkey does not count.";
    ConfirmSignIn = 403, "confirm-sign-in", "Confirm that it is you.";
    WrongToken = 403, "wrong-token", "The set-up token is wrong.";
    WrongOrigin = 403, "wrong-origin", "The request does not come from our own pages.";
    Forbidden = 403, "forbidden", "Your roles do not allow this.";
    LookRefused = 403, "look-refused", "You may not look at this footage.";
    PolicyNotAccepted = 403, "policy-not-accepted", "You have not accepted the policy in force.";
    LookLapsed = 403, "look-lapsed", "The permission to look has ended.";
    NotCovered = 403, "not-covered", "The permission to look does not cover this.";
    NotFound = 404, "not-found", "There is no such thing here.";
    NoFootage = 404, "no-footage", "There is no footage in this interval.";
    MethodNotAllowed = 405, "method-not-allowed", "This cannot be done here.";
    Exists = 409, "exists", "It exists already.";
    Conflict = 409, "conflict", "That is not possible as things stand.";
    NotConverted = 409, "not-converted", "These pictures are not converted here.";
    SetUpDone = 409, "set-up-done", "The site is set up already.";
    FootageDeleted = 410, "footage-deleted", "The footage of this interval was deleted.";
    TooLarge = 413, "too-large", "The request is too large.";
    UnsupportedMediaType = 415, "unsupported-media-type", "The request must be JSON.";
    Undecodable = 422, "undecodable", "The picture cannot be decoded.";
    RangeOutside = 416, "range-outside", "The file does not have these bytes.";
    Invalid = 422, "invalid", "Something in the request is wrong.";
    CameraWrongPassword = 422, "camera-wrong-password", "The camera refuses the user or the password.";
    NotACamera = 422, "not-a-camera", "The device is no camera we can speak to.";
    UpgradeRequired = 426, "upgrade-required", "This needs a WebSocket.";
    TooManyRequests = 429, "too-many-requests", "Too many attempts.";
    Internal = 500, "internal", "The recorder made a mistake.";
    DataLoss = 500, "data-loss", "Stored footage is damaged.";
    CameraUnreachable = 502, "camera-unreachable", "The camera does not answer.";
    LogNotWritable = 503, "log-not-writable", "The log cannot be written, so nobody may look.";
    Unavailable = 503, "unavailable", "A part of the recorder is not available.";
    TimeOut = 504, "time-out", "It took too long.";
}

/// An error on its way to the page.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    field: Option<String>,
    retry_after_s: Option<u32>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), field: None, retry_after_s: None }
    }

    pub(crate) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(Kind::Invalid, detail) }
    }

    pub(crate) fn not_found(what: impl Display) -> Self {
        Self::new(Kind::NotFound, format!("There is no {what}."))
    }

    pub(crate) fn wait(detail: impl Into<String>, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..Self::new(Kind::TooManyRequests, detail) }
    }

    /// A fault of ours: the chain goes to the program's log, the page gets a sentence without it.
    pub(crate) fn internal(what: &'static str, error: &dyn std::error::Error) -> Self {
        tracing::error!(what, error = candour_units::chain(error), "a request failed inside");
        Self::new(Kind::Internal, "Try again. If it happens again, give the request's id to whoever runs the recorder.")
    }

    #[must_use]
    pub(crate) fn on_field(mut self, field: &'static str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    #[cfg(test)]
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The answer, with the request's id in it.
    pub(crate) fn into_answer(self, request: Option<&str>) -> Response {
        let body = Body {
            kind: format!("/problems/{}", self.kind.word()),
            title: self.kind.title().to_owned(),
            status: self.kind.status(),
            detail: self.detail,
            field: self.field,
            request: request.map(str::to_owned),
        };
        let status = StatusCode::from_u16(body.status).expect("the table of kinds holds valid statuses");
        let text = serde_json::to_string(&body).expect("a problem is plain texts and numbers");
        let mut answer = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        if let Some(seconds) = self.retry_after_s {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// The problem travels as an extension, and the outermost layer (`envelope`) writes it down with the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).expect("the table of kinds holds valid statuses");
        let mut answer = status.into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

impl From<candour_db::DbError> for Problem {
    fn from(error: candour_db::DbError) -> Self {
        use candour_db::DbError;
        match error {
            DbError::Exists { what } => Self::new(Kind::Exists, format!("{what} exists already.")),
            DbError::NotFound { what } => Self::not_found(what),
            other => Self::internal("database", &other),
        }
    }
}

impl From<candour_audit::LogError> for Problem {
    fn from(error: candour_audit::LogError) -> Self {
        tracing::error!(error = candour_units::chain(&error), "the log could not be written");
        Self::new(
            Kind::LogNotWritable,
            "The log entry could not be made durable, so this was not done. The System page says what fails.",
        )
    }
}

impl From<candour_audit::NotCovered> for Problem {
    fn from(error: candour_audit::NotCovered) -> Self {
        use candour_audit::NotCovered;
        match error {
            NotCovered::Lapsed => {
                Self::new(Kind::LookLapsed, "The permission to look has ended; ask again or renew it in time.")
            }
            NotCovered::Camera { .. } => {
                Self::new(Kind::NotCovered, "The permission to look does not name this camera.")
            }
            NotCovered::Kind => Self::new(Kind::NotCovered, "The permission is for another way of looking."),
            NotCovered::Interval => {
                Self::new(Kind::NotCovered, "The permission to look does not cover the whole interval asked for.")
            }
        }
    }
}

impl From<candour_archive::ArchiveError> for Problem {
    fn from(error: candour_archive::ArchiveError) -> Self {
        use candour_archive::ArchiveError;
        match error {
            ArchiveError::NotCovered(why) => why.into(),
            ArchiveError::Log(why) => why.into(),
            ArchiveError::Db(why) => why.into(),
            ArchiveError::NotFound { what } => Self::not_found(what),
            ArchiveError::Held { .. } | ArchiveError::DeletionOff => Self::new(Kind::Conflict, format!("{error}.")),
            ArchiveError::DataLoss { segment, .. } => {
                tracing::error!(error = candour_units::chain(&error), "stored footage is damaged");
                Self::new(
                    Kind::DataLoss,
                    format!("Segment {segment} does not match its digest, so it is not shown. It is kept as it is."),
                )
            }
            gone if gone.is_gone() => Self::new(
                Kind::FootageDeleted,
                "The key of this footage is destroyed, so nobody can open it any more; the timeline says by which rule.",
            ),
            other => {
                tracing::error!(error = candour_units::chain(&other), "the archive failed");
                Self::new(Kind::Unavailable, "The footage cannot be read now. The System page says what fails.")
            }
        }
    }
}

impl From<crate::port::CameraActError> for Problem {
    fn from(error: crate::port::CameraActError) -> Self {
        use crate::port::CameraActError as Act;
        match error {
            Act::Invalid { field, words } => Self::invalid(field, words),
            Act::Refused { words } => Self::new(Kind::Conflict, words),
            Act::Unreachable { words } => Self::new(Kind::CameraUnreachable, words).on_field("address"),
            Act::WrongPassword { words } => Self::new(Kind::CameraWrongPassword, words).on_field("password"),
            Act::NotACamera { words } => Self::new(Kind::NotACamera, words).on_field("address"),
            Act::Exists { words } => Self::new(Kind::Exists, words),
            Act::NotFound => Self::not_found("such camera"),
            Act::Unavailable { words } => Self::new(Kind::Unavailable, words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_statuses_are_errors() {
        let words: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|kind| (400..600).contains(&kind.status()) && kind.title().ends_with('.')));
    }

    #[test]
    fn internals_stay_inside() {
        let error = candour_db::DbError::Damaged { column: "person.roles", value: "hunter2".into() };
        let problem = Problem::from(error);
        assert_eq!(problem.kind(), Kind::Internal);
        assert!(!problem.detail().contains("hunter2") && !problem.detail().contains("person"));
    }
}
