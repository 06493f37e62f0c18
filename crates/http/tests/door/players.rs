//! A look as HLS: under the sign-in, and at an address for players that cannot sign in.

use candour_units::WallDuration;
use serde_json::json;

use crate::clips::{Scene, check_times, clip, decoded, stranger};
use crate::world::Caller;

async fn playlist(caller: &Caller, look: &str, camera: &str) -> String {
    let answer = caller.get(&format!("{look}/hls/{camera}/main/index.m3u8")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/vnd.apple.mpegurl");
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.text()
}

async fn address(caller: &Caller, look: &str) -> String {
    let answer = caller.post(&format!("{look}/player"), json!({})).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    answer.json()["playlists"][0]["main"].as_str().expect("an address").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_play_it_at_an_address_of_its_own() {
    let scene = Scene::new().await;
    let count = scene.run(&clip("b-frames.mp4"), 6);
    scene.settle().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    let text = playlist(&ines, &look, &scene.camera.id.to_string()).await;
    assert!(text.contains("#EXT-X-PLAYLIST-TYPE:VOD") && text.ends_with("#EXT-X-ENDLIST\n"), "{text}");
    assert!(text.contains(&format!("#EXT-X-PROGRAM-DATE-TIME:{}", scene.start)), "{text}");

    let path = address(&ines, &look).await;
    let url = format!("{}{path}", ines.base);
    let (times, said) = decoded(&url, &["-tls_verify", "0"]).await;
    check_times(&times, count, None);
    assert!(said.is_empty(), "ffprobe says: {said}");
    let source = format!("location={url}");
    let pipeline = [
        "-v",
        "souphttpsrc",
        "ssl-strict=false",
        &source,
        "!",
        "hlsdemux",
        "!",
        "qtdemux",
        "!",
        "h264parse",
        "!",
        "identity",
        "silent=false",
        "!",
        "fakesink",
        "sync=false",
    ];
    let gst = stranger("gst-launch-1.0", pipeline.map(str::to_owned).into()).await;
    let said = String::from_utf8_lossy(&gst.stdout).into_owned();
    let units = said.lines().filter(|line| line.contains("last-message = chain")).count();
    assert!(gst.status.success() && units == count, "{units} of {count}: {}", String::from_utf8_lossy(&gst.stderr));

    let [.., sent] = scene.world.newest("player_address_given").await.expect("it was written down");
    assert_eq!(sent["from"], "127.0.0.1");
    assert_eq!(ines.delete(&look).await.status.as_u16(), 204);
    let [.., sent] = scene.world.newest("look_ended").await.expect("it was written down");
    assert!(sent["sent"][0]["samples"].as_u64().expect("a count") >= 2 * count as u64, "{sent}");
    scene.world.anybody().get(&path).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_for_one_machine_and_one_look() {
    let scene = Scene::new().await;
    scene.run(&clip("no-b-frames.mp4"), 2);
    scene.settle().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    let first = address(&ines, &look).await;
    let nobody = scene.world.anybody();
    assert_eq!(nobody.get(&first).await.status.as_u16(), 200);
    // The same secret from another machine of the loopback.
    let base = scene.world.base().replace("localhost", "127.0.0.1");
    let elsewhere =
        ["-sk", "--interface", "127.0.0.9", "-o", "/dev/null", "-w", "%{http_code}", &format!("{base}{first}")]
            .map(str::to_owned);
    let curl = stranger("curl", elsewhere.into()).await;
    assert_eq!(String::from_utf8_lossy(&curl.stdout), "404");
    let second = address(&ines, &look).await;
    assert_ne!(first, second);
    nobody.get(&first).await.problem(404, "not-found");
    nobody.get(&second.replace("/play/", "/play/A")).await.problem(404, "not-found");
    assert_eq!(nobody.get(&second).await.status.as_u16(), 200);
    let other = second.replace(&scene.camera.id.to_string(), &"0".repeat(32));
    nobody.get(&other).await.problem(403, "not-covered");
    scene.world.clock.advance_s(301);
    assert!(matches!(nobody.get(&second).await.status.as_u16(), 403 | 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_marked_with_its_cause_and_a_change_is_a_discontinuity() {
    let scene = Scene::new().await;
    scene.run(&clip("b-frames.mp4"), 2);
    scene.lost_for(8);
    scene.run(&clip("no-b-frames.mp4"), 2);
    scene.settle().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    let camera = scene.camera.id.to_string();
    let text = playlist(&ines, &look, &camera).await;
    assert_eq!(text.matches("#EXT-X-GAP\n").count(), 2, "{text}");
    assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{text}");
    assert_eq!(text.matches("#EXT-X-MAP:").count(), 2, "{text}");
    assert!(text.contains("X-CAUSE=\"camera_lost\""), "{text}");
    let base = format!("{look}/hls/{camera}/main");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let answer = ines.get(&format!("{base}/{line}")).await;
        let expected = if line.starts_with("gap-") { 404 } else { 200 };
        assert_eq!(answer.status.as_u16(), expected, "{line}: {}", answer.text());
    }
    let file = text.lines().find(|line| line.ends_with(".m4s")).expect("a media segment");
    // A name that was tampered with opens nothing that the look does not.
    let outside = file.replacen('-', "-9", 1);
    assert!(ines.get(&format!("{base}/{outside}")).await.status.is_client_error());
    ines.get(&format!("{base}/../main/index.m3u")).await.problem(404, "not-found");
}

/// A look that reaches to now grows at its end and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_meanwhile_is_added_at_the_end() {
    let scene = Scene::new().await;
    // A look is at what has begun.
    scene.world.clock.advance_s(1);
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look_at(&ines, scene.start, scene.start + WallDuration::from_seconds(40)).await;
    let camera = scene.camera.id.to_string();
    let (mut before, mut grown) = (playlist(&ines, &look, &camera).await, 0);
    assert!(before.contains("#EXT-X-PLAYLIST-TYPE:EVENT") && !before.contains("ENDLIST"), "{before}");
    let clip = clip("no-b-frames.mp4");
    scene.run(&clip, 3);
    for _ in 0..200 {
        let now = playlist(&ines, &look, &camera).await;
        assert!(now.starts_with(&before), "{before}\nbecame\n{now}");
        grown += usize::from(now != before);
        before = now;
        if before.matches(".m4s").count() >= 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(grown > 0, "{before}");
    scene.settle().await;
    scene.world.clock.advance_s(45);
    let ended = playlist(&ines, &look, &camera).await;
    assert!(ended.starts_with(&before) && ended.ends_with("#EXT-X-ENDLIST\n") && ended.contains("EVENT"), "{ended}");
}
