//! Whether lives are shortened by motion: they are, until second looks find too much, and then again once a person says so.

use candour_db::{Db, DbError};
use candour_policy::SecondLooks;
use candour_units::WallTime;

/// Since when nothing is shortened; absent while lives are.
const STOPPED: &str = "shortening_stopped_90k";
/// Second looks since a person last let lives be shortened, and those that found motion.
const CHECKED: &str = "second_looks_checked";
const MISSED: &str = "second_looks_missed";

/// Whether lives are shortened, and how second looks went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shortening {
    /// Since when nothing is shortened any more; `None` while lives are.
    pub stopped: Option<WallTime>,
    /// Second looks since a person last let lives be shortened.
    pub looks: SecondLooks,
}

impl Shortening {
    /// As it stands.
    ///
    /// # Errors
    /// [`DbError`]; whoever cannot read it shortens nothing.
    pub async fn read(db: &Db) -> Result<Self, DbError> {
        let stopped = number(db, STOPPED).await?.map(WallTime::from_ticks);
        let count = |stored: Option<i64>| u64::try_from(stored.unwrap_or(0)).unwrap_or(0);
        let looks =
            SecondLooks { checked: count(number(db, CHECKED).await?), missed: count(number(db, MISSED).await?) };
        Ok(Self { stopped, looks })
    }

    /// Counts one more second look. Gives how it stands, and whether shortening stopped by this one: whatever was found to be still and
    /// was not shortened yet then keeps its full life.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn count(db: &Db, missed: bool, now: WallTime) -> Result<(Self, bool), DbError> {
        let before = Self::read(db).await?;
        let looks = before.looks.and(missed);
        db.set_setting(CHECKED, &looks.checked.to_string()).await?;
        db.set_setting(MISSED, &looks.missed.to_string()).await?;
        let stops = looks.stop() && before.stopped.is_none();
        if stops {
            db.set_setting(STOPPED, &now.ticks().to_string()).await?;
            db.keep_what_seemed_still().await?;
        }
        Ok((Self { stopped: before.stopped.or(stops.then_some(now)), looks }, stops))
    }

    /// A person lets lives be shortened again; second looks are counted anew.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn resume(db: &Db) -> Result<(), DbError> {
        db.set_setting(CHECKED, "0").await?;
        db.set_setting(MISSED, "0").await?;
        db.clear_setting(STOPPED).await?;
        Ok(())
    }
}

async fn number(db: &Db, name: &'static str) -> Result<Option<i64>, DbError> {
    let Some(text) = db.setting(name).await? else { return Ok(None) };
    let damaged = |_| DbError::Damaged { column: name, value: "not a number".into() };
    text.parse().map(Some).map_err(damaged)
}
