//! Bodies that are no JSON, or the wrong JSON.

use insta::assert_snapshot;

use super::super::{ENV, ORG, REPO};
use super::{Bad, CANARY, peaceful, refused};

#[tokio::test]
async fn malformed_json_is_refused_in_every_put() {
    let world = peaceful().await;
    let open = format!(r#"{{"encrypted_value":"{CANARY}""#);
    let deep = format!(r#"{{"{CANARY}":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
    let mut all = Vec::new();
    for (what, body) in [
        ("an object left open", open.clone().into_bytes()),
        ("bytes after the end", format!("{open}}} {CANARY}").into_bytes()),
        ("a key twice", format!(r#"{open},"encrypted_value":"{CANARY}"}}"#).into_bytes()),
        ("a key twice within", format!(r#"{{"x":{{"{CANARY}":1,"{CANARY}":1}}}}"#).into_bytes()),
        ("an escaped NUL", format!(r#"{{"key_id":"{CANARY}\u0000"}}"#).into_bytes()),
        ("an escaped NUL in a key", format!(r#"{{"{CANARY}\u0000":1}}"#).into_bytes()),
        ("half a surrogate", format!(r#"{{"key_id":"{CANARY}\ud800"}}"#).into_bytes()),
        ("no UTF-8", [b"{\"key_id\":\"", CANARY.as_bytes(), b"\xff\"}"].concat()),
        ("UTF-16", CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("a byte order mark", [b"\xef\xbb\xbf", open.as_bytes(), b"}"].concat()),
        ("single quotes", format!("{{'key_id':'{CANARY}'}}").into_bytes()),
        ("a comma too many", format!(r#"{open},}}"#).into_bytes()),
        ("a comment", format!("{{/*{CANARY}*/}}").into_bytes()),
        ("a form", format!("encrypted_value={CANARY}").into_bytes()),
        ("deep nesting", deep.into_bytes()),
        ("not a number", format!(r#"{{"{CANARY}":NaN}}"#).into_bytes()),
        ("a number too large for any", format!(r#"{{"{CANARY}":1e999}}"#).into_bytes()),
    ] {
        all.push(Bad::put(what, format!("{ORG}/A"), body.clone()));
        all.push(Bad::put("    repository", format!("{REPO}/A"), body.clone()));
        all.push(Bad::put("    environment", format!("{ENV}/NEW"), body.clone()));
        all.push(Bad::put("    selection", format!("{ORG}/A/repositories"), body));
    }
    assert_snapshot!(refused(&world, all).await, @"");
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
        ("another case", format!(r#"{{"Encrypted_Value":"{CANARY}","KEY_ID":"{CANARY}"}}"#)),
    ] {
        all.push(Bad::put(what, format!("{ORG}/A"), body.clone()));
        all.push(Bad::put("    repository", format!("{REPO}/NEW"), body.clone()));
        all.push(Bad::put("    environment", format!("{ENV}/A"), body.clone()));
        all.push(Bad::put("    selection", format!("{ORG}/A/repositories"), body));
    }
    assert_snapshot!(refused(&world, all).await, @"");
}

#[tokio::test]
async fn values_of_the_wrong_type_are_named_by_kind_only() {
    let world = peaceful().await;
    let good = world.sealed_with(ORG, b"value", r#""visibility":"all""#).await;
    let good: serde_json::Value = serde_json::from_str(&good).expect("JSON");
    let mut all = Vec::new();
    for member in ["encrypted_value", "key_id", "visibility", "selected_repository_ids"] {
        for value in [
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
        ] {
            if member == "selected_repository_ids" && (value == "null" || value == "[]") {
                continue;
            }
            let mut body = good.clone();
            body[member] = "PLACE".into();
            let body = body.to_string().replace("\"PLACE\"", value);
            all.push(Bad::put(format!("{member} {value}"), format!("{ORG}/A"), body));
        }
    }
    assert_snapshot!(refused(&world, all).await, @"");
}

#[tokio::test]
async fn missing_members_are_named_in_every_put() {
    let world = peaceful().await;
    let mut all = Vec::new();
    for (what, body) in [
        ("no box", r#"{"key_id":"cAnArY","visibility":"all"}"#),
        ("no key", r#"{"encrypted_value":"cAnArYxx","visibility":"all"}"#),
        ("neither", r#"{"visibility":"cAnArY"}"#),
    ] {
        all.push(Bad::put(what, format!("{ORG}/A"), body));
        all.push(Bad::put("    repository", format!("{REPO}/A"), body));
        all.push(Bad::put("    environment", format!("{ENV}/A"), body));
    }
    let body = r#"{"encrypted_value":"cAnArYxx","key_id":"cAnArY"}"#;
    all.push(Bad::put("no visibility", format!("{ORG}/A"), body));
    assert_snapshot!(refused(&world, all).await, @"");
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
    assert_snapshot!(refused(&world, all).await, @"");
}
