//! What requests about delivery need beside a town: runners with their credentials, jobs to look at
//! and to end, tickets to redeem. Each is made for one request.

use sealyard::identity::token::{Kind, Token};

use super::super::oracle::{Case, Credential, Standing, Target};
use super::credentials::{shown, user};
use super::town::{ACME, CHOSEN, GLOBEX, OTHERS, SPARE, Town, name_of, user_of};

/// A selection that nothing is in.
const NOTHING: i64 = 1_000_009;

/// A runner, and what it proves itself by.
pub(super) struct Machine {
    id: i64,
    pub(super) credential: String,
}

/// What is made for a request.
#[derive(Default)]
pub(super) struct Prepared {
    /// The job that the path names.
    pub(super) job: i64,
    pub(super) body: String,
    /// What it looks like when it is allowed, and its message if that is a refusal.
    pub(super) allowed: Option<(u16, Option<&'static str>)>,
}

/// Whether the operation acts on a job that the path names.
fn names_a_job(case: &Case) -> bool {
    names_one_of(case, &["get-job", "complete-job", "approve-ticket"])
}

fn names_one_of(case: &Case, operations: &[&str]) -> bool {
    let ours = case.operation.strip_prefix("sealyard/");
    ours.is_some_and(|name| operations.contains(&name))
}

/// A runner for this case: bound to its repository or not, in one of four ways each.
pub(super) async fn machine(town: &Town, case: &Case, flavour: usize) -> Machine {
    let token = Token::generate(Kind::Runner);
    let of_repository = town.repositories.get(&name_of(case)).copied();
    // Whose job it is decides about jobs; that it is bound to the repository does not help.
    let (kind, scope, selection) = match of_repository {
        Some(id) if case.covered || names_a_job(case) => match flavour {
            0 | 1 => (2, id, None),
            _ => (1, town.id(ACME), Some(CHOSEN)),
        },
        _ => match flavour {
            0 => (2, town.repositories[SPARE], None),
            1 => (1, town.id(ACME), Some(OTHERS)),
            // Its selection would do, were it its organisation's.
            2 => (1, town.id(GLOBEX), Some(CHOSEN)),
            _ => (1, town.id(ACME), Some(NOTHING)),
        },
    };
    let id = town.next("runner").await;
    let (mac, name) = (token.mac(&town.world.app.keyring), format!("r{id}"));
    if case.standing != Standing::Unknown {
        let sql = "
            INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, created_at,
                                selection_id, public_key)
            VALUES ($1, $2, $3, $4, 'Linux', $5, 1, 1767323045, $6, $7)";
        let values = [
            id.into(),
            kind.into(),
            scope.into(),
            (&name).into(),
            (&mac).into(),
            selection.into(),
            town.keys.public().as_bytes().into(),
        ];
        town.store(sql, &values).await;
    }
    Machine {
        id,
        credential: shown(case, &token),
    }
}

/// Makes what the request of a case is about.
pub(super) async fn prepare(
    town: &Town,
    case: &Case,
    machine: Option<&Machine>,
    turn: usize,
) -> Prepared {
    match case.operation {
        "sealyard/get-job" | "sealyard/complete-job" => {
            let other = town.runners[&(1, town.id(ACME))];
            let own = machine.filter(|_| case.covered).map(|machine| machine.id);
            Prepared {
                job: running(town, case, own.unwrap_or(other)).await,
                allowed: (case.operation == "sealyard/complete-job").then_some((204, None)),
                ..Prepared::default()
            }
        }
        "sealyard/approve-ticket" => Prepared {
            job: waiting(town, case).await,
            allowed: Some((200, None)),
            ..Prepared::default()
        },
        "sealyard/heartbeat" => Prepared {
            allowed: Some((204, None)),
            ..Prepared::default()
        },
        "sealyard/create-ticket" => Prepared {
            body: format!(r#"{{"repository":"{ACME}/{}"}}"#, name_of(case)),
            allowed: Some((201, None)),
            ..Prepared::default()
        },
        "sealyard/open-job" => opening(town, case, turn).await,
        "sealyard/set-runner-repositories" => {
            let id = town.repositories[SPARE];
            Prepared {
                body: format!(r#"{{"selected_repository_ids":[{id}]}}"#),
                allowed: Some((204, None)),
                ..Prepared::default()
            }
        }
        _ => Prepared::default(),
    }
}

/// Opens a job as somebody may who is permitted: with a ticket of their own, or alone as a runner. An
/// installation passes the door, and is told behind it that values are not for it.
async fn opening(town: &Town, case: &Case, turn: usize) -> Prepared {
    const NOT_FOR_APPS: &str = "Values are for runners here (the setting delivery.people is off).";
    let key = town.keys.public().to_base64();
    let suspended = case.standing == Standing::UserSuspended;
    let maker = match &case.credential {
        Credential::Classic(_) | Credential::OAuth(_) | Credential::FineGrained(_) => {
            Some(user_of(case, user(case), suspended))
        }
        // One that somebody made who may write.
        Credential::Runner if turn.is_multiple_of(2) => Some("write-ug".to_owned()),
        Credential::Anonymous
        | Credential::Installation(_)
        | Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => None,
    };
    let by = match maker {
        Some(login) => format!(r#""ticket":"{}""#, ticket(town, case, &login).await),
        None => format!(r#""repository":"{ACME}/{}","only":[]"#, name_of(case)),
    };
    let is_app = matches!(case.credential, Credential::Installation(_));
    let allowed = if is_app {
        (403, Some(NOT_FOR_APPS))
    } else {
        (201, None)
    };
    Prepared {
        body: format!(r#"{{"public_key":"{key}",{by}}}"#),
        allowed: Some(allowed),
        ..Prepared::default()
    }
}

/// A job that this runner has; a number that no job has where there is no repository.
async fn running(town: &Town, case: &Case, runner: i64) -> i64 {
    let Some(repository) = town.repositories.get(&name_of(case)) else {
        return 999_999;
    };
    let (id, now) = (town.next("job").await, town.world.app.clock.now_s());
    let sql = "
        INSERT INTO job (id, repository_id, fork, created_at, runner_id, runner_name, started_at,
                         lease_ends_at)
        VALUES ($1, $2, 0, $3, $4, 'one', $3, $5)";
    let values = [
        id.into(),
        (*repository).into(),
        now.into(),
        runner.into(),
        (now + 3_600).into(),
    ];
    town.store(sql, &values).await;
    id
}

/// A job that waits for a reviewer, who is everybody.
async fn waiting(town: &Town, case: &Case) -> i64 {
    let Some(repository) = town.repositories.get(&name_of(case)) else {
        return 999_999;
    };
    let (id, now) = (town.next("job").await, town.world.app.clock.now_s());
    let sql = "
        INSERT INTO job (id, repository_id, fork, created_at, expires_at, environment,
                         environment_id)
        SELECT $1, $2, 0, $3, $4, name, id FROM environment
        WHERE repository_id = $2 AND name = 'reviewed'";
    let values = [
        id.into(),
        (*repository).into(),
        now.into(),
        (now + 3_600).into(),
    ];
    town.store(sql, &values).await;
    id
}

/// A ticket of this user, or one that nobody has made where there is no repository.
async fn ticket(town: &Town, case: &Case, login: &str) -> String {
    let token = Token::generate(Kind::Ticket);
    let text = token.reveal().to_owned();
    let Target::Repository { .. } = case.target else {
        return text;
    };
    let repository = town.repositories[&name_of(case)];
    let (id, now) = (town.next("job").await, town.world.app.clock.now_s());
    let mac = token.mac(&town.world.app.keyring);
    let sql = "
        INSERT INTO job (id, repository_id, fork, mac, epoch, user_id, creator, created_at,
                         expires_at)
        VALUES ($1, $2, 0, $3, 1, $4, $5, $6, $7)";
    let values = [
        id.into(),
        repository.into(),
        (&mac).into(),
        town.id(login).into(),
        login.into(),
        now.into(),
        (now + 3_600).into(),
    ];
    town.store(sql, &values).await;
    text
}

/// Forgets the jobs of a request, but not those that keep a town's runners busy: a repository has only
/// so many tickets.
pub(super) async fn forget(town: &Town, case: &Case) {
    const MADE: [&str; 2] = [
        "DELETE FROM job_secret WHERE job_id > $1",
        "DELETE FROM job WHERE id > $1 AND (started_at IS NULL OR runner_name IS NOT NULL)",
    ];
    if names_a_job(case) || names_one_of(case, &["create-ticket", "open-job"]) {
        for sql in MADE {
            town.store(sql, &[town.last_job.into()]).await;
        }
    }
}
