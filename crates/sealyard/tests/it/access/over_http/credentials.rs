//! Credentials of every kind and standing, each made when a case first asks for it.

use std::collections::HashMap;

use sealyard::apps::store::token as installation_tokens;
use sealyard::apps::{AppId, InstallationId, installation};
use sealyard::audit::Actor;
use sealyard::identity::AccountId;
use sealyard::identity::caller::Selection;
use sealyard::identity::permission::Permissions;
use sealyard::identity::scopes::Scopes;
use sealyard::identity::store::{NewToken, insert_token};
use sealyard::identity::token::{Kind, Token};

use super::super::oracle::{self, Case, Credential, Standing, Target, User};
use super::super::server;
use super::delivery::{Machine, machine};
use super::town::{ACME, CHOSEN, GLOBEX, OTHERS, SPARE, Town, repository, user_of};
use crate::world::{RS256, TestApp, TestKey};

/// Ten years: no credential ends while it is asked.
const LONG_S: i64 = 315_360_000;
/// A registration token's form, and nobody's.
const NO_RUNNER_TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The apps of a town, and what was made so far.
pub(super) struct Credentials {
    /// On both organisations, in all repositories.
    everywhere: TestApp,
    /// Of `acme`, in the repositories that cases are about.
    chosen: TestApp,
    /// Of `acme`, in another one.
    spare: TestApp,
    suspended_there: TestApp,
    suspended: TestApp,
    /// On the other organisation alone.
    elsewhere: TestApp,
    /// Its installation is taken off, and made again.
    doomed: TestApp,
    installations: HashMap<(i64, i64), i64>,
    /// Its installation is gone.
    deleted: String,
    made: HashMap<(String, Case), String>,
    /// The runner whose credential was made last.
    pub(super) machine: Option<Machine>,
}

impl Credentials {
    pub(super) async fn new(town: &Town) -> Self {
        let app = async || town.world.app(ACME, &everything()).await;
        let mut all = Self {
            everywhere: app().await,
            chosen: app().await,
            spare: app().await,
            suspended_there: app().await,
            suspended: app().await,
            elsewhere: app().await,
            doomed: app().await,
            installations: HashMap::new(),
            deleted: String::new(),
            made: HashMap::new(),
            machine: None,
        };
        let names: Vec<String> = town
            .repositories
            .keys()
            .filter(|name| *name != SPARE)
            .cloned()
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (app, account, repositories) in [
            (&all.everywhere, ACME, None),
            (&all.everywhere, GLOBEX, None),
            (&all.everywhere, "outsider-ug", None),
            (&all.chosen, ACME, Some(&names[..])),
            (&all.spare, ACME, Some(&[SPARE][..])),
            (&all.suspended_there, ACME, None),
            (&all.suspended, ACME, None),
            (&all.elsewhere, GLOBEX, None),
            (&all.doomed, ACME, None),
        ] {
            let id = town.world.install(app, account, repositories).await;
            all.installations.insert((app.id, town.id(account)), id);
        }
        all.deleted = all.of_a_deleted_installation(town).await;
        let now = town.world.app.clock.now_s();
        let there = all.installation(&all.suspended_there, town.id(ACME));
        // The town's own, which finds a repository again that was made again.
        let chosen = all.installation(&all.chosen, town.id(ACME));
        let sql = "UPDATE installation SET selection_id = $2 WHERE id = $1";
        town.store(sql, &[chosen.into(), CHOSEN.into()]).await;
        let sql =
            "UPDATE installation SET suspended_at = $2, suspended_by = 'operator' WHERE id = $1";
        town.store(sql, &[there.into(), now.into()]).await;
        let sql = "UPDATE app SET suspended_at = $2 WHERE id = $1";
        town.store(sql, &[all.suspended.id.into(), now.into()])
            .await;
        all
    }

    async fn of_a_deleted_installation(&self, town: &Town) -> String {
        let gone = town.world.app(ACME, &everything()).await;
        let id = town.world.install(&gone, ACME, None).await;
        let token = town.world.mint(&gone, id, "").await;
        let mut read = town.world.app.db.read().await.expect("a read");
        let found = sealyard::apps::store::installation::of_app(&mut read, AppId(gone.id), id);
        let found = found.await.expect("a query").expect("an installation");
        drop(read);
        installation::uninstall(&town.world.app, &Actor::operator(), &found)
            .await
            .expect("no installation");
        token
    }

    fn installation(&self, app: &TestApp, account: i64) -> i64 {
        self.installations[&(app.id, account)]
    }

    /// The `Authorization` header of a case; `None` for nobody.
    pub(super) async fn header(&mut self, town: &Town, case: &Case, turn: usize) -> Option<String> {
        let scheme = match case.credential {
            Credential::Anonymous => return None,
            Credential::Runner => {
                let made = machine(town, case, turn % 4).await;
                let header = format!("Bearer {}", made.credential);
                self.machine = Some(made);
                return Some(header);
            }
            Credential::AppJwt => return Some(format!("Bearer {}", self.jwt(town, case))),
            Credential::RunnerRegister | Credential::RunnerRemove => "RemoteAuth",
            Credential::Classic(_)
            | Credential::OAuth(_)
            | Credential::FineGrained(_)
            | Credential::Installation(_) => ["Bearer", "token"][turn % 2],
        };
        // Who reaches chosen repositories makes none: the body's step, which the oracle cannot see.
        let makes = case.operation == "repos/create-in-org";
        let flavour = if makes { 0 } else { turn % 4 };
        let place = if user(case).is_some() {
            String::new()
        } else {
            format!("{flavour} {:?}", case.target)
        };
        // What the credential does not depend on has one value.
        let key = Case {
            operation: "",
            target: if place.is_empty() {
                Target::Nothing
            } else {
                case.target
            },
            ..case.clone()
        };
        let user = format!("{place}{}", user_of(case, user(case), false));
        if let Some(made) = self.made.get(&(user.clone(), key.clone())) {
            return Some(format!("{scheme} {made}"));
        }
        let token = self.make(town, case, flavour).await;
        // A token that revokes itself is good once.
        if case.operation != "apps/revoke-installation-access-token" {
            self.made.insert((user, key), token.clone());
        }
        Some(format!("{scheme} {token}"))
    }

    async fn make(&self, town: &Town, case: &Case, flavour: usize) -> String {
        match &case.credential {
            Credential::Anonymous | Credential::AppJwt | Credential::Runner => String::new(),
            Credential::Classic(user) => self.users(town, case, Kind::Classic, user).await,
            Credential::OAuth(user) => self.users(town, case, Kind::OAuth, user).await,
            Credential::FineGrained(given) => fine_grained(town, case, given, flavour).await,
            Credential::Installation(given) => self.installed(town, case, given, flavour).await,
            Credential::RunnerRegister => runner_token(town, case, "register").await,
            Credential::RunnerRemove => runner_token(town, case, "remove").await,
        }
    }

    async fn users(&self, town: &Town, case: &Case, kind: Kind, user: &User) -> String {
        let names: Vec<_> = user.scopes.iter().copied().collect();
        let suspended = case.standing == Standing::UserSuspended;
        let token = Token::generate(kind);
        let new = NewToken {
            scopes: Scopes::parse(&names.join(",")).expect("scopes"),
            ..blank(town, case, &token, &user_of(case, Some(user), suspended))
        };
        keep(town, case, &token, &new).await
    }

    async fn installed(
        &self,
        town: &Town,
        case: &Case,
        given: &oracle::Permissions,
        flavour: usize,
    ) -> String {
        if case.standing == Standing::InstallationDeleted {
            return self.deleted.clone();
        }
        let names_repository = matches!(case.target, Target::Repository { .. });
        let (app, account, own) = match (case.standing, case.covered) {
            (Standing::InstallationSuspended, _) => (&self.suspended_there, ACME, None),
            (Standing::AppSuspended, _) => (&self.suspended, ACME, None),
            (_, true) => match flavour {
                0 => (&self.everywhere, ACME, None),
                1 => (&self.everywhere, ACME, Some(CHOSEN)),
                2 => (&self.chosen, ACME, None),
                _ => (&self.chosen, ACME, Some(CHOSEN)),
            },
            (_, false) if names_repository => match flavour {
                0 => (&self.everywhere, GLOBEX, None),
                1 => (&self.everywhere, ACME, Some(OTHERS)),
                2 => (&self.spare, ACME, None),
                // What the installation does not reach, its token does not either.
                _ => (&self.spare, ACME, Some(CHOSEN)),
            },
            (_, false) => (&self.everywhere, GLOBEX, None),
        };
        let token = Token::generate(Kind::Installation);
        let mac = token.mac(&town.world.app.keyring);
        let now = town.world.app.clock.now_s();
        let new = installation_tokens::NewToken {
            installation: InstallationId(self.installation(app, town.id(account))),
            mac: &mac,
            epoch: 1,
            permissions: server::permissions(given),
            selection: Selection(own),
            created_at: now,
            expires_at: end(case, now),
        };
        if case.standing != Standing::Unknown {
            let mut tx = town.begin().await;
            let kept = installation_tokens::insert(&mut tx, &new).await;
            kept.expect("a token");
            tx.commit().await.expect("a commit");
        }
        if case.standing == Standing::Revoked {
            let sql = "DELETE FROM installation_token WHERE mac = $1";
            town.store(sql, &[(&mac).into()]).await;
        }
        shown(case, &token)
    }

    /// The web token of an app that is installed where the case says, or is not.
    fn jwt(&self, town: &Town, case: &Case) -> String {
        let app = self.app_of(case);
        let now = town.world.app.clock.now_s();
        let issuer = if case.standing == Standing::Unknown {
            999_999
        } else {
            app.id
        };
        // The first second in which it no longer holds.
        let end = if case.standing == Standing::Expired {
            now
        } else {
            now + 540
        };
        let key = if case.standing == Standing::Revoked {
            TestKey::second()
        } else {
            app.key
        };
        let begin = now - 60;
        let claims = format!(r#"{{"iat":{begin},"exp":{end},"iss":"{issuer}"}}"#);
        let mut jwt = key.sign(RS256, &claims);
        if case.standing == Standing::BadChecksum {
            let last = if jwt.ends_with("AAAA") {
                "BBBB"
            } else {
                "AAAA"
            };
            jwt.replace_range(jwt.len() - 4.., last);
        }
        jwt
    }

    fn app_of(&self, case: &Case) -> &TestApp {
        if case.standing == Standing::AppSuspended {
            return &self.suspended;
        }
        match case.operation {
            "apps/delete-installation"
            | "apps/suspend-installation"
            | "apps/unsuspend-installation" => &self.doomed,
            _ if case.target != Target::Nothing && !case.covered => &self.elsewhere,
            _ => &self.everywhere,
        }
    }

    /// The installation that a path names.
    pub(super) fn named_installation(&self, town: &Town, case: &Case) -> i64 {
        self.installation(self.app_of(case), town.id(ACME))
    }

    /// Makes what was taken off again.
    pub(super) async fn install_again(&mut self, town: &Town) {
        let id = town.world.install(&self.doomed, ACME, None).await;
        let place = (self.doomed.id, town.id(ACME));
        self.installations.insert(place, id);
    }
}

/// Every permission that the oracle knows, at its highest level.
fn everything() -> String {
    let names = oracle::permission_names().iter();
    let all: Vec<_> = names.map(|name| format!("{name}=write")).collect();
    all.join(",")
}

pub(super) fn user(case: &Case) -> Option<&User> {
    match &case.credential {
        Credential::Classic(user) | Credential::OAuth(user) => Some(user),
        Credential::Anonymous
        | Credential::FineGrained(_)
        | Credential::Installation(_)
        | Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => None,
    }
}

async fn fine_grained(
    town: &Town,
    case: &Case,
    given: &oracle::Permissions,
    flavour: usize,
) -> String {
    let suspended = case.standing == Standing::UserSuspended;
    let login = user_of(case, None, suspended);
    let names_repository = matches!(case.target, Target::Repository { .. });
    let (owner, selection) = match (case.covered, case.target) {
        (true, Target::Nothing) => (town.id(&login), None),
        (true, _) if flavour.is_multiple_of(2) => (town.id(ACME), None),
        (true, _) => (town.id(ACME), Some(CHOSEN)),
        (false, _) if names_repository && flavour.is_multiple_of(2) => {
            (town.id(ACME), Some(OTHERS))
        }
        (false, _) => (town.id(GLOBEX), None),
    };
    let token = Token::generate(Kind::FineGrained);
    let new = NewToken {
        permissions: server::permissions(given),
        place: Some((AccountId(owner), Selection(selection))),
        ..blank(town, case, &token, &login)
    };
    keep(town, case, &token, &new).await
}

fn blank<'a>(town: &Town, case: &Case, token: &'a Token, login: &str) -> NewToken<'a> {
    let now = town.world.app.clock.now_s();
    NewToken {
        kind: token.kind(),
        user_id: AccountId(town.id(login)),
        mac: &[0; 32],
        epoch: 1,
        scopes: Scopes::default(),
        permissions: Permissions::default(),
        place: None,
        note: None,
        last_eight: token.last_eight(),
        created_at: now,
        expires_at: Some(end(case, now)),
    }
}

async fn keep(town: &Town, case: &Case, token: &Token, new: &NewToken<'_>) -> String {
    let mac = token.mac(&town.world.app.keyring);
    if case.standing != Standing::Unknown {
        let mut tx = town.begin().await;
        let new = NewToken { mac: &mac, ..*new };
        insert_token(&mut tx, &new).await.expect("a token");
        tx.commit().await.expect("a commit");
    }
    if case.standing == Standing::Revoked {
        let sql = "UPDATE token SET revoked_at = 1767323045 WHERE mac = $1";
        town.store(sql, &[(&mac).into()]).await;
    }
    shown(case, token)
}

/// The first second in which it no longer holds, or one that is far away.
fn end(case: &Case, now: i64) -> i64 {
    if case.standing == Standing::Expired {
        now
    } else {
        now + LONG_S
    }
}

/// As it is sent: with another last character where the checksum is to be wrong.
pub(super) fn shown(case: &Case, token: &Token) -> String {
    let mut text = token.reveal().to_owned();
    if case.standing == Standing::BadChecksum {
        let last = if text.ends_with('0') { "1" } else { "0" };
        text.replace_range(text.len() - 1.., last);
    }
    text
}

async fn runner_token(town: &Town, case: &Case, purpose: &str) -> String {
    if case.standing == Standing::Unknown {
        return NO_RUNNER_TOKEN.to_owned();
    }
    let (kind, id): (i64, i64) = match case.target {
        _ if !case.covered => (1, town.id(GLOBEX)),
        Target::Repository {
            visibility,
            archived,
        } => (
            2,
            town.repositories[&repository(visibility, archived, false)],
        ),
        Target::Nothing
        | Target::Organization
        | Target::MissingOrganization
        | Target::MissingRepository => (1, town.id(ACME)),
    };
    let random: [u8; 29] = sealyard_vault::random::bytes();
    let text: String = random
        .iter()
        .map(|byte| char::from(b'A' + byte % 26))
        .collect();
    let mac = town.world.app.keyring.mac_token(text.as_bytes());
    let now = town.world.app.clock.now_s();
    let sql = "
        INSERT INTO runner_token (mac, epoch, scope_kind, scope_id, purpose, expires_at)
        VALUES ($1, 1, $2, $3, $4, $5)";
    let values = [
        (&mac).into(),
        kind.into(),
        id.into(),
        purpose.into(),
        end(case, now).into(),
    ];
    town.store(sql, &values).await;
    text
}
