//! What a request says of where it was sent.

use axum::body::Body;
use http::Request;

use crate::world::World;

async fn status(world: &World, host: &str) -> u16 {
    let request = Request::get("/meta")
        .header("host", host)
        .header("user-agent", "tests")
        .body(Body::empty());
    world.raw(request.expect("a request")).await.status.as_u16()
}

#[tokio::test]
async fn a_host_that_is_none_is_a_bad_request() {
    let world = World::new().await;
    for host in ["localhost", "127.0.0.1:8080", "[::1]", "[::1]:8080"] {
        assert_eq!(status(&world, host).await, 200, "{host}");
    }
    for host in ["", "]:[", "a:b:c", "a:b", "::1", "[a]", "a/b", "u@a"] {
        assert_eq!(status(&world, host).await, 400, "{host}");
    }
}
