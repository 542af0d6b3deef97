//! Where the server says that it is, and how it stops.

use std::fs;
use std::io;

use rustix::process::{Signal, getpid, kill_process};
use sealyard::serve::{Limits, URL_FILE, UrlFile, bind, stop_signal};
use tokio::io::AsyncWriteExt as _;

use crate::world::{SOON, World, exchange, patient, read_to_end, read_until, soon};

#[tokio::test]
async fn every_request_knows_its_peer() {
    let world = World::start(patient()).await;
    let get = b"GET /peer HTTP/1.0\r\n\r\n";
    let answer = exchange(&mut world.tcp().await, get).await;
    assert!(answer.ends_with("Peer { addr: Some(127.0.0.1), scheme: Http, unix: false }"));
    let answer = exchange(&mut world.unix().await, get).await;
    assert!(
        answer.ends_with("Peer { addr: None, scheme: Http, unix: true }"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_request_in_flight_is_answered_and_nothing_else_goes_on() {
    let mut world = World::start(patient()).await;
    let mut busy = world.tcp().await;
    busy.write_all(b"GET /gated HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .expect("it reads");
    soon(world.begun.recv()).await.expect("the handler began");
    let mut silent = world.tcp().await;
    let mut half = world.tcp().await;
    half.write_all(b"GET / HT").await.expect("the server reads");
    let mut idle = world.unix().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .expect("it reads");
    read_until(&mut idle, "hello").await;

    world.begin_stop();
    assert_eq!(read_to_end(&mut silent).await, "");
    assert_eq!(read_to_end(&mut idle).await, "");
    assert_eq!(read_to_end(&mut half).await, "");
    let refused = world.try_tcp().await.expect_err("nobody listens any more");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    assert!(!world.dir.path().join("s.sock").exists());

    world.levers.gate.notify_one();
    let answer = read_to_end(&mut busy).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("late"),
        "{answer}"
    );
    world.stopped().await;
}

#[tokio::test]
async fn what_does_not_end_in_time_is_cut_off() {
    let mut world = World::start(Limits {
        drain: SOON,
        ..patient()
    })
    .await;
    let mut busy = world.tcp().await;
    busy.write_all(b"GET /gated HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .expect("it reads");
    soon(world.begun.recv()).await.expect("the handler began");
    world.begin_stop();
    world.stopped().await;
    assert_eq!(read_to_end(&mut busy).await, "");
}

#[tokio::test]
async fn the_url_is_written_while_the_server_accepts() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let socket = format!("unix:{}", dir.path().join("s.sock").display());
    let unix = bind(&socket.parse().expect("a path"), None)
        .await
        .expect("bind");
    let mut bound = vec![unix];
    assert!(
        UrlFile::write(dir.path(), &bound)
            .expect("nothing to write")
            .is_none()
    );
    for _ in 0..2 {
        bound.push(
            bind(&"127.0.0.1:0".parse().expect("an address"), None)
                .await
                .expect("bind"),
        );
    }
    let file = UrlFile::write(dir.path(), &bound).expect("written");
    let path = dir.path().join(URL_FILE);
    let address = bound[1].local_addr().expect("a TCP listener");
    assert_eq!(
        fs::read_to_string(&path).expect("the file"),
        format!("http://{address}\n")
    );
    drop(file);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_signal_to_terminate_is_heard() {
    let stop = stop_signal().expect("handlers");
    kill_process(getpid(), Signal::TERM).expect("a signal to ourselves");
    soon(stop).await;
}
