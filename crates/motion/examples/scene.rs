//! Writes a made-up scene as raw grey pictures of 640x360, ten a second, to standard output:
//! `scene NAME SECONDS [walker]`. Names are those of [`named`].

#[path = "../tests/scene/mod.rs"]
mod scene;

use std::io::Write;

use scene::{Light, Place, Scene, Walker};

fn named(name: &str) -> Option<Scene> {
    let plain = Scene::default();
    Some(match name {
        "quiet" => plain,
        "noise" => Scene { noise: 9.0, ..plain },
        "swings" => Scene { light: Light::Swings { gain: 0.3, offset: 12.0 }, ..plain },
        "lamp" => Scene { light: Light::Lamp, ..plain },
        "dark" => Scene { light: Light::FromDark, ..plain },
        "clouds" => Scene { light: Light::Clouds, ..plain },
        "rain" => Scene { rain: 400, ..plain },
        "leaves" => Scene { leaves: 4.0, ..plain },
        "mast" => Scene { mast: 4.0, ..plain },
        "storm" => Scene { rain: 300, leaves: 5.0, mast: 3.0, noise: 4.0, light: Light::Clouds, ..plain },
        _ => return None,
    })
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let scene = arguments.get(1).and_then(|name| named(name));
    let seconds = arguments.get(2).and_then(|seconds| seconds.parse::<usize>().ok());
    let (Some(scene), Some(seconds)) = (scene, seconds) else {
        eprintln!("scene quiet|noise|swings|lamp|dark|clouds|rain|leaves|mast|storm SECONDS [walker]");
        std::process::exit(2);
    };
    // Somebody crosses in each minute, from 30 s to 38 s, in dark clothes and bright ones by turns.
    let walker = |minute: usize| {
        let from = minute as f32 * 60.0 + 30.0;
        Walker {
            from,
            until: from + 8.0,
            height: 60.0,
            shade: if minute.is_multiple_of(2) { 60.0 } else { 190.0 },
            feet: 0.85,
        }
    };
    let walks = arguments.len() > 3;
    let mut out = std::io::stdout().lock();
    for minute in 0..seconds.div_ceil(60) {
        let place = Place::new(Scene { walker: walks.then(|| walker(minute)), ..scene });
        for number in minute * 600..((minute + 1) * 600).min(seconds * 10) {
            out.write_all(&place.picture(number as f32 / 10.0))?;
        }
    }
    Ok(())
}
