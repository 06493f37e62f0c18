//! What cameras are doing, in sentences: what happened, what it means, what to do.

use candour_recording::GapCause;
use candour_units::WallTime;

/// `14:03:27 UTC on 23 November`, short enough for a sentence. People's own zone is the viewer's to show; a sentence
/// made here says its zone.
#[must_use]
pub fn moment(at: WallTime) -> String {
    let text = at.to_string();
    format!("{} UTC", &text[11..19])
}

/// The day of the week of a moment, by UTC. 1 January 1970 was a Thursday.
#[must_use]
pub fn weekday(at: WallTime) -> &'static str {
    const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let days = at.unix_seconds_floor().div_euclid(86_400);
    DAYS[days.rem_euclid(7) as usize]
}

/// Why an accepted camera is not being received.
#[must_use]
pub fn lost(name: &str, cause: GapCause, since: WallTime) -> String {
    let since = moment(since);
    match cause {
        GapCause::CameraRefusedUs => format!(
            "{name} has refused our user or password since {since}. Nothing is recorded; enter its credentials again."
        ),
        GapCause::CameraStalled => format!(
            "{name} keeps the connection but has sent no pictures since {since}. Nothing is recorded; restart the camera."
        ),
        GapCause::CameraGarbage => format!(
            "{name} has sent data since {since} that cannot be read as video. Nothing is recorded; check its encoder settings."
        ),
        GapCause::ClockStep => format!("{name} restarted its clock at {since}; recording continues in a moment."),
        GapCause::NotAccepted => {
            format!("{name} is no longer accepted by the gate since {since}. Its stream is stopped.")
        }
        GapCause::AboveCap => format!(
            "{name} has sent, or offered, more than its policy allows since {since}. Nothing is recorded; set its encoder within the caps."
        ),
        GapCause::MaskNotKept => format!(
            "{name} has not hidden an area that its policy wants hidden since {since}. Nothing is recorded; look at its privacy masks."
        ),
        _ => format!("{name} has not been reachable since {since}. Nothing is recorded; check its power and network."),
    }
}

/// Somebody on the wire answers discovery in a camera's place.
#[must_use]
pub fn imitated(name: &str, why: &str) -> String {
    format!(
        "Somebody imitates camera {name}. It was asked over a connection, is who it was, and goes on recording. {why}"
    )
}

/// Why a camera that the gate did not accept has no stream.
#[must_use]
pub fn not_accepted(name: &str, outcome: &str) -> String {
    match outcome {
        "refused" => format!("{name} is refused: no connection to its stream is ever opened. Replace it."),
        "quarantined" => {
            format!("{name} is quarantined: what it says of itself is unknown or contradictory. No stream is opened.")
        }
        _ => format!("{name} waits for a paper or a second layer of evidence. No stream is opened until then."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_say_what_to_do() {
        let at = WallTime::from_unix_seconds(50_607);
        assert_eq!(moment(at), "14:03:27 UTC");
        assert_eq!((weekday(at), weekday(WallTime::from_unix_seconds(1_795_461_000))), ("Thursday", "Monday"));
        for cause in GapCause::ALL {
            let words = lost("Car park", cause, at);
            assert!(words.starts_with("Car park") && words.ends_with('.') && words.contains("14:03:27"), "{words}");
        }
    }
}
