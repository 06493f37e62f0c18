//! Looking for cameras on a network that a person typed in: one address after the other, a few at a time, one search at a time.
//!
//! What a device shows without log-in is judged at once, so that a refused one is known before anybody types its password. Nothing
//! is stored: a device is a camera when somebody adds it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::PoisonError;

use candour_camera::{AddressRange, Glance, glance};
use candour_http::port::{CameraActError, NewSearch};
use candour_units::{CameraId, WallTime};
use candour_vetting::Outcome;
use candour_wire::search::{CameraSearch, FoundDevice, SearchState};
use futures::StreamExt as _;
use tokio::task::AbortHandle;

use super::Estate;
use super::acts::{sentence, unavailable};
use crate::gate::{self, Dossier};

/// Addresses looked at at the same time: most are silent, and each silence lasts two seconds.
const AT_ONCE: usize = 32;
/// Reasons shown of a device.
const STRONGEST: usize = 3;

/// The search that goes on, or the last one.
pub(super) struct Search {
    shown: CameraSearch,
    task: Option<AbortHandle>,
}

impl Estate {
    pub(super) async fn read_search(&self) -> Result<SearchState, CameraActError> {
        let Some(mut search) = self.searching().as_ref().map(|search| search.shown.clone()) else {
            return Ok(SearchState { search: None });
        };
        // As it is now: one that was found may have been added since.
        let cameras = self.parts.db.cameras().await.map_err(unavailable)?;
        let known: HashMap<_, _> = cameras.iter().map(|row| (row.address.as_str(), row)).collect();
        for device in &mut search.found {
            let row = known.get(device.address.as_str());
            device.camera = row.map(|row| row.id.to_string());
            device.camera_name = row.map(|row| row.name.clone());
        }
        search.found.sort_by_key(|device| device.address.parse::<IpAddr>().ok());
        Ok(SearchState { search: Some(search) })
    }

    pub(super) fn begin_search(&self, asked: &NewSearch, by: &str) -> Result<(), CameraActError> {
        let range = AddressRange::parse(&asked.range, self.parts.gate.is_lab())
            .map_err(|error| CameraActError::Invalid { field: "range", words: sentence(&error.to_string()) })?;
        let mut searching = self.searching();
        if searching.as_ref().is_some_and(|search| search.shown.ended_90k.is_none()) {
            let words = "A search is going on. Wait for its end, or stop it.".into();
            return Err(CameraActError::Refused { words });
        }
        let shown = CameraSearch {
            range: range.to_string(),
            addresses: range.count(),
            looked_at: 0,
            by: by.to_owned(),
            began_90k: self.parts.clock.wall().ticks(),
            ended_90k: None,
            stopped: false,
            found: Vec::new(),
        };
        let task = tokio::spawn(self.clone().search(range, asked.onvif_port)).abort_handle();
        *searching = Some(Search { shown, task: Some(task) });
        Ok(())
    }

    pub(super) fn stop_search(&self) -> Result<(), CameraActError> {
        let mut searching = self.searching();
        let going = searching.as_mut().filter(|search| search.shown.ended_90k.is_none());
        let search = going.ok_or_else(|| CameraActError::Refused { words: "No search is going on.".into() })?;
        if let Some(task) = search.task.take() {
            task.abort();
        }
        search.shown.stopped = true;
        search.shown.ended_90k = Some(self.parts.clock.wall().ticks());
        Ok(())
    }

    async fn search(self, range: AddressRange, port: u16) {
        let looks = range.addresses().map(|address| {
            let this = self.clone();
            async move { (address.into(), this.look_at(address.into(), port).await) }
        });
        let mut looks = futures::stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Some((address, seen)) = looks.next().await {
            let found = seen.map(|seen| self.judged(address, seen));
            if let Some(search) = self.searching().as_mut() {
                search.shown.looked_at += 1;
                search.shown.found.extend(found);
            }
        }
        let ended: WallTime = self.parts.clock.wall();
        if let Some(search) = self.searching().as_mut() {
            search.shown.ended_90k = Some(ended.ticks());
        }
    }

    async fn look_at(&self, address: IpAddr, port: u16) -> Option<Glance> {
        let (lab, clock, entropy) = (self.parts.gate.is_lab(), &*self.parts.clock, &*self.parts.entropy);
        glance(address, port, lab, clock, entropy).await
    }

    fn judged(&self, address: IpAddr, seen: Glance) -> FoundDevice {
        // Of no camera yet; the id only names the judgement.
        let id = CameraId::from_bytes(self.parts.entropy.id());
        let judgement = self.parts.gate.judge(id, address, &seen.evidence, None, self.parts.clock.wall());
        let refused = judgement.outcome() == Outcome::Refused;
        let dossier = Dossier { record: judgement.record().clone(), evidence: Vec::new() };
        // What has no weight says only what was not asked yet.
        let weighs = |reason: &candour_wire::cameras::Reason| !reason.confidence.is_empty();
        let reasons = gate::shown(&dossier.to_json()).reasons.into_iter().filter(weighs).take(STRONGEST).collect();
        FoundDevice {
            address: address.to_string(),
            onvif_port: seen.onvif_port,
            says: seen.says,
            refused,
            reasons,
            camera: None,
            camera_name: None,
        }
    }

    fn searching(&self) -> std::sync::MutexGuard<'_, Option<Search>> {
        self.searching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
