//! An interval as one file: strangers decode it, any part of it can be had, and the log knows.
//!
//! Seen to fail: a film that ended with the picture decoded last, not with the one shown last, had 88 of 90 pictures.

use candour_units::{Clock, WallDuration};
use reqwest::Method;
use serde_json::json;

use crate::clips::{Scene, check_times, clip, decoded, stranger};

#[tokio::test(flavor = "multi_thread")]
async fn strangers_decode_every_picture_over_a_gap() {
    every_picture_is_decoded("b-frames.mp4").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_decode_every_picture_over_a_change_of_parameters() {
    every_picture_is_decoded("no-b-frames.mp4").await;
}

/// Two runs with eight seconds between; `after` is the clip of the second one.
async fn every_picture_is_decoded(after: &str) {
    let scene = Scene::new().await;
    let first = scene.run(&clip("b-frames.mp4"), 4);
    scene.lost_for(8);
    let second = scene.run(&clip(after), 3);
    scene.settle().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    let address = scene.download(&look, scene.start, scene.world.clock.wall());

    let head = ines.send(Method::HEAD, &address, None).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{}", head.text());
    let whole = ines.get(&address).await;
    assert_eq!(whole.status.as_u16(), 200, "{}", whole.text());
    for name in ["content-length", "etag", "accept-ranges", "candour-asked", "candour-disclosed", "content-type"] {
        assert_eq!(whole.headers[name], head.headers[name], "{name}");
    }
    assert_eq!(whole.headers["content-length"], whole.body.len().to_string());
    assert_eq!(whole.headers["accept-ranges"], "bytes");
    assert_eq!(whole.headers["cache-control"], "no-store");
    let name = whole.headers["content-disposition"].to_str().expect("text");
    assert!(name.starts_with("attachment; filename=\"Gate-4-20") && name.ends_with("Z.mp4\""), "{name}");
    assert_eq!(&whole.body[4..8], b"ftyp");

    let path = scene.world.dir.path().join("whole.mp4");
    std::fs::write(&path, &whole.body).expect("the directory is ours");
    let path = path.to_str().expect("a plain path");
    let (times, said) = decoded(path, &[]).await;
    check_times(&times, first + second, Some((first, 8.0)));
    assert!(times[0].abs() < 0.001, "the film begins with its first picture: {}", times[0]);
    // FFmpeg reads headers with the first parameter sets only, and says so of the second; it decodes with the right ones.
    assert!(said.is_empty() || after != "b-frames.mp4", "ffprobe says: {said}");

    let about = stranger(
        "ffprobe",
        ["-v", "error", "-show_entries", "format=duration:format_tags=creation_time", "-of", "json", path]
            .map(str::to_owned)
            .into(),
    )
    .await;
    let about: serde_json::Value = serde_json::from_slice(&about.stdout).expect("JSON");
    let duration: f64 = about["format"]["duration"].as_str().expect("a duration").parse().expect("a number");
    assert!((duration - 29.0).abs() < 0.4, "{about}");
    let created = about["format"]["tags"]["creation_time"].as_str().expect("a creation time");
    assert_eq!(created[..19], scene.start.to_string()[..19]);

    let decoded = stranger("ffmpeg", ["-v", "warning", "-i", path, "-f", "null", "-"].map(str::to_owned).into()).await;
    assert!(decoded.status.success(), "ffmpeg says: {}", String::from_utf8_lossy(&decoded.stderr));
    assert!(ends_of_stream(path, "h264parse").await >= first + second);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_decode_h265() {
    let scene = Scene::new().await;
    let count = scene.run(&clip("hevc.mp4"), 3);
    scene.settle().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    let whole = ines.get(&scene.download(&look, scene.start, scene.world.clock.wall())).await;
    let path = scene.world.dir.path().join("whole.mp4");
    std::fs::write(&path, &whole.body).expect("the directory is ours");
    let path = path.to_str().expect("a plain path");
    let (times, said) = decoded(path, &[]).await;
    check_times(&times, count, None);
    assert!(said.is_empty(), "ffprobe says: {said}");
    assert_eq!(ends_of_stream(path, "h265parse").await, count);
}

/// How many access units GStreamer takes out of the file.
async fn ends_of_stream(path: &str, parser: &str) -> usize {
    let location = format!("location={path}");
    let pipeline = [
        "-v",
        "filesrc",
        &location,
        "!",
        "qtdemux",
        "!",
        parser,
        "!",
        "identity",
        "silent=false",
        "!",
        "fakesink",
        "sync=false",
    ];
    let output = stranger("gst-launch-1.0", pipeline.map(str::to_owned).into()).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("Got EOS"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines().filter(|line| line.contains("last-message = chain")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_parts_make_the_whole() {
    let scene = Scene::new().await;
    scene.run(&clip("b-frames.mp4"), 6);
    scene.settle().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    // From the middle of a group of pictures to the middle of another.
    let (from, to) = (scene.start + WallDuration::from_millis(2_500), scene.start + WallDuration::from_millis(14_300));
    let address = scene.download(&look, from, to);
    let whole = ines.get(&address).await;
    let tag = whole.headers["etag"].to_str().expect("text").to_owned();
    let len = whole.body.len();
    assert_eq!(whole.headers["candour-asked"], format!("{from}/{to}"));
    let disclosed =
        format!("{}/{}", scene.start + WallDuration::from_seconds(2), scene.start + WallDuration::from_seconds(15));
    assert_eq!(whole.headers["candour-disclosed"], disclosed);

    let part = async |range: String, if_range: &str| {
        ines.raw(Method::GET, &address, &[("range", &range), ("if-range", if_range)], "").await
    };
    let (mut at, mut joined, mut step) = (0, Vec::new(), 1);
    while at < len {
        let end = (at + step).min(len);
        let answer = part(format!("bytes={at}-{}", end - 1), &tag).await;
        assert_eq!(answer.status.as_u16(), 206, "{}", answer.text());
        assert_eq!(answer.headers["content-range"], format!("bytes {at}-{}/{len}", end - 1));
        assert_eq!(answer.headers["content-length"], answer.body.len().to_string());
        joined.extend_from_slice(&answer.body);
        (at, step) = (end, step * 7 % 9973 + 1);
    }
    assert!(joined == whole.body, "the parts are not the whole");
    let tail = part("bytes=-100".to_owned(), &tag).await;
    assert!(tail.status.as_u16() == 206 && tail.body == whole.body[len - 100..]);
    let changed = part("bytes=5-9".to_owned(), "\"another\"").await;
    assert!(changed.status.as_u16() == 200 && changed.body == whole.body);
    let behind = part(format!("bytes={len}-"), &tag).await;
    behind.problem(416, "range-outside");
    assert_eq!(behind.headers["content-range"], format!("bytes */{len}"));

    // One file, however many parts: one entry, before the look's end says what was sent.
    let downloads = scene.world.kinds_in_log().await.into_iter().filter(|kind| kind == "footage_downloaded").count();
    assert_eq!(downloads, 1);
    let [who, what, why, sent] = scene.world.newest("footage_downloaded").await.expect("it was written down");
    assert_eq!((&who["name"], &why["reason"]), (&json!("Ines Investigator"), &json!("case 12/2026")));
    assert_eq!((&what["interval"]["start_90k"], &sent["bytes"]), (&json!(from.ticks()), &json!(len)));
    assert_eq!(sent["disclosed_from_90k"], (scene.start + WallDuration::from_seconds(2)).ticks());
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_goes_on_where_it_was_broken_off() {
    let scene = Scene::new().await;
    scene.run(&clip("no-b-frames.mp4"), 4);
    scene.settle().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    let address = scene.download(&look, scene.start, scene.world.clock.wall());
    let whole = ines.get(&address).await.body;
    let (file, authority) = (scene.world.dir.path().join("half.mp4"), scene.world.dir.path().join("authority.pem"));
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("the directory is ours");
    std::fs::write(&authority, &scene.world.authority).expect("the directory is ours");
    let text = |path: &std::path::Path| path.to_str().expect("a plain path").to_owned();
    let cookie = ines.headers["cookie"].to_str().expect("text").to_owned();
    let arguments = [
        "-sSf",
        "--cacert",
        &text(&authority),
        "-b",
        &cookie,
        "-C",
        "-",
        "-o",
        &text(&file),
        &format!("{}{address}", ines.base),
    ]
    .map(str::to_owned);
    let curl = stranger("curl", arguments.into()).await;
    assert!(curl.status.success(), "{}", String::from_utf8_lossy(&curl.stderr));
    assert!(std::fs::read(&file).expect("it is there") == whole, "the resumed file differs");
}

/// A download lasts longer than a receipt: its own use renews it, with an entry before more leaves.
#[tokio::test(flavor = "multi_thread")]
async fn use_renews_a_look_and_signing_out_ends_it() {
    let scene = Scene::new().await;
    scene.run(&clip("no-b-frames.mp4"), 2);
    scene.settle().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    let address = scene.download(&look, scene.start, scene.start + WallDuration::from_seconds(6));
    let renewals = async || {
        let size = scene.world.log.status().size;
        let entries = scene.world.log.entries(0, size).await.expect("the log is read");
        entries.iter().filter(|entry| entry.sent.as_ref().is_some_and(|sent| sent.contains("\"renewal\":true"))).count()
    };
    for round in 1..4 {
        scene.world.clock.advance_s(250);
        assert_eq!(ines.get(&address).await.status.as_u16(), 200);
        assert_eq!(renewals().await, round);
        assert_eq!(ines.get(&address).await.status.as_u16(), 200);
        assert_eq!(renewals().await, round, "one entry is enough");
    }
    scene.world.break_log();
    scene.world.clock.advance_s(250);
    ines.get(&address).await.problem(503, "log-not-writable");
    scene.world.mend_log();
    assert_eq!(ines.delete("/api/v1/session").await.status.as_u16(), 204);
    assert!(matches!(ines.get(&address).await.status.as_u16(), 401 | 404));
}
