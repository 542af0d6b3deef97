//! What becomes of each kind of credential, and what permissions allow.

use super::super::{Answer::*, Case, Credential, Standing, message, row};
use super::{
    ENV_LIST, ENV_PUT, ORG_LIST, ORG_PUT, REPO_LIST, REPO_PUT, RUNNER_DELETE, RUNNER_GET, call,
};

#[test]
fn an_organisations_secrets_need_their_own_permission() {
    let read = [("organization_secrets", "read")];
    let write = [("organization_secrets", "write")];
    call(ORG_LIST)
        .covered()
        .installation(&read)
        .is(Allow, "GitHub's pages, operations 1, 2, 3, 6");
    call(ORG_PUT)
        .covered()
        .installation(&read)
        .is(NotForIntegration, "GitHub's pages, operation 4");
    call(ORG_PUT)
        .covered()
        .installation(&write)
        .is(Allow, "GitHub's pages, operation 4");
    call("actions/add-selected-repo-to-org-secret")
        .covered()
        .installation(&write)
        .is(
            Allow,
            "decided: operations 8 and 9 need organization_secrets=write only",
        );
    call(ORG_LIST)
        .covered()
        .installation(&[("secrets", "admin")])
        .is(
            NotForIntegration,
            "GitHub's page: the organisation's permission, not the repository's",
        );
    call(ORG_LIST)
        .installation(&read)
        .is(NotForIntegration, "decided: not covered organisation");
    call("orgs/get")
        .installation(&[])
        .is(Allow, "decided: public pages work for all");
    call("repos/list-for-org")
        .fine_grained(&[])
        .is(Allow, "decided: public pages work for all");
}

#[test]
fn an_environments_secrets_have_another_permission_at_github_com() {
    let secrets = [("secrets", "write")];
    let environments = [("environments", "write")];
    for operation in [
        ENV_LIST,
        ENV_PUT,
        "actions/list-environment-secrets-by-name",
    ] {
        let call = || call(operation).covered();
        call()
            .installation(&secrets)
            .is(Allow, "as recorded: 3.2 wants secrets");
        call()
            .installation(&environments)
            .is(NotForIntegration, "as recorded: 3.2 wants secrets");
        call()
            .github_com()
            .installation(&environments)
            .is(Allow, "as recorded");
        call()
            .github_com()
            .installation(&secrets)
            .is(NotForIntegration, "as recorded: only");
        call()
            .classic(&["repo"])
            .role("write")
            .is(Allow, "as recorded: write (API)");
    }
}

#[test]
fn a_permission_to_write_includes_reading_and_not_the_other_way() {
    let call = |operation| call(operation).covered();
    call(REPO_LIST)
        .installation(&[("secrets", "write")])
        .is(Allow, "GitHub's pages");
    call(REPO_PUT)
        .installation(&[("secrets", "read")])
        .is(NotForIntegration, "GitHub's pages");
    call(REPO_PUT)
        .installation(&[("secrets", "admin")])
        .is(Allow, "decided: admin includes write");
    call(REPO_PUT).installation(&[("contents", "write")]).is(
        NotForIntegration,
        "decision order: contents=write is no alternative",
    );
}

#[test]
fn installations_see_what_they_were_given_and_what_is_public() {
    let secrets = [("secrets", "write")];
    call(REPO_LIST)
        .installation(&secrets)
        .is(Hidden, "decided: not covered, not public");
    call(REPO_LIST)
        .installation(&secrets)
        .repository("public")
        .is(
            NotForIntegration,
            "decided: not covered but public, and more than reading as anyone",
        );
    call("repos/get")
        .installation(&[])
        .repository("public")
        .is(Allow, "decided: public");
    call("repos/get")
        .installation(&[])
        .covered()
        .is(Allow, "decided: metadata=read is implied");
    call("repos/list-collaborators")
        .installation(&[])
        .covered()
        .is(Allow, "decided: metadata");
    for operation in [
        "users/get-authenticated",
        "repos/list-for-authenticated-user",
        "orgs/list-for-authenticated-user",
    ] {
        call(operation)
            .installation(&[])
            .is(NotForIntegration, "as recorded: app tokens get 403");
    }
    call("sealyard/graphql")
        .installation(&[])
        .is(Allow, "decided: GraphQL for installations too");
}

#[test]
fn fine_grained_tokens_need_their_user_as_well() {
    let secrets = [("secrets", "write")];
    let call = |operation| call(operation).fine_grained(&secrets);
    call(REPO_PUT)
        .covered()
        .role("write")
        .is(Allow, "decided: covered, permission, role");
    call(REPO_PUT)
        .covered()
        .role("read")
        .is(TooLittleRights, "decided: role too low");
    call(REPO_PUT)
        .covered()
        .is(Hidden, "decided: as for a classic token's user");
    call(REPO_PUT)
        .role("admin")
        .is(Hidden, "as recorded: not selected in the token is 404");
    call("repos/delete").covered().role("admin").is(
        NotForPersonalAccessToken,
        "as recorded: fine-grained token lacks permission",
    );
    call(REPO_PUT).repository("public").role("admin").is(
        NotForPersonalAccessToken,
        "decided: not covered but public, all else",
    );
    for case in [
        call("repos/get-environment"),
        call("repos/get-environment").covered(),
    ] {
        case.repository("public").role("read").is(
            Allow,
            "decided: what everybody may read needs nothing, and covering takes nothing away",
        );
    }
    call("repos/get-environment").covered().role("read").is(
        NotForPersonalAccessToken,
        "decided: lacking permission on a covered repository",
    );
    call(ORG_LIST).place("owner").is(
        NotForPersonalAccessToken,
        "decided: not covered organisation",
    );
}

#[test]
fn a_bad_credential_is_401_even_where_none_is_needed() {
    for standing in [
        Standing::Expired,
        Standing::Revoked,
        Standing::BadChecksum,
        Standing::Unknown,
    ] {
        for operation in ["meta/root", REPO_LIST, "enterprise-admin/create-user"] {
            let call = || call(operation).standing(standing);
            call()
                .classic(&["repo"])
                .is(BadCredentials, "as recorded: also on public resources");
            call()
                .fine_grained(&[])
                .is(BadCredentials, "as recorded: bad, expired, revoked");
            call()
                .installation(&[])
                .is(BadCredentials, "GitHub's pages: expired, revoked");
        }
    }
    call(REPO_LIST)
        .installation(&[])
        .standing(Standing::InstallationDeleted)
        .is(BadCredentials, "GitHub's pages: uninstalled is 401");
}

#[test]
fn the_suspended_hear_so_before_anything_is_looked_up() {
    for case in [
        call(REPO_LIST),
        call(REPO_LIST).missing(),
        call(ORG_LIST).missing(),
    ] {
        case.clone()
            .classic(&["repo"])
            .standing(Standing::UserSuspended)
            .is(AccountSuspended, "decision order: suspended before visible");
        case.installation(&[])
            .standing(Standing::InstallationSuspended)
            .is(
                InstallationSuspended,
                "decision order: the draft that told existing from missing",
            );
    }
    call("apps/get-authenticated")
        .with(Credential::AppJwt)
        .standing(Standing::AppSuspended)
        .is(AppSuspended, "decision order: suspended app is 403");
    for case in [call(REPO_LIST), call("users/get-authenticated")] {
        case.installation(&[]).standing(Standing::AppSuspended).is(
            AppSuspended,
            "decided: so is the token of an installation of it, before the kind is asked",
        );
    }
}

#[test]
fn an_apps_web_token_is_for_its_own_operations_only() {
    let app = |operation| call(operation).with(Credential::AppJwt);
    app("apps/get-authenticated").is(Allow, "as recorded: JWT for apps");
    app("users/get-authenticated").is(BadCredentials, "as recorded: JWT on normal endpoints");
    app("meta/root").is(BadCredentials, "decided: anywhere but on app operations");
    app("apps/get-authenticated")
        .standing(Standing::Unknown)
        .is(NoSuchApp, "GitHub's pages");
    app("apps/get-authenticated")
        .standing(Standing::Expired)
        .is(WebTokenExpired, "4.1, rule 6");
    app("apps/get-org-installation")
        .covered()
        .is(Allow, "GitHub's pages: find the organisation's");
    app("apps/get-repo-installation").is(Hidden, "GitHub's pages, get-repo-installation: 404");
    for operation in [
        "apps/create-installation-access-token",
        "apps/get-org-installation",
    ] {
        call(operation).is(WebTokenUnreadable, "decided: none on app-JWT operations");
        call(operation)
            .classic(&["repo"])
            .is(WebTokenUnreadable, "decided: any other credential");
        call(operation)
            .missing_if_named()
            .installation(&[])
            .is(WebTokenUnreadable, "decided");
        for standing in [
            Standing::Expired,
            Standing::Revoked,
            Standing::UserSuspended,
        ] {
            call(operation).classic(&["repo"]).standing(standing).is(
                WebTokenUnreadable,
                "decided: also a bad, expired, revoked or suspended token of another kind",
            );
        }
        call(operation)
            .with(Credential::RunnerRemove)
            .is(WebTokenUnreadable, "decided: and a runner's token");
    }
}

#[test]
fn some_operations_are_for_installations_or_for_nobody() {
    for operation in [
        "apps/list-repos-accessible-to-installation",
        "apps/revoke-installation-access-token",
    ] {
        call(operation)
            .installation(&[])
            .is(Allow, "GitHub's pages: use an installation access token");
        call(operation)
            .classic(&["repo"])
            .is(TooLittleRights, "COMPATIBILITY: wrong kind is 403");
        call(operation).is(RequiresAuthentication, "as recorded: no credentials");
    }
    let nobody = || call("apps/list-installations-for-authenticated-user");
    nobody()
        .classic(&["repo"])
        .is(TooLittleRights, "COMPATIBILITY: 403");
    nobody()
        .fine_grained(&[])
        .is(TooLittleRights, "decided: 403 for every token");
    nobody()
        .installation(&[])
        .is(TooLittleRights, "decided: 403 for every token");
    nobody().is(RequiresAuthentication, "decided: and 401 without one");
}

/// The texts are GitHub's, as recorded, where it is known.
#[test]
fn refusals_have_the_sentence_of_their_operation() {
    let said = |case: Case| message(&case, TooLittleRights).expect("a sentence");
    let rights = "Must have admin rights to Repository.";
    for operation in [ORG_LIST, REPO_PUT, ENV_LIST, "orgs/list-members"] {
        assert_eq!(said(call(operation)), rights, "{operation}, ghes-3.2");
    }
    assert!(said(call(ORG_LIST).github_com()).starts_with("You must be an org admin"));
    assert!(said(call(REPO_LIST).github_com()).contains("repository read permissions"));
    assert!(said(call(ENV_PUT).github_com()).contains("repository write permissions"));
    let runners = "actions/list-self-hosted-runners-for-repo";
    assert!(said(call(runners).github_com()).contains("repository runners"));
    assert!(said(call(RUNNER_DELETE).github_com()).contains("runner groups"));
    assert_eq!(said(call("repos/delete").github_com()), rights);
    let own = call("apps/list-repos-accessible-to-installation");
    assert!(said(own).starts_with("You must authenticate with an installation access token"));
    let accepted = |operation| row(operation, true).header.join(", ");
    assert_eq!(accepted(ORG_LIST), "admin:org");
    assert_eq!(accepted(REPO_LIST), "");
    assert_eq!(accepted("repos/create-in-org"), "public_repo, repo");
}

#[test]
fn runners_tokens_reach_runners_of_their_own_scope() {
    let register = |operation| call(operation).with(Credential::RunnerRegister);
    let remove = |operation| call(operation).with(Credential::RunnerRemove);
    register(RUNNER_GET)
        .covered()
        .is(Allow, "as recorded: runners?name=N with RemoteAuth");
    remove(RUNNER_DELETE).covered().is(
        Allow,
        "as recorded: DELETE with RemoteAuth, a seed endpoint",
    );
    register(RUNNER_DELETE)
        .covered()
        .is(BadCredentials, "decided: a register token deletes nothing");
    remove(RUNNER_DELETE).is(Hidden, "decided: scope not matching is 404");
    remove("actions/delete-self-hosted-runner-from-repo")
        .covered()
        .archived("private")
        .is(
            Allow,
            "COMPATIBILITY: runners of an archived repository can be taken off",
        );
    remove(ORG_LIST)
        .covered()
        .is(BadCredentials, "decided: any other operation is 401");
    call(RUNNER_DELETE)
        .classic(&["admin:org"])
        .place("owner")
        .is(Allow, "GitHub's pages, operation 20");
    call(RUNNER_DELETE)
        .covered()
        .installation(&[("organization_self_hosted_runners", "read")])
        .is(NotForIntegration, "GitHub's pages, operation 20: write");
}

#[test]
fn answers_have_the_texts_of_the_documents() {
    let said = |answer: super::super::Answer| (answer.status(), answer.message());
    assert_eq!(
        said(BadCredentials),
        (Some(401), Some("Bad credentials")),
        "as recorded"
    );
    assert_eq!(said(Hidden), (Some(404), Some("Not Found")), "as recorded");
    let integration = "Resource not accessible by integration";
    assert_eq!(
        said(NotForIntegration),
        (Some(403), Some(integration)),
        "as recorded"
    );
    let archived = "Repository was archived so is read-only.";
    assert_eq!(
        said(Archived),
        (Some(403), Some(archived)),
        "COMPATIBILITY, decided"
    );
    for (answer, text) in [
        (AccountSuspended, "Sorry. Your account was suspended."),
        (
            InstallationSuspended,
            "This installation has been suspended",
        ),
        (AppSuspended, "This GitHub App has been suspended"),
    ] {
        assert_eq!(said(answer), (Some(403), Some(text)), "decided");
    }
    assert_eq!(
        said(TooLittleRights),
        (Some(403), None),
        "as recorded: it depends on the profile"
    );
    assert_eq!(said(Allow), (None, None));
}
