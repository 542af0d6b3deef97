//! Where a record belongs. The place is part of the key derivation and of the
//! authenticated data, so a record that is moved does not open.

/// Bytes of the longest context, of a secret with a name of 255 bytes: taken at once, as a buffer that
/// grows is copied and wiped.
const CONTEXT_LEN_MAX: usize = 16 + 2 + 8 + 8 + 16 + 2 + 255;

/// What a record holds; each purpose has wrapping keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// The value of a secret.
    SecretValue = 1,
    /// The private half of a sealing key.
    SealingKey,
    /// A key-encryption key; the only purpose that the root key wraps.
    Kek,
    /// The key that tokens are looked up by.
    TokenKey,
    /// The key that audit entries are chained under.
    AuditKey,
    /// The key that access rows are authenticated under.
    RowKey,
    /// The key that sessions are authenticated under.
    SessionKey,
}

impl Purpose {
    /// All purposes, by code.
    pub const ALL: [Self; 7] = [
        Self::SecretValue,
        Self::SealingKey,
        Self::Kek,
        Self::TokenKey,
        Self::AuditKey,
        Self::RowKey,
        Self::SessionKey,
    ];

    /// The purposes that live long, one key to an epoch.
    pub(crate) const LONG_LIVED: [Self; 4] = [
        Self::TokenKey,
        Self::AuditKey,
        Self::RowKey,
        Self::SessionKey,
    ];

    /// The byte that stands for the purpose in a record, 1 to 7.
    pub const fn code(self) -> u8 {
        match self {
            Self::SecretValue => 1,
            Self::SealingKey => 2,
            Self::Kek => 3,
            Self::TokenKey => 4,
            Self::AuditKey => 5,
            Self::RowKey => 6,
            Self::SessionKey => 7,
        }
    }

    /// The purpose with this [`code`](Self::code).
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// The family of secrets, as GitHub separates them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// GitHub Actions.
    Actions = 1,
    /// Dependabot.
    Dependabot,
    /// Codespaces.
    Codespaces,
    /// Copilot's agents.
    Agents,
}

impl Family {
    /// The byte that stands for the family in a place, 1 to 4.
    pub const fn code(self) -> u8 {
        match self {
            Self::Actions => 1,
            Self::Dependabot => 2,
            Self::Codespaces => 3,
            Self::Agents => 4,
        }
    }
}

/// What kind of object a secret hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerKind {
    /// An organisation.
    Organization = 1,
    /// A repository.
    Repository,
    /// An environment of a repository.
    Environment,
}

impl OwnerKind {
    /// The byte that stands for the kind in a place, 1 to 3.
    pub const fn code(self) -> u8 {
        match self {
            Self::Organization => 1,
            Self::Repository => 2,
            Self::Environment => 3,
        }
    }
}

/// Where a record belongs: it unwraps there and nowhere else.
///
/// Ids, not names, so that a rename re-encrypts nothing. The instance is not
/// part of it: the key ring knows its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place<'a>(Inner<'a>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Inner<'a> {
    SecretValue {
        owner: Owner,
        write_id: [u8; 16],
        name: &'a str,
    },
    SealingKey {
        owner: Owner,
        key_id: &'a str,
    },
    Kek {
        term: u32,
    },
    LongLived {
        purpose: Purpose,
        epoch: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Owner {
    family: Family,
    kind: OwnerKind,
    id: i64,
    environment_id: i64,
}

impl<'a> Place<'a> {
    /// The place of a secret's value.
    ///
    /// `owner_id` is the organisation's id, or the repository's for repositories
    /// and environments; `environment_id` is 0 unless the owner is an environment.
    /// `write_id` is 16 random bytes, new for each write of the value, and `name`
    /// the name in its stored form (upper case).
    pub fn secret_value(
        family: Family,
        kind: OwnerKind,
        owner_id: i64,
        environment_id: i64,
        write_id: [u8; 16],
        name: &'a str,
    ) -> Self {
        let owner = Owner {
            family,
            kind,
            id: owner_id,
            environment_id,
        };
        Self(Inner::SecretValue {
            owner,
            write_id,
            name,
        })
    }

    /// The place of a sealing key's private half; ids as in [`secret_value`](Self::secret_value).
    pub fn sealing_key(
        family: Family,
        kind: OwnerKind,
        owner_id: i64,
        environment_id: i64,
        key_id: &'a str,
    ) -> Self {
        let owner = Owner {
            family,
            kind,
            id: owner_id,
            environment_id,
        };
        Self(Inner::SealingKey { owner, key_id })
    }

    /// What a record in this place holds.
    pub fn purpose(&self) -> Purpose {
        match self.0 {
            Inner::SecretValue { .. } => Purpose::SecretValue,
            Inner::SealingKey { .. } => Purpose::SealingKey,
            Inner::Kek { .. } => Purpose::Kek,
            Inner::LongLived { purpose, .. } => purpose,
        }
    }

    /// The place of a key-encryption key. Only the key ring wraps those.
    pub(crate) fn kek(term: u32) -> Self {
        Self(Inner::Kek { term })
    }

    /// The place of one of the keys in [`Purpose::LONG_LIVED`].
    pub(crate) fn long_lived(purpose: Purpose, epoch: u32) -> Self {
        Self(Inner::LongLived { purpose, epoch })
    }

    /// The bytes that the record is bound to. Big endian; within a purpose every
    /// field has a fixed length, except the last, which carries its own.
    pub(crate) fn context(&self, instance: &[u8; 16]) -> Vec<u8> {
        let mut context = Vec::with_capacity(CONTEXT_LEN_MAX);
        context.extend_from_slice(instance);
        match self.0 {
            Inner::SecretValue {
                owner,
                write_id,
                name,
            } => {
                owner.append_to(&mut context);
                context.extend_from_slice(&write_id);
                append_text(&mut context, name);
            }
            Inner::SealingKey { owner, key_id } => {
                owner.append_to(&mut context);
                append_text(&mut context, key_id);
            }
            Inner::Kek { term } => context.extend_from_slice(&term.to_be_bytes()),
            Inner::LongLived { epoch, .. } => context.extend_from_slice(&epoch.to_be_bytes()),
        }
        context
    }
}

impl Owner {
    fn append_to(self, context: &mut Vec<u8>) {
        context.extend_from_slice(&[self.family.code(), self.kind.code()]);
        context.extend_from_slice(&self.id.to_be_bytes());
        context.extend_from_slice(&self.environment_id.to_be_bytes());
    }
}

fn append_text(context: &mut Vec<u8>, text: &str) {
    context.extend_from_slice(&length_u16(text.len()));
    context.extend_from_slice(text.as_bytes());
}

/// A length in two bytes. Names have at most 255 bytes; a length beyond 65,535
/// is written as that, which is still unambiguous where such a text comes last.
pub(crate) fn length_u16(len: usize) -> [u8; 2] {
    u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Family, OwnerKind, Place, Purpose};

    #[test]
    fn a_context_is_laid_out_byte_for_byte() {
        let place = Place::secret_value(
            Family::Agents,
            OwnerKind::Environment,
            0x0102_0304_0506_0708,
            9,
            [0xEE; 16],
            "NAME",
        );
        let expected = [
            &[0xAA; 16][..],                 // instance
            &[4, 3],                         // family, kind
            &[1, 2, 3, 4, 5, 6, 7, 8],       // owner id
            &[0, 0, 0, 0, 0, 0, 0, 9],       // environment id
            &[0xEE; 16],                     // write id
            &[0, 4, b'N', b'A', b'M', b'E'], // name
        ];
        assert_eq!(place.context(&[0xAA; 16]), expected.concat());

        let place = Place::sealing_key(Family::Actions, OwnerKind::Organization, 1, 0, "0123");
        let expected = [
            &[0xAA; 16][..],
            &[1, 1],
            &[0, 0, 0, 0, 0, 0, 0, 1],
            &[0; 8],
            &[0, 4, b'0', b'1', b'2', b'3'],
        ];
        assert_eq!(place.context(&[0xAA; 16]), expected.concat());

        let number = [&[0xAA; 16][..], &[0, 0, 1, 2]].concat();
        assert_eq!(Place::kek(258).context(&[0xAA; 16]), number);
        assert_eq!(
            Place::long_lived(Purpose::RowKey, 258).context(&[0xAA; 16]),
            number
        );
    }

    #[test]
    fn names_that_differ_have_contexts_that_differ_at_any_length() {
        let context = |len: usize| {
            let name = "A".repeat(len);
            let place =
                Place::secret_value(Family::Actions, OwnerKind::Repository, 1, 0, [0; 16], &name);
            place.context(&[0; 16])
        };
        let lengths = [0, 1, 255, 256, 65_535, 65_536, 65_537];
        for (i, a) in lengths.into_iter().enumerate() {
            for b in lengths.into_iter().skip(i + 1) {
                assert_ne!(context(a), context(b), "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_purpose_is_found_by_its_code_and_no_other_byte_is_one() {
        let known: Vec<u8> = (0..=255)
            .filter(|&c| Purpose::from_code(c).is_some())
            .collect();
        assert_eq!(known, [1, 2, 3, 4, 5, 6, 7]);
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
        }
    }
}
