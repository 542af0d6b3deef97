-- Names are compared by a key column that one Rust function computes; times are seconds since 1970
-- unless a name says otherwise; ids come from `counter`, so that both engines hand out the same.

CREATE TABLE instance (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    uuid BYTEA NOT NULL CHECK (length(uuid) = 16),
    root_id BYTEA NOT NULL CHECK (length(root_id) = 8),
    created_at BIGINT NOT NULL
);

CREATE TABLE counter (
    kind TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Keys of the key ring, each wrapped (the vault's record format).
CREATE TABLE keyring (
    purpose BIGINT NOT NULL,
    number BIGINT NOT NULL,
    record BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, number)
);

CREATE TABLE account (
    id BIGINT PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('User', 'Organization')),
    login TEXT COLLATE "C" NOT NULL,
    login_key TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C",
    email TEXT COLLATE "C",
    description TEXT COLLATE "C",
    site_admin BIGINT NOT NULL DEFAULT 0,
    suspended_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A token that acts for a user. Fine-grained ones have permissions instead of scopes, and reach the
-- repositories of one owner, or a selection of them.
CREATE TABLE token (
    id BIGINT PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('classic', 'oauth', 'fine_grained')),
    user_id BIGINT NOT NULL REFERENCES account (id),
    mac BYTEA NOT NULL UNIQUE,
    epoch BIGINT NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    permissions TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT REFERENCES account (id),
    selection_id BIGINT,
    note TEXT COLLATE "C",
    last_eight TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    CHECK ((kind = 'fine_grained') = (owner_id IS NOT NULL))
);
CREATE INDEX token_by_user ON token (user_id);

CREATE TABLE membership (
    org_id BIGINT NOT NULL REFERENCES account (id),
    user_id BIGINT NOT NULL REFERENCES account (id),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('admin', 'member')),
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX membership_by_user ON membership (user_id);

CREATE TABLE repository (
    id BIGINT PRIMARY KEY,
    owner_id BIGINT NOT NULL REFERENCES account (id),
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    visibility TEXT COLLATE "C" NOT NULL CHECK (visibility IN ('public', 'internal', 'private')),
    archived BIGINT NOT NULL DEFAULT 0,
    description TEXT COLLATE "C",
    settings TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (owner_id, name_key)
);
-- Counted whenever an account is shown.
CREATE INDEX repository_by_visibility ON repository (owner_id, visibility);

-- Where a renamed repository went.
CREATE TABLE repository_redirect (
    owner_id BIGINT NOT NULL REFERENCES account (id),
    name_key TEXT COLLATE "C" NOT NULL,
    repository_id BIGINT NOT NULL REFERENCES repository (id),
    PRIMARY KEY (owner_id, name_key)
);
CREATE INDEX repository_redirect_by_repository ON repository_redirect (repository_id);

CREATE TABLE collaborator (
    repository_id BIGINT NOT NULL REFERENCES repository (id),
    user_id BIGINT NOT NULL REFERENCES account (id),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('pull', 'triage', 'push', 'maintain', 'admin')),
    PRIMARY KEY (repository_id, user_id)
);
CREATE INDEX collaborator_by_user ON collaborator (user_id);

CREATE TABLE app (
    id BIGINT PRIMARY KEY,
    owner_id BIGINT NOT NULL REFERENCES account (id),
    slug TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    client_id TEXT COLLATE "C" NOT NULL UNIQUE,
    permissions TEXT COLLATE "C" NOT NULL,
    suspended_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX app_by_owner ON app (owner_id);

-- Public halves only.
CREATE TABLE app_key (
    id BIGINT PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES app (id),
    public_key BYTEA NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (app_id, fingerprint)
);

-- What an app may on one account, until it is taken off.
CREATE TABLE installation (
    id BIGINT PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES app (id),
    account_id BIGINT NOT NULL REFERENCES account (id),
    permissions TEXT COLLATE "C" NOT NULL,
    selection_id BIGINT,
    suspended_at BIGINT,
    suspended_by TEXT COLLATE "C" CHECK (suspended_by IN ('app', 'operator')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (app_id, account_id),
    CHECK ((suspended_at IS NULL) = (suspended_by IS NULL))
);
CREATE INDEX installation_by_account ON installation (account_id);

CREATE TABLE installation_token (
    id BIGINT PRIMARY KEY,
    installation_id BIGINT NOT NULL REFERENCES installation (id),
    mac BYTEA NOT NULL UNIQUE,
    epoch BIGINT NOT NULL,
    permissions TEXT COLLATE "C" NOT NULL,
    selection_id BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX installation_token_by_end ON installation_token (installation_id, expires_at);

-- Repositories that were chosen for a fine-grained token, an installation or its token. A
-- selection_id that is NULL stands for all of the account's; one without rows, for none.
CREATE TABLE selection_repository (
    selection_id BIGINT NOT NULL,
    repository_id BIGINT NOT NULL REFERENCES repository (id),
    PRIMARY KEY (selection_id, repository_id)
);
CREATE INDEX selection_repository_by_repository ON selection_repository (repository_id);

CREATE TABLE environment (
    id BIGINT PRIMARY KEY,
    repository_id BIGINT NOT NULL REFERENCES repository (id),
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (repository_id, name_key)
);

-- Names of branches and tags that may deploy to an environment whose policy is a custom one.
CREATE TABLE deployment_branch_policy (
    id BIGINT PRIMARY KEY,
    environment_id BIGINT NOT NULL REFERENCES environment (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('branch', 'tag')),
    pattern TEXT COLLATE "C" NOT NULL,
    UNIQUE (environment_id, kind, pattern)
);

-- A generation of sealing keys: its key_id is the same for all owners of a family at a time.
CREATE TABLE sealing_generation (
    family BIGINT NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (family, key_id)
);

CREATE TABLE sealing_key (
    family BIGINT NOT NULL,
    scope_kind BIGINT NOT NULL,
    scope_id BIGINT NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    public BYTEA NOT NULL CHECK (length(public) = 32),
    record BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (family, scope_kind, scope_id, key_id)
);

-- scope_kind: 1 organisation (scope_id is its account), 2 repository, 3 environment.
-- family: 1 actions, 2 dependabot, 3 codespaces, 4 agents.
CREATE TABLE secret (
    family BIGINT NOT NULL,
    scope_kind BIGINT NOT NULL,
    scope_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    visibility TEXT COLLATE "C" CHECK (visibility IN ('all', 'private', 'selected')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    write_id BYTEA NOT NULL CHECK (length(write_id) = 16),
    unopened TEXT COLLATE "C",
    record BYTEA NOT NULL,
    PRIMARY KEY (family, scope_kind, scope_id, name)
);

-- Which repositories an organisation secret of visibility 'selected' is for.
CREATE TABLE secret_selection (
    family BIGINT NOT NULL,
    org_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    repository_id BIGINT NOT NULL REFERENCES repository (id),
    PRIMARY KEY (family, org_id, name, repository_id)
);
CREATE INDEX secret_selection_by_repository ON secret_selection (repository_id);

-- scope_kind: 1 organisation, 2 repository. One of an organisation has a selection: the repositories
-- that it serves, none at first.
CREATE TABLE runner (
    id BIGINT PRIMARY KEY,
    scope_kind BIGINT NOT NULL,
    scope_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    os TEXT COLLATE "C" NOT NULL,
    public_key BYTEA,
    mac BYTEA NOT NULL UNIQUE,
    epoch BIGINT NOT NULL,
    selection_id BIGINT,
    last_seen_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (scope_kind, scope_id, name)
);

CREATE TABLE runner_label (
    id BIGINT PRIMARY KEY,
    runner_id BIGINT NOT NULL REFERENCES runner (id),
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    read_only BIGINT NOT NULL,
    UNIQUE (runner_id, name_key)
);

-- Registration and remove tokens.
CREATE TABLE runner_token (
    mac BYTEA NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL,
    scope_kind BIGINT NOT NULL,
    scope_id BIGINT NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('register', 'remove')),
    expires_at BIGINT NOT NULL
);

-- Whom a credential belonged to that is worth nothing any more, for the log.
CREATE TABLE removed_runner (
    mac        BYTEA NOT NULL PRIMARY KEY,
    runner_id  BIGINT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    owner_id   BIGINT NOT NULL,
    removed_at BIGINT NOT NULL
);

-- A job from its ticket to its end. Who vouches for what it says of itself is a user or an
-- installation, and nobody where a runner opened it alone.
CREATE TABLE job (
    id              BIGINT PRIMARY KEY,
    repository_id   BIGINT NOT NULL REFERENCES repository (id),
    environment_id  BIGINT,
    environment     TEXT COLLATE "C",
    ref             TEXT COLLATE "C",
    event           TEXT COLLATE "C",
    fork            BIGINT NOT NULL,
    mac             BYTEA UNIQUE,
    epoch           BIGINT,
    user_id         BIGINT,
    installation_id BIGINT,
    creator         TEXT COLLATE "C",
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT,
    approved_by     BIGINT,
    approver        TEXT COLLATE "C",
    approved_at     BIGINT,
    runner_id       BIGINT,
    runner_name     TEXT COLLATE "C",
    started_at      BIGINT,
    lease_ends_at   BIGINT,
    ended_at        BIGINT,
    conclusion      TEXT COLLATE "C" CHECK (conclusion IN ('success', 'failure', 'cancelled', 'timed_out'))
);
CREATE INDEX job_by_repository ON job (repository_id, id);
CREATE INDEX job_by_runner ON job (runner_id, ended_at);
CREATE INDEX job_by_end ON job (ended_at, id);
CREATE INDEX job_open ON job (repository_id, ended_at);

-- The records of organisation (1) and repository (2) that a ticket was made with, until it is
-- redeemed.
CREATE TABLE job_secret (
    job_id     BIGINT NOT NULL REFERENCES job (id),
    scope_kind BIGINT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    write_id   BYTEA NOT NULL CHECK (length(write_id) = 16),
    unopened   TEXT COLLATE "C",
    record     BYTEA NOT NULL,
    PRIMARY KEY (job_id, scope_kind, name)
);

-- The last delivery of each set of names that a scope has given together: which is a few rows, where
-- one for each secret would be hundreds to write for each job.
CREATE TABLE delivery (
    scope_kind    BIGINT NOT NULL,
    scope_id      BIGINT NOT NULL,
    digest        BYTEA NOT NULL CHECK (length(digest) = 32),
    names         TEXT COLLATE "C" NOT NULL,
    delivered_at  BIGINT NOT NULL,
    job_id        BIGINT NOT NULL,
    repository_id BIGINT NOT NULL,
    runner_id     BIGINT,
    runner_name   TEXT COLLATE "C",
    deliveries    BIGINT NOT NULL,
    PRIMARY KEY (scope_kind, scope_id, digest)
);
CREATE INDEX delivery_by_time ON delivery (scope_kind, scope_id, delivered_at);

-- One chain per owner account; chain 0 is the instance's own.
CREATE TABLE audit_chain (
    chain BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    head BYTEA NOT NULL CHECK (length(head) = 32)
);

CREATE TABLE audit_entry (
    chain BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    entry TEXT COLLATE "C" NOT NULL,
    mac BYTEA NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (chain, seq)
);
