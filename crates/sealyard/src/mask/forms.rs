//! One value, and every byte string by which programs write it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::{Form, MIN_LENGTH, escape, unique};

/// Shorter pieces of a value with an ampersand are left alone, in bytes: as GitHub's runner does.
const MIN_AMPERSAND_PIECE: usize = 6;
/// Shorter values keep their double quotes, in bytes: as GitHub's runner does.
const MIN_QUOTED: usize = 9;

/// Every byte string to mask for one value: at least [`MIN_LENGTH`] bytes each, each once, the value
/// itself first. None for a shorter value.
///
/// The value as it is; without white space at its ends; each of its lines without white space at
/// its ends; and of these (not of the white space, which is no secret)
///
/// * base64 in the standard and the URL-safe alphabet, wherever in an encoded text it begins: of
///   the three alignments, those characters that do not depend on what stands beside the value, so
///   that padding or its absence does not matter;
/// * hexadecimal digits, lower and upper case;
/// * the escapes of URLs, JSON, XML and HTML, shells, PowerShell, C# and GitHub's expressions;
/// * the inside of a value in double quotes, and what PowerShell shows of a value with an ampersand.
pub fn forms(value: &[u8]) -> Vec<Form> {
    let mut others = Vec::new();
    collect(value, &mut others);
    let mut forms = Vec::with_capacity(others.len());
    if value.len() >= MIN_LENGTH {
        forms.push(Zeroizing::new(value.to_vec()));
    }
    forms.extend(
        unique(others)
            .into_iter()
            .filter(|form| form.as_slice() != value),
    );
    forms
}

/// Adds the forms of one value, in no order and some of them twice.
pub(super) fn collect(value: &[u8], forms: &mut Vec<Form>) {
    if value.len() < MIN_LENGTH {
        return;
    }
    let trimmed = value.trim_ascii();
    let whole = if trimmed.len() < MIN_LENGTH {
        value
    } else {
        trimmed
    };
    if whole.len() < value.len() {
        forms.push(Zeroizing::new(value.to_vec()));
    }
    collect_part(whole, forms);
    // A lone `\r` ends a line for some, as for GitHub's runner, and for others it does not.
    collect_lines(whole, b'\n', forms);
    if has(whole, |byte| byte == b'\r') {
        for line in whole.split(|byte| *byte == b'\n') {
            collect_lines(line.trim_ascii(), b'\r', forms);
        }
    }
}

/// Adds the forms of what stands between breaks, if there is one.
fn collect_lines(text: &[u8], line_break: u8, forms: &mut Vec<Form>) {
    if has(text, |byte| byte == line_break) {
        let lines = text.split(|byte| *byte == line_break);
        for line in lines.map(<[u8]>::trim_ascii) {
            if line.len() >= MIN_LENGTH {
                collect_part(line, forms);
            }
        }
    }
}

/// Whether a byte is such a one. Looks at all of them, without a branch: the compiler does many at
/// once, where stopping at the first would be ten times as slow in a value that has none.
fn has(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |has, byte| has | wanted(*byte))
}

/// Adds the forms of a whole value or of one line, which has at least [`MIN_LENGTH`] bytes. So do
/// then all that are made of it, except the pieces.
fn collect_part(part: &[u8], forms: &mut Vec<Form>) {
    forms.push(Zeroizing::new(part.to_vec()));
    for before in 0..3 {
        let standard = base64_after(before, part);
        if has(&standard, |character| character != url_safe(character)) {
            forms.push(mapped(&standard, url_safe));
        }
        forms.push(standard);
    }
    let hex = hex(part);
    forms.push(mapped(&hex, |digit| digit.to_ascii_uppercase()));
    forms.push(hex);
    escape::each(part, |form| forms.push(form));
    let pieces = [unquoted(part)].into_iter().chain(around_ampersand(part));
    forms.extend(pieces.flatten().map(|piece| Zeroizing::new(piece.to_vec())));
}

/// What base64 makes of `part` after `before` other bytes (0, 1 or 2; more is the same again),
/// without the characters that also depend on bytes before or after it.
fn base64_after(before: usize, part: &[u8]) -> Form {
    // Four characters stand for three bytes. Of the group in which `part` begins, the first
    // `before + 1` characters hold bits of what is before, or none of its own.
    let (first, rest) = part.split_at(part.len().min((3 - before) % 3));
    let begun = first.len();
    let mut encoded = Zeroizing::new(vec![0; begun + (rest.len() * 4).div_ceil(3)]);
    let (head, tail) = encoded.split_at_mut(begun);
    let group = match first {
        [one, two] => Some([0, *one, *two]),
        [one] => Some([0, 0, *one]),
        _ => None,
    };
    if let Some(bytes) = group.map(Zeroizing::new) {
        let mut characters = Zeroizing::new([0; 4]);
        encode(bytes.as_slice(), characters.as_mut_slice());
        for (to, from) in head.iter_mut().rev().zip(characters.iter().rev()) {
            *to = *from;
        }
    }
    encode(rest, tail);
    if !rest.len().is_multiple_of(3) {
        encoded.pop();
    }
    encoded
}

/// Base64 without padding into `out`, which has exactly the room for it.
fn encode(bytes: &[u8], out: &mut [u8]) {
    let written = STANDARD_NO_PAD.encode_slice(bytes, out);
    debug_assert!(written.is_ok_and(|written| written == out.len()));
}

/// RFC 4648 section 5.
fn url_safe(character: u8) -> u8 {
    match character {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    }
}

fn hex(part: &[u8]) -> Form {
    let mut digits = Zeroizing::new(vec![0; part.len() * 2]);
    for (pair, byte) in digits.chunks_exact_mut(2).zip(part) {
        pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0xf)]);
    }
    digits
}

/// By arithmetic, which the compiler does for many digits at once.
fn hex_digit(nibble: u8) -> u8 {
    let beyond_nine = u8::from(nibble > 9);
    b'0' + nibble + beyond_nine * (b'a' - b'9' - 1)
}

fn mapped(form: &[u8], map: impl Fn(u8) -> u8) -> Form {
    Zeroizing::new(form.iter().map(|byte| map(*byte)).collect())
}

/// The inside of a value in double quotes.
fn unquoted(part: &[u8]) -> Option<&[u8]> {
    let inside = part.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    (part.len() >= MIN_QUOTED).then_some(inside)
}

/// What PowerShell's messages show of a command in one colour: it ends with the last ampersand, or
/// with the first `&+`, whose next letter is by itself.
fn around_ampersand(part: &[u8]) -> [Option<&[u8]>; 2] {
    if !has(part, |byte| byte == b'&') {
        return [None, None];
    }
    let plus = part.windows(2).position(|pair| pair == b"&+");
    let last = part.iter().rposition(|byte| *byte == b'&');
    let (end, begin) = match (plus, last) {
        (Some(at), _) => (at + 2, at + 3),
        (None, Some(at)) => (at + 1, at + 1),
        (None, None) => return [None, None],
    };
    [part.get(..end), part.get(begin..)]
        .map(|piece| piece.filter(|piece| piece.len() >= MIN_AMPERSAND_PIECE))
}
