//! Escapes that replace some bytes by others: of URLs, JSON, XML, shells and PowerShell.
//!
//! Which bytes are in a value decides which escapes change it, and which two make the same of it.
//! So it is read once, and only what is different is made.

use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::Form;

/// Gives each escaped form of `value` that is unlike the value and unlike all others.
pub(super) fn each(value: &[u8], mut give: impl FnMut(Form)) {
    // Without a branch, so that it takes many bytes at once.
    if value.iter().fold(true, |all, byte| all & is_plain(*byte)) {
        return;
    }
    let present = ByteSet::of(value);
    for escape in ESCAPES.iter() {
        if escape.differs.iter().all(|set| set.meets(&present)) {
            give(escape.apply(value));
        }
    }
}

/// What no escape here changes.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.')
}

type Digits = &'static [u8; 16];
const LOWER: Digits = b"0123456789abcdef";
const UPPER: Digits = b"0123456789ABCDEF";

static ESCAPES: LazyLock<Vec<Escape>> = LazyLock::new(|| {
    let mut escapes: Vec<Escape> = Vec::new();
    for mut escape in [urls(), json(), markup(), shells(), quotes()].concat() {
        let itself = Escape::none();
        escape.differs = std::iter::once(&itself)
            .chain(&escapes)
            .map(|other| escape.unlike(other))
            .collect();
        escapes.push(escape);
    }
    escapes
});

fn urls() -> Vec<Escape> {
    // RFC 3986 section 2.3: the only bytes that never need an escape, beside letters and digits.
    let unreserved = b"-._~";
    let form = |escape: Escape| escape.with(&[(b' ', "+")]);
    vec![
        Escape::percent(UPPER, unreserved),
        Escape::percent(LOWER, unreserved),
        // Forms as Go and Python write them, and as the URL Standard and Java do.
        form(Escape::percent(UPPER, unreserved)),
        form(Escape::percent(LOWER, unreserved)),
        form(Escape::percent(UPPER, b"-._*")),
        // JavaScript's encodeURIComponent, and Python's quote.
        Escape::percent(UPPER, b"-._~!'()*"),
        Escape::percent(UPPER, b"-._~/"),
    ]
}

fn json() -> Vec<Escape> {
    // RFC 8259 section 7: quotes, backslashes and control characters, five of which have a letter.
    const LETTERS: &[(u8, &str)] = &[
        (0x08, "\\b"),
        (b'\t', "\\t"),
        (b'\n', "\\n"),
        (0x0c, "\\f"),
        (b'\r', "\\r"),
    ];
    const QUOTES: &[(u8, &str)] = &[(b'"', "\\\""), (b'\\', "\\\\")];
    const SLASH: &[(u8, &str)] = &[(b'/', "\\/")];
    let coded = |digits| Escape::none().coded("\\u00", digits, 0..=0x1f).with(QUOTES);
    let plain = || coded(LOWER).with(LETTERS);
    let ascii = |digits| coded(digits).with(LETTERS).ascii_only(digits);
    let angles = |escape: Escape, digits| {
        let [lower, and, upper] = [b'<', b'&', b'>'].map(|byte| byte..=byte);
        escape
            .coded("\\u00", digits, lower)
            .coded("\\u00", digits, and)
            .coded("\\u00", digits, upper)
    };
    let mut dot_net = angles(ascii(UPPER), UPPER);
    for byte in *b"\"'+`" {
        dot_net = dot_net.coded("\\u00", UPPER, byte..=byte);
    }
    vec![
        plain(),
        plain().with(SLASH),
        coded(LOWER),
        // Go and Ruby on Rails, for JSON inside HTML.
        angles(plain(), LOWER),
        // Python; PHP; Jackson; System.Text.Json.
        ascii(LOWER),
        ascii(LOWER).with(SLASH),
        ascii(UPPER),
        dot_net,
    ]
}

fn markup() -> Vec<Escape> {
    const TEXT: &[(u8, &str)] = &[(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;")];
    let attribute = |double: &'static str, single: &'static str| {
        let quotes = [(b'"', double), (b'\'', single)];
        Escape::none().with(TEXT).with(&quotes)
    };
    vec![
        Escape::none().with(TEXT),
        // Single quotes as they are; XML's; and as JavaScript, Python, Go and PHP write them.
        attribute("&quot;", "'"),
        attribute("&quot;", "&apos;"),
        attribute("&quot;", "&#39;"),
        attribute("&quot;", "&#x27;"),
        attribute("&#34;", "&#39;"),
        attribute("&quot;", "&#039;"),
    ]
}

fn shells() -> Vec<Escape> {
    // What bash's `printf %q` puts a backslash before, wherever it stands in a word.
    let word = b" !\"$&'()*,;<>?[\\]^`{|}".map(|byte| (byte, b'\\'));
    // Inside $'…', which `printf %q` and `set -x` of bash write when there is a control character.
    let ansi = Escape::none()
        .octal(0..=0x1f)
        .octal(0x7f..=0x7f)
        .with(&[(0x07, "\\a"), (0x08, "\\b"), (b'\t', "\\t"), (b'\n', "\\n")])
        .with(&[(0x0b, "\\v"), (0x0c, "\\f"), (b'\r', "\\r"), (0x1b, "\\E")])
        .with(&[(b'\'', "\\'"), (b'\\', "\\\\")]);
    vec![
        // Inside single quotes: `set -x` and most others; Python's shlex.
        Escape::none().with(&[(b'\'', "'\\''")]),
        Escape::none().with(&[(b'\'', "'\"'\"'")]),
        Escape::none().marked(&word),
        ansi.clone(),
        // The same where the locale knows no UTF-8.
        ansi.octal(0x80..=0xff),
        Escape::none().marked(&b"\\\"$`".map(|byte| (byte, b'\\'))),
        // Arguments as GitHub's runner passes them to docker.
        Escape::none().marked(&[(b'"', b'\\')]),
    ]
}

fn quotes() -> Vec<Escape> {
    let backtick = Escape::none().marked(&b"`\"$".map(|byte| (byte, b'`')));
    vec![
        // C#, SQL, GitHub's expressions and single quotes of PowerShell; CSV.
        Escape::none().marked(&[(b'\'', b'\'')]),
        Escape::none().marked(&[(b'"', b'"')]),
        backtick.clone(),
        backtick.with(&[(0, "`0"), (b'\t', "`t"), (b'\n', "`n"), (b'\r', "`r")]),
        // Python's repr, and JavaScript in single quotes.
        Escape::none()
            .coded("\\x", LOWER, 0..=0x1f)
            .with(&[(b'\t', "\\t"), (b'\n', "\\n"), (b'\r', "\\r")])
            .marked(&[(b'\'', b'\\'), (b'\\', b'\\')]),
    ]
}

/// What becomes of each byte.
#[derive(Clone)]
struct Escape {
    pieces: [Piece; 256],
    /// Whether characters beyond ASCII become `\u` and four of these digits, for each unit of
    /// UTF-16. The pieces of such bytes are then those of bytes that are no UTF-8.
    utf16: Option<Digits>,
    /// For the value itself and for each escape before this one, the bytes of which they make
    /// something else. A value that has one from each set gets a form of its own.
    differs: Vec<ByteSet>,
}

impl Escape {
    /// Leaves all bytes as they are.
    fn none() -> Self {
        let mut pieces = [Piece::default(); 256];
        for (byte, piece) in (0..=u8::MAX).zip(&mut pieces) {
            *piece = Piece::new(&[&[byte]]);
        }
        Self {
            pieces,
            utf16: None,
            differs: Vec::new(),
        }
    }

    /// `%` and two digits, except for letters, digits and `kept`.
    fn percent(digits: Digits, kept: &[u8]) -> Self {
        let keep = |byte: &u8| byte.is_ascii_alphanumeric() || kept.contains(byte);
        (0..=u8::MAX)
            .filter(|byte| !keep(byte))
            .fold(Self::none(), |escape, byte| {
                escape.coded("%", digits, byte..=byte)
            })
    }

    fn with(self, replaced: &[(u8, &str)]) -> Self {
        let replaced = replaced.iter();
        replaced.fold(self, |escape, (byte, text)| {
            escape.set(*byte, Piece::new(&[text.as_bytes()]))
        })
    }

    /// Each of these bytes with the other one before it.
    fn marked(self, marked: &[(u8, u8)]) -> Self {
        let marked = marked.iter();
        marked.fold(self, |escape, (byte, mark)| {
            escape.set(*byte, Piece::new(&[&[*mark, *byte]]))
        })
    }

    /// Each of these bytes as `prefix` and two digits.
    fn coded(self, prefix: &str, digits: Digits, bytes: std::ops::RangeInclusive<u8>) -> Self {
        bytes.fold(self, |escape, byte| {
            let digits = [digit(digits, byte >> 4), digit(digits, byte)];
            escape.set(byte, Piece::new(&[prefix.as_bytes(), &digits]))
        })
    }

    fn octal(self, bytes: std::ops::RangeInclusive<u8>) -> Self {
        bytes.fold(self, |escape, byte| {
            let digits = [byte >> 6, byte >> 3 & 7, byte & 7].map(|number| b'0' + number);
            escape.set(byte, Piece::new(&[b"\\", &digits]))
        })
    }

    /// What is not ASCII by its UTF-16 units. A byte that is no UTF-8 becomes the lone surrogate
    /// that Python keeps it as (PEP 383).
    fn ascii_only(mut self, digits: Digits) -> Self {
        self = self.coded("\\u00", digits, 0x7f..=0x7f);
        for byte in 0x80..=u8::MAX {
            self = self.set(byte, Piece::unit(0xdc00 | u16::from(byte), digits));
        }
        self.utf16 = Some(digits);
        self
    }

    fn set(mut self, byte: u8, piece: Piece) -> Self {
        if let Some(slot) = self.pieces.get_mut(usize::from(byte)) {
            *slot = piece;
        }
        self
    }

    /// The bytes of which the two make something else.
    fn unlike(&self, other: &Self) -> ByteSet {
        let mut set = ByteSet::default();
        for ((byte, one), two) in (0..=u8::MAX).zip(&self.pieces).zip(&other.pieces) {
            if one != two {
                set.insert(byte);
            }
        }
        set
    }

    fn apply(&self, value: &[u8]) -> Form {
        let mut length = 0;
        self.each_piece(value, |piece| length += usize::from(piece.length));
        // All of a piece's bytes are copied, which is faster than as many as it has; the next one
        // overwrites the rest.
        let mut escaped = Zeroizing::new(vec![0; length + Piece::ROOM]);
        let mut at = 0;
        self.each_piece(value, |piece| {
            if let Some(room) = escaped.get_mut(at..at + Piece::ROOM) {
                room.copy_from_slice(&piece.bytes);
            }
            at += usize::from(piece.length);
        });
        escaped.truncate(length);
        escaped
    }

    fn each_piece(&self, value: &[u8], mut put: impl FnMut(Piece)) {
        let Some(digits) = self.utf16 else {
            for byte in value {
                put(self.piece(*byte));
            }
            return;
        };
        for chunk in value.utf8_chunks() {
            for character in chunk.valid().chars() {
                if let Ok(byte @ ..0x80) = u8::try_from(character) {
                    put(self.piece(byte));
                } else {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        put(Piece::unit(*unit, digits));
                    }
                }
            }
            for byte in chunk.invalid() {
                put(self.piece(*byte));
            }
        }
    }

    fn piece(&self, byte: u8) -> Piece {
        self.pieces
            .get(usize::from(byte))
            .copied()
            .unwrap_or_default()
    }
}

/// What one byte becomes: at most six bytes, in eight, which are one register.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Piece {
    bytes: [u8; Self::ROOM],
    length: u8,
}

impl Piece {
    const ROOM: usize = 8;

    fn new(parts: &[&[u8]]) -> Self {
        let mut piece = Self::default();
        for (to, from) in piece.bytes.iter_mut().zip(parts.iter().copied().flatten()) {
            *to = *from;
            piece.length += 1;
        }
        piece
    }

    /// A unit of UTF-16.
    fn unit(unit: u16, digits: Digits) -> Self {
        let [high, low] = unit.to_be_bytes();
        let [a, b, c, d] = [high >> 4, high, low >> 4, low].map(|nibble| digit(digits, nibble));
        Self {
            bytes: [b'\\', b'u', a, b, c, d, 0, 0],
            length: 6,
        }
    }
}

/// The digit of the lower four bits.
fn digit(digits: Digits, nibble: u8) -> u8 {
    digits
        .get(usize::from(nibble & 0xf))
        .copied()
        .unwrap_or_default()
}

/// A set of byte values.
#[derive(Clone, Copy, Default)]
struct ByteSet([u64; 4]);

impl ByteSet {
    fn of(bytes: &[u8]) -> Self {
        let mut seen = [false; 256];
        for byte in bytes {
            if let Some(slot) = seen.get_mut(usize::from(*byte)) {
                *slot = true;
            }
        }
        let mut set = Self::default();
        for (byte, _) in (0..=u8::MAX).zip(seen).filter(|(_, seen)| *seen) {
            set.insert(byte);
        }
        set
    }

    fn insert(&mut self, byte: u8) {
        if let Some(word) = self.0.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(one, two)| one & two != 0)
    }
}
