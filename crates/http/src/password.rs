//! Passwords: Argon2id on a few threads of its own, the same work for names nobody has.

use std::sync::Arc;

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use candour_units::Entropy;
use candour_wire::secret::Secret;
use tokio::sync::Semaphore;

use crate::problem::{Kind, Problem};

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Hashes at once: each takes 19 MiB and some 30 ms of a core that should record.
const AT_ONCE: usize = 2;
/// Callers that may wait; more are told to come back.
const WAITING: usize = 32;

/// Fewest characters of a password.
pub(crate) const SHORTEST: usize = 12;
/// Most characters of a password.
pub(crate) const LONGEST: usize = 200;

/// The one place where passwords are hashed and checked.
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    entropy: Arc<dyn Entropy>,
    /// What a password of an unknown name is checked against.
    nobody: String,
}

impl Passwords {
    pub(crate) fn new(entropy: Arc<dyn Entropy>) -> Self {
        let nobody = hash(b"nobody has this password", &entropy.id());
        let queue = Arc::new(Semaphore::new(AT_ONCE + WAITING));
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), queue, entropy, nobody }
    }

    /// The PHC string to store for a password.
    pub(crate) async fn hash(&self, password: &Secret) -> Result<String, Problem> {
        let (password, salt) = (password.clone(), self.entropy.id());
        self.run(move || hash(password.expose().as_bytes(), &salt)).await
    }

    /// Whether the password is the one behind `stored`; without one, the same work is done and the answer is no.
    pub(crate) async fn check(&self, password: &Secret, stored: Option<&str>) -> Result<bool, Problem> {
        let (password, known) = (password.clone(), stored.is_some());
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        self.run(move || known & verify(password.expose().as_bytes(), &stored)).await
    }

    async fn run<T: Send + 'static>(&self, act: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let Ok(_waiting) = self.queue.clone().try_acquire_owned() else {
            return Err(Problem::wait("Too many people are signing in at once; try again in a few seconds.", 5));
        };
        let place = self.places.clone().acquire_owned().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || {
            let _place = place; // held by the thread: an impatient caller does not free it
            act()
        })
        .await
        .map_err(|_| Problem::new(Kind::Unavailable, "The password could not be checked; try again."))
    }
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("the parameters are constants within their limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &[u8], salt: &[u8; 16]) -> String {
    let hash: PasswordHash =
        hasher().hash_password_with_salt(password, salt).expect("a salt of 16 bytes and a short password are fine");
    hash.to_string()
}

fn verify(password: &[u8], stored: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|stored| hasher().verify_password(password, &stored).is_ok())
}

/// Refuses passwords that are too short, too long, or that everybody would try first.
pub(crate) fn judge(password: &Secret, sign_in_name: &str) -> Result<(), Problem> {
    let text = password.expose();
    let length = text.chars().count();
    let refuse = |words: String| Err(Problem::invalid("password", words));
    if length < SHORTEST {
        return refuse(format!("The password has {length} characters; at least {SHORTEST} are needed."));
    }
    if length > LONGEST {
        return refuse(format!("The password has {length} characters; at most {LONGEST} are possible."));
    }
    let first = text.chars().next();
    if text.chars().all(|character| Some(character) == first) {
        return refuse("The password is one character again and again.".into());
    }
    if text.to_lowercase().contains(&sign_in_name.to_lowercase()) {
        return refuse("The password contains the sign-in name.".into());
    }
    Ok(())
}

/// The form in which a new password is stored, for a program that sets one without the door.
///
/// # Errors
/// Why the password is no good one, in a sentence.
pub fn new_password_hash(password: &Secret, sign_in_name: &str, entropy: &dyn Entropy) -> Result<String, String> {
    judge(password, sign_in_name).map_err(|problem| problem.detail().to_owned())?;
    Ok(hash(password.expose().as_bytes(), &entropy.id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::SeededEntropy;

    #[tokio::test]
    async fn checks_what_it_hashed() {
        let passwords = Passwords::new(Arc::new(SeededEntropy::new(1)));
        let stored = passwords.hash(&Secret::new("correct horse battery")).await.expect("hashed");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.check(&Secret::new("correct horse battery"), Some(&stored)).await.expect("checked"));
        assert!(!passwords.check(&Secret::new("correct horse batterx"), Some(&stored)).await.expect("checked"));
        assert!(!passwords.check(&Secret::new("nobody has this password"), None).await.expect("checked"));
        assert!(!passwords.check(&Secret::new("x"), Some("not a PHC string")).await.expect("checked"));
    }

    #[test]
    fn judges() {
        let check = |text: &str, fine: bool| assert_eq!(judge(&Secret::new(text), "ada").is_ok(), fine, "{text}");
        check("correct horse", true);
        check("short", false);
        check("aaaaaaaaaaaaaaaa", false);
        check("I am Ada Lovelace", false);
        check(&"ab".repeat(101), false);
        check(&"ä".repeat(6), false);
    }
}
