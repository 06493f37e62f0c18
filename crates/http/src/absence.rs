//! Why an interval has nothing to show, in words that say what is there instead.

use candour_archive::{Span, SpanKind};
use candour_units::{StreamId, WallRange};

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::sentences;

/// So many stretches are told one by one.
const MOST: usize = 4;

/// The answer for an interval of which nothing can be read.
pub(crate) async fn nothing(app: &App, stream: StreamId, interval: WallRange) -> Result<Problem, Problem> {
    let now = app.clock.wall();
    if interval.start >= now {
        return Ok(Problem::new(
            Kind::NoFootage,
            format!("The interval begins at {}, and it is {now} now: nothing of it has happened yet.", interval.start),
        ));
    }
    let spans = app.archive.timeline(stream, interval).await?.spans;
    Ok(told(&spans))
}

fn told(spans: &[Span]) -> Problem {
    let all_deleted = !spans.is_empty() && spans.iter().all(|span| matches!(span.kind, SpanKind::Deleted { .. }));
    let out_of_reach = spans.iter().any(|span| matches!(span.kind, SpanKind::Unavailable { .. }));
    let kind = match (out_of_reach, all_deleted) {
        (true, _) => Kind::Unavailable,
        (false, true) => Kind::FootageDeleted,
        (false, false) => Kind::NoFootage,
    };
    let mut words: Vec<String> = spans.iter().take(MOST).map(words_of).collect();
    if spans.len() > MOST {
        words.push(format!("And {} stretches more; the timeline has all of them.", spans.len() - MOST));
    }
    let words = if words.is_empty() { "Nothing is known about this interval.".to_owned() } else { words.join(" ") };
    Problem::new(kind, words)
}

fn words_of(span: &Span) -> String {
    let words = match &span.kind {
        SpanKind::Recorded => "There is footage, but no picture of it can be opened.".to_owned(),
        SpanKind::Gap { cause } => sentences::gap(cause.word()).to_owned(),
        SpanKind::Deleted { rule, entry } => sentences::deleted(rule, *entry),
        SpanKind::Unavailable { .. } => sentences::UNAVAILABLE.to_owned(),
        SpanKind::Unknown => "Nothing was recorded, and nothing is known about why.".to_owned(),
    };
    format!("From {} to {}: {words}", span.range.start, span.range.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::WallTime;

    fn span(start: i64, end: i64, kind: SpanKind) -> Span {
        let at = |seconds| WallTime::from_unix_seconds(1_795_461_000 + seconds);
        Span { range: WallRange { start: at(start), end: at(end) }, kind }
    }

    #[test]
    fn what_is_there_instead() {
        let deleted = SpanKind::Deleted { rule: "kept 3 days".to_owned(), entry: Some(7) };
        let gone = told(&[span(0, 5, deleted.clone())]);
        assert_eq!(gone.kind(), Kind::FootageDeleted);
        assert!(gone.detail().contains("2026-11-23T19:10:00.000Z") && gone.detail().contains('7'), "{}", gone.detail());
        let mixed = told(&[span(0, 5, deleted), span(5, 9, SpanKind::Unknown)]);
        assert_eq!(mixed.kind(), Kind::NoFootage);
        let many: Vec<Span> = (0..9).map(|n| span(n, n + 1, SpanKind::Unknown)).collect();
        assert!(told(&many).detail().contains("5 stretches more"));
        assert_eq!(told(&[]).kind(), Kind::NoFootage);
    }
}
