//! The printed recovery: three shares of the master key, any two of which give it back on a new machine.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use candour_durable::Disk;
use candour_keyring::{MasterSource, read_master_file, write_master_file};
use candour_seal::shares::{Share, hex, join, split};
use candour_units::{Clock, Entropy};
use zeroize::Zeroizing;

use crate::config::Config;

const SECONDS_PER_DAY: i64 = 86_400;

/// Prints the three shares, each on a page of its own.
pub fn print(config: &Config, clock: &dyn Clock, entropy: &dyn Entropy, out: &mut impl Write) -> anyhow::Result<()> {
    let key = match &config.master {
        MasterSource::File(path) | MasterSource::Credential(path) => read_master_file(path)?,
        MasterSource::Token(_) => bail!(
            "the master key is in a token and does not leave it, so there is nothing to print; docs/keys.md says how a \
             token is recovered: by the vendor's own backup of it"
        ),
    };
    let today = clock.wall().unix_seconds_floor().div_euclid(SECONDS_PER_DAY);
    let slope = Zeroizing::new(entropy.key());
    for share in split(&key, &slope, u32::try_from(today)?) {
        page(&share, out)?;
    }
    Ok(())
}

fn page(share: &Share, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "CANDOUR RECOVERY SHARE {} OF 3", share.number)?;
    writeln!(out, "Key {}   printed on {}", hex(&share.fingerprint), date(share.day))?;
    writeln!(out, "Any two of the three shares give the master key of this recorder. Keep each with another person.")?;
    writeln!(out, "To recover: candour keys recover, on the new machine, with two of them.\n")?;
    let text = share.to_text();
    let (beginning, letters) = text.split_once(' ').unwrap_or((&text, ""));
    writeln!(out, "{beginning}")?;
    for line in letters.split(' ').collect::<Vec<_>>().chunks(4) {
        writeln!(out, "    {}", Zeroizing::new(line.join("  ")).as_str())?;
    }
    writeln!(out, "\x0c")?;
    Ok(())
}

/// The day as people write it (proleptic Gregorian calendar).
fn date(day: u32) -> String {
    // Counted from 1 March of year 0, so that the leap day is the last of its year.
    let days = i64::from(day) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

/// Writes the master key file from two shares; gives the fingerprint of the key.
pub fn recover(config: &Config, files: &[PathBuf], input: &mut impl BufRead) -> anyhow::Result<String> {
    let MasterSource::File(path) = &config.master else {
        bail!("the configuration does not keep the master key in a file; name one (keys.master) to recover into");
    };
    let texts = match files {
        [] => {
            let mut text = Zeroizing::new(String::new());
            input.read_to_string(&mut text).context("the shares cannot be read")?;
            shares_in(&text)
        }
        [one, other] => [one, other].map(|path| read(path)).into_iter().collect::<Result<Vec<_>, _>>()?,
        _ => bail!("name two files with a share each, or none to type them in; not {}", files.len()),
    };
    let shares = texts
        .iter()
        .zip(["first", "second", "third"])
        .map(|(text, which)| Share::parse(text).with_context(|| format!("the {which} share cannot be used")));
    let shares = shares.collect::<anyhow::Result<Vec<_>>>()?;
    let [one, other] = shares.as_slice() else {
        bail!("two shares are needed, each beginning with candour-share-1; there are {}", shares.len());
    };
    let key = join(one, other)?;
    write_master_file(&Disk::real(), path, &key)?;
    Ok(hex(&one.fingerprint))
}

fn read(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = Zeroizing::new(text);
    let mut shares = shares_in(&text);
    match shares.len() {
        1 => Ok(shares.remove(0)),
        count => bail!("{} holds {count} shares; one is wanted", path.display()),
    }
}

/// The shares in a text: each begins with the name of the format and ends with the paragraph.
fn shares_in(text: &str) -> Vec<Zeroizing<String>> {
    const BEGINNING: &str = "candour-share-1";
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let starts: Vec<_> = lower.match_indices(BEGINNING).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let paragraph = |(start, end): (&usize, usize)| {
        let rest = &text[*start..end];
        let share = rest.split("\n\n").next().unwrap_or(rest);
        Zeroizing::new(share.split('\x0c').next().unwrap_or(share).to_owned())
    };
    starts.iter().zip(ends).map(paragraph).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;
    use candour_units::{SeededEntropy, SimClock, WallTime};

    fn config(data: &Path) -> Config {
        Config::read(None, Overrides { data: Some(data.to_owned()), ..Overrides::default() }).expect("it is right")
    }

    fn printed(data: &Path, seed: u64) -> Vec<String> {
        let clock = SimClock::at(WallTime::from_unix_seconds(1_795_461_000));
        let mut out = Vec::new();
        print(&config(data), &clock, &SeededEntropy::new(seed), &mut out).expect("a key in a file");
        let text = String::from_utf8(out).expect("it is text");
        text.split_terminator("\x0c\n").map(str::to_owned).collect()
    }

    fn machine_with_key(byte: u8) -> tempfile::TempDir {
        let machine = tempfile::tempdir().expect("a temporary directory");
        write_master_file(&Disk::real(), &machine.path().join("keys/master.key"), &Zeroizing::new([byte; 32]))
            .expect("a new key");
        machine
    }

    #[test]
    fn two_printed_pages_give_the_key_on_a_new_machine() {
        let old = machine_with_key(9);
        let pages = printed(old.path(), 1);
        assert_eq!(pages.len(), 3);
        assert!(pages[0].contains("SHARE 1 OF 3") && pages[0].contains("printed on 2026-11-23"), "{}", pages[0]);
        for (one, other) in [(0, 1), (2, 0), (1, 2)] {
            let new = tempfile::tempdir().expect("a temporary directory");
            let typed = format!("{}\n{}", pages[one], pages[other].to_lowercase());
            recover(&config(new.path()), &[], &mut typed.as_bytes()).expect("two of one key");
            assert_eq!(std::fs::read(new.path().join("keys/master.key")).expect("it was written"), [9; 32]);
            let again = recover(&config(new.path()), &[], &mut typed.as_bytes()).expect_err("never over another");
            assert!(again.to_string().contains("there is a master key already"), "{again}");
        }
        let new = tempfile::tempdir().expect("a temporary directory");
        let files = [new.path().join("1"), new.path().join("3")];
        std::fs::write(&files[0], &pages[0]).expect("there is room");
        std::fs::write(&files[1], &pages[2]).expect("there is room");
        recover(&config(new.path()), &files, &mut std::io::empty()).expect("two files");
    }

    #[test]
    fn what_is_wrong_with_the_shares_is_named_and_nothing_is_written() {
        let (one, two) = (machine_with_key(1), machine_with_key(2));
        let (first, second) = (printed(one.path(), 1), printed(two.path(), 2));
        let again = printed(one.path(), 3);
        let mut mistyped = first[1].clone().into_bytes();
        let at = first[1].rfind(|character: char| character.is_ascii_uppercase()).expect("it has letters");
        mistyped[at] = if mistyped[at] == b'A' { b'B' } else { b'A' };
        let mistyped = String::from_utf8(mistyped).expect("it is text");
        for (typed, expected) in [
            (first[0].clone(), "there are 1"),
            (format!("{}\n{}", first[0], first[0]), "both are share 1"),
            (format!("{}\n{}", first[0], second[1]), "do not belong together"),
            (format!("{}\n{}", first[0], again[1]), "printed at different times"),
            (format!("{}\n{mistyped}", first[0]), "mistyped"),
            ("hello".to_owned(), "there are 0"),
        ] {
            let new = tempfile::tempdir().expect("a temporary directory");
            let error = recover(&config(new.path()), &[], &mut typed.as_bytes()).expect_err("it is refused");
            assert!(format!("{error:#}").contains(expected), "{error:#}");
            assert!(!new.path().join("keys").exists());
        }
    }

    #[test]
    fn days_are_dates() {
        assert_eq!([0, 59, 11_016, 20_780].map(date), ["1970-01-01", "1970-03-01", "2000-02-29", "2026-11-23"]);
    }
}
