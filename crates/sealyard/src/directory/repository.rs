//! Repositories: everything that is kept of one, and how one comes, changes and goes.

use sealyard_sql as sql;
use serde::{Deserialize, Serialize};

use super::{
    AccountKind, Error, Owner, Repository, RepositoryId, RepositoryName, RepositoryVisibility,
    Seen, name_key, store,
};
use crate::app::App;
use crate::audit::{self, Actor, Event, Write};
use crate::counter;
use crate::identity::{AccountId, Caller};

/// Repositories of one owner: as many as one request can select for a secret.
pub const REPOSITORIES_MAX: i64 = 100_000;
/// The longest description, in characters. GitHub: "description is too long (maximum is 350
/// characters)".
pub const DESCRIPTION_LENGTH_MAX: usize = 350;

/// A repository with all that its JSON shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryDetails {
    /// What it is and whose.
    pub repository: Repository,
    /// In its owner's words.
    pub description: Option<String>,
    /// What nothing here acts on, kept because clients read back what they sent.
    pub settings: RepositorySettings,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970; never goes back.
    pub updated_at: i64,
}

/// Settings of a repository that are kept and given back, nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "GitHub's repository is a row of switches"
)]
#[expect(missing_docs, reason = "GitHub's own member names")]
pub struct RepositorySettings {
    pub homepage: Option<String>,
    pub default_branch: String,
    pub has_issues: bool,
    pub has_projects: bool,
    pub has_wiki: bool,
    pub has_downloads: bool,
    pub has_discussions: bool,
    pub is_template: bool,
    pub allow_squash_merge: bool,
    pub allow_merge_commit: bool,
    pub allow_rebase_merge: bool,
    pub allow_auto_merge: bool,
    pub allow_update_branch: bool,
    pub allow_forking: bool,
    pub delete_branch_on_merge: bool,
    pub use_squash_pr_title_as_default: bool,
    pub web_commit_signoff_required: bool,
    pub squash_merge_commit_title: String,
    pub squash_merge_commit_message: String,
    pub merge_commit_title: String,
    pub merge_commit_message: String,
    pub topics: Vec<String>,
}

impl Default for RepositorySettings {
    fn default() -> Self {
        Self {
            homepage: None,
            default_branch: "main".to_owned(),
            has_issues: true,
            has_projects: true,
            has_wiki: true,
            has_downloads: true,
            has_discussions: false,
            is_template: false,
            allow_squash_merge: true,
            allow_merge_commit: true,
            allow_rebase_merge: true,
            allow_auto_merge: false,
            allow_update_branch: false,
            allow_forking: false,
            delete_branch_on_merge: false,
            use_squash_pr_title_as_default: false,
            web_commit_signoff_required: false,
            squash_merge_commit_title: "COMMIT_OR_PR_TITLE".to_owned(),
            squash_merge_commit_message: "COMMIT_MESSAGES".to_owned(),
            merge_commit_title: "MERGE_MESSAGE".to_owned(),
            merge_commit_message: "PR_TITLE".to_owned(),
            topics: Vec::new(),
        }
    }
}

/// One of the settings that are true or false.
pub type Switch = fn(&mut RepositorySettings) -> &mut bool;
/// One of the settings that are a word.
pub type Word = fn(&mut RepositorySettings) -> &mut String;

/// What is asked for of a repository, new or not. What is `None` or missing stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// A new name.
    pub name: Option<RepositoryName>,
    /// Who may see it.
    pub visibility: Option<VisibilityChange>,
    /// Whether it is read-only.
    pub archived: Option<bool>,
    /// In its owner's words.
    pub description: Option<TextChange>,
    /// An address.
    pub homepage: Option<TextChange>,
    /// Settings that are true or false.
    pub switches: Vec<(Switch, bool)>,
    /// Settings that are a word.
    pub words: Vec<(Word, String)>,
}

/// What is asked for of a text that need not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextChange {
    /// Exactly this.
    To(String),
    /// None.
    Nothing,
}

impl TextChange {
    /// The text, if there is to be one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::To(text) => Some(text),
            Self::Nothing => None,
        }
    }
}

/// What is asked for of a repository's visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibilityChange {
    /// Exactly this.
    To(RepositoryVisibility),
    /// GitHub's older `private`. What is internal is private already, and stays internal.
    Private(bool),
}

impl VisibilityChange {
    /// What comes of a repository that is `now`.
    pub fn applied(self, now: RepositoryVisibility) -> RepositoryVisibility {
        match self {
            Self::To(visibility) => visibility,
            Self::Private(private) if private == now.is_private() => now,
            Self::Private(true) => RepositoryVisibility::Private,
            Self::Private(false) => RepositoryVisibility::Public,
        }
    }
}

impl Changes {
    /// Makes the repository what was asked for, but for the time of the change.
    fn apply(&self, details: &mut RepositoryDetails) {
        let repository = &mut details.repository;
        if let Some(name) = &self.name {
            name.as_str().clone_into(&mut repository.name);
        }
        if let Some(visibility) = self.visibility {
            repository.visibility = visibility.applied(repository.visibility);
        }
        if let Some(archived) = self.archived {
            repository.archived = archived;
        }
        if let Some(description) = &self.description {
            details.description = description.text().map(str::to_owned);
        }
        if let Some(homepage) = &self.homepage {
            details.settings.homepage = homepage.text().map(str::to_owned);
        }
        for (switch, on) in &self.switches {
            *switch(&mut details.settings) = *on;
        }
        for (word, text) in &self.words {
            word(&mut details.settings).clone_from(text);
        }
    }
}

/// Makes a repository. In an organisation, a member who creates one administers it.
///
/// [`Error::Taken`] if the owner has one of that name; the name of one that was renamed is free.
/// [`Error::TooMany`] if the owner has [`REPOSITORIES_MAX`].
pub async fn create(
    app: &App,
    actor: &Actor,
    owner: &Owner,
    creator: AccountId,
    name: &RepositoryName,
    changes: &Changes,
) -> Result<RepositoryDetails, Error> {
    let mut write = audit::begin(app, owner.id).await?;
    if let Err(refusal) = check_room(&mut write.tx, owner.id, 1).await {
        return Err(write.refuse(refusal).await);
    }
    let details = match add(app, actor, &mut write, owner, name, changes).await {
        Ok(details) => details,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    if owner.kind == AccountKind::Organization {
        let id = details.repository.id;
        store::repository::insert_creator(&mut write.tx, id, owner.id, creator).await?;
    }
    write.commit().await?;
    Ok(details)
}

/// Whether an owner may have `more` repositories: [`Error::TooMany`] beyond [`REPOSITORIES_MAX`].
pub async fn check_room(
    session: &mut sql::Session,
    owner: AccountId,
    more: i64,
) -> Result<(), Error> {
    let (things, max) = ("repositories", REPOSITORIES_MAX);
    if store::repository::count_of_owner(session, owner).await? + more > max {
        return Err(Error::TooMany { things, max });
    }
    Ok(())
}

/// Makes a repository and records it, within its owner's write and after [`check_room`]. Nobody
/// administers it but those who run the owner.
///
/// [`Error::Taken`] if the owner has one of that name.
pub async fn add(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    owner: &Owner,
    name: &RepositoryName,
    changes: &Changes,
) -> Result<RepositoryDetails, Error> {
    let details = insert(&mut write.tx, owner, name, changes, app.clock.now_s()).await?;
    let event = Event {
        action: "repo.create",
        visibility: Some(details.repository.visibility.as_str()),
        ..Event::in_repository(&details.repository)
    };
    write.record(app, actor, &event).await?;
    Ok(details)
}

async fn insert(
    tx: &mut sql::Tx,
    owner: &Owner,
    name: &RepositoryName,
    changes: &Changes,
    now: i64,
) -> Result<RepositoryDetails, Error> {
    let id = RepositoryId(counter::next(tx, "repository").await?);
    let mut details = RepositoryDetails {
        repository: Repository {
            id,
            owner: owner.clone(),
            name: name.as_str().to_owned(),
            visibility: RepositoryVisibility::Public,
            archived: false,
        },
        description: None,
        settings: RepositorySettings::default(),
        created_at: now,
        updated_at: now,
    };
    changes.apply(&mut details);
    let key = name_key(name.as_str());
    store::repository::insert(tx, id, owner.id, &fields(&details, &key)).await?;
    store::repository::forget_redirect(tx, owner.id, &key).await?;
    Ok(details)
}

/// Changes a repository and gives what came of it. Its old name leads to it from then on.
///
/// [`Error::NotFound`] if it went away, [`Error::Taken`] if its owner has another one of the new
/// name, [`Error::Archived`] if it is and stays so.
pub async fn update(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    changes: &Changes,
) -> Result<RepositoryDetails, Error> {
    let mut write = audit::begin(app, repository.owner.id).await?;
    match change(app, actor, &mut write, repository.id, changes).await {
        Ok((details, true)) => {
            write.commit().await?;
            Ok(details)
        }
        Ok((details, false)) => {
            write.unchanged().await?;
            Ok(details)
        }
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

/// Changes a repository and records it, within its owner's write; what came of it, and whether
/// anything did. Refuses what [`update`] refuses.
pub async fn change(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    id: RepositoryId,
    changes: &Changes,
) -> Result<(RepositoryDetails, bool), Error> {
    let found = store::details(&mut write.tx, id).await?;
    let before = found.ok_or(Error::NotFound)?;
    let mut after = before.clone();
    changes.apply(&mut after);
    if after == before {
        return Ok((before, false));
    }
    if before.repository.archived && after.repository.archived {
        return Err(Error::Archived);
    }
    after.updated_at = app.clock.now_s().max(before.updated_at);
    replace(&mut write.tx, &before.repository.name, &after).await?;
    record_update(app, actor, write, &before, &after).await?;
    Ok((after, true))
}

/// Keeps a changed repository, and where its old name leads.
async fn replace(tx: &mut sql::Tx, old_name: &str, after: &RepositoryDetails) -> Result<(), Error> {
    let (id, owner) = (after.repository.id, after.repository.owner.id);
    let (old_key, new_key) = (name_key(old_name), name_key(&after.repository.name));
    store::repository::update(tx, id, &fields(after, &new_key)).await?;
    if old_key != new_key {
        store::repository::forget_redirect(tx, owner, &new_key).await?;
        store::repository::redirect(tx, owner, &old_key, id).await?;
    }
    Ok(())
}

/// One entry for each thing that has an action name of its own, and one for all the rest.
async fn record_update(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    before: &RepositoryDetails,
    after: &RepositoryDetails,
) -> Result<(), Error> {
    let (old, new) = (&before.repository, &after.repository);
    if old.name != new.name {
        let detail = Some(old.name.as_str());
        let event = Event {
            action: "repo.rename",
            detail,
            ..Event::in_repository(new)
        };
        write.record(app, actor, &event).await?;
    }
    if old.visibility != new.visibility {
        let visibility = Some(new.visibility.as_str());
        let event = Event {
            action: "repo.access",
            visibility,
            ..Event::in_repository(new)
        };
        write.record(app, actor, &event).await?;
    }
    if old.archived != new.archived {
        let action = if new.archived {
            "repo.archived"
        } else {
            "repo.unarchived"
        };
        write
            .record(
                app,
                actor,
                &Event {
                    action,
                    ..Event::in_repository(new)
                },
            )
            .await?;
    }
    if before.settings != after.settings || before.description != after.description {
        let event = Event {
            action: "repo.update",
            ..Event::in_repository(new)
        };
        write.record(app, actor, &event).await?;
    }
    Ok(())
}

/// Deletes a repository with everything that hangs on it, in one write.
///
/// [`Error::NotFound`] if it went away meanwhile.
pub async fn delete(app: &App, actor: &Actor, repository: &Repository) -> Result<(), Error> {
    let mut write = audit::begin(app, repository.owner.id).await?;
    let now = app.clock.now_s();
    if !store::removal::repository(&mut write.tx, repository.id, now).await? {
        return Err(write.refuse(Error::NotFound).await);
    }
    let event = Event {
        action: "repo.destroy",
        ..Event::in_repository(repository)
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

fn fields<'a>(details: &'a RepositoryDetails, key: &'a str) -> store::repository::Fields<'a> {
    store::repository::Fields {
        name: &details.repository.name,
        name_key: key,
        visibility: details.repository.visibility,
        archived: details.repository.archived,
        description: details.description.as_deref(),
        settings: &details.settings,
        updated_at: details.updated_at,
    }
}

/// What a name or an id of a repository leads one caller to.
pub enum Lookup {
    /// The repository.
    Here(Seen),
    /// It was renamed; this is where it is now.
    Moved(Seen),
    /// Nothing that this caller may know of.
    Nothing,
}

/// Looks a repository up for one caller.
///
/// One that is missing costs the same statements as one that the caller may not see, so that time
/// does not tell them apart.
pub async fn lookup(
    session: &mut sql::Session,
    by: store::RepositoryBy<'_>,
    caller: &Caller,
    environment: Option<&str>,
) -> Result<Lookup, sql::Error> {
    let credential = caller.credential();
    let visible = |seen: &Seen| credential.sees(&seen.facts);
    let found = store::repository(session, by, caller, environment).await?;
    if let Some(seen) = found.filter(visible) {
        return Ok(Lookup::Here(seen));
    }
    let store::RepositoryBy::Name { owner, name } = by else {
        return Ok(Lookup::Nothing);
    };
    let moved = store::moved(session, owner, name, caller).await?;
    Ok(moved.filter(visible).map_or(Lookup::Nothing, Lookup::Moved))
}
