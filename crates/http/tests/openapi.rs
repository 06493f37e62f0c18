//! The interface is written down: `docs/openapi.json` is what the program serves, and the viewer's types come from it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// Set to anything to write the snapshot anew instead of comparing.
const WRITE: &str = "CANDOUR_WRITE_OPENAPI";

fn snapshot() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[test]
fn the_snapshot_is_what_is_served() {
    let served = candour_http::openapi_json();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(snapshot(), &served).expect("docs/openapi.json can be written");
    }
    let stored = std::fs::read_to_string(snapshot()).unwrap_or_default();
    assert!(stored == served, "docs/openapi.json is stale: run this test with {WRITE}=1, then `npm run types` in web");
}

#[test]
fn operations_have_unique_names_and_say_what_they_need() {
    let document: Value = serde_json::from_str(&candour_http::openapi_json()).expect("JSON");
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let name = operation["operationId"].as_str().expect("a name");
            assert!(names.insert(name.to_owned()), "{method} {path}: {name} is taken");
            assert!(operation["x-needs"].is_string(), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path} says what it is");
        }
    }
    assert!(names.len() > 25);
}

/// Every reference leads somewhere, so that types can be made from the document.
#[test]
fn every_reference_is_defined() {
    let document: Value = serde_json::from_str(&candour_http::openapi_json()).expect("JSON");
    let mut wanted = BTreeSet::new();
    references(&document, &mut wanted);
    assert!(!wanted.is_empty());
    for reference in wanted {
        let pointer = reference.strip_prefix('#').expect("only references inside the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.insert(reference.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
