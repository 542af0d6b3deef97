//! Which secrets a job gets, as a pure function of what its scopes hold.
//!
//! GitHub: "If an organization, repository, and environment all have a secret with the same name, the
//! environment-level secret takes precedence", and of the organisation a job gets "the first 100
//! organization secrets, sorted alphabetically". Those are counted before others hide them, by the
//! query that reads them (`store::records`).

use std::collections::{BTreeMap, BTreeSet};

use sealyard_vault::OwnerKind;

use super::Error;
use crate::secrets::name::SecretName;

/// Organisation secrets that one job gets at most. GitHub: "the first 100".
pub const ORGANIZATION_SECRETS_MAX: i64 = 100;

/// A secret as it lies in the store, with all that opening it needs.
pub struct Record {
    /// Which scope holds it.
    pub scope: OwnerKind,
    /// In upper case.
    pub name: String,
    /// Part of what the record is bound to.
    pub write_id: [u8; 16],
    /// Whether it was kept as it came, unopened.
    pub unopened: bool,
    /// The wrapped value.
    pub record: Vec<u8>,
}

/// Of all records that reach a job, those that it gets, by name: environment over repository over
/// organisation, and of these `only` what was asked for.
///
/// [`Error::NotGiven`] names what was asked for and is not among them.
pub fn resolve(
    records: Vec<Record>,
    only: Option<&BTreeSet<SecretName>>,
) -> Result<Vec<Record>, Error> {
    let mut chosen: BTreeMap<String, Record> = BTreeMap::new();
    for record in records {
        match chosen.get(&record.name) {
            Some(other) if other.scope.code() >= record.scope.code() => {}
            Some(_) | None => {
                chosen.insert(record.name.clone(), record);
            }
        }
    }
    let Some(only) = only else {
        return Ok(chosen.into_values().collect());
    };
    only.iter()
        .map(|name| {
            chosen
                .remove(name.as_str())
                .ok_or_else(|| Error::NotGiven(name.as_str().to_owned()))
        })
        .collect()
}

/// How a scope is called on the wire.
pub fn word(scope: OwnerKind) -> &'static str {
    match scope {
        OwnerKind::Organization => "organization",
        OwnerKind::Repository => "repository",
        OwnerKind::Environment => "environment",
    }
}
