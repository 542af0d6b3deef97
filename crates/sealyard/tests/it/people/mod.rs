//! Accounts, tokens, organisations and who belongs to them.

mod accounts;
mod fine_grained;
mod guessing;
mod matrix;
mod members;
mod orders;
mod organizations;
mod places;
mod suspension;
mod tokens;

use sealyard::audit::Actor;
use sealyard::identity::permission::Permissions;
use sealyard::identity::scopes::Scopes;
use sealyard::identity::{self, AccountId, Grant, Power};

use crate::world::World;

/// What was written into an account's audit chain, without who and when: `{"action":…`.
pub(crate) async fn log(world: &World, chain: AccountId) -> Vec<String> {
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
pub(crate) async fn token(world: &World, login: &str, scopes: &str) -> String {
    let scopes = Scopes::parse(scopes).expect("scopes");
    issue(world, login, Power::Classic(scopes), None).await
}

/// A fine-grained token of a user for these repositories of an owner, or for all of them.
async fn fine_grained(
    world: &World,
    login: &str,
    owner: &str,
    permissions: &str,
    repositories: Option<&[&str]>,
) -> String {
    let owner = identity::resource_owner(&world.app, owner)
        .await
        .expect("an owner");
    let names: Option<Vec<String>> =
        repositories.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let power = Power::FineGrained {
        permissions: Permissions::parse(permissions).expect("permissions"),
        owner: &owner,
        repositories: names.as_deref(),
    };
    issue(world, login, power, None).await
}

/// A token of a user that ends at a time, or never.
async fn issue(world: &World, login: &str, power: Power<'_>, expires_at: Option<i64>) -> String {
    let user = identity::user(&world.app, login).await.expect("a user");
    let grant = Grant {
        power,
        note: None,
        expires_at,
    };
    let issued = identity::create_token(&world.app, &Actor::operator(), &user, &grant).await;
    issued.expect("a token").token.reveal().to_owned()
}
