//! `sealyard run … -- act …`
//!
//! act gives its workflows the secrets that it is told of. `-s NAME` without a value takes the
//! value from act's own environment, so nothing stands in a file or in the list of processes. An
//! empty value act would ask for at the terminal; `-s NAME=` says that it is empty.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The command line, with a `-s NAME` for every secret if it is act's: before act's own
/// arguments, so that one that ends the options changes nothing. Secrets that the arguments name
/// already are left to them.
pub(super) fn command_line(given: &[OsString], secrets: &[(&str, &[u8])]) -> Vec<OsString> {
    let Some(at) = options_at(given) else {
        return given.to_vec();
    };
    let (before, after) = given.split_at(at);
    let named = named(after);
    let added = secrets
        .iter()
        .filter(|(name, _)| !named.contains(*name))
        .flat_map(|(name, value)| {
            let mut secret = OsString::from(name);
            if value.is_empty() {
                secret.push("=");
            }
            [OsString::from("-s"), secret]
        });
    let before = before.iter().cloned();
    before.chain(added).chain(after.iter().cloned()).collect()
}

/// Where act's options begin: behind `act`, or behind `gh act`, its extension.
fn options_at(given: &[OsString]) -> Option<usize> {
    let (program, rest) = given.split_first()?;
    let program = Path::new(program).file_name()?;
    if program == "act" {
        return Some(1);
    }
    let extension = program == "gh" && rest.first().is_some_and(|first| first == "act");
    extension.then_some(2)
}

/// The names of secrets that act's arguments have: `-s NAME`, `-sNAME=value`, `--secret NAME`,
/// `--secret=NAME`. act takes names in upper case.
fn named(arguments: &[OsString]) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let mut arguments = arguments.iter().map(OsString::as_os_str);
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        let secret = match text.as_ref() {
            "--" => break,
            "-s" | "--secret" => arguments
                .next()
                .map(OsStr::to_string_lossy)
                .map(std::borrow::Cow::into_owned),
            other => other
                .strip_prefix("--secret=")
                .or_else(|| {
                    other
                        .strip_prefix("-s=")
                        .or_else(|| other.strip_prefix("-s"))
                })
                .map(str::to_owned),
        };
        if let Some(secret) = secret {
            let name = secret.split('=').next().unwrap_or_default();
            named.insert(name.to_ascii_uppercase());
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_secrets(line: &str) -> String {
        let given: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let secrets: [(&str, &[u8]); 3] = [("A", b"1"), ("B", b""), ("C", b"3")];
        let line = command_line(&given, &secrets);
        line.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn act_is_told_the_names() {
        for (given, expected) in [
            ("act", "act -s A -s B= -s C"),
            (
                "/opt/bin/act push -j x",
                "/opt/bin/act -s A -s B= -s C push -j x",
            ),
            ("gh act -n", "gh act -s A -s B= -s C -n"),
            ("act -- push", "act -s A -s B= -s C -- push"),
        ] {
            assert_eq!(with_secrets(given), expected);
        }
    }

    #[test]
    fn what_act_is_told_already_is_left_to_it() {
        for (given, expected) in [
            ("act -s a=x --secret B", "act -s C -s a=x --secret B"),
            ("act -sA --secret=c=x", "act -s B= -sA --secret=c=x"),
            ("act -s=A", "act -s B= -s C -s=A"),
            ("act push -- -s A", "act -s A -s B= -s C push -- -s A"),
        ] {
            assert_eq!(with_secrets(given), expected);
        }
    }

    #[test]
    fn other_commands_stay_as_they_are() {
        for line in ["action", "./act.sh", "gh secret list", "gh", "echo act"] {
            assert_eq!(with_secrets(line), line);
        }
    }
}
