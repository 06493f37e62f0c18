//! Accounts, sign-ins, and what those are made with, in words.

use candour_units::WallTime;

use super::{Read, count, day};

impl Read {
    pub(super) fn sign_in(&self, kind: &str, who: &str) -> String {
        match kind {
            "signed_in" if self.sent["with"] == "recovery_code" => format!("{who} signed in with a recovery code."),
            "signed_in" if self.sent["with"] == "passkey" => format!("{who} signed in with a passkey."),
            "signed_in" => format!("{who} signed in."),
            "signed_out" => format!("{who} signed out."),
            "password_accepted" => format!("{who} typed the right password; the second factor is still to be shown."),
            "sign_in_confirmed" => format!("{who} showed password and second factor again."),
            "sign_in_ended" => self.sign_in_ended(who),
            "second_factor_changed" => self.second_factor_changed(who),
            _ => self.sign_in_refused(),
        }
    }

    pub(super) fn person_changed(&self, who: &str) -> String {
        if self.sent["on_the_machine"] == true {
            return self.changed_on_the_machine();
        }
        let (name, roles) = (self.sent_text("name"), self.sent_text("roles").replace(' ', ", "));
        if self.sent["change"] == "added" {
            return format!("{who} made an account for {name}: {roles}.");
        }
        let mut changes = Vec::new();
        if !self.sent["name_before"].is_null() {
            changes.push(format!("the name was {}", self.sent_text("name_before")));
        }
        if !self.sent["roles"].is_null() {
            changes.push(format!("roles are {roles}, were {}", self.sent_text("roles_before").replace(' ', ", ")));
        }
        if !self.sent["password"].is_null() {
            changes.push("new password".to_owned());
        }
        if let Some(end) = self.sent.get("ends_90k") {
            changes.push(match end.as_i64() {
                Some(ticks) => format!("the account ends at {}", day(WallTime::from_ticks(ticks))),
                None => "the account has no end any more".to_owned(),
            });
        }
        match self.sent["disabled"].as_bool() {
            Some(true) => changes.push("may not sign in any more".to_owned()),
            Some(false) => changes.push("may sign in again".to_owned()),
            None => {}
        }
        format!("{who} changed the account of {name}: {}.", changes.join("; "))
    }

    /// `candour people`.
    fn changed_on_the_machine(&self) -> String {
        let what = match self.sent_text("change") {
            "added" => "made an account for",
            _ => "set a new password for",
        };
        let (name, roles) = (self.sent_text("name"), self.sent_text("roles").replace(' ', ", "));
        format!("Somebody who runs commands on the recorder itself {what} {name}: {roles}.")
    }

    fn sign_in_refused(&self) -> String {
        let address = self.who["address"].as_str().unwrap_or("an erased address");
        match self.sent["count"].as_u64() {
            Some(many) => format!(
                "{} from {address} were refused within a minute.",
                count(many, "further sign-in", "further sign-ins")
            ),
            None if self.who["kind"] == "person" => {
                format!("A sign-in of {} from {address} was refused: {}.", self.who_name(), self.sent_text("why"))
            }
            None => format!("A sign-in from {address} was refused: {}.", self.sent_text("why")),
        }
    }

    fn sign_in_ended(&self, who: &str) -> String {
        let (name, sign_ins) = (self.sent_text("name"), self.sent["sign_ins"].as_u64().unwrap_or(0));
        let sign_ins = count(sign_ins, "sign-in", "sign-ins");
        if self.sent["own"] == true {
            format!("{who} ended {sign_ins} of their own.")
        } else {
            format!("{who} ended {sign_ins} of {name}.")
        }
    }

    fn second_factor_changed(&self, who: &str) -> String {
        let name = self.sent_text("name");
        match self.sent_text("change") {
            "reset" => format!("{who} took the second factor of {name} away. The next sign-in sets up a new one."),
            "reset_on_the_machine" => format!(
                "The second factor of {name} was taken away by somebody who runs commands on the recorder itself."
            ),
            "passkey_added" => format!("{who} added a passkey."),
            "passkey_removed" => format!("{who} removed one of their passkeys."),
            _ => format!("{who} set up a second factor."),
        }
    }
}
