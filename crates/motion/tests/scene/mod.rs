//! Made-up scenes with known truth: a place of a building, a path and a hedge, and on request weather, light, a swaying mast and
//! somebody who walks by. Every value follows from the seed and the time.

/// What happens in a scene. Times are seconds, lengths are pixels of the picture, brightness is 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scene {
    pub width: usize,
    pub height: usize,
    pub seed: u64,
    /// Standard deviation of the sensor's noise.
    pub noise: f32,
    /// How far leaves of the hedge swing at most; gusts come every twenty seconds.
    pub leaves: f32,
    /// Streaks of rain in each picture.
    pub rain: usize,
    /// How far the mast swings.
    pub mast: f32,
    /// What the light does.
    pub light: Light,
    /// Somebody who walks by.
    pub walker: Option<Walker>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Light {
    Steady,
    /// Gain and offset swing with a period of eight seconds, by so much of 1 and so many levels.
    Swings {
        gain: f32,
        offset: f32,
    },
    /// A lamp that goes on and off every ten seconds: bright near it, and the exposure answers within a second.
    Lamp,
    /// Night, and a lamp that goes on at ten seconds for ten seconds: nothing can be seen without it.
    FromDark,
    /// Shadows of clouds pass slowly.
    Clouds,
}

/// Somebody of that height crosses from left to right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Walker {
    pub from: f32,
    pub until: f32,
    pub height: f32,
    /// Brightness of the clothes.
    pub shade: f32,
    /// Where the feet are, as a share of the picture's height.
    pub feet: f32,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            width: 640,
            height: 360,
            seed: 1,
            noise: 1.5,
            leaves: 0.0,
            rain: 0,
            mast: 0.0,
            light: Light::Steady,
            walker: None,
        }
    }
}

/// Numbers that look random: SplitMix64.
#[derive(Debug, Clone)]
pub struct Numbers(pub u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1.
    pub fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.share()
    }

    /// About normal, deviation 1: the sum of four uniform ones.
    fn bell(&mut self) -> f32 {
        let bits = self.next();
        let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
        (sum as f32 / 65_536.0 - 2.0) * 1.732
    }
}

fn lattice(seed: u64, x: i64, y: i64) -> f32 {
    Numbers(seed ^ (x as u64).wrapping_mul(0x5851_f42d) ^ (y as u64).wrapping_mul(0x1405_7b7e_f767)).share()
}

/// Smooth noise from 0 to 1 with that distance between its points.
fn cloudy(seed: u64, x: f32, y: f32, size: f32) -> f32 {
    let (x, y) = (x / size, y / size);
    let (left, top) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (across, down) = (ease(x - left), ease(y - top));
    let at = |dx: i64, dy: i64| lattice(seed, left as i64 + dx, top as i64 + dy);
    let row = |dy: i64| at(0, dy) + (at(1, dy) - at(0, dy)) * across;
    row(0) + (row(1) - row(0)) * down
}

struct Leaf {
    x: f32,
    y: f32,
    size: f32,
    shade: f32,
    phase: f32,
    speed: f32,
}

/// A scene that can be drawn at any time.
pub struct Place {
    scene: Scene,
    still: Vec<f32>,
    leaves: Vec<Leaf>,
}

impl Place {
    pub fn new(scene: Scene) -> Self {
        let mut numbers = Numbers(scene.seed);
        let (width, height) = (scene.width as f32, scene.height as f32);
        let leaves = (0..if scene.leaves > 0.0 { 900 } else { 0 }).map(|_| Leaf {
            x: numbers.between(0.0, 0.32) * width,
            y: numbers.between(0.1, 0.75) * height,
            size: numbers.between(0.004, 0.012) * width,
            shade: numbers.between(25.0, 150.0),
            phase: numbers.between(0.0, std::f32::consts::TAU),
            speed: numbers.between(3.0, 8.0),
        });
        let leaves = leaves.collect();
        Self { scene, still: still(&scene), leaves }
    }

    /// The picture at `time` seconds, one byte a pixel.
    pub fn picture(&self, time: f32) -> Vec<u8> {
        let scene = &self.scene;
        let mut numbers = Numbers(scene.seed ^ ((time * 1000.0) as u64).wrapping_mul(0xd134_2543_de82_ef95));
        let mut canvas = self.still.clone();
        self.draw_leaves(&mut canvas, time);
        if let Some(walker) = scene.walker {
            self.draw_walker(&mut canvas, walker, time);
        }
        if scene.mast > 0.0 {
            canvas = self.swung(&canvas, time);
        }
        self.light_up(&mut canvas, time);
        for _ in 0..scene.rain {
            self.draw_streak(&mut canvas, &mut numbers);
        }
        canvas.iter().map(|level| (level + scene.noise * numbers.bell()).clamp(0.0, 255.0) as u8).collect()
    }

    fn draw_leaves(&self, canvas: &mut [f32], time: f32) {
        let gust = self.scene.leaves * (0.35 + 0.65 * (time * 0.314).sin().max(0.0));
        for leaf in &self.leaves {
            let swing =
                gust * (0.6 * (time * leaf.speed + leaf.phase).sin() + 0.6 * (time * 1.3 + leaf.y * 0.01).sin());
            self.ellipse(canvas, (leaf.x + swing, leaf.y + swing * 0.4), (leaf.size, leaf.size * 0.6), leaf.shade);
        }
    }

    fn draw_walker(&self, canvas: &mut [f32], walker: Walker, time: f32) {
        if !(walker.from..=walker.until).contains(&time) {
            return;
        }
        let way = (time - walker.from) / (walker.until - walker.from);
        let (width, height) = (self.scene.width as f32, self.scene.height as f32);
        let size = walker.height;
        let x = -size * 0.3 + way * (width + size * 0.6);
        let feet = walker.feet * height;
        let step = (time * 9.0).sin() * size * 0.12;
        for leg in [step, -step] {
            self.ellipse(canvas, (x + leg, feet - size * 0.22), (size * 0.07, size * 0.25), walker.shade * 0.7);
        }
        self.ellipse(canvas, (x, feet - size * 0.62), (size * 0.16, size * 0.26), walker.shade);
        self.ellipse(canvas, (x, feet - size * 0.93), (size * 0.07, size * 0.09), 150.0);
    }

    fn ellipse(&self, canvas: &mut [f32], (x, y): (f32, f32), (half_width, half_height): (f32, f32), shade: f32) {
        let rows =
            (y - half_height).max(0.0) as usize..((y + half_height).max(0.0) as usize + 1).min(self.scene.height);
        for row in rows {
            let columns =
                (x - half_width).max(0.0) as usize..((x + half_width).max(0.0) as usize + 1).min(self.scene.width);
            for column in columns {
                let (dx, dy) = ((column as f32 - x) / half_width, (row as f32 - y) / half_height);
                let inside = ((1.0 - (dx * dx + dy * dy).sqrt()) * half_width + 0.5).clamp(0.0, 1.0);
                let pixel = &mut canvas[row * self.scene.width + column];
                *pixel += (shade - *pixel) * inside;
            }
        }
    }

    fn draw_streak(&self, canvas: &mut [f32], numbers: &mut Numbers) {
        let (width, height) = (self.scene.width as f32, self.scene.height as f32);
        let near = numbers.share();
        let (x, y) = (numbers.between(0.0, width), numbers.between(-0.1, 1.0) * height);
        let length = (10.0 + 40.0 * near) as usize;
        let (slant, weight) = (0.15, 0.10 + 0.25 * near);
        for along in 0..length {
            let (column, row) = ((x + along as f32 * slant) as usize, y + along as f32);
            if row >= 0.0 && (row as usize) < self.scene.height && column < self.scene.width {
                let pixel = &mut canvas[row as usize * self.scene.width + column];
                *pixel += (215.0 - *pixel) * weight;
            }
        }
    }

    fn swung(&self, canvas: &[f32], time: f32) -> Vec<f32> {
        let (width, height) = (self.scene.width, self.scene.height);
        let (right, down) = (self.scene.mast * (time * 1.9).sin(), self.scene.mast * 0.5 * (time * 2.7 + 1.0).sin());
        let at = |x: isize, y: isize| {
            canvas[y.clamp(0, height as isize - 1) as usize * width + x.clamp(0, width as isize - 1) as usize]
        };
        let (left, top) = (right.floor(), down.floor());
        let (across, below) = (right - left, down - top);
        let pixels = (0..height as isize).flat_map(|y| (0..width as isize).map(move |x| (x, y)));
        pixels
            .map(|(x, y)| {
                let (x, y) = (x + left as isize, y + top as isize);
                let row = |y: isize| at(x, y) + (at(x + 1, y) - at(x, y)) * across;
                row(y) + (row(y + 1) - row(y)) * below
            })
            .collect()
    }

    fn light_up(&self, canvas: &mut [f32], time: f32) {
        let width = self.scene.width;
        match self.scene.light {
            Light::Steady => {}
            Light::Swings { gain, offset } => {
                let swing = (time * std::f32::consts::TAU / 8.0).sin();
                canvas.iter_mut().for_each(|level| *level = *level * (1.0 + gain * swing) + offset * swing);
            }
            Light::Lamp => {
                let (phase, on) = (time % 10.0, (time / 10.0) as u32 % 2 == 1);
                let answer = (phase / 1.0).min(1.0);
                let exposure = if on { 1.0 - 0.2 * answer } else { 0.8 + 0.2 * answer };
                let exposure = if time < 10.0 { 1.0 } else { exposure };
                for (at, level) in canvas.iter_mut().enumerate() {
                    let (dx, dy) = ((at % width) as f32 / width as f32 - 0.6, (at / width) as f32 / width as f32 - 0.2);
                    let lamp = if on { 0.9 / (1.0 + 14.0 * (dx * dx + dy * dy)) } else { 0.0 };
                    *level *= exposure * (1.0 + lamp);
                }
            }
            Light::FromDark => {
                let on = (10.0..20.0).contains(&time);
                canvas.iter_mut().for_each(|level| *level *= if on { 0.9 } else { 0.03 });
            }
            Light::Clouds => {
                for (at, level) in canvas.iter_mut().enumerate() {
                    let (x, y) = ((at % width) as f32 + time * 12.0, (at / width) as f32);
                    *level *= 0.75 + 0.5 * cloudy(77, x, y, 0.6 * width as f32);
                }
            }
        }
    }
}

/// What does not move: a wall with windows, a path, grass.
fn still(scene: &Scene) -> Vec<f32> {
    let (width, height) = (scene.width as f32, scene.height as f32);
    let pixels = (0..scene.height).flat_map(|y| (0..scene.width).map(move |x| (x as f32, y as f32)));
    pixels
        .map(|(x, y)| {
            let (right, down) = (x / width, y / height);
            let grain = cloudy(scene.seed, x, y, 3.0) * 14.0 + cloudy(scene.seed + 1, x, y, 23.0) * 22.0;
            let window = (right * 14.0).fract() < 0.55 && (down * 9.0).fract() < 0.6;
            match () {
                () if down < 0.42 && window => 55.0 + grain * 0.4,
                () if down < 0.42 => 140.0 + grain,
                () if down < 0.62 => 95.0 + grain * 1.6,
                () => 112.0 + grain * 0.7 + down * 20.0,
            }
        })
        .collect()
}
