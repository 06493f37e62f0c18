//! Exceptions for known flaws of a camera's firmware: filed, signed by a second person, ended. What one is worth is the gate's to
//! decide (`vetting`): it never helps a maker that may not be used.

use candour_http::port::{CameraActError, NewException, PersonNamed};
use candour_units::CameraId;
use candour_vetting::{Day, Evidence, Exception, Kind, Source, Value};
use serde::{Deserialize, Serialize};

use super::Estate;
use super::acts::unavailable;

/// An exception is decided anew at least this often.
const LONGEST_DAYS: i64 = 366;

/// What is kept with an exception beside what the gate reads.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filed {
    /// Its id.
    pub id: String,
    /// The account that filed it: nobody signs what they filed, whatever they are called by then.
    filed_by: String,
}

impl Filed {
    /// As it stands beside the evidence.
    #[must_use]
    pub fn of(item: &Evidence) -> Self {
        serde_json::from_slice(&item.raw).unwrap_or_default()
    }
}

impl Estate {
    pub(super) async fn take_exception(
        &self,
        id: CameraId,
        new: NewException,
        by: PersonNamed,
    ) -> Result<(), CameraActError> {
        let now = self.parts.clock.wall();
        let today = Day::of(now);
        let until = Day::parse(&new.until).map(|day| day.days_since(today));
        if until.is_none_or(|days| !(0..=LONGEST_DAYS).contains(&days)) {
            let words = "Choose a day from today on and at most a year ahead; decide anew then.".into();
            return Err(CameraActError::Invalid { field: "until", words });
        }
        let number = CameraId::from_bytes(self.parts.entropy.id()).to_string();
        let filed = Filed { id: number, filed_by: by.id.to_string() };
        let covers = new.covers.clone();
        let item = Evidence {
            kind: Kind::Exception,
            value: Value::Exception(Exception {
                covers: new.covers,
                reason: new.reason,
                owner: new.owner,
                until: new.until,
                signed_off_by: by.name.clone(),
                second_person: None,
            }),
            raw: serde_json::to_vec(&filed).map_err(unavailable)?,
            source: Source::Person { name: by.name },
            taken_at: now,
        };
        let goes_on = |other: &Evidence| {
            let Value::Exception(other) = &other.value else { return false };
            other.covers == covers && Day::parse(&other.until).is_some_and(|day| day.days_since(today) >= 0)
        };
        self.change_evidence(id, |evidence| {
            if evidence.iter().any(goes_on) {
                let words = format!("There is an exception for {covers} already; end it first.");
                return Err(CameraActError::Exists { words });
            }
            evidence.push(item);
            Ok(())
        })
        .await
    }

    pub(super) async fn second_for_exception(
        &self,
        id: CameraId,
        exception: &str,
        by: PersonNamed,
    ) -> Result<(), CameraActError> {
        self.change_evidence(id, |evidence| {
            let found = evidence.iter_mut().find(|item| is(item, exception)).ok_or(CameraActError::NotFound)?;
            let filed = Filed::of(found);
            let Value::Exception(exception) = &mut found.value else { return Err(CameraActError::NotFound) };
            if filed.filed_by == by.id.to_string() || exception.signed_off_by.eq_ignore_ascii_case(&by.name) {
                return Err(CameraActError::Refused {
                    words: "You filed this exception; a second person must decide on it too.".into(),
                });
            }
            if exception.second_person.is_some() {
                return Err(CameraActError::Refused { words: "It is signed already.".into() });
            }
            exception.second_person = Some(by.name);
            Ok(())
        })
        .await
    }

    pub(super) async fn take_exception_away(&self, id: CameraId, exception: &str) -> Result<(), CameraActError> {
        self.change_evidence(id, |evidence| {
            let at = evidence.iter().position(|item| is(item, exception)).ok_or(CameraActError::NotFound)?;
            evidence.remove(at);
            Ok(())
        })
        .await
    }
}

fn is(item: &Evidence, exception: &str) -> bool {
    item.kind == Kind::Exception && Filed::of(item).id == exception
}
