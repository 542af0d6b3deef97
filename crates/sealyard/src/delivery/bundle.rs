//! Values on their way out: opened, written as one JSON text, and sealed to one key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealyard_vault::{Family, Keyring, OwnerKind, Place, Plaintext, PublicKey};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::Error;
use super::resolve::{Record, word};
use crate::directory::{EnvironmentId, Repository};
use crate::mask;

/// Where the values of a job belong: the ids that their records are bound to.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The repository, and through it the organisation.
    pub repository: Repository,
    /// The environment, if the job has one.
    pub environment: Option<(EnvironmentId, String)>,
}

impl Origin {
    fn place<'a>(&self, record: &'a Record) -> Place<'a> {
        let (owner, environment) = match record.scope {
            OwnerKind::Organization => (self.repository.owner.id.0, 0),
            OwnerKind::Repository => (self.repository.id.0, 0),
            OwnerKind::Environment => {
                let id = self.environment.as_ref().map_or(0, |(id, _)| id.0);
                (self.repository.id.0, id)
            }
        };
        let (kind, name) = (record.scope, record.name.as_str());
        Place::secret_value(
            Family::Actions,
            kind,
            owner,
            environment,
            record.write_id,
            name,
        )
    }
}

/// A value with its name and the scope that gave it.
pub struct Value {
    /// In upper case.
    pub name: String,
    /// Which scope it is from.
    pub scope: OwnerKind,
    /// The value itself.
    pub value: Plaintext,
}

/// Opens every record, or says which ones do not open: none is left out silently.
///
/// [`Error::DoesNotOpen`] names them.
pub fn open(keyring: &Keyring, origin: &Origin, records: Vec<Record>) -> Result<Vec<Value>, Error> {
    let mut failed = Vec::new();
    let mut values = Vec::with_capacity(records.len());
    for record in records {
        let opened = if record.unopened {
            None
        } else {
            keyring.unwrap(&origin.place(&record), &record.record).ok()
        };
        match opened {
            Some(value) => values.push(Value {
                name: record.name,
                scope: record.scope,
                value,
            }),
            None => failed.push(format!("{} {}", word(record.scope), record.name)),
        }
    }
    if failed.is_empty() {
        Ok(values)
    } else {
        Err(Error::DoesNotOpen(failed))
    }
}

#[derive(Serialize)]
struct BundleJson<'a> {
    repository: String,
    environment: Option<&'a str>,
    secrets: Vec<SecretJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    masks: Option<Vec<Encoded<'a>>>,
}

#[derive(Serialize)]
struct SecretJson<'a> {
    name: &'a str,
    value: Encoded<'a>,
    scope: &'static str,
}

/// Bytes as standard base64.
struct Encoded<'a>(&'a [u8]);

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(STANDARD.encode(self.0));
        serializer.serialize_str(&text)
    }
}

/// Writes the values as JSON, with the strings to mask if they are `masked`, and seals that.
pub fn seal(
    origin: &Origin,
    values: &[Value],
    masked: bool,
    recipient: &PublicKey,
) -> Result<Vec<u8>, serde_json::Error> {
    let forms = masked.then(|| mask::masks(values.iter().map(|value| value.value.expose())));
    let bundle = BundleJson {
        repository: origin.repository.full_name(),
        environment: origin.environment.as_ref().map(|(_, name)| name.as_str()),
        secrets: values
            .iter()
            .map(|value| SecretJson {
                name: &value.name,
                value: Encoded(value.value.expose()),
                scope: word(value.scope),
            })
            .collect(),
        masks: forms
            .as_ref()
            .map(|forms| forms.iter().map(|form| Encoded(form)).collect()),
    };
    let text = Zeroizing::new(serde_json::to_vec(&bundle)?);
    Ok(recipient.seal(&text))
}
