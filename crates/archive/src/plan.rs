//! Answers to what a plan of a version of the policy must know: how much footage it would end sooner. By index, a stream at a
//! time (docs/design/policy-life.md).

use std::collections::HashMap;

use candour_db::{Db, DbError, GoingFootage, HoldRow, Shorter};
use candour_policy::{Answer, Footage, Holding, Impact, Policy, Question, impact, questions};
use candour_units::{CameraId, StreamId, WallRange, WallTime};

/// What happens if `new` takes the place of `old` at that moment. Footage that is being recorded is not counted: no promise is
/// shorter than a day.
///
/// # Errors
/// [`DbError`].
pub async fn plan_policy(db: &Db, old: Option<&Policy>, new: &Policy, at: WallTime) -> Result<Impact, DbError> {
    let counter = Counter::read(db).await?;
    let holdings: Vec<Holding> = counter
        .words
        .iter()
        .map(|(_, camera, purpose)| Holding { camera: camera.clone(), purpose: purpose.clone() })
        .collect();
    let mut answers = Vec::new();
    for question in questions(old, new, &holdings, at) {
        let answer = counter.answer(db, &question).await?;
        answers.push((question, answer));
    }
    Ok(impact(old, new, at, &answers))
}

/// Who has streams, holds and footage for which purposes.
struct Counter {
    words: Vec<(CameraId, String, String)>,
    streams: HashMap<CameraId, Vec<StreamId>>,
    holds: Vec<HoldRow>,
}

impl Counter {
    async fn read(db: &Db) -> Result<Self, DbError> {
        let mut streams: HashMap<CameraId, Vec<StreamId>> = HashMap::new();
        for (stream, camera) in db.all_streams().await? {
            streams.entry(camera).or_default().push(stream);
        }
        Ok(Self { words: db.promised_words().await?, streams, holds: db.standing_holds().await? })
    }

    async fn answer(&self, db: &Db, question: &Question) -> Result<Answer, DbError> {
        let mut answer = Answer::default();
        if question.only_if_still {
            return Ok(answer); // nothing is analysed, so nothing was found to be still
        }
        let Holding { camera, purpose } = &question.of;
        // A name may have been given to several cameras, one after the other.
        let cameras = self.words.iter().filter(|(_, name, word)| name == camera && word == purpose);
        for (camera, _, word) in cameras {
            let intervals = held_intervals(&self.holds, *camera);
            for stream in self.streams.get(camera).into_iter().flatten() {
                let asked = Shorter { stream: *stream, word, keep: question.life.length, at: question.at };
                let going = db.footage_going(asked).await?;
                let shortened = footage(db.footage_shortened(asked).await?);
                let mut held = GoingFootage::default();
                for interval in intervals.iter().filter(|_| going.segments > 0) {
                    held.add(db.footage_held(asked, *interval).await?);
                }
                let free = GoingFootage {
                    segments: going.segments - held.segments,
                    bytes: going.bytes - held.bytes,
                    range: going.range.filter(|_| going.segments > held.segments),
                };
                answer = answer.and(Answer { destroyed: footage(free), held: footage(held), shortened });
            }
        }
        Ok(answer)
    }
}

fn footage(of: GoingFootage) -> Footage {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Footage { segments: count(of.segments), bytes: count(of.bytes), interval: of.range }
}

/// What holds keep of a camera, overlapping ones as one: footage is counted once however many hold it.
fn held_intervals(holds: &[HoldRow], camera: CameraId) -> Vec<WallRange> {
    let mut all: Vec<WallRange> = holds.iter().filter(|hold| hold.camera == camera).map(|hold| hold.interval).collect();
    all.sort_by_key(|interval| interval.start);
    let mut merged: Vec<WallRange> = Vec::new();
    for interval in all {
        match merged.last_mut().filter(|last| last.end >= interval.start) {
            Some(last) => last.end = last.end.max(interval.end),
            None => merged.push(interval),
        }
    }
    merged
}
