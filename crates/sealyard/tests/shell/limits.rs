//! Peers that are slow or silent lose their connection; slow handlers do not.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sealyard::serve::Limits;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::world::{SOON, World, exchange, patient, read_to_end, read_until, soon};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

fn is_after(begin: Instant, limit: Duration) {
    assert!(
        begin.elapsed() >= limit,
        "closed after {:?} already",
        begin.elapsed()
    );
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_closed() {
    let world = World::start(Limits {
        first_byte: SOON,
        ..patient()
    })
    .await;
    let begin = Instant::now();
    assert_eq!(read_to_end(&mut world.tcp().await).await, "");
    is_after(begin, SOON);
    assert_eq!(read_to_end(&mut world.unix().await).await, "");
}

#[tokio::test]
async fn a_header_must_end_in_time() {
    let world = World::start(Limits {
        header_read: SOON,
        ..patient()
    })
    .await;
    for half in [
        "G",
        "GET / HTTP/1.1\r\nHos",
        "PRI * HT",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let begin = Instant::now();
        let mut stream = world.tcp().await;
        stream
            .write_all(half.as_bytes())
            .await
            .expect("the server reads");
        // HTTP/2 greets; its greeting is not UTF-8.
        let mut answer = Vec::new();
        let reading = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer);
        soon(reading).await.expect("closed in order");
        assert!(!answer.starts_with(b"HTTP"), "{half:?}");
        is_after(begin, SOON);
    }
}

#[tokio::test]
async fn a_header_that_comes_byte_by_byte_wins_no_time() {
    let world = World::start(Limits {
        header_read: SOON,
        ..patient()
    })
    .await;
    let (mut reader, mut writer) = world.tcp().await.into_split();
    let drip = async {
        let mut drops = interval(SOON / 10);
        writer.write_all(b"GET /").await.expect("the server reads");
        while writer.write_all(b"x").await.is_ok() {
            drops.tick().await;
        }
    };
    let ((), answer) = soon(async { tokio::join!(drip, read_to_end(&mut reader)) }).await;
    assert_eq!(answer, "");
}

async fn is_closed_when_idle(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let begin = Instant::now();
    for _ in 0..3 {
        stream.write_all(GET).await.expect("the server reads");
        read_until(&mut stream, "hello").await;
    }
    assert_eq!(read_to_end(&mut stream).await, "");
    is_after(begin, SOON);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let world = World::start(Limits {
        keep_alive: SOON,
        ..patient()
    })
    .await;
    is_closed_when_idle(world.tcp().await).await;
    is_closed_when_idle(world.unix().await).await;
}

#[tokio::test]
async fn half_a_request_behind_a_whole_one_must_end_in_time() {
    let world = World::start(Limits {
        header_read: SOON,
        ..patient()
    })
    .await;
    let mut stream = world.tcp().await;
    let answer = exchange(&mut stream, &[GET, b"GET / HTTP"].concat()).await;
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn an_idle_http2_connection_is_told_and_closed() {
    let world = World::start(Limits {
        keep_alive: SOON,
        ..patient()
    })
    .await;
    let stream = TokioIo::new(world.tcp().await);
    let (mut requests, connection) = http2::handshake(TokioExecutor::new(), stream)
        .await
        .expect("HTTP/2");
    let mut client = JoinSet::new();
    client.spawn(connection);
    let begin = Instant::now();
    let request = Request::get("http://h/")
        .body(Body::empty())
        .expect("a request");
    let answer = soon(requests.send_request(request))
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let ended = soon(client.join_next()).await.expect("there is a client");
    ended.expect("no panic").expect("the server said goodbye");
    is_after(begin, SOON);
}

#[tokio::test]
async fn a_peer_that_does_not_take_its_answer_is_given_up() {
    let mut world = World::start(Limits {
        write_stall: SOON,
        ..patient()
    })
    .await;
    let mut stream = world.tcp().await;
    stream
        .write_all(b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .expect("it reads");
    soon(world.ended.recv())
        .await
        .expect("the answer was dropped");
}

#[tokio::test]
async fn a_slow_handler_is_none_of_our_business() {
    let every = Limits {
        first_byte: SOON,
        header_read: SOON,
        keep_alive: SOON,
        write_stall: SOON,
        ..patient()
    };
    let mut world = World::start(every).await;
    let mut stream = world.tcp().await;
    stream
        .write_all(b"GET /gated HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .expect("it reads");
    soon(world.begun.recv()).await.expect("the handler began");
    // Another connection shows that every limit has passed.
    assert_eq!(read_to_end(&mut world.tcp().await).await, "");
    world.levers.gate.notify_one();
    read_until(&mut stream, "late").await;
}

#[tokio::test]
async fn a_full_house_lets_nobody_in_until_somebody_leaves() {
    let world = World::start(Limits {
        connections: 1,
        first_byte: SOON,
        ..patient()
    })
    .await;
    let begin = Instant::now();
    let mut silent = world.tcp().await;
    let mut waiting = world.tcp().await;
    waiting.write_all(GET).await.expect("the system takes it");
    read_until(&mut waiting, "hello").await;
    is_after(begin, SOON);
    assert_eq!(read_to_end(&mut silent).await, "");
}
