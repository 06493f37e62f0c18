//! How requests prove who asks: not at all until the device demands it, then by Digest, else by UsernameToken.

use crate::{Challenge, DigestLogin, OnvifError};

/// The way in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing has been demanded yet.
    Anonymous,
    /// HTTP Digest.
    Digest(DigestLogin),
    /// WS-UsernameToken.
    Token,
}

/// What a demand for log-in leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Ask again, this way.
    Retry,
    /// This account may not ask this; go on with the next question.
    GoOn,
    /// It is over.
    Stop(OnvifError),
}

/// The log-in of one interrogation.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub way: Way,
    /// Realm of the first challenge; another one later means somebody else.
    realm: Option<String>,
    /// Whether a request with log-in was ever let through.
    pub proved: bool,
    /// Whether the present question was already asked by Digest with an unused nonce.
    digest_failed: bool,
    token_failed: bool,
    /// Whether the other way is left alone where one failed.
    one_way: bool,
}

impl Login {
    pub(crate) const fn new() -> Self {
        Self {
            way: Way::Anonymous,
            realm: None,
            proved: false,
            digest_failed: false,
            token_failed: false,
            one_way: false,
        }
    }

    /// One that tries no second way: a wrong password is proved once.
    pub(crate) fn in_one_way() -> Self {
        Self { one_way: true, ..Self::new() }
    }

    /// A new question begins: what failed for the last one may be tried again.
    pub(crate) fn next_question(&mut self) {
        (self.digest_failed, self.token_failed) = (false, false);
    }

    /// The device let a request through.
    pub(crate) fn let_through(&mut self) {
        self.proved |= self.way != Way::Anonymous;
    }

    /// The device demands log-in. `used_fresh` says whether the refused request used a nonce for the first time.
    pub(crate) fn demanded(&mut self, challenges: &[Challenge], used_fresh: bool, clock_suspect: bool) -> Next {
        match self.way {
            Way::Digest(_) if used_fresh => self.digest_failed = true,
            Way::Token => self.token_failed = true,
            _ => {}
        }
        let refused = OnvifError::NotAuthorised { clock_suspect };
        if let Some(digest) = DigestLogin::choose(challenges) {
            let realm = self.realm.get_or_insert_with(|| digest.realm().to_owned());
            if realm != digest.realm() {
                return Next::Stop(OnvifError::RealmChanged);
            }
            if !self.digest_failed {
                self.way = Way::Digest(digest);
                return Next::Retry;
            }
        } else if !challenges.is_empty() {
            // Challenges, and none that we may answer: there is no safe way in.
            let basic = challenges.iter().any(|c| matches!(c, Challenge::Other { scheme, .. } if scheme == "basic"));
            return Next::Stop(if basic { OnvifError::BasicOnly } else { refused });
        }
        // One try the other way: some devices challenge by HTTP and check only what stands in the envelope.
        if !(self.token_failed || self.proved || (self.one_way && self.digest_failed)) {
            self.way = Way::Token;
            return Next::Retry;
        }
        if self.proved { Next::GoOn } else { Next::Stop(refused) }
    }
}
