-- Names are compared by a key column that one Rust function computes; times are seconds since 1970
-- unless a name says otherwise; ids come from `counter`, so that both engines hand out the same.

CREATE TABLE instance (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    uuid       BLOB    NOT NULL CHECK (length(uuid) = 16),
    root_id    BLOB    NOT NULL CHECK (length(root_id) = 8),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE counter (
    kind  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys of the key ring, each wrapped (the vault's record format).
CREATE TABLE keyring (
    purpose    INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    record     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (purpose, number)
) STRICT;

CREATE TABLE account (
    id           INTEGER PRIMARY KEY,
    kind         TEXT    NOT NULL CHECK (kind IN ('User', 'Organization')),
    login        TEXT    NOT NULL,
    login_key    TEXT    NOT NULL UNIQUE,
    name         TEXT,
    email        TEXT,
    description  TEXT,
    site_admin   INTEGER NOT NULL DEFAULT 0,
    suspended_at INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;

-- A token that acts for a user. Fine-grained ones have permissions instead of scopes, and reach the
-- repositories of one owner, or a selection of them.
CREATE TABLE token (
    id           INTEGER PRIMARY KEY,
    kind         TEXT    NOT NULL CHECK (kind IN ('classic', 'oauth', 'fine_grained')),
    user_id      INTEGER NOT NULL REFERENCES account (id),
    mac          BLOB    NOT NULL UNIQUE,
    epoch        INTEGER NOT NULL,
    scopes       TEXT    NOT NULL,
    permissions  TEXT    NOT NULL,
    owner_id     INTEGER REFERENCES account (id),
    selection_id INTEGER,
    note         TEXT,
    last_eight   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    CHECK ((kind = 'fine_grained') = (owner_id IS NOT NULL))
) STRICT;
CREATE INDEX token_by_user ON token (user_id);

CREATE TABLE membership (
    org_id  INTEGER NOT NULL REFERENCES account (id),
    user_id INTEGER NOT NULL REFERENCES account (id),
    role    TEXT    NOT NULL CHECK (role IN ('admin', 'member')),
    PRIMARY KEY (org_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_by_user ON membership (user_id);

CREATE TABLE repository (
    id          INTEGER PRIMARY KEY,
    owner_id    INTEGER NOT NULL REFERENCES account (id),
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL,
    visibility  TEXT    NOT NULL CHECK (visibility IN ('public', 'internal', 'private')),
    archived    INTEGER NOT NULL DEFAULT 0,
    description TEXT,
    settings    TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (owner_id, name_key)
) STRICT;
-- Counted whenever an account is shown.
CREATE INDEX repository_by_visibility ON repository (owner_id, visibility);

-- Where a renamed repository went.
CREATE TABLE repository_redirect (
    owner_id      INTEGER NOT NULL REFERENCES account (id),
    name_key      TEXT    NOT NULL,
    repository_id INTEGER NOT NULL REFERENCES repository (id),
    PRIMARY KEY (owner_id, name_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_redirect_by_repository ON repository_redirect (repository_id);

CREATE TABLE collaborator (
    repository_id INTEGER NOT NULL REFERENCES repository (id),
    user_id       INTEGER NOT NULL REFERENCES account (id),
    role          TEXT    NOT NULL CHECK (role IN ('pull', 'triage', 'push', 'maintain', 'admin')),
    PRIMARY KEY (repository_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX collaborator_by_user ON collaborator (user_id);

CREATE TABLE app (
    id           INTEGER PRIMARY KEY,
    owner_id     INTEGER NOT NULL REFERENCES account (id),
    slug         TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    description  TEXT,
    client_id    TEXT    NOT NULL UNIQUE,
    permissions  TEXT    NOT NULL,
    suspended_at INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX app_by_owner ON app (owner_id);

-- Public halves only.
CREATE TABLE app_key (
    id          INTEGER PRIMARY KEY,
    app_id      INTEGER NOT NULL REFERENCES app (id),
    public_key  BLOB    NOT NULL,
    fingerprint TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (app_id, fingerprint)
) STRICT;

-- What an app may on one account, until it is taken off.
CREATE TABLE installation (
    id           INTEGER PRIMARY KEY,
    app_id       INTEGER NOT NULL REFERENCES app (id),
    account_id   INTEGER NOT NULL REFERENCES account (id),
    permissions  TEXT    NOT NULL,
    selection_id INTEGER,
    suspended_at INTEGER,
    suspended_by TEXT    CHECK (suspended_by IN ('app', 'operator')),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    UNIQUE (app_id, account_id),
    CHECK ((suspended_at IS NULL) = (suspended_by IS NULL))
) STRICT;
CREATE INDEX installation_by_account ON installation (account_id);

CREATE TABLE installation_token (
    id              INTEGER PRIMARY KEY,
    installation_id INTEGER NOT NULL REFERENCES installation (id),
    mac             BLOB    NOT NULL UNIQUE,
    epoch           INTEGER NOT NULL,
    permissions     TEXT    NOT NULL,
    selection_id    INTEGER,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX installation_token_by_end ON installation_token (installation_id, expires_at);

-- Repositories that were chosen for a fine-grained token, an installation or its token. A
-- selection_id that is NULL stands for all of the account's; one without rows, for none.
CREATE TABLE selection_repository (
    selection_id  INTEGER NOT NULL,
    repository_id INTEGER NOT NULL REFERENCES repository (id),
    PRIMARY KEY (selection_id, repository_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX selection_repository_by_repository ON selection_repository (repository_id);

CREATE TABLE environment (
    id            INTEGER PRIMARY KEY,
    repository_id INTEGER NOT NULL REFERENCES repository (id),
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL,
    settings      TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (repository_id, name_key)
) STRICT;

-- Names of branches and tags that may deploy to an environment whose policy is a custom one.
CREATE TABLE deployment_branch_policy (
    id             INTEGER PRIMARY KEY,
    environment_id INTEGER NOT NULL REFERENCES environment (id),
    kind           TEXT    NOT NULL CHECK (kind IN ('branch', 'tag')),
    pattern        TEXT    NOT NULL,
    UNIQUE (environment_id, kind, pattern)
) STRICT;

-- A generation of sealing keys: its key_id is the same for all owners of a family at a time.
CREATE TABLE sealing_generation (
    family     INTEGER NOT NULL,
    key_id     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (family, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sealing_key (
    family     INTEGER NOT NULL,
    scope_kind INTEGER NOT NULL,
    scope_id   INTEGER NOT NULL,
    key_id     TEXT    NOT NULL,
    public     BLOB    NOT NULL CHECK (length(public) = 32),
    record     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (family, scope_kind, scope_id, key_id)
) STRICT;

-- scope_kind: 1 organisation (scope_id is its account), 2 repository, 3 environment.
-- family: 1 actions, 2 dependabot, 3 codespaces, 4 agents.
CREATE TABLE secret (
    family     INTEGER NOT NULL,
    scope_kind INTEGER NOT NULL,
    scope_id   INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    visibility TEXT    CHECK (visibility IN ('all', 'private', 'selected')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    write_id   BLOB    NOT NULL CHECK (length(write_id) = 16),
    unopened   TEXT,
    record     BLOB    NOT NULL,
    PRIMARY KEY (family, scope_kind, scope_id, name)
) STRICT;

-- Which repositories an organisation secret of visibility 'selected' is for.
CREATE TABLE secret_selection (
    family        INTEGER NOT NULL,
    org_id        INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    repository_id INTEGER NOT NULL REFERENCES repository (id),
    PRIMARY KEY (family, org_id, name, repository_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX secret_selection_by_repository ON secret_selection (repository_id);

-- scope_kind: 1 organisation, 2 repository. One of an organisation has a selection: the repositories
-- that it serves, none at first.
CREATE TABLE runner (
    id           INTEGER PRIMARY KEY,
    scope_kind   INTEGER NOT NULL,
    scope_id     INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    os           TEXT    NOT NULL,
    public_key   BLOB,
    mac          BLOB    NOT NULL UNIQUE,
    epoch        INTEGER NOT NULL,
    selection_id INTEGER,
    last_seen_at INTEGER,
    created_at   INTEGER NOT NULL,
    UNIQUE (scope_kind, scope_id, name)
) STRICT;

CREATE TABLE runner_label (
    id        INTEGER PRIMARY KEY,
    runner_id INTEGER NOT NULL REFERENCES runner (id),
    name      TEXT    NOT NULL,
    name_key  TEXT    NOT NULL,
    read_only INTEGER NOT NULL,
    UNIQUE (runner_id, name_key)
) STRICT;

-- Registration and remove tokens.
CREATE TABLE runner_token (
    mac        BLOB    NOT NULL PRIMARY KEY,
    epoch      INTEGER NOT NULL,
    scope_kind INTEGER NOT NULL,
    scope_id   INTEGER NOT NULL,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('register', 'remove')),
    expires_at INTEGER NOT NULL
) STRICT;

-- Whom a credential belonged to that is worth nothing any more, for the log.
CREATE TABLE removed_runner (
    mac        BLOB NOT NULL PRIMARY KEY,
    runner_id  INTEGER NOT NULL,
    name       TEXT NOT NULL,
    owner_id   INTEGER NOT NULL,
    removed_at INTEGER NOT NULL
) STRICT;

-- A job from its ticket to its end. Who vouches for what it says of itself is a user or an
-- installation, and nobody where a runner opened it alone.
CREATE TABLE job (
    id              INTEGER PRIMARY KEY,
    repository_id   INTEGER NOT NULL REFERENCES repository (id),
    environment_id  INTEGER,
    environment     TEXT,
    ref             TEXT,
    event           TEXT,
    fork            INTEGER NOT NULL,
    mac             BLOB UNIQUE,
    epoch           INTEGER,
    user_id         INTEGER,
    installation_id INTEGER,
    creator         TEXT,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    approved_by     INTEGER,
    approver        TEXT,
    approved_at     INTEGER,
    runner_id       INTEGER,
    runner_name     TEXT,
    started_at      INTEGER,
    lease_ends_at   INTEGER,
    ended_at        INTEGER,
    conclusion      TEXT CHECK (conclusion IN ('success', 'failure', 'cancelled', 'timed_out'))
) STRICT;
CREATE INDEX job_by_repository ON job (repository_id, id);
CREATE INDEX job_by_runner ON job (runner_id, ended_at);
CREATE INDEX job_by_end ON job (ended_at, id);
CREATE INDEX job_open ON job (repository_id, ended_at);

-- The records of organisation (1) and repository (2) that a ticket was made with, until it is
-- redeemed.
CREATE TABLE job_secret (
    job_id     INTEGER NOT NULL REFERENCES job (id),
    scope_kind INTEGER NOT NULL,
    name       TEXT NOT NULL,
    write_id   BLOB NOT NULL CHECK (length(write_id) = 16),
    unopened   TEXT,
    record     BLOB NOT NULL,
    PRIMARY KEY (job_id, scope_kind, name)
) STRICT;

-- The last delivery of each set of names that a scope has given together: which is a few rows, where
-- one for each secret would be hundreds to write for each job.
CREATE TABLE delivery (
    scope_kind    INTEGER NOT NULL,
    scope_id      INTEGER NOT NULL,
    digest        BLOB NOT NULL CHECK (length(digest) = 32),
    names         TEXT NOT NULL,
    delivered_at  INTEGER NOT NULL,
    job_id        INTEGER NOT NULL,
    repository_id INTEGER NOT NULL,
    runner_id     INTEGER,
    runner_name   TEXT,
    deliveries    INTEGER NOT NULL,
    PRIMARY KEY (scope_kind, scope_id, digest)
) STRICT;
CREATE INDEX delivery_by_time ON delivery (scope_kind, scope_id, delivered_at);

-- One chain per owner account; chain 0 is the instance's own.
CREATE TABLE audit_chain (
    chain INTEGER PRIMARY KEY,
    seq   INTEGER NOT NULL,
    head  BLOB    NOT NULL CHECK (length(head) = 32)
) STRICT;

CREATE TABLE audit_entry (
    chain INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    entry TEXT    NOT NULL,
    mac   BLOB    NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (chain, seq)
) STRICT, WITHOUT ROWID;
