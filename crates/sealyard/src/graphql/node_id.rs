//! Global ids read back: the inverse of `directory::render::View::node_id`, in both of its forms.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};

use crate::directory::{AccountKind, RepositoryId};
use crate::identity::AccountId;

/// What a global id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A user or organisation.
    Account(AccountKind, AccountId),
    /// A repository.
    Repository(RepositoryId),
}

/// The two spellings of a kind, and what an id of it names.
type Kind = (&'static str, &'static str, fn(i64) -> Named);

const KINDS: [Kind; 3] = [
    ("User", "U_", |id| {
        Named::Account(AccountKind::User, AccountId(id))
    }),
    ("Organization", "O_", |id| {
        Named::Account(AccountKind::Organization, AccountId(id))
    }),
    ("Repository", "R_", |id| Named::Repository(RepositoryId(id))),
];

/// Reads a global id. `None` for one that this server never made.
pub fn parse(text: &str) -> Option<Named> {
    packed(text).or_else(|| named(text))
}

/// `010:Repository1` in base64.
fn named(text: &str) -> Option<Named> {
    let plain = String::from_utf8(Base64::decode_vec(text).ok()?).ok()?;
    KINDS.into_iter().find_map(|(name, _, named)| {
        let digits = plain.strip_prefix(&format!("0{}:{name}", name.len()))?;
        Some(named(positive(digits)?))
    })
}

/// `R_` and a MessagePack array of 0 and the id.
fn packed(text: &str) -> Option<Named> {
    KINDS.into_iter().find_map(|(_, prefix, named)| {
        let bytes = Base64UrlUnpadded::decode_vec(text.strip_prefix(prefix)?).ok()?;
        let id = bytes.strip_prefix(&[0x92, 0x00, 0xce])?.try_into().ok()?;
        Some(named(i64::from(u32::from_be_bytes(id))))
    })
}

fn positive(digits: &str) -> Option<i64> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::render::{Node, View};
    use crate::http::profile::Profile;

    #[test]
    fn every_id_that_is_made_is_read_back() {
        for profile in [Profile::Ghes32, Profile::GithubCom] {
            let view = View {
                base: String::new(),
                origin: String::new(),
                profile,
            };
            for id in [1, 62, 255, 1_296_269, i64::from(u32::MAX)] {
                let account = |kind| Some(Named::Account(kind, AccountId(id)));
                for (node, named) in [
                    (Node::User, account(AccountKind::User)),
                    (Node::Organization, account(AccountKind::Organization)),
                    (Node::Repository, Some(Named::Repository(RepositoryId(id)))),
                ] {
                    let text = view.node_id(node, id);
                    assert_eq!(parse(&text), named, "{text}");
                }
            }
        }
        let published = Named::Repository(RepositoryId(1_296_269));
        assert_eq!(parse("MDEwOlJlcG9zaXRvcnkxMjk2MjY5"), Some(published));
    }

    #[test]
    fn other_texts_are_no_ids() {
        let view = View {
            base: String::new(),
            origin: String::new(),
            profile: Profile::Ghes32,
        };
        let environment = view.node_id(Node::Environment, 1);
        for text in [
            "",
            "R_",
            "1",
            "R_kgDO",
            "U_kgDOAAAAAQ==",
            "MDQ6VXNlcg==",
            &environment,
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
