//! What `--format` prints: the secrets as a file or a script takes them.

use std::str::FromStr;

use zeroize::Zeroizing;

/// How secrets are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `NAME='value'`, for libraries that read `.env` files.
    Dotenv,
    /// One object.
    Json,
    /// `export NAME='value'`, for any shell of POSIX.
    Shell,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "dotenv" => Ok(Self::Dotenv),
            "json" => Ok(Self::Json),
            "shell" => Ok(Self::Shell),
            _ => Err("the formats are dotenv, json and shell"),
        }
    }
}

/// Why a secret cannot be printed so.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Unprintable {
    /// A NUL ends a text in shells and in most readers of files.
    #[error("the secret {0} has a NUL byte, which this format cannot hold; use --files")]
    Nul(String),
    /// Not UTF-8.
    #[error("the secret {0} is not UTF-8, which this format takes; use --files")]
    NotText(String),
}

impl Format {
    /// Whether what is printed becomes variables of a program.
    pub(super) fn makes_variables(self) -> bool {
        match self {
            Self::Dotenv | Self::Shell => true,
            Self::Json => false,
        }
    }

    /// The text of all secrets, with a final newline.
    pub(super) fn print(
        self,
        secrets: &[(&str, &[u8])],
    ) -> Result<Zeroizing<Vec<u8>>, Unprintable> {
        let mut out = Zeroizing::new(Vec::new());
        if self == Self::Json {
            json(secrets, &mut out)?;
            return Ok(out);
        }
        for (name, value) in secrets {
            if value.contains(&0) {
                return Err(Unprintable::Nul((*name).to_owned()));
            }
            if self == Self::Dotenv {
                out.extend_from_slice(name.as_bytes());
                out.push(b'=');
                dotenv(text(name, value)?, &mut out);
            } else {
                out.extend_from_slice(b"export ");
                out.extend_from_slice(name.as_bytes());
                out.push(b'=');
                shell(value, &mut out);
            }
            out.push(b'\n');
        }
        Ok(out)
    }
}

fn text<'a>(name: &str, value: &'a [u8]) -> Result<&'a str, Unprintable> {
    str::from_utf8(value).map_err(|_| Unprintable::NotText(name.to_owned()))
}

/// `{"NAME":"value"}`
fn json(secrets: &[(&str, &[u8])], out: &mut Vec<u8>) -> Result<(), Unprintable> {
    out.push(b'{');
    for (at, (name, value)) in secrets.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        for part in [*name, text(name, value)?] {
            let part = serde_json::to_vec(part).map(Zeroizing::new);
            out.extend_from_slice(&part.expect("any text can be written as JSON"));
            out.push(b':');
        }
        // After the name, but not after the value.
        out.pop();
    }
    out.extend_from_slice(b"}\n");
    Ok(())
}

/// One word of a shell (POSIX, 2.2.2): nothing between single quotes means anything, and the single
/// quote itself is written outside of them.
fn shell(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    for byte in value {
        match byte {
            b'\'' => out.extend_from_slice(br"'\''"),
            other => out.push(*other),
        }
    }
    out.push(b'\'');
}

/// A value as readers of `.env` files take it. There is no standard, so: single quotes, between which
/// most of them take everything as it is, newlines too; where the value has something that one of
/// them takes differently there, double quotes with `\\`, `\"`, `\$` and `\r`, as Docker Compose reads
/// them. Help names the readers that have ways of their own.
fn dotenv(value: &str, out: &mut Vec<u8>) {
    // python-dotenv reads `\\` and `\'` in single quotes; node's reads a carriage return as newline.
    let plain = !value.contains(['\'', '\r']) && !value.contains(r"\\") && !value.ends_with('\\');
    if plain {
        out.push(b'\'');
        out.extend_from_slice(value.as_bytes());
        out.push(b'\'');
        return;
    }
    out.push(b'"');
    for byte in value.bytes() {
        match byte {
            b'\\' | b'"' | b'$' => out.extend_from_slice(&[b'\\', byte]),
            b'\r' => out.extend_from_slice(br"\r"),
            other => out.push(other),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealyard_vault::random;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    fn printed(format: Format, value: &[u8]) -> Result<String, Unprintable> {
        let printed = format.print(&[("A", value)])?;
        Ok(String::from_utf8(printed.to_vec()).expect("UTF-8"))
    }

    /// What a shell has in its variables after reading `script`, each with a zero behind it.
    fn read_back(shell: &str, script: &[u8], names: &[String]) -> Vec<u8> {
        let mut child = Command::new(shell)
            .arg("-s")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(script).expect("a script");
        for name in names {
            writeln!(input, "printf '%s\\0' \"${name}\"").expect("a script");
        }
        drop(input);
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success());
        output.stdout
    }

    fn values(count: usize, alphabet: impl Fn(u8) -> u8) -> Vec<Vec<u8>> {
        let value = |n: usize| {
            let bytes = random::bytes::<64>();
            bytes
                .iter()
                .take(n % 65)
                .map(|byte| alphabet(*byte))
                .collect()
        };
        (0..count).map(value).collect()
    }

    #[test]
    fn a_shell_reads_back_every_byte() {
        let tricky = b"'\"\\$`!\n\r\t *?[](){}<>|&;#~=%a\x01\x7f\x80\xff";
        let mut all = values(200, |byte| byte.max(1));
        all.extend(values(200, |byte| tricky[usize::from(byte) % tricky.len()]));
        let names: Vec<String> = (0..all.len()).map(|n| format!("V{n}")).collect();
        let secrets: Vec<(&str, &[u8])> = names
            .iter()
            .zip(&all)
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        let script = Format::Shell.print(&secrets).expect("no NUL");
        let mut expected = Vec::new();
        for value in &all {
            expected.extend_from_slice(value);
            expected.push(0);
        }
        for shell in ["sh", "bash"] {
            assert!(read_back(shell, &script, &names) == expected, "{shell}");
        }
    }

    #[test]
    fn a_shell_reads_dotenv_in_single_quotes_too() {
        for value in [
            "",
            "plain",
            "a b",
            "$HOME `id` \"x\"",
            "two\nlines\n",
            "{\"k\":\"a\\nb\"}",
        ] {
            let line = printed(Format::Dotenv, value.as_bytes()).unwrap();
            let back = read_back("sh", line.as_bytes(), &["A".to_owned()]);
            assert_eq!(back, format!("{value}\0").as_bytes());
        }
    }

    #[test]
    fn dotenv_takes_double_quotes_where_single_ones_are_not_enough() {
        for (value, line) in [
            ("it's", "A=\"it's\"\n"),
            ("it's \"$5\"", "A=\"it's \\\"\\$5\\\"\"\n"),
            (r"c:\", "A=\"c:\\\\\"\n"),
            (r"a\\b", "A=\"a\\\\\\\\b\"\n"),
            ("a\r\nb", "A=\"a\\r\nb\"\n"),
            (r"a\nb", "A='a\\nb'\n"),
        ] {
            assert_eq!(
                printed(Format::Dotenv, value.as_bytes()).as_deref(),
                Ok(line)
            );
        }
    }

    #[test]
    fn json_reads_back_as_it_was() {
        let secrets: [(&str, &[u8]); 3] = [
            ("A", "é\n\"\\\u{0}\u{1}".as_bytes()),
            ("B", b""),
            ("C", b"plain"),
        ];
        let text = Format::Json.print(&secrets).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let expected = serde_json::json!({"A": "é\n\"\\\u{0}\u{1}", "B": "", "C": "plain"});
        assert_eq!(read, expected);
        assert_eq!(Format::Json.print(&[]).unwrap().as_slice(), b"{}\n");
    }

    #[test]
    fn what_a_format_cannot_hold_is_refused_by_name() {
        let name = "A".to_owned();
        for format in [Format::Dotenv, Format::Shell] {
            assert_eq!(
                printed(format, b"a\0b"),
                Err(Unprintable::Nul(name.clone()))
            );
        }
        for format in [Format::Dotenv, Format::Json] {
            let refused = Err(Unprintable::NotText(name.clone()));
            assert_eq!(printed(format, b"a\xffb"), refused);
        }
        let message = Unprintable::NotText(name).to_string();
        assert!(message.starts_with("the secret A is not UTF-8"));
    }
}
