//! The people and places of the world, put there by SQL: routes are what is tested.

use sealyard::app::App;
use sealyard::identity::AccountId;
use sealyard::identity::permission::Permissions;
use sealyard::identity::scopes::Scopes;
use sealyard::identity::store::{NewToken, insert_token};
use sealyard::identity::token::{Kind, Token};
use sealyard_sql::{Tx, Value};

/// Somebody with a token.
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) login: &'static str,
    pub(crate) token: String,
}

const SCOPES: &str = "admin:org, delete_repo, repo, user";

pub(crate) async fn people(app: &App) -> [Person; 6] {
    let mut tx = app.db.begin().await.expect("a write");
    let mut people = Vec::new();
    for login in ["admin", "owner", "member", "writer", "reader", "stranger"] {
        let id = account(&mut tx, "User", login).await;
        people.push(Person {
            id,
            login,
            token: String::new(),
        });
    }
    set(
        &mut tx,
        "UPDATE account SET site_admin = 1 WHERE login_key = 'admin'",
        &[],
    )
    .await;
    tx.commit().await.expect("a commit");
    for person in &mut people {
        let scopes = if person.login == "admin" {
            "site_admin, "
        } else {
            ""
        };
        person.token = token(app, person.id, &format!("{scopes}{SCOPES}"), None).await;
    }
    people.try_into().ok().expect("six people")
}

/// A token for a user.
pub(crate) async fn token(app: &App, user: i64, scopes: &str, expires_at: Option<i64>) -> String {
    let token = Token::generate(Kind::Classic);
    let mac = token.mac(&app.keyring);
    let mut tx = app.db.begin().await.expect("a write");
    let new = NewToken {
        kind: Kind::Classic,
        permissions: Permissions::default(),
        place: None,
        user_id: AccountId(user),
        mac: &mac,
        epoch: 1,
        scopes: Scopes::parse(scopes).expect("scopes"),
        note: None,
        last_eight: token.last_eight(),
        created_at: app.clock.now_s(),
        expires_at,
    };
    insert_token(&mut tx, &new).await.expect("a token");
    tx.commit().await.expect("a commit");
    token.reveal().to_owned()
}

pub(crate) async fn places(app: &App) {
    let mut tx = app.db.begin().await.expect("a write");
    let octo = account(&mut tx, "Organization", "octo-org").await;
    let other = account(&mut tx, "Organization", "other-org").await;
    for (org, user, role) in [(octo, 1, "admin"), (octo, 2, "admin"), (octo, 3, "member")] {
        let sql = "INSERT INTO membership (org_id, user_id, role) VALUES ($1, $2, $3)";
        set(&mut tx, sql, &[org.into(), user.into(), role.into()]).await;
    }
    let hello = repository(&mut tx, octo, "hello-world", "private").await;
    repository(&mut tx, octo, "public-repo", "public").await;
    repository(&mut tx, octo, "internal-repo", "internal").await;
    repository(&mut tx, other, "elsewhere", "private").await;
    repository(&mut tx, 2, "own", "private").await;
    for (user, role) in [(4, "push"), (5, "pull")] {
        let sql = "INSERT INTO collaborator (repository_id, user_id, role) VALUES ($1, $2, $3)";
        set(&mut tx, sql, &[hello.into(), user.into(), role.into()]).await;
    }
    let id = next(&mut tx, "environment").await;
    let sql = "
        INSERT INTO environment
            (id, repository_id, name, name_key, settings, created_at, updated_at)
        VALUES ($1, $2, 'production', 'production', '{}', 1767323045, 1767323045)";
    set(&mut tx, sql, &[id.into(), hello.into()]).await;
    tx.commit().await.expect("a commit");
}

async fn account(tx: &mut Tx, kind: &str, login: &str) -> i64 {
    let id = next(tx, "account").await;
    let sql = "
        INSERT INTO account (id, kind, login, login_key, created_at, updated_at)
        VALUES ($1, $2, $3, $3, 1767323045, 1767323045)";
    set(tx, sql, &[id.into(), kind.into(), login.into()]).await;
    id
}

async fn repository(tx: &mut Tx, owner: i64, name: &str, visibility: &str) -> i64 {
    let id = next(tx, "repository").await;
    let sql = "
        INSERT INTO repository
            (id, owner_id, name, name_key, visibility, settings, created_at, updated_at)
        VALUES ($1, $2, $3, $3, $4, '{}', 1767323045, 1767323045)";
    set(
        tx,
        sql,
        &[id.into(), owner.into(), name.into(), visibility.into()],
    )
    .await;
    id
}

async fn next(tx: &mut Tx, kind: &'static str) -> i64 {
    sealyard::counter::next(tx, kind).await.expect("an id")
}

async fn set(tx: &mut Tx, sql: &'static str, values: &[Value<'_>]) {
    tx.execute(sql, values).await.expect("a statement");
}
