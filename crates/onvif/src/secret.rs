//! Passwords, which are never shown.

use zeroize::Zeroizing;

/// A password. Has no `Debug`, no `Display` and no serialised form; wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the password over.
    #[must_use]
    pub fn new(password: String) -> Self {
        Self(Zeroizing::new(password))
    }

    /// The password itself: for computing a digest, and for handing it to what seals it. Never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A user of the device and the password. Has no `Debug`.
#[derive(Clone)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}
