//! Keeps the rows of deletions few: what is certified is folded into stretches after two days, and stretches are
//! forgotten after 13 months. The certificates themselves are in the log.

use std::time::Duration;

use candour_db::{Db, DbError};
use candour_units::{WallDuration, WallTime};

use crate::proof::HIGH_WATER;

/// Rows of a deletion stay this long: for the Retention page, and until the key file was rewritten after it.
const UNFOLDED: WallDuration = WallDuration::from_seconds(2 * 86_400);
/// Thirteen long months: a yearly report can still be checked.
const TOLD: WallDuration = WallDuration::from_seconds(13 * 31 * 86_400);
/// Folded in one transaction: a fraction of a second in which nothing else is written.
const BATCH: i64 = 1000;

/// Folds every `period` until `stop` resolves.
pub async fn fold_deletions(db: Db, period: Duration, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        match fold(&db).await {
            Ok(0) => {}
            Ok(folded) => tracing::debug!(folded, "certified deletions were folded into stretches"),
            Err(error) => tracing::error!(
                error = %candour_units::chain(&error),
                "certified deletions could not be folded; it is tried again"
            ),
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(period) => {}
        }
    }
}

/// Folds all that is old enough by the latest proved time: a clock that is wrong shall not make anything forgotten.
/// Gives how many deletions it folded.
///
/// # Errors
/// [`DbError`]; what was folded before stays folded.
pub async fn fold(db: &Db) -> Result<usize, DbError> {
    let Some(now) = proved(db).await? else { return Ok(0) };
    let mut folded = 0;
    loop {
        let batch = db.fold_deleted(now - UNFOLDED, BATCH).await?;
        folded += batch;
        if (batch as i64) < BATCH {
            break;
        }
    }
    db.forget_stretches(now - TOLD).await?;
    Ok(folded)
}

async fn proved(db: &Db) -> Result<Option<WallTime>, DbError> {
    let text = db.setting(HIGH_WATER).await?;
    Ok(text.and_then(|text| text.parse().ok()).map(WallTime::from_ticks))
}
