//! `sealyard quickstart`: from nothing to a secret in a minute.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::init::{self, ALL_SCOPES, Existing};
use super::serve::{Ready, check_socket};
use super::{Failure, say};
use crate::app::Shared;
use crate::audit::Actor;
use crate::config::{DeliveryArgs, Environment, Listen, ServeArgs, Settings};
use crate::directory::repository::{Changes, VisibilityChange};
use crate::directory::store::{self, OrganizationBy, RepositoryBy};
use crate::directory::{
    self, AccountKind, EnvironmentName, Owner, Repository, RepositoryName, RepositoryVisibility,
};
use crate::identity::scopes::Scopes;
use crate::identity::{self, Caller, Grant, Login, Power, token::Token};
use crate::telemetry;

const USER: &str = "me";
const ORGANIZATION: &str = "my-org";
const REPOSITORY: &str = "my-repo";
const ENVIRONMENT: &str = "production";
/// Marks our own tokens, so that a second start ends the first one's.
const NOTE: &str = "quickstart";
/// Where gh connects: it speaks plain HTTP only over a socket.
const SOCKET: &str = "api.sock";
/// The folder with gh's settings.
const GH: &str = "gh";

/// Makes a first server and runs it.
///
/// A user, an organisation, a repository with an environment, and a token; then prints commands
/// to paste. On a directory that has them already it only makes a new token.
#[derive(Args)]
pub(super) struct Quickstart {
    /// Where the store goes [default: ./sealyard-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<Listen>,
}

impl Quickstart {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let (settings, directory) = self.settings(environment)?;
        telemetry::init(&settings.log, environment.no_color())
            .map_err(|error| Failure::unavailable(format!("cannot log: {error}")))?;
        let app = init::make(&settings, Existing::Opened).await?;
        let token = first_things(&app)
            .await
            .map_err(|error| Failure::unavailable(format!("{error}")))?;
        write_gh_config(&directory).map_err(|error| {
            Failure::unavailable(format!("cannot write gh's settings: {error}"))
        })?;
        let ready = Ready::bind(&settings, &app).await?;
        let url = ready.url().unwrap_or_else(|| ready.addresses());
        say(&lines(&url, &directory, &token));
        ready.serve().await
    }

    /// The usual settings, with one socket more; and the data directory as gh must be told it.
    fn settings(&self, environment: &Environment) -> Result<(Settings, PathBuf), Failure> {
        let arguments = ServeArgs {
            data_dir: self.data_dir.clone(),
            listen: self.listen.clone().map(|listen| vec![listen]),
            // Its user is its operator, and has no runner yet.
            delivery: DeliveryArgs { people: Some(true) },
            ..ServeArgs::default()
        };
        let mut settings = Settings::load(arguments, environment)?;
        settings.check_listeners()?;
        let directory = std::path::absolute(&settings.data_dir)
            .map_err(|error| Failure::unavailable(error.to_string()))?;
        let socket = directory.join(SOCKET);
        check_socket(&socket, "--data-dir")?;
        settings.listen.push(Listen::Unix(socket));
        Ok((settings, directory))
    }
}

/// Why a first thing could not be made.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Identity(#[from] identity::Error),
    #[error(transparent)]
    Directory(#[from] directory::Error),
    #[error(transparent)]
    Store(#[from] sealyard_sql::Error),
    #[error("{ORGANIZATION} is a user here; quickstart needs an organisation of that name")]
    NoOrganization,
    #[error("a built-in name is not valid")]
    Name,
}

/// Makes what is not there yet, and a new token; the last quickstart's token ends.
async fn first_things(app: &Shared) -> Result<Token, Error> {
    let actor = Actor::operator();
    let login = |text| Login::parse(text).ok_or(Error::Name);
    let user = match identity::create_user(app, &actor, &login(USER)?, None, true).await {
        Err(identity::Error::Taken) => identity::user(app, USER).await?,
        other => other?,
    };
    for old in identity::list_tokens(app, Some(&user), 0).await? {
        if old.note.as_deref() == Some(NOTE) && old.revoked_at.is_none() {
            identity::revoke_token(app, &actor, old.id).await?;
        }
    }
    let scopes = Scopes::parse(ALL_SCOPES).unwrap_or_default();
    let grant = Grant {
        power: Power::Classic(scopes),
        note: Some(NOTE),
        expires_at: None,
    };
    let issued = identity::create_token(app, &actor, &user, &grant).await?;
    let organization = organization(app, &actor).await?;
    let repository = repository(app, &actor, &organization, &user).await?;
    let name = EnvironmentName::parse(ENVIRONMENT).ok_or(Error::Name)?;
    directory::environment::put(app, &actor, &repository, &name, None).await?;
    Ok(issued.token)
}

async fn organization(app: &Shared, actor: &Actor) -> Result<Owner, Error> {
    let login = Login::parse(ORGANIZATION).ok_or(Error::Name)?;
    match directory::organization::create(app, actor, &login, None, USER).await {
        Ok(_) | Err(directory::Error::Taken) => {}
        Err(other) => return Err(other.into()),
    }
    let mut read = app.db.read().await?;
    let by = OrganizationBy::Login(ORGANIZATION);
    let (organization, _) = store::organization(&mut read, by, &Caller::Anonymous)
        .await?
        .ok_or(Error::NoOrganization)?;
    Ok(Owner {
        id: organization.id,
        kind: AccountKind::Organization,
        login: organization.login,
        site_admin: false,
    })
}

async fn repository(
    app: &Shared,
    actor: &Actor,
    owner: &Owner,
    user: &Owner,
) -> Result<Repository, Error> {
    let name = RepositoryName::parse(REPOSITORY).ok_or(Error::Name)?;
    let private = Changes {
        visibility: Some(VisibilityChange::To(RepositoryVisibility::Private)),
        ..Changes::default()
    };
    match directory::repository::create(app, actor, owner, user.id, &name, &private).await {
        Ok(details) => return Ok(details.repository),
        Err(directory::Error::Taken) => {}
        Err(other) => return Err(other.into()),
    }
    let mut read = app.db.read().await?;
    let by = RepositoryBy::Name {
        owner: ORGANIZATION,
        name: REPOSITORY,
    };
    let seen = store::repository(&mut read, by, &Caller::Anonymous, None).await?;
    Ok(seen.ok_or(directory::Error::NotFound)?.repository)
}

/// gh's settings, in a folder of their own: the newcomer's gh stays as it is.
fn write_gh_config(directory: &Path) -> std::io::Result<()> {
    let folder = directory.join(GH);
    fs::create_dir_all(&folder)?;
    let socket = directory.join(SOCKET);
    let socket = serde_json::to_string(&socket.display().to_string())?;
    // JSON is YAML.
    fs::write(
        folder.join("config.yml"),
        format!("http_unix_socket: {socket}\n"),
    )
}

/// What a newcomer pastes.
fn lines(url: &str, directory: &Path, token: &Token) -> String {
    let sealyard = std::env::current_exe().map_or_else(|_| "sealyard".into(), quoted);
    let gh = quoted(directory.join(GH));
    let token = token.reveal();
    format!(
        "
Sealyard is running on {url}. Ctrl-C stops it; the same command starts it again.
There is a user ({USER}), an organisation ({ORGANIZATION}), a repository ({ORGANIZATION}/{REPOSITORY}),
an environment ({ENVIRONMENT}) and a token. Open another terminal there and paste.

First:
  export TOKEN={token}

With curl, set a secret and list:
  SECRETS={url}/api/v3/repos/{ORGANIZATION}/{REPOSITORY}/actions/secrets
  curl -s -H \"Authorization: token $TOKEN\" $SECRETS/public-key > key.json
  printf %s 'my value' | {sealyard} seal --key-json key.json |
    curl -sw '\\n%{{http_code}}\\n' -X PUT -H \"Authorization: token $TOKEN\" -d @- $SECRETS/MY_SECRET
  curl -sw '\\n' -H \"Authorization: token $TOKEN\" $SECRETS

With gh, the same (its own settings stay untouched):
  export GH_CONFIG_DIR={gh} GH_HOST=localhost GH_ENTERPRISE_TOKEN=$TOKEN
  gh secret set MY_SECRET --repo {ORGANIZATION}/{REPOSITORY} --body 'my value'
  gh secret list --repo {ORGANIZATION}/{REPOSITORY}

In a job, use it; what is printed of it is masked:
  export SEALYARD_URL={url} SEALYARD_TOKEN=$TOKEN
  {sealyard} run --repo {ORGANIZATION}/{REPOSITORY} -- sh -c 'echo \"$MY_SECRET has ${{#MY_SECRET}} characters\"'
"
    )
}

/// A path as one word of a shell.
fn quoted(path: PathBuf) -> String {
    let text = path.into_os_string().to_string_lossy().into_owned();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    if text.bytes().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::token::Kind;

    #[test]
    fn every_line_to_paste_is_whole() {
        let token = Token::generate(Kind::Classic);
        let text = lines("http://127.0.0.1:8080", Path::new("/a directory"), &token);
        let (_, text) = text.split_once("First:").unwrap();
        for line in text.lines().filter(|line| !line.is_empty()) {
            assert!(line.starts_with("  ") || line.ends_with(':'), "{line}");
            assert!(line.matches('\'').count().is_multiple_of(2), "{line}");
        }
    }
}
