//! When a camera records: rules by day of the week and time of day, exceptions by date, and what holds otherwise. Every
//! moment has exactly one answer, and each answer says until when it holds.

use candour_units::{WallDuration, WallTime};

use crate::vocabulary::Weekday;
use crate::zone::{LocalDate, TimeOfDay, Zone};

const DAY_MINUTES: u16 = 24 * 60;
const WEEK_MINUTES: u32 = 7 * 24 * 60;

/// How a camera records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Not at all.
    Off,
    /// All the time.
    Continuous,
    /// While something moves.
    OnMotion {
        /// From this long before the motion.
        pre_roll: WallDuration,
        /// To this long after it.
        post_roll: WallDuration,
    },
}

impl Mode {
    /// Its word in the file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Continuous => "continuous",
            Self::OnMotion { .. } => "on_motion",
        }
    }
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Days(u8);

impl Days {
    /// All seven.
    pub const EVERY_DAY: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WEEKDAYS: Self = Self(0b001_1111);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0b110_0000);

    /// These and that one.
    #[must_use]
    pub const fn with(self, day: Weekday) -> Self {
        Self(self.0 | 1 << day.number())
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether that one is among them.
    #[must_use]
    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & 1 << day.number() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Them, Monday first.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::ALL.into_iter().filter(move |day| self.contains(*day))
    }
}

/// A rule for days of the week. One that ends at or before the time it begins runs past midnight into the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeeklyRule {
    /// The days on which it begins.
    pub days: Days,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends; not itself inside.
    pub to: TimeOfDay,
    /// How cameras record inside.
    pub mode: Mode,
}

/// A rule for dates. On its dates, from midnight to midnight, only the exceptions count; what they leave free is as `otherwise`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The dates.
    pub dates: Vec<LocalDate>,
    /// Why these days are different.
    pub reason: String,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends, on the same day.
    pub to: TimeOfDay,
    /// How cameras record inside.
    pub mode: Mode,
}

/// When a camera records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// How cameras record where no rule holds.
    pub otherwise: Mode,
    /// By day of the week.
    pub rules: Vec<WeeklyRule>,
    /// By date.
    pub exceptions: Vec<Exception>,
}

/// The part of a schedule that an answer comes from. Entries are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// What holds where no rule does.
    Otherwise,
    /// A rule by day of the week.
    Rule(usize),
    /// A rule by date.
    Exception(usize),
}

/// The answer of a schedule for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// How cameras record.
    pub mode: Mode,
    /// By which part.
    pub part: Part,
    /// The first moment at which another part answers; `None`: never.
    pub until: Option<WallTime>,
}

/// A stretch of one day that one part answers for, in minutes of its clock.
type Stretch = (u16, u16, Part);

impl Schedule {
    /// One mode, always.
    #[must_use]
    pub const fn constant(mode: Mode) -> Self {
        Self { otherwise: mode, rules: Vec::new(), exceptions: Vec::new() }
    }

    /// How cameras record by that part.
    #[must_use]
    pub fn mode_of(&self, part: Part) -> Mode {
        match part {
            Part::Otherwise => self.otherwise,
            Part::Rule(index) => self.rules.get(index).map_or(self.otherwise, |rule| rule.mode),
            Part::Exception(index) => self.exceptions.get(index).map_or(self.otherwise, |rule| rule.mode),
        }
    }

    /// Everything that can answer.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let rules = (0..self.rules.len()).map(Part::Rule);
        rules.chain((0..self.exceptions.len()).map(Part::Exception)).chain([Part::Otherwise])
    }

    /// Every mode it can answer with.
    pub fn modes(&self) -> impl Iterator<Item = Mode> {
        self.parts().map(|part| self.mode_of(part))
    }

    /// The answer for that moment.
    #[must_use]
    pub fn at(&self, zone: &Zone, moment: WallTime) -> Slot {
        let today = zone.date_of(moment);
        let mut part = Part::Otherwise;
        for date in self.days_that_differ(today) {
            for (from, to, next) in self.stretches(date) {
                let [begins, ends] = [from, to]
                    .map(|minutes| zone.moment(date, TimeOfDay::from_minutes(minutes).unwrap_or(TimeOfDay::END)));
                // A stretch within the hour that is left out in spring does not happen.
                if begins == ends {
                    continue;
                }
                if begins <= moment {
                    part = next;
                } else if next != part {
                    return Slot { mode: self.mode_of(part), part, until: Some(begins) };
                }
            }
        }
        Slot { mode: self.mode_of(part), part, until: None }
    }

    /// Today, the week after it, and every date with an exception, with the day after it: where nothing changes within a whole
    /// week, nothing changes until an exception does it.
    fn days_that_differ(&self, today: LocalDate) -> Vec<LocalDate> {
        let dates = self.exceptions.iter().flat_map(|exception| &exception.dates);
        let around = dates.filter(|date| **date >= today).flat_map(|date| [*date, date.plus_days(1)]);
        let mut days: Vec<_> = (0..=8).map(|days| today.plus_days(days)).chain(around).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The whole of a day, in order: each minute of its clock lies in exactly one stretch.
    fn stretches(&self, date: LocalDate) -> Vec<Stretch> {
        let mut found = self.exceptions_on(date).unwrap_or_else(|| self.weekly_on(date.weekday()));
        found.retain(|(from, to, _)| from < to);
        found.sort_unstable_by_key(|(from, to, _)| (*from, *to));
        let mut whole = Vec::with_capacity(found.len() * 2 + 1);
        let mut reached = 0;
        for (from, to, part) in found {
            if from > reached {
                whole.push((reached, from, Part::Otherwise));
            }
            // A schedule that was read has no overlap; should there be one all the same, the earlier rule keeps its minutes.
            if to > reached {
                whole.push((from.max(reached), to, part));
                reached = to;
            }
        }
        if reached < DAY_MINUTES {
            whole.push((reached, DAY_MINUTES, Part::Otherwise));
        }
        whole
    }

    fn exceptions_on(&self, date: LocalDate) -> Option<Vec<Stretch>> {
        let on: Vec<_> = self
            .exceptions
            .iter()
            .enumerate()
            .filter(|(_, exception)| exception.dates.contains(&date))
            .map(|(index, rule)| (rule.from.minutes(), rule.to.minutes(), Part::Exception(index)))
            .collect();
        if on.is_empty() { None } else { Some(on) }
    }

    fn weekly_on(&self, day: Weekday) -> Vec<Stretch> {
        let day_before = Weekday::ALL[usize::from(day.number() + 6) % 7];
        let mut found = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let (from, to, part) = (rule.from.minutes(), rule.to.minutes(), Part::Rule(index));
            let past_midnight = to <= from;
            if rule.days.contains(day) {
                found.push((from, if past_midnight { DAY_MINUTES } else { to }, part));
            }
            if past_midnight && rule.days.contains(day_before) {
                found.push((0, to, part));
            }
        }
        found
    }

    /// Two rules that both claim the same minute of a week, or two exceptions that claim the same minute of a date.
    #[must_use]
    pub fn overlap(&self) -> Option<Overlap> {
        self.weekly_overlap().or_else(|| self.dated_overlap())
    }

    fn weekly_overlap(&self) -> Option<Overlap> {
        let mut claims: Vec<(Weekday, u16, u16, usize)> = Vec::new();
        for day in Weekday::ALL {
            for (from, to, part) in self.weekly_on(day) {
                if let (Part::Rule(index), true) = (part, from < to) {
                    claims.push((day, from, to, index));
                }
            }
        }
        claims.sort_unstable();
        claims.windows(2).find_map(|pair| {
            let ((day, _, to, first), (next_day, from, _, second)) = (pair[0], pair[1]);
            let when = TimeOfDay::from_minutes(from)?;
            (day == next_day && from < to).then_some(Overlap {
                first: Part::Rule(first),
                second: Part::Rule(second),
                day: On::Weekday(day),
                when,
            })
        })
    }

    fn dated_overlap(&self) -> Option<Overlap> {
        let mut claims: Vec<(LocalDate, TimeOfDay, TimeOfDay, usize)> = Vec::new();
        for (index, rule) in self.exceptions.iter().enumerate() {
            claims.extend(rule.dates.iter().map(|date| (*date, rule.from, rule.to, index)));
        }
        claims.sort_unstable();
        claims.windows(2).find_map(|pair| {
            let ((date, _, to, first), (next_date, when, _, second)) = (pair[0], pair[1]);
            let parts = (Part::Exception(first), Part::Exception(second));
            (date == next_date && when < to).then_some(Overlap {
                first: parts.0,
                second: parts.1,
                day: On::Date(date),
                when,
            })
        })
    }

    /// Minutes of an ordinary week, without exceptions, in which a camera records or waits for motion.
    #[must_use]
    pub fn minutes_in_a_week(&self) -> u32 {
        let mut minutes = 0;
        for day in Weekday::ALL {
            let mut reached = 0;
            let mut found = self.weekly_on(day);
            found.sort_unstable_by_key(|(from, to, _)| (*from, *to));
            for (from, to, part) in found {
                let (from, to) = (from.max(reached), to.max(reached));
                minutes += self.counted(Part::Otherwise, reached, from) + self.counted(part, from, to);
                reached = to;
            }
            minutes += self.counted(Part::Otherwise, reached, DAY_MINUTES);
        }
        minutes.min(WEEK_MINUTES)
    }

    fn counted(&self, part: Part, from: u16, to: u16) -> u32 {
        if self.mode_of(part) == Mode::Off { 0 } else { u32::from(to.saturating_sub(from)) }
    }
}

/// Where two rules of a schedule contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// One.
    pub first: Part,
    /// The other.
    pub second: Part,
    /// The day.
    pub day: On,
    /// From when on.
    pub when: TimeOfDay,
}

/// A day of the week or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Each week.
    Weekday(Weekday),
    /// Once.
    Date(LocalDate),
}
