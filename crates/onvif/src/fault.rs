//! SOAP faults (SOAP 1.2 part 1, 5.4; older devices send the 1.1 form).

use crate::xml::Element;

/// What a device says when it will not do something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// Code and subcodes without prefixes, outermost first: `Sender`, `NotAuthorized`.
    pub codes: Vec<String>,
    /// The reason in the device's words.
    pub reason: String,
}

impl Fault {
    pub(crate) fn read(fault: &Element) -> Self {
        let local = |text: String| text.rsplit(':').next().unwrap_or_default().to_owned();
        let mut codes = Vec::new();
        let mut code = fault.child("Code");
        while let Some(here) = code {
            codes.extend(here.text_at(&["Value"]).map(local));
            code = here.child("Subcode");
        }
        codes.extend(fault.text_at(&["faultcode"]).map(local));
        let reason = fault.text_at(&["Reason", "Text"]).or_else(|| fault.text_at(&["faultstring"])).unwrap_or_default();
        Self { codes, reason }
    }

    /// What it says, for people: the reason, else the innermost code.
    #[must_use]
    pub fn words(&self) -> String {
        if self.reason.is_empty() { self.codes.last().cloned().unwrap_or_default() } else { self.reason.clone() }
    }

    /// Whether it means "log in first" or "wrong password". Some devices say so with HTTP 400.
    #[must_use]
    pub fn is_not_authorised(&self) -> bool {
        let words = ["NotAuthorized", "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck"];
        self.codes.iter().any(|code| words.iter().any(|word| code.eq_ignore_ascii_case(word)))
            || ["not authorized", "unauthorized"].iter().any(|words| self.reason.to_ascii_lowercase().contains(words))
    }

    /// Whether it says that the account is locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        let said = self.reason.to_ascii_lowercase();
        said.contains("locked") || self.codes.iter().any(|code| code.to_ascii_lowercase().contains("locked"))
    }
}

#[cfg(test)]
mod tests {
    use crate::soap::{Answer, read};

    #[track_caller]
    fn check(body: &str, codes: &[&str], not_authorised: bool) {
        let document = format!("<e:Envelope><e:Body>{body}</e:Body></e:Envelope>");
        let Answer::Fault(fault) = read(document.as_bytes()) else { panic!("{body} is a fault") };
        assert_eq!(fault.codes, codes);
        assert_eq!(fault.is_not_authorised(), not_authorised);
    }

    #[test]
    fn both_forms() {
        check(
            "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:NotAuthorized</e:Value></e:Subcode></e:Code>\
             <e:Reason><e:Text xml:lang='en'>Sender not Authorized</e:Text></e:Reason></e:Fault>",
            &["Sender", "NotAuthorized"],
            true,
        );
        check(
            "<e:Fault><e:Code><e:Value>e:Receiver</e:Value><e:Subcode><e:Value>ter:ActionNotSupported</e:Value></e:Subcode></e:Code></e:Fault>",
            &["Receiver", "ActionNotSupported"],
            false,
        );
        check(
            "<e:Fault><faultcode>wsse:FailedAuthentication</faultcode><faultstring>no</faultstring></e:Fault>",
            &["FailedAuthentication"],
            true,
        );
    }
}
