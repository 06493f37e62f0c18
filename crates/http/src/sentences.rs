//! Log entries in words. Made from the entry alone (and the names of cameras), so that the same entry always reads the
//! same; what was erased reads as erased.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_audit::EntryView;
use candour_units::{CameraId, WallTime};
use candour_wire::log::{LogEntry, LogGroups};
use serde_json::Value;

use crate::names::CameraNames;

/// An entry as the log page shows it.
pub(crate) fn entry(view: &EntryView, names: &CameraNames) -> LogEntry {
    let read = Read::new(view);
    let cameras: Vec<String> = cameras(view).map(|camera| names.get(camera)).collect();
    LogEntry {
        index: view.index,
        at_90k: view.at.ticks(),
        kind: view.kind.clone(),
        who: read.who_with_address(),
        words: read.words(&view.kind, &cameras),
        cameras,
        from_90k: read.what["interval"]["start_90k"].as_i64(),
        to_90k: read.what["interval"]["end_90k"].as_i64(),
        reason: read.why["reason"].as_str().map(str::to_owned),
        groups: LogGroups {
            who: view.who.clone(),
            what: view.what.clone(),
            why: view.why.clone(),
            sent: view.sent.clone(),
        },
        salts: salts(view),
        leaf: view.leaf.to_string(),
    }
}

fn salts(view: &EntryView) -> LogGroups {
    let [who, what, why, sent] = view.salts.map(|salt| salt.map(|salt| STANDARD.encode(salt.0)));
    LogGroups { who, what, why, sent }
}

/// The cameras an entry names.
pub(crate) fn cameras(view: &EntryView) -> impl Iterator<Item = CameraId> + use<> {
    let what = parsed(view.what.as_deref());
    let ids = what["cameras"].as_array().cloned().unwrap_or_default();
    ids.into_iter().filter_map(|id| id.as_str()?.parse().ok())
}

/// Why footage that is there cannot be played.
pub(crate) const UNAVAILABLE: &str =
    "The disk this footage lies on cannot be reached now. It is not lost; the System page says what is wrong.";

/// Why it cannot be said whether something moved; the words of `worker::motion::Doubted`.
pub(crate) fn no_motion_known(why: &str) -> &'static str {
    match why {
        "picture" => "The picture does not tell: too dark, changed as a whole, or new to the recorder.",
        "behind" => "More pictures came than this machine could look at.",
        "decoder" => "The program that decodes pictures ended, or could not be started.",
        "barred" => "The camera's pictures ended the program that decodes them too often; they are decoded no more.",
        "no_picture" => "What came could not be decoded.",
        _ => "It was not looked at.",
    }
}

/// Why footage is missing, for the timeline and for lost tiles; the words of `recording::GapCause`.
pub(crate) fn gap(cause: &str) -> &'static str {
    match cause {
        "first_start" => "Recording had not begun yet.",
        "recorder_stopped" => "The recorder was stopped.",
        "recorder_died" => "The recorder ended unexpectedly: power, crash or kill.",
        "camera_lost" => "The camera closed the connection or could not be reached.",
        "camera_stalled" => "The camera kept the connection but sent nothing.",
        "camera_refused_us" => "The camera refused the user or password.",
        "camera_garbage" => "What the camera sent could not be read as pictures.",
        "packet_loss" => "The network lost packets.",
        "not_accepted" => "The camera was not accepted by the gate.",
        "no_purpose" => "No purpose in force covered the camera.",
        "clock_step" => "The recorder's clock was set; the recording was cut there.",
        "storage_slow" => "The storage could not take the footage in time.",
        "storage_full" => "The storage was full.",
        "storage_failed" => "Writing to the storage failed.",
        "data_loss" => "Stored footage was found damaged.",
        "deleted" => "The footage was deleted as promised.",
        "above_cap" => "The camera's picture was larger or faster than the policy allows.",
        "mask_not_kept" => "The camera did not hide an area that the policy wants hidden.",
        "outside_hours" => "The policy says not to record at this time. Nothing is missing.",
        "nothing_moved" => "Not recorded: nothing moved. The policy says to record around motion; nothing is missing.",
        "review_overdue" => {
            "The assessment this recording stands on was past its review date, so the policy stopped it."
        }
        "policy_not_kept" => "What the policy demands of this camera could not be kept, so nothing was recorded.",
        "unknown" => "The catalogue was rebuilt, and nothing is left that tells why.",
        _ => "The cause is not known.",
    }
}

/// What was deleted, for the timeline.
pub(crate) fn deleted(rule: &str, entry: Option<i64>) -> String {
    match entry {
        Some(entry) => format!("Deleted: {rule}. The certificate is entry {entry} of the log."),
        None => format!("Deleted: {rule}. The certificate is being written."),
    }
}

fn parsed(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// The four groups of an entry, read back; a missing one answers nothing to every question.
struct Read {
    who: Value,
    what: Value,
    why: Value,
    sent: Value,
}

impl Read {
    fn new(view: &EntryView) -> Self {
        Self {
            who: parsed(view.who.as_deref()),
            what: parsed(view.what.as_deref()),
            why: parsed(view.why.as_deref()),
            sent: parsed(view.sent.as_deref()),
        }
    }

    fn who_name(&self) -> String {
        match self.who["kind"].as_str() {
            Some("recorder") => "The recorder".to_owned(),
            Some("unknown") => match self.who["address"].as_str() {
                Some(address) => format!("Somebody at {address}"),
                None => "Somebody".to_owned(),
            },
            Some("person") => self.who["name"].as_str().unwrap_or("A person").to_owned(),
            _ => "Somebody whose details were erased".to_owned(),
        }
    }

    fn who_with_address(&self) -> String {
        match (self.who["kind"].as_str(), self.who["address"].as_str()) {
            (Some("person"), Some(address)) => format!("{} ({address})", self.who_name()),
            (Some("recorder"), _) => "the recorder".to_owned(),
            _ => self.who_name(),
        }
    }

    fn sent_text(&self, key: &str) -> &str {
        self.sent[key].as_str().unwrap_or("")
    }

    fn words(&self, kind: &str, cameras: &[String]) -> String {
        let who = self.who_name();
        let on = list(cameras);
        let name = self.sent_text("name");
        let words = match kind {
            "recorder_started" if self.sent["lab"] == true => {
                "The recorder started in lab mode: simulated cameras are accepted.".to_owned()
            }
            "recorder_started" => "The recorder started and opened its log.".to_owned(),
            "recorder_stopped" => "The recorder stopped in order.".to_owned(),
            "set_up" => self.set_up(),
            "signed_in"
            | "signed_out"
            | "sign_in_refused"
            | "password_accepted"
            | "sign_in_confirmed"
            | "sign_in_ended"
            | "second_factor_changed" => self.sign_in(kind, &who),
            "person_changed" => self.person_changed(&who),
            "camera_added" if self.sent["verdict"].is_null() => format!("{who} added the camera {on}."),
            "camera_added" => {
                let (address, verdict) = (self.sent_text("address"), self.sent_text("verdict"));
                format!("{who} added the camera {name} at {address}; verdict: {verdict}.")
            }
            "camera_changed" => self.camera_changed(&who),
            "camera_removed" => format!("{who} removed the camera {on}. Its footage is kept to its end."),
            "camera_judged" => self.camera_judged(&on),
            "look_live" if self.sent["renewal"] == true => format!("{who} went on watching {on} live."),
            "look_live" => format!("{who} began to watch {on} live."),
            "look_playback" if self.sent["renewal"] == true => format!("{who} went on looking at footage of {on}."),
            "look_playback" => format!("{who} opened footage of {on}{}.", self.under()),
            "look_commissioning" if self.sent["renewal"] == true => {
                format!("{who} went on looking at {on} to set it up.")
            }
            "look_commissioning" => self.set_up_look(&who, &on),
            "camera_commissioned" => self.camera_commissioned(&who, &on),
            "look_ended" => self.look_ended(&who, &on),
            "look_refused" if cameras.is_empty() => format!("{who} was refused a look. {}", self.sent_text("why")),
            "look_refused" => format!("{who} was refused a look at {on}. {}", self.sent_text("why")),
            "footage_downloaded" => self.footage_downloaded(&who, &on),
            "motion_searched" => {
                let hits = self.sent["hits"].as_u64().unwrap_or(0);
                let times = if hits == 1 { "once".to_owned() } else { format!("{hits} times") };
                format!("{who} searched a part of the picture of {on} for motion; something moved there {times}.")
            }
            "motion_tried" if self.sent["told"] == "sums" => {
                format!("{who} had footage of {on} looked through to try terms for motion, and was told sums.")
            }
            "motion_tried" => {
                format!(
                    "{who} had footage of {on} looked through to try terms for motion, and was told when something moved."
                )
            }
            "player_address_given" => {
                format!("{who} had an address made for a player at {} to play footage of {on}.", self.sent_text("from"))
            }
            "log_read" if self.sent["search"].is_object() => format!("{who} searched the log."),
            "log_read" => format!("{who} read the log."),
            "log_exported" => self.log_exported(&who),
            "details_erased" => self.details_erased(),
            "check_started" if self.sent["depth"] == "deep" => {
                format!("{who} began a check of every byte of footage against catalogue, keys and log.")
            }
            "check_started" => format!("{who} began a check of footage, catalogue, keys and log."),
            "segments_closed" => self.segments_closed(),
            "footage_deleted" => self.footage_deleted(&on),
            "epoch_rotated" => {
                "The keyring's epoch key was replaced. Keys destroyed before are erased from now on.".to_owned()
            }
            "hold_placed" => format!("{} put footage of {on} on hold until {}.", self.by(), self.ends()),
            "hold_extended" => format!("{} extended the hold on footage of {on} until {}.", self.by(), self.ends()),
            "hold_lifted" => format!("{} lifted the hold on footage of {on}.", self.by()),
            "hold_lapsed" => format!("The hold on footage of {on} came to its end."),
            "holds_confirmed" => {
                let (by, and) = (self.sent_text("by"), self.sent_text("and"));
                format!("{by} and {and} said that the holds are complete; deletion goes on.")
            }
            "second_look" => format!("The recorder looked again at footage of {on} in which nothing was seen to move."),
            "shortening_stopped" => {
                let count = |name: &str| self.sent[name].as_u64().unwrap_or(0);
                format!(
                    "Lives are no longer shortened where nothing moved: {} of {} second looks found motion.",
                    count("missed"),
                    count("checked")
                )
            }
            "shortening_resumed" => format!("{who} let lives be shortened again where nothing moved."),
            "policy_drafted" if self.sent["origin"] == "first_start" => {
                format!("{} gave the policy: {}.", self.by_name(), self.version())
            }
            "policy_drafted" => format!("{} proposed {} of the policy.", self.by_name(), self.version()),
            "policy_advised" => format!("{} advised on {} of the policy.", self.by_name(), self.version()),
            "policy_approved" => self.policy_approved(),
            "policy_withdrawn" => format!("{} withdrew {} of the policy.", self.by_name(), self.version()),
            "policy_in_force" => self.policy_in_force(),
            "policy_superseded" => format!(
                "{} of the policy was superseded by version {}.",
                self.version_named(),
                self.sent["by_version"].as_i64().unwrap_or(0)
            ),
            "policy_accepted" => format!("{who} accepted {} of the policy.", self.version()),
            "grant_asked" => self.grant_asked(&who, &on),
            "grant_approved" | "grant_refused" | "grant_withdrawn" | "break_glass_reviewed" => {
                self.grant_settled(kind, &who, &on)
            }
            "break_glass_used" => format!("{who} broke the glass to look at footage of {on} without approval."),
            "incident_marked" => format!("{who} marked an incident at {on}; its footage is held for a week."),
            "alarm_raised" => format!("Alarm: {}", self.alarm_words()),
            "alarm_settled" if self.sent["settled"] == "acknowledged" => {
                format!("{who} took the alarm {}.", plain(self.sent_text("kind")))
            }
            "alarm_settled" => format!("The alarm {} ended: {}.", plain(self.sent_text("alarm")), self.alarm_words()),
            "keys_changed" => self.keys_changed(),
            "configuration_changed" => self.configuration_changed(&who),
            other => format!("{who}: {}.", plain(other)),
        };
        words.trim_end().to_owned()
    }

    fn set_up_look(&self, who: &str, on: &str) -> String {
        match self.sent_text("under") {
            "kept_still" => format!("{who} was shown the still of {on} that is kept for drawing masks."),
            "agreed" => format!("{who} began to look at {on} to set it up; a second person had agreed."),
            _ => format!("{who} began to look at {on} to set it up; it was never in force."),
        }
    }

    fn camera_commissioned(&self, who: &str, on: &str) -> String {
        match self.sent_text("act") {
            "view_asked" => format!("{who} asked to look at {on} to set it up; a second person decides."),
            "view_agreed" => format!("{who} agreed that {} looks at {on} to set it up.", self.sent_text("asked_by")),
            "view_refused" => format!("{who} refused {} a look at {on} to set it up.", self.sent_text("asked_by")),
            "view_signed" if self.sent["right"] == true => format!("{who} signed that the view of {on} is right."),
            "view_signed" => format!("{who} signed that the view of {on} is not right."),
            "still_kept" => format!("{who} kept a still of {on} for drawing masks, sealed."),
            "still_gone" => {
                let why = self.sent_text("why");
                format!("{who} destroyed the still of {on} that was kept for drawing masks: {}", stopped(why))
            }
            other => format!("{who}: {}.", plain(other)),
        }
    }

    fn keys_changed(&self) -> String {
        let sentence = match self.sent_text("act") {
            "backup_made" => "A backup of keyring and catalogue was made.",
            "backup_ended" => "A backup of keyring and catalogue expired; its key was destroyed.",
            "restored" => {
                "Keyring and catalogue were restored from a backup; what was deleted since was deleted again."
            }
            "rotated" => "The epoch key of the keyring was replaced by hand.",
            "copy_renewed" => "A copy of the keyring was made anew; the one before counts as destroyed.",
            other => return format!("The keys changed: {}.", plain(other)),
        };
        sentence.to_owned()
    }

    fn configuration_changed(&self, who: &str) -> String {
        let version = self.sent["version"].as_u64().unwrap_or(0);
        let people = || match (self.sent["by"].as_str(), self.sent["and"].as_str()) {
            (Some(by), Some(and)) => format!("{by} and {and}"),
            _ => "Its signers, who marked it urgent,".to_owned(),
        };
        match self.sent_text("act") {
            "lists_offered" => format!("{who} offered bundle {version} of the vetting lists."),
            "lists_confirmed" => format!("{who} said yes to bundle {version} of the vetting lists."),
            "lists_withdrawn" => format!("{who} withdrew bundle {version} of the vetting lists."),
            "lists_in_force" => format!("{} put bundle {version} of the vetting lists in force.", people()),
            "camera_search" => format!("{who} looked for cameras at {}.", self.sent_text("range")),
            "camera_search_stopped" => format!("{who} stopped the search for cameras."),
            "list_anchors" => format!("{} changed whose signatures count under vetting lists.", people()),
            "table_filed" => {
                format!("{who} filed the address table {} of {}.", self.sent_text("file"), self.sent_text("source"))
            }
            "table_signed" => format!("{who} signed the address table of {}.", self.sent_text("source")),
            "table_withdrawn" => format!("{who} took the address table of {} back.", self.sent_text("source")),
            _ => format!("{who} changed the configuration."),
        }
    }

    fn footage_downloaded(&self, who: &str, on: &str) -> String {
        let seconds = |from: &str, to: &str| {
            let ticks = self.sent[to].as_i64().unwrap_or(0) - self.sent[from].as_i64().unwrap_or(0);
            ticks as f64 / 90_000.0
        };
        let length = seconds("disclosed_from_90k", "disclosed_to_90k");
        let bytes = self.sent["bytes"].as_u64().unwrap_or(0) as f64 / 1e6;
        format!("{who} downloaded footage of {on} as a file: {length:.1} s in whole groups of pictures, {bytes:.1} MB.")
    }

    fn alarm_words(&self) -> &str {
        self.sent_text("words")
    }

    fn set_up(&self) -> String {
        let people = self.sent["people"].as_array().map_or(0, Vec::len);
        format!(
            "The site {} was set up with {}.",
            quoted(self.sent_text("site")),
            count(people as u64, "person", "people")
        )
    }

    fn camera_changed(&self, who: &str) -> String {
        let name = self.sent_text("name");
        match self.sent["change"].as_str() {
            Some("purpose") => {
                let days = self.sent["keep_days"].as_u64().unwrap_or(0);
                let (sentence, owner) = (self.sent_text("sentence"), self.sent_text("owner"));
                let days = count(days, "day", "days");
                format!("{who} wrote the purpose of {name}: {} Kept {days}; {owner} answers for it.", stopped(sentence))
            }
            Some("declaration filed") => {
                let file = self.sent_text("file");
                format!("{who} filed the supplier's declaration {file} for {name}.")
            }
            Some("declaration signed off") => format!("{who} signed off a supplier's declaration for {name}."),
            Some("exception filed") => {
                let (covers, until, owner) =
                    (self.sent_text("covers"), self.sent_text("until"), self.sent_text("owner"));
                format!("{who} filed an exception for {covers} of {name} until {until}; {owner} answers for it.")
            }
            Some("exception signed") => format!("{who} signed an exception for {name}."),
            Some("exception ended") => format!("{who} ended an exception for {name}."),
            Some("password asked for") => format!("{who} had the recorder give {name} a password that nobody knows."),
            Some("password proved") if self.sent["new"] == true => {
                format!("The recorder proved its own password at {name} and forgot the one before.")
            }
            Some("password proved") => format!("The recorder proved that {name} has the password that it had before."),
            Some("password not set") => {
                format!("The recorder set no password at {name}, which keeps the one that it had.")
            }
            Some("decoded again") => format!("{who} had the pictures of {name} decoded again."),
            Some("kept undecoded") => {
                format!("{who} decided that {name} goes on being recorded although its pictures ended decoders.")
            }
            Some("quarantined over decoders") => {
                format!("{who} quarantined {name}, because its pictures ended decoders.")
            }
            Some("judged again") => format!("{who} had {name} judged again; verdict: {}.", self.sent_text("verdict")),
            _ => {
                let mut changes = Vec::new();
                if let Some(new) = self.sent["new_name"].as_str() {
                    changes.push(format!("its name is {new}"));
                }
                if self.sent["credentials"] == true {
                    changes.push("new user and password".to_owned());
                }
                format!("{who} changed the camera {name}: {}.", changes.join("; "))
            }
        }
    }

    fn camera_judged(&self, on: &str) -> String {
        let (outcome, before) = (self.sent_text("outcome"), self.sent["before"].as_str());
        let first = self.sent["reasons"][0].as_str().map_or_else(String::new, |reason| format!(" {}", stopped(reason)));
        match before {
            Some(before) if before != outcome => format!("{on} was judged: {outcome}, before: {before}.{first}"),
            _ => format!("{on} was judged: {outcome}.{first}"),
        }
    }

    fn look_ended(&self, who: &str, on: &str) -> String {
        let sent = self.sent["sent"].as_array().cloned().unwrap_or_default();
        let bytes: u64 = sent.iter().filter_map(|of| of["bytes"].as_u64()).sum();
        let live = if self.sent["look"] == "live" { " live" } else { "" };
        if bytes == 0 {
            return format!("{who} stopped looking at {on}{live}; nothing was sent.");
        }
        let of = count(sent.len() as u64, "camera", "cameras");
        format!("{who} stopped looking at {on}{live}; {} of {of} were sent.", size(bytes))
    }

    fn segments_closed(&self) -> String {
        match self.sent["segments"].as_array() {
            Some(segments) => {
                let many = count(segments.len() as u64, "segment was", "segments were");
                format!("{many} closed; their digests are in this entry.")
            }
            None => "Segments were closed; their digests are in this entry.".to_owned(),
        }
    }

    fn footage_deleted(&self, on: &str) -> String {
        let certificates = self.what["certificates"].as_array();
        let each = certificates.and_then(|all| all.first()).map_or(&Value::Null, |first| &first["rule"]);
        let rule = [&self.sent["rule"], &self.why["reason"]].into_iter().find_map(Value::as_str);
        let Some(all) = certificates.filter(|all| all.len() > 1) else {
            let rule = rule.or(each.as_str()).unwrap_or("the rule is in the certificate");
            return format!("Footage of {on} was destroyed: {}", stopped(rule));
        };
        let bytes: u64 = all.iter().filter_map(|one| one["bytes"].as_u64()).sum();
        let many = count(all.len() as u64, "segment", "segments");
        let rule = rule.unwrap_or("the rules are in the certificates");
        format!("Footage of {on} was destroyed, {many} with {}: {}", size(bytes), stopped(rule))
    }

    /// `version 3`.
    fn version(&self) -> String {
        format!("version {}", self.sent["version"].as_i64().unwrap_or(0))
    }

    fn version_named(&self) -> String {
        format!("Version {}", self.sent["version"].as_i64().unwrap_or(0))
    }

    fn policy_approved(&self) -> String {
        let from = self.sent["force_90k"].as_i64().map(WallTime::from_ticks);
        let from = from.map_or_else(String::new, |from| format!(", in force from {from}"));
        let mut words = format!("{} approved {} of the policy{from}.", self.by_name(), self.version());
        if let Some(departure) = self.sent["departure"].as_str() {
            words.push_str(&format!(" The advice is not followed: {}", stopped(departure)));
        }
        if let Some(early) = self.sent["early"].as_str() {
            words.push_str(&format!(" It cannot wait a day: {}", stopped(early)));
        }
        words
    }

    fn policy_in_force(&self) -> String {
        let named = count(self.sent["cameras"].as_u64().unwrap_or(0), "camera", "cameras");
        let unnamed = match self.sent["unnamed"].as_u64() {
            None | Some(0) => String::new(),
            Some(1) => " One camera is not named and records nothing.".to_owned(),
            Some(many) => format!(" {many} cameras are not named and record nothing."),
        };
        format!("{} of the policy came into force for {named}.{unnamed}", self.version_named())
    }

    /// Whoever did it, to begin a sentence with.
    fn by_name(&self) -> String {
        capital(self.by())
    }

    /// Whoever acted on a hold: after a crash the recorder writes it down in its own name, and the act still says whose it was.
    fn by(&self) -> &str {
        self.sent["by"].as_str().unwrap_or("Somebody")
    }

    fn ends(&self) -> String {
        self.sent["ends_90k"].as_i64().map_or_else(|| "its end".to_owned(), |ticks| day(WallTime::from_ticks(ticks)))
    }
}

/// A day of UTC as people write it.
fn day(at: WallTime) -> String {
    let text = at.to_string();
    text.get(..10).unwrap_or(&text).to_owned()
}

fn list(names: &[String]) -> String {
    match names {
        [] => "no camera".to_owned(),
        [one] => one.clone(),
        [most @ .., last] if most.len() < 4 => format!("{} and {last}", most.join(", ")),
        [first, second, third, rest @ ..] => format!("{first}, {second}, {third} and {} more", rest.len()),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

fn count(many: u64, one: &str, more: &str) -> String {
    format!("{many} {}", if many == 1 { one } else { more })
}

fn plain(word: &str) -> String {
    word.replace('_', " ")
}

fn quoted(name: &str) -> String {
    format!("\u{201c}{name}\u{201d}")
}

/// With a full stop at its end.
fn stopped(sentence: &str) -> String {
    let sentence = sentence.trim();
    if sentence.ends_with(['.', '!', '?']) { sentence.to_owned() } else { format!("{sentence}.") }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

mod grants;
mod log;
mod sign_in;
/// With a capital.
fn capital(words: &str) -> String {
    let first = words.chars().next().map(char::to_uppercase).into_iter().flatten();
    first.chain(words.chars().skip(1)).collect()
}

/// With a capital and one full stop.
pub(crate) fn sentence(words: &impl std::fmt::Display) -> String {
    format!("{}.", capital(words.to_string().trim_end_matches('.')))
}

#[cfg(test)]
mod tests;
