//! A bound query, answered: one look-up for each field of the root, all in one read.

use sealyard_sql as sql;

use super::bind::Field;
use super::node_id::{self, Named};
use super::object::{Group, Object, groups, needs_details};
use super::problem::Problem;
use super::schema::Type;
use super::store;
use crate::app::App;
use crate::directory::render::View;
use crate::directory::repository::{Lookup, lookup};
use crate::directory::store as directory;
use crate::directory::{AccountKind, RepositoryName};
use crate::http::exchange::Exchange;
use crate::http::writer::Writer;
use crate::identity::{Caller, Login};

/// Who asks, and what they see with.
pub struct Asker<'a> {
    app: &'a App,
    exchange: &'a Exchange,
    view: View,
    read: sql::Read,
}

/// `data`, and what is missing in it.
pub struct Answered {
    /// JSON.
    pub data: String,
    /// In the order of the fields.
    pub problems: Vec<Problem>,
}

/// The value of a field of the root: JSON, or why there is none.
type Found = Result<String, Option<String>>;

impl<'a> Asker<'a> {
    /// The caller of a request.
    pub async fn new(app: &'a App, exchange: &'a Exchange) -> Result<Self, sql::Error> {
        let view = View::new(exchange, app.wire.profile);
        Ok(Self {
            app,
            exchange,
            view,
            read: exchange.read(app).await?,
        })
    }

    /// Answers the whole query.
    pub async fn answer(&mut self, fields: &[Field]) -> Result<Answered, sql::Error> {
        let mut json = Writer::object(256);
        let mut problems = Vec::new();
        for group in groups(&[fields], Type::Query) {
            let key = group.first.key.as_str();
            match self.root(&group).await? {
                Ok(value) => {
                    json.raw(key, &value);
                }
                Err(why) => {
                    json.raw(key, "null");
                    let position = group.first.position;
                    problems.extend(why.map(|why| Problem::not_found(key, position, why)));
                }
            }
        }
        Ok(Answered {
            data: json.end(),
            problems,
        })
    }

    async fn root(&mut self, group: &Group<'_>) -> Result<Found, sql::Error> {
        let field = group.first;
        match field.definition.name {
            "__typename" => Ok(Ok("\"Query\"".to_owned())),
            "viewer" => {
                let found = match &self.exchange.caller {
                    Caller::Installation(installed) => Some(store::Account::of_app(installed)),
                    caller @ (Caller::Anonymous
                    | Caller::User(_)
                    | Caller::App(_)
                    | Caller::Enrolment(_)
                    | Caller::Runner(_)) => store::by_id(&mut self.read, caller.user_id()).await?,
                };
                Ok(self.account(group, found, None).ok_or(None))
            }
            "user" => self.login(group, Some(AccountKind::User), "a User").await,
            "organization" => {
                self.login(group, Some(AccountKind::Organization), "an Organization")
                    .await
            }
            "repositoryOwner" => self.login(group, None, "").await,
            "repository" => self.repository(group).await,
            "node" => self.node(group).await,
            "rateLimit" => Ok(self.rate_limit(group).ok_or(None)),
            // The schema has no other field here.
            _ => Ok(Err(None)),
        }
    }

    /// An account by its login. `kind` is that of the field; without one, a login that nobody has
    /// is null and no error.
    async fn login(
        &mut self,
        group: &Group<'_>,
        kind: Option<AccountKind>,
        noun: &str,
    ) -> Result<Found, sql::Error> {
        let login = Login::parse(group.first.text("login"));
        let found = match &login {
            Some(login) => store::by_login(&mut self.read, login).await?,
            None => None,
        };
        if let Some(json) = self.account(group, found, kind) {
            return Ok(Ok(json));
        }
        let named = login.map(|login| format!(" with the login of '{}'", login.as_str()));
        let named = named.unwrap_or_default();
        Ok(Err(
            kind.map(|_| format!("Could not resolve to {noun}{named}."))
        ))
    }

    fn account(
        &self,
        group: &Group<'_>,
        found: Option<store::Account>,
        kind: Option<AccountKind>,
    ) -> Option<String> {
        let account = found.filter(|found| kind.is_none_or(|kind| found.owner.kind == kind))?;
        let object = Object::Account(&account.owner, Some(&account));
        Some(object.json(&self.view, &group.fields))
    }

    async fn repository(&mut self, group: &Group<'_>) -> Result<Found, sql::Error> {
        let field = group.first;
        let owner = Login::parse(field.text("owner"));
        let name = RepositoryName::parse(field.text("name"));
        let (Some(owner), Some(name)) = (owner, name) else {
            return Ok(Err(Some("Could not resolve to a Repository.".to_owned())));
        };
        let (owner, name) = (owner.as_str(), name.as_str());
        let by = directory::RepositoryBy::Name { owner, name };
        let follows = !field.declines("followRenames");
        if let Some(json) = self.visible(group, by, follows).await? {
            return Ok(Ok(json));
        }
        let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
        Ok(Err(Some(message)))
    }

    /// A repository, if the caller sees it: the same facts and the same rule as for REST.
    async fn visible(
        &mut self,
        group: &Group<'_>,
        by: directory::RepositoryBy<'_>,
        follows: bool,
    ) -> Result<Option<String>, sql::Error> {
        let read = &mut self.read;
        let seen = match lookup(read, by, &self.exchange.caller, None).await? {
            Lookup::Here(seen) => seen,
            Lookup::Moved(seen) if follows => seen,
            Lookup::Moved(_) | Lookup::Nothing => return Ok(None),
        };
        let details = if group.fields.iter().any(|fields| needs_details(fields)) {
            directory::details(read, seen.repository.id).await?
        } else {
            None
        };
        let object = Object::Repository(&seen, details.as_ref());
        Ok(Some(object.json(&self.view, &group.fields)))
    }

    async fn node(&mut self, group: &Group<'_>) -> Result<Found, sql::Error> {
        let found = match node_id::parse(group.first.text("id")) {
            Some(Named::Repository(id)) => {
                self.visible(group, directory::RepositoryBy::Id(id.0), false)
                    .await?
            }
            Some(Named::Account(kind, id)) => {
                let found = store::by_id(&mut self.read, id).await?;
                self.account(group, found, Some(kind))
            }
            None => None,
        };
        // The id is not repeated: it is any text.
        Ok(found.ok_or_else(|| Some("Could not resolve to a node with the global id.".to_owned())))
    }

    /// Null where no limit holds.
    fn rate_limit(&self, group: &Group<'_>) -> Option<String> {
        let app = self.app;
        if !app.wire.limits_rate() {
            return None;
        }
        let (caller, address) = (&self.exchange.caller, self.exchange.address);
        let usage = app.limits.usage(caller, address, app.clock.now_s());
        Some(Object::Usage(usage).json(&self.view, &group.fields))
    }
}
