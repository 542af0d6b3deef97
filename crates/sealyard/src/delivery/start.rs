//! The write that starts a job: what may have changed is asked again, and what is given is written
//! down.

use sealyard_sql as sql;
use sealyard_vault::OwnerKind;

use super::open::{Asked, may_start};
use super::resolve::{Record, word};
use super::store::{delivered, job as store};
use super::ticket::event;
use super::{Error, JobId, refusal};
use crate::app::App;
use crate::audit::{self, Actor, Event, Write};
use crate::directory::repository::{Lookup, lookup};
use crate::directory::store::RepositoryBy;
use crate::http::exchange::Exchange;
use crate::identity::caller::Machine;
use crate::identity::permission::{self, Operation};
use crate::runners::{RunnerId, store as runners};
use crate::secrets::scope::ScopeKey;

/// The names that each scope gives, in order.
pub struct Given {
    names: Vec<(OwnerKind, String)>,
}

impl Given {
    /// Of records that are to be delivered.
    pub fn of(chosen: &[Record]) -> Self {
        let mut names: Vec<_> = chosen
            .iter()
            .map(|record| (record.scope, record.name.clone()))
            .collect();
        names.sort();
        Self { names }
    }

    fn of_scope(&self, kind: OwnerKind) -> Vec<&str> {
        self.names
            .iter()
            .filter(|(scope, _)| *scope == kind)
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// For the log, each with its scope.
    fn words(&self) -> Vec<String> {
        self.names
            .iter()
            .map(|(scope, name)| format!("{} {name}", word(*scope)))
            .collect()
    }
}

/// A job about to start.
pub struct Begun<'a> {
    /// The server.
    pub app: &'a App,
    /// Who asks.
    pub exchange: &'a Exchange,
    /// The job.
    pub asked: &'a Asked<'a>,
    /// The runner, if it is one that asks.
    pub runner: Option<&'a Machine>,
    /// Seconds since 1970.
    pub now: i64,
    /// When the job ends at the latest, in seconds since 1970.
    pub lease_ends_at: i64,
}

impl Begun<'_> {
    fn runner(&self) -> Option<(RunnerId, &str)> {
        self.runner
            .map(|machine| (machine.id, machine.name.as_str()))
    }

    fn event<'e>(&'e self, action: &'e str, job: Option<JobId>) -> Event<'e> {
        Event {
            runner_id: self.runner.map(|machine| machine.id.0),
            runner_name: self.runner.map(|machine| machine.name.as_str()),
            ..event(action, self.asked.repository, job, self.asked.claims)
        }
    }

    /// Writes down that the job starts and what it is given, if all is still as it was.
    pub async fn start(&self, given: &Given) -> Result<JobId, Error> {
        let mut write = audit::begin(self.app, self.asked.repository.owner.id).await?;
        match self.write(&mut write, given).await {
            Ok(id) => {
                let secrets = given.words();
                let event = Event {
                    secrets_passed: Some(&secrets),
                    ..self.event("workflows.prepared_workflow_job", Some(id))
                };
                write
                    .record(self.app, &Actor::of(self.exchange), &event)
                    .await?;
                write.commit().await?;
                Ok(id)
            }
            Err(refusal) => Err(write.refuse(refusal).await),
        }
    }

    async fn write(&self, write: &mut Write, given: &Given) -> Result<JobId, Error> {
        let tx = &mut write.tx;
        self.ask_again(tx).await?;
        let id = if let Some(job) = self.asked.ticket {
            job.id
        } else {
            let row = store::NewJob {
                repository: self.asked.repository.id,
                environment: self.asked.environment.map(|environment| environment.id),
                claims: self.asked.claims,
                ticket: None,
                creator: None,
                created_at: self.now,
                expires_at: None,
            };
            store::insert(tx, &row).await?.ok_or(Error::NotFound)?
        };
        if !store::start(tx, id, self.runner(), self.now, self.lease_ends_at).await? {
            return Err(Error::Redeemed);
        }
        let to = delivered::Recipient {
            job: id,
            repository: self.asked.repository.id,
            runner: self.runner(),
            now: self.now,
        };
        for scope in self.scopes() {
            let names = given.of_scope(scope.kind);
            if !names.is_empty() {
                delivered::note(tx, scope, &names, &to).await?;
            }
        }
        Ok(id)
    }

    /// Whether all is as it was when the values were read. If not, the request is run again, and
    /// finds what is so now.
    async fn ask_again(&self, tx: &mut sql::Tx) -> Result<(), Error> {
        let (caller, repository) = (&self.exchange.caller, self.asked.repository);
        let by = RepositoryBy::Id(repository.id.0);
        let row = permission::row(Operation::OpenJob);
        let same = match lookup(tx, by, caller, None).await? {
            Lookup::Here(seen) => {
                let rules = self.app.wire.rules();
                seen.repository.visibility == repository.visibility
                    && permission::decide(row, &caller.credential(), seen.facts, rules).is_ok()
            }
            Lookup::Moved(_) | Lookup::Nothing => false,
        };
        let stands = match (self.runner, caller) {
            (Some(machine), _) => runners::seen(tx, machine.id, self.now).await?,
            (None, _) => store::user_stands(tx, caller.user_id()).await?,
        };
        if !stands {
            // To ask again would be to ask as somebody who is not there.
            return Err(Error::NotFound);
        }
        if !same {
            return Err(sql::Error::Conflict.into());
        }
        let ticket = match self.asked.ticket {
            Some(job) => Some(store::get(tx, job.id).await?.ok_or(Error::NotFound)?),
            None => None,
        };
        let asked = Asked {
            ticket: ticket.as_ref(),
            ..*self.asked
        };
        match may_start(tx, &asked, self.runner, self.now).await {
            Err(Error::Store(error)) => Err(error.into()),
            Err(Error::Redeemed) => Err(Error::Redeemed),
            Err(_) => Err(sql::Error::Conflict.into()),
            Ok(()) => Ok(()),
        }
    }

    fn scopes(&self) -> impl Iterator<Item = ScopeKey> {
        let organization = ScopeKey {
            kind: OwnerKind::Organization,
            id: self.asked.repository.owner.id.0,
        };
        let repository = ScopeKey {
            kind: OwnerKind::Repository,
            id: self.asked.repository.id.0,
        };
        let environment = self.asked.environment.map(|environment| ScopeKey {
            kind: OwnerKind::Environment,
            id: environment.id.0,
        });
        [Some(organization), Some(repository), environment]
            .into_iter()
            .flatten()
    }

    /// Writes down that a job cannot start, and ends it.
    pub async fn fail(&self, names: &[String]) -> Result<(), Error> {
        let mut write = audit::begin(self.app, self.asked.repository.owner.id).await?;
        let ticket = self.asked.ticket;
        if let Some(job) = ticket {
            store::give_up(&mut write.tx, job.id, self.now).await?;
        }
        let detail = format!("does not open: {}", names.join(", "));
        let event = Event {
            detail: Some(&detail),
            ..self.event(refusal::ACTION, ticket.map(|job| job.id))
        };
        write
            .record(self.app, &Actor::of(self.exchange), &event)
            .await?;
        Ok(write.commit().await?)
    }
}
