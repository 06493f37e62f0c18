//! What stays of what is known of a camera when it was looked at again, and what of it makes the device another one.
//!
//! Pure. It is worked out when a look ends, from what is stored then: people sign and withdraw while a device is being asked.

use candour_camera::Transport;
use candour_db::CameraRow;
use candour_units::WallTime;
use candour_vetting::{Evidence, JudgementRecord, Kind, Outcome, Source, changes};

use crate::gate::Dossier;

/// Whose answer an item is that was held against a camera between two looks.
pub(super) const ANOTHER_LOOK: &str = "another look";

/// Who wanted a look.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// A person; what is there is the camera from now on.
    ByHand {
        /// When the look began: what was held against the camera since then is newer than what was asked.
        began: WallTime,
    },
    /// Nobody; what is there must be the camera that was accepted.
    ByNobody,
}

/// Whether it was found to be another device, and nobody has looked since: whoever looks now knows.
pub(super) fn is_another(dossier: &Dossier) -> bool {
    dossier.evidence.iter().any(|item| item.kind == Kind::IdentityChange)
}

/// How a camera is asked: as it was onboarded, by the key that it had then.
pub(super) fn transport(camera: &CameraRow) -> Transport {
    match camera.tls_key {
        Some(key) => Transport::Tls { key: Some(key) },
        None => Transport::Clear,
    }
}

/// The same for whoever takes the device that is there, with the key that it has now. Never in clear where it was not.
pub(super) fn any_key(camera: &CameraRow) -> Transport {
    match transport(camera) {
        Transport::Tls { .. } => Transport::Tls { key: None },
        Transport::Clear => Transport::Clear,
    }
}

/// What is stored of a camera when a look ends.
pub(super) struct Stored<'a> {
    pub dossier: &'a Dossier,
    pub asked: Asked,
}

/// A standing acceptance: what is decided against it is told as a change.
pub(super) fn acceptance(dossier: &Dossier) -> Option<&JudgementRecord> {
    Some(&dossier.record).filter(|record| record.outcome == Outcome::Accepted)
}

impl Stored<'_> {
    /// The evidence from now on: what the device said, in what it is another device, and what no device says of itself.
    pub fn with(&self, said: &[Evidence], now: WallTime) -> Vec<Evidence> {
        let stored = &self.dossier.evidence;
        let changed = match self.asked {
            Asked::ByHand { .. } => Vec::new(),
            Asked::ByNobody => changes(stored, said, now),
        };
        let kept = stored.iter().filter(|item| self.stays(item, said)).cloned();
        said.iter().cloned().chain(changed).chain(kept).collect()
    }

    /// Whether the device says another firmware version than the one that is stored.
    fn other_firmware(&self, said: &[Evidence]) -> bool {
        let of = |items: &[Evidence]| {
            items.iter().find(|item| item.kind == Kind::OnvifFirmware).and_then(Evidence::text).map(str::to_owned)
        };
        of(said).zip(of(&self.dossier.evidence)).is_some_and(|(now, before)| now != before)
    }

    fn stays(&self, item: &Evidence, said: &[Evidence]) -> bool {
        match (item.kind, self.asked) {
            // Papers, and tables that people brought.
            (Kind::Declaration | Kind::Exception | Kind::Chip | Kind::ImportedMac, _) => true,
            // What its pictures did to decoders, and what was decided about that, while it has the firmware that did it.
            (Kind::DecoderDeaths | Kind::DecoderDecision, _) => !self.other_firmware(said),
            // That it was another device once.
            (Kind::IdentityChange, Asked::ByNobody) => true,
            (Kind::IdentityChange | Kind::HttpLogin, Asked::ByHand { began }) => {
                is_of_another_look(item) && item.taken_at >= began
            }
            _ => false,
        }
    }
}

fn is_of_another_look(item: &Evidence) -> bool {
    matches!(&item.source, Source::Answer { to } if to == ANOTHER_LOOK)
}

#[cfg(test)]
mod tests {
    use candour_units::{CameraId, WallDuration};
    use candour_vetting::{Paper, Value};

    use super::*;
    use crate::gate::Gate;

    const BEGAN: WallTime = WallTime::from_unix_seconds(1_795_700_000);

    fn at(seconds: i64) -> WallTime {
        BEGAN + WallDuration::from_seconds(seconds)
    }

    fn says(kind: Kind, text: &str, seconds: i64) -> Evidence {
        Evidence::answer(kind, text, ANOTHER_LOOK, at(seconds))
    }

    fn paper(second_person: Option<&str>) -> Evidence {
        Evidence {
            kind: Kind::Declaration,
            value: Value::Paper(Paper {
                declaration: "00".into(),
                model: None,
                signed_off_by: "Ada Archer".into(),
                second_person: second_person.map(str::to_owned),
                support_until: None,
            }),
            raw: Vec::new(),
            source: Source::Person { name: "Ada Archer".into() },
            taken_at: at(-60),
        }
    }

    fn stored(evidence: Vec<Evidence>) -> Dossier {
        let gate = Gate::new(true, false, candour_vetting::Bundle::shipped()).expect("the shipped list verifies");
        let host = "192.0.2.7".parse().expect("an address");
        let judgement = gate.judge(CameraId::from_bytes([7; 16]), host, &evidence, None, BEGAN);
        Dossier { record: judgement.record().clone(), evidence }
    }

    #[track_caller]
    fn check(asked: Asked, kept: &[(Kind, &str)], before: Vec<Evidence>) {
        let said = [says(Kind::OnvifModel, "Lab", 5), says(Kind::OnvifSerial, "2", 5)];
        let found = Stored { dossier: &stored(before), asked }.with(&said, at(9));
        let text = |item: &Evidence| match &item.value {
            Value::Paper(paper) => paper.second_person.clone().unwrap_or_default(),
            _ => item.text().unwrap_or_default().to_owned(),
        };
        assert_eq!(found[..2], said, "what it said comes first and as it is");
        let rest: Vec<_> = found[2..].iter().map(|item| (item.kind, text(item))).collect();
        assert_eq!(rest, kept.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect::<Vec<_>>());
    }

    /// Other firmware may decode well; the same, or none that is said, is what ended the decoders.
    #[test]
    fn what_its_pictures_did_stays_with_its_firmware() {
        use Kind::{DecoderDeaths, DecoderDecision, OnvifFirmware};
        let before = vec![
            says(OnvifFirmware, "1.0", -9),
            says(DecoderDeaths, "main: 3 decoders", -5),
            says(DecoderDecision, "keep", -4),
        ];
        let stored = stored(before);
        for (version, kept) in [(Some("1.0"), 2), (Some("1.1"), 0), (None, 2)] {
            let said: Vec<_> = version.into_iter().map(|version| says(OnvifFirmware, version, 5)).collect();
            for asked in [Asked::ByHand { began: BEGAN }, Asked::ByNobody] {
                let found = Stored { dossier: &stored, asked }.with(&said, at(9));
                let held = found.iter().filter(|item| matches!(item.kind, DecoderDeaths | DecoderDecision)).count();
                assert_eq!(held, kept, "{version:?}");
            }
        }
    }

    #[test]
    fn what_stays_beside_what_a_device_says() {
        use Kind::{Declaration, HttpLogin, IdentityChange, OnvifFirmware, OnvifSerial};
        let hand = Asked::ByHand { began: BEGAN };
        for asked in [hand, Asked::ByNobody] {
            check(asked, &[(Declaration, "Dina Dahl")], vec![says(OnvifFirmware, "Old", -9), paper(Some("Dina Dahl"))]);
        }
        // Bound to what it was, it is told in what it is another.
        let other = "the serial number was 1 and is 2";
        check(Asked::ByNobody, &[(IdentityChange, other)], vec![says(OnvifSerial, "1", -9)]);
        check(hand, &[], vec![says(OnvifSerial, "1", -9)]);
        // What was held against it before a person looked is answered by that look; what came in the middle of it is not.
        let held = |seconds| vec![says(IdentityChange, "x", seconds), says(HttpLogin, "basic", seconds)];
        check(hand, &[], held(-1));
        check(hand, &[(IdentityChange, "x"), (HttpLogin, "basic")], held(1));
        check(Asked::ByNobody, &[(IdentityChange, "x")], held(-1));
    }
}
