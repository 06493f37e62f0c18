//! One picture of a look as a JPEG: made when it is asked for, counted before it leaves, stored nowhere.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use candour_archive::KeyPicture;
use candour_decode::{Still, StillError, Whose};
use candour_units::{CameraId, StreamId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Asked, range};
use crate::problem::{Kind, Problem};
use crate::routes::looks;
use crate::session::SignedIn;

/// Pixels in a row where nobody says.
const WIDTH: u16 = 320;
/// The answer's header with the moment that the picture shows, in ticks of 1/90000 s since 1970.
const PICTURE_AT: HeaderName = HeaderName::from_static("picture-at-90k");

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// The camera.
    camera: String,
    /// `main` or `sub`.
    stream: String,
    /// The moment. The picture is the key frame at or before it; the header `picture-at-90k` says when that was.
    at_90k: i64,
    /// Pixels in a row at most, 16 to 1920; 320 where it is not said. Nothing is enlarged.
    width: Option<u16>,
}

/// A still of one moment of the look.
#[utoipa::path(get, path = "/looks/{id}/still", tag = "playback",
    params(("id" = String, Path, description = "Look"), Question),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>,
        headers(("picture-at-90k" = i64, description = "When the picture was taken by the recorder's clock"))),
        (status = 403), (status = 404), (status = 410), (status = 422), (status = 429), (status = 503)))]
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
    Asked(asked): Asked<Question>,
) -> Result<Response, Problem> {
    let held = looks::find(&app, &who, &look)?;
    app.limits.still(who.session.id, app.clock.mono())?;
    let moment = range(asked.at_90k, asked.at_90k.saturating_add(1), 1).map_err(|wrong| wrong.on_field("at_90k"))?;
    let (row, stream, moment) = looks::covered(&app, &held, &asked.camera, &asked.stream, moment).await?;
    let found = app.archive.key_picture(&held.receipt(), row.id, stream, moment.start).await?;
    let Some(picture) = found else { return Err(crate::absence::nothing(&app, stream, moment).await?) };
    let shown = picture.shown;
    let still = make(&app, row.id, stream, picture, asked.width.unwrap_or(WIDTH)).await?;
    // Making it took a while: a look that ended meanwhile gives nothing.
    let interval = (shown.start.ticks(), shown.end.ticks());
    if !held.count(app.clock.mono(), |sent| sent.add_still(row.id, still.jpeg.len() as u64, interval)) {
        return Err(candour_audit::NotCovered::Lapsed.into());
    }
    let at = HeaderValue::from(shown.start.ticks());
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")), (PICTURE_AT, at)], still.jpeg).into_response())
}

async fn make(
    app: &App,
    camera: CameraId,
    stream: StreamId,
    picture: KeyPicture,
    width: u16,
) -> Result<Still, Problem> {
    let stills = Arc::clone(&app.stills);
    let made = tokio::task::spawn_blocking(move || {
        stills.still(Whose { camera, stream }, &picture.entry, &picture.data, width)
    });
    made.await.map_err(|error| Problem::internal("the thread that makes stills", &error))?.map_err(problem)
}

/// What could not be made, in words for whoever wanted to see it.
pub(crate) fn problem(error: StillError) -> Problem {
    match error {
        StillError::Busy => Problem::wait("Many pictures are being made now. Try again in a moment.", 1),
        StillError::Resting { ms } => Problem::wait(
            "A program that makes pictures ended over a camera's bytes; the next one starts in a moment.",
            u32::try_from(ms / 1_000 + 1).unwrap_or(1),
        ),
        StillError::Start(why) => {
            tracing::error!(error = candour_units::chain(&why), "no program makes stills");
            Problem::new(
                Kind::Unavailable,
                "The program that makes pictures cannot be started. Playback does not need it. The System page and the recorder's own log say \
                 what is missing.",
            )
        }
        StillError::Barred { kills } => undecodable(format!(
            "Pictures of this camera ended {kills} programs that decode them, so they are left alone until somebody has looked at the camera. \
             Playback does not need that program."
        )),
        StillError::Lost(loss) => undecodable(format!(
            "Over this picture {}. Nothing else was disturbed. The footage is kept as it is.",
            loss.death
        )),
        StillError::TooLarge { .. } | StillError::Unreadable(_) => {
            undecodable("What the camera sent at that moment is no picture. The footage is kept as it is.".to_owned())
        }
        StillError::Trouble(what) => {
            undecodable(format!("No picture can be made of that moment: {what}. The footage is kept as it is."))
        }
    }
}

fn undecodable(words: String) -> Problem {
    Problem::new(Kind::Undecodable, words)
}

#[cfg(test)]
mod tests {
    use candour_decode::{Death, Loss, Trouble};

    use super::*;

    #[test]
    fn what_is_wrong_with_a_picture_is_told_from_what_is_wrong_with_us() {
        let lost = Loss { death: Death::Hung, stream: 1, kills: 1 };
        let kind = |error| problem(error).kind();
        for error in [
            StillError::Trouble(Trouble::TooLarge),
            StillError::Lost(lost),
            StillError::Barred { kills: 3 },
            StillError::TooLarge { len: 9 },
        ] {
            assert_eq!(kind(error), Kind::Undecodable);
        }
        assert_eq!(kind(StillError::Busy), Kind::TooManyRequests);
        assert_eq!(kind(StillError::Resting { ms: 400 }), Kind::TooManyRequests);
    }
}
