//! What is hidden and what is missing are answered at the same time, whatever the look-up took. The
//! long test `hints` measures it; here it is seen that the time is kept at all.

use std::time::{Duration, Instant};

use sealyard::app::Wire;

use crate::world::World;

const LONG: Duration = Duration::from_millis(60);

#[tokio::test]
async fn an_answer_that_could_hide_something_comes_no_earlier_than_it_is_set_to() {
    let wire = Wire {
        hidden_after: LONG,
        ..Wire::default()
    };
    let world = World::with(wire).await;
    let stranger = world.r#as(&world.stranger);
    for path in [
        "/repos/octo-org/hello-world",
        "/repos/octo-org/missing",
        "/repositories/1/actions/secrets",
        "/repositories/99/actions/secrets",
        "/orgs/missing-org/actions/secrets",
    ] {
        let begun = Instant::now();
        let reply = stranger.get(path).await;
        assert_eq!(
            (reply.status.as_u16(), begun.elapsed() >= LONG),
            (404, true),
            "{path}"
        );
    }
    for name in ["hello-world", "missing"] {
        let query = format!(
            r#"{{"query":"{{ repository(owner: \"octo-org\", name: \"{name}\") {{ id }} }}"}}"#
        );
        let begun = Instant::now();
        let reply = stranger.post("/graphql", query).await;
        assert!(reply.text().contains("NOT_FOUND"), "{}", reply.text());
        assert!(begun.elapsed() >= LONG, "{name}");
    }
}
