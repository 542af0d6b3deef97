//! Tokens and suspensions as the command line orders them.

use insta::assert_snapshot;
use sealyard::admin::{Command, Outcome, TokenPower, execute};
use sealyard::identity::AccountId;

use super::log;
use crate::world::World;

/// What an order came to, with the token kept apart.
async fn order(world: &World, command: Command) -> (String, Option<String>) {
    match execute(&world.app, command).await {
        Outcome::Token(token) => ("a token".to_owned(), Some(token)),
        Outcome::Refused(why) => (why, None),
        Outcome::Done => ("done".to_owned(), None),
        Outcome::App(_) | Outcome::Planned(_) | Outcome::Applied(_) | Outcome::Unavailable(_) => {
            panic!("nothing here is about apps or files")
        }
        Outcome::Rows(rows) => {
            let rows = rows.iter().map(|row| row.join(" | "));
            (rows.collect::<Vec<_>>().join("\n"), None)
        }
    }
}

fn create(user: &str, power: TokenPower) -> Command {
    Command::CreateToken {
        user: user.to_owned(),
        power,
        expires_in: Some(30 * 86_400),
        note: None,
    }
}

fn fine_grained(
    owner: Option<&str>,
    permissions: &str,
    repositories: Option<&[&str]>,
) -> TokenPower {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    TokenPower::FineGrained {
        permissions: permissions.to_owned(),
        owner: owner.map(str::to_owned),
        repositories: repositories.map(named),
    }
}

#[tokio::test]
async fn an_operator_makes_tokens_of_each_kind_and_sees_them_listed() {
    let world = World::new().await;
    let classic = TokenPower::Classic("repo,read:org".to_owned());
    let oauth = TokenPower::OAuth(String::new());
    let some = fine_grained(
        Some("OCTO-org"),
        "secrets=write",
        Some(&["hello-world", "Public-Repo"]),
    );
    let all = fine_grained(None, "", None);
    let mut tokens = Vec::new();
    for (power, prefix) in [
        (classic, "ghp_"),
        (oauth, "gho_"),
        (some, "github_pat_"),
        (all, "github_pat_"),
    ] {
        let (said, token) = order(&world, create("Owner", power)).await;
        let token = token.expect(&said);
        assert!(token.starts_with(prefix));
        let user = world.with_token(&token).get("/user").await;
        assert_eq!(user.json()["login"], "owner");
        tokens.push(token);
    }
    let list = Command::ListTokens {
        user: Some("owner".to_owned()),
    };
    let (mut listed, _) = order(&world, list).await;
    for token in tokens.iter().chain([&world.owner.token]) {
        listed = listed.replace(&token[token.len() - 8..], "…");
        assert!(!listed.contains(token.as_str()));
    }
    assert_snapshot!(listed, @"
    ID | USER | STATE | KIND | CREATED | EXPIRES | LAST 8 | POWER | OWNER | REPOSITORIES | NOTE
    2 | owner | active | classic | 2026-01-02T03:04:05Z | never | … | admin:org,delete_repo,repo,user | - | - | 
    7 | owner | active | classic | 2026-01-02T03:04:05Z | 2026-02-01T03:04:05Z | … | read:org,repo | - | - | 
    8 | owner | active | oauth | 2026-01-02T03:04:05Z | 2026-02-01T03:04:05Z | … | - | - | - | 
    9 | owner | active | fine-grained | 2026-01-02T03:04:05Z | 2026-02-01T03:04:05Z | … | metadata=read,secrets=write | octo-org | 2 | 
    10 | owner | active | fine-grained | 2026-01-02T03:04:05Z | 2026-02-01T03:04:05Z | … | metadata=read | owner | all |
    ");
    let entries = log(&world, AccountId(world.owner.id)).await.join("\n");
    let entries = tokens.iter().fold(entries, |entries, token| {
        entries.replace(&token[token.len() - 8..], "…")
    });
    assert_snapshot!(entries, @r#"
    {"action":"personal_access_token.create","user":"owner","name":"…","detail":"read:org, repo"}
    {"action":"oauth_access.create","user":"owner","name":"…","detail":""}
    {"action":"personal_access_token.create","user":"owner","name":"…","repositories":2,"detail":"metadata=read,secrets=write on account 7"}
    {"action":"personal_access_token.create","user":"owner","name":"…","detail":"metadata=read on account 2"}
    "#);
}

/// Users, and tokens that they cannot be given.
fn wrong_wishes() -> Vec<(&'static str, TokenPower)> {
    let many = [""; 501];
    vec![
        ("nobody", TokenPower::Classic("repo".to_owned())),
        ("owner", TokenPower::Classic("everything".to_owned())),
        ("owner", TokenPower::OAuth("everything".to_owned())),
        ("owner", fine_grained(None, "secrets", None)),
        ("owner", fine_grained(None, "secrets=admin", None)),
        ("owner", fine_grained(None, "everything=write", None)),
        (
            "stranger",
            fine_grained(Some("octo-org"), "secrets=read", None),
        ),
        (
            "stranger",
            fine_grained(Some("owner"), "secrets=read", None),
        ),
        ("owner", fine_grained(Some("nobody"), "secrets=read", None)),
        (
            "owner",
            fine_grained(Some("octo-org"), "secrets=read", Some(&["own"])),
        ),
        (
            "owner",
            fine_grained(Some("octo-org"), "", Some(&["octo-org/hello-world"])),
        ),
        ("owner", fine_grained(Some("octo-org"), "", Some(&many))),
    ]
}

#[tokio::test]
async fn what_an_order_lacks_is_said_with_what_to_do() {
    let world = World::new().await;
    let before = world.count("SELECT COUNT(*) FROM token").await;
    let mut refusals = Vec::new();
    for (user, power) in wrong_wishes() {
        let (said, token) = order(&world, create(user, power)).await;
        assert!(token.is_none());
        refusals.push(said);
    }
    let mut long = create("owner", TokenPower::Classic("repo".to_owned()));
    if let Command::CreateToken { note, .. } = &mut long {
        *note = Some("ä".repeat(256));
    }
    refusals.push(order(&world, long).await.0);
    refusals.push(order(&world, Command::RevokeToken { id: 99 }).await.0);
    let reason = Some("x".repeat(256));
    for suspended in [true, false] {
        let change = Command::SuspendUser {
            user: "owner".to_owned(),
            suspended,
            reason: reason.clone(),
        };
        refusals.push(order(&world, change).await.0);
    }
    assert_snapshot!(refusals.join("\n"), @"
    no such user; a site administrator makes one (POST /admin/users)
    one of the scopes is not one of GitHub's; repo,admin:org are two that are
    one of the scopes is not one of GitHub's; repo,admin:org are two that are
    one of the permissions is not one of GitHub's, or has no such level; secrets=write,organization_secrets=read are two that are
    one of the permissions is not one of GitHub's, or has no such level; secrets=write,organization_secrets=read are two that are
    one of the permissions is not one of GitHub's, or has no such level; secrets=write,organization_secrets=read are two that are
    the user does not belong to the resource owner; make them a member of the organisation first (PUT /orgs/{org}/memberships/{username})
    the user does not belong to the resource owner; make them a member of the organisation first (PUT /orgs/{org}/memberships/{username})
    no such resource owner: neither a user nor an organisation has that login
    the resource owner has no repository of one of these names; write them without the owner, as in hello-world,docs
    the resource owner has no repository of one of these names; write them without the owner, as in hello-world,docs
    a token is for at most 500 chosen repositories; leave the list out for all of the resource owner's
    a note has at most 255 characters
    no such token; `sealyard token list` shows their ids
    a reason has at most 255 characters
    a reason has at most 255 characters
    ");
    assert_eq!(world.count("SELECT COUNT(*) FROM token").await, before);
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM selection_repository")
            .await,
        0
    );
}

#[tokio::test]
async fn five_hundred_repositories_can_be_chosen() {
    const MAKE: &str = "
        INSERT INTO repository
            (id, owner_id, name, name_key, visibility, settings, created_at, updated_at)
        VALUES ($1, 7, $2, $2, 'private', '{}', 1767323045, 1767323045)";
    let world = World::new().await;
    let names: Vec<String> = (100..600).map(|id| format!("r{id}")).collect();
    let mut tx = world.app.db.begin().await.expect("a write");
    for (id, name) in (100_i64..).zip(&names) {
        tx.execute(MAKE, &[id.into(), name.into()])
            .await
            .expect("a statement");
    }
    tx.commit().await.expect("a commit");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let power = fine_grained(Some("octo-org"), "secrets=read", Some(&names));
    let (said, token) = order(&world, create("owner", power)).await;
    let token = token.expect(&said);
    let caller = world.with_token(&token);
    assert_eq!(
        caller.get("/repositories/599/actions/secrets").await.status,
        200
    );
    assert_eq!(
        caller.get("/repositories/1/actions/secrets").await.status,
        404
    );
}

#[tokio::test]
async fn an_operator_ends_tokens_of_each_kind() {
    let world = World::new().await;
    for power in [
        TokenPower::Classic("repo".to_owned()),
        TokenPower::OAuth("repo".to_owned()),
        fine_grained(None, "secrets=read", None),
    ] {
        let (said, token) = order(&world, create("stranger", power)).await;
        let token = token.expect(&said);
        let id = world.count("SELECT MAX(id) FROM token").await;
        assert_eq!(order(&world, Command::RevokeToken { id }).await.0, "done");
        assert_eq!(world.with_token(&token).get("/user").await.status, 401);
    }
    let entries = log(&world, AccountId(world.stranger.id)).await;
    let actions: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.split('"').nth(3))
        .collect();
    assert_eq!(
        actions,
        [
            "personal_access_token.create",
            "personal_access_token.destroy",
            "oauth_access.create",
            "oauth_access.destroy",
            "personal_access_token.create",
            "personal_access_token.destroy",
        ]
    );
}

#[tokio::test]
async fn an_operator_needs_no_token_to_let_an_administrator_in_again() {
    let world = World::new().await;
    let change = |suspended: bool, reason: Option<&str>| Command::SuspendUser {
        user: "Admin".to_owned(),
        suspended,
        reason: reason.map(str::to_owned),
    };
    let suspend = change(true, Some("keys were left on a train"));
    assert_eq!(order(&world, suspend).await.0, "done");
    assert_eq!(world.r#as(&world.admin).get("/user").await.status, 403);
    assert_eq!(order(&world, change(false, None)).await.0, "done");
    assert_eq!(world.r#as(&world.admin).get("/user").await.status, 200);
    // Once more changes nothing.
    assert_eq!(order(&world, change(false, None)).await.0, "done");
    assert_snapshot!(log(&world, sealyard::audit::INSTANCE).await.join("\n"), @r#"
    {"action":"user.suspend","user":"admin","detail":"keys were left on a train"}
    {"action":"user.unsuspend","user":"admin"}
    "#);
}

#[tokio::test]
async fn a_store_that_fails_is_not_the_orders_fault() {
    let world = World::new().await;
    world.change("DROP TABLE selection_repository").await;
    world.change("DROP TABLE installation_token").await;
    world.change("DROP TABLE installation").await;
    world.change("DROP TABLE token").await;
    let list = || Command::ListTokens { user: None };
    let outcome = execute(&world.app, list()).await;
    assert!(matches!(outcome, Outcome::Unavailable(_)));
    let refused = Command::ListTokens {
        user: Some("nobody".to_owned()),
    };
    let outcome = execute(&world.app, refused).await;
    assert!(matches!(outcome, Outcome::Refused(_)));
}
