use proptest::prelude::*;

use super::*;

fn request(headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::get("/x");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a request")
}

#[test]
fn requests_that_can_be_read_in_two_ways_are_refused() {
    let long = "x".repeat(TARGET_BYTES);
    let many: Vec<_> = std::iter::repeat_n(("x", "1"), HEADER_FIELDS).collect();
    for (is_ok, headers) in [
        (true, vec![("host", "h")]),
        (
            true,
            vec![
                ("host", "h"),
                ("content-length", "1"),
                ("authorization", "token x"),
            ],
        ),
        (true, vec![("host", "h"), ("transfer-encoding", "Chunked")]),
        (true, [vec![("host", "h")], many[1..].to_vec()].concat()),
        (true, vec![("host", "h"), ("x-long", &long)]),
        (false, vec![]),
        (false, vec![("host", "h"), ("host", "h")]),
        (
            false,
            vec![
                ("host", "h"),
                ("authorization", "token x"),
                ("authorization", "token x"),
            ],
        ),
        (
            false,
            vec![
                ("host", "h"),
                ("content-length", "1"),
                ("content-length", "1"),
            ],
        ),
        (
            false,
            vec![
                ("host", "h"),
                ("content-length", "1"),
                ("transfer-encoding", "chunked"),
            ],
        ),
        (
            false,
            vec![("host", "h"), ("transfer-encoding", "gzip, chunked")],
        ),
        (
            false,
            vec![
                ("host", "h"),
                ("transfer-encoding", "chunked"),
                ("transfer-encoding", "x"),
            ],
        ),
        (false, [vec![("host", "h")], many].concat()),
    ] {
        assert_eq!(framing_ok(&request(&headers)), is_ok, "{headers:?}");
    }
    let mut too_long = request(&[("host", "h")]);
    *too_long.uri_mut() = format!("/{long}").parse().expect("a URI");
    assert!(!framing_ok(&too_long));
}

#[test]
fn the_target_and_the_host_field_agree() {
    let mut request = request(&[("host", "Vault.example:80")]);
    *request.uri_mut() = "http://vault.example:80/x".parse().expect("a URI");
    assert!(framing_ok(&request));
    *request.uri_mut() = "http://other.example/x".parse().expect("a URI");
    assert!(!framing_ok(&request));
    *request.version_mut() = Version::HTTP_2;
    assert!(!framing_ok(&request));
    request.headers_mut().clear();
    assert!(framing_ok(&request), "HTTP/2 says the host in the target");
}

#[test]
fn a_marked_request_is_refused() {
    let mut request = request(&[("host", "h")]);
    request.extensions_mut().insert(Ambiguous);
    assert!(!framing_ok(&request));
}

fn followed(bytes: &[u8]) -> Follower {
    let mut follower = Follower::default();
    follower.follow(bytes);
    follower
}

#[test]
fn what_hyper_hides_is_seen_in_the_bytes() {
    for text in [
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\ntransfer-encoding:chunked\r\ncontent-length:1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nCONTENT-LENGTH: 1\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n\n",
        "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: h\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\r\n\nGET / HTTP/1.1\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: y\n\r\n",
    ] {
        assert!(followed(text.as_bytes()).is_ambiguous(), "{text:?}");
    }
    for text in [
        "\r\nGET / HTTP/1.1\r\nX-Content-Length: 1\r\nContent-Length: 1\r\n\r\n\n",
        "PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\n\n\nGET / HTTP/1.1\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n\n\n\r\n0\r\n\r\nGET",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\n\n",
    ] {
        assert!(!followed(text.as_bytes()).is_ambiguous(), "{text:?}");
    }
}

#[test]
fn a_line_without_end_is_not_kept() {
    let mut follower = Follower::default();
    for _ in 0..100 {
        follower.follow(&[b'x'; 1000]);
    }
    assert!(follower.line.capacity() <= 2 * HEADER_BYTES);
    assert!(!follower.is_ambiguous());
}

/// A request as a well-behaved client writes it: its body plain, in chunks, or absent.
fn written() -> impl Strategy<Value = Vec<u8>> {
    let body = proptest::collection::vec(any::<u8>(), 0..60);
    (body, 0..3).prop_map(|(body, kind)| {
        let mut bytes = b"PUT /x HTTP/1.1\r\nHost: h\r\n".to_vec();
        match kind {
            0 => bytes.extend_from_slice(b"\r\n"),
            1 => {
                bytes.extend_from_slice(
                    format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(),
                );
                bytes.extend_from_slice(&body);
            }
            _ => {
                bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                for chunk in body.chunks(7) {
                    bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    bytes.extend_from_slice(chunk);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn well_framed_requests_pass_however_the_network_cuts_them(
        requests in proptest::collection::vec(written(), 1..5),
        cuts in proptest::collection::vec(1_usize..40, 1..20),
    ) {
        let bytes = requests.concat();
        let mut follower = Follower::default();
        let mut rest = bytes.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(rest.len().min(*cut));
            follower.follow(now);
            rest = later;
        }
        prop_assert!(!follower.is_ambiguous());
        prop_assert!(follower.is_between_requests());
        // And it still knows where it is.
        follower.follow(b"GET / HTTP/1.1\n");
        prop_assert!(follower.is_ambiguous());
        prop_assert!(!follower.is_between_requests());
    }
}
