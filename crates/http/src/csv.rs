//! Rows for a spreadsheet (RFC 4180), so that no cell becomes a formula (T6): names and reasons are what somebody typed.

/// Characters with which spreadsheets begin a formula, also after leading blanks; a tab or line end would begin another cell in some.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Marks the text as UTF-8 for spreadsheets that would guess.
pub(crate) const MARK: &str = "\u{feff}";

/// One row: every cell in quotes, with a line end.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

/// A cell that begins like a formula gets an apostrophe in front, which spreadsheets take for "this is text".
fn cell(text: &str) -> String {
    let first = text.trim_start_matches([' ', '\u{a0}', '\n']).chars().next();
    let guard = if first.is_some_and(|first| FORMULA.contains(&first)) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+44 20", "-3", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(\"x\")", "\n=1", "\u{a0}=1"] {
            assert!(cell(formula).starts_with("\"'"), "{formula:?}");
        }
        for text in ["Ada", "case 2026/117", "a=b", "1 - 2", ""] {
            assert_eq!(cell(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn quotes_and_line_ends_stay_in_their_cell() {
        assert_eq!(row(["a \"b\", c", "d\ne"]), "\"a \"\"b\"\", c\",\"d\ne\"\r\n");
    }
}
