//! Looks that stand out: out of hours, many at once, refused again and again. A rule about numbers and times, never about what somebody
//! is; what it finds is for the auditors to ask about, and proves nothing. Staff are told that it runs.

use std::collections::BTreeMap;

use candour_units::{WallDuration, WallTime};

use crate::vocabulary::Weekday;
use crate::zone::{TimeOfDay, Zone};

/// What counts as standing out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnomalyRules {
    /// When the working day begins, by the site's clock.
    pub opens: TimeOfDay,
    /// When it ends.
    pub closes: TimeOfDay,
    /// Recorded footage opened within [`Self::bulk_within`]: so many camera-seconds or more are many.
    pub bulk_footage: WallDuration,
    /// Cameras whose recorded footage was opened within [`Self::bulk_within`]: so many or more are many.
    pub bulk_cameras: usize,
    /// The stretch of time that both are counted in.
    pub bulk_within: WallDuration,
    /// Refusals within [`Self::refused_within`]: so many or more are a series.
    pub refused: usize,
    /// The stretch of time that they are counted in.
    pub refused_within: WallDuration,
}

/// Looks out of hours that lie no further apart are told together.
const JOINT: WallDuration = WallDuration::from_seconds(3600);

impl Default for AnomalyRules {
    /// Monday to Friday, 07:00 to 19:00; four camera-hours or twelve cameras within an hour; five refusals within ten minutes.
    fn default() -> Self {
        let at = |hour: u16| TimeOfDay::from_minutes(hour * 60).unwrap_or(TimeOfDay::START);
        Self {
            opens: at(7),
            closes: at(19),
            bulk_footage: WallDuration::from_seconds(4 * 3600),
            bulk_cameras: 12,
            bulk_within: WallDuration::from_seconds(3600),
            refused: 5,
            refused_within: WallDuration::from_seconds(600),
        }
    }
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Opened recorded footage, or took it away as a file.
    Recorded {
        /// Of which cameras, by any name that tells them apart.
        cameras: Vec<String>,
        /// How much of each.
        footage: WallDuration,
    },
    /// Watched live: a duty, at any hour and of any number of cameras.
    Live,
    /// Was refused something.
    Refused,
}

/// One entry of the log, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookAct {
    /// Position in the log.
    pub entry: u64,
    /// When.
    pub at: WallTime,
    /// Who: a person, or an address where nobody was signed in. Acts of one are judged together.
    pub by: String,
    /// What.
    pub looked: Looked,
}

/// What stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnomalyKind {
    /// Recorded footage was opened outside the working day.
    OutOfHours,
    /// Much recorded footage, or that of many cameras, in a short time.
    Bulk,
    /// Refusals in series.
    Refusals,
}

impl AnomalyKind {
    /// The stable word in the interface.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OutOfHours => "out_of_hours",
            Self::Bulk => "bulk",
            Self::Refusals => "refusals",
        }
    }
}

/// Acts that stand out together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// Why.
    pub kind: AnomalyKind,
    /// Whose acts.
    pub by: String,
    /// When the first was.
    pub first: WallTime,
    /// When the last was.
    pub last: WallTime,
    /// Their positions in the log, oldest first.
    pub entries: Vec<u64>,
    /// What was counted, in words.
    pub words: String,
}

/// Everything that stands out in `acts`, newest first. The acts may be in any order.
#[must_use]
pub fn anomalies(acts: &[LookAct], rules: &AnomalyRules, zone: &Zone) -> Vec<Anomaly> {
    let mut by_whom: BTreeMap<&str, Vec<&LookAct>> = BTreeMap::new();
    for act in acts {
        by_whom.entry(&act.by).or_default().push(act);
    }
    let mut found = Vec::new();
    for mut acts in by_whom.into_values() {
        acts.sort_by_key(|act| (act.at, act.entry));
        let of = |wanted: &dyn Fn(&LookAct) -> bool| acts.iter().copied().filter(|act| wanted(act)).collect::<Vec<_>>();
        let recorded = |act: &LookAct| matches!(act.looked, Looked::Recorded { .. });
        let late = of(&|act| recorded(act) && !is_in_hours(act.at, rules, zone));
        found.extend(stretches(&late, JOINT, |_| true).map(|acts| told(AnomalyKind::OutOfHours, acts, zone)));
        let bulk = of(&recorded);
        found.extend(
            stretches(&bulk, rules.bulk_within, |acts| is_much(acts, rules))
                .map(|acts| told(AnomalyKind::Bulk, acts, zone)),
        );
        let refused = of(&|act| act.looked == Looked::Refused);
        found.extend(
            stretches(&refused, rules.refused_within, |acts| acts.len() >= rules.refused)
                .map(|acts| told(AnomalyKind::Refusals, acts, zone)),
        );
    }
    found.sort_by_key(|one| (std::cmp::Reverse(one.last), one.kind));
    found
}

/// Whether a moment lies in the working day. Bank holidays count as working days, as in the review of broken glass.
fn is_in_hours(at: WallTime, rules: &AnomalyRules, zone: &Zone) -> bool {
    let day = zone.date_of(at);
    let works = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    works && zone.moment(day, rules.opens) <= at && at < zone.moment(day, rules.closes)
}

fn is_much(acts: &[&LookAct], rules: &AnomalyRules) -> bool {
    let (cameras, footage) = amount(acts);
    footage >= rules.bulk_footage || cameras >= rules.bulk_cameras
}

/// Cameras, and camera-time, of looks at recorded footage.
fn amount(acts: &[&LookAct]) -> (usize, WallDuration) {
    let (mut seen, mut footage) = (std::collections::BTreeSet::new(), WallDuration::ZERO);
    for act in acts {
        if let Looked::Recorded { cameras, footage: each } = &act.looked {
            seen.extend(cameras);
            let many = i64::try_from(cameras.len()).unwrap_or(i64::MAX);
            footage = WallDuration::from_ticks(footage.ticks().saturating_add(each.ticks().saturating_mul(many)));
        }
    }
    (seen.len(), footage)
}

/// Runs of acts in which every stretch of `within` that ends with an act of the run is enough; what overlaps is one run. `acts` in order
/// of time.
fn stretches<'a, 'b>(
    acts: &'b [&'a LookAct],
    within: WallDuration,
    is_enough: impl Fn(&[&'a LookAct]) -> bool,
) -> impl Iterator<Item = &'b [&'a LookAct]> {
    let (mut runs, mut start): (Vec<(usize, usize)>, usize) = (Vec::new(), 0);
    for end in 0..acts.len() {
        while acts[end].at - acts[start].at > within {
            start += 1;
        }
        if !is_enough(&acts[start..=end]) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if start <= run.1 => run.1 = end,
            _ => runs.push((start, end)),
        }
    }
    runs.into_iter().map(|(start, end)| &acts[start..=end])
}

fn told(kind: AnomalyKind, acts: &[&LookAct], zone: &Zone) -> Anomaly {
    let (first, last) = (acts[0].at, acts[acts.len() - 1].at);
    let (cameras, footage) = amount(acts);
    let words = match kind {
        AnomalyKind::OutOfHours => {
            format!("recorded footage was opened outside the working day, {}", times(acts.len()))
        }
        AnomalyKind::Bulk => format!(
            "{} of recorded footage of {} opened in a short time",
            hours(footage),
            if cameras == 1 { "one camera was".to_owned() } else { format!("{cameras} cameras were") },
        ),
        AnomalyKind::Refusals => format!("something was refused {}", times(acts.len())),
    };
    let words = format!("{words}; from {} on", zone.spoken(first));
    Anomaly { kind, by: acts[0].by.clone(), first, last, entries: acts.iter().map(|act| act.entry).collect(), words }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Hours and minutes, rounded down.
fn hours(length: WallDuration) -> String {
    let minutes = length.seconds_floor() / 60;
    if minutes < 60 { format!("{minutes} min") } else { format!("{} h {} min", minutes / 60, minutes % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-23, a Monday, 00:00 in London.
    const MONDAY: i64 = 1_795_392_000;

    fn zone() -> Zone {
        Zone::named("Europe/London").expect("compiled in")
    }

    fn act(entry: u64, minutes: i64, looked: Looked) -> LookAct {
        LookAct { entry, at: WallTime::from_unix_seconds(MONDAY + minutes * 60), by: "ada".into(), looked }
    }

    fn recorded(entry: u64, minutes: i64, cameras: usize, footage_s: i64) -> LookAct {
        let cameras = (0..cameras).map(|camera| format!("camera {camera} {entry}")).collect();
        act(entry, minutes, Looked::Recorded { cameras, footage: WallDuration::from_seconds(footage_s) })
    }

    #[track_caller]
    fn check(acts: &[LookAct], expected: &[(AnomalyKind, &[u64])]) {
        let found = anomalies(acts, &AnomalyRules::default(), &zone());
        let found: Vec<_> = found.iter().map(|one| (one.kind, one.entries.as_slice())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn hours_are_those_of_the_site() {
        use AnomalyKind::OutOfHours;
        check(&[recorded(1, 7 * 60, 1, 60), recorded(2, 19 * 60 - 1, 1, 60)], &[]);
        check(&[recorded(1, 7 * 60 - 1, 1, 60)], &[(OutOfHours, &[1])]);
        check(&[recorded(1, 19 * 60, 1, 60)], &[(OutOfHours, &[1])]);
        check(&[recorded(1, 5 * 1440 + 12 * 60, 1, 60)], &[(OutOfHours, &[1])]); // Saturday noon
        check(&[act(1, 60, Looked::Live)], &[]); // a wall is watched at night
        // An hour apart is one, more is two; the newest first.
        let night = [recorded(1, 60, 1, 60), recorded(2, 120, 1, 60), recorded(3, 181, 1, 60)];
        check(&night, &[(OutOfHours, &[3]), (OutOfHours, &[1, 2])]);
    }

    #[test]
    fn much_in_a_short_time() {
        use AnomalyKind::Bulk;
        let noon = 12 * 60;
        check(&[recorded(1, noon, 3, 3600)], &[]);
        check(&[recorded(1, noon, 4, 3600)], &[(Bulk, &[1])]);
        check(&[recorded(1, noon, 12, 1)], &[(Bulk, &[1])]);
        check(&[recorded(1, noon, 2, 3600), recorded(2, noon + 60, 2, 3600)], &[(Bulk, &[1, 2])]);
        check(&[recorded(1, noon, 2, 3600), recorded(2, noon + 61, 2, 3600)], &[]);
    }

    #[test]
    fn refusals_in_series() {
        let at = |minutes: &[i64]| -> Vec<LookAct> {
            (1..).zip(minutes).map(|(entry, minute)| act(entry, *minute, Looked::Refused)).collect()
        };
        check(&at(&[0, 1, 2, 3]), &[]);
        check(&at(&[0, 1, 2, 3, 10]), &[(AnomalyKind::Refusals, &[1, 2, 3, 4, 5])]);
        check(&at(&[0, 1, 2, 3, 11]), &[]);
        let mut two = at(&[0, 1, 2, 3, 4]);
        two[2].by = "10.0.0.9".into();
        check(&two, &[]);
    }

    #[test]
    fn it_is_told_in_words() {
        let found = anomalies(&[recorded(1, 20 * 60, 4, 3600)], &AnomalyRules::default(), &zone());
        let words: Vec<_> = found.iter().map(|one| one.words.as_str()).collect();
        assert!(words[0].starts_with("recorded footage was opened outside the working day, once; from "), "{words:?}");
        assert!(
            words[1].starts_with("4 h 0 min of recorded footage of 4 cameras were opened in a short time"),
            "{words:?}"
        );
    }

    proptest! {
        /// Whatever the order, the same stands out; and every act out of hours is told exactly once.
        #[test]
        fn order_does_not_matter(
            minutes in proptest::collection::vec((0_i64..20_000, 0_usize..3), 0..40),
            seed in any::<u64>(),
        ) {
            let kinds = [Looked::Live, Looked::Refused, Looked::Recorded { cameras: vec!["a".into()], footage: JOINT }];
            let acts: Vec<_> =
                (0..).zip(&minutes).map(|(entry, (minute, kind))| act(entry, *minute, kinds[*kind].clone())).collect();
            let found = anomalies(&acts, &AnomalyRules::default(), &zone());
            let mut turned = acts.clone();
            if !turned.is_empty() {
                let by = (seed % turned.len() as u64) as usize;
                turned.rotate_left(by);
                turned.reverse();
            }
            prop_assert_eq!(&anomalies(&turned, &AnomalyRules::default(), &zone()), &found);
            let late = acts.iter().filter(|act| {
                matches!(act.looked, Looked::Recorded { .. }) && !is_in_hours(act.at, &AnomalyRules::default(), &zone())
            });
            let told = found.iter().filter(|one| one.kind == AnomalyKind::OutOfHours).flat_map(|one| &one.entries);
            prop_assert_eq!(told.count(), late.count());
        }
    }
}
