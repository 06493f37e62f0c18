//! What somebody asks of the log: read from a query, written into the log, and carried out.

use candour_audit::{Event, EventKind, Subject};
use candour_db::LogSearch;
use candour_units::{CameraId, PersonId, WallRange};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{id, moment, range, text};
use crate::log_index::folded;
use crate::problem::Problem;
use crate::session::SignedIn;

/// Footage of more than this is not asked for at once: ten years.
const LONGEST_S: i64 = 10 * 366 * 86_400;
/// Words that stand for a choice of kinds.
const ALLOWED: &str = "seen";
const REFUSED: &str = "refused";

/// The query of a search and of an export.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// Account of whoever did it.
    person: Option<String>,
    /// Entries about this camera.
    camera: Option<String>,
    /// First moment of footage; entries about footage that overlaps the interval. A live look counts with its own time.
    from_90k: Option<i64>,
    /// First moment after the footage.
    to_90k: Option<i64>,
    /// Only entries written at this moment or later.
    since_90k: Option<i64>,
    /// Only entries written before this moment.
    until_90k: Option<i64>,
    /// The purpose: its name in the policy, or its id as an older entry names it.
    purpose: Option<String>,
    /// The case reference, in any case of letters.
    case: Option<String>,
    /// Stable word of a kind; or `seen` for every look that was allowed and every file that left, `refused` for every refusal.
    kind: Option<String>,
    /// Only entries before this position.
    pub(crate) before: Option<u64>,
    /// How many, 1 to 500; 100 if absent.
    pub(crate) limit: Option<u64>,
    /// Of an export: `csv` or `json`.
    pub(crate) format: Option<String>,
}

/// A question that can be asked.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    pub(crate) search: LogSearch,
    /// As it stands in the log.
    pub(crate) words: Value,
}

impl Question {
    /// Checks every part of it.
    pub(crate) fn read(&self) -> Result<Asking, Problem> {
        let person: Option<PersonId> = self.person.as_deref().map(|one| id(one, "such person")).transpose()?;
        let camera: Option<CameraId> = self.camera.as_deref().map(|one| id(one, "such camera")).transpose()?;
        let footage = match (self.from_90k, self.to_90k) {
            (Some(from), Some(to)) => Some(range(from, to, LONGEST_S)?),
            (None, None) => None,
            (Some(_), None) => return Err(Problem::invalid("to_90k", "Say where the interval of footage ends.")),
            (None, Some(_)) => return Err(Problem::invalid("from_90k", "Say where the interval of footage begins.")),
        };
        let since = self.since_90k.map(|ticks| moment("since_90k", ticks)).transpose()?;
        let until = self.until_90k.map(|ticks| moment("until_90k", ticks)).transpose()?;
        let purpose = self.purpose.as_deref().map(|typed| text("purpose", typed, 1..=100)).transpose()?;
        let case = self.case.as_deref().map(|typed| text("case", typed, 1..=100)).transpose()?;
        let kind = self.kind.as_deref().map(kind_of).transpose()?;
        let search = LogSearch {
            person,
            camera,
            footage,
            since,
            until,
            purpose,
            case: case.as_deref().map(folded),
            seen: (kind == Some(ALLOWED)).then_some(true),
            refused: (kind == Some(REFUSED)).then_some(true),
            kind: kind.filter(|kind| ![ALLOWED, REFUSED].contains(kind)).map(str::to_owned),
        };
        Ok(Asking { search, words: self.words(case.as_deref()) })
    }

    fn words(&self, case: Option<&str>) -> Value {
        let mut words = json!({
            "person": self.person, "camera": self.camera, "from_90k": self.from_90k, "to_90k": self.to_90k,
            "since_90k": self.since_90k, "until_90k": self.until_90k, "purpose": self.purpose, "case": case,
            "kind": self.kind,
        });
        if let Some(object) = words.as_object_mut() {
            object.retain(|_, value| !value.is_null());
        }
        words
    }
}

fn kind_of(word: &str) -> Result<&str, Problem> {
    let known = word == ALLOWED || word == REFUSED || EventKind::ALL.iter().any(|kind| kind.word() == word);
    if known { Ok(word) } else { Err(Problem::invalid("kind", "There is no such kind of entry.")) }
}

impl Asking {
    /// The camera and the interval, when both are asked for: then it can be said who saw it.
    pub(crate) fn who_saw(&self) -> Option<(CameraId, WallRange)> {
        self.search.camera.zip(self.search.footage)
    }

    /// What an entry about this question is about.
    pub(crate) fn subject(&self) -> Subject {
        let cameras = self.search.camera.into_iter().collect();
        Subject { cameras, interval: self.search.footage, ..Subject::default() }
    }

    /// Writes down that it was asked: once a minute for the same question, so that turning pages does not fill the log. A log that cannot be
    /// written can still be read: that is when it is needed most.
    pub(crate) async fn note(&self, app: &App, who: &SignedIn) {
        let now = app.clock.mono();
        let question = self.words.to_string();
        if !app.log_readings.is_due(who.person.id, &question, now) {
            return;
        }
        let outcome = json!({ "search": self.words }).to_string();
        let event = Event { kind: EventKind::LogRead, actor: who.actor(), subject: self.subject(), outcome };
        match app.log.append(event).await {
            Ok(_) => app.log_readings.written(who.person.id, question, now),
            Err(error) => {
                tracing::error!(error = candour_units::chain(&error), "a search of the log could not be written down")
            }
        }
    }
}
