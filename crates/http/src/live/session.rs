//! One viewing session: the cameras a page watches now, under one receipt that is renewed by one entry for all of them.

use std::collections::BTreeSet;

use candour_audit::{Event, Look, LookKind, Receipt};
use candour_db::CameraRow;
use candour_units::{CameraId, MonoTime};
use tokio::sync::watch;

use crate::looks::{Sent, ended};
use crate::session::SignedIn;

/// Cameras under one receipt.
pub(super) const MOST_CAMERAS: usize = 64;
/// A receipt lapses after 60 s; it is renewed when so much is left.
const RENEW_BEFORE_NS: i64 = 20_000_000_000;
/// What stands in the log as the reason: live pictures are an operator's duty.
const REASON: &str = "watching live";

/// The receipt and what was sent under it. Feeds follow the receipt through a channel.
pub(super) struct ViewingSession {
    who: SignedIn,
    receipt: watch::Sender<Option<Receipt>>,
    sent: Sent,
}

impl ViewingSession {
    pub(super) fn new(who: SignedIn) -> Self {
        Self { who, receipt: watch::Sender::new(None), sent: Sent::default() }
    }

    pub(super) fn receipts(&self) -> watch::Receiver<Option<Receipt>> {
        self.receipt.subscribe()
    }

    pub(super) fn receipt(&self) -> Option<Receipt> {
        self.receipt.borrow().clone()
    }

    /// Whether the camera may be shown now.
    pub(super) fn covers(&self, camera: CameraId, now: MonoTime) -> bool {
        self.receipt.borrow().as_ref().is_some_and(|receipt| receipt.covers_live(camera, now).is_ok())
    }

    /// Counts a sample that is about to be sent; false when it must not be.
    pub(super) fn count(&mut self, camera: CameraId, now: MonoTime, bytes: u64, interval_90k: (i64, i64)) -> bool {
        let covered = self.covers(camera, now);
        if covered {
            self.sent.add(camera, bytes, 1, interval_90k);
        }
        covered
    }

    /// What to write down before these cameras may be shown.
    pub(super) fn look(&self, cameras: &[CameraRow]) -> Look {
        self.who.look_at(LookKind::Live, cameras, REASON)
    }

    /// Whether it is time for another entry.
    pub(super) fn renewal_due(&self, now: MonoTime) -> bool {
        let receipt = self.receipt.borrow();
        receipt.as_ref().is_some_and(|receipt| receipt.lapses().nanos() - now.nanos() < RENEW_BEFORE_NS)
    }

    /// Whether the receipt names other cameras than these.
    pub(super) fn names_others_than(&self, cameras: &BTreeSet<CameraId>) -> bool {
        let receipt = self.receipt.borrow();
        receipt
            .as_ref()
            .is_none_or(|receipt| receipt.look().cameras.iter().copied().collect::<BTreeSet<_>>() != *cameras)
    }

    /// A receipt was given. Gives the entry that ends the look before it, if this is another look.
    pub(super) fn given(&mut self, receipt: Receipt) -> Option<Event> {
        let old = self.receipt.send_replace(Some(receipt.clone()));
        let old = old.filter(|old| old.id() != receipt.id())?;
        let sent = std::mem::take(&mut self.sent);
        Some(ended(self.who.actor(), &old, "live", "went on with other cameras", &sent))
    }

    /// The look is over. Gives the entry to write, if there was a look.
    pub(super) fn end(&mut self, why: &str) -> Option<Event> {
        let receipt = self.receipt.send_replace(None)?;
        let sent = std::mem::take(&mut self.sent);
        Some(ended(self.who.actor(), &receipt, "live", why, &sent))
    }
}
