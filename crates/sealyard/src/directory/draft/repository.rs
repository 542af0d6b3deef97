//! The bodies of `POST …/repos` and `PATCH /repos/{owner}/{repo}`.

use http::StatusCode;

use crate::directory::repository::{
    Changes, DESCRIPTION_LENGTH_MAX, Switch, TextChange, VisibilityChange, Word,
};
use crate::directory::{AccountKind, RepositoryName, RepositoryVisibility, is_line};
use crate::http::error::{ApiError, Errors, FieldError};
use crate::http::form::Form;
use crate::http::json::{Json, Object};

/// The longest homepage, in characters: what GitHub's form takes.
const HOMEPAGE_LENGTH_MAX: usize = 255;
/// The longest name of a branch, in bytes: git's own, that of a file name.
const BRANCH_LENGTH_MAX: usize = 255;

/// The settings that are true or false, under GitHub's names.
const SWITCHES: [(&str, Switch); 15] = [
    ("has_issues", |settings| &mut settings.has_issues),
    ("has_projects", |settings| &mut settings.has_projects),
    ("has_wiki", |settings| &mut settings.has_wiki),
    ("has_downloads", |settings| &mut settings.has_downloads),
    ("has_discussions", |settings| &mut settings.has_discussions),
    ("is_template", |settings| &mut settings.is_template),
    ("allow_squash_merge", |settings| {
        &mut settings.allow_squash_merge
    }),
    ("allow_merge_commit", |settings| {
        &mut settings.allow_merge_commit
    }),
    ("allow_rebase_merge", |settings| {
        &mut settings.allow_rebase_merge
    }),
    ("allow_auto_merge", |settings| {
        &mut settings.allow_auto_merge
    }),
    ("allow_update_branch", |settings| {
        &mut settings.allow_update_branch
    }),
    ("allow_forking", |settings| &mut settings.allow_forking),
    ("delete_branch_on_merge", |settings| {
        &mut settings.delete_branch_on_merge
    }),
    ("use_squash_pr_title_as_default", |settings| {
        &mut settings.use_squash_pr_title_as_default
    }),
    ("web_commit_signoff_required", |settings| {
        &mut settings.web_commit_signoff_required
    }),
];

/// A member, the setting it is for, and the words it takes.
type WordSetting = (&'static str, Word, &'static [(&'static str, ())]);

/// The settings that are one of a few words.
const WORDS: [WordSetting; 4] = [
    (
        "squash_merge_commit_title",
        |settings| &mut settings.squash_merge_commit_title,
        &[("PR_TITLE", ()), ("COMMIT_OR_PR_TITLE", ())],
    ),
    (
        "squash_merge_commit_message",
        |settings| &mut settings.squash_merge_commit_message,
        &[("PR_BODY", ()), ("COMMIT_MESSAGES", ()), ("BLANK", ())],
    ),
    (
        "merge_commit_title",
        |settings| &mut settings.merge_commit_title,
        &[("PR_TITLE", ()), ("MERGE_MESSAGE", ())],
    ),
    (
        "merge_commit_message",
        |settings| &mut settings.merge_commit_message,
        &[("PR_BODY", ()), ("PR_TITLE", ()), ("BLANK", ())],
    ),
];

const VISIBILITIES: [(&str, RepositoryVisibility); 3] = [
    ("public", RepositoryVisibility::Public),
    ("private", RepositoryVisibility::Private),
    ("internal", RepositoryVisibility::Internal),
];

/// Reads the body of a new repository.
pub fn read_new(
    object: &Object,
    owner: AccountKind,
) -> Result<(RepositoryName, Changes), ApiError> {
    let mut form = Form::new(object);
    let name = form.required_string("name");
    // A repository is not born archived, and its branch is `main` until somebody renames it.
    let changes = read_settings(&mut form);
    form.finish()?;
    check(&changes, owner)?;
    let name = name
        .and_then(RepositoryName::parse)
        .ok_or_else(|| creation_failed(BAD_NAME))?;
    Ok((name, changes))
}

/// Reads the changes to a repository. Members that GitHub has and we have not are ignored.
pub fn read_changes(object: &Object, owner: AccountKind) -> Result<Changes, ApiError> {
    let mut form = Form::new(object);
    let name = form.optional_string("name");
    let archived = form.optional_bool("archived");
    let branch = form.optional_string("default_branch");
    let mut changes = read_settings(&mut form);
    form.finish()?;
    check(&changes, owner)?;
    changes.archived = archived;
    if let Some(name) = name {
        let name = RepositoryName::parse(name).ok_or_else(|| refused("name", BAD_NAME))?;
        changes.name = Some(name);
    }
    if let Some(branch) = branch {
        if !is_branch(branch) {
            return Err(super::invalid("Repository", "default_branch"));
        }
        changes
            .words
            .push((|settings| &mut settings.default_branch, branch.to_owned()));
    }
    Ok(changes)
}

/// What both bodies have.
fn read_settings(form: &mut Form<'_>) -> Changes {
    let mut changes = Changes {
        description: read_text(form, "description"),
        homepage: read_text(form, "homepage"),
        visibility: read_visibility(form),
        ..Changes::default()
    };
    for (name, switch) in SWITCHES {
        changes
            .switches
            .extend(form.optional_bool(name).map(|on| (switch, on)));
    }
    for (name, word, words) in WORDS {
        if let Some(text) = form.optional_string(name)
            && form.one_of(name, text, words).is_some()
        {
            changes.words.push((word, text.to_owned()));
        }
    }
    changes
}

/// A text that `null` takes away.
fn read_text(form: &mut Form<'_>, name: &'static str) -> Option<TextChange> {
    if form.member(name) == Some(&Json::Null) {
        return Some(TextChange::Nothing);
    }
    form.optional_string(name)
        .map(|text| TextChange::To(text.to_owned()))
}

/// GitHub: `visibility` overrides `private`.
fn read_visibility(form: &mut Form<'_>) -> Option<VisibilityChange> {
    let private = form.optional_bool("private").map(VisibilityChange::Private);
    form.optional_string("visibility")
        .and_then(|text| form.one_of("visibility", text, &VISIBILITIES))
        .map(VisibilityChange::To)
        .or(private)
}

/// What the form's own grammar does not say.
fn check(changes: &Changes, owner: AccountKind) -> Result<(), ApiError> {
    let internal = VisibilityChange::To(RepositoryVisibility::Internal);
    if owner == AccountKind::User && changes.visibility == Some(internal) {
        return Err(refused(
            "visibility",
            "Only organization-owned repositories can be internal",
        ));
    }
    check_text(
        "description",
        changes.description.as_ref(),
        DESCRIPTION_LENGTH_MAX,
    )?;
    check_text("homepage", changes.homepage.as_ref(), HOMEPAGE_LENGTH_MAX)
}

fn check_text(
    member: &'static str,
    change: Option<&TextChange>,
    max: usize,
) -> Result<(), ApiError> {
    let text = change.and_then(TextChange::text).unwrap_or_default();
    if is_line(text, max) {
        Ok(())
    } else {
        Err(super::invalid("Repository", member))
    }
}

/// The part of git's rules that keeps a name printable (git-check-ref-format).
fn is_branch(text: &str) -> bool {
    let plain = |c: char| !c.is_control() && !" ~^:?*[\\".contains(c);
    (1..=BRANCH_LENGTH_MAX).contains(&text.len()) && text.chars().all(plain)
}

const BAD_NAME: &str =
    "The repository name can only contain ASCII letters, digits, and the characters ., -, and _.";
const TAKEN: &str = "name already exists on this account";

/// 422 of a new name that its owner has already.
pub fn taken_at_creation() -> ApiError {
    creation_failed(TAKEN)
}

/// 422 of a changed name that its owner has already.
pub fn taken_at_rename() -> ApiError {
    refused("name", TAKEN)
}

/// 403 of making what the credential's scopes would not let its holder see.
pub fn beyond_scopes() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "Must have admin rights to Repository.",
    )
}

fn creation_failed(message: &'static str) -> ApiError {
    let errors = Some(Errors::List(vec![custom("name", message)]));
    ApiError {
        errors,
        ..ApiError::unprocessable("Repository creation failed.")
    }
}

fn refused(field: &'static str, message: &'static str) -> ApiError {
    ApiError::validation(vec![custom(field, message)])
}

fn custom(field: &'static str, message: &'static str) -> FieldError {
    FieldError {
        resource: "Repository",
        code: "custom",
        field,
        message: Some(message),
    }
}
