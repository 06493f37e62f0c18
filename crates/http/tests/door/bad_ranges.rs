//! Ranges that cannot be given: each gets an answer that says what is there instead.

use candour_archive::DeletionOrder;
use candour_db::SegmentState;
use candour_units::{Clock, WallDuration, WallRange, WallTime};

use crate::clips::{Scene, clip};

/// Camera, from, to, status, kind, words that must stand in the answer.
type Asked<'a> = (&'a str, WallTime, WallTime, u16, &'a str, &'a [&'a str]);

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_bad_ranges() {
    let scene = Scene::new().await;
    // 0 to 6 deleted, 6 to 16 lost, 16 to 22 there, up to 60 nothing.
    scene.run(&clip("no-b-frames.mp4"), 2);
    scene.lost_for(10);
    scene.settle().await;
    let [row] = rows(&scene).await.try_into().expect("one segment");
    scene.run(&clip("no-b-frames.mp4"), 2);
    scene.settle().await;
    let order = DeletionOrder {
        segment: row.id,
        rule: "kept 3 days".to_owned(),
        rule_id: "purpose_end".to_owned(),
        due: scene.world.clock.wall(),
    };
    scene.world.archive.delete(&order).await.expect("it can be deleted");
    scene.world.clock.advance_s(38);

    let ines = scene.world.signed_in("ines").await;
    let at = |seconds: i64| scene.start + WallDuration::from_seconds(seconds);
    let look = scene.look_at(&ines, at(0), at(120)).await;
    let (other, _) = scene.world.camera("Other").await;
    let mine = scene.camera.id.to_string();
    let others = other.id.to_string();
    let (at_0, at_1) = (at(0).to_string(), at(1).to_string());
    let table: &[Asked<'_>] = &[
        (&mine, at(5), at(1), 422, "invalid", &["end must lie after"]),
        (&mine, at(5), at(5), 422, "invalid", &["end must lie after"]),
        (&mine, at(-7200), at(7200), 422, "invalid", &["an hour"]),
        (&mine, at(0), at(3 * 86_400), 422, "invalid", &["an hour"]),
        (&mine, at(100), at(110), 404, "no-footage", &["nothing of it has happened yet"]),
        (&mine, at(0), at(1), 410, "footage-deleted", &["kept 3 days", &at_0, &at_1]),
        (&mine, at(8), at(12), 404, "no-footage", &["camera"]),
        (&mine, at(2), at(12), 404, "no-footage", &["kept 3 days", "camera"]),
        (&mine, at(-30), at(-20), 403, "not-covered", &["whole interval"]),
        (&mine, at(200), at(210), 403, "not-covered", &["whole interval"]),
        (&others, at(16), at(20), 403, "not-covered", &["this camera"]),
        ("00000000000000000000000000000000", at(16), at(20), 403, "not-covered", &[]),
        ("nonsense", at(16), at(20), 404, "not-found", &[]),
    ];
    for (camera, from, to, status, kind, words) in table {
        let (from, to) = (from.ticks(), to.ticks());
        let path = format!("{look}/download?camera={camera}&stream=main&from_90k={from}&to_90k={to}");
        let problem = ines.get(&path).await.problem(*status, kind);
        let detail = problem["detail"].as_str().expect("words").to_lowercase();
        assert!(words.iter().all(|word| detail.contains(&word.to_lowercase())), "{words:?} of {detail}");
    }
    let there = ines.get(&scene.download(&look, at(2), at(60))).await;
    assert_eq!(there.status.as_u16(), 200, "{}", there.text());
    let kinds = scene.world.kinds_in_log().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "footage_downloaded").count(), 1);
}

/// The closed segments; rows follow footage a moment later.
async fn rows(scene: &Scene) -> Vec<candour_db::SegmentRow> {
    let everything = WallRange { start: scene.start - WallDuration::from_seconds(60), end: scene.world.clock.wall() };
    for _ in 0..500 {
        let rows = scene.world.db.segments_in(scene.stream.id, everything).await.expect("the database works");
        if !rows.is_empty() && rows.iter().all(|row| row.state == SegmentState::Closed) {
            return rows;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no row of a closed segment came")
}

/// Damage that nobody knew of breaks a download off before its promised length; the next one leaves it out.
#[tokio::test(flavor = "multi_thread")]
async fn damage_breaks_off_and_is_left_out_next_time() {
    let scene = Scene::new().await;
    scene.run(&clip("no-b-frames.mp4"), 4);
    scene.settle().await;
    let [row] = rows(&scene).await.try_into().expect("one segment");
    let path = footage(&scene, &row.id.to_string());
    let mut bytes = std::fs::read(&path).expect("the segment file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).expect("the segment file");

    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    let address = scene.download(&look, scene.start, scene.world.clock.wall());
    let promised = ines.send(reqwest::Method::HEAD, &address, None).await;
    let promised: u64 = promised.headers["content-length"].to_str().expect("text").parse().expect("a number");
    assert!(ines.try_get(&address).await.is_err(), "a body that was promised whole must not end as if it were");
    ines.delete(&look).await;

    let look = scene.look(&ines).await;
    let again = ines.get(&scene.download(&look, scene.start, scene.world.clock.wall())).await;
    assert_eq!(again.status.as_u16(), 200, "{}", again.text());
    assert!((again.body.len() as u64) < promised);
    let file = scene.world.dir.path().join("rest.mp4");
    std::fs::write(&file, &again.body).expect("the directory is ours");
    let (times, said) = crate::clips::decoded(file.to_str().expect("a plain path"), &[]).await;
    assert!(said.is_empty(), "ffprobe says: {said}");
    // A second of pictures is gone at least, and not all of it.
    assert!((60..=115).contains(&times.len()), "{} pictures", times.len());
    assert!(again.body.windows(9).any(|window| window == b"data_loss"), "the file names its gap");
}

fn footage(scene: &Scene, segment: &str) -> std::path::PathBuf {
    let mut directories = vec![scene.world.dir.path().join("footage")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.to_string_lossy().contains(segment) {
                return path;
            }
        }
    }
    panic!("segment {segment} has no file")
}
