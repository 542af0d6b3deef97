//! Those who write until the server is gone, and note what they were told.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use http::{Method, StatusCode};
use sealyard_vault::OwnerKind;
use serde::Serialize;

use super::client::Client;
use super::journal::{Content, End, Journal, Slot};
use super::places::{NAMES, Place, Places};
use crate::dice::Dice;

/// One writer of one round.
pub(super) struct Writer {
    /// Begins each of its values, which nobody else's do.
    pub(super) name: String,
    pub(super) places: Arc<Places>,
    pub(super) journal: Arc<Journal>,
    pub(super) dice: Dice,
    /// Whether it takes every write for done as soon as it is sent: a lie, which must be noticed.
    pub(super) is_hasty: bool,
}

impl Writer {
    /// Writes until no answer comes.
    pub(super) async fn run(mut self, address: SocketAddr, token: String) {
        let Some(mut client) = Client::connect(address, &token).await else {
            return;
        };
        for count in 0.. {
            let slot = Slot {
                place: self.dice.below(self.places.all.len()),
                name: self.dice.one_of(&NAMES),
            };
            let places = Arc::clone(&self.places);
            let place = places.all.get(slot.place).expect("a place");
            let content = (!self.dice.once_in(12)).then(|| self.content(place, count));
            let (method, body) = match &content {
                Some(content) => (Method::PUT, body(place, content)),
                None => (Method::DELETE, String::new()),
            };
            let path = format!("{}/{}", place.path, slot.name);
            let end = if self.is_hasty && content.is_some() {
                End::Claimed
            } else {
                End::Unanswered
            };
            let number = self.journal.begin(slot, content, end);
            let Some(answer) = client.send(method.clone(), &path, body).await else {
                return;
            };
            let is_put = method == Method::PUT;
            let verb = match answer.status {
                StatusCode::CREATED if is_put => Some("create"),
                StatusCode::NO_CONTENT if is_put => Some("update"),
                StatusCode::NO_CONTENT => Some("remove"),
                status => {
                    let is_missing = !is_put && status == StatusCode::NOT_FOUND;
                    assert!(is_missing, "{method} {path} was answered {status}");
                    None
                }
            };
            let request_id = answer.request_id;
            let end = verb.map_or(End::Nothing, |verb| End::Answered { verb, request_id });
            self.journal.end(number, end);
        }
    }

    /// A value of its own, up to a few pages of the store long.
    fn content(&mut self, place: &Place, count: usize) -> Content {
        let padding = "x".repeat(self.dice.below(3_000));
        let value = format!("{}-{count}-{padding}", self.name);
        let (mut visibility, mut selection) = (None, BTreeSet::new());
        if place.kind == OwnerKind::Organization {
            let chosen = self
                .dice
                .one_of(&["all", "private", "selected", "selected"]);
            visibility = Some(chosen);
            if chosen == "selected" {
                let mut repositories = self.places.repositories.clone();
                repositories.retain(|_| !self.dice.once_in(3));
                selection.extend(repositories);
            }
        }
        Content {
            value,
            visibility,
            selection,
        }
    }
}

/// The body of a PUT.
#[derive(Serialize)]
struct Body<'a> {
    encrypted_value: String,
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    selected_repository_ids: &'a BTreeSet<i64>,
}

fn body(place: &Place, content: &Content) -> String {
    let body = Body {
        encrypted_value: Base64::encode_string(&place.key.seal(content.value.as_bytes())),
        key_id: &place.key_id,
        visibility: content.visibility,
        selected_repository_ids: &content.selection,
    };
    serde_json::to_string(&body).expect("JSON")
}
