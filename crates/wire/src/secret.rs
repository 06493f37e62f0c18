//! Texts that must not leak: passwords and one-time tokens on their way in.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// A secret text of a request. `Debug` does not show it and its memory is wiped when it is dropped.
///
/// It serialises as the plain text, because programs and tests must be able to send it. The only answers that carry one are those that
/// tell a person their own new second factor, once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }
    /// The text itself; the name makes every use easy to find.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("correct horse")), "(secret)");
    }

    #[test]
    fn json_is_the_text() {
        let secret: Secret = serde_json::from_str("\"a b\"").expect("a JSON text is a secret");
        assert_eq!(secret.expose(), "a b");
        assert_eq!(serde_json::to_string(&secret).expect("a text has a JSON form"), "\"a b\"");
    }
}
