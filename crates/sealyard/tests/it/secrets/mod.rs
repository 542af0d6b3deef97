//! The life of secrets.

mod environment;
mod life;
mod log;
mod organization;
mod selected;
mod times;
mod unopened;
mod who;

use crate::world::World;

/// Where a secret of `octo-org` can be.
#[derive(Clone, Copy)]
enum Place {
    Organization,
    Repository,
    Environment,
}

impl Place {
    fn path(self) -> &'static str {
        match self {
            Self::Organization => "/orgs/octo-org/actions/secrets",
            Self::Repository => "/repos/octo-org/hello-world/actions/secrets",
            Self::Environment => "/repos/octo-org/hello-world/environments/production/secrets",
        }
    }
}

/// PUTs a secret of a repository or environment as `owner`; the status.
async fn put(world: &World, place: Place, name: &str) -> u16 {
    put_with(world, place, name, "").await
}

/// The same with more members in the body, as an organisation's has.
async fn put_with(world: &World, place: Place, name: &str, more: &str) -> u16 {
    let body = match more {
        "" => world.sealed(place.path(), b"value").await,
        more => world.sealed_with(place.path(), b"value", more).await,
    };
    let path = format!("{}/{name}", place.path());
    world
        .r#as(&world.owner)
        .put(&path, body)
        .await
        .status
        .as_u16()
}
