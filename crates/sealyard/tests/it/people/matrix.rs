//! Every kind of token, in every state, in every form it can be sent in: what comes of it exactly.

use axum::body::Body;
use base64ct::{Base64, Encoding as _};
use http::{HeaderValue, Request};
use sealyard::identity::permission::Permissions;
use sealyard::identity::scopes::Scopes;
use sealyard::identity::token::{Kind, Token};
use sealyard::identity::{self, Power};

use super::issue;
use crate::world::{Reply, World};

const KINDS: [Kind; 3] = [Kind::Classic, Kind::OAuth, Kind::FineGrained];
const BAD: &str = r#"{"message":"Bad credentials","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}"#;
const SUSPENDED: &str = r#"{"message":"Sorry. Your account was suspended.","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}"#;

async fn make(world: &World, login: &str, kind: Kind, expires_at: Option<i64>) -> String {
    let user = identity::user(&world.app, login).await.expect("a user");
    let scopes = Scopes::parse("repo").expect("scopes");
    let power = match kind {
        Kind::Classic => Power::Classic(scopes),
        Kind::OAuth => Power::OAuth(scopes),
        Kind::FineGrained | Kind::Installation | Kind::Runner | Kind::Ticket => {
            Power::FineGrained {
                permissions: Permissions::default(),
                owner: &user,
                repositories: None,
            }
        }
    };
    issue(world, login, power, expires_at).await
}

async fn ask(world: &World, authorization: &[u8]) -> Reply {
    let request = Request::get("/user")
        .header("host", "localhost")
        .header("user-agent", "tests")
        .header(
            "authorization",
            HeaderValue::from_bytes(authorization).expect("a header"),
        )
        .body(Body::empty());
    world.raw(request.expect("a request")).await
}

/// 200 with the user's login, or a refusal, word for word.
fn check(reply: &Reply, expected: Expected, label: &str) {
    match expected {
        Expected::User(login) => {
            assert_eq!(reply.status, 200, "{label}: {}", reply.text());
            assert_eq!(reply.json()["login"], login, "{label}");
        }
        Expected::Bad => assert_eq!((reply.status.as_u16(), reply.text()), (401, BAD), "{label}"),
        Expected::Suspended => {
            assert_eq!(
                (reply.status.as_u16(), reply.text()),
                (403, SUSPENDED),
                "{label}"
            );
        }
    }
    if reply.status != 200 {
        assert_eq!(reply.header("x-oauth-scopes"), None, "{label}");
        assert_eq!(reply.header("etag"), None, "{label}");
    }
}

#[derive(Clone, Copy)]
enum Expected {
    User(&'static str),
    Bad,
    Suspended,
}

/// The last character, which belongs to the checksum, changed.
fn with_wrong_checksum(token: &str) -> String {
    let last = if token.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &token[..token.len() - 1])
}

/// The same text under the prefix of another kind.
fn with_prefix(token: &str, kind: Kind) -> String {
    let rest = token.trim_start_matches("github_pat_");
    let rest = rest.trim_start_matches("ghp_").trim_start_matches("gho_");
    match kind {
        Kind::Classic => format!("gho_{rest}"),
        Kind::OAuth | Kind::FineGrained | Kind::Installation | Kind::Runner | Kind::Ticket => {
            format!("ghp_{rest}")
        }
    }
}

/// Tokens of one kind that were made, and what each has come to.
async fn kept(world: &World, kind: Kind) -> Vec<(&'static str, String, Expected)> {
    let now = world.app.clock.now_s();
    let mut all = Vec::new();
    for (state, login, expires_at, expected) in [
        ("good", "owner", None, Expected::User("owner")),
        ("of a suspended user", "reader", None, Expected::Suspended),
        (
            "expired, of a suspended user",
            "reader",
            Some(now),
            Expected::Bad,
        ),
        (
            "expired a second ago",
            "owner",
            Some(now - 1),
            Expected::Bad,
        ),
        ("expiring now", "owner", Some(now), Expected::Bad),
        (
            "expiring in a second",
            "owner",
            Some(now + 1),
            Expected::User("owner"),
        ),
        ("revoked", "writer", None, Expected::Bad),
    ] {
        all.push((state, make(world, login, kind, expires_at).await, expected));
    }
    world
        .change("UPDATE token SET revoked_at = created_at WHERE user_id = 4")
        .await;
    world
        .change("UPDATE account SET suspended_at = created_at WHERE id = 5")
        .await;
    all
}

/// Texts that are no token, though they look like this one.
fn mistaken(good: &str, kind: Kind) -> [(&'static str, String); 11] {
    [
        ("with a wrong checksum", with_wrong_checksum(good)),
        (
            "without its last character",
            good[..good.len() - 1].to_owned(),
        ),
        ("without its first character", good[1..].to_owned()),
        ("with one more character", format!("{good}0")),
        (
            "with a space inside",
            format!("{} {}", &good[..20], &good[20..]),
        ),
        ("twice", format!("{good}{good}")),
        ("under another prefix", with_prefix(good, kind)),
        ("in lower case", good.to_lowercase()),
        ("in upper case", good.to_uppercase()),
        ("unknown", Token::generate(kind).reveal().to_owned()),
        ("its beginning alone", good[..11].to_owned()),
    ]
}

#[tokio::test]
async fn a_token_is_as_good_as_its_text_and_its_state() {
    let world = World::new().await;
    let mut cases = 0;
    for kind in KINDS {
        let mut sent = kept(&world, kind).await;
        let good = sent[0].1.clone();
        let mistaken = mistaken(&good, kind).into_iter();
        sent.extend(mistaken.map(|(state, text)| (state, text, Expected::Bad)));
        for (state, text, expected) in sent {
            let label = format!("{} {state}", kind.as_str());
            for scheme in ["Bearer", "token"] {
                let reply = ask(&world, format!("{scheme} {text}").as_bytes()).await;
                check(&reply, expected, &label);
                cases += 1;
            }
        }
    }
    let [installation, runner] = [Kind::Installation, Kind::Runner].map(Token::generate);
    for text in [
        // As GitHub's were until 2021.
        "0123456789abcdef0123456789abcdef01234567",
        "ghp_",
        "github_pat_",
        "github_pat__",
        "null",
        "0",
        installation.reveal(),
        runner.reveal(),
    ] {
        let reply = ask(&world, format!("Bearer {text}").as_bytes()).await;
        check(&reply, Expected::Bad, text);
        cases += 1;
    }
    assert_eq!(cases, 116);
}

fn basic(text: &str) -> String {
    format!("Basic {}", Base64::encode_string(text.as_bytes()))
}

/// Headers in which a token is found.
fn right_forms(t: &str) -> [String; 16] {
    let encoded = Base64::encode_string(format!("owner:{t}").as_bytes());
    [
        format!("Bearer {t}"),
        format!("bearer {t}"),
        format!("BEARER {t}"),
        format!("token {t}"),
        format!("Token {t}"),
        format!("Bearer  {t}"),
        format!("token   {t}"),
        format!("Bearer {t} "),
        format!(" Bearer {t}"),
        basic(&format!("owner:{t}")),
        basic(&format!("somebody else:{t}")),
        basic(&format!(":{t}")),
        basic(&format!("{t}:x-oauth-basic")),
        basic(&format!("{t}:")),
        format!("basic {encoded}"),
        format!("BASIC  {encoded} "),
    ]
}

/// Headers in which it is not, though it is in them.
fn wrong_forms(t: &str) -> [String; 31] {
    let encoded = Base64::encode_string(format!("owner:{t}").as_bytes());
    [
        String::new(),
        t.to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "token".to_owned(),
        "Basic".to_owned(),
        format!("Bearer\t{t}"),
        format!("Bearer{t}"),
        format!("Bearer: {t}"),
        format!("Bearer \"{t}\""),
        format!("Bearer {t},"),
        format!("Bearer {t} {t}"),
        format!("Bearer token {t}"),
        format!("Digest {t}"),
        format!("Negotiate {t}"),
        format!("JWT {t}"),
        format!("RemoteAuth {t}"),
        format!("remoteauth {t}"),
        format!("Basic {t}"),
        basic(t),
        basic(&format!("owner:{t}:")),
        basic(&format!("{t}:password")),
        basic(&format!("{t}:X-OAuth-Basic")),
        basic(&format!("owner: {t}")),
        basic(&format!("owner:{t}\n")),
        basic(":"),
        basic(""),
        format!("Basic {}", &encoded[..encoded.len() - 1]),
        format!("Basic {encoded}="),
        format!("Basic {encoded}!"),
        format!("Bearer {}", Base64::encode_string(t.as_bytes())),
    ]
}

#[tokio::test]
async fn a_good_token_is_found_in_the_forms_that_github_takes_and_in_no_other() {
    let world = World::new().await;
    let mut cases = 0;
    for kind in KINDS {
        let t = make(&world, "owner", kind, None).await;
        let (right, wrong) = (right_forms(&t), wrong_forms(&t));
        for (all, expected) in [
            (&right[..], Expected::User("owner")),
            (&wrong[..], Expected::Bad),
        ] {
            for header in all {
                let label = header.replace(&t, "T");
                check(&ask(&world, header.as_bytes()).await, expected, &label);
                cases += 1;
            }
        }
        for bytes in [&b"Bearer \xff"[..], b"\xff", "Bearer ghp_\u{e4}".as_bytes()] {
            let reply = ask(&world, bytes).await;
            check(&reply, Expected::Bad, "bytes beyond ASCII");
            cases += 1;
        }
    }
    assert_eq!(cases, 150);
}

#[tokio::test]
async fn a_token_with_a_wrong_checksum_costs_no_query() {
    let world = World::new().await;
    let tokens = [
        make(&world, "owner", Kind::Classic, None).await,
        make(&world, "owner", Kind::OAuth, None).await,
        make(&world, "owner", Kind::FineGrained, None).await,
    ];
    // Now whoever asks for a token fails.
    world.change("DROP TABLE token").await;
    for token in &tokens {
        let wrong = with_wrong_checksum(token);
        for header in [
            format!("Bearer {wrong}"),
            format!(
                "Basic {}",
                Base64::encode_string(format!("x:{wrong}").as_bytes())
            ),
        ] {
            check(
                &ask(&world, header.as_bytes()).await,
                Expected::Bad,
                "a wrong checksum",
            );
        }
        let asked = ask(&world, format!("Bearer {token}").as_bytes()).await;
        assert!(asked.status.is_server_error(), "{}", asked.brief());
    }
}
