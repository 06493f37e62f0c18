//! The rest of the program, as a double: cameras are what the address says they are.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use candour_db::{CameraRow, Db};
use candour_http::port::{
    Act, CameraActError, CameraChange, CameraNow, DecoderDecision, JudgementShown, NewCamera, NewException, NewPaper,
    NewSearch, NewTable, PersonNamed, Site, SweepState,
};
use candour_units::{CameraId, Clock, Entropy, TableId, WallDuration};
use candour_wire::address_tables::{AddressTable, AddressTables, TableState};
use candour_wire::cameras::{CameraState, Evidence, FlawException, Paper, Reason};
use candour_wire::lists::{ListBundle, ListsState, OfferedLists};
use candour_wire::search::{CameraSearch, SearchState};
use candour_wire::site::{ListInForce, WitnessState, Witnessing};

pub const UNREACHABLE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);
pub const WRONG_PASSWORD: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 8);
pub const NO_CAMERA: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 7);
pub const PANICS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 6);

pub struct SiteDouble {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Each call of `watched`, in order.
    pub watched: Mutex<Vec<(CameraId, usize)>>,
    pub states: Mutex<HashMap<CameraId, CameraNow>>,
    pub lists: Mutex<ListsState>,
    /// Declarations filed, with their files.
    pub papers: Mutex<Vec<(Paper, Vec<u8>)>>,
    pub exceptions: Mutex<Vec<FlawException>>,
    pub search: Mutex<Option<CameraSearch>>,
    /// Cameras that were to be received for somebody who sets them up, in order.
    pub set_up: Mutex<Vec<CameraId>>,
    /// Tables filed, with their files.
    pub tables: Mutex<Vec<(AddressTable, Vec<u8>)>>,
    /// What was decided about cameras whose pictures ended decoders, and by whom.
    pub decided: Mutex<Vec<(DecoderDecision, String)>>,
}

/// Bundle 1 in force, nothing offered.
pub fn lists() -> Mutex<ListsState> {
    let in_force = ListBundle {
        version: 1,
        date: "2026-11-26".into(),
        source: "a test".into(),
        signed_by: Vec::new(),
        digest: "00".repeat(32),
    };
    Mutex::new(ListsState { in_force, age_days: 0, stale: None, threshold: Some(2), keys: Vec::new(), offered: None })
}

impl SiteDouble {
    pub fn row(&self, name: &str, address: IpAddr) -> CameraRow {
        CameraRow {
            id: CameraId::from_bytes(self.entropy.id()),
            name: name.to_owned(),
            address: address.to_string(),
            onvif_port: 80,
            tls_key: None,
            credentials: b"sealed".to_vec(),
            outcome: "accepted".to_owned(),
            judgement: "{}".to_owned(),
            judged: self.clock.wall(),
            manufacturer: "AXIS".to_owned(),
            model: "P3245".to_owned(),
            firmware: "11.11.181".to_owned(),
            clock_offset: WallDuration::ZERO,
            purpose: None,
            added: self.clock.wall(),
            removed: None,
        }
    }

    async fn camera(&self, id: CameraId) -> Result<CameraRow, CameraActError> {
        self.db.camera(id).await.expect("the database works").ok_or(CameraActError::NotFound)
    }

    async fn put(&self, row: &CameraRow) {
        self.db.change_camera(row).await.expect("the database works");
    }
}

impl Site for SiteDouble {
    fn witnesses(&self) -> (Witnessing, Vec<WitnessState>) {
        (Witnessing::Nobody, Vec::new())
    }

    fn add_camera<'a>(&'a self, camera: NewCamera, _by: &'a str) -> Act<'a, CameraId> {
        Box::pin(async move {
            let words = "scripted".to_owned();
            match camera.address {
                IpAddr::V4(UNREACHABLE) => return Err(CameraActError::Unreachable { words }),
                IpAddr::V4(WRONG_PASSWORD) => return Err(CameraActError::WrongPassword { words }),
                IpAddr::V4(NO_CAMERA) => return Err(CameraActError::NotACamera { words }),
                IpAddr::V4(PANICS) => panic!("scripted: {}", camera.password.expose()),
                _ => {}
            }
            let row = self.row(&camera.name, camera.address);
            self.db.add_camera(&row, &[]).await.map_err(|error| CameraActError::Exists { words: error.to_string() })?;
            Ok(row.id)
        })
    }

    fn search(&self) -> Act<'_, SearchState> {
        Box::pin(async move { Ok(SearchState { search: self.search.lock().expect("not poisoned").clone() }) })
    }

    fn start_search<'a>(&'a self, search: NewSearch, by: &'a str) -> Act<'a, ()> {
        Box::pin(async move {
            let mut going = self.search.lock().expect("not poisoned");
            if search.range == "nonsense" {
                return Err(CameraActError::Invalid { field: "range", words: "scripted".into() });
            }
            if going.as_ref().is_some_and(|search| search.ended_90k.is_none()) {
                return Err(CameraActError::Refused { words: "scripted".into() });
            }
            *going = Some(CameraSearch {
                range: search.range,
                addresses: 254,
                looked_at: 0,
                by: by.to_owned(),
                began_90k: 1,
                ended_90k: None,
                stopped: false,
                found: Vec::new(),
            });
            Ok(())
        })
    }

    fn stop_search(&self) -> Act<'_, ()> {
        Box::pin(async move {
            let mut going = self.search.lock().expect("not poisoned");
            let search = going.as_mut().filter(|search| search.ended_90k.is_none());
            let search = search.ok_or(CameraActError::Refused { words: "scripted".into() })?;
            (search.stopped, search.ended_90k) = (true, Some(2));
            Ok(())
        })
    }

    fn judge_again<'a>(&'a self, camera: CameraId, _by: &'a str) -> Act<'a, ()> {
        Box::pin(async move { self.camera(camera).await.map(drop) })
    }

    fn change_camera<'a>(&'a self, camera: CameraId, change: CameraChange, _by: &'a str) -> Act<'a, ()> {
        Box::pin(async move {
            let mut row = self.camera(camera).await?;
            row.name = change.name.unwrap_or(row.name);
            self.put(&row).await;
            Ok(())
        })
    }

    fn remove_camera<'a>(&'a self, camera: CameraId, _by: &'a str) -> Act<'a, ()> {
        Box::pin(async move {
            let mut row = self.camera(camera).await?;
            row.removed = Some(self.clock.wall());
            self.put(&row).await;
            Ok(())
        })
    }

    fn camera_states(&self) -> HashMap<CameraId, CameraNow> {
        self.states.lock().expect("not poisoned").clone()
    }

    fn judgement(&self, camera: &CameraRow) -> JudgementShown {
        let reason = |rule: &str| Reason {
            rule: rule.to_owned(),
            layer: "L3".to_owned(),
            confidence: "high".to_owned(),
            words: format!("{} says so.", camera.manufacturer),
        };
        JudgementShown {
            reasons: ["a", "b", "c", "d"].map(reason).to_vec(),
            missing: Vec::new(),
            evidence: vec![Evidence {
                layer: "L3".to_owned(),
                kind: "ONVIF manufacturer".to_owned(),
                value: camera.manufacturer.clone(),
                raw: "<Manufacturer>".to_owned(),
                taken_90k: 1,
            }],
            lists: vec!["makers 1".to_owned()],
            papers: self.papers.lock().expect("not poisoned").iter().map(|(paper, _)| paper.clone()).collect(),
            exceptions: self.exceptions.lock().expect("not poisoned").clone(),
        }
    }

    fn file_paper(&self, _camera: CameraId, paper: NewPaper, by: PersonNamed) -> Act<'_, ()> {
        Box::pin(async move {
            let shown = Paper {
                declaration: "ab".repeat(32),
                file_name: paper.file_name,
                model: paper.model,
                support_until: paper.support_until,
                signed_off_by: by.name,
                second_person: None,
                filed_90k: 1,
            };
            self.papers.lock().expect("not poisoned").push((shown, paper.file));
            Ok(())
        })
    }

    fn sign_paper(&self, _camera: CameraId, declaration: String, by: PersonNamed) -> Act<'_, ()> {
        Box::pin(async move {
            let mut papers = self.papers.lock().expect("not poisoned");
            let found = papers.iter_mut().find(|(paper, _)| paper.declaration == declaration);
            let (paper, _) = found.ok_or(CameraActError::NotFound)?;
            if paper.signed_off_by == by.name {
                return Err(CameraActError::Refused { words: "A second person must.".into() });
            }
            paper.second_person = Some(by.name);
            Ok(())
        })
    }

    fn file_exception(&self, _camera: CameraId, new: NewException, by: PersonNamed) -> Act<'_, ()> {
        Box::pin(async move {
            let mut exceptions = self.exceptions.lock().expect("not poisoned");
            let shown = FlawException {
                id: format!("{:032x}", exceptions.len()),
                covers: new.covers,
                reason: new.reason,
                owner: new.owner,
                until: new.until,
                signed_off_by: by.name,
                second_person: None,
                filed_90k: 1,
            };
            exceptions.push(shown);
            Ok(())
        })
    }

    fn sign_exception(&self, _camera: CameraId, exception: String, by: PersonNamed) -> Act<'_, ()> {
        Box::pin(async move {
            let mut exceptions = self.exceptions.lock().expect("not poisoned");
            let found = exceptions.iter_mut().find(|one| one.id == exception).ok_or(CameraActError::NotFound)?;
            if found.signed_off_by == by.name {
                return Err(CameraActError::Refused { words: "A second person must.".into() });
            }
            found.second_person = Some(by.name);
            Ok(())
        })
    }

    fn end_exception(&self, _camera: CameraId, exception: String) -> Act<'_, ()> {
        Box::pin(async move {
            let mut exceptions = self.exceptions.lock().expect("not poisoned");
            let at = exceptions.iter().position(|one| one.id == exception).ok_or(CameraActError::NotFound)?;
            exceptions.remove(at);
            Ok(())
        })
    }

    fn paper(&self, _camera: CameraId, declaration: String) -> Act<'_, (String, Vec<u8>)> {
        Box::pin(async move {
            let papers = self.papers.lock().expect("not poisoned");
            let found = papers.iter().find(|(paper, _)| paper.declaration == declaration);
            found.map(|(paper, file)| (paper.file_name.clone(), file.clone())).ok_or(CameraActError::NotFound)
        })
    }

    fn address_tables(&self) -> Act<'_, AddressTables> {
        Box::pin(async move {
            let tables = self.tables.lock().expect("not poisoned").iter().map(|(table, _)| table.clone()).collect();
            Ok(AddressTables { counts_days: 30, tables })
        })
    }

    fn file_address_table(&self, table: NewTable, by: PersonNamed) -> Act<'_, AddressTable> {
        Box::pin(async move {
            let mut tables = self.tables.lock().expect("not poisoned");
            let shown = AddressTable {
                id: format!("{:032x}", tables.len()),
                source: table.source,
                taken_90k: table.taken.ticks(),
                ends_90k: 1,
                file_name: table.file_name,
                digest: "ab".repeat(32),
                state: TableState::Waiting,
                filed_by: by.name,
                filed_90k: 1,
                signed_by: None,
                signed_90k: None,
                withdrawn_by: None,
                withdrawn_90k: None,
                content: None,
                trouble: None,
            };
            tables.push((shown.clone(), table.file));
            Ok(shown)
        })
    }

    fn sign_address_table(&self, id: TableId, by: PersonNamed) -> Act<'_, AddressTable> {
        Box::pin(async move {
            let mut tables = self.tables.lock().expect("not poisoned");
            let (table, _) =
                tables.iter_mut().find(|(one, _)| one.id == id.to_string()).ok_or(CameraActError::NotFound)?;
            if table.filed_by == by.name {
                return Err(CameraActError::Refused { words: "A second person must.".into() });
            }
            (table.signed_by, table.state) = (Some(by.name), TableState::InForce);
            Ok(table.clone())
        })
    }

    fn withdraw_address_table(&self, id: TableId, by: PersonNamed) -> Act<'_, AddressTable> {
        Box::pin(async move {
            let mut tables = self.tables.lock().expect("not poisoned");
            let (table, _) =
                tables.iter_mut().find(|(one, _)| one.id == id.to_string()).ok_or(CameraActError::NotFound)?;
            (table.withdrawn_by, table.state) = (Some(by.name), TableState::Withdrawn);
            Ok(table.clone())
        })
    }

    fn address_table_file(&self, id: TableId) -> Act<'_, (String, Vec<u8>)> {
        Box::pin(async move {
            let tables = self.tables.lock().expect("not poisoned");
            let found = tables.iter().find(|(one, _)| one.id == id.to_string());
            found.map(|(table, file)| (table.file_name.clone(), file.clone())).ok_or(CameraActError::NotFound)
        })
    }

    fn lists(&self) -> Vec<ListInForce> {
        Vec::new()
    }

    fn lists_state(&self) -> Act<'_, ListsState> {
        Box::pin(async move { Ok(self.lists.lock().expect("not poisoned").clone()) })
    }

    fn offer_lists(&self, file: Vec<u8>) -> Act<'_, ListsState> {
        Box::pin(async move {
            if file != br#"{"a bundle":7}"# {
                return Err(CameraActError::Invalid { field: "bundle", words: "scripted".into() });
            }
            let mut state = self.lists.lock().expect("not poisoned");
            let bundle = ListBundle { version: 7, ..state.in_force.clone() };
            state.offered =
                Some(OfferedLists { bundle, offered_90k: 1, confirmed_by: Vec::new(), changes: Vec::new() });
            Ok(state.clone())
        })
    }

    fn confirm_lists(&self, version: u64, by: PersonNamed) -> Act<'_, ListsState> {
        Box::pin(async move {
            let mut state = self.lists.lock().expect("not poisoned");
            match &mut state.offered {
                Some(offered) if offered.bundle.version == version => offered.confirmed_by.push(by.name),
                _ => return Err(CameraActError::Refused { words: "It is not offered.".into() }),
            }
            Ok(state.clone())
        })
    }

    fn withdraw_lists(&self) -> Act<'_, ListsState> {
        Box::pin(async move {
            let mut state = self.lists.lock().expect("not poisoned");
            match state.offered.take() {
                Some(_) => Ok(state.clone()),
                None => Err(CameraActError::Refused { words: "None is offered.".into() }),
            }
        })
    }

    fn set_camera_password(&self, _camera: CameraId) -> Act<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn receive_to_set_up(&self, camera: CameraId) -> Act<'_, ()> {
        Box::pin(async move {
            self.set_up.lock().expect("not poisoned").push(camera);
            Ok(())
        })
    }

    fn decode_again(&self, _camera: CameraId) -> Act<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn decide_on_decoders<'a>(
        &'a self,
        _camera: CameraId,
        decision: DecoderDecision,
        reason: &'a str,
        by: PersonNamed,
    ) -> Act<'a, ()> {
        let refused = reason == "ended none";
        self.decided.lock().expect("not poisoned").push((decision, by.name));
        Box::pin(async move {
            if refused {
                let words = "Its pictures ended no decoders, so there is nothing to decide.".to_owned();
                return Err(CameraActError::Refused { words });
            }
            Ok(())
        })
    }

    fn sweep_state(&self) -> SweepState {
        SweepState { last_sweep: None, waiting: Some("the clock is not proved".to_owned()) }
    }

    fn forecasts(&self) -> HashMap<i64, candour_policy::Forecast> {
        HashMap::new()
    }

    fn watched(&self, camera: CameraId, viewers: usize) {
        self.watched.lock().expect("not poisoned").push((camera, viewers));
    }

    fn capabilities(&self) -> candour_policy::Capabilities {
        candour_policy::Capabilities::default()
    }

    fn policy_trouble(&self) -> Option<String> {
        None
    }

    fn clock_is_believed(&self) -> Result<(), String> {
        Ok(())
    }

    fn set_up_done(&self) {}
}

/// A camera that the gate does not let in.
pub fn not_accepted(words: &str, since: candour_units::WallTime) -> CameraNow {
    CameraNow { state: CameraState::NotAccepted, ..lost(words, since) }
}

/// A state for cameras that are not there.
pub fn lost(words: &str, since: candour_units::WallTime) -> CameraNow {
    CameraNow { state: CameraState::Lost, words: words.to_owned(), since, streams: Vec::new() }
}
