//! What users may do with classic and OAuth tokens, and what nobody may do without one.

use super::super::{Answer::*, Credential, User};
use super::{ENV_PUT, ORG_LIST, REPO_KEY, REPO_LIST, REPO_PUT, call, user};

#[test]
fn an_organisations_secrets_are_for_its_owners_with_admin_org() {
    let call = || call(ORG_LIST);
    call()
        .classic(&["admin:org"])
        .place("owner")
        .is(Allow, "GitHub's page, list: scope admin:org");
    call().classic(&["write:org"]).place("owner").is(
        TooLittleRights,
        "as recorded: an owner whose token lacks admin:org gets the same 403",
    );
    call().classic(&["admin:org"]).place("member").is(
        TooLittleRights,
        "as recorded: members without the owner role get 403",
    );
    call().classic(&["admin:org"]).is(
        TooLittleRights,
        "COMPATIBILITY, tokens and people: organisations are visible, who may not act gets 403",
    );
    call()
        .classic(&["admin:org"])
        .missing()
        .is(Hidden, "as recorded: organisation not there");
    call().is(
        RequiresAuthentication,
        "COMPATIBILITY, decided: anonymous on an organisation",
    );
    call()
        .missing()
        .is(Hidden, "decision order: visible comes before 401");
}

#[test]
fn a_repositorys_secrets_are_for_writers() {
    let call = || call(REPO_LIST);
    call()
        .classic(&["repo"])
        .role("write")
        .is(Allow, "GitHub's pages, operation 10");
    for role in ["read", "triage"] {
        call().classic(&["repo"]).role(role).is(
            TooLittleRights,
            "as recorded: triage and read collaborators get 403",
        );
    }
    call()
        .classic(&["repo"])
        .is(Hidden, "as recorded: parent not readable is 404");
    call().classic(&["public_repo"]).role("admin").is(
        Hidden,
        "as recorded: a classic token that lacks repo gets 404 for a private repository",
    );
    call()
        .classic(&["public_repo"])
        .repository("public")
        .role("write")
        .is(
            Allow,
            "GitHub's page, introduction: public_repo for public repositories",
        );
    call().classic(&[]).repository("public").role("admin").is(
        TooLittleRights,
        "as recorded: readable, but not enough, is 403",
    );
    call()
        .repository("public")
        .is(RequiresAuthentication, "as recorded");
    call().is(Hidden, "as recorded: private repository, anonymous, is 404");
    call()
        .classic(&["repo"])
        .missing()
        .is(Hidden, "as recorded: repository not there");
}

#[test]
fn internal_repositories_are_open_to_every_user_with_repo() {
    let call = |operation| call(operation).repository("internal");
    call("repos/get")
        .classic(&["repo"])
        .is(Allow, "COMPATIBILITY: internal repositories");
    call("repos/get")
        .classic(&["public_repo"])
        .role("admin")
        .is(Hidden, "COMPATIBILITY: same");
    call(REPO_LIST)
        .classic(&["repo"])
        .is(TooLittleRights, "COMPATIBILITY, as recorded");
    call("repos/get")
        .fine_grained(&[])
        .is(Hidden, "decided: a fine-grained token if covered");
    call("repos/get")
        .fine_grained(&[])
        .covered()
        .is(Allow, "decided: a fine-grained token");
}

#[test]
fn the_switch_says_who_gets_a_public_key() {
    let call = || call(REPO_KEY);
    call().readers().classic(&[]).repository("public").is(
        Allow,
        "GitHub's pages, operation 11: public repository, any token with read, per docs",
    );
    call().classic(&["repo"]).repository("public").is(
        TooLittleRights,
        "GitHub's pages: the real service wants writers, even on public repositories",
    );
    call()
        .readers()
        .classic(&["repo"])
        .role("read")
        .is(Allow, "GitHub's page: read access");
    call()
        .classic(&["repo"])
        .role("triage")
        .is(TooLittleRights, "GitHub's pages: writer");
    call()
        .classic(&["repo"])
        .role("write")
        .is(Allow, "GitHub's pages: writer");
    for case in [call(), call().readers()] {
        case.covered()
            .installation(&[])
            .is(NotForIntegration, "GitHub's page: GitHub Apps need it");
    }
}

#[test]
fn archived_repositories_are_read_and_not_changed() {
    let writer = |operation| {
        call(operation)
            .archived("private")
            .classic(&["repo"])
            .role("admin")
    };
    writer(REPO_LIST).is(Allow, "COMPATIBILITY: an archived repository can be read");
    for operation in [
        REPO_PUT,
        "actions/delete-repo-secret",
        ENV_PUT,
        "repos/add-collaborator",
        "repos/create-or-update-environment",
        "repos/create-deployment-branch-policy",
        "actions/set-custom-labels-for-self-hosted-runner-for-repo",
    ] {
        writer(operation).is(Archived, "COMPATIBILITY: and not changed");
    }
    writer(REPO_PUT).role("read").is(
        TooLittleRights,
        "GitHub's pages: archived comes after rights",
    );
    let remove = "actions/create-remove-token-for-repo";
    writer(remove).is(Allow, "decided: its runners can be taken off");
    let register = "actions/create-registration-token-for-repo";
    writer(register).is(Archived, "decided: nothing is enrolled there");
    writer("repos/update").is(Allow, "or it could never be unarchived");
}

#[test]
fn site_administration_is_not_there_for_others() {
    let call = || call("enterprise-admin/create-user");
    let admin = |scopes| User {
        site_admin: true,
        ..user(scopes)
    };
    call()
        .with(Credential::Classic(admin(&["site_admin"])))
        .is(Allow, "COMPATIBILITY: site administrators");
    call()
        .with(Credential::OAuth(admin(&["repo", "admin:org"])))
        .is(Hidden, "decided: the flag and the scope");
    call()
        .classic(&["site_admin"])
        .is(Hidden, "decided: the flag and the scope");
    call().is(RequiresAuthentication, "decided: sign in first");
    call()
        .fine_grained(&[("administration", "admin")])
        .is(Hidden, "decided: fine-grained 404");
    call()
        .installation(&[("administration", "admin")])
        .is(Hidden, "decided: installation 404");
    let all = User {
        site_admin: true,
        ..user(&["repo", "admin:org"])
    };
    super::call(REPO_LIST).with(Credential::Classic(all)).is(
        Hidden,
        "COMPATIBILITY: no way into repositories they have no role in",
    );
}

#[test]
fn other_scopes_are_those_of_githubs_descriptions() {
    let delete = || call("repos/delete").role("admin");
    delete()
        .classic(&["repo"])
        .is(TooLittleRights, "GitHub's pages: delete_repo is required");
    delete()
        .classic(&["repo", "delete_repo"])
        .is(Allow, "GitHub's pages: admin access and delete_repo");
    delete()
        .classic(&["delete_repo"])
        .is(Hidden, "as recorded: lacks repo on a private one");
    let orgs = || call("orgs/list-for-authenticated-user");
    orgs()
        .classic(&["public_repo"])
        .is(TooLittleRights, "GitHub's pages: insufficient scope is 403");
    orgs()
        .classic(&["repo"])
        .is(Allow, "as recorded: the header names it");
    orgs()
        .classic(&["user"])
        .is(Allow, "GitHub's pages: user or read:org");
    orgs()
        .classic(&["admin:org"])
        .is(Allow, "GitHub's pages: implies read:org");
    let collaborators = || call("repos/list-collaborators");
    collaborators()
        .classic(&["repo"])
        .role("write")
        .is(Allow, "decided: write and repo; read:org is not asked for");
    collaborators()
        .repository("public")
        .classic(&["public_repo"])
        .role("write")
        .is(Allow, "decided: public_repo on a public one");
    collaborators()
        .classic(&["repo", "read:org"])
        .role("triage")
        .is(TooLittleRights, "GitHub's pages: with push access");
    for operation in ["orgs/list-members", "orgs/get-membership-for-user"] {
        let call = || call(operation).place("member");
        for scope in ["read:org", "repo"] {
            call()
                .classic(&[scope])
                .is(Allow, "decided: read:org or repo");
        }
        call()
            .classic(&["public_repo", "user"])
            .is(TooLittleRights, "decided: one of these");
        call()
            .place("none")
            .classic(&["admin:org"])
            .is(TooLittleRights, "GitHub's pages: be a member");
        call()
            .covered()
            .installation(&[("members", "read")])
            .is(Allow, "decided: members=read");
    }
    call("repos/create-in-org")
        .classic(&["repo"])
        .is(TooLittleRights, "GitHub's pages: be a member");
}

/// Decided: GitHub's public pages, which its clients read without a token.
#[test]
fn public_pages_are_for_everybody() {
    for operation in ["users/get-by-username", "orgs/get", "repos/list-for-org"] {
        call(operation).is(Allow, "decided: without a credential");
        call(operation)
            .classic(&[])
            .is(Allow, "decided: and without a scope");
    }
    for operation in [
        "repos/get",
        "repos/get-all-environments",
        "repos/get-environment",
        "repos/list-deployment-branch-policies",
        "repos/get-deployment-branch-policy",
    ] {
        let call = || call(operation);
        call().repository("public").is(Allow, "decided: public");
        call().archived("public").is(Allow, "decided: public");
        call().repository("internal").is(
            Hidden,
            "COMPATIBILITY: internal is for users with the scope repo",
        );
        call().is(Hidden, "as recorded: private, anonymous, is 404");
    }
    call(REPO_KEY)
        .readers()
        .repository("public")
        .is(RequiresAuthentication, "COMPATIBILITY: but no key");
}

/// Decided; operation 20 names `admin:org` alone, and a remove-token does what it does.
#[test]
fn the_scope_of_runners_takes_none_off() {
    let call = |operation| {
        call(operation)
            .classic(&["manage_runners:org"])
            .place("owner")
    };
    call("actions/create-registration-token-for-org").is(Allow, "this server's tests");
    call(super::RUNNER_DELETE).is(TooLittleRights, "GitHub's page: admin:org");
    call("actions/create-remove-token-for-org").is(TooLittleRights, "decided");
}
