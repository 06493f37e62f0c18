//! What `benches/motion` measures, without the whole recorder around it.
//!
//! `motion-bench look DECODER CLIP shorten|mark` looks through a clip as `candour motion` does and prints its events as JSON.
//! `motion-bench many DECODER CLIP STREAMS ROUNDS` feeds one decoder program with the same clip as several streams and prints the memory that
//! the program then has.
//! `motion-bench recode DECODER CLIP` has a clip coded anew as H.264 and prints what a picture costs the program.

use std::error::Error;
use std::time::{Duration, Instant};

use candour_decode::clip::{How, Mode, look_through};
use candour_decode::{Decoder, Program, Target, Wanted};
use candour_media::Clip;
use candour_motion::{Settings, Zones};
use candour_units::{Clock, MediaTime, MonoTime, WallTime};

/// Nothing here looks at the date; backing off needs a clock that runs.
struct Running(Instant);

impl Clock for Running {
    fn wall(&self) -> WallTime {
        WallTime::EPOCH
    }
    fn mono(&self) -> MonoTime {
        MonoTime::from_nanos(self.0.elapsed().as_nanos() as i64)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let decoder = |program: &str| {
        let program = Program { strict: false, patience: Duration::from_secs(30), ..Program::at(program.into()) };
        Decoder::new(program, Running(Instant::now()))
    };
    match words.as_slice() {
        ["look", program, clip, mode] => look(&mut decoder(program), clip, mode),
        ["many", program, clip, streams, rounds] => {
            many(&mut decoder(program), clip, streams.parse()?, rounds.parse()?)
        }
        ["recode", program, clip] => recode(&mut decoder(program), clip),
        _ => Err("look DECODER CLIP shorten|mark, many DECODER CLIP STREAMS ROUNDS, or recode DECODER CLIP".into()),
    }
}

fn look(decoder: &mut Decoder<Running>, clip: &str, mode: &str) -> Result<(), Box<dyn Error>> {
    let mode = if mode == "mark" { Mode::Mark } else { Mode::Shorten };
    let how = How { mode, settings: Settings::default(), zones: Zones::default() };
    let found = look_through(&std::fs::read(clip)?.into(), &how, decoder)?;
    let seconds = |time: MediaTime| (time.ticks() - found.first.ticks()) as f64 / 90_000.0;
    let events = found.report.events.iter();
    let lines = events.map(|e| format!("{{\"start_s\": {:.3}, \"end_s\": {:.3}}}", seconds(e.start), seconds(e.end)));
    eprintln!("{} of {} access units were decoded", found.decoded, found.units);
    println!("[{}]", lines.collect::<Vec<_>>().join(", "));
    Ok(())
}

fn many(decoder: &mut Decoder<Running>, clip: &str, streams: u16, rounds: i64) -> Result<(), Box<dyn Error>> {
    let file = std::fs::read(clip)?;
    let clip = Clip::read(&file)?;
    for stream in 0..streams {
        decoder.open_track(stream, &clip.entry, Wanted::default())?;
    }
    let length = clip.samples.iter().map(|sample| sample.pts.ticks()).max().unwrap_or(0) + 9_000;
    let mut pictures = 0;
    for round in 0..rounds {
        for sample in &clip.samples {
            let pts = MediaTime::from_ticks(sample.pts.ticks() + round * length);
            for stream in 0..streams {
                pictures += decoder.feed_sample(stream, pts, sample.sync, sample.data(&file))?.pictures.len();
            }
        }
    }
    let process = decoder.process().ok_or("the decoder is gone")?;
    let memory = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let pss_kb: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("Pss:")?.split_whitespace().next()?.parse().ok())
        .ok_or("the kernel does not tell the memory")?;
    println!("{{\"pss_bytes\": {}, \"pictures\": {pictures}}}", pss_kb * 1024);
    Ok(())
}

fn recode(decoder: &mut Decoder<Running>, clip: &str) -> Result<(), Box<dyn Error>> {
    let file = std::fs::read(clip)?;
    let clip = Clip::read(&file)?;
    decoder.start()?;
    let process = decoder.process().ok_or("the decoder is gone")?;
    decoder.open_recoded(0, &clip.entry, Target::default())?;
    let before = cpu_ms(process)?;
    let (mut pictures, mut bytes) = (0usize, 0usize);
    for sample in &clip.samples {
        let fed = decoder.feed_sample(0, sample.pts, sample.sync, sample.data(&file))?;
        pictures += fed.recoded.len();
        bytes += fed.recoded.iter().map(|unit| unit.data.len()).sum::<usize>();
    }
    let spent = cpu_ms(process)? - before;
    let (each, size) = (spent / clip.samples.len() as f64, bytes / pictures.max(1));
    println!(
        "{{\"ms_per_picture\": {each:.2}, \"given\": {}, \"coded\": {pictures}, \"bytes_per_picture\": {size}}}",
        clip.samples.len()
    );
    Ok(())
}

/// Processor time of a process so far: user and system, in milliseconds; the kernel counts in hundredths of a second (proc(5)).
fn cpu_ms(process: u32) -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit_once(')').ok_or("no process")?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).ok_or("no time of a process");
    Ok((ticks(11)? + ticks(12)?) * 10.0)
}
