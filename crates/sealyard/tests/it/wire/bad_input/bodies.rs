//! Bodies that are no JSON, or the wrong JSON.

use insta::assert_snapshot;

use super::super::{ENV, ORG, REPO};
use super::{Bad, CANARY, peaceful, refused};

/// Texts that are no JSON, whatever they were meant to be.
fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let open = format!(r#"{{"encrypted_value":"{CANARY}""#);
    let deep = format!(r#"{{"{CANARY}":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
    vec![
        ("an object left open", open.clone().into_bytes()),
        (
            "bytes after the end",
            format!("{open}}} {CANARY}").into_bytes(),
        ),
        (
            "a key twice",
            format!(r#"{open},"encrypted_value":"{CANARY}"}}"#).into_bytes(),
        ),
        (
            "a key twice within",
            format!(r#"{{"x":{{"{CANARY}":1,"{CANARY}":1}}}}"#).into_bytes(),
        ),
        (
            "an escaped NUL",
            format!(r#"{{"key_id":"{CANARY}\u0000"}}"#).into_bytes(),
        ),
        (
            "an escaped NUL in a key",
            format!(r#"{{"{CANARY}\u0000":1}}"#).into_bytes(),
        ),
        (
            "half a surrogate",
            format!(r#"{{"key_id":"{CANARY}\ud800"}}"#).into_bytes(),
        ),
        (
            "no UTF-8",
            [b"{\"key_id\":\"", CANARY.as_bytes(), b"\xff\"}"].concat(),
        ),
        (
            "UTF-16",
            CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf", open.as_bytes(), b"}"].concat(),
        ),
        (
            "single quotes",
            format!("{{'key_id':'{CANARY}'}}").into_bytes(),
        ),
        ("a comma too many", format!("{open},}}").into_bytes()),
        ("a comment", format!("{{/*{CANARY}*/}}").into_bytes()),
        ("a form", format!("encrypted_value={CANARY}").into_bytes()),
        ("deep nesting", deep.into_bytes()),
        (
            "not a number",
            format!(r#"{{"{CANARY}":NaN}}"#).into_bytes(),
        ),
        (
            "a number too large for any",
            format!(r#"{{"{CANARY}":1e999}}"#).into_bytes(),
        ),
    ]
}

#[tokio::test]
async fn malformed_json_is_refused_in_every_put() {
    let world = peaceful().await;
    let mut all = Vec::new();
    for (what, body) in malformed() {
        all.push(Bad::put(what, format!("{ORG}/A"), body.clone()));
        all.push(Bad::put(what, format!("{REPO}/A"), body.clone()));
        all.push(Bad::put(what, format!("{ENV}/NEW"), body.clone()));
        all.push(Bad::put(what, format!("{ORG}/A/repositories"), body));
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    400 "Problems parsing JSON"
        an object left open
        bytes after the end
        a key twice
        a key twice within
        an escaped NUL
        an escaped NUL in a key
        half a surrogate
        no UTF-8
        UTF-16
        a byte order mark
        single quotes
        a comma too many
        a comment
        a form
        deep nesting
        not a number
        a number too large for any
    "#);
}

#[tokio::test]
async fn json_of_the_wrong_shape_is_refused_in_every_put() {
    let world = peaceful().await;
    let mut all = Vec::new();
    for (what, body) in [
        ("a list", format!(r#"["{CANARY}"]"#)),
        ("a text", format!(r#""{CANARY}""#)),
        ("a number", "9223372036854775808".to_owned()),
        ("null", "null".to_owned()),
        ("nothing", String::new()),
        ("white space", " \r\n\t".to_owned()),
        ("other members", format!(r#"{{"{CANARY}":"{CANARY}"}}"#)),
        (
            "another case",
            format!(r#"{{"Encrypted_Value":"{CANARY}","KEY_ID":"{CANARY}"}}"#),
        ),
    ] {
        all.push(Bad::put(what, format!("{ORG}/A"), body.clone()));
        all.push(Bad::put(what, format!("{REPO}/NEW"), body.clone()));
        all.push(Bad::put(what, format!("{ENV}/A"), body.clone()));
        all.push(Bad::put(what, format!("{ORG}/A/repositories"), body));
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    400 "Body should be a JSON object"
        a list
        a text
        a number
        null
    422 "Invalid request.\n\n\"encrypted_value\", \"key_id\", \"visibility\" weren't supplied."
        nothing
        white space
        other members
        another case
    422 "Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied."
        nothing
        white space
        other members
        another case
    422 "Invalid request.\n\n\"selected_repository_ids\" wasn't supplied."
        nothing
        white space
        other members
        another case
    "#);
}

/// A value of each kind.
const VALUES: [&str; 11] = [
    "null",
    "true",
    "4242424242424242",
    "123456789012345678901234567890",
    "-9223372036854775809",
    "1.5",
    "[]",
    "{}",
    r#"["cAnArY"]"#,
    r#"{"cAnArY":"cAnArY"}"#,
    r#""cAnArY""#,
];

/// Puts each value in place of each of these members.
async fn wrong(members: [&str; 2]) -> String {
    let world = peaceful().await;
    let good = world
        .sealed_with(ORG, b"value", r#""visibility":"all""#)
        .await;
    let good: serde_json::Value = serde_json::from_str(&good).expect("JSON");
    let mut all = Vec::new();
    for member in members {
        for value in VALUES {
            if member == "selected_repository_ids" && (value == "null" || value == "[]") {
                continue;
            }
            let mut body = good.clone();
            body[member] = "PLACE".into();
            let body = body.to_string().replace("\"PLACE\"", value);
            all.push(Bad::put(
                format!("{member} {value}"),
                format!("{ORG}/A"),
                body,
            ));
        }
    }
    refused(&world, all).await
}

#[tokio::test]
async fn boxes_and_key_ids_of_the_wrong_type_are_named_by_kind_only() {
    assert_snapshot!(wrong(["encrypted_value", "key_id"]).await, @r#"
    422 "Invalid request.\n\nFor 'properties/encrypted_value', nil is not a string."
        encrypted_value null
    422 "Invalid request.\n\nFor 'properties/encrypted_value', true is not a string."
        encrypted_value true
    422 "Invalid request.\n\nFor 'properties/encrypted_value', an integer is not a string."
        encrypted_value 4242424242424242
    422 "Invalid request.\n\nFor 'properties/encrypted_value', a number is not a string."
        encrypted_value 123456789012345678901234567890
        encrypted_value -9223372036854775809
        encrypted_value 1.5
    422 "Invalid request.\n\nFor 'properties/encrypted_value', [] is not a string."
        encrypted_value []
    422 "Invalid request.\n\nFor 'properties/encrypted_value', {} is not a string."
        encrypted_value {}
    422 "Invalid request.\n\nFor 'properties/encrypted_value', an array is not a string."
        encrypted_value ["cAnArY"]
    422 "Invalid request.\n\nFor 'properties/encrypted_value', an object is not a string."
        encrypted_value {"cAnArY":"cAnArY"}
    422 "Invalid request.\n\nencrypted_value does not match /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/."
        encrypted_value "cAnArY"
    422 "Invalid request.\n\nFor 'properties/key_id', nil is not a string."
        key_id null
    422 "Invalid request.\n\nFor 'properties/key_id', true is not a string."
        key_id true
    422 "Invalid request.\n\nFor 'properties/key_id', an integer is not a string."
        key_id 4242424242424242
    422 "Invalid request.\n\nFor 'properties/key_id', a number is not a string."
        key_id 123456789012345678901234567890
        key_id -9223372036854775809
        key_id 1.5
    422 "Invalid request.\n\nFor 'properties/key_id', [] is not a string."
        key_id []
    422 "Invalid request.\n\nFor 'properties/key_id', {} is not a string."
        key_id {}
    422 "Invalid request.\n\nFor 'properties/key_id', an array is not a string."
        key_id ["cAnArY"]
    422 "Invalid request.\n\nFor 'properties/key_id', an object is not a string."
        key_id {"cAnArY":"cAnArY"}
    422 "Bad request - validation failed due to an improperly encrypted secret"
        key_id "cAnArY"
    "#);
}

#[tokio::test]
async fn visibilities_and_ids_of_the_wrong_type_are_named_by_kind_only() {
    assert_snapshot!(wrong(["visibility", "selected_repository_ids"]).await, @r#"
    422 "Invalid request.\n\nFor 'properties/visibility', nil is not a string."
        visibility null
    422 "Invalid request.\n\nFor 'properties/visibility', true is not a string."
        visibility true
    422 "Invalid request.\n\nFor 'properties/visibility', an integer is not a string."
        visibility 4242424242424242
    422 "Invalid request.\n\nFor 'properties/visibility', a number is not a string."
        visibility 123456789012345678901234567890
        visibility -9223372036854775809
        visibility 1.5
    422 "Invalid request.\n\nFor 'properties/visibility', [] is not a string."
        visibility []
    422 "Invalid request.\n\nFor 'properties/visibility', {} is not a string."
        visibility {}
    422 "Invalid request.\n\nFor 'properties/visibility', an array is not a string."
        visibility ["cAnArY"]
    422 "Invalid request.\n\nFor 'properties/visibility', an object is not a string."
        visibility {"cAnArY":"cAnArY"}
    422 "Invalid request.\n\nvisibility is not a member of [\"all\", \"private\", \"selected\"]."
        visibility "cAnArY"
    422 "Invalid request.\n\nFor 'properties/selected_repository_ids', true is not an array."
        selected_repository_ids true
    422 "Invalid request.\n\nFor 'properties/selected_repository_ids', an integer is not an array."
        selected_repository_ids 4242424242424242
    422 "Invalid request.\n\nFor 'properties/selected_repository_ids', a number is not an array."
        selected_repository_ids 123456789012345678901234567890
        selected_repository_ids -9223372036854775809
        selected_repository_ids 1.5
    422 "Invalid request.\n\nFor 'properties/selected_repository_ids', {} is not an array."
        selected_repository_ids {}
    422 "Invalid request.\n\nFor 'items', a string is not an integer."
        selected_repository_ids ["cAnArY"]
    422 "Invalid request.\n\nFor 'properties/selected_repository_ids', an object is not an array."
        selected_repository_ids {"cAnArY":"cAnArY"}
    422 "Invalid request.\n\nFor 'properties/selected_repository_ids', a string is not an array."
        selected_repository_ids "cAnArY"
    "#);
}

#[tokio::test]
async fn missing_members_are_named_in_every_put() {
    let world = peaceful().await;
    let mut all = Vec::new();
    for (what, body) in [
        ("no box", r#"{"key_id":"cAnArY","visibility":"all"}"#),
        (
            "no key",
            r#"{"encrypted_value":"cAnArYxx","visibility":"all"}"#,
        ),
        ("neither", r#"{"visibility":"cAnArY"}"#),
    ] {
        all.push(Bad::put(what, format!("{ORG}/A"), body));
        all.push(Bad::put(what, format!("{REPO}/A"), body));
        all.push(Bad::put(what, format!("{ENV}/A"), body));
    }
    let body = r#"{"encrypted_value":"cAnArYxx","key_id":"cAnArY"}"#;
    all.push(Bad::put("no visibility", format!("{ORG}/A"), body));
    assert_snapshot!(refused(&world, all).await, @r#"
    422 "Invalid request.\n\n\"encrypted_value\" wasn't supplied."
        no box
    422 "Invalid request.\n\n\"key_id\" wasn't supplied."
        no key
    422 "Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied.\nvisibility is not a member of [\"all\", \"private\", \"selected\"]."
        neither
    422 "Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied."
        neither
    422 "Invalid request.\n\n\"visibility\" wasn't supplied."
        no visibility
    "#);
}

#[tokio::test]
async fn numbers_beyond_64_bits_are_no_repositories() {
    let world = peaceful().await;
    let mut all = Vec::new();
    for id in [
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "4242424242424242424242424242424242",
        "-1",
        "0",
        "1.0",
        "1e0",
        "\"18446744073709551616\"",
        "\"-1\"",
        "\"1.0\"",
        "\" 1\"",
        "\"١\"",
        "\"cAnArY\"",
    ] {
        let body = format!(r#"{{"selected_repository_ids":[1,{id}]}}"#);
        all.push(Bad::put(id, format!("{ORG}/A/repositories"), body));
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    422 "Validation Failed"
        9223372036854775807
        -1
        0
        "18446744073709551616"
    422 "Invalid request.\n\nFor 'items', a number is not an integer."
        9223372036854775808
        18446744073709551616
        4242424242424242424242424242424242
        1.0
        1e0
    422 "Invalid request.\n\nFor 'items', a string is not an integer."
        "-1"
        "1.0"
        " 1"
        "١"
        "cAnArY"
    "#);
}
