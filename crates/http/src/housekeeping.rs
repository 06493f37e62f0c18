//! What the door does by itself every few seconds: summaries of floods, the ends of looks nobody renewed, old sign-ins,
//! reviews that are overdue, the log's index, looks that stand out, a fresh certificate.

use std::time::Duration;

use candour_units::WallDuration;

use crate::app::App;
use crate::{anomalies, grants, log_index, looks, session};

const EVERY: Duration = Duration::from_secs(2);
/// Rounds between the slower things: ten minutes.
const SLOWLY: u64 = 300;

/// Looks at cameras that were set up, and requests for them, that nobody signed; the log has them.
const VIEWS_FORGOTTEN_AFTER: WallDuration = WallDuration::from_seconds(30 * 86_400);

/// Runs until the door stops; then ends every look.
pub(crate) async fn run(app: App) {
    let mut stopping = app.stopping.subscribe();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for round in 0_u64.. {
        tokio::select! {
            _ = tick.tick() => {}
            stopped = async { stopping.wait_for(|stopping| *stopping).await.is_ok() } => {
                tracing::debug!(stopped, "the door closes");
                break;
            }
        }
        looks::end_lapsed(&app).await;
        if let Err(error) = app.mask_stills.sweep().await {
            tracing::error!(
                error = candour_units::chain(&error),
                "stills for masks that have to go could not be destroyed"
            );
        }
        let stills = app.stills.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || stills.rest()).await {
            tracing::warn!(%error, "programs that made stills could not be ended");
        }
        for event in app.refusals.due(app.clock.mono()) {
            if let Err(error) = app.log.append(event).await {
                tracing::error!(error = candour_units::chain(&error), "refused sign-ins could not be written down");
            }
        }
        if let Err(problem) = log_index::catch_up(&app).await {
            tracing::warn!(problem = problem.detail(), "the log's index is behind");
        }
        if round % SLOWLY == 0 {
            anomalies::refresh_alarm(&app).await;
            forget_sessions(&app).await;
            if let Err(error) = app.db.forget_views(app.clock.wall() - VIEWS_FORGOTTEN_AFTER).await {
                tracing::warn!(error = candour_units::chain(&error), "old looks at cameras could not be forgotten");
            }
            grants::refresh_alarm(&app).await;
            if app.tls.is_due() {
                renew_certificate(&app).await;
            }
        }
    }
    looks::end_all(&app, "the recorder stopped").await;
}

async fn forget_sessions(app: &App) {
    if let Err(error) = app.db.forget_expired_sessions(app.clock.wall() - session::FORGOTTEN_AFTER).await {
        tracing::warn!(error = candour_units::chain(&error), "old sign-ins could not be forgotten");
    }
}

async fn renew_certificate(app: &App) {
    let task = {
        let app = app.clone();
        tokio::task::spawn_blocking(move || app.tls.rename(app.tls.shown().names))
    };
    match task.await {
        Ok(Ok(())) => tracing::info!("serving with a fresh certificate"),
        Ok(Err(error)) => {
            tracing::error!(error = candour_units::chain(&error), "no fresh certificate; the old one is served on")
        }
        Err(error) => tracing::error!(%error, "no fresh certificate; the old one is served on"),
    }
}
