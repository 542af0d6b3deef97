//! Repositories that were chosen for a fine-grained token, an installation or its token, a runner.

use std::collections::BTreeSet;

use sealyard_sql::{Error, Session, Tx};

use crate::directory::{RepositoryId, name_key};
use crate::identity::AccountId;
use crate::identity::caller::Selection;

/// Repositories of an owner by name, in any case. `None` if one of them is not there.
pub async fn by_names(
    session: &mut Session,
    owner: AccountId,
    names: &[String],
) -> Result<Option<Vec<RepositoryId>>, Error> {
    const SQL: &str = "SELECT id FROM repository WHERE owner_id = $1 AND name_key = $2";
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        let key = name_key(name);
        match session
            .query_opt(SQL, &[owner.0.into(), (&key).into()])
            .await?
        {
            Some(row) => ids.push(RepositoryId(row.get(0)?)),
            None => return Ok(None),
        }
    }
    Ok(Some(ids))
}

/// A new selection of these repositories. Those that went away meanwhile are left out.
pub async fn create(tx: &mut Tx, repositories: &[RepositoryId]) -> Result<Selection, Error> {
    const SQL: &str = "
        INSERT INTO selection_repository (selection_id, repository_id)
        SELECT $1, id FROM repository WHERE id = $2
        ON CONFLICT (selection_id, repository_id) DO NOTHING";
    let id = crate::counter::next(tx, "selection").await?;
    for repository in repositories {
        tx.execute(SQL, &[id.into(), repository.0.into()]).await?;
    }
    Ok(Selection(Some(id)))
}

/// Makes a selection exactly these repositories of an owner. Tells how many came and went; `None` if
/// one of them is not the owner's, and then the transaction is to be taken back.
pub async fn replace(
    tx: &mut Tx,
    owner: AccountId,
    selection: Selection,
    repositories: &BTreeSet<RepositoryId>,
) -> Result<Option<usize>, Error> {
    const ADD: &str = "
        INSERT INTO selection_repository (selection_id, repository_id)
        SELECT $1, id FROM repository WHERE id = $2 AND owner_id = $3";
    const REMOVE: &str = "
        DELETE FROM selection_repository WHERE selection_id = $1 AND repository_id = $2";
    let present: BTreeSet<_> = members(tx, selection).await?.into_iter().collect();
    let mut changed = 0;
    for id in repositories.difference(&present) {
        let values = [selection.parameter().into(), id.0.into(), owner.0.into()];
        if tx.execute(ADD, &values).await? == 0 {
            return Ok(None);
        }
        changed += 1;
    }
    for id in present.difference(repositories) {
        tx.execute(REMOVE, &[selection.parameter().into(), id.0.into()])
            .await?;
        changed += 1;
    }
    Ok(Some(changed))
}

/// The repositories of a selection, by id.
pub async fn members(
    session: &mut Session,
    selection: Selection,
) -> Result<Vec<RepositoryId>, Error> {
    const SQL: &str = "
        SELECT repository_id FROM selection_repository
        WHERE selection_id = $1 ORDER BY repository_id";
    let rows = session.query(SQL, &[selection.parameter().into()]).await?;
    rows.iter()
        .map(|row| Ok(RepositoryId(row.get(0)?)))
        .collect()
}

/// Forgets a selection.
pub async fn delete(tx: &mut Tx, selection: Selection) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM selection_repository WHERE selection_id = $1";
    tx.execute(SQL, &[selection.parameter().into()]).await?;
    Ok(())
}
