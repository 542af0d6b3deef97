//! Labels of runners: the read-only ones that say what a runner is, and the custom ones.

use std::collections::BTreeSet;

use sealyard_sql as sql;

use super::scope::Scope;
use super::{Error, Runner, RunnerId, store};
use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::name_key;

/// Custom labels of one runner, and names in one request. GitHub's schema: `maxItems: 100`.
pub const LABELS_MAX: usize = 100;
/// The longest label, in characters. GitHub's pages name no limit; this is our choice.
pub const LENGTH_MAX: usize = 256;

/// A label of a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its id.
    pub id: i64,
    /// As it was first written.
    pub name: String,
    /// Whether it says what the runner is, and stays.
    pub read_only: bool,
}

/// The name of a label: 1 to 256 characters, no control characters. Compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelName(String);

impl LabelName {
    /// Checks the form.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=LENGTH_MAX).contains(&text.chars().count());
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is compared by.
    pub fn key(&self) -> String {
        name_key(&self.0)
    }
}

/// A change of a runner's custom labels.
#[derive(Debug)]
pub enum Change {
    /// These too.
    Add(Vec<LabelName>),
    /// Exactly these.
    Set(Vec<LabelName>),
    /// Not this one.
    Remove(LabelName),
}

/// Changes the custom labels of a runner, and gives all that it has then.
///
/// A name that a read-only label has already is no custom one: adding it changes nothing.
pub async fn change(
    app: &App,
    scope: &Scope,
    id: RunnerId,
    change: &Change,
    actor: &Actor,
) -> Result<Vec<Label>, Error> {
    let mut write = audit::begin(app, scope.owner()).await?;
    let Some(runner) = store::get(&mut write.tx, scope.key(), id).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    let (labels, detail) = match apply(&mut write.tx, &runner, change).await {
        Ok((0, _)) => {
            write.unchanged().await?;
            return Ok(runner.labels);
        }
        Ok((_, detail)) => (store::labels(&mut write.tx, id).await?, detail),
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    if labels.iter().filter(|label| !label.read_only).count() > LABELS_MAX {
        return Err(write.refuse(Error::TooManyLabels).await);
    }
    let action = scope.action("update_self_hosted_runner_labels");
    let event = Event {
        action: &action,
        name: Some(&runner.name),
        detail: Some(detail),
        ..scope.event()
    };
    write.record(app, actor, &event).await?;
    write.commit().await?;
    Ok(labels)
}

/// Makes the change. Tells how many labels came and went, and what to call it in the log.
async fn apply(
    tx: &mut sql::Tx,
    runner: &Runner,
    change: &Change,
) -> Result<(usize, &'static str), Error> {
    let (id, present) = (runner.id, &runner.labels);
    Ok(match change {
        Change::Add(names) => (add(tx, id, present, names).await?, "add"),
        Change::Set(names) => {
            let removed = keep_only(tx, present, names).await?;
            (removed + add(tx, id, present, names).await?, "set")
        }
        Change::Remove(name) => (remove(tx, present, name).await?, "remove"),
    })
}

/// Adds what is not there yet. Tells how many.
async fn add(
    tx: &mut sql::Tx,
    id: RunnerId,
    present: &[Label],
    names: &[LabelName],
) -> Result<usize, sql::Error> {
    let mut keys: BTreeSet<_> = present.iter().map(|label| name_key(&label.name)).collect();
    let mut added = 0;
    for name in names {
        if keys.insert(name.key()) {
            store::insert_label(tx, id, name, false).await?;
            added += 1;
        }
    }
    Ok(added)
}

/// Removes the custom labels that are not among `names`. Tells how many.
async fn keep_only(
    tx: &mut sql::Tx,
    present: &[Label],
    names: &[LabelName],
) -> Result<usize, sql::Error> {
    let wanted: BTreeSet<_> = names.iter().map(LabelName::key).collect();
    let mut removed = 0;
    for label in present.iter().filter(|label| !label.read_only) {
        if !wanted.contains(&name_key(&label.name)) {
            store::delete_label(tx, label.id).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

async fn remove(tx: &mut sql::Tx, present: &[Label], name: &LabelName) -> Result<usize, Error> {
    let key = name.key();
    let label = present.iter().find(|label| name_key(&label.name) == key);
    match label {
        None => Err(Error::NotFound),
        Some(label) if label.read_only => Err(Error::ReadOnlyLabel),
        Some(label) => {
            store::delete_label(tx, label.id).await?;
            Ok(1)
        }
    }
}
