//! Names of secrets.

/// The longest name, in characters. GitHub documents none; this is our choice.
pub const LENGTH_MAX: usize = 255;

/// A valid name: `[A-Z_][A-Z0-9_]*`, not `GITHUB_…`, at most 255 characters.
///
/// GitHub: "Naming your secrets". [`SecretName::parse`] is the only way in, and upper-cases by ASCII
/// rules, so that no other alphabet's case ever reaches a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretName(String);

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A character, the first character, or nothing at all.
    #[error("not a name")]
    Form,
    /// `GITHUB_…` is GitHub's own.
    #[error("reserved")]
    Reserved,
    /// More than [`LENGTH_MAX`].
    #[error("too long")]
    TooLong,
}

impl SecretName {
    /// Checks a name and upper-cases it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let first = text.bytes().next().ok_or(Invalid::Form)?;
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if first.is_ascii_digit() || !plain {
            return Err(Invalid::Form);
        }
        if text.len() > LENGTH_MAX {
            return Err(Invalid::TooLong);
        }
        let name = text.to_ascii_uppercase();
        if name.starts_with("GITHUB_") {
            return Err(Invalid::Reserved);
        }
        Ok(Self(name))
    }

    /// The name in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_upper_cased_by_ascii_rules_only() {
        assert_eq!(
            SecretName::parse("_gh_Token1").unwrap().as_str(),
            "_GH_TOKEN1"
        );
        assert_eq!(SecretName::parse("GITHUB").unwrap().as_str(), "GITHUB");
        for name in [
            "",
            "1A",
            "A-B",
            "A B",
            "İ",
            "ＡＢ",
            "é",
            "A\0",
            "A.B",
            "public-key",
        ] {
            assert_eq!(SecretName::parse(name), Err(Invalid::Form), "{name}");
        }
        assert_eq!(SecretName::parse("gitHub_x"), Err(Invalid::Reserved));
        assert!(SecretName::parse(&"A".repeat(255)).is_ok());
        assert_eq!(SecretName::parse(&"A".repeat(256)), Err(Invalid::TooLong));
    }

    #[test]
    fn exactly_the_63_characters_are_allowed() {
        let allowed = |c: &char| SecretName::parse(&format!("A{c}")).is_ok();
        assert_eq!(('\0'..=char::MAX).filter(allowed).count(), 63);
    }
}
