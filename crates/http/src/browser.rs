//! What a browser says of itself, in a few words, so that people recognise their own sign-ins. What it sends is not kept:
//! it may be anything, and is no evidence.

use axum::http::{HeaderMap, header};

/// "Firefox on Windows"; "an unknown browser" where nothing is recognised.
pub(crate) fn words(headers: &HeaderMap) -> String {
    let said = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Each names those before it too, so the order decides.
    let browser =
        first(said, &[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(
        said,
        &[
            ("Android", "Android"),
            ("iPhone", "an iPhone"),
            ("iPad", "an iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "a Mac"),
            ("Linux", "Linux"),
        ],
    );
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("an unknown browser on {system}"),
        (None, None) => "an unknown browser".to_owned(),
    }
}

fn first(said: &str, known: &[(&str, &'static str)]) -> Option<&'static str> {
    known.iter().find(|(sign, _)| said.contains(sign)).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_words_and_nothing_of_what_was_sent() {
        let check = |said: &str, expected: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, said.parse().expect("a header value"));
            assert_eq!(words(&headers), expected, "{said}");
        };
        check("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux");
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
        check(chrome, "Chrome on Windows");
        check(&format!("{chrome} Edg/130.0"), "Edge on Windows");
        check("<script>alert(1)</script>", "an unknown browser");
        assert_eq!(words(&HeaderMap::new()), "an unknown browser");
    }
}
