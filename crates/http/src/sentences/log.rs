//! What was done with the log itself.

use super::{Read, count};

impl Read {
    pub(super) fn log_exported(&self, who: &str) -> String {
        let form = if self.sent["form"] == "csv" { "for a spreadsheet" } else { "with their proofs" };
        let entries = count(self.sent["entries"].as_u64().unwrap_or(0), "entry", "entries");
        format!("{who} took {entries} of the log away as a file, {form}.")
    }

    pub(super) fn details_erased(&self) -> String {
        let (before, days) = (self.sent["before"].as_u64().unwrap_or(0), self.sent["days"].as_u64().unwrap_or(0));
        let entries = count(before, "entry", "entries");
        format!("What the first {entries} say of people is erased: it was older than {days} days. The entries stay.")
    }
}
