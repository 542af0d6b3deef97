//! The values: the same ones on every machine, of every shape that something on the way might take
//! offence at, and of every length at which something might break off.

/// GitHub's limit, and ours, in bytes.
pub(super) const LARGEST: usize = 48 * 1024;
/// Whatever this is, the same values follow from it.
const SEED: u64 = 0x5ea1_1a2d_0000_0004;
/// Lengths at which something changes: nothing, one byte, where a record grows by its next 64 bytes
/// (it has a length of 4 bytes in front), the last one that fits. As many again and more are random.
const EDGES: [usize; 6] = [0, 1, 60, 61, LARGEST - 1, LARGEST];
/// How many lengths follow on each other before the edges come again. It has no factor in common
/// with the number of shapes, so every shape meets every edge.
const ROUND: usize = 16;

/// What a value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Random bytes, which are no text
    Bytes,
    /// All 256 bytes, one after the other, from somewhere on
    EveryByte,
    /// Text that has NUL in it, first and last too
    Nul,
    /// Characters of all seventeen planes of Unicode
    Planes,
    /// Lines that end in CR and LF
    Crlf,
    /// Lines, empty ones at both ends
    Lines,
    /// A byte order mark and text
    Bom,
    /// What shells, JSON and dotenv files write in another way, and a backslash at the end
    Marks,
    /// Spaces of many kinds, at both ends too
    Blank,
}

impl Shape {
    pub(super) const ALL: [Self; 9] = [
        Self::Bytes,
        Self::EveryByte,
        Self::Nul,
        Self::Planes,
        Self::Crlf,
        Self::Lines,
        Self::Bom,
        Self::Marks,
        Self::Blank,
    ];
    /// Those that are UTF-8, of every length.
    pub(super) const TEXTS: [Self; 7] = [
        Self::Nul,
        Self::Planes,
        Self::Crlf,
        Self::Lines,
        Self::Bom,
        Self::Marks,
        Self::Blank,
    ];

    /// As a part of a secret's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bytes => "BYTES",
            Self::EveryByte => "EVERY_BYTE",
            Self::Nul => "NUL",
            Self::Planes => "PLANES",
            Self::Crlf => "CRLF",
            Self::Lines => "LINES",
            Self::Bom => "BOM",
            Self::Marks => "MARKS",
            Self::Blank => "BLANK",
        }
    }

    /// A value of exactly this many bytes.
    fn of_length(self, length: usize, random: &mut Random) -> Vec<u8> {
        let (first, last) = match self {
            Self::Bytes => return (0..length).map(|_| random.byte()).collect(),
            Self::EveryByte => {
                let skipped = usize::from(random.byte());
                return (0..=u8::MAX).cycle().skip(skipped).take(length).collect();
            }
            Self::Nul => ("\0", "\0"),
            Self::Planes => ("", ""),
            Self::Crlf => ("", "\r\n"),
            Self::Lines => ("\n", "\n\n"),
            Self::Bom => ("\u{feff}", ""),
            Self::Marks => ("'", "\\"),
            Self::Blank => (" ", "\t "),
        };
        let Some(middle) = length.checked_sub(first.len() + last.len()) else {
            return self.text(length, random).into_bytes();
        };
        format!("{first}{}{last}", self.text(middle, random)).into_bytes()
    }

    fn text(self, length: usize, random: &mut Random) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            match self {
                Self::Planes => text.push(random.character()),
                Self::Nul => text.push_str(random.one_of(&["\0", "a", "b\0\0", "ccc"])),
                Self::Crlf => text.push_str(random.one_of(&["\r\n", "zwei", "drei ", "\r\n\r\n"])),
                Self::Lines => text.push_str(random.one_of(&["\n", "première", "two ", "# 3"])),
                Self::Bytes | Self::EveryByte | Self::Bom => {
                    text.push_str(random.one_of(&["ß", "a", "語", "\u{feff}", "🔑", " "]));
                }
                Self::Marks => text.push_str(random.one_of(MARKS)),
                Self::Blank => text.push_str(random.one_of(BLANKS)),
            }
        }
        text.truncate(text.floor_char_boundary(length));
        // A character that did not fit leaves room for up to three bytes.
        while text.len() < length {
            text.push('.');
        }
        text
    }
}

const MARKS: &[&str] = &[
    "'", "\"", "`", "\\", "$", "%", "{", "}", "(", ")", "!", "#", "&", ";", "|", "<", ">", "*",
    "?", "~", "=", ":", ",", "+", "-", "@", "^", "\\n", "\\u0000", "$HOME", "${PATH}", "$(id)",
    "%00", "&amp;", "EOF", "---",
];
const BLANKS: &[&str] = &[
    " ", "\t", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{200b}", "\u{2028}", "\u{3000}", "x",
];

/// The value with this number of those that one client sets.
pub(super) fn value(shape: Shape, number: usize, random: &mut Random) -> Vec<u8> {
    let length = EDGES.get(number % ROUND).copied();
    let length = length.unwrap_or_else(|| random.length());
    shape.of_length(length, random)
}

/// Numbers that look random and are always the same (`SplitMix64`).
pub(super) struct Random(u64);

impl Random {
    /// Each stream has numbers of its own, so a value does not depend on how many come before it.
    pub(super) fn new(stream: u64) -> Self {
        let mut random = Self(SEED ^ stream.wrapping_mul(0x9e6c_63d0_876a_3f35));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn byte(&mut self) -> u8 {
        let [byte, ..] = self.next().to_be_bytes();
        byte
    }

    /// Short ones as often as long ones: every number of binary digits is as likely as another.
    fn length(&mut self) -> usize {
        let [.., first, second] = self.next().to_be_bytes();
        let digits = self.byte() % 16;
        usize::from(u16::from_be_bytes([first, second]) >> digits) % (LARGEST + 1)
    }

    fn character(&mut self) -> char {
        // U+0000 to U+10FFFF; those that are no characters are the surrogates.
        char::from_u32(u32::try_from(self.next() % 0x11_0000).unwrap_or_default()).unwrap_or('ß')
    }

    fn one_of(&mut self, some: &[&'static str]) -> &'static str {
        let index = usize::from(self.byte()) % some.len();
        some.get(index).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_every_length_that_is_asked_for() {
        for shape in Shape::ALL {
            for length in (0..70).chain([LARGEST - 1, LARGEST]) {
                let value = shape.of_length(length, &mut Random::new(1));
                assert_eq!(value.len(), length, "{shape:?}");
            }
        }
    }

    #[test]
    fn texts_are_utf_8_and_the_others_are_not() {
        for shape in Shape::ALL {
            let is_text = (0..70).chain([LARGEST]).all(|length| {
                String::from_utf8(shape.of_length(length, &mut Random::new(2))).is_ok()
            });
            assert_eq!(is_text, Shape::TEXTS.contains(&shape), "{shape:?}");
        }
    }

    #[test]
    fn values_have_in_them_what_their_shape_promises() {
        let made = |shape: Shape| shape.of_length(4_096, &mut Random::new(3));
        let every = made(Shape::EveryByte);
        assert!((0..=u8::MAX).all(|byte| every.contains(&byte)));
        let planes = String::from_utf8(made(Shape::Planes)).unwrap();
        assert!((0..17).all(|plane| planes.chars().any(|c| u32::from(c) >> 16 == plane)));
        assert!(made(Shape::Nul).starts_with(b"\0") && made(Shape::Nul).ends_with(b"\0"));
        assert!(made(Shape::Bom).starts_with(b"\xef\xbb\xbf"));
        assert!(made(Shape::Lines).ends_with(b"\n\n"));
        assert!(made(Shape::Crlf).ends_with(b"\r\n"));
    }

    #[test]
    fn every_shape_meets_every_edge() {
        for shapes in [&Shape::ALL[..], &Shape::TEXTS] {
            let mut met = std::collections::BTreeSet::new();
            for number in 0..shapes.len() * ROUND {
                let shape = shapes[number % shapes.len()];
                let length = value(shape, number, &mut Random::new(4)).len();
                if EDGES.contains(&length) {
                    met.insert((shape.name(), length));
                }
            }
            assert_eq!(met.len(), shapes.len() * EDGES.len());
        }
    }

    #[test]
    fn the_same_number_is_always_the_same_value() {
        let bytes = |stream| Shape::Bytes.of_length(64, &mut Random::new(stream));
        assert_eq!(bytes(5), bytes(5));
        assert_ne!(bytes(5), bytes(6));
    }
}
