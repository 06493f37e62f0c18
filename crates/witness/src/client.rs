//! The log's side of the call.

use std::time::Duration;

use candour_ledger::{AddCheckpoint, Answer, WitnessKey, read_answer};

use crate::serve::PATH;

/// A witness that takes longer is asked again later.
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(15);
/// Far more than the lines of some cosignatures.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Why a witness could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No client can be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// No whole answer came.
    #[error("{witness} does not answer")]
    Unreachable {
        /// Name of the witness.
        witness: String,
        /// What the network said.
        source: reqwest::Error,
    },
    /// The answer is longer than any answer of this protocol.
    #[error("{witness} answers with more than {ANSWER_LIMIT} bytes")]
    TooLong {
        /// Name of the witness.
        witness: String,
    },
}

/// One witness, as a log knows it.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    key: WitnessKey,
}

impl Client {
    /// A witness at an address (`https://…` or `http://…`, without `/add-checkpoint`), known by its key: whatever stands at the
    /// address, only that key's cosignatures count.
    ///
    /// # Errors
    /// [`ClientError::Client`].
    pub fn new(address: &str, key: WitnessKey) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .http1_only()
            // Asked every few minutes: a connection kept so long is dead more often than not.
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .build()
            .map_err(ClientError::Client)?;
        Ok(Self { http, address: format!("{}{PATH}", address.trim_end_matches('/')), key })
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// Asks once. The proof must have been checked against the log's own root.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] or [`ClientError::TooLong`]; what the witness itself says is an [`Answer`].
    pub async fn add_checkpoint(&self, asked: &AddCheckpoint) -> Result<Answer, ClientError> {
        let unreachable = |source| ClientError::Unreachable { witness: self.key.name().to_owned(), source };
        let mut answer = self.http.post(&self.address).body(asked.encode()).send().await.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_LIMIT {
                return Err(ClientError::TooLong { witness: self.key.name().to_owned() });
            }
        }
        Ok(read_answer(asked, &self.key, status, &kind, &body))
    }
}
