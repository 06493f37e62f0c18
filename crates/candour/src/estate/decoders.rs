//! A camera whose pictures ended decoders: filed as evidence for the gate, decided by a person, forgotten when it is decoded again or has other
//! firmware.

use candour_db::DecoderDeaths;
use candour_decode::MOST_KILLS;
use candour_http::port::{CameraActError, DecoderDecision, PersonNamed};
use candour_units::{CameraId, WallDuration, WallTime};
use candour_vetting::{DECIDE_DAYS, Evidence, KEEP_UNDECODED, Kind, QUARANTINE, Source, VALUE_LIMIT, neutralise};

use super::Estate;
use super::acts::unavailable;
use crate::alarms::Alarms;
use crate::gate::Dossier;

/// Where such an item comes from: nothing that the device said.
const DECODED: &str = "being decoded";

impl Estate {
    /// Files what the camera's pictures did, if its streams ended so many decoders that none is given to them any more. What is filed already stays
    /// as it is.
    ///
    /// # Errors
    /// The camera is gone, or what is known of it could not be changed.
    pub async fn file_deaths(&self, camera: CameraId, how: &str) -> Result<(), CameraActError> {
        let deaths = self.parts.db.decoder_deaths().await.map_err(unavailable)?;
        let streams = self.parts.db.streams(camera).await.map_err(unavailable)?;
        let of = |deaths: &&DecoderDeaths| deaths.kills >= MOST_KILLS;
        let barred = deaths.iter().filter(of).find_map(|deaths| {
            let stream = streams.iter().find(|stream| stream.id == deaths.stream)?;
            Some(format!("{} stream: {} decoders, {how}", stream.kind.word(), deaths.kills))
        });
        let (Some(text), false) = (barred, self.has_filed(camera).await?) else { return Ok(()) };
        let item = Evidence::answer(Kind::DecoderDeaths, &text, DECODED, self.parts.clock.wall());
        self.change_evidence(camera, |evidence| {
            if !evidence.iter().any(|item| item.kind == Kind::DecoderDeaths) {
                evidence.push(item);
            }
            Ok(())
        })
        .await
    }

    async fn has_filed(&self, camera: CameraId) -> Result<bool, CameraActError> {
        let row = self.row(camera).await?;
        let dossier: Option<Dossier> = serde_json::from_str(&row.judgement).ok();
        Ok(dossier.is_some_and(|dossier| filed(&dossier).is_some()))
    }

    /// A person decides about a camera whose pictures ended decoders; the last decision counts.
    pub(super) async fn decide_on_decoders(
        &self,
        camera: CameraId,
        decision: DecoderDecision,
        reason: &str,
        by: PersonNamed,
    ) -> Result<(), CameraActError> {
        let word = match decision {
            DecoderDecision::KeepUndecoded => KEEP_UNDECODED,
            DecoderDecision::Quarantine => QUARANTINE,
        };
        let item = Evidence {
            source: Source::Person { name: by.name },
            raw: neutralise(reason, VALUE_LIMIT).into_bytes(),
            ..Evidence::answer(Kind::DecoderDecision, word, DECODED, self.parts.clock.wall())
        };
        self.change_evidence(camera, |evidence| {
            if !evidence.iter().any(|item| item.kind == Kind::DecoderDeaths) {
                let words = "Its pictures ended no decoders, so there is nothing to decide.".to_owned();
                return Err(CameraActError::Refused { words });
            }
            evidence.retain(|item| item.kind != Kind::DecoderDecision);
            evidence.push(item);
            Ok(())
        })
        .await?;
        Alarms::of(&self.parts).clear("decoder_undecided", Some(camera)).await;
        Ok(())
    }

    /// A person looked into it, or it has other firmware: its pictures are decoded again, and what they did is forgotten.
    pub(super) async fn forget_deaths(&self, camera: CameraId) -> Result<(), CameraActError> {
        for stream in self.parts.db.streams(camera).await.map_err(unavailable)? {
            self.parts.db.forget_decoder_deaths(stream.id).await.map_err(unavailable)?;
            self.parts.lookout.pardon(stream.id);
            self.parts.stills.pardon(stream.id);
        }
        self.parts.conversion_deaths.pardon(camera);
        let alarms = Alarms::of(&self.parts);
        alarms.clear("decoder_killed", Some(camera)).await;
        alarms.clear("decoder_undecided", Some(camera)).await;
        Ok(())
    }

    /// The same, and the gate judges without it.
    pub(super) async fn decode_anew(&self, camera: CameraId) -> Result<(), CameraActError> {
        self.forget_deaths(camera).await?;
        if !self.has_filed(camera).await? {
            return Ok(());
        }
        self.change_evidence(camera, |evidence| {
            evidence.retain(|item| !matches!(item.kind, Kind::DecoderDeaths | Kind::DecoderDecision));
            Ok(())
        })
        .await
    }

    /// Raises the alarm of each camera about which nobody decided in time. It goes on being recorded.
    pub async fn tell_undecided(&self) -> Result<(), CameraActError> {
        let now = self.parts.clock.wall();
        for row in self.parts.db.cameras().await.map_err(unavailable)? {
            let Ok(dossier) = serde_json::from_str::<Dossier>(&row.judgement) else { continue };
            let words = is_overdue(&dossier, now).then(|| {
                format!(
                    "Nobody has decided about {} within {DECIDE_DAYS} days after its pictures ended decoders. It goes on being recorded, undecoded. An \
                     administrator decides on its page.",
                    row.name
                )
            });
            Alarms::of(&self.parts).follow("decoder_undecided", Some(row.id), "red", words).await;
        }
        Ok(())
    }
}

fn filed(dossier: &Dossier) -> Option<&Evidence> {
    dossier.evidence.iter().find(|item| item.kind == Kind::DecoderDeaths)
}

/// Whether the days are over in which a person decides, and none has.
fn is_overdue(dossier: &Dossier, now: WallTime) -> bool {
    let decided = dossier.evidence.iter().any(|item| item.kind == Kind::DecoderDecision);
    let until = |item: &Evidence| item.taken_at + WallDuration::from_seconds(DECIDE_DAYS * 86_400);
    !decided && filed(dossier).is_some_and(|item| now > until(item))
}

#[cfg(test)]
mod tests {
    use candour_vetting::Bundle;

    use super::*;
    use crate::gate::Gate;

    const FILED: WallTime = WallTime::from_unix_seconds(1_795_700_000);

    #[track_caller]
    fn check(kinds: &[Kind], days: i64, overdue: bool) {
        let evidence: Vec<_> = kinds.iter().map(|kind| Evidence::answer(*kind, "keep", DECODED, FILED)).collect();
        let gate = Gate::new(true, false, Bundle::shipped()).expect("the shipped list verifies");
        let host = "192.0.2.7".parse().expect("an address");
        let record = gate.judge(CameraId::from_bytes([7; 16]), host, &evidence, None, FILED).record().clone();
        let now = FILED + WallDuration::from_seconds(days * 86_400 + 1);
        assert_eq!(is_overdue(&Dossier { record, evidence }, now), overdue);
    }

    #[test]
    fn a_week_without_a_decision_is_told() {
        use Kind::{DecoderDeaths, DecoderDecision};
        check(&[], 30, false);
        check(&[DecoderDeaths], 6, false);
        check(&[DecoderDeaths], 7, true);
        check(&[DecoderDeaths, DecoderDecision], 30, false);
    }
}
