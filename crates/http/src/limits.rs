//! How often things may be tried.

use std::net::IpAddr;

use candour_units::{MonoTime, PersonId, SessionId};

use crate::problem::Problem;
use crate::rate::{Buckets, Pace};

/// Every limit of the door on tries.
pub(crate) struct Limits {
    sign_in_by_account: Buckets<String>,
    sign_in_by_address: Buckets<IpAddr>,
    codes_by_account: Buckets<PersonId>,
    codes_by_address: Buckets<IpAddr>,
    set_up: Buckets<()>,
    refused_looks: Buckets<PersonId>,
    stills: Buckets<SessionId>,
}

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            sign_in_by_account: Buckets::new(Pace { burst: 8, seconds_per_try: 30 }),
            // A control room may sit behind one address, so it has more.
            sign_in_by_address: Buckets::new(Pace { burst: 30, seconds_per_try: 5 }),
            // Three of a million codes are right at any time, so a year of guessing with a known password finds one with a
            // probability of about a half, and every guess is an entry in the log.
            codes_by_account: Buckets::new(Pace { burst: 5, seconds_per_try: 120 }),
            codes_by_address: Buckets::new(Pace { burst: 30, seconds_per_try: 5 }),
            set_up: Buckets::new(Pace { burst: 10, seconds_per_try: 10 }),
            refused_looks: Buckets::new(Pace { burst: 60, seconds_per_try: 2 }),
            // Somebody who drags along a timeline sees some six pictures a second.
            stills: Buckets::often(40, 8),
        }
    }

    /// Before a password is looked at.
    pub(crate) fn sign_in(&self, account: &str, address: IpAddr, now: MonoTime) -> Result<(), Problem> {
        self.sign_in_by_address
            .take(address, now)
            .map_err(|wait| Problem::wait(words("sign in from this address", wait), wait))?;
        self.sign_in_by_account
            .take(account.to_lowercase(), now)
            .map_err(|wait| Problem::wait(words("sign in with this name", wait), wait))
    }

    /// The password was right: the tries do not count.
    pub(crate) fn signed_in(&self, account: &str, address: IpAddr) {
        self.sign_in_by_address.give_back(&address);
        self.sign_in_by_account.give_back(&account.to_lowercase());
    }

    /// Before a code of a second factor is looked at.
    pub(crate) fn second_factor(&self, person: PersonId, address: IpAddr, now: MonoTime) -> Result<(), Problem> {
        let waits = |wait| Problem::wait(words("show a code", wait), wait);
        self.codes_by_address.take(address, now).map_err(waits)?;
        self.codes_by_account.take(person, now).map_err(waits)
    }

    /// The code was right: the try does not count.
    pub(crate) fn factor_shown(&self, person: PersonId, address: IpAddr) {
        self.codes_by_address.give_back(&address);
        self.codes_by_account.give_back(&person);
    }

    /// Before a set-up token is looked at.
    pub(crate) fn set_up(&self, now: MonoTime) -> Result<(), Problem> {
        self.set_up.take((), now).map_err(|wait| Problem::wait(words("set up the site", wait), wait))
    }

    /// Before a still is made.
    pub(crate) fn still(&self, session: SessionId, now: MonoTime) -> Result<(), Problem> {
        self.stills
            .take(session, now)
            .map_err(|wait| Problem::wait("Too many pictures at once; go on in a second.", wait))
    }

    /// Each refused look of a person.
    pub(crate) fn refused_look(&self, person: PersonId, now: MonoTime) -> Result<(), Problem> {
        self.refused_looks.take(person, now).map_err(|wait| Problem::wait(words("look at footage", wait), wait))
    }
}

fn words(what: &str, wait: u32) -> String {
    let unit = if wait == 1 { "second" } else { "seconds" };
    format!("Too many attempts to {what}. Wait {wait} {unit}, then try again.")
}
