//! What must fit together in a policy: ceilings, references, and what the law asks of a purpose or a place. Each refusal says
//! what would be right. The laws are named in `docs/policy.md`.

use candour_units::WallDuration;

use super::sections::{CHARTER, Draft};
use super::table::Reader;
use crate::decide::part_rule;
use crate::mask::{MOST_MASKS, MOST_ZONES, Mask};
use crate::model::{Camera, Class, Controller, Purpose, RuleId};
use crate::purpose::{LONGEST_KEEP, SHORTEST_KEEP};
use crate::schedule::{Mode, On, Overlap, Schedule};
use crate::spoken::length;
use crate::vocabulary::{LawfulBasis, PlaceKind, WhenOverdue, Word};

/// The longest time before motion that is kept in memory.
const LONGEST_PRE_ROLL: WallDuration = WallDuration::from_seconds(60);
/// The longest time after motion.
const LONGEST_POST_ROLL: WallDuration = WallDuration::from_seconds(15 * 60);

/// The draft, and where its mistakes go.
struct Check<'c, 't> {
    reader: &'c Reader<'t>,
    draft: &'c Draft,
}

/// Notes everything that does not fit.
pub(super) fn check(reader: &Reader<'_>, draft: &Draft) {
    let check = Check { reader, draft };
    check.charter();
    check.site();
    check.dpias();
    draft.purposes.iter().for_each(|(name, purpose)| check.purpose(&RuleId::of(&["purposes", name]), purpose));
    draft.classes.iter().for_each(|(name, class)| check.class(&RuleId::of(&["classes", name]), class));
    draft.schedules.iter().for_each(|(name, schedule)| check.schedule(&RuleId::of(&["schedules", name]), schedule));
    draft.cameras.iter().for_each(|(name, camera)| check.camera(&RuleId::of(&["cameras", name]), camera));
}

impl Check<'_, '_> {
    fn no(&self, rule: &RuleId, words: impl Into<String>) {
        self.reader.misfit(rule, words);
    }

    /// A reference to a table that the file does not have.
    fn refers(&self, rule: &RuleId, table: &str, name: &str) {
        let built_in = table == "schedules" && self.draft.schedules.contains_key(name);
        if !built_in && !self.reader.has(&RuleId::of(&[table, name])) {
            self.no(rule, format!("there is no {}", RuleId::of(&[table, name])));
        }
    }

    fn charter(&self) {
        let charter = &self.draft.charter;
        let of = |key| RuleId::of(&["charter", key]);
        if !(SHORTEST_KEEP..=CHARTER.keep_at_most).contains(&charter.keep_at_most) {
            let most = length(CHARTER.keep_at_most);
            self.no(&of("keep_at_most"), format!("a charter may lower the ceiling of {most}, not raise it; what is kept longer says why in its keep_reason"));
        }
        if charter.instant_replay_at_most > CHARTER.instant_replay_at_most {
            self.no(&of("instant_replay_at_most"), "a charter may lower the ceiling of 60 minutes, not raise it");
        }
    }

    fn site(&self) {
        let Some(site) = &self.draft.site else { return };
        let most = self.draft.charter.instant_replay_at_most;
        if site.instant_replay > most {
            self.no(&RuleId::of(&["site", "instant_replay"]), format!("the charter allows {} at most", length(most)));
        }
    }

    fn dpias(&self) {
        let months = self.draft.charter.dpia_review_months;
        for (reference, dpia) in &self.draft.dpias {
            let rule = RuleId::of(&["dpias", reference, "review_by"]);
            let last = dpia.reviewed.plus_months(i32::from(months));
            if dpia.review_by <= dpia.reviewed {
                self.no(&rule, format!("the next review lies after the last one ({})", dpia.reviewed));
            } else if dpia.review_by > last {
                self.no(&rule, format!("an assessment is reviewed after {months} months at most: by {last}"));
            }
        }
    }

    fn purpose(&self, rule: &RuleId, purpose: &Purpose) {
        let key = |key| rule.key(key);
        let most = self.draft.charter.keep_at_most;
        if !(SHORTEST_KEEP..=LONGEST_KEEP).contains(&purpose.keep) {
            let (least, most) = (length(SHORTEST_KEEP), length(LONGEST_KEEP));
            self.no(&key("keep"), format!("footage is kept for {least} to {most}"));
        } else if purpose.keep > most && purpose.keep_reason.is_none() {
            let words = format!(
                "the charter allows {} without a written reason; say in `keep_reason` why longer is necessary",
                length(most)
            );
            self.no(&key("keep"), words);
        }
        if purpose.minimum > purpose.keep {
            self.no(&key("minimum"), format!("footage goes after {} in any case (keep)", length(purpose.keep)));
        }
        if purpose.keep_if_still.is_some_and(|still| still >= purpose.keep) {
            self.no(&key("keep_if_still"), format!("this may only be shorter than keep ({})", length(purpose.keep)));
        }
        if purpose.keep_if_still.is_some_and(|still| still < SHORTEST_KEEP) {
            self.no(&key("keep_if_still"), format!("footage is kept for {} at least", length(SHORTEST_KEEP)));
        }
        self.refers(&key("schedule"), "schedules", &purpose.schedule);
        if let Some(dpia) = &purpose.dpia {
            self.refers(&key("dpia"), "dpias", dpia);
        }
        if let Some(controller) = &self.draft.controller {
            self.basis(&key("lawful_basis"), purpose.lawful_basis, controller);
        }
    }

    fn basis(&self, rule: &RuleId, basis: LawfulBasis, controller: &Controller) {
        if !basis.belongs_to(controller.regime) {
            let fit = LawfulBasis::WORDS.iter().filter(|(basis, _)| basis.belongs_to(controller.regime));
            let fit: Vec<_> = fit.map(|(_, word)| *word).collect();
            self.no(rule, format!("{basis} is no basis under {}; there is {}", controller.regime, fit.join(", ")));
        }
    }

    fn class(&self, rule: &RuleId, class: &Class) {
        if class.kind.is_refused() && class.permission.is_none() {
            let words = format!(
                "cameras are refused in {}; a class for it names its own dpia, an owner, and the reference of the prior_consultation",
                class.kind.spoken()
            );
            self.no(&rule.key("kind"), words);
        }
        if let Some(permission) = &class.permission {
            self.refers(&rule.key("dpia"), "dpias", &permission.dpia);
            if !class.kind.is_refused() {
                let words = "dpia, owner and prior_consultation belong to a class for places where cameras are otherwise refused; here the purpose names its dpia and owner";
                self.no(&rule.key("prior_consultation"), words);
            }
        }
        match (class.when_overdue, &class.when_overdue_reason) {
            (WhenOverdue::KeepWarning, None) => {
                let words = "recording goes on after a missed review only where life depends on it: say why in `keep_warning_reason`";
                self.no(&rule.key("when_review_overdue"), words);
            }
            (WhenOverdue::Stop, Some(_)) => {
                self.no(
                    &rule.key("keep_warning_reason"),
                    "this gives a reason for keep_warning, and when_review_overdue is stop",
                );
            }
            _ => {}
        }
    }

    fn schedule(&self, rule: &RuleId, schedule: &Schedule) {
        for mode in schedule.modes() {
            if let Mode::OnMotion { pre_roll, post_roll } = mode {
                for (key, roll, most) in
                    [("pre_roll", pre_roll, LONGEST_PRE_ROLL), ("post_roll", post_roll, LONGEST_POST_ROLL)]
                {
                    if roll > most {
                        self.no(&rule.key(key), format!("{} at most", length(most)));
                    }
                }
            }
        }
        if let Some(overlap) = schedule.overlap() {
            let second = part_rule(rule, overlap.second);
            self.no(&second, overlap_words(rule, overlap));
        }
    }

    fn camera(&self, rule: &RuleId, camera: &Camera) {
        let key = |key| rule.key(key);
        for (name, table, value) in [
            ("class", "classes", &camera.class),
            ("area", "areas", &camera.area),
            ("purpose", "purposes", &camera.purpose),
        ] {
            self.refers(&key(name), table, value);
        }
        if let Some(schedule) = &camera.schedule {
            self.refers(&key("schedule"), "schedules", schedule);
        }
        for (index, other) in camera.also_for.iter().enumerate() {
            self.refers(&key("also_for"), "purposes", other);
            if *other == camera.purpose || camera.also_for[..index].contains(other) {
                self.no(&key("also_for"), format!("{other} is named twice"));
            }
        }
        for (name, parts, most) in [
            ("masks", &camera.masks, MOST_MASKS),
            ("watch", &camera.watch, MOST_ZONES),
            ("ignore", &camera.ignore, MOST_ZONES),
        ] {
            self.parts_of_picture(&key(name), name, parts, most);
        }
        if camera.level.is_some() && camera.scene_width_cm.is_none() {
            self.no(&key("level"), "a level is pixels for each metre: say in `scene_width_m` how wide the scene is");
        }
        self.camera_and_site(&key("instant_replay"), camera);
        self.camera_and_purpose(rule, camera);
        self.camera_and_place(rule, camera);
    }

    /// Not too many, and each with a name of its own.
    fn parts_of_picture(&self, rule: &RuleId, what: &str, parts: &[Mask], most: usize) {
        if parts.len() > most {
            self.no(rule, format!("a camera has {most} of `{what}` at most"));
        }
        let mut names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            self.no(rule, format!("two of `{what}` are called {}", twice[0]));
        }
    }

    fn camera_and_site(&self, rule: &RuleId, camera: &Camera) {
        let site = self.draft.site.as_ref();
        if let Some((site, replay)) =
            site.zip(camera.instant_replay).filter(|(site, replay)| *replay > site.instant_replay)
        {
            let words = format!(
                "a camera may have less than the site's {}, not {}",
                length(site.instant_replay),
                length(replay)
            );
            self.no(rule, words);
        }
    }

    fn camera_and_purpose(&self, rule: &RuleId, camera: &Camera) {
        let Some(purpose) = self.draft.purposes.get(&camera.purpose) else { return };
        match camera.keep {
            Some(keep) if keep < SHORTEST_KEEP => {
                self.no(&rule.key("keep"), format!("footage is kept for {} at least", length(SHORTEST_KEEP)));
            }
            Some(keep) if keep > purpose.keep => {
                let words = format!("a camera may keep less than its purpose's {}, not more", length(purpose.keep));
                self.no(&rule.key("keep"), words);
            }
            _ => {}
        }
    }

    fn camera_and_place(&self, rule: &RuleId, camera: &Camera) {
        let Some(class) = self.draft.classes.get(&camera.class) else { return };
        if camera.audio.is_some() && !class.audio_allowed {
            self.no(
                &rule.key("audio"),
                format!("cameras of the class {} record no sound (audio_allowed)", camera.class),
            );
        }
        if let Some(area) = self.draft.areas.get(&camera.area)
            && area.kind != class.kind
        {
            let words = format!(
                "{} is {}, and the class {} is for {}",
                area.name,
                area.kind.spoken(),
                camera.class,
                class.kind.spoken()
            );
            self.no(&rule.key("class"), words);
        }
        let Some(purpose) = self.draft.purposes.get(&camera.purpose) else { return };
        if class.kind.needs_dpia() && class.permission.is_none() && purpose.dpia.is_none() {
            let words = format!(
                "recording in {} needs a data protection impact assessment, and the purpose {} names none (dpia)",
                class.kind.spoken(),
                camera.purpose
            );
            self.no(&rule.key("purpose"), words);
        }
        if class.kind == PlaceKind::PublicArea && purpose.lawful_basis == LawfulBasis::Consent {
            let words = format!(
                "people who pass through a public area cannot refuse, so consent is no basis for it (purpose {})",
                camera.purpose
            );
            self.no(&rule.key("purpose"), words);
        }
    }
}

/// `it overlaps schedules.day.rules[1] on Monday from 18:00 on`.
fn overlap_words(schedule: &RuleId, overlap: Overlap) -> String {
    let day = match overlap.day {
        On::Weekday(day) => day.spoken().to_owned(),
        On::Date(date) => date.to_string(),
    };
    let first = part_rule(schedule, overlap.first);
    format!("it overlaps {first} on {day} from {} on; a moment has one rule", overlap.when)
}
