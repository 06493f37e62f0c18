//! The event service (ONVIF Core 9): subscriptions whose messages are fetched. What is claimed is what a test says, not what the footage shows.
//!
//! Messages are given out at once; no answer waits for one. A subscription that is not renewed lives on: the simulator is not asked about that.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use quick_xml::escape::escape;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::answer::{Fault, tag};
use super::soap::Element;

/// Namespace of the event service.
pub const EVENTS: &str = "http://www.onvif.org/ver10/events/wsdl";
/// Namespace of WS-BaseNotification.
pub const NOTIFICATION: &str = "http://docs.oasis-open.org/wsn/b-2";
/// HTTP path of the event service.
pub const EVENTS_PATH: &str = "/onvif/event_service";
/// HTTP path of a subscription, with its number as the query.
pub const SUBSCRIPTION_PATH: &str = "/onvif/subscription";
/// Messages that wait for one subscriber at most.
const MOST_WAITING: usize = 1_000;

/// What a camera claims, and who wants to know.
#[derive(Debug, Default)]
pub struct Events {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// By topic, whether it stands.
    claims: BTreeMap<String, bool>,
    /// By number, what waits.
    subscriptions: BTreeMap<u32, Vec<Message>>,
    made: u32,
}

#[derive(Debug, Clone)]
struct Message {
    topic: String,
    stands: bool,
    operation: &'static str,
}

impl Events {
    /// The camera claims something, or takes it back, so many times over.
    pub fn claim(&self, topic: &str, stands: bool, times: u32) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.claims.insert(topic.to_owned(), stands);
        let message = Message { topic: topic.to_owned(), stands, operation: "Changed" };
        for waiting in inner.subscriptions.values_mut() {
            let room = MOST_WAITING.saturating_sub(waiting.len());
            waiting.extend(std::iter::repeat_n(message.clone(), room.min(times as usize)));
        }
    }

    /// Forgets every subscription, as at a restart.
    pub fn forget(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).subscriptions.clear();
    }

    /// How many subscriptions there are.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).subscriptions.len()
    }

    /// Answers an operation. `target` is path and query of the request, `address` gives an address as the camera names it.
    ///
    /// # Errors
    /// The fault to send instead.
    pub fn answer(
        &self,
        operation: &Element,
        target: &str,
        now: OffsetDateTime,
        address: impl Fn(&str) -> String,
    ) -> Result<String, Fault> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let time = |ahead: i64| (now + time::Duration::seconds(ahead)).format(&Rfc3339).unwrap_or_default();
        let times = tag("n:CurrentTime", time(0)) + &tag("n:TerminationTime", time(120));
        if operation.name == "CreatePullPointSubscription" {
            let number = inner.subscribe();
            let at = escape(address(&format!("{SUBSCRIPTION_PATH}?id={number}")).as_str()).into_owned();
            return Ok(format!(
                "<e:{0}Response xmlns:e=\"{EVENTS}\" xmlns:n=\"{NOTIFICATION}\"><e:SubscriptionReference>\
                 <a:Address xmlns:a=\"http://www.w3.org/2005/08/addressing\">{at}</a:Address></e:SubscriptionReference>{times}</e:{0}Response>",
                operation.name
            ));
        }
        let number = target.rsplit_once("?id=").and_then(|(_, number)| number.parse().ok()).unwrap_or(0);
        let waiting = inner.subscriptions.get_mut(&number).ok_or(Fault::NO_CONFIG)?;
        match operation.name.as_str() {
            "PullMessages" => {
                let most = operation.text_of("MessageLimit").parse().unwrap_or(1usize).min(waiting.len());
                let messages: String = waiting.drain(..most).map(|message| message.to_xml(&time(0))).collect();
                Ok(format!(
                    "<e:{0}Response xmlns:e=\"{EVENTS}\" xmlns:n=\"{NOTIFICATION}\">{times}{messages}</e:{0}Response>",
                    operation.name
                ))
            }
            "Renew" => Ok(format!("<n:RenewResponse xmlns:n=\"{NOTIFICATION}\">{times}</n:RenewResponse>")),
            "Unsubscribe" => {
                inner.subscriptions.remove(&number);
                Ok(format!("<n:UnsubscribeResponse xmlns:n=\"{NOTIFICATION}\"/>"))
            }
            _ => Err(Fault::NOT_SUPPORTED),
        }
    }
}

impl Inner {
    /// A subscriber learns first what stands already.
    fn subscribe(&mut self) -> u32 {
        self.made += 1;
        let known = self.claims.iter().map(|(topic, stands)| Message {
            topic: topic.clone(),
            stands: *stands,
            operation: "Initialized",
        });
        self.subscriptions.insert(self.made, known.collect());
        self.made
    }
}

impl Message {
    fn to_xml(&self, time: &str) -> String {
        format!(
            "<n:NotificationMessage><n:Topic Dialect=\"http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet\" \
             xmlns:tns1=\"http://www.onvif.org/ver10/topics\">{}</n:Topic><n:Message><tt:Message UtcTime=\"{time}\" PropertyOperation=\"{}\">\
             <tt:Source><tt:SimpleItem Name=\"VideoSourceConfigurationToken\" Value=\"source\"/></tt:Source>\
             <tt:Data><tt:SimpleItem Name=\"State\" Value=\"{}\"/></tt:Data></tt:Message></n:Message></n:NotificationMessage>",
            escape(self.topic.as_str()),
            self.operation,
            self.stands
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(events: &Events, name: &str, target: &str) -> Result<String, Fault> {
        let limit = Element { name: "MessageLimit".into(), text: "32".into(), ..Element::default() };
        let operation = Element { name: name.into(), children: vec![limit], ..Element::default() };
        events.answer(&operation, target, OffsetDateTime::UNIX_EPOCH, |path| format!("http://127.0.0.1:80{path}"))
    }

    #[test]
    fn a_subscriber_learns_what_stands_and_what_changes() {
        let events = Events::default();
        events.claim("tns1:VideoSource/MotionAlarm", true, 1);
        let made = ask(&events, "CreatePullPointSubscription", EVENTS_PATH).expect("a subscription");
        assert!(made.contains("http://127.0.0.1:80/onvif/subscription?id=1"), "{made}");
        let at = "/onvif/subscription?id=1";
        let first = ask(&events, "PullMessages", at).expect("messages");
        assert!(first.contains("Initialized") && first.contains("Value=\"true\""), "{first}");
        events.claim("tns1:VideoSource/MotionAlarm", false, 100);
        let count = |answer: String| answer.matches("NotificationMessage>").count() / 2;
        assert_eq!(count(ask(&events, "PullMessages", at).expect("messages")), 32);
        ask(&events, "Renew", at).expect("renewed");
        ask(&events, "Unsubscribe", at).expect("ended");
        assert_eq!(ask(&events, "PullMessages", at), Err(Fault::NO_CONFIG));
        assert_eq!(events.subscriptions(), 0);
    }
}
