//! The table of docs/ARCHITECTURE.md as a test: an arrow between rooms that turns around fails here, with the reason.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Floors of the house. A room may use rooms on lower floors only; exceptions stand in [`SIDEWAYS`].
const FLOORS: &[(u8, &[&str])] = &[
    (0, &["units", "media", "recording", "seal", "ledger", "vetting", "policy", "motion", "onvif", "wire"]),
    (1, &["durable"]),
    (2, &["files", "keyring", "db", "audit"]),
    (3, &["archive", "decode"]),
    (4, &["ingest", "camera", "worker", "http", "witness"]),
    (5, &["candour", "decoder", "verify"]),
];

/// Arrows on one floor that are meant: everything on floor 0 may use `units`; `recording` and `seal` may use `media`.
const SIDEWAYS: &[(&str, &[&str])] = &[
    ("media", &["units"]),
    ("recording", &["units", "media"]),
    ("seal", &["units", "media"]),
    ("ledger", &["units"]),
    ("vetting", &["units"]),
    ("policy", &["units"]),
    ("motion", &["units"]),
    ("onvif", &["units"]),
    ("wire", &["units"]),
];

/// Programs beside the house: they stand on no floor, may use what they need, and nobody may use them.
const SIDE: &[&str] = &["camera-sim", "bench-store", "bench-vetting", "bench-ledger"];

/// Third-party names that stop at one door, and the rooms behind it.
const DOORS: &[(&str, &[&str], &str)] = &[
    ("retina", &["ingest"], "an RTSP client's types must not leave `ingest`, so that changing it is a one-room change"),
    ("sqlx", &["db"], "all SQL is in `db`"),
    ("axum", &["http", "witness", "camera-sim"], "the web framework stops at `http`, and at the one call of a witness"),
    ("reqwest", &["camera", "witness"], "only `camera` speaks HTTP to devices, and `witness` to witnesses"),
    ("quick-xml", &["onvif", "camera-sim"], "XML of devices is read in `onvif` alone"),
    ("gstreamer", &["camera-sim"], "C code must not run in the service"),
    ("ffmpeg-next", &["decoder"], "libav stays in the caged decoder program"),
    ("openh264", &["decoder"], "what codes pictures works in the cage too"),
    ("aws-lc-rs", &["seal"], "sealing is done in `seal` alone"),
    ("cryptoki", &["keyring"], "tokens are spoken to in `keyring` alone"),
    ("landlock", &["decoder"], "the cage is the decoder's"),
    ("seccompiler", &["decoder"], "the cage is the decoder's"),
    ("rustix", &["durable", "candour", "decoder"], "system calls on files are made in `durable` alone"),
];

/// Crates floor 0 may not touch: it has no tasks, sockets, files, clock or randomness.
const NOT_ON_THE_GROUND: &[&str] = &["tokio", "rustix", "getrandom", "reqwest", "sqlx", "rand", "tracing"];

fn floor_of(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(floor, _)| *floor)
}

fn room(package: &str) -> &str {
    package.strip_prefix("candour-").unwrap_or(package)
}

/// Room -> its ordinary dependencies by package name (development and build dependencies do not ship).
fn shipped_dependencies(metadata: &Metadata) -> BTreeMap<String, Vec<String>> {
    metadata
        .workspace_packages()
        .into_iter()
        // Nothing of these ships.
        .filter(|package| !["candour-house", "candour-faults"].contains(&package.name.as_str()))
        .map(|package| {
            let ordinary = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
            (room(&package.name).to_owned(), ordinary.map(|d| d.name.clone()).collect())
        })
        .collect()
}

/// Every arrow that breaks the table, each with its reason.
fn wrong_arrows(rooms: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, dependencies) in rooms {
        let from_floor = floor_of(from);
        if from_floor.is_none() && !SIDE.contains(&from.as_str()) {
            wrong.push(format!("{from} stands on no floor: give it one in this table and in docs/ARCHITECTURE.md"));
        }
        for to in dependencies {
            let to_room = room(to);
            if let (Some(from_floor), Some(to_floor)) =
                (from_floor, floor_of(to_room).filter(|_| rooms.contains_key(to_room)))
            {
                let meant = SIDEWAYS.iter().any(|(room, may)| room == from && may.contains(&to_room));
                if to_floor >= from_floor && !meant {
                    wrong.push(format!("{from} (floor {from_floor}) uses {to_room} (floor {to_floor}): arrows point down, services meet only in `candour`"));
                }
                if to_room == "wire" && !["http", "candour"].contains(&from.as_str()) {
                    wrong.push(format!("{from} uses wire: nothing below `http` knows the public JSON"));
                }
            }
            if SIDE.contains(&to_room) {
                wrong.push(format!("{from} ships {to_room}: it may be a development dependency only"));
            }
            for (name, may, why) in DOORS {
                if to == name && !may.contains(&from.as_str()) {
                    wrong.push(format!("{from} uses {name}: {why}"));
                }
            }
            if from_floor == Some(0) && NOT_ON_THE_GROUND.contains(&to.as_str()) {
                wrong.push(format!("{from} uses {to}: floor 0 has no tasks, sockets, files, clock or randomness"));
            }
        }
    }
    wrong
}

#[test]
fn dependencies_point_down() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let metadata =
        MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo metadata reads the workspace");
    let rooms = shipped_dependencies(&metadata);
    assert!(rooms.len() > 15, "the workspace was not read: only {} rooms", rooms.len());
    let wrong = wrong_arrows(&rooms);
    assert!(wrong.is_empty(), "arrows that break the table:\n  {}", wrong.join("\n  "));
}

/// The test would notice: each kind of wrong arrow is reported with its reason.
#[test]
fn wrong_arrows_are_noticed() {
    let check = |from: &str, to: &str, expected: &str| {
        let rooms = [(from.to_owned(), vec![to.to_owned()]), (room(to).to_owned(), vec![])].into();
        let wrong = wrong_arrows(&rooms);
        assert!(wrong.iter().any(|w| w.contains(expected)), "{from} -> {to} gave {wrong:?}");
    };
    check("archive", "candour-http", "arrows point down");
    check("ingest", "candour-camera", "services meet only in `candour`");
    check("vetting", "candour-media", "arrows point down");
    check("archive", "candour-wire", "nothing below `http`");
    check("http", "retina", "a one-room change");
    check("media", "tokio", "floor 0 has no tasks");
    check("decode", "ffmpeg-next", "stays in the caged decoder program");
    check("candour", "candour-decoder", "arrows point down");
    check("http", "camera-sim", "development dependency only");
    check("http", "candour-bench-store", "development dependency only");
}
