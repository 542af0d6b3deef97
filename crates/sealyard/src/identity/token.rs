//! Tokens in GitHub's format, whose checksum tells a mistyped one before any query.
//!
//! GitHub: "Behind GitHub's new authentication token formats" (2021): a prefix, 30 random base62
//! characters, and 6 for the CRC-32 of those, left-padded with `0`.

use sealyard_vault::{Keyring, random};
use zeroize::Zeroizing;

/// `0-9A-Za-z`: the digits of the checksum, and the alphabet of the random part.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_LENGTH: usize = 30;
const CHECKSUM_LENGTH: usize = 6;

/// What a token is for, told by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `ghp_`: a personal access token (classic).
    Classic,
    /// `gho_`: an OAuth token.
    OAuth,
    /// `syr_`: a runner's own credential.
    Runner,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Classic, Self::OAuth, Self::Runner];

    fn prefix(self) -> &'static str {
        match self {
            Self::Classic => "ghp_",
            Self::OAuth => "gho_",
            Self::Runner => "syr_",
        }
    }
}

/// A well-formed token. Wiped on drop; never shown except by [`Token::reveal`].
pub struct Token {
    kind: Kind,
    text: Zeroizing<String>,
}

impl Token {
    /// A new random token.
    pub fn generate(kind: Kind) -> Self {
        let random = random_text(RANDOM_LENGTH, BASE62);
        let text = Zeroizing::new(format!("{}{}{}", kind.prefix(), *random, checksum(&random)));
        Self { kind, text }
    }

    /// Checks prefix, alphabet and checksum.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = Kind::ALL
            .iter()
            .find_map(|kind| Some((*kind, text.strip_prefix(kind.prefix())?)))?;
        let well_formed = rest.len() == RANDOM_LENGTH + CHECKSUM_LENGTH
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !well_formed {
            return None;
        }
        let (random, sum) = rest.split_at(RANDOM_LENGTH);
        (checksum(random) == sum).then(|| Self {
            kind,
            text: Zeroizing::new(text.to_owned()),
        })
    }

    /// What the token is for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the store knows of the token: its HMAC under the token key.
    pub fn mac(&self, keyring: &Keyring) -> [u8; 32] {
        keyring.mac_token(self.text.as_bytes())
    }

    /// The last eight characters, which GitHub shows so that people recognise a token.
    pub fn last_eight(&self) -> &str {
        self.text
            .get(self.text.len().saturating_sub(8)..)
            .unwrap_or_default()
    }

    /// The token itself: for the one answer that hands it out.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

/// Random text of an alphabet of at most 64 characters, each equally likely.
pub fn random_text(length: usize, alphabet: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        // Six bits at a time; what lies beyond the alphabet is drawn again, so that none is favoured.
        for byte in random::bytes::<32>() {
            if let Some(character) = alphabet.get(usize::from(byte & 0x3f))
                && text.len() < length
            {
                text.push(char::from(*character));
            }
        }
    }
    text
}

fn checksum(random: &str) -> String {
    let mut rest = usize::try_from(crc32fast::hash(random.as_bytes())).unwrap_or_default();
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.get(rest % 62).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_has_the_right_checksum() {
        assert!(Token::parse("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").is_some());
    }

    #[test]
    fn a_generated_token_parses_and_an_altered_one_does_not() {
        let token = Token::generate(Kind::Classic);
        assert_eq!(token.reveal().len(), 40);
        assert!(Token::parse(token.reveal()).is_some_and(|token| token.kind() == Kind::Classic));
        let mut altered = token.reveal().to_owned();
        let flipped = if altered.ends_with('0') { "1" } else { "0" };
        altered.replace_range(39.., flipped);
        assert!(Token::parse(&altered).is_none());
        for text in [
            "",
            "ghp_",
            "ghx_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17",
            "ghp_ä",
        ] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
