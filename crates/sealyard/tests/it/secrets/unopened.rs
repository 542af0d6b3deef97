//! Values that do not open, where the settings keep them.

use base64ct::{Base64, Encoding as _};
use sealyard::app::Wire;

use crate::world::World;

const SECRETS: &str = "/repos/octo-org/hello-world/actions/secrets";

#[tokio::test]
async fn what_a_box_adds_to_its_value_does_not_count_towards_the_limit() {
    let world = World::with(Wire {
        accept_unopened: true,
        value_size_max: 100,
        ..Wire::default()
    })
    .await;
    let writer = world.r#as(&world.writer);
    let key = writer.get(&format!("{SECRETS}/public-key")).await.json();
    let id = key["key_id"].as_str().expect("an id");
    for (length, status) in [(1, 201), (47, 201), (48, 201), (148, 201), (149, 422)] {
        let sealed = Base64::encode_string(&vec![7; length]);
        let body = format!(r#"{{"encrypted_value":"{sealed}","key_id":"{id}"}}"#);
        let reply = writer.put(&format!("{SECRETS}/L_{length}"), body).await;
        assert_eq!(reply.status, status, "{length}");
    }
    for (length, status) in [(100, 201), (101, 422)] {
        let body = world.sealed(SECRETS, &vec![7; length]).await;
        let reply = writer.put(&format!("{SECRETS}/O_{length}"), body).await;
        assert_eq!(reply.status, status, "{length}");
    }
}
