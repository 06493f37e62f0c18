//! Stills at the door: who gets one, of which moments, how often. What is in them is tested where the decoder runs.

use candour_units::Clock;
use reqwest::StatusCode;
use serde_json::json;

use crate::looks::scene;

#[tokio::test]
async fn nothing_outside_the_look_and_nothing_of_what_is_not_there() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let (other, _) = scene.world.camera("Other").await;
    // The look begins five seconds before the footage.
    let mut request = scene.request();
    let begins = scene.start.ticks() - 5 * 90_000;
    request["from_90k"] = begins.into();
    let asked = ines.post("/api/v1/looks", request).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text());
    let look = format!("/api/v1/looks/{}", asked.json()["id"].as_str().expect("an id"));
    let camera = scene.camera.id.to_string();
    let still =
        |camera: &str, at: i64, more: &str| format!("{look}/still?camera={camera}&stream=main&at_90k={at}{more}");
    let (start, end) = (scene.start.ticks(), scene.end.ticks());
    for at in [begins - 1, end, end + 90_000] {
        ines.get(&still(&camera, at, "")).await.problem(403, "not-covered");
    }
    ines.get(&still(&other.id.to_string(), start, "")).await.problem(403, "not-covered");
    ines.get(&still(&camera, begins + 90_000, "")).await.problem(404, "no-footage");
    ines.get(&still(&camera, -1, "")).await.problem(422, "invalid");
    ines.get(&still(&camera, i64::MAX, "")).await.problem(422, "invalid");
    ines.get(&still(&camera, start, "&width=wide")).await.problem(422, "invalid");
    ines.get(&format!("{look}/still?camera={camera}&stream=sub&at_90k={start}")).await.problem(404, "no-footage");
    // Here nothing can be made of what is there, and nothing is counted.
    let problem = ines.get(&still(&camera, start + 90_000, "&width=640")).await.problem(503, "unavailable");
    assert!(problem["detail"].as_str().is_some_and(|words| words.contains("Playback does not need it")), "{problem}");
    let again = scene.world.signed_in("ines").await;
    again.get(&still(&camera, start, "")).await.problem(404, "not-found");
    assert_eq!(ines.delete(&look).await.status, StatusCode::NO_CONTENT);
    let [.., sent] = scene.world.newest("look_ended").await.expect("it was written down");
    assert_eq!(sent["sent"], json!([]));
    ines.get(&still(&camera, start, "")).await.problem(404, "not-found");
}

#[tokio::test]
async fn none_after_the_look_lapsed() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    scene.world.clock.advance_s(300);
    let asked = format!("{look}/still?camera={}&stream=main&at_90k={}", scene.camera.id, scene.start.ticks());
    let answer = ines.get(&asked).await;
    // Housekeeping may have ended it meanwhile; either way nothing is shown.
    assert!(matches!(answer.status.as_u16(), 403 | 404), "{}", answer.text());
}

#[tokio::test]
async fn only_so_many_a_second_for_each_sign_in() {
    let scene = scene().await;
    let (ines, again) = (scene.world.signed_in("ines").await, scene.world.signed_in("ines").await);
    let mut statuses = Vec::new();
    for caller in [&ines, &again] {
        let look = scene.look(caller).await;
        // Outside the look: refused all the same, and it counts.
        let asked = format!("{look}/still?camera={}&stream=main&at_90k={}", scene.camera.id, scene.end.ticks());
        for _ in 0..41 {
            statuses.push(caller.get(&asked).await.status.as_u16());
        }
        if statuses.len() == 41 {
            // The clock of this recorder stands still, so nothing came back meanwhile.
            let at = scene.world.clock.wall();
            scene.world.clock.advance_s(1);
            assert!(scene.world.clock.wall() > at);
            assert_eq!(caller.get(&asked).await.status.as_u16(), 403);
        }
    }
    let expected: Vec<u16> = [[403; 40].as_slice(), &[429]].concat();
    assert_eq!(statuses, [expected.clone(), expected].concat());
}
