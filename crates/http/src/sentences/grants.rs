//! Grants, broken glass and what looks stand under, in words.

use super::{Read, quoted};

impl Read {
    /// What a look stands under; empty for entries of before there were grants.
    pub(super) fn under(&self) -> String {
        match (self.sent_text("under"), self.sent_text("case")) {
            ("grant", case) => format!(" under a grant for case {}", quoted(case)),
            ("break_glass", _) => " under broken glass".to_owned(),
            ("replay", _) => " as an instant replay of the own watch".to_owned(),
            _ => String::new(),
        }
    }

    pub(super) fn grant_asked(&self, who: &str, on: &str) -> String {
        let (case, purpose) = (quoted(self.sent_text("case")), self.sent_text("purpose"));
        let file = if self.sent["export"] == true { ", and to take it out as a file" } else { "" };
        let authorisation = match self.sent["authorisation"].as_str() {
            Some(number) => format!(" It stands on authorisation {}.", quoted(number)),
            None => String::new(),
        };
        format!("{who} asked to look at footage of {on} for case {case} ({purpose}){file}.{authorisation}")
    }

    pub(super) fn grant_settled(&self, kind: &str, who: &str, on: &str) -> String {
        let of = match self.sent["by"].as_str() {
            Some(by) => format!("{by}'s request for footage of {on}"),
            None => format!("a request for footage of {on}"),
        };
        match kind {
            "grant_approved" => format!("{who} approved {of}."),
            "grant_refused" => format!("{who} refused {of}."),
            "grant_withdrawn" => format!("{who} withdrew {of}; nobody looks under it any more."),
            _ => {
                let found = if self.sent["justified"] == true { "justified" } else { "not justified" };
                let by = self.sent["by"].as_str().unwrap_or("somebody");
                format!("{who} reviewed that {by} broke the glass to look at {on}, and found it {found}.")
            }
        }
    }
}
