//! Accounts, tokens, organisations and who belongs to them.

mod accounts;
mod members;
mod organizations;
mod tokens;

use sealyard::audit::Actor;
use sealyard::identity::scopes::Scopes;
use sealyard::identity::{self, AccountId, Grant, Power};

use crate::world::World;

/// What was written into an account's audit chain, without who and when: `{"action":…`.
async fn log(world: &World, chain: AccountId) -> Vec<String> {
    const SQL: &str = "SELECT entry FROM audit_entry WHERE chain = $1 ORDER BY seq";
    let mut read = world.app.db.read().await.expect("a read");
    let rows = read.query(SQL, &[chain.0.into()]).await.expect("a query");
    rows.iter()
        .map(|row| row.get::<String>(0).expect("an entry"))
        .map(|entry| {
            let end = [",\"actor\"", ",\"actor_ip\""]
                .iter()
                .find_map(|who| entry.find(who));
            end.map_or(entry.clone(), |end| format!("{}}}", &entry[..end]))
        })
        .collect()
}

/// A token of a user with these scopes.
async fn token(world: &World, login: &str, scopes: &str) -> String {
    let user = identity::user(&world.app, login).await.expect("a user");
    let scopes = Scopes::parse(scopes).expect("scopes");
    let grant = Grant {
        power: Power::Classic(scopes),
        note: None,
        expires_at: None,
    };
    let issued = identity::create_token(&world.app, &Actor::operator(), &user, &grant).await;
    issued.expect("a token").token.reveal().to_owned()
}
