//! ETags, and what is not sent twice.

use super::{ORG, REPO, put};
use crate::world::{Reply, World, token};

fn tag(reply: &Reply) -> &str {
    reply.header("etag").expect("a tag")
}

#[tokio::test]
async fn a_tag_is_strong_and_64_digits_long() {
    let world = World::new().await;
    let reply = world.r#as(&world.owner).get(ORG).await;
    let inner = tag(&reply)
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'));
    let inner = inner.expect("quotes");
    assert!(
        inner.len() == 64 && inner.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{inner}"
    );
}

#[tokio::test]
async fn the_same_body_has_another_tag_for_another_token_but_not_for_another_place() {
    let world = World::new().await;
    let second = token(&world.app, world.owner.id, "repo, admin:org", None).await;
    let (one, two) = (world.r#as(&world.owner), world.with_token(&second));
    let first = one.get(ORG).await;
    let other = two.get(ORG).await;
    assert_eq!(first.text(), other.text());
    assert_ne!(tag(&first), tag(&other));
    assert_eq!(tag(&first), tag(&one.get(REPO).await));
    assert_eq!(tag(&first), tag(&one.get(ORG).await));
}

#[tokio::test]
async fn a_creation_has_a_tag_that_depends_on_the_token_only() {
    let world = World::new().await;
    let body = world.sealed(REPO, b"value").await;
    let owner = world.r#as(&world.owner);
    let one = owner.put(&format!("{REPO}/A"), body.clone()).await;
    let two = owner.put(&format!("{REPO}/B"), body.clone()).await;
    let writer = world
        .r#as(&world.writer)
        .put(&format!("{REPO}/C"), body)
        .await;
    assert_eq!(tag(&one), tag(&two));
    assert_ne!(tag(&one), tag(&writer));
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let world = World::new().await;
    put(&world, REPO, "A", "").await;
    for path in [
        ORG,
        REPO,
        &format!("{REPO}/A"),
        &format!("{REPO}/public-key"),
        "/user",
    ] {
        let first = world.r#as(&world.owner).get(path).await;
        let tag = tag(&first);
        for sent in [
            tag.to_owned(),
            format!("W/{tag}"),
            format!("\"other\", W/{tag}"),
            format!("{tag},\"other\""),
            "*".to_owned(),
        ] {
            for head in [false, true] {
                let owner = world.r#as(&world.owner).header("if-none-match", &sent);
                let again = if head {
                    owner.head(path).await
                } else {
                    owner.get(path).await
                };
                assert_eq!(again.status, 304, "{path} {sent}");
                assert_eq!(again.header("etag"), Some(tag));
                assert_eq!(again.header("last-modified"), first.header("last-modified"));
                assert!(again.body.is_empty());
                for name in ["content-type", "x-oauth-scopes", "x-github-media-type"] {
                    assert_eq!(again.header(name), None, "{path} {name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn another_tag_is_no_match() {
    let world = World::new().await;
    let first = world.r#as(&world.owner).get(ORG).await;
    let inner = tag(&first).trim_matches('"').to_owned();
    for sent in [
        "\"other\"",
        "",
        &inner,
        "W/",
        "W/\"\"",
        &format!("\"{inner}"),
    ] {
        let owner = world.r#as(&world.owner).header("if-none-match", sent);
        assert_eq!(owner.get(ORG).await.status, 200, "{sent}");
    }
    let stranger = world
        .r#as(&world.writer)
        .header("if-none-match", tag(&first));
    assert_eq!(stranger.get(REPO).await.status, 200);
}

#[tokio::test]
async fn a_match_does_not_let_anybody_in_and_does_not_stop_a_write() {
    let world = World::new().await;
    let reader = world.r#as(&world.reader).header("if-none-match", "*");
    assert_eq!(reader.get(REPO).await.status, 403);
    let body = world.sealed(REPO, b"value").await;
    let owner = world.r#as(&world.owner).header("if-none-match", "*");
    assert_eq!(
        owner.put(&format!("{REPO}/A"), body.clone()).await.status,
        201
    );
    let owner = world.r#as(&world.owner).header("if-match", "\"other\"");
    assert_eq!(owner.put(&format!("{REPO}/A"), body).await.status, 204);
}

#[tokio::test]
async fn two_writes_within_a_second_have_two_tags() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let mut seen = Vec::new();
    for _ in 0..3 {
        put(&world, REPO, "A", "").await;
        for path in [REPO, &format!("{REPO}/A")] {
            seen.push(owner.get(path).await);
        }
    }
    for (index, one) in seen.iter().enumerate() {
        for two in &seen[index + 1..] {
            assert_ne!(tag(one), tag(two));
        }
    }
    assert_eq!(seen[1].text(), seen[5].text());
}

#[tokio::test]
async fn secrets_have_no_last_modified_and_do_not_care_for_dates() {
    let world = World::new().await;
    put(&world, REPO, "A", "").await;
    for sent in ["Fri, 02 Jan 2026 03:04:05 GMT", "nonsense"] {
        let owner = world.r#as(&world.owner).header("if-modified-since", sent);
        let reply = owner.get(&format!("{REPO}/A")).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("last-modified")),
            (200, None)
        );
    }
}

#[tokio::test]
async fn errors_have_neither_tag_nor_cache_control() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    for path in [format!("{ORG}/NO"), "/no/route".to_owned()] {
        let reply = owner.get(&path).await;
        assert_eq!(
            (reply.header("etag"), reply.header("cache-control")),
            (None, None)
        );
    }
}
