//! What is authenticated without being hidden: tokens, audit entries, table
//! rows and sessions, each by HMAC-SHA-256 under a long-lived key of its own.
//!
//! A new MAC is made under the newest epoch. What is stored keeps the epoch
//! beside it and is verified under that one.

use subtle::ConstantTimeEq;

use crate::Keyring;
use crate::keyring::{MacKey, Numbered};

/// A MAC, and the epoch of the key it was made with.
pub type Dated = ([u8; 32], u32);

impl Keyring {
    /// What a token is stored and looked up as.
    pub fn mac_token(&self, token: &[u8]) -> [u8; 32] {
        self.token.newest.sign(token)
    }

    /// The epoch of the key that [`Self::mac_token`] uses, stored beside the MAC.
    pub fn token_epoch(&self) -> u32 {
        self.token.number
    }

    /// The MAC of a token under each epoch, the newest first: a token made in an
    /// earlier epoch is found under an earlier key.
    pub fn mac_token_in_each_epoch(&self, token: &[u8]) -> impl Iterator<Item = [u8; 32]> {
        self.token.newest_first().map(move |key| key.sign(token))
    }

    /// The epoch that the next audit entry is made in; the entry itself contains it.
    pub fn audit_epoch(&self) -> u32 {
        self.audit.number
    }

    /// The MAC of an audit entry.
    pub fn mac_audit(&self, entry: &[u8]) -> Dated {
        dated(&self.audit, entry)
    }

    /// Whether `mac` is the MAC of an audit entry of that epoch; in constant time.
    pub fn verify_audit(&self, epoch: u32, entry: &[u8], mac: &[u8]) -> bool {
        verify(&self.audit, epoch, entry, mac)
    }

    /// The MAC of a table row.
    pub fn mac_row(&self, row: &Row) -> Dated {
        dated(&self.row, &row.encoded())
    }

    /// Whether `mac` is the MAC of a table row of that epoch; in constant time.
    pub fn verify_row(&self, epoch: u32, row: &Row, mac: &[u8]) -> bool {
        verify(&self.row, epoch, &row.encoded(), mac)
    }

    /// The MAC of a session.
    pub fn mac_session(&self, session: &[u8]) -> Dated {
        dated(&self.session, session)
    }

    /// Whether `mac` is the MAC of a session of that epoch; in constant time.
    pub fn verify_session(&self, epoch: u32, session: &[u8], mac: &[u8]) -> bool {
        verify(&self.session, epoch, session, mac)
    }
}

/// Whether two MACs, or two secrets of one length, are the same; in time that
/// depends on the lengths alone.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// A table row, as its MAC covers it:
/// `u16+table || per column: type(1) u32+bytes || version u64`, columns in schema order.
///
/// ```
/// use sealyard_vault::mac::Row;
/// let row = Row::new("tokens", 3).int(17).text("octocat").null().blob(&[1, 2]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    columns: Vec<u8>,
    version: u64,
}

impl Row {
    /// A row of `table` in its `version`, without columns yet.
    pub fn new(table: &'static str, version: u64) -> Self {
        let mut columns = Vec::with_capacity(256);
        let length = u16::try_from(table.len()).expect("a table's name is a short literal of ours");
        columns.extend_from_slice(&length.to_be_bytes());
        columns.extend_from_slice(table.as_bytes());
        Self { columns, version }
    }

    /// The next column is null.
    #[must_use]
    pub fn null(self) -> Self {
        self.column(0, &[])
    }

    /// The next column is an integer.
    #[must_use]
    pub fn int(self, value: i64) -> Self {
        self.column(1, &value.to_be_bytes())
    }

    /// The next column is text.
    #[must_use]
    pub fn text(self, value: &str) -> Self {
        self.column(2, value.as_bytes())
    }

    /// The next column is bytes.
    #[must_use]
    pub fn blob(self, value: &[u8]) -> Self {
        self.column(3, value)
    }

    fn column(mut self, kind: u8, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).expect("a column is far below 4 GiB");
        self.columns.push(kind);
        self.columns.extend_from_slice(&length.to_be_bytes());
        self.columns.extend_from_slice(bytes);
        self
    }

    fn encoded(&self) -> Vec<u8> {
        [&self.columns[..], &self.version.to_be_bytes()].concat()
    }
}

fn dated(keys: &Numbered<MacKey>, data: &[u8]) -> Dated {
    (keys.newest.sign(data), keys.number)
}

fn verify(keys: &Numbered<MacKey>, epoch: u32, data: &[u8], mac: &[u8]) -> bool {
    keys.get(epoch)
        .is_some_and(|key| same(&key.sign(data), mac))
}

#[cfg(test)]
mod tests {
    use super::{Row, same};
    use crate::{Keyring, RootKey};

    fn keyring() -> Keyring {
        Keyring::create(RootKey::generate(), [1; 16]).0
    }

    #[test]
    fn a_row_is_encoded_byte_for_byte() {
        let row = Row::new("ab", 0x0102)
            .null()
            .int(-1)
            .text("x")
            .blob(&[9, 8]);
        let expected = [
            &[0, 2, b'a', b'b'][..],
            &[0, 0, 0, 0, 0],
            &[1, 0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 255],
            &[2, 0, 0, 0, 1, b'x'],
            &[3, 0, 0, 0, 2, 9, 8],
            &[0, 0, 0, 0, 0, 0, 1, 2],
        ];
        assert_eq!(row.encoded(), expected.concat());
    }

    #[test]
    fn rows_that_differ_anywhere_have_macs_that_differ() {
        let ring = keyring();
        let row = |table| Row::new(table, 1);
        let rows = [
            row("t"),
            row("u"),
            Row::new("t", 2),
            row("t").null(),
            row("t").int(0),
            row("t").text(""),
            row("t").blob(b""),
            row("t").text("ab").text("c"),
            row("t").text("a").text("bc"),
            row("t").text("abc"),
            row("t").blob(b"abc"),
            row("t").int(0).int(1),
            row("t").int(1).int(0),
        ];
        for (i, a) in rows.iter().enumerate() {
            let (mac, epoch) = ring.mac_row(a);
            for (j, b) in rows.iter().enumerate() {
                assert_eq!(ring.verify_row(epoch, b, &mac), i == j, "{i} {j}");
            }
        }
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        let ring = keyring();
        let row = Row::new("t", 0);
        let macs = [
            ring.mac_token(&row.encoded()),
            ring.mac_audit(&row.encoded()).0,
            ring.mac_row(&row).0,
            ring.mac_session(&row.encoded()).0,
        ];
        for (i, a) in macs.iter().enumerate() {
            assert!(macs.iter().skip(i + 1).all(|b| a != b), "{i}");
        }
    }

    #[test]
    fn a_mac_verifies_for_its_data_and_its_epoch_only() {
        let ring = keyring();
        let (mac, epoch) = ring.mac_audit(b"entry");
        assert_eq!(epoch, ring.audit_epoch());
        assert!(ring.verify_audit(epoch, b"entry", &mac));
        assert!(!ring.verify_audit(epoch, b"entrz", &mac));
        assert!(!ring.verify_audit(epoch + 1, b"entry", &mac));
        assert!(!ring.verify_audit(epoch, b"entry", &mac[..31]));
        assert!(!ring.verify_audit(epoch, b"entry", &[]));
        assert!(!keyring().verify_audit(epoch, b"entry", &mac));
        let (mac, epoch) = ring.mac_session(b"session");
        assert!(ring.verify_session(epoch, b"session", &mac));
        assert!(!ring.verify_session(epoch, b"another", &mac));
    }

    #[test]
    fn equal_means_every_byte_and_the_length() {
        assert!(same(b"", b"") && same(b"ab", b"ab"));
        assert!(!same(b"ab", b"ac") && !same(b"ab", b"cb") && !same(b"ab", b"a"));
    }
}
