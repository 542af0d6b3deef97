//! A thousand values in some thirty encodings, written here apart from ours: nothing of them comes
//! out.

use std::collections::HashSet;

use base64ct::{Base64, Base64Unpadded, Base64Url, Encoding as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{cases, contains, masked};
use crate::mask::forms;
use crate::mask::stream::Needles;

/// No value has so long a piece of it.
const NOISE: &[u8] = b"\n<<~~ 2026-11-20 ~~>>\n";
/// Of what is to be found in no output, in bytes.
const WINDOW: usize = 8;

const UNRESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const COMPONENT: AsciiSet = UNRESERVED
    .remove(b'!')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// A value is encoded as a whole, as text where it must be.
fn encodings(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let texts = [url(value), json(value), markup(value), shell(value)].concat();
    let mut all: Vec<(&str, Vec<u8>)> = texts
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    for (name, before) in [
        ("base64", 0),
        ("base64 after one", 1),
        ("base64 after two", 2),
    ] {
        for after in [0, 2] {
            let text = [&b"::"[..before], value.as_bytes(), &b"\n\n"[..after]].concat();
            // Only those characters that are not partly of what is before or after.
            let own = (before * 4).div_ceil(3)..(before + value.len()) * 4 / 3;
            for encoded in [
                Base64::encode_string(&text),
                Base64Url::encode_string(&text),
            ] {
                all.push((name, encoded.as_bytes()[own.clone()].to_vec()));
            }
        }
    }
    all.push((
        "base64 of lines",
        lines(value, Base64Unpadded::encode_string),
    ));
    all.push(("lines", lines(value, str_of)));
    all
}

fn str_of(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

/// Each line by itself, with something else between. Of base64, without the last character.
fn lines(value: &str, encode: fn(&[u8]) -> String) -> Vec<u8> {
    let lines = value.lines().map(|line| line.trim_ascii().as_bytes());
    let mut out = Vec::new();
    for line in lines.filter(|line| line.len() >= 4) {
        let mut encoded = encode(line);
        if encoded.len() != line.len() {
            encoded.truncate(line.len() * 4 / 3);
        }
        out.extend_from_slice(encoded.as_bytes());
        out.extend_from_slice(b" <~> ");
    }
    out
}

fn url(value: &str) -> Vec<(&'static str, String)> {
    let bytes = value.as_bytes();
    let strict = percent_encode(bytes, &UNRESERVED).to_string();
    let form: String = url::form_urlencoded::byte_serialize(bytes).collect();
    vec![
        ("hex", hex(bytes)),
        ("HEX", hex(bytes).to_ascii_uppercase()),
        ("url, lower", lower_digits(&strict)),
        ("form, plus", strict.replace("%20", "+")),
        ("url", strict),
        ("form", form),
        ("component", percent_encode(bytes, &COMPONENT).to_string()),
    ]
}

fn hex(bytes: &[u8]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    nibbles
        .filter_map(|nibble| char::from_digit(nibble.into(), 16))
        .collect()
}

/// `%C3` as `%c3`.
fn lower_digits(encoded: &str) -> String {
    let mut since = usize::MAX;
    let lower = |character: char| {
        since = if character == '%' {
            0
        } else {
            since.saturating_add(1)
        };
        if since <= 2 {
            character.to_ascii_lowercase()
        } else {
            character
        }
    };
    encoded.chars().map(lower).collect()
}

fn json(value: &str) -> Vec<(&'static str, String)> {
    let quoted = serde_json::to_string(value).expect("a string is JSON");
    let minimal = quoted[1..quoted.len() - 1].to_owned();
    let ascii: String = minimal
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte @ 0..0x7f) => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    vec![
        ("json, slashes", minimal.replace('/', "\\/")),
        (
            "json, angles",
            minimal
                .replace('<', "\\u003c")
                .replace('>', "\\u003e")
                .replace('&', "\\u0026"),
        ),
        ("json, ascii, slashes", ascii.replace('/', "\\/")),
        ("json, ascii", ascii),
        ("json", minimal),
    ]
}

fn markup(value: &str) -> Vec<(&'static str, String)> {
    let text = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let double = text.replace('"', "&quot;");
    vec![
        ("xml", double.replace('\'', "&apos;")),
        ("html", double.replace('\'', "&#39;")),
        ("html of Python", double.replace('\'', "&#x27;")),
        (
            "html of Go",
            text.replace('"', "&#34;").replace('\'', "&#39;"),
        ),
        ("xml, double quotes", double),
        ("xml, text", text),
    ]
}

fn shell(value: &str) -> Vec<(&'static str, String)> {
    let marked = |mark: char, special: &str| {
        let mut out = String::new();
        for character in value.chars() {
            if special.contains(character) {
                out.push(mark);
            }
            out.push(character);
        }
        out
    };
    let mut ansi = String::new();
    for character in value.chars() {
        match character {
            '\'' | '\\' => ansi.extend(['\\', character]),
            '\n' => ansi.push_str("\\n"),
            '\t' => ansi.push_str("\\t"),
            '\r' => ansi.push_str("\\r"),
            '\x07' => ansi.push_str("\\a"),
            '\x08' => ansi.push_str("\\b"),
            '\x0b' => ansi.push_str("\\v"),
            '\x0c' => ansi.push_str("\\f"),
            '\x1b' => ansi.push_str("\\E"),
            '\0'..='\x1f' | '\x7f' => {
                let digits = [6, 3, 0].map(|shift| u32::from(character) >> shift & 7);
                ansi.push('\\');
                ansi.extend(
                    digits
                        .iter()
                        .filter_map(|digit| char::from_digit(*digit, 8)),
                );
            }
            _ => ansi.push(character),
        }
    }
    vec![
        ("as it is", value.to_owned()),
        ("single quotes", value.replace('\'', "'\\''")),
        ("shlex", value.replace('\'', "'\"'\"'")),
        ("printf %q", marked('\\', " !\"$&'()*,;<>?[\\]^`{|}")),
        ("ansi-c", ansi),
        ("double quotes", marked('\\', "\\\"$`")),
        ("command line", marked('\\', "\"")),
        ("expression", value.replace('\'', "''")),
        ("doubled", value.replace('"', "\"\"")),
        ("backticks", marked('`', "`\"$")),
    ]
}

/// Letters and digits; any text; lines; quotes and what else is escaped; NUL; long ones. Their ends are
/// no white space, which is not masked beside the value.
fn value() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[A-Za-z0-9]{4,60}",
        "\\PC{4,40}",
        "\\PC{1,20}(\r?\n\\PC{0,30}){1,6}",
        "[\"'`\\\\$&<>/+ a-f%=~*!()]{4,40}",
        "[\0-\x7f]{4,40}",
        "[\0a]{4,20}",
        "-----BEGIN KEY-----(\n[A-Za-z0-9+/]{64}){1,5}\n-----END KEY-----",
        vec("\\PC{20}", 1..60).prop_map(|parts| parts.concat()),
    ];
    text.prop_map(|text| text.trim_ascii().to_owned())
        .prop_filter("long enough", |text| text.len() >= 4)
}

/// Whether anything of a value comes out when it is written so.
fn leaks(needles: &Needles, encoded: &[u8]) -> bool {
    let text = [NOISE, encoded, NOISE].concat();
    let out = masked(needles, &[&text]);
    let mut seen = out
        .windows(WINDOW)
        .filter(|window| !contains(NOISE, window));
    seen.any(|window| contains(encoded, window))
}

#[test]
fn nothing_of_a_thousand_values_leaks_in_any_encoding() {
    let mut count = 0;
    for value in cases(&value(), 1_000) {
        let forms = forms(value.as_bytes());
        let needles = Needles::new(&forms);
        for (name, encoded) in encodings(&value) {
            assert!(!leaks(&needles, &encoded), "{name}, of {value:?}");
            count += 1;
        }
        let all: Vec<u8> = encodings(&value)
            .into_iter()
            .flat_map(|(_, encoded)| [NOISE, &encoded].concat())
            .collect();
        let out = masked(&needles, &[&all]);
        for form in forms {
            let left = contains(&out, &form) && !contains(NOISE, &form);
            assert!(!left, "{form:?}, of {value:?}");
        }
    }
    assert!(count >= 11 * 1_000);
}

#[test]
fn masking_the_value_alone_leaks_nearly_all_of_them() {
    let value = "it's <\"\u{e9}\"> & $1/\\`\n\t";
    let needles = Needles::new(&[value.as_bytes()]);
    let leaking: HashSet<&str> = encodings(value)
        .into_iter()
        .filter(|(_, encoded)| leaks(&needles, encoded))
        .map(|(name, _)| name)
        .collect();
    assert!(leaking.len() > 20, "{leaking:?}");
    assert!(!leaking.contains("as it is"));
}

#[test]
fn a_value_of_48_kib_leaks_nothing_in_any_encoding() {
    for unit in ["correct horse 'battery' staple\n", "\u{e9}\"\0", "aB3"] {
        let varied = (0..).map(|number| format!("{number}{unit}"));
        let mut value = String::new();
        for part in varied.take_while(|part| part.len() < 48 * 1024) {
            if value.len() + part.len() > 48 * 1024 {
                break;
            }
            value.push_str(&part);
        }
        let value = value.trim_ascii();
        let needles = Needles::new(&forms(value.as_bytes()));
        for (name, encoded) in encodings(value) {
            assert!(!leaks(&needles, &encoded), "{name}");
        }
    }
}
