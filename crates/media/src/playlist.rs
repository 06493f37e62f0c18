//! A media playlist of HLS (RFC 8216, and draft-pantos-hls-rfc8216bis for `EXT-X-GAP` and byte-exact versions): what a
//! player reads to learn which media segments follow each other, at which time of day, and where nothing is.

use std::fmt::Write;

use candour_units::{TICKS_PER_SECOND, WallRange, WallTime};

/// The longest media segment we make, in seconds: players poll by it.
pub const TARGET_S: u64 = 6;
/// Version 8: the first with `EXT-X-GAP`.
const VERSION: u32 = 8;

/// What follows in a playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A media segment.
    Media {
        /// Where it is, relative to the playlist.
        uri: String,
        /// Where its init segment is.
        map: String,
        /// Ticks of `timescale`.
        duration: u64,
        /// Ticks in a second.
        timescale: u32,
        /// Our clock at its first sample.
        start: WallTime,
        /// Another run: the decoder begins anew.
        new_run: bool,
    },
    /// Nothing is there.
    Gap {
        /// When.
        range: WallRange,
        /// Stable word of the cause.
        cause: String,
        /// The same for people, on one line.
        words: String,
    },
}

/// A playlist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Playlist {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Nothing will be added.
    pub ended: bool,
    /// The whole is there at once (`VOD`); otherwise it grows at its end (`EVENT`).
    pub fixed: bool,
}

impl Playlist {
    /// The text of the playlist.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(256 + 160 * self.entries.len());
        line(&mut out, "#EXTM3U");
        line(&mut out, &format!("#EXT-X-VERSION:{VERSION}"));
        line(&mut out, &format!("#EXT-X-TARGETDURATION:{}", self.target_s()));
        line(&mut out, &format!("#EXT-X-PLAYLIST-TYPE:{}", if self.fixed { "VOD" } else { "EVENT" }));
        line(&mut out, "#EXT-X-MEDIA-SEQUENCE:0");
        let (mut map, mut gaps) = (None, 0);
        for entry in &self.entries {
            match entry {
                Entry::Media { uri, map: wanted, duration, timescale, start, new_run } => {
                    let changes = map.is_some_and(|map| map != wanted);
                    if changes || *new_run {
                        line(&mut out, "#EXT-X-DISCONTINUITY");
                    }
                    if map != Some(wanted) {
                        line(&mut out, &format!("#EXT-X-MAP:URI=\"{wanted}\""));
                        map = Some(wanted);
                    }
                    line(&mut out, &format!("#EXT-X-PROGRAM-DATE-TIME:{start}"));
                    line(&mut out, &format!("#EXTINF:{:.6},", *duration as f64 / f64::from(*timescale)));
                    line(&mut out, uri);
                }
                Entry::Gap { range, cause, words } => {
                    told(&mut out, *range, cause, words);
                    for part in parts(*range) {
                        gaps += 1;
                        line(&mut out, "#EXT-X-GAP");
                        line(&mut out, &format!("#EXT-X-PROGRAM-DATE-TIME:{}", part.start));
                        line(&mut out, &format!("#EXTINF:{:.6},", seconds(part)));
                        line(&mut out, &format!("gap-{gaps}.m4s"));
                    }
                }
            }
        }
        if self.ended {
            line(&mut out, "#EXT-X-ENDLIST");
        }
        out
    }

    /// The whole seconds no media segment exceeds once rounded (4.3.3.1).
    fn target_s(&self) -> u64 {
        let longest = self.entries.iter().map(|entry| match entry {
            Entry::Media { duration, timescale, .. } => (*duration as f64 / f64::from(*timescale)).round() as u64,
            Entry::Gap { .. } => 0,
        });
        longest.max().unwrap_or(0).max(TARGET_S)
    }
}

/// A comment and an `EXT-X-DATERANGE`: players ignore it or show it; people who read the playlist are told why.
fn told(out: &mut String, range: WallRange, cause: &str, words: &str) {
    line(out, &format!("# {}", words.replace(['\r', '\n'], " ")));
    let (id, start, length) = (range.start.ticks(), range.start, seconds(range));
    let cause = cause.replace(['"', '\r', '\n'], " ");
    let tag = format!("#EXT-X-DATERANGE:ID=\"gap-{id}\",CLASS=\"org.candour.gap\",START-DATE=\"{start}\"");
    line(out, &format!("{tag},DURATION={length:.6},X-CAUSE=\"{cause}\""));
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes everything");
}

fn seconds(range: WallRange) -> f64 {
    range.duration().ticks() as f64 / TICKS_PER_SECOND as f64
}

/// A long gap in parts that are no longer than a media segment.
fn parts(range: WallRange) -> impl Iterator<Item = WallRange> {
    let step = TARGET_S as i64 * TICKS_PER_SECOND;
    let starts = (range.start.ticks()..range.end.ticks()).step_by(step as usize);
    starts.map(move |start| WallRange {
        start: WallTime::from_ticks(start),
        end: WallTime::from_ticks(start.saturating_add(step).min(range.end.ticks())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> WallTime {
        WallTime::from_unix_seconds(1_795_461_000 + seconds)
    }

    fn media(uri: &str, map: &str, start: i64, new_run: bool) -> Entry {
        let (uri, map) = (uri.to_owned(), map.to_owned());
        Entry::Media { uri, map, duration: 360_000, timescale: 90_000, start: at(start), new_run }
    }

    #[test]
    fn a_change_of_entry_and_a_gap() {
        let range = WallRange { start: at(8), end: at(16) };
        let gap = Entry::Gap { range, cause: "camera_lost".to_owned(), words: "The camera\nwas lost.".to_owned() };
        let entries = vec![
            media("a.m4s", "i.mp4", 0, false),
            media("b.m4s", "j.mp4", 4, false),
            gap,
            media("c.m4s", "j.mp4", 16, true),
        ];
        let text = Playlist { entries, ended: true, fixed: true }.text();
        assert_eq!(
            text,
            "#EXTM3U\n#EXT-X-VERSION:8\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n\
             #EXT-X-MAP:URI=\"i.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-11-23T19:10:00.000Z\n#EXTINF:4.000000,\na.m4s\n\
             #EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"j.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-11-23T19:10:04.000Z\n#EXTINF:4.000000,\nb.m4s\n\
             # The camera was lost.\n\
             #EXT-X-DATERANGE:ID=\"gap-161591490720000\",CLASS=\"org.candour.gap\",START-DATE=\"2026-11-23T19:10:08.000Z\",DURATION=8.000000,X-CAUSE=\"camera_lost\"\n\
             #EXT-X-GAP\n#EXT-X-PROGRAM-DATE-TIME:2026-11-23T19:10:08.000Z\n#EXTINF:6.000000,\ngap-1.m4s\n\
             #EXT-X-GAP\n#EXT-X-PROGRAM-DATE-TIME:2026-11-23T19:10:14.000Z\n#EXTINF:2.000000,\ngap-2.m4s\n\
             #EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-11-23T19:10:16.000Z\n#EXTINF:4.000000,\nc.m4s\n\
             #EXT-X-ENDLIST\n"
        );
    }

    #[test]
    fn one_that_grows_keeps_its_beginning() {
        let mut playlist = Playlist { entries: vec![media("a.m4s", "i.mp4", 0, false)], ..Playlist::default() };
        let before = playlist.text();
        playlist.entries.push(media("b.m4s", "i.mp4", 4, false));
        let after = playlist.text();
        assert!(after.starts_with(&before) && !after.contains("ENDLIST") && after.contains(":EVENT"), "{after}");
    }
}
