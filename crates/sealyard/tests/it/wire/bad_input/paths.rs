//! Names and paths.

use http::Method;
use insta::assert_snapshot;

use super::super::{ENV, ORG, REPO};
use super::{Bad, CANARY, peaceful, refused};

/// Names that no secret can have.
const NAMES: [&str; 19] = [
    "GITHUB_cAnArY",
    "github_cAnArY",
    "GitHub_",
    "1cAnArY",
    "cAnArY-x",
    "cAnArY.x",
    "cAnArY%20x",
    "cAnArY%C3%A9",
    "%C4%B0cAnArY",
    "cAnArY%EF%BC%A1",
    "cAnArY%2Fx",
    "cAnArY%252Fx",
    "cAnArY'x",
    "cAnArY%22x",
    "cAnArY;x=1",
    "cAnArY:x",
    "cAnArY*",
    "$cAnArY",
    "cAnArY%3Fx",
];

#[tokio::test]
async fn forbidden_names_are_refused_in_every_put() {
    let world = peaceful().await;
    let mut all = Vec::new();
    let long = CANARY.repeat(43);
    for name in NAMES.into_iter().chain([long.as_str()]) {
        for (place, more) in [(ORG, r#""visibility":"all""#), (REPO, ""), (ENV, "")] {
            let body = match more {
                "" => world.sealed(place, b"value").await,
                more => world.sealed_with(place, b"value", more).await,
            };
            let what = name.get(..40).unwrap_or(name);
            all.push(Bad::put(what, format!("{place}/{name}"), body));
        }
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    422 "Secret names must not start with GITHUB_."
        GITHUB_cAnArY
        github_cAnArY
        GitHub_
    422 "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_)."
        1cAnArY
        cAnArY-x
        cAnArY.x
        cAnArY%20x
        cAnArY%C3%A9
        %C4%B0cAnArY
        cAnArY%EF%BC%A1
        cAnArY%2Fx
        cAnArY%252Fx
        cAnArY'x
        cAnArY%22x
        cAnArY;x=1
        cAnArY:x
        cAnArY*
        $cAnArY
        cAnArY%3Fx
    422 "Secret names must not be longer than 255 characters."
        cAnArYcAnArYcAnArYcAnArYcAnArYcAnArYcAnA
    "#);
}

#[tokio::test]
async fn forbidden_names_are_not_found_where_one_reads_or_deletes() {
    let world = peaceful().await;
    let mut all = Vec::new();
    for name in [
        "GITHUB_cAnArY",
        "1cAnArY",
        "cAnArY-x",
        "cAnArY%20x",
        "cAnArY%2Fx",
        "%C5%BFcAnArY",
    ] {
        for place in [ORG, REPO, ENV] {
            let path = format!("{place}/{name}");
            all.push(Bad::new("GET a secret", Method::GET, &path));
            all.push(Bad::new("DELETE a secret", Method::DELETE, &path));
        }
        let path = format!("{ORG}/{name}/repositories");
        all.push(Bad::new("GET its repositories", Method::GET, &path));
        let ids = r#"{"selected_repository_ids":[1]}"#;
        all.push(Bad::put("PUT its repositories", &path, ids));
        all.push(Bad::put("PUT a repository", format!("{path}/1"), ""));
        let one = format!("{path}/1");
        all.push(Bad::new("DELETE a repository", Method::DELETE, one));
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    404 "Not Found"
        GET a secret
        GET its repositories
        PUT its repositories
        PUT a repository
        DELETE a repository
    404 "{}"
        DELETE a secret
    "#);
}

/// Paths that could be read in two ways, or only look like ours.
const ODD: [&str; 31] = [
    "/repos/octo-org/hello-world/actions/secrets/cAnArY%00",
    "/repos/octo-org/hello-world/actions/secrets/%00",
    "/repos/octo-org/hello-world/actions/secrets/cAnArY%0Ax",
    "/repos/octo-org/hello-world/actions/secrets/cAnArY%7F",
    "/repos/octo-org/hello-world/actions/secrets/cAnArY%C2%85",
    "/repos/octo-org/hello-world/actions/secrets/cAnArY%FF",
    "/repos/octo-org/hello-world/actions/secrets/cAnArY%C0%AF",
    "/repos/octo-org/hello-world/actions/secrets/cAnArY%",
    "/repos/octo-org/hello-world/actions/secrets/cAnArY%zz",
    "/repos/octo-org/hello-world/actions/secrets/.",
    "/repos/octo-org/hello-world/actions/secrets/..",
    "/repos/octo-org/hello-world/actions/secrets/%2e%2E",
    "/repos/octo-org/hello-world/actions/secrets/../secrets/cAnArY",
    "/repos/octo-org/./hello-world/actions/secrets/cAnArY",
    "/repos/octo-org//hello-world/actions/secrets/cAnArY",
    "//repos/octo-org/hello-world/actions/secrets/cAnArY",
    "/repos/octo-org/hello-world/actions/secrets/cAnArY/",
    "/repos/octo-org/hello-world/actions/secrets//cAnArY",
    "/repos/octo-org/hello-world%2Factions/secrets/cAnArY",
    "/repos/octo-org%2Fhello-world/actions/secrets/cAnArY",
    "/repos/octo-org/hello-world/actions%2Fsecrets/cAnArY",
    "/repos/octo-org/hello-world%00/actions/secrets/cAnArY",
    "/repos/octo-org/hello-world/environments/..%2Fproduction/secrets/cAnArY",
    "/repos/octo-org/hello-world/environments/production%00/secrets/cAnArY",
    "/repos/octo-org/hello-world/environments/%2e/secrets/cAnArY",
    "/api/v3/api/v3/repos/octo-org/hello-world/actions/secrets/cAnArY",
    "/api/v3repos/octo-org/hello-world/actions/secrets/cAnArY",
    "/API/V3/repos/octo-org/hello-world/actions/secrets/cAnArY",
    "/Repos/octo-org/hello-world/actions/secrets/cAnArY",
    "/repos/octo-org/hello-world/actions/Secrets/cAnArY",
    "/repos/octo-org/hello-world/actions/secrets/PUBLIC-KEY",
];

#[tokio::test]
async fn dots_slashes_and_nuls_reach_nothing() {
    let world = peaceful().await;
    let body = world.sealed(REPO, b"value").await;
    let mut all = Vec::new();
    for path in ODD {
        all.push(Bad::put(path, path, body.clone()));
        all.push(Bad::new(path, Method::GET, path));
        all.push(Bad::new(path, Method::DELETE, path));
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    404 "Not Found"
        /repos/octo-org/hello-world/actions/secrets/cAnArY%00
        /repos/octo-org/hello-world/actions/secrets/%00
        /repos/octo-org/hello-world/actions/secrets/cAnArY%0Ax
        /repos/octo-org/hello-world/actions/secrets/cAnArY%7F
        /repos/octo-org/hello-world/actions/secrets/cAnArY%C2%85
        /repos/octo-org/hello-world/actions/secrets/cAnArY%FF
        /repos/octo-org/hello-world/actions/secrets/cAnArY%C0%AF
        /repos/octo-org/hello-world/actions/secrets/cAnArY%
        /repos/octo-org/hello-world/actions/secrets/cAnArY%zz
        /repos/octo-org/hello-world/actions/secrets/.
        /repos/octo-org/hello-world/actions/secrets/..
        /repos/octo-org/hello-world/actions/secrets/%2e%2E
        /repos/octo-org/hello-world/actions/secrets/../secrets/cAnArY
        /repos/octo-org/./hello-world/actions/secrets/cAnArY
        /repos/octo-org//hello-world/actions/secrets/cAnArY
        //repos/octo-org/hello-world/actions/secrets/cAnArY
        /repos/octo-org/hello-world/actions/secrets/cAnArY/
        /repos/octo-org/hello-world/actions/secrets//cAnArY
        /repos/octo-org/hello-world%2Factions/secrets/cAnArY
        /repos/octo-org%2Fhello-world/actions/secrets/cAnArY
        /repos/octo-org/hello-world/actions%2Fsecrets/cAnArY
        /repos/octo-org/hello-world%00/actions/secrets/cAnArY
        /repos/octo-org/hello-world/environments/..%2Fproduction/secrets/cAnArY
        /repos/octo-org/hello-world/environments/production%00/secrets/cAnArY
        /repos/octo-org/hello-world/environments/%2e/secrets/cAnArY
        /api/v3/api/v3/repos/octo-org/hello-world/actions/secrets/cAnArY
        /api/v3repos/octo-org/hello-world/actions/secrets/cAnArY
        /API/V3/repos/octo-org/hello-world/actions/secrets/cAnArY
        /Repos/octo-org/hello-world/actions/secrets/cAnArY
        /repos/octo-org/hello-world/actions/Secrets/cAnArY
        /repos/octo-org/hello-world/actions/secrets/PUBLIC-KEY
    422 "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_)."
        /repos/octo-org/hello-world/actions/secrets/PUBLIC-KEY
    404 "{}"
        /repos/octo-org/hello-world/actions/secrets/PUBLIC-KEY
    "#);
}

#[tokio::test]
async fn ids_in_paths_are_decimal_digits() {
    let world = peaceful().await;
    let body = world.sealed(REPO, b"value").await;
    let mut all = Vec::new();
    for id in [
        "0",
        "-1",
        "+1",
        "%201",
        "1.0",
        "1e0",
        "0x1",
        "%D9%A1",
        "cAnArY",
        "9223372036854775808",
        "99999999999999999999999999",
    ] {
        for place in [
            format!("/organizations/{id}/actions/secrets/NEW"),
            format!("/repositories/{id}/actions/secrets/NEW"),
            format!("/repositories/{id}/environments/production/secrets/NEW"),
        ] {
            all.push(Bad::put(format!("PUT {place}"), place, body.clone()));
        }
        let runner = format!("/orgs/octo-org/actions/runners/{id}");
        all.push(Bad::new(format!("DELETE {runner}"), Method::DELETE, runner));
        let repository = format!("{ORG}/A/repositories/{id}");
        all.push(Bad::put(format!("PUT {repository}"), &repository, ""));
        all.push(Bad::new(
            format!("DELETE {repository}"),
            Method::DELETE,
            repository,
        ));
    }
    let seen = refused(&world, all).await;
    let answers: Vec<_> = seen.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(answers, ["404 \"Not Found\""]);
}
