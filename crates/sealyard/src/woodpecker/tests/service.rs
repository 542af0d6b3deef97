//! The whole adapter behind a real socket, as Woodpecker meets it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tower::ServiceExt as _;

use super::super::rules::WINDOW_S;
use super::super::serve::{Adapter, BODY_MAX, PATH, routes};
use super::super::{Conclusion, Refused, Secret};
use super::{COVERED, Fake, LABEL, NOW_S, PUSH, SEED, Wire, key, secret};
use crate::clock::Clock;
use crate::serve::{Limits, bind, serve};
use crate::tasks::Tasks;

const PULL: &str =
    r#"{"repo":{"full_name":"octo-org/hello","forge_id":1},"pipeline":{"event":"pull_request"}}"#;

/// The adapter, and both its neighbours.
struct World {
    address: std::net::SocketAddr,
    router: axum::Router,
    clock: Clock,
    asked: Arc<Mutex<Vec<String>>>,
    began: Arc<Semaphore>,
    may_answer: Arc<Semaphore>,
    completed: mpsc::UnboundedReceiver<(i64, Conclusion)>,
    tasks: Tasks,
    _stop: oneshot::Sender<()>,
}

impl World {
    /// An adapter that started ten seconds ago.
    async fn new(gives: impl Fn() -> Result<Vec<Secret>, Refused> + Send + Sync + 'static) -> Self {
        let clock = Clock::fixed((NOW_S - 10) * 1000);
        let (sender, completed) = mpsc::unbounded_channel();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let began = Arc::new(Semaphore::new(0));
        let may_answer = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let fake = Fake {
            gives: Box::new(gives),
            asked: Arc::clone(&asked),
            began: Arc::clone(&began),
            may_answer: Arc::clone(&may_answer),
            completed: sender,
        };
        let tasks = Tasks::new();
        let adapter = Adapter::new(key(), 1, fake, clock.clone(), tasks.clone());
        clock.set(NOW_S * 1000);
        let router = routes(Arc::new(adapter));
        let listen = "127.0.0.1:0".parse().expect("an address");
        let bound = bind(&listen, None).await.expect("a free port");
        let address = bound.local_addr().expect("TCP");
        let (stop, stopped) = oneshot::channel::<()>();
        let service = router.clone();
        tasks.spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(service, vec![bound], stopped, Limits::default()).await;
        });
        Self {
            address,
            router,
            clock,
            asked,
            began,
            may_answer,
            completed,
            tasks,
            _stop: stop,
        }
    }

    async fn two_secrets() -> Self {
        Self::new(|| {
            Ok(vec![
                secret("GH_TOKEN", b"a\"b\n"),
                secret("NAME", "ü".as_bytes()),
            ])
        })
        .await
    }

    /// Status, content type and body of the answer.
    async fn send(&self, request: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.expect("connect");
        stream.write_all(request).await.expect("send");
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let read = stream.read(&mut chunk).await.expect("an answer");
            answer.extend_from_slice(&chunk[..read]);
            let text = String::from_utf8_lossy(&answer);
            if let Some((header, body)) = text.split_once("\r\n\r\n") {
                let length = header
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map(|length| length.parse::<usize>().expect("a length"));
                if Some(body.len()) == length {
                    assert!(
                        header.contains("\r\ncontent-type: application/json"),
                        "{header}"
                    );
                    assert!(header.contains("\r\ncache-control: no-store"), "{header}");
                    let status = header[9..12].parse().expect("a status");
                    return (status, body.to_owned());
                }
            }
            assert_ne!(read, 0, "no whole answer: {text}");
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn message(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    body["message"].as_str().expect("a message").to_owned()
}

#[tokio::test]
async fn a_request_of_woodpeckers_own_library_gets_the_secrets_of_its_repository() {
    // Sent by github.com/yaronf/httpsign v0.5.1, set up as Woodpecker 3.15 sets it up, and written
    // down as it came over the socket.
    let request = include_bytes!("httpsign.http");
    let mut world = World::two_secrets().await;
    world.clock.set(1_795_192_441_000);
    let (status, body) = world.send(request).await;
    let expected =
        r#"{"secrets":[{"name":"GH_TOKEN","value":"a\"b\n"},{"name":"NAME","value":"ü"}]}"#;
    assert_eq!((status, body.as_str()), (200, expected));
    assert_eq!(world.asked(), ["octo-org/hello-world"]);
    assert_eq!(world.completed.recv().await, Some((7, Conclusion::Success)));
    let (status, body) = world.send(request).await;
    assert_eq!(
        (status, message(&body).as_str()),
        (401, "this request was sent before")
    );
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn no_byte_of_a_request_that_is_signed_can_be_changed() {
    let request = include_bytes!("httpsign.http");
    let world = World::two_secrets().await;
    world.clock.set(1_795_192_441_000);
    let header = request
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .expect("a header");
    // The body's bytes, and those of the path, the digest and the signature.
    let start = |field: &[u8]| {
        let found = request.windows(field.len()).position(|part| part == field);
        found.expect("the field") + field.len()
    };
    let mut places: Vec<usize> = (header + 4..request.len()).step_by(7).collect();
    places.extend(6..5 + PATH.len());
    places.extend((start(b"sha-256=:")..).take(43));
    places.extend((start(b"extensions=:")..).take(85));
    for place in places {
        let mut altered = request.to_vec();
        altered[place] = if altered[place] == b'a' { b'b' } else { b'a' };
        let (status, body) = world.send(&altered).await;
        assert!(
            status == 401 || status == 404,
            "byte {place}: {status} {body}"
        );
        assert_eq!(
            status == 404,
            place < header && place < 5 + PATH.len(),
            "byte {place}"
        );
    }
    assert!(world.asked().is_empty());
    assert_eq!(
        world.send(request).await.0,
        200,
        "and the altered ones used nothing up"
    );
}

#[tokio::test]
async fn what_is_not_woodpeckers_or_not_fresh_is_401_and_asks_sealyard_nothing() {
    let world = World::two_secrets().await;
    let good = || Wire::signed(PUSH, NOW_S);
    let altered_body = {
        let mut wire = good();
        wire.body = wire.body.replace("hello", "jello");
        wire
    };
    let no_digest = format!(";created={NOW_S}");
    let other_method = {
        let mut wire = Wire::new(PUSH);
        wire.method = "PUT";
        wire.sign(LABEL, &["@path", "content-digest"], &no_digest, &SEED)
    };
    let other_digest = Wire::new(PUSH)
        .with("content-digest", "sha-256", "md5")
        .sign(LABEL, COVERED, &no_digest, &SEED);
    let cases = [
        ("unsigned", 401, Wire::new(PUSH)),
        (
            "another key",
            401,
            Wire::new(PUSH).sign(LABEL, COVERED, &no_digest, &[7; 32]),
        ),
        ("another body", 401, altered_body),
        ("no digest", 401, good().without("content-digest")),
        (
            "a digest that is not signed",
            401,
            Wire::new(PUSH).sign(LABEL, &["@request-target"], &no_digest, &SEED),
        ),
        ("a digest that proves nothing", 401, other_digest),
        ("too old", 401, Wire::signed(PUSH, NOW_S - WINDOW_S - 1)),
        ("too new", 401, Wire::signed(PUSH, NOW_S + WINDOW_S + 1)),
        (
            "no date",
            401,
            Wire::new(PUSH).sign(LABEL, COVERED, "", &SEED),
        ),
        ("another method", 404, other_method),
    ];
    for (what, status, wire) in cases {
        let (answered, body) = world.send(&wire.bytes()).await;
        assert_eq!(answered, status, "{what}: {body}");
        assert!(!message(&body).is_empty(), "{what}");
        assert!(
            !body.contains("octo-org"),
            "{what}: nothing that was sent is repeated"
        );
    }
    assert!(world.asked().is_empty());
    assert_eq!(
        world.send(&good().bytes()).await.0,
        200,
        "the good one still is"
    );
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn of_the_same_request_sent_ten_times_at_once_one_is_answered() {
    let world = World::two_secrets().await;
    let request = Wire::signed(PUSH, NOW_S).bytes();
    let mut statuses = futures_util::future::join_all((0..10).map(|_| world.send(&request))).await;
    statuses.sort_unstable();
    let statuses: Vec<u16> = statuses.into_iter().map(|answer| answer.0).collect();
    assert_eq!(statuses, [200, 401, 401, 401, 401, 401, 401, 401, 401, 401]);
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn a_pull_request_gets_an_empty_list_and_sealyard_is_not_asked() {
    let world = World::two_secrets().await;
    let (status, body) = world.send(&Wire::signed(PULL, NOW_S).bytes()).await;
    assert_eq!((status, body.as_str()), (200, r#"{"secrets":[]}"#));
    let fork = PUSH.replace("\"push\"", "\"push\",\"from_fork\":true");
    let (status, body) = world.send(&Wire::signed(&fork, NOW_S).bytes()).await;
    assert_eq!((status, body.as_str()), (200, r#"{"secrets":[]}"#));
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_repository_of_the_same_name_on_another_forge_gets_nothing() {
    let world = World::two_secrets().await;
    for body in [
        PUSH.replace(":1}", ":2}"),
        PUSH.replace(",\"forge_id\":1", ""),
    ] {
        assert_ne!(body, PUSH);
        assert_eq!(world.send(&Wire::signed(&body, NOW_S).bytes()).await.0, 403);
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_signed_body_that_says_nothing_is_400_and_one_that_is_too_long_is_413() {
    let world = World::two_secrets().await;
    assert_eq!(world.send(&Wire::signed("{}", NOW_S).bytes()).await.0, 400);
    let subgroup = PUSH.replace("octo-org/", "octo-org/group/");
    assert_eq!(
        world.send(&Wire::signed(&subgroup, NOW_S).bytes()).await.0,
        403
    );
    let of = |length: usize| {
        let padding = " ".repeat(length - PUSH.len());
        Wire::signed(&format!("{PUSH}{padding}"), NOW_S).request()
    };
    let status = async |request: http::Request<axum::body::Body>| {
        let answer = world.router.clone().oneshot(request).await;
        answer.expect("never fails").status()
    };
    assert_eq!(status(of(BODY_MAX)).await, 200);
    assert_eq!(status(of(BODY_MAX + 1)).await, 413);
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn values_that_are_no_text_refuse_the_whole_delivery_by_name() {
    let mut world = World::new(|| {
        Ok(vec![
            secret("GOOD", b"text"),
            secret("KEY", b"\xff\xfe"),
            secret("RAW", b"\x80"),
        ])
    })
    .await;
    let (status, body) = world.send(&Wire::signed(PUSH, NOW_S).bytes()).await;
    assert_eq!(status, 422);
    let expected = "JSON holds only UTF-8, and these values are not: KEY, RAW";
    assert_eq!(message(&body), expected);
    assert!(!body.contains("text\""));
    assert_eq!(world.completed.recv().await, Some((7, Conclusion::Failure)));
}

#[tokio::test]
async fn what_sealyard_refuses_is_403_and_what_it_cannot_do_now_is_503_after_a_second() {
    let answers = Mutex::new(VecDeque::from([
        Refused::Denied("this runner does not serve the repository".to_owned()),
        Refused::Unavailable("Sealyard is not there".to_owned()),
    ]));
    let world = World::new(move || {
        let next = answers.lock().expect("no panic").pop_front();
        next.map_or_else(|| Ok(vec![]), Err)
    })
    .await;
    let (status, body) = world.send(&Wire::signed(PUSH, NOW_S).bytes()).await;
    let expected = "this runner does not serve the repository";
    assert_eq!((status, message(&body).as_str()), (403, expected));
    let sent = Instant::now();
    let (status, body) = world.send(&Wire::signed(PUSH, NOW_S + 1).bytes()).await;
    assert_eq!(
        (status, message(&body).as_str()),
        (503, "Sealyard is not there")
    );
    assert!(
        sent.elapsed() >= Duration::from_secs(1),
        "it would be asked again in the same second"
    );
    // Asked again, with the signature of another second.
    let (status, body) = world.send(&Wire::signed(PUSH, NOW_S + 2).bytes()).await;
    assert_eq!((status, body.as_str()), (200, r#"{"secrets":[]}"#));
}

#[tokio::test]
async fn what_was_signed_before_the_start_is_put_off() {
    let world = World::two_secrets().await;
    let (status, _) = world.send(&Wire::signed(PUSH, NOW_S - 10).bytes()).await;
    assert_eq!(status, 503);
    assert!(world.asked().is_empty());
    assert_eq!(
        world.send(&Wire::signed(PUSH, NOW_S - 9).bytes()).await.0,
        200
    );
}

#[tokio::test]
async fn a_job_ends_also_if_nobody_waits_for_it_any_more() {
    let mut world = World::two_secrets().await;
    world.may_answer.forget_permits(Semaphore::MAX_PERMITS);
    let request = Wire::signed(PUSH, NOW_S).request();
    let answer = world.router.clone().oneshot(request);
    tokio::select! {
        _ = answer => panic!("Sealyard has not answered"),
        began = world.began.acquire() => began.expect("never closed").forget(),
    }
    // Woodpecker has gone.
    world.may_answer.add_permits(1);
    assert_eq!(
        world.completed.recv().await,
        Some((7, Conclusion::Cancelled))
    );
    assert_eq!(world.tasks.len(), 1, "only the listener is left");
}

#[tokio::test]
async fn there_is_nothing_but_one_path() {
    let world = World::two_secrets().await;
    for (method, target) in [
        ("GET", PATH),
        ("POST", "/"),
        ("POST", "/sealyard/secrets/"),
        ("GET", "/health"),
    ] {
        let mut wire = Wire::new("");
        wire.method = method;
        wire.target = target.to_owned();
        let (status, body) = world.send(&wire.bytes()).await;
        assert_eq!(status, 404, "{method} {target}");
        assert!(message(&body).contains(PATH));
    }
}

#[tokio::test]
async fn a_request_that_two_programs_could_read_differently_is_400() {
    let world = World::two_secrets().await;
    let mut wire = Wire::signed(PUSH, NOW_S);
    wire.add("host", "second.example".to_owned());
    assert_eq!(world.send(&wire.bytes()).await.0, 400);
    assert!(world.asked().is_empty());
}
