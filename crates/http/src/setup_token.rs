//! The one-time set-up token: 128 random bits, made anew at every start until set-up is done; only its hash is kept.

use candour_units::Entropy;
use candour_wire::secret::Secret;

use crate::digest::same;
use crate::spelling::{spelt, stored};

/// Where its hash lies in the settings.
pub(crate) const SETTING: &str = "setup_token_hash";

/// Makes a token for people to type: 26 digits in groups of five.
pub(crate) fn mint(entropy: &dyn Entropy) -> Secret {
    spelt(u128::from_be_bytes(entropy.id()), 26, 5)
}

/// The hash to store: of what is left when case, spaces and dashes do not count.
pub(crate) fn stored_form(token: &Secret) -> String {
    stored(token).to_string()
}

/// Whether `token` is the one behind `stored`; takes the same time wherever they differ.
pub(crate) fn matches(token: &Secret, stored: Option<&str>) -> bool {
    stored.is_some_and(|stored| same(stored.as_bytes(), stored_form(token).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::SeededEntropy;

    #[test]
    fn typed_in_any_way() {
        let token = mint(&SeededEntropy::new(7));
        assert_eq!(token.expose().len(), 31, "26 digits and 5 dashes");
        let stored = stored_form(&token);
        let loud = Secret::new(format!(" {} ", token.expose().to_uppercase().replace('-', " ")));
        assert!(matches(&token, Some(&stored)) && matches(&loud, Some(&stored)));
        assert!(!matches(&mint(&SeededEntropy::new(8)), Some(&stored)));
        assert!(!matches(&token, None) && !matches(&Secret::new(""), Some("")));
    }

    proptest::proptest! {
        /// No text but the token, in whatever case and grouping, opens anything.
        #[test]
        fn nothing_else_matches(typed in "[0-9a-zA-Z -]{0,40}|\\PC{0,40}", seed in 0_u64..50) {
            let token = mint(&SeededEntropy::new(seed));
            let plain = |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase() };
            let same = plain(&typed) == plain(token.expose());
            proptest::prop_assert_eq!(matches(&Secret::new(typed), Some(&stored_form(&token))), same);
        }
    }
}
