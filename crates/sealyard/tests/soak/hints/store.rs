//! A store full of private repositories, and names of others that are not there.

use std::collections::BTreeSet;
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::fs::{Advice, fadvise};
use sealyard::directory::repository::RepositorySettings;
use sealyard_sql::{Engine, Tx, Value};
use tempfile::TempDir;

use super::cores::Cores;
use super::questions::Caller;
use crate::database::Scratch;
use crate::dice::Dice;
use crate::server::Server;

/// Names that nothing is measured of.
const SPARE: usize = 16;
/// Repositories that everybody may see.
const VISIBLE: usize = 64;
/// Ids have as many digits as these.
const FIRST_ID: usize = 1_000_000;
const IDS: usize = 9_000_000;

/// A repository that is there, or is not.
pub(super) struct Name {
    pub(super) name: String,
    pub(super) id: i64,
}

pub(super) type Names = Vec<Name>;

/// The store, and who asks for what in it.
pub(super) struct Store {
    scratch: Scratch,
    /// Where the root key is; on SQLite, everything.
    data: PathBuf,
    /// The data directory of a store that is on PostgreSQL.
    _folder: Option<TempDir>,
    /// Three classes of equal size and shape. Ids that are missing are holes between the others.
    pub(super) private: Names,
    pub(super) missing: Names,
    pub(super) also_missing: Names,
    pub(super) visible: Names,
    /// Asked for before the clock counts; half of them are private, the others are missing.
    pub(super) spare: Names,
    pub(super) callers: Vec<Caller>,
}

impl Store {
    /// A new store with so many names of each class.
    pub(super) async fn make(engine: Engine, count: usize, dice: &mut Dice) -> Self {
        let scratch = Scratch::on(engine).await;
        let (data, folder) = match &scratch {
            Scratch::Sqlite(folder) => (folder.path().to_owned(), None),
            Scratch::Postgres { .. } => {
                let folder = tempfile::tempdir().expect("a folder");
                (folder.path().to_owned(), Some(folder))
            }
        };
        // The server refuses a folder that others may use.
        let owner_only = Permissions::from_mode(0o700);
        std::fs::set_permissions(&data, owner_only).expect("a folder of our own");
        let mut given = BTreeSet::new();
        let mut names = |count: usize| -> Names {
            let names = (0..count).map(|_| Name::new(dice, &mut given));
            names.collect()
        };
        let mut store = Self {
            scratch,
            data,
            _folder: folder,
            private: names(count),
            missing: names(count),
            also_missing: names(count),
            visible: names(VISIBLE),
            spare: names(SPARE),
            callers: Vec::new(),
        };
        drop(store.run(Cores::Any, &["init"]));
        store.fill().await;
        // Further credentials - fine-grained, of an installation - are made here, and measured like
        // these.
        for (name, user, scopes) in [
            ("a stranger", "stranger", "admin:org,delete_repo,repo,user"),
            (
                "an owner without `repo`",
                "owner",
                "admin:org,delete_repo,user",
            ),
        ] {
            let words = ["token", "create", "--user", user, "--scopes", scopes];
            let token = Some(store.run(Cores::Any, &words));
            store.callers.push(Caller { name, token });
        }
        let (name, token) = ("nobody", None);
        store.callers.push(Caller { name, token });
        store
    }

    /// A command on this store. The settings of whoever runs the test do not leak in.
    fn command(&self, cores: Cores, words: &[&str]) -> Command {
        let mut command = cores.program();
        command
            .env_clear()
            .current_dir(&self.data)
            .stdin(Stdio::null());
        command.args(words).arg("--data-dir").arg(&self.data);
        if let Scratch::Postgres { server, name } = &self.scratch {
            let mut url = url::Url::parse(server).expect("TEST_DATABASE_URL is a URL");
            url.set_path(name);
            command.env("SEALYARD_DATABASE_URL", url.as_str());
        }
        command
    }

    /// Runs a command to its end, and gives what it prints.
    fn run(&self, cores: Cores, words: &[&str]) -> String {
        let output = self
            .command(cores, words)
            .output()
            .expect("a command that starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.trim().to_owned()
    }

    /// Starts a server, and does not wait for it.
    pub(super) fn serve(&self, cores: Cores) -> Server {
        let command = self.command(cores, &["serve", "--listen", "127.0.0.1:0"]);
        Server::start(command, &self.data)
    }

    /// Drops what the kernel keeps of the file, which no server may have open.
    pub(super) fn forget_pages(&self) {
        if matches!(self.scratch, Scratch::Postgres { .. }) {
            return;
        }
        for name in ["sealyard.db", "sealyard.db-wal"] {
            let Ok(file) = File::open(self.data.join(name)) else {
                continue;
            };
            file.sync_all().expect("a sync");
            fadvise(&file, 0, None, Advice::DontNeed).expect("advice that is taken");
        }
    }

    /// Puts everything there by SQL: over HTTP it would take minutes.
    async fn fill(&self) {
        let db = self.scratch.open().await;
        let mut tx = db.begin().await.expect("a write");
        let octo = account(&mut tx, "Organization", "octo-org").await;
        let owner = account(&mut tx, "User", "owner").await;
        account(&mut tx, "User", "stranger").await;
        let sql = "INSERT INTO membership (org_id, user_id, role) VALUES ($1, $2, 'admin')";
        set(&mut tx, sql, &[octo.into(), owner.into()]).await;
        // As much as the API takes: each row fills a page of SQLite's.
        let description = "\u{1f512}".repeat(350);
        let settings = RepositorySettings {
            homepage: Some("\u{1f512}".repeat(255)),
            ..RepositorySettings::default()
        };
        let settings = serde_json::to_string(&settings).expect("JSON");
        let texts = [description.as_str(), settings.as_str()];
        for name in self.private.iter().chain(self.spare.iter().take(SPARE / 2)) {
            repository(&mut tx, octo, name, "private", texts).await;
        }
        for name in &self.visible {
            repository(&mut tx, octo, name, "public", texts).await;
        }
        tx.commit().await.expect("a commit");
        if db.engine() == Engine::Postgres {
            // As its autovacuum would, a minute later.
            let mut tx = db.begin().await.expect("a write");
            set(&mut tx, "ANALYZE", &[]).await;
            tx.commit().await.expect("a commit");
        }
    }
}

impl Name {
    /// One that was not given yet.
    fn new(dice: &mut Dice, given: &mut BTreeSet<usize>) -> Self {
        loop {
            let number = FIRST_ID + dice.below(IDS);
            if given.insert(number) {
                // Not in the order of the ids.
                let name = format!("r-{:08x}", dice.below(1 << 32));
                let id = i64::try_from(number).expect("64 bits");
                return Self { name, id };
            }
        }
    }
}

/// A repository with a secret, an environment, and a secret of that.
async fn repository(tx: &mut Tx, owner: i64, of: &Name, visibility: &str, texts: [&str; 2]) {
    const REPOSITORY: &str = "
        INSERT INTO repository (id, owner_id, name, name_key, visibility, description, settings,
                                created_at, updated_at)
        VALUES ($1, $2, $3, $3, $4, $5, $6, 1767323045, 1767323045)";
    const ENVIRONMENT: &str = "
        INSERT INTO environment
            (id, repository_id, name, name_key, settings, created_at, updated_at)
        VALUES ($1, $1, 'production', 'production', '{}', 1767323045, 1767323045)";
    // Nobody gets so far as to open it.
    const SECRET: &str = "
        INSERT INTO secret (family, scope_kind, scope_id, name, created_at, updated_at, revision,
                            write_id, record)
        VALUES (1, $1, $2, 'TOKEN', 1767323045, 1767323045, 1, $3, $3)";
    let [description, settings] = texts;
    let values = [
        of.id.into(),
        owner.into(),
        of.name.as_str().into(),
        visibility.into(),
        description.into(),
        settings.into(),
    ];
    set(tx, REPOSITORY, &values).await;
    set(tx, ENVIRONMENT, &[of.id.into()]).await;
    for kind in [2, 3] {
        set(tx, SECRET, &[kind.into(), of.id.into(), (&[0; 16]).into()]).await;
    }
}

async fn account(tx: &mut Tx, kind: &str, login: &str) -> i64 {
    const SQL: &str = "
        INSERT INTO account (id, kind, login, login_key, created_at, updated_at)
        VALUES ($1, $2, $3, $3, 1767323045, 1767323045)";
    let id = sealyard::counter::next(tx, "account").await.expect("an id");
    set(tx, SQL, &[id.into(), kind.into(), login.into()]).await;
    id
}

async fn set(tx: &mut Tx, sql: &'static str, values: &[Value<'_>]) {
    tx.execute(sql, values).await.expect("a statement");
}
