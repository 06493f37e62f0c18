//! What people do to cameras. Each act is whole or not at all; the door writes who did it.

use std::collections::HashMap;

use candour_camera::{CameraError, Target, offered_transport};
use candour_db::{CameraRow, DbError};
use candour_http::port::{
    Act, CameraActError, CameraChange, CameraNow, DecoderDecision, JudgementShown, NewCamera, NewException, NewPaper,
    NewSearch, NewTable, PersonNamed, Site, SweepState,
};
use candour_keyring::KeyError;
use candour_recording::GapCause;
use candour_units::{CameraId, PurposeId, TableId};
use candour_wire::address_tables::{AddressTable, AddressTables};
use candour_wire::lists::ListsState;
use candour_wire::search::SearchState;
use candour_wire::site::{ListInForce, WitnessState, Witnessing};
use zeroize::Zeroizing;

use super::look::Device;
use super::passwords::Calling;
use super::{Body, Estate};
use crate::alarms::{self, Alarms};
use crate::gate;
use crate::policy::{Standing, assign};

/// What sealed credentials are bound to, so that one camera's cannot be opened as another's.
fn context(camera: CameraId) -> String {
    format!("camera credentials {camera}")
}

impl Estate {
    /// Asks, judges and stores a camera, and sets it going if it may.
    ///
    /// # Errors
    /// [`CameraActError`]; then nothing was added.
    pub async fn add(&self, new: NewCamera) -> Result<CameraId, CameraActError> {
        self.refuse_duplicates(&new).await?;
        let id = CameraId::from_bytes(self.parts.entropy.id());
        // A device may take its time to answer, and no other camera waits for it.
        let (host, port) = (new.address, new.onvif_port);
        let transport = offered_transport(host, port, self.parts.gate.is_lab()).await;
        let device = Device { id, host, port, transport, user: &new.user, password: new.password.expose() };
        let said = self.ask(&device, None).await.map_err(camera_error)?;
        let _acting = self.acting.lock().await;
        let judged = self.judge_now((id, new.address), &said, None, &[]);
        let camera = CameraRow {
            id,
            name: new.name,
            address: new.address.to_string(),
            onvif_port: new.onvif_port,
            credentials: self.seal_credentials(id, &new.user, new.password.expose()).await?,
            added: self.parts.clock.wall(),
            ..self.judged_row(&said, &judged)
        };
        // Whether its name and address are free is asked once more, in the transaction.
        self.parts.db.add_camera(&camera, &judged.streams).await.map_err(row_error)?;
        self.log_judged(&camera, &judged.judgement, None).await.map_err(unavailable)?;
        alarms::device(&self.parts, &camera).await;
        alarms::judged(&self.parts, &camera, judged.judgement.record()).await;
        self.start(self.with_terms(camera).await?).await;
        Ok(id)
    }

    async fn refuse_duplicates(&self, new: &NewCamera) -> Result<(), CameraActError> {
        let address = new.address.to_string();
        for other in self.parts.db.cameras().await.map_err(unavailable)? {
            if other.name == new.name {
                return Err(CameraActError::Exists {
                    words: format!("There is a camera named {:?} already; choose another name.", new.name),
                });
            }
            if other.address == address && other.onvif_port == new.onvif_port {
                return Err(CameraActError::Exists {
                    words: format!("{address} port {} is {:?} already.", new.onvif_port, other.name),
                });
            }
        }
        Ok(())
    }

    /// Gives the camera what the policy in force says of it by its name; nothing while none is in force. The caller holds the
    /// lock.
    async fn with_terms(&self, camera: CameraRow) -> Result<CameraRow, CameraActError> {
        let Standing::InForce(version) = self.policy().standing() else { return Ok(camera) };
        let now = self.parts.clock.wall();
        let known = self.parts.db.purposes().await.map_err(unavailable)?;
        let words = self.parts.db.promised_words().await.map_err(unavailable)?;
        let of_camera: Vec<_> = words
            .into_iter()
            .filter(|(id, ..)| *id == camera.id)
            .map(|(id, _, word)| (id, camera.name.clone(), word))
            .collect();
        let mint = || PurposeId::from_bytes(self.parts.entropy.id());
        let only = std::slice::from_ref(&camera);
        let assigned = assign(&version.row, &version.policy, only, &known, &of_camera, now, mint);
        let purpose = assigned.terms.first().map(|terms| terms.purpose);
        if purpose != camera.purpose {
            let row = purpose.and_then(|id| assigned.purposes.iter().chain(&known).find(|row| row.id == id));
            let given = self.parts.db.give_terms(version.row.number, camera.id, row, &assigned.promises, now).await;
            given.map_err(row_error)?;
        }
        Ok(CameraRow { purpose, ..camera })
    }

    async fn change(&self, id: CameraId, change: CameraChange) -> Result<(), CameraActError> {
        let _acting = self.acting.lock().await;
        let mut camera = self.row(id).await?;
        if let Some(name) = change.name {
            camera.name = name;
        }
        if let Some((user, password)) = change.credentials {
            camera.credentials = self.seal_credentials(id, &user, password.expose()).await?;
            self.parts.db.password_was_typed(id).await.map_err(unavailable)?;
            self.turns.was_typed(id);
        }
        self.parts.db.change_camera(&camera).await.map_err(row_error)?;
        self.start(self.with_terms(camera).await?).await;
        Ok(())
    }

    async fn remove(&self, id: CameraId) -> Result<(), CameraActError> {
        let _acting = self.acting.lock().await;
        let mut camera = self.row(id).await?;
        self.stop(id, GapCause::NoPurpose).await;
        camera.removed = Some(self.parts.clock.wall());
        self.parts.db.change_camera(&camera).await.map_err(row_error)?;
        for kind in [
            "device_refused",
            "camera_lost",
            "gap",
            "camera_imitated",
            "support_ends",
            "exception_ends",
            "table_ends",
            "camera_password",
        ] {
            Alarms::of(&self.parts).clear(kind, Some(id)).await;
        }
        Ok(())
    }

    pub(super) async fn row(&self, id: CameraId) -> Result<CameraRow, CameraActError> {
        let found = self.parts.db.camera(id).await.map_err(unavailable)?;
        found.filter(|camera| camera.removed.is_none()).ok_or(CameraActError::NotFound)
    }

    pub(super) async fn seal_credentials(
        &self,
        id: CameraId,
        user: &str,
        password: &str,
    ) -> Result<Vec<u8>, CameraActError> {
        let keyring = self.parts.keyring.clone();
        let text = Zeroizing::new(serde_json::json!([user, password]).to_string());
        tokio::task::spawn_blocking(move || keyring.seal_secret(&context(id), text.as_bytes()))
            .await
            .map_err(unavailable)?
            .map_err(unavailable)
    }

    /// How a camera is asked, and as whom, with the right to log in to it while that is held.
    ///
    /// # Errors
    /// It is not stored, its address is none, its credentials cannot be opened, or it is not known which of two passwords it takes.
    pub async fn way_to(&self, camera: CameraId) -> anyhow::Result<(Calling, Target)> {
        let calling = self.may_log_in(camera).await?;
        let row = self.row(camera).await.map_err(|_| anyhow::anyhow!("the camera is not stored"))?;
        Ok((calling, self.target(&row).await?))
    }

    /// User and password of a camera, for a connection about to be made.
    pub(super) async fn open_credentials(&self, camera: &CameraRow) -> anyhow::Result<(String, Zeroizing<String>)> {
        self.open_sealed(camera.id, camera.credentials.clone()).await
    }

    /// User and password that were sealed for a camera.
    pub(super) async fn open_sealed(
        &self,
        id: CameraId,
        sealed: Vec<u8>,
    ) -> anyhow::Result<(String, Zeroizing<String>)> {
        let keyring = self.parts.keyring.clone();
        let text = tokio::task::spawn_blocking(move || -> Result<_, KeyError> {
            keyring.open_secret(&context(id), &sealed).map(Zeroizing::new)
        })
        .await??;
        let (user, password): (String, String) = serde_json::from_slice(&text)?;
        Ok((user, Zeroizing::new(password)))
    }
}

/// The cause goes to the program's own log; people get a sentence without internals.
pub(super) fn unavailable(cause: impl std::fmt::Display) -> CameraActError {
    tracing::error!(%cause, "an act on a camera failed");
    CameraActError::Unavailable {
        words: "The recorder could not store or log this; nothing was changed. Look at the System page.".into(),
    }
}

pub(super) fn row_error(error: DbError) -> CameraActError {
    match error {
        DbError::Exists { what } => {
            CameraActError::Exists { words: format!("There is {what} already; choose another name.") }
        }
        DbError::NotFound { .. } => CameraActError::NotFound,
        other => unavailable(other),
    }
}

/// A device that could not be asked, in the door's terms.
pub(super) fn camera_error(error: CameraError) -> CameraActError {
    let words = sentence(&error.to_string());
    match error {
        CameraError::AddressNotAllowed { .. } => CameraActError::Invalid { field: "address", words },
        CameraError::NotOnvif { .. } => CameraActError::NotACamera { words },
        CameraError::NotAuthorised { .. } => CameraActError::WrongPassword { words },
        CameraError::BasicOnly { .. }
        | CameraError::RealmChanged { .. }
        | CameraError::OtherKey { .. }
        | CameraError::InClear { .. }
        | CameraError::PasswordInClear { .. } => CameraActError::Refused { words },
        CameraError::Unreachable { .. }
        | CameraError::NoTls { .. }
        | CameraError::Busy { .. }
        | CameraError::Slow { .. } => CameraActError::Unreachable { words },
        CameraError::Client { .. } => unavailable(words),
    }
}

/// First letter large, full stop at the end.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

impl Site for Estate {
    fn add_camera<'a>(&'a self, camera: NewCamera, _by: &'a str) -> Act<'a, CameraId> {
        Box::pin(async move {
            let id = self.add(camera).await?;
            // It is added all the same; the tables are followed again soon.
            if let Err(error) = self.follow_tables().await {
                tracing::warn!(%error, "the address tables could not be followed");
            }
            Ok(id)
        })
    }

    fn search(&self) -> Act<'_, SearchState> {
        Box::pin(self.read_search())
    }

    fn start_search<'a>(&'a self, search: NewSearch, by: &'a str) -> Act<'a, ()> {
        Box::pin(async move { self.begin_search(&search, by) })
    }

    fn stop_search(&self) -> Act<'_, ()> {
        Box::pin(async move { Self::stop_search(self) })
    }

    fn judge_again<'a>(&'a self, camera: CameraId, _by: &'a str) -> Act<'a, ()> {
        Box::pin(self.look_by_hand(camera))
    }

    fn change_camera<'a>(&'a self, camera: CameraId, change: CameraChange, _by: &'a str) -> Act<'a, ()> {
        Box::pin(self.change(camera, change))
    }

    fn remove_camera<'a>(&'a self, camera: CameraId, _by: &'a str) -> Act<'a, ()> {
        Box::pin(self.remove(camera))
    }

    fn witnesses(&self) -> (Witnessing, Vec<WitnessState>) {
        (self.parts.witnesses.witnessing(), self.parts.witnesses.states())
    }

    fn camera_states(&self) -> HashMap<CameraId, CameraNow> {
        self.now()
    }

    fn judgement(&self, camera: &CameraRow) -> JudgementShown {
        gate::shown(&camera.judgement)
    }

    fn lists(&self) -> Vec<ListInForce> {
        self.parts.gate.lists()
    }

    fn lists_state(&self) -> Act<'_, ListsState> {
        Box::pin(self.read_lists())
    }

    fn offer_lists(&self, file: Vec<u8>) -> Act<'_, ListsState> {
        Box::pin(self.take_offer(file))
    }

    fn confirm_lists(&self, version: u64, by: PersonNamed) -> Act<'_, ListsState> {
        Box::pin(self.say_yes(version, by))
    }

    fn withdraw_lists(&self) -> Act<'_, ListsState> {
        Box::pin(self.withdraw())
    }

    fn file_paper(&self, camera: CameraId, paper: NewPaper, by: PersonNamed) -> Act<'_, ()> {
        Box::pin(self.take_paper(camera, paper, by))
    }

    fn sign_paper(&self, camera: CameraId, declaration: String, by: PersonNamed) -> Act<'_, ()> {
        Box::pin(async move { self.second_signature(camera, &declaration, by).await })
    }

    fn paper(&self, camera: CameraId, declaration: String) -> Act<'_, (String, Vec<u8>)> {
        Box::pin(async move { self.read_paper(camera, &declaration).await })
    }

    fn file_exception(&self, camera: CameraId, exception: NewException, by: PersonNamed) -> Act<'_, ()> {
        Box::pin(self.take_exception(camera, exception, by))
    }

    fn sign_exception(&self, camera: CameraId, exception: String, by: PersonNamed) -> Act<'_, ()> {
        Box::pin(async move { self.second_for_exception(camera, &exception, by).await })
    }

    fn end_exception(&self, camera: CameraId, exception: String) -> Act<'_, ()> {
        Box::pin(async move { self.take_exception_away(camera, &exception).await })
    }

    fn address_tables(&self) -> Act<'_, AddressTables> {
        Box::pin(self.read_tables())
    }

    fn file_address_table(&self, table: NewTable, by: PersonNamed) -> Act<'_, AddressTable> {
        Box::pin(self.take_table(table, by))
    }

    fn sign_address_table(&self, table: TableId, by: PersonNamed) -> Act<'_, AddressTable> {
        Box::pin(self.sign_table(table, by))
    }

    fn withdraw_address_table(&self, table: TableId, by: PersonNamed) -> Act<'_, AddressTable> {
        Box::pin(self.withdraw_table(table, by))
    }

    fn address_table_file(&self, table: TableId) -> Act<'_, (String, Vec<u8>)> {
        Box::pin(self.table_file(table))
    }

    fn set_camera_password(&self, camera: CameraId) -> Act<'_, ()> {
        Box::pin(self.set_password(camera))
    }

    fn receive_to_set_up(&self, camera: CameraId) -> Act<'_, ()> {
        Box::pin(Self::receive_to_set_up(self, camera))
    }

    fn decode_again(&self, camera: CameraId) -> Act<'_, ()> {
        Box::pin(self.decode_anew(camera))
    }

    fn decide_on_decoders<'a>(
        &'a self,
        camera: CameraId,
        decision: DecoderDecision,
        reason: &'a str,
        by: PersonNamed,
    ) -> Act<'a, ()> {
        Box::pin(Estate::decide_on_decoders(self, camera, decision, reason, by))
    }

    fn sweep_state(&self) -> SweepState {
        self.sweep.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn forecasts(&self) -> HashMap<i64, candour_policy::Forecast> {
        self.room().forecasts
    }

    fn watched(&self, camera: CameraId, viewers: usize) {
        if let Some(standing) = self.standing().get(&camera)
            && let Body::Streams(streams) = &standing.body
        {
            for stream in streams {
                stream.handle.set_watched(viewers > 0);
            }
        }
    }

    fn capabilities(&self) -> candour_policy::Capabilities {
        crate::policy_file::capabilities()
    }

    fn policy_trouble(&self) -> Option<String> {
        self.policy().trouble()
    }

    fn clock_is_believed(&self) -> Result<(), String> {
        self.policy().unproved().map_or(Ok(()), |why| Err(why.to_string()))
    }

    fn set_up_done(&self) {
        self.set_up.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_sentences() {
        let host = "192.0.2.9".parse().expect("an address");
        let error = camera_error(CameraError::Unreachable { host, port: 80 });
        assert_eq!(
            error,
            CameraActError::Unreachable {
                words: "Nothing answers at 192.0.2.9 port 80; check the address, the cable and that the camera is on."
                    .into()
            }
        );
    }
}
