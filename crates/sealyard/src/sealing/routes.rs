//! The public key on the wire.

use axum::extract::State;
use serde::Serialize;

use super::Error;
use crate::app::Shared;
use crate::http::access::{Access, Op};
use crate::http::answer::{Answer, Result};
use crate::http::error::ApiError;
use crate::http::target::Kind;
use crate::identity::permission::Operation;
use crate::secrets::scope::Scope;

/// Operations 2, 11 and 16.
pub struct GetPublicKey;

impl Op for GetPublicKey {
    type Target = Scope;

    fn operation(kind: Kind) -> Operation {
        match kind {
            Kind::Organization => Operation::GetOrganizationPublicKey,
            Kind::Environment => Operation::GetEnvironmentPublicKey,
            Kind::Repository | Kind::Other => Operation::GetRepositoryPublicKey,
        }
    }
}

/// `GET …/secrets/public-key`
pub async fn public_key(access: Access<GetPublicKey>, State(app): State<Shared>) -> Result {
    #[derive(Serialize)]
    struct PublicKeyJson {
        key_id: String,
        key: String,
    }
    let key = super::current(&app, &access.exchange, &access.target).await?;
    Answer::ok(&PublicKeyJson {
        key_id: key.key_id,
        key: key.public.to_base64(),
    })
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::ScopeGone => Self::not_found(),
            Error::Damaged | Error::NoGeneration => {
                tracing::error!(%error, "the sealing keys need attention: run `sealyard doctor`");
                Self::internal()
            }
            Error::Store(error) => error.into(),
        }
    }
}
