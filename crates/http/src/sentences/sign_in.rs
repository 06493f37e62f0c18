//! Sign-ins and what they are made with, in words.

use super::{Read, count};

impl Read {
    pub(super) fn sign_in(&self, kind: &str, who: &str) -> String {
        match kind {
            "signed_in" if self.sent["with"] == "recovery_code" => format!("{who} signed in with a recovery code."),
            "signed_in" => format!("{who} signed in."),
            "signed_out" => format!("{who} signed out."),
            "password_accepted" => format!("{who} typed the right password; the second factor is still to be shown."),
            "sign_in_confirmed" => format!("{who} showed password and second factor again."),
            "sign_in_ended" => self.sign_in_ended(who),
            "second_factor_changed" => self.second_factor_changed(who),
            _ => self.sign_in_refused(),
        }
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
            _ => format!("{who} set up a second factor."),
        }
    }
}
