//! What Woodpecker's JSON says.

use super::super::request::{Asked, Error};
use super::PUSH;

fn read(full_name: &str, pipeline: &str) -> Result<Asked, Error> {
    let body =
        format!(r#"{{"repo":{{"full_name":"{full_name}","forge_id":1}},"pipeline":{pipeline}}}"#);
    Asked::read(body.as_bytes())
}

fn may_be_fork(pipeline: &str) -> bool {
    read("o/r", pipeline).expect(pipeline).may_be_fork
}

#[test]
fn a_push_names_its_repository_and_its_forge() {
    let asked = Asked::read(PUSH.as_bytes()).expect("a request");
    assert_eq!(asked.repository.to_string(), "octo-org/hello");
    assert_eq!((asked.forge_id, asked.may_be_fork), (1, false));
}

#[test]
fn a_repository_that_does_not_say_its_forge_is_on_none() {
    let body = br#"{"repo":{"full_name":"o/r"},"pipeline":{"event":"push"}}"#;
    assert_eq!(Asked::read(body).expect("a request").forge_id, 0);
}

#[test]
fn code_that_somebody_put_into_the_repository_is_no_forks() {
    for event in ["push", "tag", "release", "deployment", "cron", "manual"] {
        let flat = |more: &str| may_be_fork(&format!(r#"{{"event":"{event}"{more}}}"#));
        assert!(!flat(""), "{event}");
        assert!(!flat(r#","from_fork":false"#), "{event}");
        assert!(flat(r#","from_fork":true"#), "{event}");
        assert!(flat(r#","pull_request":{"from_fork":true}"#), "{event}");
    }
}

#[test]
fn a_pull_request_is_a_forks_unless_it_is_said_to_be_none() {
    for event in [
        "pull_request",
        "pull_request_closed",
        "pull_request_metadata",
        "Push",
        "PUSH",
        "push ",
        "",
        "of_the_future",
    ] {
        let with = |more: &str| may_be_fork(&format!(r#"{{"event":"{event}"{more}}}"#));
        assert!(with(""), "{event}");
        assert!(with(r#","from_fork":null"#), "{event}");
        assert!(with(r#","from_fork":true"#), "{event}");
        assert!(with(r#","pull_request":null"#), "{event}");
        assert!(with(r#","pull_request":{}"#), "{event}");
        assert!(with(r#","pull_request":{"from_fork":true}"#), "{event}");
        assert!(
            with(r#","from_fork":false,"pull_request":{"from_fork":true}"#),
            "{event}"
        );
        assert!(
            with(r#","from_fork":true,"pull_request":{"from_fork":false}"#),
            "{event}"
        );
        assert!(!with(r#","from_fork":false"#), "{event}");
        assert!(!with(r#","pull_request":{"from_fork":false}"#), "{event}");
    }
}

#[test]
fn what_says_a_thing_twice_or_in_another_type_says_nothing() {
    for pipeline in [
        r#"{"event":"push","event":"push"}"#,
        r#"{"event":"pull_request","from_fork":true,"from_fork":false}"#,
        r#"{"event":"pull_request","from_fork":"false"}"#,
        r#"{"event":"pull_request","from_fork":0}"#,
        r#"{"event":1}"#,
        "{}",
        "null",
        "[]",
    ] {
        assert_eq!(read("o/r", pipeline), Err(Error::NotARequest), "{pipeline}");
    }
    for body in [
        "",
        "{}",
        "null",
        "[]",
        "\"\"",
        r#"{"repo":{"full_name":"o/r"}}"#,
        "{\"repo\"",
    ] {
        assert_eq!(
            Asked::read(body.as_bytes()),
            Err(Error::NotARequest),
            "{body}"
        );
    }
    assert_eq!(Asked::read(b"\xff"), Err(Error::NotARequest));
}

#[test]
fn only_names_that_a_repository_can_have_are_asked_for() {
    for name in [
        "",
        "/",
        "o",
        "o/",
        "/r",
        "o/r/s",
        "o/..",
        "o/.",
        "o//r",
        "../r",
        "o_o/r",
        "o/r?x",
        "o/r%2f",
        "-o/r",
        "o/ r",
        "o\\\\u0000/r",
    ] {
        assert_eq!(
            read(name, r#"{"event":"push"}"#),
            Err(Error::NotAName),
            "{name}"
        );
    }
    assert!(read("Octo-Org/hello_world.v2", r#"{"event":"push"}"#).is_ok());
}
