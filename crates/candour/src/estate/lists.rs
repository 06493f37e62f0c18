//! New lists on a running recorder: verified, planned, confirmed by two people, put in force, and every camera judged again.

use std::sync::{Arc, PoisonError};

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_http::port::{CameraActError, PersonNamed};
use candour_units::WallTime;
use candour_vetting::{Anchors, Bundle, BundleInfo, Day};
use candour_wire::lists::{ListBundle, ListChange, ListKey, ListsState, OfferedLists};

use super::Estate;
use super::acts::{sentence, unavailable};
use crate::alarms::Alarms;
use crate::gate::{PlannedChange, plan};
use crate::lists;

/// A verified bundle that waits for two people.
pub(super) struct Offered {
    file: Vec<u8>,
    bundle: Arc<Bundle>,
    at: WallTime,
    planned: Vec<PlannedChange>,
    confirmed: Vec<PersonNamed>,
}

fn refused(words: &str) -> CameraActError {
    CameraActError::Refused { words: words.into() }
}

impl Estate {
    pub(super) async fn read_lists(&self) -> Result<ListsState, CameraActError> {
        let anchors = self.parts.lists.anchors().await.map_err(unavailable)?;
        let bundle = self.parts.gate.bundle();
        let today = Day::of(self.parts.clock.wall());
        Ok(ListsState {
            in_force: shown(&bundle.info),
            age_days: bundle.info.age_days(today),
            stale: bundle.info.stale(today),
            threshold: anchors.as_ref().map(|anchors| u32::try_from(anchors.threshold).unwrap_or(u32::MAX)),
            keys: anchors.as_ref().map(keys).unwrap_or_default(),
            offered: self.offered().as_ref().map(offered_shown),
        })
    }

    pub(super) async fn take_offer(&self, file: Vec<u8>) -> Result<ListsState, CameraActError> {
        let _one = self.listing.lock().await;
        let bundle = lists::verify(&self.parts.lists, &file)
            .await
            .map_err(|error| CameraActError::Invalid { field: "bundle", words: sentence(&format!("{error:#}")) })?;
        let bundle = Arc::new(bundle);
        let rows = self.parts.db.cameras().await.map_err(unavailable)?;
        let (gate, by, now) = (self.parts.gate.clone(), bundle.clone(), self.parts.clock.wall());
        let planned = tokio::task::spawn_blocking(move || plan(&gate, &by, &rows, now)).await.map_err(unavailable)?;
        let offer = Offered { file, bundle, at: now, planned, confirmed: Vec::new() };
        if offer.bundle.info.urgent {
            self.put_in_force(offer).await?;
        } else {
            *self.offered() = Some(offer);
        }
        self.read_lists().await
    }

    pub(super) async fn say_yes(&self, version: u64, by: PersonNamed) -> Result<ListsState, CameraActError> {
        let _one = self.listing.lock().await;
        let complete = {
            let mut offered = self.offered();
            let offer = offered
                .as_mut()
                .filter(|offer| offer.bundle.info.version == version)
                .ok_or_else(|| refused("This bundle is not offered any more. Look at what is."))?;
            if offer.confirmed.iter().any(|person| person.id == by.id) {
                return Err(refused("You said yes already; a second person must."));
            }
            offer.confirmed.push(by);
            if offer.confirmed.len() >= 2 { offered.take() } else { None }
        };
        if let Some(offer) = complete {
            self.put_in_force(offer).await?;
        }
        self.read_lists().await
    }

    pub(super) async fn withdraw(&self) -> Result<ListsState, CameraActError> {
        self.offered().take().ok_or_else(|| refused("No bundle is offered."))?;
        self.read_lists().await
    }

    /// First the entry, then the file, then the effect.
    async fn put_in_force(&self, offer: Offered) -> Result<(), CameraActError> {
        // Between offer and second yes another bundle may have come into force.
        offer.bundle.may_follow(&self.parts.gate.bundle()).map_err(|error| refused(&sentence(&error.to_string())))?;
        let names = match offer.confirmed.as_slice() {
            [by, and, ..] => Some([by.name.clone(), and.name.clone()]),
            _ => None,
        };
        let outcome = lists::in_force_entry(&offer.bundle, names.as_ref(), &offer.planned).to_string();
        let subject = Subject {
            cameras: offer.planned.iter().take(lists::NAMED).map(|change| change.camera).collect(),
            reason: Some("vetting lists were imported".into()),
            ..Subject::default()
        };
        let (kind, actor) = (EventKind::ConfigurationChanged, Actor::Recorder);
        self.parts.log.append(Event { kind, actor, subject, outcome }).await.map_err(unavailable)?;
        let version = offer.bundle.info.version;
        self.parts.lists.keep(&offer.file, version).await.map_err(unavailable)?;
        self.parts.gate.put_in_force(offer.bundle);
        Alarms::of(&self.parts).clear("lists_lost", None).await;
        let changed = self.judge_all_again().await.map_err(unavailable)?;
        tracing::info!(version, changed, "vetting lists put in force");
        Ok(())
    }

    fn offered(&self) -> std::sync::MutexGuard<'_, Option<Offered>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shown(info: &BundleInfo) -> ListBundle {
    ListBundle {
        version: info.version,
        date: info.date.to_string(),
        source: info.source.clone(),
        signed_by: info.signed_by.clone(),
        digest: info.digest.to_string(),
    }
}

fn keys(anchors: &Anchors) -> Vec<ListKey> {
    anchors.keys.iter().map(|anchor| ListKey { name: anchor.name.clone(), key: anchor.key.clone() }).collect()
}

fn offered_shown(offer: &Offered) -> OfferedLists {
    OfferedLists {
        bundle: shown(&offer.bundle.info),
        offered_90k: offer.at.ticks(),
        confirmed_by: offer.confirmed.iter().map(|person| person.name.clone()).collect(),
        changes: offer.planned.iter().map(change).collect(),
    }
}

fn change(change: &PlannedChange) -> ListChange {
    ListChange {
        camera: change.camera.to_string(),
        name: change.name.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        stops: change.stops(),
        why: change.why.clone(),
    }
}
