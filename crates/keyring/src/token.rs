//! A master inside a PKCS#11 token: its keys never leave it, it wraps and unwraps for us.
//!
//! Either one key of the token (AES-256, sensitive, not extractable, found by our label) wraps all, or each epoch key and
//! each backup key is wrapped by a key of its own, found by our label and the name of what it wraps. Destroying that key
//! makes old blocks of a disk and old copies of a backup useless: nothing else can unwrap what it wrapped. But then a copy
//! of the token is outdated by the next rotation, so the site chooses. AES-GCM is used, with nonces of ours.
//!
//! The vendor's library is C code in our process. It is loaded only when the configuration names it, sees no byte of a
//! camera, and is spoken to by one thread at a time. See `docs/design/keyring.md`.

use std::ffi::c_ulong;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candour_seal::key::Secret;
use candour_seal::keyfile::Wrapped;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use crate::KeyError;
use crate::master::TokenSource;

const KEY_BYTES: c_ulong = 32;
const TAG_BITS: c_ulong = 128;
const OTHERS: u32 = 0o007;
/// CKA_ID of the one key of a token that does not forget.
const ONE: [u8; 16] = *b"candour master 1";

pub(crate) struct Token {
    source: TokenSource,
    library: Pkcs11,
    /// `None`: the last call failed; the next one logs in again.
    session: Mutex<Option<Session>>,
    beginning: bool,
}

impl Token {
    /// Loads the library, finds the token by its label and logs in.
    pub(crate) fn open(source: &TokenSource, beginning: bool) -> Result<Self, KeyError> {
        let damaged =
            |error: Error| KeyError::damaged(&source.library, format!("the PKCS#11 library does not work: {error}"));
        let library = Pkcs11::new(&source.library).map_err(damaged)?;
        match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(damaged(error)),
        }
        let token = Self { source: source.clone(), library, session: Mutex::new(None), beginning };
        token.with(|_| Ok(()))?;
        Ok(token)
    }

    pub(crate) fn is_beginning(&self) -> bool {
        self.beginning
    }

    /// Wraps under the token's key of that name, made now if it is not there.
    pub(crate) fn wrap(
        &self,
        id: &[u8; 16],
        nonce: [u8; 12],
        bound: &[u8],
        key: &[u8; 32],
    ) -> Result<Wrapped, KeyError> {
        let sealed = self.with(|session| {
            let wrapping = match self.find(session, id)?.first() {
                Some(known) => *known,
                // A master is made at the first start only: one that vanished is a wrong token, or a disaster.
                None if self.source.forgets || self.beginning => {
                    session.generate_key(&Mechanism::AesKeyGen, &self.template(id))?
                }
                None => return Err(Error::Pkcs11(RvError::KeyHandleInvalid, Function::FindObjects)),
            };
            let mut nonce = nonce;
            let parameters = GcmParams::new(&mut nonce, bound, TAG_BITS.into())?;
            session.encrypt(&Mechanism::AesGcm(parameters), wrapping, key)
        })?;
        let sealed = sealed.as_slice().try_into();
        sealed.map(|sealed| Wrapped { nonce, sealed }).map_err(|_| self.trouble("it wrapped a key into another length"))
    }

    /// `None` when there is no key of that name, or it wrapped something else.
    pub(crate) fn unwrap(&self, id: &[u8; 16], bound: &[u8], wrapped: &Wrapped) -> Result<Option<Secret>, KeyError> {
        self.with(|session| {
            let Some(wrapping) = self.find(session, id)?.first().copied() else { return Ok(None) };
            let mut nonce = wrapped.nonce;
            let parameters = GcmParams::new(&mut nonce, bound, TAG_BITS.into())?;
            match session.decrypt(&Mechanism::AesGcm(parameters), wrapping, &wrapped.sealed) {
                Ok(key) => Ok(Zeroizing::new(key).as_slice().try_into().ok().map(Secret::new)),
                // Tokens do not agree on what to say of a tag that does not fit.
                Err(Error::Pkcs11(
                    RvError::EncryptedDataInvalid | RvError::GeneralError | RvError::FunctionFailed,
                    _,
                )) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    /// Destroys the token's key of that name, if it has one for each.
    pub(crate) fn forget(&self, id: &[u8; 16]) -> Result<(), KeyError> {
        if !self.source.forgets {
            return Ok(());
        }
        self.with(|session| self.find(session, id)?.into_iter().try_for_each(|key| session.destroy_object(key)))
    }

    /// The CKA_ID of the key that wraps what has this name.
    fn key_id(&self, id: &[u8; 16]) -> Vec<u8> {
        if self.source.forgets { id.to_vec() } else { ONE.to_vec() }
    }

    fn find(&self, session: &Session, id: &[u8; 16]) -> Result<Vec<ObjectHandle>, Error> {
        session.find_objects(&[
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Label(self.source.label.clone().into_bytes()),
            Attribute::Id(self.key_id(id)),
        ])
    }

    fn template(&self, id: &[u8; 16]) -> Vec<Attribute> {
        vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::ValueLen(KEY_BYTES.into()),
            Attribute::Label(self.source.label.clone().into_bytes()),
            Attribute::Id(self.key_id(id)),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
        ]
    }

    /// Does something in a session. A session that failed is dropped and the act tried once more in a new one: tokens
    /// are unplugged, and services behind them restarted.
    fn with<T>(&self, act: impl Fn(&Session) -> Result<T, Error>) -> Result<T, KeyError> {
        let mut place = self.session();
        if let Some(session) = &*place
            && let Ok(done) = act(session)
        {
            return Ok(done);
        }
        *place = None;
        let session = self.log_in()?;
        let done = act(&session).map_err(|error| self.trouble(error));
        *place = Some(session);
        done
    }

    fn log_in(&self) -> Result<Session, KeyError> {
        let slots = self.library.get_slots_with_token().map_err(|error| self.trouble(error))?;
        let ours = slots.into_iter().find(|slot| {
            self.library.get_token_info(*slot).is_ok_and(|info| info.label().trim_end() == self.source.token)
        });
        let slot = ours
            .ok_or_else(|| self.trouble(format!("no token is labelled {:?}; is it plugged in?", self.source.token)))?;
        let session = self.library.open_rw_session(slot).map_err(|error| self.trouble(error))?;
        match session.login(UserType::User, Some(&self.pin()?)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(self.trouble(error)),
        }
    }

    /// The PIN, read when it is needed and wiped after.
    fn pin(&self) -> Result<AuthPin, KeyError> {
        let path = &self.source.pin;
        let unreadable = |error: std::io::Error| KeyError::damaged(path, format!("the PIN cannot be read: {error}"));
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & OTHERS != 0 {
            return Err(KeyError::damaged(
                path,
                "everybody on this machine may read the PIN; take that away (chmod 600)",
            ));
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
        Ok(AuthPin::new(text.trim_end_matches(['\r', '\n']).into()))
    }

    fn trouble(&self, what: impl ToString) -> KeyError {
        KeyError::Unavailable { cause: format!("the token {:?}: {}", self.source.token, what.to_string()) }
    }

    fn session(&self) -> MutexGuard<'_, Option<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
