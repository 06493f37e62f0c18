//! What a camera says that it sees: the messages of a subscription (ONVIF Core 9.4, WS-BaseNotification), read within bounds.
//!
//! A claim is the camera's word and nothing else. Topics are told apart by their last parts, because the parts before them are the maker's
//! choice; what is none of the three kinds is not kept.

use crate::xml::Element;

/// Messages that are read of one answer; as many are asked for.
pub(crate) const MOST_MESSAGES: usize = 32;

/// What a camera can claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claimed {
    /// Something moves.
    Motion,
    /// Somebody covers, turns or blinds it.
    Tamper,
    /// It has no picture.
    VideoLoss,
}

impl Claimed {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Motion, Self::Tamper, Self::VideoLoss];

    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Motion => "motion",
            Self::Tamper => "tamper",
            Self::VideoLoss => "video_loss",
        }
    }

    /// By topic, whatever prefix the device gives its namespace.
    fn of_topic(topic: &str) -> Option<Self> {
        let parts: Vec<&str> = topic.split('/').map(|part| part.rsplit(':').next().unwrap_or(part)).collect();
        Some(match parts.as_slice() {
            ["RuleEngine", "CellMotionDetector" | "MotionRegionDetector", "Motion", ..]
            | ["VideoSource", "MotionAlarm", ..]
            | ["VideoAnalytics", "MotionAlarm" | "Motion", ..] => Self::Motion,
            ["RuleEngine", "TamperDetector", ..]
            | ["VideoSource", "GlobalSceneChange" | "ImageTooDark" | "ImageTooBright" | "ImageTooBlurry", ..] => {
                Self::Tamper
            }
            ["VideoSource", "SignalLoss", ..] | ["MediaControl", "VideoLoss", ..] => Self::VideoLoss,
            _ => return None,
        })
    }
}

/// One thing that a camera says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// What.
    pub what: Claimed,
    /// Whether it says that it begins, or stands; else that it is over.
    pub begins: bool,
}

/// The claims of a PullMessages answer, in their order, and how many messages said nothing that is kept.
pub(crate) fn claims(answer: &Element) -> (Vec<Claim>, usize) {
    let all = answer.all("NotificationMessage").count();
    let claims: Vec<Claim> = answer.all("NotificationMessage").take(MOST_MESSAGES).filter_map(claim).collect();
    let rest = all - claims.len();
    (claims, rest)
}

fn claim(message: &Element) -> Option<Claim> {
    let what = Claimed::of_topic(&message.text_at(&["Topic"])?)?;
    let said = message.at(&["Message", "Message"])?;
    // What is deleted is no property of the camera any more.
    let gone = said.attribute("PropertyOperation").is_some_and(|operation| operation == "Deleted");
    let names = ["IsMotion", "IsTamper", "State", "Motion", "Value"];
    let item = |name: &str| {
        let items = said.child("Data").into_iter().flat_map(|data| data.all("SimpleItem"));
        let named = items.take(MOST_MESSAGES).find(|item| item.attribute("Name").as_deref() == Some(name));
        named.and_then(|item| item.attribute("Value"))
    };
    let value = names.into_iter().find_map(item)?;
    let begins = match value.as_str() {
        "true" | "1" | "True" => !gone,
        "false" | "0" | "False" => false,
        _ => return None,
    };
    Some(Claim { what, begins })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(topic: &str, item: &str, value: &str) -> String {
        format!(
            "<n:NotificationMessage xmlns:n='http://docs.oasis-open.org/wsn/b-2'><n:Topic Dialect='x'>{topic}</n:Topic><n:Message>\
             <t:Message xmlns:t='http://www.onvif.org/ver10/schema' UtcTime='2026-11-26T10:00:00Z' PropertyOperation='Changed'>\
             <t:Source><t:SimpleItem Name='VideoSourceConfigurationToken' Value='1'/></t:Source>\
             <t:Data><t:SimpleItem Name='{item}' Value='{value}'/></t:Data></t:Message></n:Message></n:NotificationMessage>"
        )
    }

    fn read(messages: &[String]) -> (Vec<Claim>, usize) {
        let text = format!("<r>{}</r>", messages.concat());
        claims(&Element::parse(text.as_bytes()).expect("well-formed"))
    }

    #[track_caller]
    fn check(topic: &str, item: &str, value: &str, expected: Option<(Claimed, bool)>) {
        let (found, rest) = read(&[message(topic, item, value)]);
        assert_eq!(found.first().map(|claim| (claim.what, claim.begins)), expected, "{topic} {item} {value}");
        assert_eq!(rest, usize::from(expected.is_none()));
    }

    #[test]
    fn topics_of_all_makers() {
        use Claimed::{Motion, Tamper, VideoLoss};
        check("tns1:RuleEngine/CellMotionDetector/Motion", "IsMotion", "true", Some((Motion, true)));
        check("tns1:VideoSource/MotionAlarm", "State", "false", Some((Motion, false)));
        check("x:RuleEngine/x:MotionRegionDetector/x:Motion", "State", "1", Some((Motion, true)));
        check("tns1:RuleEngine/TamperDetector/Tamper", "IsTamper", "true", Some((Tamper, true)));
        check("tns1:VideoSource/GlobalSceneChange/ImagingService", "State", "true", Some((Tamper, true)));
        check("tns1:VideoSource/SignalLoss", "State", "true", Some((VideoLoss, true)));
        check("tns1:Device/Trigger/DigitalInput", "LogicalState", "true", None);
        check("tns1:RuleEngine/CellMotionDetector/Motion", "IsMotion", "perhaps", None);
        check("tns1:RuleEngine/CellMotionDetector/Motion", "Other", "true", None);
        check("", "State", "true", None);
    }

    #[test]
    fn of_a_flood_only_the_first_are_read() {
        let flood: Vec<String> = (0..100).map(|_| message("tns1:VideoSource/MotionAlarm", "State", "true")).collect();
        let (found, rest) = read(&flood);
        assert_eq!((found.len(), rest), (MOST_MESSAGES, 100 - MOST_MESSAGES));
    }

    proptest! {
        #[test]
        fn any_topic_ends(topic in "[ -~]{0,60}", value in "[ -~]{0,10}") {
            let topic = crate::soap::escape(&topic);
            let value = crate::soap::escape(&value).replace('\'', "");
            let (found, rest) = read(&[message(&topic, "State", &value)]);
            prop_assert_eq!(found.len() + rest, 1);
        }
    }
}
