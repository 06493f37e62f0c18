//! Searching for motion in a part of the picture: what a look needs, what is told, and that it is in the log.

use candour_db::{FindingKind, FindingRow, MovedPart};
use candour_units::{WallDuration, WallRange};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::looks::{Scene, scene};

/// A second in which something moved in the left half, then one that was still, then one that nothing can be said of.
async fn found(scene: &Scene) {
    let second = WallDuration::from_seconds(1);
    let mut at = scene.start;
    let mut rows = Vec::new();
    for kind in [FindingKind::Moved, FindingKind::Still, FindingKind::Unsure] {
        let range = WallRange { start: at, end: at + second };
        at = range.end;
        let part = match kind {
            FindingKind::Moved => MovedPart { score: 1_250, extent: 300, area: [1_000, 2_000, 4_000, 6_000] },
            _ => MovedPart::default(),
        };
        let why = (kind == FindingKind::Unsure).then(|| "picture".to_owned());
        rows.push(FindingRow { camera: scene.camera.id, range, kind, part, why, throughout: false });
    }
    scene.world.db.put_findings(&rows).await.expect("a write");
}

fn asked(scene: &Scene, area: [f64; 4]) -> Value {
    json!({
        "from_90k": scene.start.ticks(), "to_90k": scene.start.ticks() + 10 * 90_000, "area": area,
        "reason": "case 12/2026",
    })
}

#[tokio::test]
async fn what_touches_the_part_is_told_and_written_down() {
    let scene = scene().await;
    found(&scene).await;
    let ines = scene.world.signed_in("ines").await;
    let path = format!("/api/v1/cameras/{}/motion-search", scene.camera.id);
    let answer = ines.post(&path, asked(&scene, [0.0, 0.0, 0.5, 0.5])).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let expected = json!({
        "hits": [{
            "start_90k": scene.start.ticks(), "end_90k": scene.start.ticks() + 90_000, "score": 12.5, "area": [0.1, 0.2, 0.4, 0.6],
        }],
        "more": false, "looked_at_s": 2.0, "unsure_s": 1.0, "not_looked_at_s": 7.0,
    });
    assert_eq!(answer.json(), expected);
    let [who, what, why, sent] = scene.world.newest("motion_searched").await.expect("it was written down");
    assert_eq!((&who["name"], &why["reason"]), (&json!("Ines Investigator"), &json!("case 12/2026")));
    assert_eq!(what["cameras"], json!([scene.camera.id.to_string()]));
    assert_eq!((&sent["area"], &sent["hits"]), (&json!([0.0, 0.0, 0.5, 0.5]), &json!(1)));
    assert!(sent["grant"].is_string(), "{sent}");
    let elsewhere = ines.post(&path, asked(&scene, [0.5, 0.0, 1.0, 1.0])).await.json();
    assert_eq!((&elsewhere["hits"], &elsewhere["looked_at_s"]), (&json!([]), &json!(2.0)));
}

#[tokio::test]
async fn it_needs_what_a_look_needs() {
    let scene = scene().await;
    found(&scene).await;
    let ines = scene.world.signed_in("ines").await;
    let path = format!("/api/v1/cameras/{}/motion-search", scene.camera.id);
    let whole = [0.0, 0.0, 1.0, 1.0];
    // The operator has no grant, and the investigator none for yesterday.
    scene.world.signed_in("olga").await.post(&path, asked(&scene, whole)).await.problem(403, "look-refused");
    let mut yesterday = asked(&scene, whole);
    yesterday["from_90k"] = (scene.start.ticks() - 20 * 3_600 * 90_000).into();
    ines.post(&path, yesterday).await.problem(403, "look-refused");
    let [_, what, ..] = scene.world.newest("look_refused").await.expect("it was written down");
    assert_eq!(what["cameras"], json!([scene.camera.id.to_string()]));
    for wrong in [[0.5, 0.0, 0.5, 1.0], [0.0, 0.0, 1.5, 1.0]] {
        ines.post(&path, asked(&scene, wrong)).await.problem(422, "invalid");
    }
    let mut long = asked(&scene, whole);
    long["from_90k"] = (scene.start.ticks() - 26 * 3_600 * 90_000).into();
    ines.post(&path, long).await.problem(422, "invalid");
    scene.world.break_log();
    ines.post(&path, asked(&scene, whole)).await.problem(503, "log-not-writable");
    scene.world.mend_log();
}
