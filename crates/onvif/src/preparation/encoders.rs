//! The part of a preparation that looks for streams under the caps, and asks for smaller ones where there are none.

use super::{CapNotKept, CapReason, Change, Configured, EncoderConfig, NotKept, Picture, Preparation, Said, Stage};
use crate::choice::{Choice, Unfit, choose};
use crate::demands::Caps;
use crate::operation::{EncoderSetting, Operation};
use crate::{Profile, encoder};

/// What is to be encoded smaller.
#[derive(Debug, Default)]
pub(super) struct Encoders {
    /// Places of the profiles, the main one first; at most two.
    wanted: Vec<usize>,
    /// What was asked of each, beside its place.
    asked: Vec<(usize, EncoderConfig)>,
    /// What the camera says it can be set to.
    offered: Vec<Picture>,
    /// Why one of them was not set; the main one's counts.
    trouble: Option<CapReason>,
}

impl Preparation {
    fn plain_profiles(&self) -> Vec<Profile> {
        self.profiles.iter().map(|configured| configured.profile.clone()).collect()
    }

    /// Streams under the caps are taken; where there are none, the streams that would be taken without caps shall be smaller.
    pub(super) fn choose(&mut self) {
        let profiles = self.plain_profiles();
        match choose(&profiles, &self.demands.caps) {
            Ok(choice) => self.chosen(choice),
            Err(passed_over) => {
                let without_caps = choose(&profiles, &Caps::NONE);
                let above = passed_over.iter().any(|one| matches!(one.why, Unfit::Above(_)));
                match without_caps {
                    Ok(choice) if above => {
                        self.encoders.wanted = std::iter::once(choice.main).chain(choice.sub).collect();
                        self.ask_for_options(0);
                    }
                    _ => self.refuse_cap(CapReason::NoStream),
                }
            }
        }
    }

    fn ask_for_options(&mut self, at: usize) {
        let Some(place) = self.encoders.wanted.get(at) else {
            self.ask_for_profiles_again();
            return;
        };
        let Configured { profile, encoder, .. } = &self.profiles[*place];
        let media = self.media;
        let operation = Operation::GetVideoEncoderConfigurationOptions {
            media,
            configuration: encoder.token.clone(),
            profile: profile.token.clone(),
        };
        self.ask_media(Stage::Options(at), media, operation);
    }

    pub(super) fn options_said(&mut self, at: usize, said: Said) {
        let place = self.encoders.wanted[at];
        let now = self.profiles[place].encoder.clone();
        let offers = match said {
            Said::Body(body) => encoder::offers(&body, self.media),
            Said::No(words) => return self.not_smaller(at, CapReason::NoOptions(words)),
        };
        if offers.is_empty() {
            return self.not_smaller(at, CapReason::NoOptions(String::new()));
        }
        self.encoders.offered.extend(encoder::pictures(&offers));
        match encoder::smaller(&now, &offers, &self.demands.caps) {
            // Two profiles may share one encoder: then it has been asked already.
            Some(smaller) if self.encoders.asked.iter().any(|(_, asked)| asked.token == smaller.token) => {
                self.ask_for_options(at + 1);
            }
            Some(smaller) => {
                self.changes.push(Change::Encoder {
                    configuration: smaller.token.clone(),
                    from: now.picture(),
                    to: smaller.picture(),
                });
                self.encoders.asked.push((place, smaller.clone()));
                let (media, setting) = (self.media, EncoderSetting(Box::new(smaller)));
                let operation = Operation::SetVideoEncoderConfiguration { media, setting };
                self.ask_media(Stage::Set(at), media, operation);
            }
            None => self.not_smaller(at, CapReason::NothingSmallEnough),
        }
    }

    pub(super) fn set_said(&mut self, at: usize, said: Said) {
        match said {
            Said::Body(_) => self.ask_for_options(at + 1),
            Said::No(said) => {
                let asked = self.encoders.asked.pop().map(|(_, asked)| asked.picture());
                self.changes.pop();
                match asked {
                    Some(asked) => self.not_smaller(at, CapReason::Refused { asked, said }),
                    None => self.ask_for_options(at + 1),
                }
            }
        }
    }

    /// Without a main stream nothing is recorded; without a sub-stream everything is, and only watching costs more. But
    /// a sub-stream that can be made small enough is still a stream to record.
    fn not_smaller(&mut self, at: usize, why: CapReason) {
        self.encoders.trouble.get_or_insert(why);
        self.ask_for_options(at + 1);
    }

    fn ask_for_profiles_again(&mut self) {
        match self.encoders.trouble.take() {
            Some(why) if self.encoders.asked.is_empty() => self.refuse_cap(why),
            trouble => {
                self.encoders.trouble = trouble;
                let media = self.media;
                self.ask_media(Stage::ProfilesAgain, media, Operation::GetProfiles(media));
            }
        }
    }

    /// Only what the profiles say now is believed, whatever was answered to the setting.
    pub(super) fn profiles_said_again(&mut self, said: &Said) {
        let again = match said {
            Said::Body(body) => encoder::configured(body, self.media),
            Said::No(_) => Vec::new(),
        };
        // Streams stay where they are; a profile that is gone has none.
        for one in &mut self.profiles {
            match again.iter().find(|found| found.profile.token == one.profile.token) {
                Some(found) => {
                    one.profile.video = found.profile.video.clone();
                    one.encoder = found.encoder.clone();
                }
                None => one.profile.stream = None,
            }
        }
        match choose(&self.plain_profiles(), &self.demands.caps) {
            Ok(choice) => self.chosen(choice),
            Err(_) => {
                let asked = self.encoders.asked.first().map(|(place, asked)| CapReason::SaidYes {
                    asked: asked.picture(),
                    shown: Picture::from(&self.profiles[*place].profile.video),
                });
                self.refuse_cap(asked.unwrap_or(CapReason::NoStream));
            }
        }
    }

    fn chosen(&mut self, choice: Choice) {
        let places: Vec<usize> = std::iter::once(choice.main).chain(choice.sub).collect();
        let mut streams = places.iter().map(|place| self.profiles[*place].profile.clone());
        let main = streams.next().expect("a choice has a main stream");
        let sub = streams.next();
        let sources = places.iter().map(|place| self.profiles[*place].source.clone()).collect();
        self.hide(main, sub, sources);
    }

    fn refuse_cap(&mut self, why: CapReason) {
        let of_profiles = self.profiles.iter().map(|configured| Picture::from(&configured.profile.video));
        let mut offered: Vec<Picture> = of_profiles.collect();
        offered.append(&mut self.encoders.offered);
        offered.sort_by_key(|picture| std::cmp::Reverse((picture.width, picture.height, picture.frame_rate)));
        offered.dedup();
        self.refuse(NotKept::Cap(CapNotKept { allowed: self.demands.caps, offered, why }));
    }
}
