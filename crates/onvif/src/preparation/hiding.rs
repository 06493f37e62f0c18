//! The part of a preparation that has demanded areas hidden.

use super::{
    Change, KeptMask, MAX_MASKS, Mask, MaskNotKept, MaskReason, MaskStep, NotKept, Preparation, Prepared, Said, Stage,
};
use crate::demands::DemandedMask;
use crate::masks::{self, MaskOptions};
use crate::{MediaVersion, Operation, Profile};

/// How far the hiding has come.
#[derive(Debug, Default)]
pub(super) struct Hiding {
    /// The chosen streams.
    main: Option<Profile>,
    sub: Option<Profile>,
    /// Tokens of the video source configurations they show.
    sources: Vec<String>,
    /// Which of them is being seen to.
    at: usize,
    options: Option<MaskOptions>,
    steps: Vec<MaskStep>,
    /// Which demand each token was made or changed for.
    asked: Vec<(usize, String)>,
    /// Tokens of masks made here, to be removed if they are not what was asked for.
    made: Vec<String>,
    kept: Vec<KeptMask>,
    /// Why it is over, while what was made for nothing is removed.
    refused: Option<MaskNotKept>,
}

impl Preparation {
    /// Hides the demanded areas in each picture that the chosen streams show.
    pub(super) fn hide(&mut self, main: Profile, sub: Option<Profile>, sources: Vec<Option<String>>) {
        (self.hiding.main, self.hiding.sub) = (Some(main), sub);
        let Some(first) = self.demands.masks.first() else {
            self.hidden();
            return;
        };
        let why = if !self.offers(MediaVersion::Two) {
            Some(MaskReason::NoMedia2)
        } else if sources.iter().any(Option::is_none) {
            Some(MaskReason::NoSource)
        } else if self.demands.masks.len() > MAX_MASKS {
            Some(MaskReason::NoRoom { most: MAX_MASKS })
        } else {
            None
        };
        if let Some(why) = why {
            let refused = MaskNotKept::of(first, why);
            self.refuse(NotKept::Mask(refused));
            return;
        }
        self.hiding.sources = sources.into_iter().flatten().collect();
        self.hiding.sources.dedup();
        self.ask_for_mask_options(0);
    }

    fn ask_for_mask_options(&mut self, at: usize) {
        match self.hiding.sources.get(at).cloned() {
            Some(configuration) => {
                self.ask_media(Stage::MaskOptions(at), MediaVersion::Two, Operation::GetMaskOptions { configuration });
            }
            None => self.hidden(),
        }
    }

    pub(super) fn mask_options_said(&mut self, at: usize, said: Said) {
        let options = match &said {
            Said::Body(body) => MaskOptions::read(body),
            Said::No(_) => None,
        };
        match (options, said) {
            (Some(options), _) => {
                self.hiding.options = Some(options);
                self.ask_for_masks(Stage::Masks(at), at);
            }
            (None, Said::No(words)) => self.not_hidden_at_all(MaskReason::NotOffered(words)),
            (None, Said::Body(_)) => self.not_hidden_at_all(MaskReason::NotOffered(String::new())),
        }
    }

    fn ask_for_masks(&mut self, stage: Stage, at: usize) {
        let configuration = self.hiding.sources[at].clone();
        self.ask_media(stage, MediaVersion::Two, Operation::GetMasks { configuration });
    }

    fn masks_read(&self, at: usize, said: &Said) -> Option<Vec<Mask>> {
        match said {
            Said::Body(body) => Some(masks::masks(body, &self.hiding.sources[at])),
            Said::No(_) => None,
        }
    }

    pub(super) fn masks_said(&mut self, at: usize, said: &Said) {
        let Some(there) = self.masks_read(at, said) else { return self.not_hidden_at_all(MaskReason::Unreadable) };
        let Some(options) = &self.hiding.options else { return self.not_hidden_at_all(MaskReason::Unreadable) };
        (self.hiding.asked, self.hiding.made) = (Vec::new(), Vec::new());
        match masks::plan_masks(&self.demands.masks, options, &there, &self.hiding.sources[at]) {
            Ok(steps) if steps.is_empty() => self.compare(at, &there),
            Ok(steps) => {
                self.hiding.steps = steps;
                self.take_step(at, 0);
            }
            Err(not) => self.refuse(NotKept::Mask(not)),
        }
    }

    /// Takes the nth step; after the last, the camera is asked what it holds now.
    fn take_step(&mut self, at: usize, step: usize) {
        self.hiding.at = at;
        let operation = match self.hiding.steps.get(step).cloned() {
            Some(MaskStep::Create(mask)) => Operation::CreateMask(mask),
            Some(MaskStep::Change(token, mask)) => Operation::SetMask { token, mask },
            None => return self.ask_for_masks(Stage::MasksAgain(at), at),
        };
        self.ask_media(Stage::MaskStep(step), MediaVersion::Two, operation);
    }

    pub(super) fn mask_step_said(&mut self, step: usize, said: Said) {
        let taken = self.hiding.steps[step].clone();
        let (MaskStep::Create(mask) | MaskStep::Change(_, mask)) = &taken;
        let demand: &DemandedMask = &self.demands.masks[mask.demand];
        let name = demand.name.clone();
        let body = match said {
            Said::Body(body) => body,
            Said::No(words) => {
                self.hiding.refused = Some(MaskNotKept::of(demand, MaskReason::Refused(words)));
                return self.remove(0);
            }
        };
        match taken {
            MaskStep::Change(token, mask) => {
                self.hiding.asked.push((mask.demand, token.clone()));
                self.changes.push(Change::MaskChanged { mask: name, token });
            }
            MaskStep::Create(mask) => {
                // Without a token the mask may still be there: what it holds afterwards decides.
                if let Some(token) = body.text_at(&["Token"]) {
                    self.hiding.asked.push((mask.demand, token.clone()));
                    self.hiding.made.push(token);
                }
                self.changes.push(Change::MaskMade { mask: name });
            }
        }
        self.take_step(self.hiding.at, step + 1);
    }

    pub(super) fn masks_said_again(&mut self, at: usize, said: &Said) {
        match self.masks_read(at, said) {
            Some(there) => self.compare(at, &there),
            None => self.not_hidden_at_all(MaskReason::Unreadable),
        }
    }

    fn compare(&mut self, at: usize, there: &[Mask]) {
        match masks::kept_masks(&self.demands.masks, there, &self.hiding.asked) {
            Ok(kept) => {
                self.hiding.kept.extend(kept);
                self.ask_for_mask_options(at + 1);
            }
            Err(not) => {
                self.hiding.refused = Some(not);
                self.remove(0);
            }
        }
    }

    fn not_hidden_at_all(&mut self, why: MaskReason) {
        let first = self.demands.masks.first().map(|first| MaskNotKept::of(first, why));
        self.hiding.refused = first;
        self.remove(0);
    }

    /// Masks that were made and do not help are removed, so that each try does not leave some behind; then it is over.
    fn remove(&mut self, at: usize) {
        match self.hiding.made.get(at).cloned() {
            Some(token) => self.ask_media(Stage::Remove(at), MediaVersion::Two, Operation::DeleteMask { token }),
            None => {
                let refused = self.hiding.refused.take().expect("masks are only removed after a refusal");
                self.refuse(NotKept::Mask(refused));
            }
        }
    }

    pub(super) fn removed(&mut self, at: usize, said: &Said) {
        if let Said::Body(_) = said {
            self.changes.push(Change::MaskRemoved { token: self.hiding.made[at].clone() });
        }
        self.remove(at + 1);
    }

    fn hidden(&mut self) {
        let Hiding { main, sub, kept, .. } = std::mem::take(&mut self.hiding);
        let main = main.expect("streams are chosen before areas are hidden");
        self.finish(Ok(Prepared { main, sub, masks: kept }));
    }
}
