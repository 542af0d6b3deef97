//! The same questions, as requests to a whole server: what reads headers, looks up credentials,
//! roles and coverage, and renders the answer.
//!
//! Small, it is a sample with every operation by every kind of credential; `SOAK=full` asks about
//! every case at a boundary and many others.

mod credentials;
mod delivery;
mod request;
mod sample;
mod town;

use std::collections::BTreeMap;

use axum::body::Body;
use http::{Request, StatusCode};
use sealyard::http::profile::Profile;

use super::oracle::{self, Answer, Case, Credential, expect};
use crate::world::{Reply, engine, variable};
use credentials::Credentials;
use request::{Sent, request};
use sample::{Counts, Settings};
use town::{DOOMED, Town};

const SEED: u64 = 20_260_102;

#[tokio::test]
async fn requests_are_answered_as_the_oracle_demands() {
    let full = variable("SOAK").is_some_and(|size| size == "full");
    let cases = if full {
        sample::all_boundaries(20, SEED)
    } else {
        sample::some(6, SEED)
    };
    let mut by_settings: BTreeMap<Settings, Vec<(Case, bool)>> = BTreeMap::new();
    for (case, boundary) in cases {
        let settings = sample::settings(&case);
        by_settings
            .entry(settings)
            .or_default()
            .push((case, boundary));
    }
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<(&'static str, &'static str), Counts> = BTreeMap::new();
    for ((github_com, readers), cases) in by_settings {
        let profile = if github_com {
            Profile::GithubCom
        } else {
            Profile::Ghes32
        };
        let mut asker = Asker::new(profile, readers).await;
        for (case, boundary) in cases {
            let counted = counts
                .entry((named(&case.credential), said(&case)))
                .or_default();
            counted.asked += 1;
            counted.at_a_boundary += usize::from(boundary);
            wrong.extend(asker.ask(&case).await);
        }
    }
    table(&counts);
    let shown = wrong.iter().take(20).cloned().collect::<Vec<_>>();
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        shown.join("\n")
    );
    let asked: usize = counts.values().map(|count| count.asked).sum();
    assert!(asked > if full { 20_000 } else { 2_000 }, "{asked}");
}

/// Somebody who has every credential, in a town of one profile.
struct Asker {
    town: Town,
    credentials: Credentials,
    turn: usize,
}

impl Asker {
    async fn new(profile: Profile, readers: bool) -> Self {
        let town = Town::new(profile, readers).await;
        Self {
            credentials: Credentials::new(&town).await,
            town,
            turn: 0,
        }
    }

    /// Sends the request of a case. What is wrong with the answer, if something is.
    async fn ask(&mut self, case: &Case) -> Option<String> {
        self.turn += 1;
        let header = self.credentials.header(&self.town, case, self.turn).await;
        let machine = self.credentials.machine.take();
        let prepared = delivery::prepare(&self.town, case, machine.as_ref(), self.turn).await;
        let sent = request(&self.town, &self.credentials, prepared, case, self.turn);
        let mut request = Request::builder()
            .method(sent.method)
            .uri(&sent.path)
            .header("host", "localhost")
            .header("user-agent", "tests");
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let request = request
            .body(Body::from(sent.body.clone()))
            .expect("a request");
        let method = request.method().clone();
        let reply = self.town.world.raw(request).await;
        reply.check(&method, &sent.path);
        if reply.status.is_success() && sent.method == "DELETE" {
            self.make_again(case).await;
        }
        delivery::forget(&self.town, case).await;
        let expected = expect(case);
        let problem = problem(case, expected, &sent, &reply)?;
        Some(format!(
            "{problem}: {expected:?} is demanded\n    {} {} -> {}\n    {case:?}",
            sent.method,
            sent.path,
            reply.brief().replace('\n', " ")
        ))
    }

    /// What the request has taken away.
    async fn make_again(&mut self, case: &Case) {
        let oracle::Target::Repository {
            visibility,
            archived,
        } = case.target
        else {
            match case.operation {
                "apps/delete-installation" => self.credentials.install_again(&self.town).await,
                "orgs/remove-membership-for-user" => {
                    let sql = "
                        INSERT INTO membership (org_id, user_id, role) VALUES ($1, $2, 'member')";
                    let ids = [self.town.id(town::ACME), self.town.id(DOOMED)];
                    self.town.store(sql, &ids.map(Into::into)).await;
                }
                _ => {}
            }
            return;
        };
        match case.operation {
            "repos/delete" => {
                let name = town::repository(visibility, archived, true);
                self.town.build(&name).await;
            }
            "repos/delete-an-environment" => {
                let name = town::repository(visibility, archived, false);
                let id = self.town.repositories[&name];
                self.town.environment(id, DOOMED).await;
            }
            "repos/delete-deployment-branch-policy" => {
                let name = town::repository(visibility, archived, false);
                self.town.branch_policy(self.town.repositories[&name]).await;
            }
            _ => {}
        }
    }
}

fn problem(case: &Case, expected: Answer, sent: &Sent, reply: &Reply) -> Option<&'static str> {
    let wanted = match expected.status() {
        None => sent.allowed,
        Some(status) => StatusCode::from_u16(status).expect("a status"),
    };
    if reply.status != wanted {
        return Some("another status");
    }
    let message = message(reply);
    if expected == Answer::Allow {
        // 404 for what is not there, as for what is hidden: told apart by the text.
        let hidden =
            reply.status == StatusCode::NOT_FOUND && message.as_deref() == Some("Not Found");
        let other = sent.message.is_some() && message.as_deref() != sent.message;
        return (hidden || other).then_some("hidden, or refused for another reason");
    }
    if message.as_deref() != oracle::message(case, expected) {
        return Some("another message");
    }
    (!headers_are_right(case, expected, reply)).then_some("another header")
}

fn message(reply: &Reply) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    Some(json.get("message")?.as_str()?.to_owned())
}

/// What the operation asks for is named to whoever was let in to it or refused by it.
fn headers_are_right(case: &Case, expected: Answer, reply: &Reply) -> bool {
    let is_of_the_operation = matches!(
        expected,
        Answer::Allow
            | Answer::TooLittleRights
            | Answer::NotForIntegration
            | Answer::NotForPersonalAccessToken
            | Answer::Archived
    );
    if !is_of_the_operation {
        return true;
    }
    let scopes = oracle::row(case.operation, true).header.join(", ");
    let permissions = oracle::permission_header(case.operation, case.profile);
    let (scopes, permissions) = match case.credential {
        Credential::Anonymous | Credential::Classic(_) | Credential::OAuth(_) => {
            (Some(scopes), None)
        }
        Credential::FineGrained(_) | Credential::Installation(_)
            if case.profile == oracle::Profile::GithubCom =>
        {
            (None, permissions)
        }
        Credential::FineGrained(_)
        | Credential::Installation(_)
        | Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => (None, None),
    };
    reply.header("x-accepted-oauth-scopes") == scopes.as_deref()
        && reply.header("x-accepted-github-permissions") == permissions.as_deref()
}

fn named(credential: &Credential) -> &'static str {
    match credential {
        Credential::Anonymous => "none",
        Credential::Classic(_) => "classic",
        Credential::OAuth(_) => "OAuth",
        Credential::FineGrained(_) => "fine-grained",
        Credential::Installation(_) => "installation",
        Credential::AppJwt => "app's JWT",
        Credential::RunnerRegister => "registration token",
        Credential::RunnerRemove => "remove token",
        Credential::Runner => "runner",
    }
}

fn said(case: &Case) -> &'static str {
    match expect(case).status() {
        None => "allowed",
        Some(401) => "401",
        Some(403) => "403",
        _ => "404",
    }
}

#[expect(clippy::print_stdout, reason = "`cargo xtask soak` reads it")]
fn table(counts: &BTreeMap<(&'static str, &'static str), Counts>) {
    println!("| engine | credential | answer | requests | at a boundary |");
    println!("|---|---|---|---|---|");
    for ((credential, answer), count) in counts {
        let Counts {
            asked,
            at_a_boundary,
        } = count;
        println!(
            "| {:?} | {credential} | {answer} | {asked} | {at_a_boundary} |",
            engine()
        );
    }
    let sum = |of: fn(&Counts) -> usize| counts.values().map(of).sum::<usize>();
    let (asked, boundaries) = (sum(|c| c.asked), sum(|c| c.at_a_boundary));
    println!("| {:?} | all | | {asked} | {boundaries} |", engine());
}
