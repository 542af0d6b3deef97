//! The proof that the store holds what the clients sealed. `sealyard-reveal` opens it with the
//! root key and prints the hash of each value; it is built for tests only, and no route does this.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use super::server::Store;
use crate::process::{capture, result_line, say};
use crate::tally::Tally;

/// Whose secret: scope, owner, environment, name.
type Key = (String, String, Option<String>, String);

/// Compares what the clients say they left with what is there, value by value. Something that is
/// there and should not be, such as a deleted secret, is a failure, too.
pub(super) fn compare(store: &Store, expected: &[PathBuf]) -> Result<Tally> {
    let reveal = store.binary.with_file_name("sealyard-reveal");
    let revealed = read(&capture(&mut store.command(&reveal, &[]))?)?;
    let mut wanted = BTreeMap::new();
    for file in expected {
        let text = fs::read_to_string(file)
            .with_context(|| format!("{} was not written", file.display()))?;
        wanted.extend(read(&text)?);
    }
    let findings = differences(&wanted, &revealed);
    for finding in &findings {
        say(&format!("not ok - {finding}"));
    }
    let kept = wanted
        .iter()
        .filter(|&(key, hash)| revealed.get(key) == Some(hash))
        .count();
    result_line(&format!(
        "{kept} of {} values in the store are what was sealed",
        wanted.len()
    ));
    Ok(Tally {
        passed: u64::try_from(kept)?,
        failed: u64::try_from(findings.len())?,
    })
}

/// Reads one JSON object per line.
fn read(text: &str) -> Result<BTreeMap<Key, String>> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| entry(line).context("a line of an expectation or of the reveal"))
        .collect()
}

fn entry(line: &str) -> Result<(Key, String)> {
    let value: Value = serde_json::from_str(line)?;
    let optional = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let text = |field: &'static str| optional(field).with_context(|| format!("no {field}"));
    let key = (
        text("scope")?,
        text("owner")?,
        optional("environment"),
        text("name")?,
    );
    Ok((key, text("sha256")?))
}

fn differences(wanted: &BTreeMap<Key, String>, found: &BTreeMap<Key, String>) -> Vec<String> {
    let show = |(scope, owner, environment, name): &Key| {
        format!(
            "{scope} {owner} {} {name}",
            environment.as_deref().unwrap_or("-")
        )
    };
    let wrong = wanted
        .iter()
        .filter_map(|(key, hash)| match found.get(key) {
            None => Some(format!("{} is not in the store", show(key))),
            Some(other) if other != hash => Some(format!("{} holds another value", show(key))),
            Some(_) => None,
        });
    let extra = found.keys().filter(|key| !wanted.contains_key(*key));
    wrong
        .chain(extra.map(|key| format!("{} should not be there", show(key))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, hash: &str) -> String {
        format!(
            r#"{{"scope":"env","owner":"o/r","environment":"a b/c","name":"{name}","sha256":"{hash}"}}"#
        )
    }

    #[test]
    fn equal_stores_do_not_differ() {
        let store = read(&format!("{}\n{}\n", line("A", "00"), line("B", "01"))).unwrap();
        assert_eq!(store.len(), 2);
        assert_eq!(differences(&store, &store), Vec::<String>::new());
    }

    #[test]
    fn a_missing_a_wrong_and_an_extra_value_are_found() {
        let wanted = read(&format!("{}\n{}\n", line("A", "00"), line("B", "01"))).unwrap();
        let found = read(&format!("{}\n{}\n", line("B", "02"), line("C", "03"))).unwrap();
        assert_eq!(
            differences(&wanted, &found),
            [
                "env o/r a b/c A is not in the store",
                "env o/r a b/c B holds another value",
                "env o/r a b/c C should not be there",
            ]
        );
    }

    #[test]
    fn a_line_without_a_hash_is_refused() {
        assert!(read(r#"{"scope":"org","owner":"o","environment":null,"name":"A"}"#).is_err());
    }
}
