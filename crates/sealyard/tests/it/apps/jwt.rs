//! JWTs over HTTP: who is let in, and in whose words the others are not.
//!
//! Each rule by itself, with every boundary, is tested where it stands, in `apps/jwt/tests`.

use aws_lc_rs::signature::{RSA_PKCS1_SHA512, RSA_PSS_SHA256};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use sealyard::apps::AppId;
use sealyard::apps::registration;
use sealyard::audit::Actor;

use super::{HELLO, SECRETS, installed, said};
use crate::people;
use crate::world::{RS256, TestApp, TestKey, World};

const UNDECODED: &str = "A JSON web token could not be decoded";
const IAT: &str = "'Issued at' claim ('iat') must be an Integer representing the time that the \
                   assertion was issued";
const EXP: &str = "'Expiration time' claim ('exp') must be a numeric value representing the \
                   future time at which the assertion expires";
const FAR: &str = "'Expiration time' claim ('exp') is too far in the future";
const NO_ISSUER: &str = "Missing 'issuer' claim ('iss') in assertion";
const ISSUER: &str = "'Issuer' claim ('iss') must be an Integer";
const NOBODY: &str = "Integration not found";
const BAD: &str = "Bad credentials";

/// The app of a case, and what time it is.
struct Case<'a> {
    app: &'a TestApp,
    now: i64,
}

impl Case<'_> {
    /// Signed by the app, whatever it says.
    fn says(&self, claims: &str) -> String {
        self.app.key.sign(RS256, claims)
    }

    /// Signed by the app, with this issuer.
    fn from(&self, issuer: &str) -> String {
        let (iat, exp) = (self.now - 60, self.now + 540);
        self.says(&format!(r#"{{"iat":{iat},"exp":{exp},"iss":{issuer}}}"#))
    }

    /// Signed by the app, with these times.
    fn at(&self, iat: &str, exp: &str) -> String {
        let id = self.app.id;
        self.says(&format!(r#"{{"iat":{iat},"exp":{exp},"iss":{id}}}"#))
    }

    /// Signed by the app, with times that many seconds from now.
    fn between(&self, iat: i64, exp: i64) -> String {
        let (iat, exp) = (self.now + iat, self.now + exp);
        self.at(&iat.to_string(), &exp.to_string())
    }

    /// Good claims, with one more.
    fn with(&self, claim: &str) -> String {
        let (id, iat, exp) = (self.app.id, self.now - 60, self.now + 540);
        self.says(&format!(
            r#"{{"iat":{iat},"exp":{exp},"iss":{id},{claim}}}"#
        ))
    }

    /// Good claims under another header.
    fn under(&self, header: &str) -> String {
        self.app.key.sign(header, &self.good_claims())
    }

    fn good_claims(&self) -> String {
        let (id, iat, exp) = (self.app.id, self.now - 60, self.now + 540);
        format!(r#"{{"iat":{iat},"exp":{exp},"iss":{id}}}"#)
    }
}

type Make = fn(&Case<'_>) -> String;

const TAKEN: [(&str, Make); 14] = [
    ("id as a number", |case| case.from(&case.app.id.to_string())),
    ("id as a text", |case| {
        case.from(&format!("\"{}\"", case.app.id))
    }),
    ("client id", |case| {
        case.from(&format!("\"{}\"", case.app.client_id))
    }),
    ("GitHub's own sample", |case| case.between(-60, 600)),
    ("iat now", |case| case.between(0, 600)),
    ("iat a minute ahead", |case| case.between(60, 600)),
    ("iat long ago", |case| {
        case.at("0", &(case.now + 1).to_string())
    }),
    ("exp in a second", |case| case.between(-60, 1)),
    ("audience", |case| {
        case.with(r#""aud":"https://example.com""#)
    }),
    ("nbf a minute ahead", |case| {
        case.with(&format!(r#""nbf":{}"#, case.now + 60))
    }),
    ("unknown claims", |case| {
        case.with(r#""sub":"x","jti":"y","z":{"a":[1]}"#)
    }),
    ("no typ", |case| case.under(r#"{"alg":"RS256"}"#)),
    ("kid and jku", |case| {
        case.under(r#"{"alg":"RS256","typ":"JWT","kid":"1","jku":"http://127.0.0.1/x"}"#)
    }),
    ("escaped names", |case| {
        let (iat, exp) = (case.now - 60, case.now + 540);
        case.says(&format!(
            r#"{{"i\u0061t":{iat},"\u0065xp":{exp},"\u0069ss":{}}}"#,
            case.app.id
        ))
    }),
];

#[rustfmt::skip]
const REFUSED: &[(&str, Make, u16, &str)] = &[
    // Form
    ("not a JWT", |_| "x".to_owned(), 401, UNDECODED),
    ("a classic token", |_| "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".to_owned(), 401, UNDECODED),
    ("two parts", |case| two_parts(&case.between(-60, 540)), 401, UNDECODED),
    ("four parts", |case| format!("{}.x", case.between(-60, 540)), 401, UNDECODED),
    ("trailing dot", |case| format!("{}.", case.between(-60, 540)), 401, UNDECODED),
    ("padding", |case| format!("{}=", case.between(-60, 540)), 401, UNDECODED),
    ("space within", |case| case.between(-60, 540).replacen('.', ". ", 1), 401, UNDECODED),
    ("no signature", |case| format!("{}.", two_parts(&case.between(-60, 540))), 401, UNDECODED),
    ("more than 8 KiB", |case| case.with(&format!(r#""x":"{}""#, "x".repeat(8_192))), 401, UNDECODED),
    ("claims an array", |case| case.says("[]"), 401, UNDECODED),
    ("claims no JSON", |case| case.says("{"), 401, UNDECODED),
    ("a claim twice", |case| case.with(r#""iss":1"#), 401, UNDECODED),
    ("a claim twice, once escaped", |case| case.with(r#""\u0069ss":1"#), 401, UNDECODED),
    ("nesting", |case| case.with(&format!(r#""x":{}{}"#, "[".repeat(99), "]".repeat(99))), 401, UNDECODED),
    // Header
    ("no alg", |case| case.under("{}"), 401, UNDECODED),
    ("alg none", |case| case.under(r#"{"alg":"none"}"#), 401, UNDECODED),
    ("alg rs256", |case| case.under(r#"{"alg":"rs256"}"#), 401, UNDECODED),
    ("alg HS256 with the public key", hs256, 401, UNDECODED),
    ("typ at+jwt", |case| case.under(r#"{"alg":"RS256","typ":"at+jwt"}"#), 401, UNDECODED),
    ("crit", |case| case.under(r#"{"alg":"RS256","crit":["b64"],"b64":false}"#), 401, UNDECODED),
    ("RS512 that says so", |case| case.app.key.sign_as(&RSA_PKCS1_SHA512, r#"{"alg":"RS512"}"#, &case.good_claims()), 401, UNDECODED),
    ("RS512 that says RS256", |case| case.app.key.sign_as(&RSA_PKCS1_SHA512, RS256, &case.good_claims()), 401, UNDECODED),
    ("PS256 that says RS256", |case| case.app.key.sign_as(&RSA_PSS_SHA256, RS256, &case.good_claims()), 401, UNDECODED),
    // Issuer
    ("no iss", |case| case.says(&format!(r#"{{"iat":{},"exp":{}}}"#, case.now, case.now + 9)), 401, NO_ISSUER),
    ("iss null", |case| case.from("null"), 401, NO_ISSUER),
    ("iss an array", |case| case.from(&format!("[{}]", case.app.id)), 401, ISSUER),
    ("iss a float", |case| case.from(&format!("{}.0", case.app.id)), 401, ISSUER),
    ("iss with a plus", |case| case.from(&format!("\"+{}\"", case.app.id)), 401, ISSUER),
    ("iss with a zero before it", |case| case.from(&format!("\"0{}\"", case.app.id)), 401, ISSUER),
    ("iss empty", |case| case.from("\"\""), 401, ISSUER),
    ("iss of nobody", |case| case.from("999"), 404, NOBODY),
    ("iss negative", |case| case.from("-1"), 404, NOBODY),
    ("client id of nobody", |case| case.from("\"Iv1.0000000000000000\""), 404, NOBODY),
    ("client id in upper case", |case| case.from(&format!("\"{}\"", case.app.client_id.to_uppercase())), 404, NOBODY),
    ("nobody, and a bad signature", |case| altered(&case.from("999")), 404, NOBODY),
    // Signature
    ("altered", |case| altered(&case.between(-60, 540)), 401, UNDECODED),
    ("another key", |case| TestKey::second().sign(RS256, &case.good_claims()), 401, UNDECODED),
    ("another key, and expired", |case| TestKey::second().sign(RS256, &case.good_claims().replace(r#""exp":1"#, r#""exp":0"#)), 401, UNDECODED),
    // Times
    ("no iat", |case| case.says(&format!(r#"{{"iss":{},"exp":{}}}"#, case.app.id, case.now + 9)), 401, IAT),
    ("iat a text", |case| case.at("\"1\"", &(case.now + 9).to_string()), 401, IAT),
    ("iat a float", |case| case.at("1.5", &(case.now + 9).to_string()), 401, IAT),
    ("iat 61 s ahead", |case| case.between(61, 600), 401, IAT),
    ("iat beyond 64 bits", |case| case.at("9223372036854775808", &(case.now + 9).to_string()), 401, IAT),
    ("no exp", |case| case.says(&format!(r#"{{"iss":{},"iat":{}}}"#, case.app.id, case.now)), 401, EXP),
    ("exp a text", |case| case.at("0", "\"soon\""), 401, EXP),
    ("exp now", |case| case.between(-60, 0), 401, EXP),
    ("exp a second ago", |case| case.between(-60, -1), 401, EXP),
    ("exp 1e300", |case| case.at("0", "1e300"), 401, EXP),
    ("exp in 601 s", |case| case.between(-60, 601), 401, FAR),
    ("exp at the end of time", |case| case.at("0", "9223372036854775807"), 401, FAR),
    ("iat and exp wrong", |case| case.between(61, 601), 401, IAT),
    ("nbf 61 s ahead", |case| case.with(&format!(r#""nbf":{}"#, case.now + 61)), 401, UNDECODED),
    ("nbf a text", |case| case.with(r#""nbf":"x""#), 401, UNDECODED),
];

fn two_parts(jwt: &str) -> String {
    let (signed, _) = jwt.rsplit_once('.').expect("a JWT");
    signed.to_owned()
}

/// With one bit of the signature turned.
fn altered(jwt: &str) -> String {
    let (signed, signature) = jwt.rsplit_once('.').expect("a JWT");
    let mut bytes = Base64UrlUnpadded::decode_vec(signature).expect("base64url");
    bytes[0] ^= 1;
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&bytes))
}

/// The oldest trick: the public key as a shared secret.
fn hs256(case: &Case<'_>) -> String {
    use aws_lc_rs::hmac;
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        Base64::encode_string(case.app.key.public.as_der())
    );
    let encode = |text: &[u8]| Base64UrlUnpadded::encode_string(text);
    let header = encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", encode(case.good_claims().as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", encode(tag.as_ref()))
}

#[tokio::test]
async fn a_jwt_within_the_rules_is_an_app() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let now = world.app.clock.now_s();
    let case = Case { app: &app, now };
    for (name, make) in TAKEN {
        let jwt = make(&case);
        let reply = world.with_token(&jwt).get("/app").await;
        assert_eq!(reply.json()["id"], app.id, "{name}: {}", reply.text());
        // Again and again, until it ends.
        assert_eq!(world.with_token(&jwt).get("/app").await.status, 200);
    }
}

#[tokio::test]
async fn a_jwt_that_breaks_a_rule_is_refused_in_githubs_words() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let id = world.install(&app, "octo-org", None).await;
    let now = world.app.clock.now_s();
    let case = Case { app: &app, now };
    let generic = "\"documentation_url\":\"https://docs.github.com/enterprise/3.2/rest\"}";
    for (name, make, status, message) in REFUSED {
        let jwt = make(&case);
        let caller = world.with_token(&jwt);
        let reply = caller.get("/app").await;
        assert_eq!(said(&reply), (*status, (*message).to_owned()), "{name}");
        assert!(reply.text().ends_with(generic), "{name}");
        // The same everywhere, whatever is asked for.
        for path in [
            format!("/app/installations/{id}"),
            "/app/installations/999/access_tokens".to_owned(),
            "/orgs/octo-org/installation".to_owned(),
            "/app/no/such/route".to_owned(),
        ] {
            let reply = caller.post(&path, "{").await;
            assert_eq!(said(&reply), (*status, (*message).to_owned()), "{name}");
        }
    }
    assert_eq!(
        world.count("SELECT COUNT(*) FROM installation_token").await,
        0
    );
}

#[tokio::test]
async fn where_tokens_are_taken_a_jwt_is_a_bad_credential() {
    let world = World::new().await;
    let (app, ..) = installed(&world, SECRETS, None).await;
    let jwt = app.jwt(&world);
    for path in [
        HELLO,
        "/user",
        "/orgs/octo-org",
        "/meta",
        "/no/such/route",
        "/zen",
    ] {
        for reply in [
            world.with_token(&jwt).get(path).await,
            world.with_token(&jwt).put(path, "{}").await,
        ] {
            assert_eq!(said(&reply), (401, BAD.to_owned()), "{path}");
        }
    }
}

#[tokio::test]
async fn where_a_jwt_is_taken_every_other_credential_is_none() {
    let world = World::new().await;
    let (app, _, token) = installed(&world, SECRETS, None).await;
    let jwt = app.jwt(&world);
    let admin = &world.admin.token;
    let basic = |text: String| format!("Basic {}", Base64::encode_string(text.as_bytes()));
    let mut headers = vec![
        format!("Bearer {admin}"),
        format!("token {admin}"),
        format!("Bearer {token}"),
        format!("token {jwt}"),
        basic(format!("x:{jwt}")),
        basic(format!("{jwt}:")),
        basic(format!("x:{admin}")),
        format!("RemoteAuth {jwt}"),
        format!("Digest {jwt}"),
        jwt.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
    ];
    headers.push(format!(
        "Bearer {}",
        people::token(&world, "owner", "repo").await
    ));
    for header in &headers {
        let caller = world.anonymous().header("authorization", header);
        let reply = caller.get("/app").await;
        assert_eq!(said(&reply), (401, UNDECODED.to_owned()), "{header}");
    }
    assert_eq!(
        said(&world.anonymous().get("/app").await),
        (401, UNDECODED.to_owned())
    );
    for header in [format!("bearer {jwt}"), format!("BEARER  {jwt} ")] {
        let caller = world.anonymous().header("authorization", &header);
        assert_eq!(caller.get("/app").await.status, 200, "{header}");
    }
}

#[tokio::test]
async fn any_of_an_apps_keys_signs_for_it() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let second = TestApp {
        id: app.id,
        client_id: app.client_id.clone(),
        slug: app.slug.clone(),
        key: TestKey::second(),
    };
    let status = async |app: &TestApp| {
        let jwt = app.jwt(&world);
        world.with_token(&jwt).get("/app").await.status.as_u16()
    };
    assert_eq!((status(&app).await, status(&second).await), (200, 401));
    let actor = Actor::operator();
    let key = registration::add_key(&world.app, &actor, AppId(app.id), &second.key.public)
        .await
        .expect("a key");
    assert_eq!((status(&app).await, status(&second).await), (200, 200));
    registration::delete_key(&world.app, &actor, AppId(app.id), key)
        .await
        .expect("the key is gone");
    assert_eq!((status(&app).await, status(&second).await), (200, 401));
}

#[tokio::test]
async fn bad_jwts_count_as_bad_credentials_and_a_good_one_passes_all_the_same() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let good = app.jwt(&world);
    let get = async |jwt: &str| {
        let mut request = http::Request::get("/app")
            .header("host", "localhost")
            .header("authorization", format!("Bearer {jwt}"))
            .body(axum::body::Body::empty())
            .expect("a request");
        request.extensions_mut().insert(sealyard::serve::Peer {
            scheme: sealyard::serve::Scheme::Http,
            addr: Some(std::net::IpAddr::from([192, 0, 2, 1])),
            unix: false,
        });
        said(&world.raw(request).await)
    };
    for _ in 0..100 {
        assert_eq!(get("a.b.c").await, (401, UNDECODED.to_owned()));
    }
    let (status, message) = get("a.b.c").await;
    assert_eq!(status, 403);
    assert!(message.starts_with("Maximum number of login attempts exceeded."));
    assert_eq!(get(&good).await.0, 200);
}
