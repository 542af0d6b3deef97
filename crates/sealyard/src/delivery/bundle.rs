//! Values on their way out: opened, written as one JSON text, and sealed to one key.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use sealyard_vault::sealing::OVERHEAD;
use sealyard_vault::{Family, Keyring, OwnerKind, Place, Plaintext, PublicKey};
use serde::Serialize;
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

/// Bytes of the strings to mask that are listed, all together. 300 values of 1 KiB come to a third of
/// that; of larger ones a list helps nobody, as whoever has the values can make it.
pub const MASKS_MAX: usize = 8 * 1024 * 1024;

/// Writes the values as JSON, with the strings to mask if they are `masked`, and seals that.
pub fn seal(
    origin: &Origin,
    values: &[Value],
    masked: bool,
    recipient: &PublicKey,
) -> Result<Vec<u8>, serde_json::Error> {
    let masks = masked.then(|| masks(values));
    let mut text = Text::for_all(values, masks.iter().flatten().flatten());
    text.push(r#"{"repository":"#);
    text.json(&origin.repository.full_name())?;
    text.push(r#","environment":"#);
    text.json(&origin.environment.as_ref().map(|(_, name)| name))?;
    text.push(r#","secrets":["#);
    for (index, Value { name, scope, value }) in values.iter().enumerate() {
        text.push(if index > 0 {
            r#",{"name":"#
        } else {
            r#"{"name":"#
        });
        text.json(name)?;
        text.push(r#","value":"#);
        text.base64(value.expose());
        text.push(r#","scope":"#);
        text.json(word(*scope))?;
        text.push("}");
    }
    text.push("]");
    match masks {
        None => {}
        Some(None) => text.push(r#","masks":null"#),
        Some(Some(forms)) => {
            text.push(r#","masks":["#);
            for (index, form) in forms.iter().enumerate() {
                text.push(if index > 0 { "," } else { "" });
                text.base64(form);
            }
            text.push("]");
        }
    }
    text.push("}");
    Ok(recipient.seal_in_place(text.0.into()))
}

/// The forms of all values, each once; `None` if those of all values that differ come to more than
/// [`MASKS_MAX`].
fn masks(values: &[Value]) -> Option<Vec<Zeroizing<Vec<u8>>>> {
    let values: BTreeSet<&[u8]> = values.iter().map(|value| value.value.expose()).collect();
    let (mut masks, mut length) = (Vec::new(), 0);
    for value in values {
        let forms = mask::forms(value);
        length += forms.iter().map(|form| form.len()).sum::<usize>();
        if length > MASKS_MAX {
            return None;
        }
        masks.extend(forms);
    }
    masks.sort_unstable_by(|a, b| a.as_slice().cmp(b));
    masks.dedup();
    Some(masks)
}

/// The JSON of a bundle, in one buffer that does not grow: one that does is copied and wiped again
/// and again. It is written by hand because base64 needs no escapes, and looking for them in all of it
/// would cost as much as the seal.
struct Text(Zeroizing<Vec<u8>>);

impl Text {
    /// With room for all that will be written; more makes it grow, which is slow and nothing worse.
    fn for_all<'a>(
        values: &'a [Value],
        masks: impl Iterator<Item = &'a Zeroizing<Vec<u8>>>,
    ) -> Self {
        /// The rest of a secret, beside its name and its value.
        const SECRET: usize = r#"{"name":"","value":"","scope":"organization"},"#.len();
        /// Quotes and a comma.
        const MASK: usize = 3;
        /// Names of the repository and the environment (255 characters of up to 4 bytes), the names of
        /// members, and what the sealed box is longer.
        const REST: usize = 2_048 + OVERHEAD;
        let secret = |value: &Value| SECRET + value.name.len() + base64_len(value.value.expose());
        let secrets: usize = values.iter().map(secret).sum();
        let masks: usize = masks.map(|mask| MASK + base64_len(mask)).sum();
        Self(Zeroizing::new(Vec::with_capacity(secrets + masks + REST)))
    }

    /// JSON, as it is.
    fn push(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    /// Anything else as JSON.
    fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut *self.0, value)
    }

    /// Bytes as standard base64 in quotes.
    fn base64(&mut self, bytes: &[u8]) {
        self.push("\"");
        let begin = self.0.len();
        self.0.resize(begin + base64_len(bytes), 0);
        let room = self.0.get_mut(begin..).unwrap_or_default();
        ENGINE
            .encode_slice(bytes, room)
            .expect("there is room for exactly this");
        self.push("\"");
    }
}

/// Standard base64, many bytes at a time where the processor can.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) static ENGINE: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::standard(base64::engine::general_purpose::PAD));
/// Standard base64.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) static ENGINE: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::general_purpose::STANDARD);

/// Length of the standard base64 of these bytes, with padding.
fn base64_len(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(3) * 4
}

#[cfg(test)]
mod tests {
    use sealyard_vault::{OwnerKind, Plaintext, SealingKeyPair};

    use super::{MASKS_MAX, OVERHEAD, Origin, Text, Value, masks, seal};
    use crate::directory::{
        AccountKind, EnvironmentId, Owner, Repository, RepositoryId, RepositoryVisibility,
    };
    use crate::identity::AccountId;

    fn origin(environment: &str) -> Origin {
        let owner = Owner {
            id: AccountId(1),
            kind: AccountKind::Organization,
            login: "octo-org".to_owned(),
            site_admin: false,
        };
        Origin {
            repository: Repository {
                id: RepositoryId(2),
                owner,
                name: "hello-world".to_owned(),
                visibility: RepositoryVisibility::Private,
                archived: false,
            },
            environment: Some((EnvironmentId(3), environment.to_owned())),
        }
    }

    fn value(name: &str, value: &[u8]) -> Value {
        Value {
            name: name.to_owned(),
            scope: OwnerKind::Organization,
            value: Plaintext::from(value.to_vec()),
        }
    }

    fn opened(origin: &Origin, values: &[Value], masked: bool) -> String {
        let pair = SealingKeyPair::generate();
        let sealed = seal(origin, values, masked, pair.public()).unwrap();
        let opened = pair.open(&sealed.try_into().unwrap()).unwrap();
        String::from_utf8(opened.expose().to_vec()).unwrap()
    }

    #[test]
    fn a_bundle_is_json_to_the_byte() {
        let values = [value("A", b"ab"), value("B", b"")];
        insta::assert_snapshot!(
            opened(&origin("a \"b\"\u{1f511}"), &values, false),
            @r#"{"repository":"octo-org/hello-world","environment":"a \"b\"🔑","secrets":[{"name":"A","value":"YWI=","scope":"organization"},{"name":"B","value":"","scope":"organization"}]}"#
        );
        let nothing = opened(&origin("production"), &[], true);
        assert!(
            nothing.ends_with(r#""secrets":[],"masks":[]}"#),
            "{nothing}"
        );
    }

    #[test]
    fn its_buffer_does_not_grow() {
        let values: Vec<_> = (0..3)
            .map(|n| value(&"A".repeat(255), &vec![7; n * 500]))
            .collect();
        let forms = masks(&values).unwrap();
        let room = Text::for_all(&values, forms.iter()).0.capacity();
        for character in ["\"", "\u{1f511}"] {
            let origin = origin(&character.repeat(255));
            let sealed = opened(&origin, &values, true).len() + OVERHEAD;
            assert!(sealed <= room, "{sealed} in {room}");
        }
    }

    #[test]
    fn a_form_is_listed_once_and_too_many_are_not() {
        let one = masks(&[value("A", b"one value")]).unwrap();
        let both = [value("A", b"one value"), value("B", b"one value")];
        assert_eq!(masks(&both).unwrap().len(), one.len());
        let lines = [value("A", b"line\nelse"), value("B", b"line\nmore")];
        let listed = masks(&lines).unwrap();
        assert_eq!(
            listed
                .iter()
                .filter(|form| form.as_slice() == b"line")
                .count(),
            1
        );

        let large: Vec<u8> = (0..48 * 1024_u32)
            .map(|n| b'a' + u8::try_from(n % 26).unwrap())
            .collect();
        let forms: usize = masks(&[value("A", &large)])
            .unwrap()
            .iter()
            .map(|form| form.len())
            .sum();
        let fit = MASKS_MAX / forms;
        let values = |count: usize| -> Vec<Value> {
            let different = |n: usize| {
                let mut bytes = large.clone();
                bytes.splice(..2, [b'A' + u8::try_from(n).unwrap(), b'_']);
                value("A", &bytes)
            };
            (0..count).map(different).collect()
        };
        assert!(
            masks(&values(fit)).is_some_and(|all| {
                all.iter().map(|form| form.len()).sum::<usize>() <= MASKS_MAX
            })
        );
        assert!(masks(&values(fit + 1)).is_none());
    }
}
