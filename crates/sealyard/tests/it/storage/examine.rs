//! What `sealyard doctor` asks of a store.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;

use sealyard::admin::{Command, Outcome, execute};
use tokio::runtime;
use tokio::task::spawn_blocking;

use crate::world::World;

#[test]
fn values_are_opened_where_no_request_waits_for_it() {
    // One thread that answers, one that may block, and what blocks it is ours.
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = World::new().await;
        world.fill(2, 1, 2).await;
        let (open_gate, gate) = mpsc::channel::<()>();
        let blocked = spawn_blocking(move || gate.recv());
        let mut examining = pin!(execute(&world.app, Command::Examine));
        for _ in 0..100 {
            let step = poll_fn(|context| Poll::Ready(examining.as_mut().poll(context)));
            assert!(step.await.is_pending());
            tokio::task::yield_now().await;
        }
        drop(open_gate);
        assert!(blocked.await.expect("no panic").is_err());
        let Outcome::Rows(rows) = examining.await else {
            panic!("no rows");
        };
        let damaged =
            "2 of 2 do not open, so they were altered or moved: S_0001, S_0002; set them again";
        assert_eq!(rows[1], ["values", damaged]);
    });
}
