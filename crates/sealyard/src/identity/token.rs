//! Tokens in GitHub's format, whose checksum tells a mistyped one before any query.
//!
//! GitHub: "Behind GitHub's new authentication token formats" (2021): a prefix, 30 random base62
//! characters, and 6 for the CRC-32 of those, left-padded with `0`.

use sealyard_vault::{Keyring, random};
use zeroize::Zeroizing;

/// `0-9A-Za-z`: the digits of the checksum, and the alphabet of the random part.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_LENGTH: usize = 30;
/// A fine-grained token is 22 characters, `_` and 59. What GitHub's last six are is not published;
/// ours are the checksum of all before.
const FINE_GRAINED_FIRST: usize = 22;
const FINE_GRAINED_RANDOM: usize = 75;
const CHECKSUM_LENGTH: usize = 6;

/// What a token is for, told by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `ghp_`: a personal access token (classic).
    Classic,
    /// `gho_`: an OAuth token.
    OAuth,
    /// `github_pat_`: a fine-grained personal access token.
    FineGrained,
    /// `ghs_`: the token of an app's installation.
    Installation,
    /// `syr_`: a runner's own credential.
    Runner,
    /// `syj_`: the ticket of a job.
    Ticket,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Classic,
        Self::OAuth,
        Self::FineGrained,
        Self::Installation,
        Self::Runner,
        Self::Ticket,
    ];

    /// How many characters are random, in both parts together.
    fn random_length(self) -> usize {
        match self {
            Self::FineGrained => FINE_GRAINED_RANDOM,
            Self::Classic | Self::OAuth | Self::Installation | Self::Runner | Self::Ticket => {
                RANDOM_LENGTH
            }
        }
    }

    /// As in the store, of those that act for a user.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::OAuth => "oauth",
            Self::FineGrained => "fine_grained",
            Self::Installation => "installation",
            Self::Runner => "runner",
            Self::Ticket => "ticket",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn from_word(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Classic => "ghp_",
            Self::OAuth => "gho_",
            Self::FineGrained => "github_pat_",
            Self::Installation => "ghs_",
            Self::Runner => "syr_",
            Self::Ticket => "syj_",
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
        let random = random_text(kind.random_length(), BASE62);
        let sum = checksum(&random);
        // Only the fine-grained form has two parts.
        let (first, second) = match kind {
            Kind::FineGrained => random.split_at(FINE_GRAINED_FIRST),
            Kind::Classic | Kind::OAuth | Kind::Installation | Kind::Runner | Kind::Ticket => {
                ("", &**random)
            }
        };
        let separator = if first.is_empty() { "" } else { "_" };
        let text = format!("{}{first}{separator}{second}{sum}", kind.prefix());
        let text = Zeroizing::new(text);
        Self { kind, text }
    }

    /// Checks prefix, alphabet and checksum.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = Kind::ALL
            .iter()
            .find_map(|kind| Some((*kind, text.strip_prefix(kind.prefix())?)))?;
        let rest = match kind {
            Kind::FineGrained => {
                let (first, second) = rest.split_once('_')?;
                let joined = (first.len() == FINE_GRAINED_FIRST).then(|| [first, second].concat());
                Zeroizing::new(joined?)
            }
            Kind::Classic | Kind::OAuth | Kind::Installation | Kind::Runner | Kind::Ticket => {
                Zeroizing::new(rest.to_owned())
            }
        };
        let well_formed = rest.len() == kind.random_length() + CHECKSUM_LENGTH
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !well_formed {
            return None;
        }
        let (random, sum) = rest.split_at(kind.random_length());
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
    fn a_fine_grained_token_has_its_two_parts() {
        let token = Token::generate(Kind::FineGrained);
        let text = token.reveal();
        assert_eq!((text.len(), text.rfind('_')), (93, Some(33)));
        assert!(Token::parse(text).is_some_and(|token| token.kind() == Kind::FineGrained));
        let moved = text.replacen("github_pat_", "github_pat_0", 1);
        let shorter = &text[..text.len() - 1];
        let joined = format!(
            "github_pat_{}",
            text["github_pat_".len()..].replace('_', "0")
        );
        for wrong in [&moved, shorter, &joined, "github_pat_", "github_pat__"] {
            assert!(Token::parse(wrong).is_none());
        }
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
