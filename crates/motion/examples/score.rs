//! Scores raw grey pictures from standard input: `score WIDTH HEIGHT PICTURES_PER_SECOND [-v]`. For trying settings on planes that
//! another program made.

use std::io::Read;

use candour_motion::{Detector, Plane, Settings, Story, Zones};
use candour_units::MediaTime;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |at: usize| arguments[at].parse::<f64>().expect("a number");
    let (width, height, rate) = (number(1) as u16, number(2) as u16, number(3));
    let loud = arguments.len() > 4;
    let settings = Settings::default();
    let (mut detector, mut story) = (Detector::new(settings, Zones::default()), Story::new(settings));
    let mut bytes = vec![0; usize::from(width) * usize::from(height)];
    let mut count = 0;
    let mut spent = std::time::Duration::ZERO;
    while std::io::stdin().read_exact(&mut bytes).is_ok() {
        let at = MediaTime::from_ticks((f64::from(count) * 90_000.0 / rate) as i64);
        let begun = std::time::Instant::now();
        let seen = detector.look(at, &Plane::new(width, height, &bytes).expect("a plane")).expect("in order");
        spent += begun.elapsed();
        if loud && (seen.area.is_some() || !matches!(seen.finding, candour_motion::Finding::Still)) {
            println!(
                "{:.2} {:?} {} {} {:?}",
                at.ticks() as f64 / 9e4,
                seen.finding,
                seen.score,
                seen.extent,
                seen.area
            );
        }
        story.push(seen);
        count += 1;
    }
    let report = story.finish();
    for e in &report.events {
        println!(
            "{:.2}-{:.2} score {} extent {} {:?}",
            e.start.ticks() as f64 / 9e4,
            e.end.ticks() as f64 / 9e4,
            e.score,
            e.extent,
            e.area
        );
    }
    for d in &report.doubts {
        println!("doubt {:.2}-{:.2}", d.start.ticks() as f64 / 9e4, d.end.ticks() as f64 / 9e4);
    }
    println!("{count} pictures, {:.3} ms each", spent.as_secs_f64() * 1e3 / f64::from(count.max(1)));
}
