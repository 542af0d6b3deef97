//! What is refused before any handler sees it, by hyper or by us.

use tokio::io::AsyncWriteExt as _;

use crate::world::{World, exchange, patient, read_until};

/// Sends the bytes, which must make the server close, and returns the statuses it answered with.
async fn statuses(world: &World, request: &str) -> Vec<u16> {
    let answer = exchange(&mut world.tcp().await, request.as_bytes()).await;
    let lines = answer
        .lines()
        .filter_map(|line| line.strip_prefix("HTTP/1."));
    lines
        .map(|line| line[2..5].parse().expect("a status"))
        .collect()
}

/// What it is, the status, and the bytes.
const REQUESTS: &[(&str, u16, &str)] = &[
    (
        "a good one",
        200,
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    ),
    ("HTTP/1.0 without Host", 200, "GET / HTTP/1.0\r\n\r\n"),
    (
        "the same host twice",
        200,
        "GET http://h/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    ),
    (
        "another host in the target",
        400,
        "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n",
    ),
    ("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
    (
        "two Host",
        400,
        "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
    ),
    (
        "two Authorization",
        400,
        "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: a\r\n\r\n",
    ),
    (
        "length and coding",
        400,
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "coding and length",
        400,
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    ),
    (
        "two equal lengths",
        400,
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    ),
    (
        "two lengths",
        400,
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ),
    (
        "two lengths in one field",
        400,
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\nx",
    ),
    (
        "a signed length",
        400,
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\nx",
    ),
    (
        "a coding that is not chunked",
        400,
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n",
    ),
    (
        "two codings",
        400,
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "chunks in HTTP/1.0",
        400,
        "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "a bare line feed",
        400,
        "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
    ),
    (
        "a bare carriage return",
        400,
        "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n",
    ),
    (
        "a folded line",
        400,
        "GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n z\r\n\r\n",
    ),
    (
        "a space before the colon",
        400,
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
    ),
    ("a NUL", 400, "GET / HTTP/1.1\r\nHost: h\r\nX: \0\r\n\r\n"),
    ("no HTTP", 400, "hello there\r\n\r\n"),
];

#[tokio::test]
async fn every_request_is_read_in_one_way_or_refused() {
    let world = World::start(patient()).await;
    for (what, expected, request) in REQUESTS {
        assert_eq!(statuses(&world, request).await, [*expected], "{what}");
    }
}

#[tokio::test]
async fn a_header_has_a_sane_size() {
    let world = World::start(patient()).await;
    let fields = |count: usize| "x: 1\r\n".repeat(count);
    let long = "x".repeat(17 * 1024);
    let target = "x".repeat(8 * 1024);
    for (what, expected, request) in [
        (
            "64 fields",
            200,
            format!("GET / HTTP/1.0\r\n{}\r\n", fields(64)),
        ),
        (
            "65 fields",
            400,
            format!("GET / HTTP/1.0\r\n{}\r\n", fields(65)),
        ),
        (
            "200 fields",
            431,
            format!("GET / HTTP/1.0\r\n{}\r\n", fields(200)),
        ),
        (
            "a header of 17 KiB",
            431,
            format!("GET / HTTP/1.0\r\nX: {long}\r\n\r\n"),
        ),
        (
            "a target of more than 8 KiB",
            400,
            format!("GET /{target} HTTP/1.0\r\n\r\n"),
        ),
    ] {
        assert_eq!(statuses(&world, &request).await, [expected], "{what}");
    }
}

#[tokio::test]
async fn what_follows_an_ambiguous_request_is_never_answered() {
    let world = World::start(patient()).await;
    let smuggled = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\
        Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /peer HTTP/1.1\r\nHost: h\r\n\r\n";
    assert_eq!(statuses(&world, smuggled).await, [400]);
    let in_a_body = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n\n\n\n\n\n\
        GET / HTTP/1.1\nHost: h\n\n";
    let answers = statuses(&world, in_a_body).await;
    assert_eq!(answers.last(), Some(&400), "{answers:?}");
}

#[tokio::test]
async fn a_good_connection_stays_open_for_the_next_request() {
    let world = World::start(patient()).await;
    let mut stream = world.tcp().await;
    for body in ["one", "\n", "\r\n\r\n"] {
        let chunked = format!(
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        );
        let sized = format!(
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        for request in [chunked, sized] {
            stream
                .write_all(request.as_bytes())
                .await
                .expect("the server reads");
            let answer = read_until(&mut stream, &format!("\r\n\r\n{body}")).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    }
}
