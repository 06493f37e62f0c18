//! Every statement that a test runs is held to an index, on both stores: what reads a table that grows with the footage
//! row by row fails the test that asked it. Thus no question need be listed here, and none can be forgotten.
//!
//! On PostgreSQL the tests connect with scans and sorts made expensive (`enable_seqscan = off`, ...): what still scans
//! or sorts has no index to go by.

use crate::pool::Connection;
use crate::statement::{Statement, composed};

/// Tables whose rows grow with time and cameras.
const GROWING: &[&str] = &["segments", "gaps", "certificates"];

/// Partial indexes of what does not last: reading one of them whole is cheap.
const SMALL: &[&str] =
    &["segments_open", "segments_deleting", "segments_unlogged", "gaps_open", "certificates_unfinished"];

/// Statements that read a growing table whole, each with its reason.
const MAY_SCAN: &[(&str, &str)] =
    &[("SELECT id, storage, state FROM segments WHERE state < 3", "recovery compares all files with all rows")];

/// Panics when the plan of `statement` reads a growing table row by row, or sorts one.
pub(crate) async fn hold_to_an_index(on: &mut Connection<'_>, statement: &Statement) {
    let text = statement.text.as_str();
    let is_excused = text.starts_with("INSERT") || MAY_SCAN.iter().any(|(may, _)| *may == text);
    if is_excused || !GROWING.iter().any(|table| text.contains(table)) {
        return;
    }
    let plan = plan(on, statement).await;
    let wrong = plan.iter().find(|line| is_wrong(line, text.contains(" LIMIT ")));
    assert!(wrong.is_none(), "no index serves\n  {text}\nfor its plan is\n  {}", plan.join("\n  "));
}

async fn plan(on: &mut Connection<'_>, statement: &Statement) -> Vec<String> {
    let (explain, column) = match on {
        Connection::Sqlite(_) => ("EXPLAIN QUERY PLAN ", "detail"),
        Connection::Postgres(_) => ("EXPLAIN (COSTS OFF) ", "QUERY PLAN"),
    };
    let mut question = composed(format!("{explain}{}", statement.text.as_str()));
    question.values.clone_from(&statement.values);
    let rows = on.fetch(question).await.unwrap_or_default();
    rows.iter().map(|row| row.text(column).expect("a plan is text")).collect()
}

/// Whether a line of a plan reads a growing table, or a big index of one, from end to end, or sorts.
fn is_wrong(line: &str, is_limited: bool) -> bool {
    let line = line.trim_start().trim_start_matches("->").trim_start();
    let is_scan_of_table = |rest: &str| match rest.split_once(" USING ") {
        None => GROWING.contains(&rest),
        Some((table, index)) => {
            let index = index.rsplit(' ').next().unwrap_or_default();
            GROWING.contains(&table) && !is_limited && !SMALL.contains(&index)
        }
    };
    line.strip_prefix("SCAN ").is_some_and(is_scan_of_table)
        || line.strip_prefix("Seq Scan on ").is_some_and(|rest| GROWING.iter().any(|table| rest.starts_with(table)))
        || line.contains("TEMP B-TREE")
        || line.starts_with("Sort")
}
