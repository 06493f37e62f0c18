//! Looking at a camera: asking a device who it is, judging the answers, and what follows.
//!
//! A person may ask for a look, and what is found is the camera from then on. Looks that nobody asked for (each night, and after
//! anything strange) are held against what the camera is bound to: another device at the same address is not the same camera.

use std::net::IpAddr;

use candour_camera::{CameraError, Target, Transport, choose_streams, examine};
use candour_db::{CameraRow, StreamRow};
use candour_http::port::CameraActError;
use candour_units::{CameraId, StreamId, StreamKind, WallDuration, WallTime};
use candour_vetting::{Evidence, Judgement, JudgementRecord, Kind, Outcome, neutralise};

use super::acts::{camera_error, row_error, unavailable};
use super::known::{ANOTHER_LOOK, Asked, Stored, acceptance, any_key, is_another, transport};
use super::{Body, Estate};
use crate::alarms;
use crate::gate::Dossier;

/// The longest name of a device that is shown; the whole of it is in the evidence.
const NAME_SHOWN: usize = 120;

/// Whom to ask.
pub(super) struct Device<'a> {
    pub id: CameraId,
    pub host: IpAddr,
    pub port: u16,
    pub transport: Transport,
    pub user: &'a str,
    pub password: &'a str,
}

/// A camera that was asked, judged together with what is stored of it. Made and stored while one holds the lock on acts.
pub(super) struct Judged {
    pub judgement: Judgement,
    pub evidence: Vec<Evidence>,
    pub streams: Vec<StreamRow>,
}

impl Estate {
    /// Asks a device everything. What comes of it is what the device said and nothing else: it takes seconds, in which people sign and
    /// withdraw, so what is stored of a camera is read when the answer is.
    ///
    /// `previous` is a standing acceptance, by which it is decided whether RTSP may be asked.
    pub(super) async fn ask(
        &self,
        device: &Device<'_>,
        previous: Option<&JudgementRecord>,
    ) -> Result<candour_camera::Dossier, CameraError> {
        let Device { id, host, port, transport, .. } = *device;
        let (gate, clock) = (&self.parts.gate, &self.parts.clock);
        let password = candour_camera::Secret::new(device.password.to_owned());
        let target = Target { host, port, transport, user: device.user.to_owned(), password, lab: gate.is_lab() };
        // What is refused already must not see an RTSP connection.
        let may_ask_rtsp =
            |seen: &[Evidence]| gate.judge(id, host, seen, previous, clock.wall()).outcome() != Outcome::Refused;
        examine(&target, &**clock, &*self.parts.entropy, &may_ask_rtsp).await
    }

    /// Judges what a device said, together with what is stored of the camera at this moment. The caller holds the lock on acts.
    pub(super) fn judge_now(
        &self,
        (id, host): (CameraId, IpAddr),
        said: &candour_camera::Dossier,
        stored: Option<&Stored<'_>>,
        streams: &[StreamRow],
    ) -> Judged {
        let now = self.parts.clock.wall();
        let evidence = match stored {
            Some(stored) => stored.with(&said.evidence, now),
            None => said.evidence.clone(),
        };
        let previous = stored.and_then(|stored| acceptance(stored.dossier));
        let judgement = self.parts.gate.judge(id, host, &evidence, previous, now);
        Judged { judgement, evidence, streams: self.streams_of(id, said, streams) }
    }

    fn streams_of(&self, camera: CameraId, dossier: &candour_camera::Dossier, known: &[StreamRow]) -> Vec<StreamRow> {
        let Some(chosen) = choose_streams(&dossier.profiles) else { return Vec::new() };
        let row = |kind: StreamKind, profile: &candour_camera::Profile| {
            let size = (profile.width, profile.height, profile.frame_rate);
            let uri = profile.stream_uri.clone()?;
            Some(stream_row(self, camera, kind, known, uri, profile.encoding.word(), size))
        };
        let sub = chosen.sub.as_ref().and_then(|profile| row(StreamKind::Sub, profile));
        row(StreamKind::Main, &chosen.main).into_iter().chain(sub).collect()
    }

    /// The columns of a camera's row that come from asking it; the rest is the caller's.
    pub(super) fn judged_row(&self, said: &candour_camera::Dossier, judged: &Judged) -> CameraRow {
        let information = said.information.clone().unwrap_or_default();
        CameraRow {
            id: CameraId::from_bytes([0; 16]),
            name: String::new(),
            address: String::new(),
            onvif_port: 0,
            tls_key: said.key(),
            credentials: Vec::new(),
            outcome: judged.judgement.outcome().word().into(),
            judgement: Dossier { record: judged.judgement.record().clone(), evidence: judged.evidence.clone() }
                .to_json(),
            judged: self.parts.clock.wall(),
            manufacturer: neutralise(&information.manufacturer, NAME_SHOWN),
            model: neutralise(&information.model, NAME_SHOWN),
            firmware: neutralise(&information.firmware, NAME_SHOWN),
            clock_offset: said.clock_offset.unwrap_or(WallDuration::ZERO),
            purpose: None,
            added: self.parts.clock.wall(),
            removed: None,
        }
    }

    /// A person wants to know. What is found is the camera from now on.
    pub(super) async fn look_by_hand(&self, id: CameraId) -> Result<(), CameraActError> {
        let (began, said) = self.look(id, true).await?;
        match said {
            Ok(said) => self.take(id, said, Asked::ByHand { began }).await,
            Err(error) => {
                // Told, and held against the camera: the next look that somebody asks for is by somebody who knows.
                if let Some(item) = self.another_device(&error) {
                    self.hold_against(id, vec![item]).await?;
                }
                Err(camera_error(error))
            }
        }
    }

    /// Looks without being asked to. A camera that cannot be asked stays as it is; one that wants the password in another way than
    /// it did is no longer what it was.
    ///
    /// # Errors
    /// When the camera could not be asked, or the outcome not be stored.
    pub async fn look_by_itself(&self, id: CameraId) -> Result<(), CameraActError> {
        match self.look(id, false).await?.1 {
            Ok(said) => self.take(id, said, Asked::ByNobody).await,
            Err(error) => match self.downgrade(&error) {
                Some(item) => self.hold_against(id, vec![item]).await,
                None => Err(camera_error(error)),
            },
        }
    }

    /// Asks a stored camera; gives when that began, too.
    async fn look(
        &self,
        id: CameraId,
        by_hand: bool,
    ) -> Result<(WallTime, Result<candour_camera::Dossier, CameraError>), CameraActError> {
        let began = self.parts.clock.wall();
        let _calling = self.may_log_in(id).await?;
        let camera = self.row(id).await?;
        let (user, password) = self.open_credentials(&camera).await.map_err(unavailable)?;
        let dossier: Option<Dossier> = serde_json::from_str(&camera.judgement).ok();
        let host = camera.address.parse().map_err(unavailable)?;
        let transport = match &dossier {
            Some(dossier) if by_hand && is_another(dossier) => any_key(&camera),
            _ => transport(&camera),
        };
        let device = Device { id, host, port: camera.onvif_port, transport, user: &user, password: &password };
        Ok((began, self.ask(&device, dossier.as_ref().and_then(acceptance)).await))
    }

    /// Judges what was found together with what is stored by now, stores that and acts upon it. Nothing stops where nothing changed.
    async fn take(&self, id: CameraId, said: candour_camera::Dossier, asked: Asked) -> Result<(), CameraActError> {
        let _acting = self.acting.lock().await;
        // As it is now: it may have got another name, papers or signatures, or been removed, while it was asked.
        let camera = self.row(id).await?;
        let before = camera.outcome.clone();
        let by_hand = matches!(asked, Asked::ByHand { .. });
        let host = camera.address.parse().map_err(unavailable)?;
        let dossier: Option<Dossier> = serde_json::from_str(&camera.judgement).ok();
        let known = dossier.as_ref().map(|dossier| Stored { dossier, asked });
        let stored = self.parts.db.streams(id).await.map_err(unavailable)?;
        let judged = self.judge_now((id, host), &said, known.as_ref(), &stored);
        let camera = CameraRow {
            id,
            name: camera.name,
            address: camera.address,
            onvif_port: camera.onvif_port,
            // A service that spoke TLS once is never asked in clear again, so there always is a key.
            tls_key: said.key().or(camera.tls_key),
            credentials: camera.credentials,
            purpose: camera.purpose,
            added: camera.added,
            ..self.judged_row(&said, &judged)
        };
        // Others than the largest were chosen where a policy caps them; there they stay while the camera has them.
        let chosen_by_cap = !by_hand && self.policy().caps(&camera.name) && still_there(&stored, &said);
        let streams = if chosen_by_cap { stored.clone() } else { judged.streams };
        let same = before == camera.outcome
            && streams == stored
            && self.standing().get(&id).is_some_and(|standing| matches!(standing.body, Body::Streams(_)));
        self.parts.db.change_camera(&camera).await.map_err(row_error)?;
        self.parts.db.set_streams(id, &streams).await.map_err(row_error)?;
        let had = |items: &[Evidence]| items.iter().any(|item| item.kind == Kind::DecoderDeaths);
        if dossier.as_ref().is_some_and(|before| had(&before.evidence)) && !had(&judged.evidence) {
            self.forget_deaths(id).await?;
        }
        if by_hand || before != camera.outcome {
            self.log_judged(&camera, &judged.judgement, Some(&before)).await.map_err(unavailable)?;
        }
        alarms::judged(&self.parts, &camera, judged.judgement.record()).await;
        if !same {
            self.start(camera).await;
        }
        Ok(())
    }

    /// Adds to what is known of a camera, judges it again at once, and acts upon it.
    pub(super) async fn hold_against(&self, id: CameraId, items: Vec<Evidence>) -> Result<(), CameraActError> {
        self.change_evidence(id, |evidence| {
            // Found again, it stands once, with the newer time.
            let again = |held: &Evidence| items.iter().any(|item| item.kind == held.kind && item.text() == held.text());
            evidence.retain(|held| !again(held));
            evidence.extend(items);
            Ok(())
        })
        .await
    }

    /// Changes what is known of a camera, judges it again at once, and acts upon it.
    pub(super) async fn change_evidence(
        &self,
        id: CameraId,
        change: impl FnOnce(&mut Vec<Evidence>) -> Result<(), CameraActError> + Send,
    ) -> Result<(), CameraActError> {
        let _acting = self.acting.lock().await;
        let mut camera = self.row(id).await?;
        let mut dossier: Dossier = serde_json::from_str(&camera.judgement).map_err(unavailable)?;
        let host = camera.address.parse().map_err(unavailable)?;
        change(&mut dossier.evidence)?;
        let now = self.parts.clock.wall();
        let judgement = self.parts.gate.judge(id, host, &dossier.evidence, Some(&dossier.record), now);
        dossier.record = judgement.record().clone();
        let before = std::mem::replace(&mut camera.outcome, judgement.outcome().word().into());
        camera.judgement = dossier.to_json();
        camera.judged = now;
        self.parts.db.change_camera(&camera).await.map_err(row_error)?;
        self.log_judged(&camera, &judgement, Some(&before)).await.map_err(unavailable)?;
        alarms::judged(&self.parts, &camera, judgement.record()).await;
        if before != camera.outcome {
            self.start(camera).await;
        }
        Ok(())
    }

    /// A log-in that is demanded in a way that it was not demanded in before.
    pub(super) fn downgrade(&self, error: &CameraError) -> Option<Evidence> {
        let now = self.parts.clock.wall();
        match error {
            CameraError::BasicOnly { .. } => Some(Evidence::answer(Kind::HttpLogin, "basic", ANOTHER_LOOK, now)),
            CameraError::RealmChanged { .. } => {
                let words = "the log-in realm changed while it was asked";
                Some(Evidence::answer(Kind::IdentityChange, words, ANOTHER_LOOK, now))
            }
            _ => self.another_device(error),
        }
    }

    /// A camera of which the key that it was onboarded by is another, or which would be asked in clear.
    fn another_device(&self, error: &CameraError) -> Option<Evidence> {
        let words = match error {
            CameraError::OtherKey { is: Some(is), .. } => {
                format!("the key of its TLS certificate is another than it was: {is}")
            }
            CameraError::OtherKey { is: None, .. } => "what it shows by TLS is no certificate any more".into(),
            CameraError::InClear { .. } => "its ONVIF service spoke TLS and answers in clear".into(),
            _ => return None,
        };
        Some(Evidence::answer(Kind::IdentityChange, &words, ANOTHER_LOOK, self.parts.clock.wall()))
    }
}

/// A stream as it is stored; one of a kind that was known before keeps its id. `size` is width, height and pictures a second.
pub(super) fn stream_row(
    estate: &Estate,
    camera: CameraId,
    kind: StreamKind,
    known: &[StreamRow],
    uri: String,
    encoding: &str,
    size: (u32, u32, u32),
) -> StreamRow {
    let id = known.iter().find(|stream| stream.kind == kind).map(|stream| stream.id);
    let small = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    StreamRow {
        id: id.unwrap_or_else(|| StreamId::from_bytes(estate.parts.entropy.id())),
        camera,
        kind,
        uri,
        encoding: encoding.to_owned(),
        width: small(size.0),
        height: small(size.1),
        rate: small(size.2),
    }
}

/// Whether a camera still offers every stream that is stored for it.
fn still_there(stored: &[StreamRow], dossier: &candour_camera::Dossier) -> bool {
    let offered =
        |row: &StreamRow| dossier.profiles.iter().any(|profile| profile.stream_uri.as_ref() == Some(&row.uri));
    !stored.is_empty() && stored.iter().all(offered)
}
