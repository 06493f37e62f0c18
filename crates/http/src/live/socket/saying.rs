//! What the connection says to its page, and to the log.

use std::time::Duration;

use axum::extract::ws::Message;
use bytes::{Bytes, BytesMut};
use candour_audit::Event;
use candour_wire::live::{AccessUnitHeader, FromServer, HEADER_BYTES};

use super::{End, Page};

/// A page that takes nothing for that long is gone.
const SEND_LIMIT: Duration = Duration::from_secs(10);

impl Page {
    pub(super) async fn refuse_waiting(&mut self, why: &str) -> Result<(), End> {
        for sub in std::mem::take(&mut self.waiting).into_keys() {
            self.refuse(sub, why).await?;
        }
        Ok(())
    }

    pub(super) async fn refuse(&mut self, sub: u16, why: &str) -> Result<(), End> {
        self.say(&FromServer::Refused { sub, why: why.to_owned() }).await
    }

    pub(super) async fn say(&mut self, control: &FromServer) -> Result<(), End> {
        let text = serde_json::to_string(control).expect("control messages are plain data");
        self.send(Message::Text(text.into())).await
    }

    pub(super) async fn send(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(SEND_LIMIT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    pub(super) async fn write(&mut self, event: Option<Event>) {
        if let Some(event) = event
            && let Err(error) = self.app.log.append(event).await
        {
            tracing::error!(error = candour_units::chain(&error), "the end of a live look could not be written down");
        }
    }
}

/// The message that carries one access unit.
pub(super) fn access_unit(header: &AccessUnitHeader, data: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(HEADER_BYTES + data.len());
    message.extend_from_slice(&header.encode());
    message.extend_from_slice(data);
    message.freeze()
}
