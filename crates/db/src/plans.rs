//! Every statement that a test runs is held to an index, on both stores: what reads a table that grows with the footage
//! row by row fails the test that asked it. Thus no question need be listed here, and none can be forgotten.
//!
//! On PostgreSQL the tests connect with scans and sorts made expensive (`enable_seqscan = off`, ...) and the planner is
//! told that the growing tables have millions of rows: what still scans or sorts has no index to go by.

use crate::pool::Connection;
use crate::statement::{Statement, composed};

/// Tables whose rows grow with time and cameras.
pub(crate) const GROWING: &[&str] =
    &["segments", "gaps", "certificates", "deleted_stretches", "footage_hours", "log_index", "log_index_cameras"];

/// Partial indexes of what does not last: reading one of them whole is cheap.
const SMALL: &[&str] = &[
    "segments_open",
    "segments_open_of",
    "segments_deleting",
    "segments_deleting_of",
    "segments_unlogged",
    "segments_to_weigh",
    "segments_chosen",
    "gaps_open",
    "certificates_unfinished",
];

/// Statements that read a growing table whole, each with its reason.
const MAY_SCAN: &[(&str, &str)] = &[
    ("SELECT id, storage, state FROM segments WHERE state < 3", "recovery compares all files with all rows"),
    ("DELETE FROM log_index_cameras", "the whole index is made anew"),
    ("DELETE FROM log_index", "as above"),
    (
        "UPDATE segments SET stillness = 7, still_until_90k = NULL WHERE state = 1 AND still_until_90k IS NOT NULL",
        "all that was still is kept, once, when second looks found too much",
    ),
];

/// Panics when the plan of `statement` reads a growing table, or a big index of one, from end to end, or sorts one to
/// give the first few.
pub(crate) async fn hold_to_an_index(on: &mut Connection<'_>, statement: &Statement) {
    let text = statement.text.as_str();
    let is_excused = text.starts_with("INSERT") || MAY_SCAN.iter().any(|(may, _)| *may == text);
    if is_excused || !GROWING.iter().any(|table| text.contains(table)) {
        return;
    }
    // A limit within, below an order outside, bounds what is ordered.
    let is_limited = text.rfind(" LIMIT ") > text.rfind(" ORDER BY ");
    let (plan, wrong) = match on {
        Connection::Sqlite(_) => {
            let plan = plan(on, statement, "EXPLAIN QUERY PLAN ", "detail").await;
            let wrong = plan.iter().any(|line| sqlite_reads_whole(line, is_limited));
            (plan, wrong)
        }
        Connection::Postgres(_) => {
            let plan = plan(on, statement, "EXPLAIN (COSTS OFF) ", "QUERY PLAN").await;
            let next = plan.iter().skip(1).map(String::as_str).chain([""]);
            let wrong = plan.iter().zip(next).any(|(line, next)| postgres_reads_whole(line, next, is_limited));
            (plan, wrong)
        }
    };
    assert!(!wrong, "no index serves\n  {text}\nfor its plan is\n  {}", plan.join("\n  "));
}

async fn plan(on: &mut Connection<'_>, statement: &Statement, explain: &str, column: &'static str) -> Vec<String> {
    let mut question = composed(format!("{explain}{}", statement.text.as_str()));
    question.values.clone_from(&statement.values);
    let rows = on.fetch(question).await.unwrap_or_default();
    rows.iter().map(|row| row.text(column).expect("a plan is text")).collect()
}

/// `SCAN table`, or `SCAN table USING [COVERING] INDEX name`.
fn sqlite_reads_whole(line: &str, is_limited: bool) -> bool {
    let reads_whole = |rest: &str| match rest.split_once(" USING ") {
        None => GROWING.contains(&rest),
        Some((table, index)) => GROWING.contains(&table) && !is_limited && !is_small(index),
    };
    line.strip_prefix("SCAN ").is_some_and(reads_whole) || is_limited && line.contains("TEMP B-TREE")
}

/// `Seq Scan on table`, or `Index [Only] Scan using name on table` whose next line has no `Index Cond`.
fn postgres_reads_whole(line: &str, next: &str, is_limited: bool) -> bool {
    let line = line.trim_start().trim_start_matches("->").trim_start();
    if is_limited && line.starts_with("Sort") {
        return true;
    }
    let (Some((how, table)), true) = (line.split_once(" on "), line.contains(" Scan")) else { return false };
    if !GROWING.contains(&table.split(' ').next().unwrap_or_default()) {
        return false;
    }
    how.starts_with("Seq Scan") || !is_limited && !is_small(how) && !next.contains("Index Cond")
}

fn is_small(ends_with_its_name: &str) -> bool {
    SMALL.contains(&ends_with_its_name.rsplit(' ').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_reads_a_table_whole_is_known() {
        let sqlite = |line, is_limited| sqlite_reads_whole(line, is_limited);
        assert!(sqlite("SCAN segments", true) && sqlite("SCAN segments USING COVERING INDEX segments_closed", false));
        assert!(sqlite("USE TEMP B-TREE FOR ORDER BY", true) && !sqlite("USE TEMP B-TREE FOR ORDER BY", false));
        assert!(!sqlite("SCAN segments USING INDEX segments_open", false) && !sqlite("SCAN streams", false));
        assert!(!sqlite("SEARCH segments USING INDEX segments_closed (stream=?)", false));
        let postgres = |line, next| postgres_reads_whole(line, next, false);
        assert!(postgres("  ->  Seq Scan on segments", "") && postgres_reads_whole("Sort", "", true));
        assert!(postgres("->  Index Scan using segments_closed on segments s", "  Filter: (state = 1)"));
        assert!(!postgres("->  Index Scan using segments_closed on segments", "  Index Cond: (stream = $1)"));
        assert!(!postgres("->  Index Scan using segments_open on segments", "") && !postgres("Sort", ""));
    }
}
