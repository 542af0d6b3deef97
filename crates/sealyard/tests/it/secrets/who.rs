//! Who may: each role with each of the twenty operations.

use std::fmt::Write as _;

use http::Method;
use insta::assert_snapshot;

use super::{Place, put, put_with};
use crate::world::{World, token};

const ORG: &str = "/orgs/octo-org/actions/secrets";
const REPO: &str = "/repos/octo-org/hello-world/actions/secrets";
const PUBLIC: &str = "/repos/octo-org/public-repo/actions/secrets";
const ENV: &str = "/repos/octo-org/hello-world/environments/production/secrets";

/// Names of list, public key, get, put and delete, and where they are.
const FIVE: [([&str; 5], &str); 3] = [
    (
        [
            "list-repo-secrets",
            "get-repo-public-key",
            "get-repo-secret",
            "create-or-update-repo-secret",
            "delete-repo-secret",
        ],
        REPO,
    ),
    (
        [
            "list-environment-secrets",
            "get-environment-public-key",
            "get-environment-secret",
            "create-or-update-environment-secret",
            "delete-environment-secret",
        ],
        ENV,
    ),
    (
        [
            "  of a public repository",
            "  public-key",
            "  get",
            "  put",
            "  delete",
        ],
        PUBLIC,
    ),
];

/// The operations by number in GitHub's order. What is sent changes nothing: bodies are empty, and
/// what is deleted does not exist; so 422 and `404 {}` mean that the caller got through.
fn operations() -> Vec<(&'static str, Method, String)> {
    let (get, put, delete) = (Method::GET, Method::PUT, Method::DELETE);
    let mut all = vec![
        ("list-org-secrets", get.clone(), ORG.to_owned()),
        (
            "get-org-public-key",
            get.clone(),
            format!("{ORG}/public-key"),
        ),
        ("get-org-secret", get.clone(), format!("{ORG}/A")),
        (
            "create-or-update-org-secret",
            put.clone(),
            format!("{ORG}/A"),
        ),
        ("delete-org-secret", delete.clone(), format!("{ORG}/NO")),
        (
            "list-selected-repos",
            get.clone(),
            format!("{ORG}/A/repositories"),
        ),
        (
            "set-selected-repos",
            put.clone(),
            format!("{ORG}/A/repositories"),
        ),
        (
            "add-selected-repo",
            put.clone(),
            format!("{ORG}/A/repositories/1"),
        ),
        (
            "remove-selected-repo",
            delete.clone(),
            format!("{ORG}/A/repositories/3"),
        ),
    ];
    for (names, base) in FIVE {
        let [list, key, one, set, remove] = names;
        all.push((list, get.clone(), base.to_owned()));
        all.push((key, get.clone(), format!("{base}/public-key")));
        all.push((one, get.clone(), format!("{base}/A")));
        all.push((set, put.clone(), format!("{base}/A")));
        all.push((remove, delete.clone(), format!("{base}/NO")));
    }
    let runner = "/orgs/octo-org/actions/runners/9".to_owned();
    all.push(("delete-self-hosted-runner-from-org", delete, runner));
    all
}

/// A table of the world's callers, and of an owner with lesser tokens.
async fn matrix(world: &World) -> String {
    let selected = r#""visibility":"selected","selected_repository_ids":[1]"#;
    put_with(world, Place::Organization, "A", selected).await;
    put(world, Place::Repository, "A").await;
    put(world, Place::Environment, "A").await;
    let body = world.sealed(PUBLIC, b"value").await;
    assert_eq!(
        world
            .r#as(&world.owner)
            .put(&format!("{PUBLIC}/A"), body)
            .await
            .status,
        201
    );
    let lesser = async |scopes: &str| token(&world.app, world.owner.id, scopes, None).await;
    let (repo, org, public) = (
        lesser("repo").await,
        lesser("admin:org").await,
        lesser("public_repo").await,
    );
    let callers = [
        ("admin", world.r#as(&world.admin)),
        ("owner", world.r#as(&world.owner)),
        ("membr", world.r#as(&world.member)),
        ("writr", world.r#as(&world.writer)),
        ("readr", world.r#as(&world.reader)),
        ("stran", world.r#as(&world.stranger)),
        ("nobdy", world.anonymous()),
        ("repo", world.with_token(&repo)),
        ("a:org", world.with_token(&org)),
        ("publc", world.with_token(&public)),
    ];
    let mut out = format!("{:36}", "");
    for (name, _) in &callers {
        write!(out, "{name:6}").expect("a string");
    }
    out.push('\n');
    for (operation, method, path) in operations() {
        write!(out, "{operation:36}").expect("a string");
        for (_, caller) in &callers {
            let reply = caller.send(method.clone(), &path, Vec::new()).await;
            let through = if reply.text() == "{}" { "+" } else { "" };
            write!(out, "{:6}", format!("{}{through}", reply.status.as_u16())).expect("a string");
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

#[tokio::test]
async fn who_may_do_what_on_an_enterprise_server() {
    assert_snapshot!(matrix(&World::new().await).await, @"
                                        admin owner membr writr readr stran nobdy repo  a:org publc 
    list-org-secrets                    200   200   403   403   403   403   401   403   200   403
    get-org-public-key                  200   200   403   403   403   403   401   403   200   403
    get-org-secret                      200   200   403   403   403   403   401   403   200   403
    create-or-update-org-secret         422   422   403   403   403   403   401   403   422   403
    delete-org-secret                   404+  404+  403   403   403   403   401   403   404+  403
    list-selected-repos                 200   200   403   403   403   403   401   403   200   403
    set-selected-repos                  422   422   403   403   403   403   401   403   422   403
    add-selected-repo                   204   204   403   403   403   403   401   403   204   403
    remove-selected-repo                204   204   403   403   403   403   401   403   204   403
    list-repo-secrets                   200   200   403   200   403   404   404   200   404   404
    get-repo-public-key                 200   200   200   200   200   404   404   200   404   404
    get-repo-secret                     200   200   403   200   403   404   404   200   404   404
    create-or-update-repo-secret        422   422   403   422   403   404   404   422   404   404
    delete-repo-secret                  404+  404+  403   404+  403   404   404   404+  404   404
    list-environment-secrets            200   200   403   200   403   404   404   200   404   404
    get-environment-public-key          200   200   200   200   200   404   404   200   404   404
    get-environment-secret              200   200   403   200   403   404   404   200   404   404
    create-or-update-environment-secret 422   422   403   422   403   404   404   422   404   404
    delete-environment-secret           404+  404+  403   404+  403   404   404   404+  404   404
      of a public repository            200   200   403   403   403   403   401   200   403   200
      public-key                        200   200   200   200   200   200   401   200   200   200
      get                               200   200   403   403   403   403   401   200   403   200
      put                               422   422   403   403   403   403   401   422   403   422
      delete                            404+  404+  403   403   403   403   401   404+  403   404+
    delete-self-hosted-runner-from-org  404   404   403   403   403   403   401   403   404   403
    ");
}

#[tokio::test]
async fn who_may_do_what_on_github_com() {
    assert_snapshot!(matrix(&World::github_com().await).await, @"
                                        admin owner membr writr readr stran nobdy repo  a:org publc 
    list-org-secrets                    200   200   403   403   403   403   401   403   200   403
    get-org-public-key                  200   200   403   403   403   403   401   403   200   403
    get-org-secret                      200   200   403   403   403   403   401   403   200   403
    create-or-update-org-secret         422   422   403   403   403   403   401   403   422   403
    delete-org-secret                   404+  404+  403   403   403   403   401   403   404+  403
    list-selected-repos                 200   200   403   403   403   403   401   403   200   403
    set-selected-repos                  422   422   403   403   403   403   401   403   422   403
    add-selected-repo                   204   204   403   403   403   403   401   403   204   403
    remove-selected-repo                204   204   403   403   403   403   401   403   204   403
    list-repo-secrets                   200   200   403   200   403   404   404   200   404   404
    get-repo-public-key                 200   200   403   200   403   404   404   200   404   404
    get-repo-secret                     200   200   403   200   403   404   404   200   404   404
    create-or-update-repo-secret        422   422   403   422   403   404   404   422   404   404
    delete-repo-secret                  404+  404+  403   404+  403   404   404   404+  404   404
    list-environment-secrets            200   200   403   200   403   404   404   200   404   404
    get-environment-public-key          200   200   403   200   403   404   404   200   404   404
    get-environment-secret              200   200   403   200   403   404   404   200   404   404
    create-or-update-environment-secret 422   422   403   422   403   404   404   422   404   404
    delete-environment-secret           404+  404+  403   404+  403   404   404   404+  404   404
      of a public repository            200   200   403   403   403   403   401   200   403   200
      public-key                        200   200   403   403   403   403   401   200   403   200
      get                               200   200   403   403   403   403   401   200   403   200
      put                               422   422   403   403   403   403   401   422   403   422
      delete                            404+  404+  403   403   403   403   401   404+  403   404+
    delete-self-hosted-runner-from-org  404   404   403   403   403   403   401   403   404   403
    ");
}

#[tokio::test]
async fn each_role_in_a_repository_may_what_github_says() {
    let world = World::new().await;
    put(&world, Place::Repository, "A").await;
    let mut out = String::new();
    for (role, sql) in [
        (
            "pull",
            "UPDATE collaborator SET role = 'pull' WHERE user_id = 4",
        ),
        (
            "triage",
            "UPDATE collaborator SET role = 'triage' WHERE user_id = 4",
        ),
        (
            "push",
            "UPDATE collaborator SET role = 'push' WHERE user_id = 4",
        ),
        (
            "maintain",
            "UPDATE collaborator SET role = 'maintain' WHERE user_id = 4",
        ),
        (
            "admin",
            "UPDATE collaborator SET role = 'admin' WHERE user_id = 4",
        ),
    ] {
        world.change(sql).await;
        let writer = world.r#as(&world.writer);
        let statuses = [
            writer.get(REPO).await,
            writer.get(&format!("{REPO}/public-key")).await,
            writer.get(&format!("{REPO}/A")).await,
            writer.put(&format!("{REPO}/A"), "").await,
            writer.delete(&format!("{REPO}/NO")).await,
        ];
        let statuses = statuses.map(|reply| reply.status.as_str().to_owned());
        writeln!(out, "{role:9}{}", statuses.join(" ")).expect("a string");
    }
    assert_snapshot!(out, @"
    pull     403 200 403 403 403
    triage   403 200 403 403 403
    push     200 200 200 422 404
    maintain 200 200 200 422 404
    admin    200 200 200 422 404
    ");
}
