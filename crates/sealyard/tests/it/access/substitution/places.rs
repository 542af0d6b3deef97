//! Two organisations with one of everything each, and who attacks the one from the other.

use base64ct::{Base64, Encoding as _};
use sealyard::audit::Actor;
use sealyard::identity::permission::Permissions;
use sealyard::identity::{self, Grant, Power};

use crate::world::{As, World};

/// The key of every runner: nobody opens a box here.
pub(super) const KEY: [u8; 32] = [9; 32];

/// The ids of one side's things.
pub(super) struct Ids {
    organization: &'static str,
    organization_id: i64,
    repository: &'static str,
    pub(super) repository_id: i64,
    environment: &'static str,
    pub(super) branch_policy_id: i64,
    secret: &'static str,
    pub(super) runner_id: i64,
    /// What the runner proves itself by.
    credential: String,
    /// A job that waits, and its ticket.
    pub(super) job_id: i64,
    pub(super) ticket: String,
    label: &'static str,
    user: &'static str,
    pub(super) user_id: i64,
    pub(super) installation_id: i64,
}

impl Ids {
    /// What stands in a path's place.
    pub(super) fn of(&self, place: &str) -> String {
        match place {
            "{org}" | "{owner}" => self.organization.to_owned(),
            "{org_id}" => self.organization_id.to_string(),
            "{repo}" => self.repository.to_owned(),
            "{repository_id}" => self.repository_id.to_string(),
            "{environment_name}" => self.environment.to_owned(),
            "{branch_policy_id}" => self.branch_policy_id.to_string(),
            "{secret_name}" => self.secret.to_owned(),
            "{runner_id}" => self.runner_id.to_string(),
            "{job_id}" => self.job_id.to_string(),
            "{name}" => self.label.to_owned(),
            "{username}" => self.user.to_owned(),
            "{installation_id}" => self.installation_id.to_string(),
            other => panic!("{other} is no place of a path"),
        }
    }
}

/// Both sides, and the attackers: who they are, and their tokens.
pub(super) struct Places {
    pub(super) own: Ids,
    pub(super) victim: Ids,
    pub(super) attackers: Vec<(&'static str, String)>,
}

impl Places {
    /// `stranger` owns `other-org`, and attacks `octo-org`.
    pub(super) async fn make(world: &World) -> Self {
        world
            .change(
                "INSERT INTO membership (org_id, user_id, role)
                 SELECT account.id, person.id, 'admin' FROM account, account person
                 WHERE account.login = 'other-org' AND person.login = 'stranger'",
            )
            .await;
        let classic = world.stranger.token.clone();
        let stranger = world.with_token(&classic);
        let made = stranger
            .put("/repos/other-org/elsewhere/environments/staging", "{}")
            .await;
        assert_eq!(made.status, 200);
        let victim = side(world, &world.owner.token, "octo-org", "hello-world").await;
        let own = side(world, &classic, "other-org", "elsewhere").await;
        let app = world.app("other-org", PERMISSIONS).await;
        let installation_id = world.install(&app, "other-org", None).await;
        let installed = world.mint(&app, installation_id, "").await;
        let elsewhere = world.app("octo-org", PERMISSIONS).await;
        let its = world.install(&elsewhere, "octo-org", None).await;
        let fine_grained = fine_grained(world).await;
        let own = Ids {
            installation_id,
            ..own
        };
        let victim = Ids {
            installation_id: its,
            ..victim
        };
        let jwt = app.jwt(world);
        let serves = format!(
            "/api/sealyard/v1/orgs/other-org/runners/{}/repositories",
            own.runner_id
        );
        let all_of_it = format!(r#"{{"selected_repository_ids":[{}]}}"#, own.repository_id);
        assert_eq!(stranger.put(&serves, all_of_it).await.status, 204);
        let attackers = vec![
            ("owner", classic),
            ("fine-grained", fine_grained),
            ("installation", installed),
            ("jwt", jwt),
            ("runner", own.credential.clone()),
        ];
        Self {
            own,
            victim,
            attackers,
        }
    }
}

/// Everything that these routes ask for.
const PERMISSIONS: &str = "actions=write administration=write deployments=write environments=write members=write \
    organization_secrets=write organization_self_hosted_runners=write secrets=write";

async fn fine_grained(world: &World) -> String {
    let user = world.account("stranger").await;
    let owner = world.account("other-org").await;
    let grant = Grant {
        power: Power::FineGrained {
            permissions: Permissions::parse(PERMISSIONS).expect("permissions"),
            owner: &owner,
            repositories: None,
        },
        note: None,
        expires_at: None,
    };
    let issued = identity::create_token(&world.app, &Actor::operator(), &user, &grant).await;
    issued.expect("a token").token.reveal().to_owned()
}

/// A secret in each place, and a runner.
async fn side(
    world: &World,
    token: &str,
    organization: &'static str,
    repository: &'static str,
) -> Ids {
    let victim = organization == "octo-org";
    let (environment, secret, label, runner) = if victim {
        ("production", "VICTIM", "victims", "victim-runner")
    } else {
        ("staging", "OWN", "own", "own-runner")
    };
    let caller = world.with_token(token);
    let repo = format!("/repos/{organization}/{repository}");
    let repository_id = caller.get(&repo).await.json()["id"]
        .as_i64()
        .expect("an id");
    let organization_id = world.account(organization).await.id.0;
    let of_org = format!("/orgs/{organization}/actions");
    let of_repo = format!("{repo}/actions/secrets");
    let of_environment = format!("{repo}/environments/{environment}/secrets");
    for place in [&format!("{of_org}/secrets"), &of_repo, &of_environment] {
        let sealed = world.sealed_by(token, place, b"v").await;
        let more =
            format!(r#""visibility":"selected","selected_repository_ids":[{repository_id}]"#);
        let body = if place.starts_with("/orgs/") {
            format!("{},{more}}}", sealed.trim_end_matches('}'))
        } else {
            sealed
        };
        let put = caller.put(&format!("{place}/{secret}"), body).await;
        assert_eq!(put.status, 201, "{}", put.text());
    }
    let branch_policy_id =
        branch_policy(&caller, &format!("{repo}/environments/{environment}")).await;
    let enrol = caller
        .post(&format!("{of_org}/runners/registration-token"), "")
        .await;
    let enrol = enrol.json()["token"].as_str().expect("a token").to_owned();
    let key = Base64::encode_string(&KEY);
    let body = format!(
        r#"{{"token":"{enrol}","name":"{runner}","os":"linux","arch":"x64","labels":["{label}"],"public_key":"{key}"}}"#
    );
    let runner = world
        .anonymous()
        .post("/api/sealyard/v1/runners", body)
        .await;
    let runner = runner.json();
    let body = format!(r#"{{"repository":"{organization}/{repository}"}}"#);
    let job = caller.post("/api/sealyard/v1/tickets", body).await.json();
    let text = |json: &serde_json::Value| json.as_str().expect("a text").to_owned();
    let user = if victim {
        &world.member
    } else {
        &world.stranger
    };
    Ids {
        organization,
        organization_id,
        repository,
        repository_id,
        environment,
        branch_policy_id,
        secret,
        runner_id: runner["id"].as_i64().expect("an id"),
        credential: text(&runner["credential"]),
        job_id: job["id"].as_i64().expect("an id"),
        ticket: text(&job["ticket"]),
        label,
        user: user.login,
        user_id: user.id,
        installation_id: 0,
    }
}

async fn branch_policy(caller: &As<'_>, environment: &str) -> i64 {
    let custom = r#"{"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}"#;
    assert_eq!(caller.put(environment, custom).await.status, 200);
    let policies = format!("{environment}/deployment-branch-policies");
    let made = caller.post(&policies, r#"{"name":"release/*"}"#).await;
    made.json()["id"].as_i64().expect("an id")
}

/// What belongs to an organisation ($1), and how many columns that is.
const OF_VICTIM: [(&str, usize); 19] = [
    ("SELECT login, updated_at FROM account WHERE id = $1", 2),
    (
        "SELECT user_id, role FROM membership WHERE org_id = $1 ORDER BY user_id",
        2,
    ),
    (
        "SELECT name, visibility, archived, updated_at FROM repository WHERE owner_id = $1 ORDER BY id",
        4,
    ),
    (
        "SELECT repository_id, user_id, collaborator.role FROM collaborator JOIN repository ON repository.id = repository_id WHERE owner_id = $1 ORDER BY 1, 2",
        3,
    ),
    (
        "SELECT environment.name, environment.settings, environment.updated_at FROM environment JOIN repository ON repository.id = repository_id WHERE owner_id = $1 ORDER BY environment.id",
        3,
    ),
    (
        "SELECT deployment_branch_policy.id, pattern FROM deployment_branch_policy JOIN environment ON environment.id = environment_id JOIN repository ON repository.id = repository_id WHERE owner_id = $1 ORDER BY 1",
        2,
    ),
    (
        "SELECT name, visibility, revision FROM secret WHERE family = 1 AND ((scope_kind = 1 AND scope_id = $1) OR (scope_kind = 2 AND scope_id IN (SELECT id FROM repository WHERE owner_id = $1)) OR (scope_kind = 3 AND scope_id IN (SELECT environment.id FROM environment JOIN repository ON repository.id = repository_id WHERE owner_id = $1))) ORDER BY scope_kind, scope_id, name",
        3,
    ),
    (
        "SELECT org_id, secret_selection.name, repository_id FROM secret_selection JOIN repository ON repository.id = repository_id WHERE owner_id = $1 ORDER BY 1, 2, 3",
        3,
    ),
    (
        "SELECT selection_id, repository_id FROM selection_repository JOIN repository ON repository.id = repository_id WHERE owner_id = $1 ORDER BY 1, 2",
        2,
    ),
    (
        "SELECT runner.name, runner_label.name FROM runner JOIN runner_label ON runner_id = runner.id WHERE (scope_kind = 1 AND scope_id = $1) OR (scope_kind = 2 AND scope_id IN (SELECT id FROM repository WHERE owner_id = $1)) ORDER BY runner_label.id",
        2,
    ),
    (
        "SELECT purpose, expires_at FROM runner_token WHERE (scope_kind = 1 AND scope_id = $1) OR (scope_kind = 2 AND scope_id IN (SELECT id FROM repository WHERE owner_id = $1)) ORDER BY 1, 2",
        2,
    ),
    (
        "SELECT app_id, permissions, selection_id, suspended_at FROM installation WHERE account_id = $1",
        4,
    ),
    (
        "SELECT name, permissions, suspended_at FROM app WHERE owner_id = $1",
        3,
    ),
    (
        "SELECT COUNT(*) FROM installation_token JOIN installation ON installation.id = installation_id WHERE account_id = $1",
        1,
    ),
    (
        "SELECT job.id, ended_at, approved_at, started_at, runner_id FROM job JOIN repository ON repository.id = repository_id WHERE owner_id = $1 ORDER BY 1",
        5,
    ),
    (
        "SELECT COUNT(*) FROM job_secret JOIN job ON job.id = job_id JOIN repository ON repository.id = repository_id WHERE owner_id = $1",
        1,
    ),
    (
        "SELECT scope_kind, scope_id, deliveries FROM delivery JOIN repository ON repository.id = repository_id WHERE owner_id = $1 ORDER BY 1, 2",
        3,
    ),
    (
        "SELECT repository_id FROM selection_repository JOIN runner ON runner.selection_id = selection_repository.selection_id WHERE scope_kind = 1 AND scope_id = $1 ORDER BY 1",
        1,
    ),
    // Of its log, too, all but who was refused: that is for its owner to see.
    (
        "SELECT COUNT(*) FROM audit_entry WHERE chain = $1 AND entry NOT LIKE '%\"workflows.reject_workflow_job\"%'",
        1,
    ),
];

/// All rows that belong to `octo-org`, and every row that points at its repositories.
pub(super) async fn of_victim(world: &World) -> Vec<String> {
    const ORGANIZATION: i64 = 7;
    let mut all = Vec::new();
    for (sql, columns) in OF_VICTIM {
        let mut read = world.app.db.read().await.expect("a read");
        for row in read.query(sql, &[ORGANIZATION.into()]).await.expect(sql) {
            let cells: Vec<String> = (0..columns).map(|column| cell(&row, column)).collect();
            all.push(cells.join(" "));
        }
    }
    all
}

fn cell(row: &sealyard_sql::Row, column: usize) -> String {
    row.get::<Option<i64>>(column)
        .map(|number| format!("{number:?}"))
        .or_else(|_| {
            row.get::<Option<&str>>(column)
                .map(|text| format!("{text:?}"))
        })
        .expect("a number or a text")
}
