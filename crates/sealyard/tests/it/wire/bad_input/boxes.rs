//! Values that are not sealed, or not to this key.

use std::collections::BTreeSet;

use base64ct::{Base64, Encoding as _};
use insta::assert_snapshot;
use sealyard_vault::PublicKey;
use serde_json::{Value, json};

use super::super::{ENV, ORG, REPO};
use super::{Bad, CANARY, peaceful, refused};
use crate::world::World;

/// The current key of a place.
async fn key(world: &World, path: &str) -> (PublicKey, String) {
    let key = world
        .r#as(&world.owner)
        .get(&format!("{path}/public-key"))
        .await
        .json();
    let public = PublicKey::from_base64(key["key"].as_str().expect("a key")).expect("a key");
    (public, key["key_id"].as_str().expect("a key id").to_owned())
}

fn body(value: &str, key_id: &str) -> String {
    json!({"encrypted_value": value, "key_id": key_id, "visibility": "all"}).to_string()
}

/// The seven encodings of points of low order, and the same with the bit that X25519 ignores:
/// <https://cr.yp.to/ecdh.html#validate>.
fn low_order_keys() -> Vec<[u8; 32]> {
    let point = |hex: &str| {
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).expect("hex");
        }
        bytes
    };
    let mut keys = vec![
        [0; 32],
        point("0100000000000000000000000000000000000000000000000000000000000000"),
        point("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        point("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        point("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        point("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        point("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ];
    let high = keys.clone().into_iter().map(|mut key| {
        key[31] |= 0x80;
        key
    });
    keys.extend(high);
    keys
}

#[tokio::test]
async fn base64_must_be_standard_and_padded() {
    let world = peaceful().await;
    let (public, id) = key(&world, REPO).await;
    // A box whose text has all that tells the alphabets apart.
    let good = loop {
        let text = Base64::encode_string(&public.seal(b"cAnArY!"));
        if text.contains('+') && text.contains('/') && text.ends_with('=') {
            break text;
        }
    };
    let all = [
        ("url-safe", good.replace('+', "-").replace('/', "_")),
        ("unpadded", good.trim_end_matches('=').to_owned()),
        ("padded too much", format!("{good}=")),
        ("empty", String::new()),
        ("white space around", format!(" {good}\n")),
        ("lines", format!("{}\n{}", &good[..40], &good[40..])),
        ("two texts", format!("{good}{good}")),
        ("no base64", format!("!{CANARY}!")),
        ("only padding", "====".to_owned()),
        ("not ASCII", format!("{CANARY}é")),
    ];
    let all = all.map(|(what, text)| Bad::put(what, format!("{REPO}/A"), body(&text, &id)));
    assert_snapshot!(refused(&world, all.into()).await, @r#"
    422 "Invalid request.\n\nencrypted_value does not match /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/."
        url-safe
        unpadded
        padded too much
        white space around
        lines
        two texts
        no base64
        only padding
        not ASCII
    422 "Invalid request.\n\n does not match /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/."
        empty
    "#);
}

#[tokio::test]
async fn what_is_no_box_of_this_key_does_not_open() {
    let world = peaceful().await;
    let (public, id) = key(&world, REPO).await;
    let sealed = public.seal(CANARY.as_bytes());
    let altered = |index: usize| {
        let mut sealed = sealed.clone();
        sealed[index] ^= 1;
        sealed
    };
    let mut all = vec![
        ("plain text", CANARY.as_bytes().to_vec()),
        ("47 bytes", vec![7; 47]),
        ("48 bytes", vec![7; 48]),
        ("another ephemeral key", altered(0)),
        ("another tag", altered(32)),
        ("another text", altered(48)),
        ("cut short", sealed[..sealed.len() - 1].to_vec()),
        ("a byte more", [sealed.as_slice(), b"x"].concat()),
    ];
    for (what, path) in [("for the organization", ORG), ("for the environment", ENV)] {
        all.push((what, key(&world, path).await.0.seal(CANARY.as_bytes())));
    }
    let other = "/repos/octo-org/public-repo/actions/secrets";
    all.push((
        "for another repository",
        key(&world, other).await.0.seal(CANARY.as_bytes()),
    ));
    let all = all.into_iter().map(|(what, bytes)| {
        Bad::put(
            what,
            format!("{REPO}/A"),
            body(&Base64::encode_string(&bytes), &id),
        )
    });
    assert_snapshot!(refused(&world, all.collect()).await, @r#"
    422 "Bad request - validation failed due to an improperly encrypted secret"
        plain text
        47 bytes
        48 bytes
        another ephemeral key
        another tag
        another text
        cut short
        a byte more
        for the organization
        for the environment
        for another repository
    "#);
}

#[tokio::test]
async fn a_box_of_each_place_opens_nowhere_else() {
    let world = peaceful().await;
    let places = [ORG, REPO, ENV];
    let mut all = Vec::new();
    for from in places {
        let (public, id) = key(&world, from).await;
        for to in places.into_iter().filter(|to| *to != from) {
            let sealed = Base64::encode_string(&public.seal(CANARY.as_bytes()));
            all.push(Bad::put(
                format!("{from} at {to}"),
                format!("{to}/A"),
                body(&sealed, &id),
            ));
        }
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    422 "Bad request - validation failed due to an improperly encrypted secret"
        /orgs/octo-org/actions/secrets at /repos/octo-org/hello-world/actions/secrets
        /orgs/octo-org/actions/secrets at /repos/octo-org/hello-world/environments/production/secrets
        /repos/octo-org/hello-world/actions/secrets at /orgs/octo-org/actions/secrets
        /repos/octo-org/hello-world/actions/secrets at /repos/octo-org/hello-world/environments/production/secrets
        /repos/octo-org/hello-world/environments/production/secrets at /orgs/octo-org/actions/secrets
        /repos/octo-org/hello-world/environments/production/secrets at /repos/octo-org/hello-world/actions/secrets
    "#);
}

#[tokio::test]
async fn every_ephemeral_key_of_low_order_is_refused() {
    let world = peaceful().await;
    let (public, id) = key(&world, ORG).await;
    let sealed = public.seal(CANARY.as_bytes());
    let all = low_order_keys().into_iter().map(|ephemeral| {
        let forged = Base64::encode_string(&[&ephemeral[..], &sealed[32..]].concat());
        let [first, .., last] = ephemeral;
        Bad::put(
            format!("{first:02x}…{last:02x}"),
            format!("{ORG}/A"),
            body(&forged, &id),
        )
    });
    assert_snapshot!(refused(&world, all.collect()).await, @r#"
    422 "Bad request - validation failed due to an improperly encrypted secret"
        00…00
        01…00
        e0…00
        5f…57
        ec…7f
        ed…7f
        ee…7f
        00…80
        01…80
        e0…80
        5f…d7
        ec…ff
        ed…ff
        ee…ff
    "#);
}

#[tokio::test]
async fn an_unknown_key_id_is_refused_whatever_it_is() {
    let world = peaceful().await;
    let (public, id) = key(&world, ENV).await;
    let sealed = Base64::encode_string(&public.seal(CANARY.as_bytes()));
    let all = [
        ("empty", String::new()),
        ("a word", CANARY.to_owned()),
        ("a leading zero", format!("0{id}")),
        ("a space", format!("{id} ")),
        ("a sign", format!("+{id}")),
        ("another", "568250167242549743".to_owned()),
        ("long", CANARY.repeat(10_000)),
        ("a quote", format!("' OR '{CANARY}'='{CANARY}")),
    ];
    let all = all.map(|(what, id)| Bad::put(what, format!("{ENV}/A"), body(&sealed, &id)));
    assert_snapshot!(refused(&world, all.into()).await, @r#"
    422 "Bad request - validation failed due to an improperly encrypted secret"
        empty
        a word
        a leading zero
        a space
        a sign
        another
        long
        a quote
    "#);
}

#[tokio::test]
async fn a_value_of_48_kib_is_kept_and_one_byte_more_is_not() {
    let world = peaceful().await;
    let mut seen = BTreeSet::new();
    for (path, more) in [(ORG, r#","visibility":"all""#), (REPO, ""), (ENV, "")] {
        let sealed = world.sealed(path, &vec![b'x'; 49_152]).await;
        let whole = format!("{}{more}}}", sealed.trim_end_matches('}'));
        let kept = world
            .r#as(&world.owner)
            .put(&format!("{path}/LONG"), whole)
            .await;
        assert_eq!(kept.status, 201, "{}", kept.brief());
        let sealed = world.sealed(path, &vec![b'x'; 49_153]).await;
        let whole = format!("{}{more}}}", sealed.trim_end_matches('}'));
        let all = vec![
            Bad::put("over an old value", format!("{path}/LONG"), whole.clone()),
            Bad::put("a new one", format!("{path}/LONGER"), whole),
        ];
        seen.insert(refused(&world, all).await);
    }
    assert_snapshot!(Vec::from_iter(seen).join("\n"), @r#"
    422 "Value is too large."
        over an old value
        a new one
    "#);
}

#[tokio::test]
async fn the_order_of_checks_tells_the_form_first() {
    let world = peaceful().await;
    let (_, id) = key(&world, REPO).await;
    let bad: Value = json!({"encrypted_value": "c2VjcmV0", "key_id": id});
    let all = vec![
        Bad::put("name and body", format!("{REPO}/GITHUB_X"), "{"),
        Bad::put("name and form", format!("{REPO}/GITHUB_X"), "{}"),
        Bad::put("name and box", format!("{REPO}/GITHUB_X"), bad.to_string()),
        Bad::put("box", format!("{REPO}/X"), bad.to_string()),
    ];
    assert_snapshot!(refused(&world, all).await, @r#"
    400 "Problems parsing JSON"
        name and body
    422 "Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied."
        name and form
    422 "Secret names must not start with GITHUB_."
        name and box
    422 "Bad request - validation failed due to an improperly encrypted secret"
        box
    "#);
}
