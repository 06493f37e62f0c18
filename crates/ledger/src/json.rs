//! One spelling for each JSON object: what is committed to must not depend on who wrote it down.

use serde_json::Value;

/// The text is not one JSON object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object: {what}")]
pub struct NotAnObject {
    /// What was found instead.
    pub what: String,
}

/// The object with its keys sorted by their bytes at every depth and no space between its parts. Of two equal keys the
/// later counts.
///
/// # Errors
/// [`NotAnObject`] for anything that is not exactly one object.
pub fn canonical_object(text: &str) -> Result<String, NotAnObject> {
    let value: Value = serde_json::from_str(text).map_err(|error| NotAnObject { what: error.to_string() })?;
    if !value.is_object() {
        return Err(NotAnObject { what: "another kind of value".to_owned() });
    }
    let mut out = String::with_capacity(text.len());
    write(&value, &mut out);
    Ok(out)
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            // Sorted here and not left to the map: another crate's choice of features may make it keep insertion order.
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            out.push('{');
            for (at, (key, item)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        leaf => out.push_str(&leaf.to_string()),
    }
}
