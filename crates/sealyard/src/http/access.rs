//! Permission as a value: a handler can only be reached through the proof that its caller may.
//!
//! [`Access`] has private fields and one way in, the extractor below. A handler is routed with
//! [`guarded`], which takes only functions whose first argument is an `Access`; so a route without
//! an access rule does not compile.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use super::error::ApiError;
use super::exchange::Exchange;
use super::target::{Found, Kind, Parameters, Resolve};
use super::{accept, identify};
use crate::app::Shared;
use crate::identity::caller::{Coverage, Selection};
use crate::identity::permission::{self, Operation, Refusal, Row};
use crate::identity::{Caller, Principal};

/// An operation of the API: what it acts on, and its row in the permission table.
pub trait Op: Send + Sync + 'static {
    /// What the path names.
    type Target: Resolve;

    /// The row, which for secrets differs by what holds them.
    fn operation(kind: Kind) -> Operation;
}

/// Proof that this request's caller may do `O` to `target`.
pub struct Access<O: Op> {
    /// What the path names, resolved.
    pub target: O::Target,
    /// The request's context.
    pub exchange: Arc<Exchange>,
    parameters: Parameters,
    _operation: PhantomData<O>,
}

impl<O: Op> Access<O> {
    /// Who was found to be permitted.
    pub fn caller(&self) -> &Caller {
        &self.exchange.caller
    }

    /// The user who calls. Refuses others, whom no operation that asks this lets in.
    pub fn principal(&self) -> Result<&Principal, ApiError> {
        match &self.exchange.caller {
            Caller::User(principal) => Ok(principal),
            Caller::Anonymous
            | Caller::Installation(_)
            | Caller::App(_)
            | Caller::Enrolment(_)
            | Caller::Runner(_) => Err(ApiError::generic(
                StatusCode::UNAUTHORIZED,
                "Requires authentication",
            )),
        }
    }

    /// Refuses a credential that was given chosen repositories: what it makes would not be among them,
    /// and could take the place of one that is hidden from it.
    pub fn reaches_all(&self) -> Result<(), ApiError> {
        let all = [Selection::ALL; 2];
        let chosen = |coverage: Coverage| coverage.selections != all;
        if !self.caller().coverage().is_some_and(chosen) {
            return Ok(());
        }
        let message = match self.caller() {
            Caller::Installation(_) => NOT_BY_INTEGRATION,
            Caller::Anonymous
            | Caller::User(_)
            | Caller::App(_)
            | Caller::Enrolment(_)
            | Caller::Runner(_) => NOT_BY_TOKEN,
        };
        Err(ApiError::new(StatusCode::FORBIDDEN, message))
    }

    /// A segment of the path, percent-decoded once.
    pub fn parameter(&self, name: &str) -> Result<&str, ApiError> {
        self.parameters.get(name).ok_or_else(ApiError::not_found)
    }

    /// A segment that is a positive number; anything else does not match the route.
    pub fn id_parameter(&self, name: &str) -> Result<i64, ApiError> {
        self.parameters.id(name).ok_or_else(ApiError::not_found)
    }
}

impl<O: Op> FromRequestParts<Shared> for Access<O> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let (exchange, parameters) = matched(parts, app).await?;
        let row = permission::row(O::operation(Kind::of(&parameters)));
        taken(row, &exchange, &parts.headers, app)?;
        let found = O::Target::resolve(app, &exchange, &parameters).await?;
        if let Found::Moved(id) = found {
            return Err(moved(&parts.method, &exchange, id));
        }
        decided(app, exchange, parameters, row, found)
    }
}

/// A request whose body, not its path, names what `O` acts on: not decided yet, so that all that can
/// be done with it is to have it decided.
pub struct Pending<O: Op> {
    exchange: Arc<Exchange>,
    _operation: PhantomData<O>,
}

impl<O: Op> Pending<O> {
    /// The request's context.
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    /// The proof, if this caller may do `O` to what these parameters of a path would name. A repository
    /// that was renamed is found under its old name too: there is no path to send the caller to.
    pub async fn on(self, app: &Shared, named: Parameters) -> Result<Access<O>, ApiError> {
        let row = permission::row(O::operation(Kind::of(&named)));
        let mut found = O::Target::resolve(app, &self.exchange, &named).await?;
        if let Found::Moved(id) = found {
            let named = Parameters::of_repository_id(id, named.get("environment"));
            found = O::Target::resolve(app, &self.exchange, &named).await?;
        }
        decided(app, self.exchange, named, row, found)
    }
}

impl<O: Op> FromRequestParts<Shared> for Pending<O> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let (exchange, parameters) = matched(parts, app).await?;
        let row = permission::row(O::operation(Kind::of(&parameters)));
        taken(row, &exchange, &parts.headers, app)?;
        if matches!(exchange.caller, Caller::Anonymous) {
            return Err(refused(Refusal::Unauthenticated, app, row));
        }
        Ok(Self {
            exchange,
            _operation: PhantomData,
        })
    }
}

async fn matched(parts: &mut Parts, app: &Shared) -> Result<(Arc<Exchange>, Parameters), ApiError> {
    let exchange: Arc<Exchange> = parts
        .extensions
        .get()
        .cloned()
        .ok_or_else(ApiError::internal)?;
    match RawPathParams::from_request_parts(parts, app).await {
        Ok(raw) => Ok((exchange, Parameters::new(&raw))),
        Err(_) => Err(ApiError::no_route()),
    }
}

/// What is asked before anything is looked up.
fn taken(
    row: &'static Row,
    exchange: &Exchange,
    headers: &HeaderMap,
    app: &Shared,
) -> Result<(), ApiError> {
    exchange.answered_by(row);
    permission::accept(row, &exchange.caller.credential()).map_err(|why| refused(why, app, row))?;
    accept::check(headers)
}

/// Decides about what was found.
fn decided<O: Op>(
    app: &Shared,
    exchange: Arc<Exchange>,
    parameters: Parameters,
    row: &Row,
    found: Found<O::Target>,
) -> Result<Access<O>, ApiError> {
    let (target, facts) = match found {
        Found::Here(target, facts) => (target, facts),
        Found::Moved(_) | Found::Nowhere => return Err(ApiError::hidden()),
    };
    let credential = exchange.caller.credential();
    permission::decide(row, &credential, facts, app.wire.rules())
        .map_err(|why| refused(why, app, row))?;
    let target = target.ok_or_else(ApiError::not_found)?;
    Ok(Access {
        target,
        exchange,
        parameters,
        _operation: PhantomData,
    })
}

const NOT_BY_TOKEN: &str = "Resource not accessible by personal access token";
const NOT_BY_INTEGRATION: &str = "Resource not accessible by integration";

fn refused(refusal: Refusal, app: &Shared, row: &Row) -> ApiError {
    let message = match refusal {
        Refusal::BadCredentials | Refusal::NoJwt | Refusal::Suspended(_) => {
            return identify::refused(refusal);
        }
        Refusal::Hidden => return ApiError::hidden(),
        Refusal::Unauthenticated => {
            return ApiError::generic(StatusCode::UNAUTHORIZED, "Requires authentication");
        }
        Refusal::Archived => "Repository was archived so is read-only.",
        Refusal::NotByToken => NOT_BY_TOKEN,
        Refusal::NotByIntegration => NOT_BY_INTEGRATION,
        Refusal::Insufficient => row.refusal(app.wire.profile),
    };
    ApiError::new(StatusCode::FORBIDDEN, message)
}

/// 301 for reading, 307 for the rest, to the id-based path with the remainder kept.
pub fn moved(method: &Method, exchange: &Exchange, repository: i64) -> ApiError {
    let reads = method.is_safe();
    let status = if reads {
        StatusCode::MOVED_PERMANENTLY
    } else {
        StatusCode::TEMPORARY_REDIRECT
    };
    // The path is /repos/{owner}/{repo} and what follows.
    let rest: String = exchange
        .path()
        .splitn(5, '/')
        .nth(4)
        .map(|rest| format!("/{rest}"))
        .unwrap_or_default();
    let query = exchange
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let location = format!(
        "{}/repositories/{repository}{rest}{query}",
        exchange.base_url()
    );
    ApiError {
        location: Some(location),
        documentation: super::error::Documentation::Page(
            "https://docs.github.com/v3/#http-redirects",
        ),
        ..ApiError::new(status, "Moved Permanently")
    }
}

/// Declares the marker of an operation that acts on one kind of thing.
macro_rules! operation {
    ($(#[$doc:meta])* $marker:ident: $target:ty => $operation:ident) => {
        $(#[$doc])*
        pub struct $marker;

        impl $crate::http::access::Op for $marker {
            type Target = $target;

            fn operation(_: $crate::http::target::Kind) -> $crate::identity::permission::Operation {
                $crate::identity::permission::Operation::$operation
            }
        }
    };
}
pub(crate) use operation;

/// Marks argument lists whose first extractor is an [`Access`], or will become one.
pub trait Guarded {}

macro_rules! guarded_arguments {
    ($($argument:ident),*) => {
        impl<M, O: Op, $($argument),*> Guarded for (M, Access<O>, $($argument,)*) {}
        impl<M, O: Op, $($argument),*> Guarded for (M, Pending<O>, $($argument,)*) {}
    };
}

guarded_arguments!();
guarded_arguments!(A);
guarded_arguments!(A, B);
guarded_arguments!(A, B, C);

/// Routes one method to a handler that demands an [`Access`].
///
/// ```
/// # use sealyard::{http::{access::{self, Access, Op}, answer::{Answer, Result}, target},
/// #     identity::permission::Operation};
/// struct GetMeta;
/// impl Op for GetMeta {
///     type Target = target::Nothing;
///     fn operation(_: target::Kind) -> Operation { Operation::GetMeta }
/// }
/// async fn meta(_: Access<GetMeta>) -> Result { Ok(Answer::no_content()) }
/// let route = access::get(meta);
/// ```
///
/// One that demands none does not compile:
///
/// ```compile_fail,E0277
/// # use sealyard::{http::{access::{self, Access, Op}, answer::{Answer, Result}, target},
/// #     identity::permission::Operation};
/// async fn meta() -> Result { Ok(Answer::no_content()) }
/// let route = access::get(meta);
/// ```
pub fn guarded<H, T>(method: MethodFilter, handler: H) -> MethodRouter<Shared>
where
    H: Handler<T, Shared>,
    T: Guarded + 'static,
{
    on(method, handler)
}

/// `GET` and `HEAD`.
pub fn get<H: Handler<T, Shared>, T: Guarded + 'static>(handler: H) -> MethodRouter<Shared> {
    guarded(MethodFilter::GET, handler)
}

/// `PUT`.
pub fn put<H: Handler<T, Shared>, T: Guarded + 'static>(handler: H) -> MethodRouter<Shared> {
    guarded(MethodFilter::PUT, handler)
}

/// `POST`.
pub fn post<H: Handler<T, Shared>, T: Guarded + 'static>(handler: H) -> MethodRouter<Shared> {
    guarded(MethodFilter::POST, handler)
}

/// `PATCH`.
pub fn patch<H: Handler<T, Shared>, T: Guarded + 'static>(handler: H) -> MethodRouter<Shared> {
    guarded(MethodFilter::PATCH, handler)
}

/// `DELETE`.
pub fn delete<H: Handler<T, Shared>, T: Guarded + 'static>(handler: H) -> MethodRouter<Shared> {
    guarded(MethodFilter::DELETE, handler)
}
