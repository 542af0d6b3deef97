//! Sentences of docs/DELIVERY.md and of GitHub's pages on what is like it, about runners, tickets and
//! jobs.

use super::super::{Answer, Case, Credential, Standing};
use super::call;

const TICKET: &str = "sealyard/create-ticket";
const APPROVE: &str = "sealyard/approve-ticket";
const OPEN: &str = "sealyard/open-job";
const GET: &str = "sealyard/get-job";
const COMPLETE: &str = "sealyard/complete-job";
const HEARTBEAT: &str = "sealyard/heartbeat";
const SERVE: &str = "sealyard/set-runner-repositories";

impl Case {
    fn runner(self) -> Self {
        self.with(Credential::Runner)
    }
}

#[test]
fn tickets_are_made_by_who_may_write() {
    let source =
        "DELIVERY: a user with write access (classic token with `repo`, or `actions=write`)";
    let call = || call(TICKET);
    call()
        .classic(&["repo"])
        .role("write")
        .is(Answer::Allow, source);
    let fine_grained = call().fine_grained(&[("actions", "write")]).covered();
    fine_grained.clone().role("write").is(Answer::Allow, source);
    fine_grained
        .role("triage")
        .is(Answer::TooLittleRights, source);
    call()
        .classic(&["repo"])
        .role("triage")
        .is(Answer::TooLittleRights, source);
    let reads = call()
        .fine_grained(&[("actions", "read")])
        .covered()
        .role("admin");
    reads.is(Answer::NotForPersonalAccessToken, source);
    let source = "DELIVERY: or by an app with `actions=write`";
    let app = call().installation(&[("actions", "write")]);
    app.clone().covered().is(Answer::Allow, source);
    app.is(Answer::Hidden, source);
    let other = call().installation(&[("secrets", "write")]).covered();
    other.is(Answer::NotForIntegration, source);
    let source = "DELIVERY: whoever makes it vouches; a runner may run anything";
    call().runner().covered().is(Answer::BadCredentials, source);
    let source = "decided: whom a body names is looked for for nobody";
    call().is(Answer::RequiresAuthentication, source);
    call().missing().is(Answer::RequiresAuthentication, source);
    call()
        .repository("public")
        .is(Answer::RequiresAuthentication, source);
}

#[test]
fn a_runner_opens_jobs_of_what_it_is_bound_to() {
    let source = "DELIVERY: the repository, if it is bound to it";
    for visibility in ["public", "private", "internal"] {
        let here = call(OPEN).repository(visibility).runner();
        here.clone().covered().is(Answer::Allow, source);
        here.is(Answer::Hidden, source);
    }
    call(OPEN).runner().missing().is(Answer::Hidden, source);
    let source = "DELIVERY: its credential is worth nothing once it is deleted";
    let deleted = call(OPEN).runner().covered().standing(Standing::Unknown);
    deleted.is(Answer::BadCredentials, source);
    let source = "decided: no job of what is archived starts, and no ticket is made for it";
    for operation in [OPEN, TICKET] {
        let writer = call(operation)
            .archived("private")
            .classic(&["repo"])
            .role("write");
        writer.is(Answer::Archived, source);
    }
    let runner = call(OPEN).archived("private").runner().covered();
    runner.is(Answer::Archived, source);
    let runner = call(COMPLETE).archived("private").runner().covered();
    runner.is(Answer::Allow, "decided: what has begun can be ended");
}

#[test]
fn a_person_opens_jobs_while_they_may_write() {
    let source = "DELIVERY: a person, with a ticket of their own; its maker may still write";
    let call = || call(OPEN).classic(&["repo"]);
    call().role("write").is(Answer::Allow, source);
    call().role("read").is(Answer::TooLittleRights, source);
    call().is(Answer::Hidden, source);
}

#[test]
fn a_runner_sees_its_own_jobs_only() {
    let source = "the description: a runner sees its own jobs only";
    for operation in [GET, COMPLETE] {
        for visibility in ["public", "private", "internal"] {
            let job = call(operation).repository(visibility).runner();
            job.clone().covered().is(Answer::Allow, source);
            job.is(Answer::Hidden, source);
        }
    }
    let source = "GitHub's page on a run's jobs: anyone with read access; public ones are public";
    call(GET)
        .classic(&["repo"])
        .role("read")
        .is(Answer::Allow, source);
    call(GET).repository("public").is(Answer::Allow, source);
    call(GET).is(Answer::Hidden, source);
    let source = "the description: by somebody who may write to the repository";
    call(COMPLETE)
        .classic(&["repo"])
        .role("write")
        .is(Answer::Allow, source);
    call(COMPLETE)
        .classic(&["repo"])
        .role("read")
        .is(Answer::TooLittleRights, source);
    let anybody = call(COMPLETE).repository("public");
    anybody.is(Answer::RequiresAuthentication, source);
}

#[test]
fn reviewers_are_users_who_read() {
    let source = "GitHub's page on pending deployments: read access, `repo`, `deployments=write`";
    let call = || call(APPROVE);
    call()
        .classic(&["repo"])
        .role("read")
        .is(Answer::Allow, source);
    let given = [("deployments", "write")];
    call()
        .fine_grained(&given)
        .covered()
        .role("read")
        .is(Answer::Allow, source);
    let other = call()
        .fine_grained(&[("actions", "write")])
        .covered()
        .role("admin");
    other.is(Answer::NotForPersonalAccessToken, source);
    let public = call().repository("public");
    public
        .clone()
        .classic(&[])
        .is(Answer::TooLittleRights, source);
    public.is(Answer::RequiresAuthentication, source);
    let source = "DELIVERY: reviewers are users";
    call()
        .installation(&given)
        .covered()
        .is(Answer::NotForIntegration, source);
    call()
        .installation(&given)
        .is(Answer::Hidden, "0009: 404 comes first");
    call().runner().covered().is(Answer::BadCredentials, source);
}

#[test]
fn a_heartbeat_is_the_runners_own() {
    let source = "the description: by the runner itself, with its credential";
    call(HEARTBEAT).runner().is(Answer::Allow, source);
    call(HEARTBEAT).is(Answer::RequiresAuthentication, source);
    call(HEARTBEAT)
        .classic(&["repo", "admin:org"])
        .is(Answer::BadCredentials, source);
    call(HEARTBEAT)
        .with(Credential::RunnerRegister)
        .is(Answer::BadCredentials, source);
    let suspended = call(HEARTBEAT)
        .classic(&[])
        .standing(Standing::UserSuspended);
    suspended.is(Answer::AccountSuspended, "decided: asked before the kind");
}

#[test]
fn the_owner_says_what_a_runner_serves() {
    let source = "DELIVERY: an organisation's serves those that its owner has listed";
    call(SERVE)
        .classic(&["admin:org"])
        .place("owner")
        .is(Answer::Allow, source);
    call(SERVE)
        .classic(&["admin:org"])
        .place("member")
        .is(Answer::TooLittleRights, source);
    let source = "GitHub's page on the repositories of a runner group: `admin:org`";
    let enrols = call(SERVE).classic(&["manage_runners:org"]).place("owner");
    enrols.is(Answer::TooLittleRights, source);
}

#[test]
fn a_runners_credential_opens_nothing_else() {
    for operation in super::super::operations() {
        let taken = [OPEN, GET, COMPLETE, HEARTBEAT].contains(&operation);
        let case = call(operation).runner().covered();
        let answer = super::super::expect(&case);
        let refused = [Answer::BadCredentials, Answer::WebTokenUnreadable].contains(&answer);
        assert_eq!(refused, !taken, "{operation}: {answer:?}");
    }
}
