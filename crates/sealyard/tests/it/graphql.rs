//! What gh asks in GraphQL, and what must not be answered.

use insta::assert_snapshot;

use crate::world::{As, Reply, World};

async fn ask(caller: &As<'_>, query: &str) -> Reply {
    ask_with(caller, query, "null").await
}

async fn ask_with(caller: &As<'_>, query: &str, variables: &str) -> Reply {
    let query = serde_json::to_string(query).expect("JSON");
    let body = format!("{{\"query\":{query},\"variables\":{variables}}}");
    caller.post("/api/graphql", body).await
}

#[tokio::test]
async fn gh_maps_names_of_repositories_to_ids() {
    let world = World::new().await;
    // As gh writes it, whitespace and all.
    let query = "query MapRepositoryNames { 
\t\t\trepo_000: repository(owner: \"octo-org\", name: \"hello-world\") {
\t\t\t\tdatabaseId
\t\t\t}
\t\t
\t\t\trepo_001: repository(owner: \"octo-org\", name: \"nope\") {
\t\t\t\tdatabaseId
\t\t\t}
\t\t
\t\t\trepo_002: repository(owner: \"OCTO-ORG\", name: \"Public-Repo\") {
\t\t\t\tdatabaseId
\t\t\t}
\t\t }";
    assert_snapshot!(ask(&world.r#as(&world.owner), query).await.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: no-cache
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"data":{"repo_000":{"databaseId":1},"repo_001":null,"repo_002":{"databaseId":2}},"errors":[{"type":"NOT_FOUND","path":["repo_001"],"locations":[{"line":6,"column":4}],"message":"Could not resolve to a Repository with the name 'octo-org/nope'."}]}
    "#);
}

#[tokio::test]
async fn it_is_served_where_clients_look_for_it() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    for path in ["/graphql", "/api/graphql", "/api/v3/graphql"] {
        let reply = owner
            .post(path, r#"{"query":"query UserCurrent{viewer{login}}"}"#)
            .await;
        assert_eq!(
            reply.brief(),
            "200 OK\n{\"data\":{\"viewer\":{\"login\":\"owner\"}}}",
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_a_caller_cannot_see_is_answered_like_what_is_not_there() {
    let world = World::new().await;
    let query =
        |name: &str| format!("{{ r: repository(owner: \"octo-org\", name: \"{name}\") {{ id }} }}");
    let (hidden, missing) = (query("hello-world"), query("wello-horld"));
    let stranger = world.r#as(&world.stranger);
    let seen = ask(&stranger, &hidden).await.brief();
    assert_snapshot!(seen, @r#"
    200 OK
    {"data":{"r":null},"errors":[{"type":"NOT_FOUND","path":["r"],"locations":[{"line":1,"column":3}],"message":"Could not resolve to a Repository with the name 'octo-org/hello-world'."}]}
    "#);
    assert_eq!(
        seen.replace("hello-world", "wello-horld"),
        ask(&stranger, &missing).await.brief()
    );
    for person in [&world.reader, &world.member, &world.writer] {
        assert!(ask(&world.r#as(person), &hidden).await.json()["data"]["r"]["id"].is_string());
    }
    // The token must show private repositories, too.
    let world = World::new().await;
    let by_id = "{ node(id: \"MDEwOlJlcG9zaXRvcnkx\") { ... on Repository { name } } }";
    assert_snapshot!(ask(&world.r#as(&world.stranger), by_id).await.brief(), @r#"
    200 OK
    {"data":{"node":null},"errors":[{"type":"NOT_FOUND","path":["node"],"locations":[{"line":1,"column":3}],"message":"Could not resolve to a node with the global id."}]}
    "#);
    assert_snapshot!(ask(&world.r#as(&world.reader), by_id).await.brief(), @r#"
    200 OK
    {"data":{"node":{"name":"hello-world"}}}
    "#);
}

#[tokio::test]
async fn gh_views_a_repository_with_fragments_and_variables() {
    let world = World::new().await;
    let query = "
        fragment repo on Repository { id name owner { login } hasIssuesEnabled description hasWikiEnabled viewerPermission defaultBranchRef { name } }
        query RepositoryInfo($owner: String!, $name: String!) {
            repository(owner: $owner, name: $name) {
                ...repo parent { ...repo } mergeCommitAllowed rebaseMergeAllowed squashMergeAllowed
            }
        }";
    let variables = r#"{"owner":"octo-org","name":"hello-world"}"#;
    assert_snapshot!(ask_with(&world.r#as(&world.owner), query, variables).await.brief(), @r#"
    200 OK
    {"data":{"repository":{"id":"MDEwOlJlcG9zaXRvcnkx","name":"hello-world","owner":{"login":"octo-org"},"hasIssuesEnabled":true,"description":null,"hasWikiEnabled":true,"viewerPermission":"ADMIN","defaultBranchRef":{"name":"main"},"parent":null,"mergeCommitAllowed":true,"rebaseMergeAllowed":true,"squashMergeAllowed":true}}}
    "#);
    let network = "
        fragment repo on Repository { id name owner { login } viewerPermission defaultBranchRef { name } isPrivate }
        query RepositoryNetwork { viewer { login } repo_000: repository(owner: \"octo-org\", name: \"public-repo\") { ...repo parent { ...repo } } }";
    assert_snapshot!(ask(&world.r#as(&world.stranger), network).await.brief(), @r#"
    200 OK
    {"data":{"viewer":{"login":"stranger"},"repo_000":{"id":"MDEwOlJlcG9zaXRvcnky","name":"public-repo","owner":{"login":"octo-org"},"viewerPermission":"READ","defaultBranchRef":{"name":"main"},"isPrivate":false,"parent":null}}}
    "#);
}

#[tokio::test]
async fn accounts_answer_by_login_and_by_id() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let query = "{
        __typename
        user(login: \"MEMBER\") { __typename id databaseId login name url }
        organization(login: \"octo-org\") { id databaseId login name url description }
        a: repositoryOwner(login: \"octo-org\") { __typename login ... on User { name } ... on Organization { description } }
        b: repositoryOwner(login: \"owner\") { __typename id ... on User { name } }
        c: repositoryOwner(login: \"nobody\") { id }
        user_node: node(id: \"MDQ6VXNlcjM=\") { __typename ... on User { login } ... on Repository { isFork } }
        org_node: node(id: \"MDEyOk9yZ2FuaXphdGlvbjc=\") { id ...login }
        rateLimit { remaining }
    }
    fragment login on RepositoryOwner { login }";
    assert_snapshot!(ask(&owner, query).await.brief(), @r#"
    200 OK
    {"data":{"__typename":"Query","user":{"__typename":"User","id":"MDQ6VXNlcjM=","databaseId":3,"login":"member","name":null,"url":"http://localhost/member"},"organization":{"id":"MDEyOk9yZ2FuaXphdGlvbjc=","databaseId":7,"login":"octo-org","name":null,"url":"http://localhost/octo-org","description":null},"a":{"__typename":"Organization","login":"octo-org","description":null},"b":{"__typename":"User","id":"MDQ6VXNlcjI=","name":null},"c":null,"user_node":{"__typename":"User","login":"member"},"org_node":{"id":"MDEyOk9yZ2FuaXphdGlvbjc=","login":"octo-org"},"rateLimit":null}}
    "#);
    let query = "{ user(login: \"octo-org\") { id } organization(login: \"owner\") { id } node(id: \"x\") { id } }";
    assert_snapshot!(ask(&owner, query).await.brief(), @r#"
    200 OK
    {"data":{"user":null,"organization":null,"node":null},"errors":[{"type":"NOT_FOUND","path":["user"],"locations":[{"line":1,"column":3}],"message":"Could not resolve to a User with the login of 'octo-org'."},{"type":"NOT_FOUND","path":["organization"],"locations":[{"line":1,"column":34}],"message":"Could not resolve to an Organization with the login of 'owner'."},{"type":"NOT_FOUND","path":["node"],"locations":[{"line":1,"column":70}],"message":"Could not resolve to a node with the global id."}]}
    "#);
}

#[tokio::test]
async fn names_that_no_repository_can_have_are_not_repeated() {
    let world = World::new().await;
    let query = "{ repository(owner: \"-\", name: \"p4ssw0rd!\") { id } user(login: \"p4ssw0rd!\") { id } }";
    let reply = ask(&world.r#as(&world.owner), query).await;
    assert!(!reply.text().contains("p4ssw0rd"));
    assert_snapshot!(reply.brief(), @r#"
    200 OK
    {"data":{"repository":null,"user":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"locations":[{"line":1,"column":3}],"message":"Could not resolve to a Repository."},{"type":"NOT_FOUND","path":["user"],"locations":[{"line":1,"column":52}],"message":"Could not resolve to a User."}]}
    "#);
}

#[tokio::test]
async fn a_renamed_repository_is_followed_unless_the_query_declines() {
    let world = World::new().await;
    let mut tx = world.app.db.begin().await.unwrap();
    let sql = "
        INSERT INTO repository_redirect (owner_id, name_key, repository_id) VALUES (7, 'old', 1)";
    tx.execute(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let query = "{
        a: repository(owner: \"octo-org\", name: \"old\") { nameWithOwner }
        b: repository(owner: \"octo-org\", name: \"old\", followRenames: false) { nameWithOwner }
    }";
    assert_snapshot!(ask(&world.r#as(&world.reader), query).await.brief(), @r#"
    200 OK
    {"data":{"a":{"nameWithOwner":"octo-org/hello-world"},"b":null},"errors":[{"type":"NOT_FOUND","path":["b"],"locations":[{"line":3,"column":9}],"message":"Could not resolve to a Repository with the name 'octo-org/old'."}]}
    "#);
    let stranger = ask(&world.r#as(&world.stranger), query).await;
    assert!(stranger.json()["data"]["a"].is_null());
}

#[tokio::test]
async fn variables_have_defaults_and_types() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let query = "query($login: String = \"member\", $all: Boolean!) {
        user(login: $login) { login id @include(if: $all) url @skip(if: $all) ... @include(if: $all) { databaseId } }
    }";
    let answer = async |variables: &str| ask_with(&owner, query, variables).await.text().to_owned();
    assert_snapshot!(answer(r#"{"all":true}"#).await, @r#"{"data":{"user":{"login":"member","id":"MDQ6VXNlcjM=","databaseId":3}}}"#);
    assert_snapshot!(answer(r#"{"all":false,"login":"reader"}"#).await, @r#"{"data":{"user":{"login":"reader","url":"http://localhost/reader"}}}"#);
    assert_snapshot!(answer("{}").await, @r#"{"errors":[{"locations":[{"line":1,"column":34}],"message":"Variable $all was provided invalid value"}]}"#);
    assert_snapshot!(answer(r#"{"all":"p4ssw0rd"}"#).await, @r#"{"errors":[{"locations":[{"line":1,"column":34}],"message":"Variable $all was provided invalid value"}]}"#);
    assert_snapshot!(answer(r#"{"all":true,"login":null}"#).await, @r#"{"errors":[{"extensions":{"code":"missingRequiredArguments"},"locations":[{"line":2,"column":9}],"message":"Field 'user' is missing required arguments: login"}]}"#);
}

#[tokio::test]
async fn fields_of_one_name_are_merged_and_different_ones_refused() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let query =
        "{ viewer { login } ... { viewer { id login } } ... on Query { viewer { databaseId } } }";
    assert_snapshot!(ask(&owner, query).await.text(), @r#"{"data":{"viewer":{"login":"owner","id":"MDQ6VXNlcjI=","databaseId":2}}}"#);
    let query = "{ viewer { a: login } viewer { a: id } }";
    assert_snapshot!(ask(&owner, query).await.text(), @r#"{"errors":[{"extensions":{"code":"fieldConflict"},"locations":[{"line":1,"column":32}],"message":"Field 'a' has a field conflict"}]}"#);
}

#[tokio::test]
async fn a_query_that_breaks_a_rule_is_refused_as_a_whole() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let mut answers = String::new();
    for query in [
        "{",
        "",
        "{ viewer { nope } }",
        "{ viewer { ghp_16C7e42F292c6912E7710c838347Ae178B4a } }",
        "{ viewer }",
        "{ viewer { login { x } } }",
        "{ repository(owner: \"a\") { id } }",
        "{ repository(owner: 1, name: \"a\") { id } }",
        "{ viewer(x: 1) { id } }",
        "{ viewer { ...a } }",
        "fragment a on User { ...a } { viewer { ...a } }",
        "{ viewer { ... on Repository { id } } }",
        "{ viewer { ... on Issue { id } } }",
        "{ viewer @cached { id } }",
        "{ viewer { id @skip } }",
        "{ user(login: $login) { id } }",
        "query a { viewer { id } } query b { viewer { id } }",
        "fragment a on User { id }",
        "mutation { createRepository { id } }",
        "subscription { x }",
    ] {
        let reply = ask(&owner, query).await;
        assert_eq!(reply.status, 200, "{query}");
        assert!(!reply.text().contains("data"), "{query}");
        answers.push_str(reply.text());
        answers.push('\n');
    }
    assert_snapshot!(answers, @r#"
    {"errors":[{"message":"Parse error"}]}
    {"errors":[{"message":"Parse error"}]}
    {"errors":[{"extensions":{"code":"undefinedField"},"locations":[{"line":1,"column":12}],"message":"Field 'nope' doesn't exist on type 'User'"}]}
    {"errors":[{"extensions":{"code":"undefinedField"},"locations":[{"line":1,"column":12}],"message":"Field '…' doesn't exist on type 'User'"}]}
    {"errors":[{"extensions":{"code":"selectionMismatch"},"locations":[{"line":1,"column":3}],"message":"Field must have selections (field 'viewer' returns User but has no selections. Did you mean 'viewer { ... }'?)"}]}
    {"errors":[{"extensions":{"code":"selectionMismatch"},"locations":[{"line":1,"column":12}],"message":"Selections can't be made on scalars (field 'login')"}]}
    {"errors":[{"extensions":{"code":"missingRequiredArguments"},"locations":[{"line":1,"column":3}],"message":"Field 'repository' is missing required arguments: name"}]}
    {"errors":[{"extensions":{"code":"argumentLiteralsIncompatible"},"locations":[{"line":1,"column":3}],"message":"Argument 'owner' on Field 'repository' has an invalid value."}]}
    {"errors":[{"extensions":{"code":"argumentNotAccepted"},"locations":[{"line":1,"column":3}],"message":"Field 'viewer' doesn't accept argument 'x'"}]}
    {"errors":[{"locations":[{"line":1,"column":15}],"message":"Fragment a was used, but not defined"}]}
    {"errors":[{"locations":[{"line":1,"column":1}],"message":"Fragment a contains an infinite loop"}]}
    {"errors":[{"extensions":{"code":"cannotSpreadFragment"},"locations":[{"line":1,"column":16}],"message":"Fragment on Repository can't be spread inside User"}]}
    {"errors":[{"extensions":{"code":"undefinedType"},"locations":[{"line":1,"column":16}],"message":"No such type Issue, so it can't be a fragment condition"}]}
    {"errors":[{"locations":[{"line":1,"column":10}],"message":"Directive @cached is not defined"}]}
    {"errors":[{"locations":[{"line":1,"column":15}],"message":"Argument 'if' on Directive 'skip' has an invalid value."}]}
    {"errors":[{"extensions":{"code":"variableNotDefined"},"message":"Variable $login is used but not declared"}]}
    {"errors":[{"message":"An operation name is required"}]}
    {"errors":[{"message":"No operation was given"}]}
    {"errors":[{"locations":[{"line":1,"column":1}],"message":"Schema is not configured for mutations"}]}
    {"errors":[{"locations":[{"line":1,"column":1}],"message":"Schema is not configured for subscriptions"}]}
    "#);
}

#[tokio::test]
async fn the_operation_that_is_named_is_the_one_that_runs() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let named = async |name: &str| {
        let query = "query a { viewer { login } } query b { viewer { id } }";
        let body = format!(r#"{{"query":"{query}","operationName":{name}}}"#);
        owner.post("/graphql", body).await.brief()
    };
    assert_snapshot!(named("\"b\"").await, @r#"
    200 OK
    {"data":{"viewer":{"id":"MDQ6VXNlcjI="}}}
    "#);
    assert_snapshot!(named("\"c\"").await, @r#"
    200 OK
    {"errors":[{"message":"No operation named \"c\""}]}
    "#);
    assert_snapshot!(named("7").await, @r#"
    400 Bad Request
    {"message":"An operationName attribute must be a string.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/graphql"}
    "#);
}

#[tokio::test]
async fn large_queries_are_refused() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let text = async |query: String| ask(&owner, &query).await.text().to_owned();
    let repositories = |count: usize| {
        let one = |n: usize| {
            format!("r{n}:repository(owner:\"octo-org\",name:\"hello-world\"){{databaseId}}")
        };
        format!("{{{}}}", (0..count).map(one).collect::<Vec<_>>().join(" "))
    };
    let answered = text(repositories(500)).await;
    assert_eq!(answered.matches("\"databaseId\":1").count(), 500);
    assert_snapshot!(text(repositories(501)).await, @r#"{"errors":[{"message":"Query asks for more than 1000 fields"}]}"#);
    assert_snapshot!(text(format!("{{ viewer {{ id }} }} #{}", "x".repeat(65_536))).await, @r#"{"errors":[{"message":"Query is longer than 65536 bytes"}]}"#);
    let deep = |levels: usize| {
        format!(
            "{{{}__typename{}}}",
            "...{".repeat(levels),
            "}".repeat(levels)
        )
    };
    assert_eq!(text(deep(15)).await, r#"{"data":{"__typename":"Query"}}"#);
    assert_snapshot!(text(deep(16)).await, @r#"{"errors":[{"locations":[{"line":1,"column":65}],"message":"Query is nested more than 16 deep"}]}"#);
    // Fragments that double at each step are counted where they are put, not where they are written.
    let doubling: Vec<_> = (0..14)
        .map(|n| format!("fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1))
        .collect();
    let doubling = doubling.join(" ");
    let doubling = format!("{doubling} fragment f14 on Query {{ __typename }} {{ ...f0 }}");
    assert_snapshot!(text(doubling).await, @r#"{"errors":[{"message":"Query asks for more than 1000 fields"}]}"#);
}

#[tokio::test]
async fn a_question_without_a_credential_or_a_query_is_no_question() {
    let world = World::new().await;
    assert_snapshot!(world.anonymous().post("/graphql", r#"{"query":"{viewer{login}}"}"#).await.brief(), @r#"
    401 Unauthorized
    {"message":"Requires authentication","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}
    "#);
    let bad = world.with_token("ghp_16C7e42F292c6912E7710c838347Ae178B4a");
    assert_eq!(
        bad.post("/graphql", r#"{"query":"{viewer{login}}"}"#)
            .await
            .status,
        401
    );
    let owner = world.r#as(&world.owner);
    for body in [
        "{}",
        r#"{"query":1}"#,
        r#"{"query":"{viewer{id}}","variables":[1]}"#,
        "{",
    ] {
        assert_eq!(owner.post("/graphql", body).await.status, 400, "{body}");
    }
    assert_snapshot!(owner.post("/graphql", "{}").await.brief(), @r#"
    400 Bad Request
    {"message":"A query attribute must be specified and must be a string.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/graphql"}
    "#);
    assert_eq!(owner.get("/graphql").await.status, 404);
}
