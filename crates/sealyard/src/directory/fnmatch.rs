//! Ruby's `File.fnmatch` with `FNM_PATHNAME`, which is how GitHub matches names of branches and
//! tags (<https://docs.ruby-lang.org/en/3.1/File.html#method-c-fnmatch>).
//!
//! `*`, `?` and sets never match `/`, nor a period that begins a segment; `**/` is any number of
//! segments that do not begin with a period. Everything else is itself, braces too. A pattern whose
//! set does not end matches nothing.

/// A pattern, from one `/` to the next.
enum Part {
    /// `**/`
    Folders,
    /// Anything else.
    Segment(Vec<Step>),
}

/// What a character of a segment is held against.
enum Step {
    /// `*`
    Run,
    /// `?`
    Any,
    /// Itself, or behind a backslash.
    Literal(char),
    /// `[…]`, as first and last characters of ranges.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

/// Whether the whole name is one that the pattern means. Takes time in proportion to the product of
/// their lengths at most.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let Some(parts) = parse(&pattern) else {
        return false;
    };
    let segments: Vec<Vec<char>> = name
        .split('/')
        .map(|segment| segment.chars().collect())
        .collect();
    let is_folders = |part: &Part| matches!(part, Part::Folders);
    wild(&parts, &segments, is_folders, |it| !is_dotted(it), is_part)
}

/// Holds a pattern against a text, element by element. A gap takes as little as it can, and one
/// element more whenever the rest does not fit; only the last gap is worth going back to.
fn wild<P, T>(
    mut pattern: &[P],
    mut text: &[T],
    is_gap: fn(&P) -> bool,
    may_skip: fn(&T) -> bool,
    fits: fn(&P, &T) -> bool,
) -> bool {
    let mut retry = None;
    loop {
        match (pattern, text) {
            ([gap, after @ ..], _) if is_gap(gap) => {
                pattern = after;
                retry = Some((after, text));
            }
            ([first, after @ ..], [element, rest @ ..]) if fits(first, element) => {
                (pattern, text) = (after, rest);
            }
            ([], []) => return true,
            _ => match retry {
                Some((after, [skipped, rest @ ..])) if may_skip(skipped) => {
                    (pattern, text) = (after, rest);
                    retry = Some((after, rest));
                }
                _ => return false,
            },
        }
    }
}

fn is_dotted(segment: &Vec<char>) -> bool {
    segment.first() == Some(&'.')
}

fn is_part(part: &Part, segment: &Vec<char>) -> bool {
    match part {
        Part::Folders => false,
        Part::Segment(steps) => {
            let says_dot = matches!(steps.first(), Some(Step::Literal('.')));
            let is_run = |step: &Step| matches!(step, Step::Run);
            (says_dot || !is_dotted(segment)) && wild(steps, segment, is_run, |_| true, is_step)
        }
    }
}

fn is_step(step: &Step, character: &char) -> bool {
    match step {
        Step::Run => false,
        Step::Any => true,
        Step::Literal(literal) => literal == character,
        Step::Set { negated, ranges } => {
            // Ruby takes the two ends of a range that runs backwards.
            let among = ranges.iter().any(|(first, last)| {
                character == first || character == last || (first..=last).contains(&character)
            });
            among != *negated
        }
    }
}

/// `None` for a set without an end.
fn parse(mut rest: &[char]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    loop {
        if let ['*', '*', '/', after @ ..] = rest {
            parts.push(Part::Folders);
            rest = after;
            continue;
        }
        let (steps, after) = parse_segment(rest)?;
        parts.push(Part::Segment(steps));
        match after {
            Some(after) => rest = after,
            None => return Some(parts),
        }
    }
}

/// The steps up to the next slash, and what is behind it. A backslash at the end is nothing.
fn parse_segment(mut rest: &[char]) -> Option<(Vec<Step>, Option<&[char]>)> {
    let mut steps = Vec::new();
    loop {
        let (step, after) = match rest {
            [] | ['\\'] => return Some((steps, None)),
            ['/', after @ ..] | ['\\', '/', after @ ..] => return Some((steps, Some(after))),
            ['*', after @ ..] => (Step::Run, after),
            ['?', after @ ..] => (Step::Any, after),
            ['[', after @ ..] => parse_set(after)?,
            ['\\', literal, after @ ..] | [literal, after @ ..] => (Step::Literal(*literal), after),
        };
        steps.push(step);
        rest = after;
    }
}

/// A set from behind its bracket, and what is behind the other one.
fn parse_set(rest: &[char]) -> Option<(Step, &[char])> {
    let (negated, mut rest) = match rest {
        ['!' | '^', after @ ..] => (true, after),
        _ => (false, rest),
    };
    let mut ranges = Vec::new();
    loop {
        if let [']', after @ ..] = rest {
            return Some((Step::Set { negated, ranges }, after));
        }
        let (first, after) = parse_member(rest)?;
        let (last, after) = match after {
            ['-', ']', ..] => (first, after),
            ['-', to @ ..] => parse_member(to)?,
            _ => (first, after),
        };
        ranges.push((first, last));
        rest = after;
    }
}

fn parse_member(rest: &[char]) -> Option<(char, &[char])> {
    match rest {
        [] | ['\\'] => None,
        ['\\', member, after @ ..] | [member, after @ ..] => Some((*member, after)),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    /// Pattern, names that it means, names that it does not. Ruby 3.1 was asked each of them.
    const CASES: &[(&str, &[&str], &[&str])] = &[
        // GitHub's own examples.
        ("*", &["main", ""], &["a/b", ".a"]),
        (
            "release/*",
            &["release/1.0", "release/"],
            &["release", "release/a/b", "xrelease/1"],
        ),
        (
            "release/*/*",
            &["release/a/b"],
            &["release/a", "release/a/b/c"],
        ),
        ("*release*", &["prerelease-2"], &["a/release", "releas"]),
        ("qa/**/*", &["qa/a", "qa/a/b/c"], &["qa", "qax/a"]),
        ("main", &["main"], &["Main", "main2", "mai", "x/main", ""]),
        ("v[0-9].*", &["v1.2", "v1."], &["v10.2", "va.2", "v1"]),
        // Runs and single characters.
        ("a*b*c", &["abc", "axbybc"], &["acb", "ab/c"]),
        ("a**c", &["abbc", "ac"], &["a/c"]),
        ("?", &["a", "é"], &["", "ab", "/", "."]),
        ("a?c", &["abc", "a.c"], &["a/c", "ac"]),
        // Folders.
        ("**/main", &["main", "a/b/main"], &["amain", "a/main/b"]),
        ("**/a/**/b", &["a/b", "x/a/y/z/b"], &["a", "b", "a/bb"]),
        ("**/**/a", &["a", "x/a", "x/y/a"], &["b"]),
        ("a/**", &["a/b", "a/"], &["a/b/c", "a"]),
        ("a**/b", &["ax/b", "a/b"], &["a/x/b"]),
        ("**/", &["a/", ""], &["a", "a/b"]),
        ("**\\/a", &["x/a"], &["a", "x/y/a"]),
        // Periods that begin a segment.
        ("*/b", &["a/b", "a.b/b"], &[".a/b"]),
        ("**/b", &["a/b"], &[".a/b", "a/.x/b"]),
        (".*", &[".a", "."], &["a"]),
        ("\\.a", &[".a"], &["a", "\\.a"]),
        ("[.]a", &[], &[".a", "a"]),
        ("a/?b", &["a/xb"], &["a/.b"]),
        // Sets.
        ("[abc]x", &["ax", "cx"], &["dx", "x", "[abc]x"]),
        ("[^a-c]", &["d", "^"], &["a", "b", ""]),
        ("[!a-c]", &["d", "!"], &["a", "c"]),
        ("[c-a]", &["a", "c"], &["b", "-"]),
        ("[a-]", &["a", "-"], &["b"]),
        ("[-a]", &["a", "-"], &["b"]),
        ("[\\]a]", &["]", "a"], &["\\", "b"]),
        ("[a\\-c]", &["a", "-", "c"], &["b", "\\"]),
        ("[à-ü]x", &["éx"], &["ex"]),
        ("x[a/b]y", &["xay", "xby"], &["x/y"]),
        ("x[^a]y", &["xby"], &["x/y", "xay"]),
        ("[]a]", &[], &["]a]", "a", "]", "a]"]),
        ("[^]", &["a", "]", "^"], &[""]),
        ("a[b", &[], &["a[b", "ab", "a"]),
        ("a]", &["a]"], &["a"]),
        // Backslashes.
        ("\\*", &["*"], &["a", "\\*", ""]),
        ("a\\b", &["ab"], &["a\\b"]),
        ("a\\\\b", &["a\\b"], &["ab"]),
        ("a\\", &["a"], &["a\\", "ab"]),
        ("a\\/b", &["a/b"], &["a\\/b"]),
        // Everything else is itself.
        ("{a,b}", &["{a,b}"], &["a", "b"]),
        ("a+(b|c)", &["a+(b|c)"], &["ab", "aab"]),
        ("a$^.", &["a$^."], &["a$^x", "a"]),
        ("", &[""], &["a", "/"]),
        ("a//b", &["a//b"], &["a/b", "a/x/b"]),
        ("a/", &["a/"], &["a", "a/b"]),
    ];

    #[test]
    fn every_pattern_means_what_ruby_says() {
        for (pattern, meant, others) in CASES {
            for name in *meant {
                assert!(matches(pattern, name), "{pattern} means {name}");
            }
            for name in *others {
                assert!(!matches(pattern, name), "{pattern} does not mean {name}");
            }
        }
    }

    #[test]
    fn many_gaps_take_no_time_to_speak_of() {
        // A matcher that goes back to every gap would not come to an end.
        let pattern = "*a".repeat(100);
        assert!(!matches(&pattern, &"a".repeat(99)));
        assert!(!matches(&format!("{pattern}b"), &"a".repeat(1_000)));
        let folders = "**/a/".repeat(50);
        assert!(!matches(&format!("{folders}b"), &"a/".repeat(500)));
        assert!(matches(
            &format!("{folders}b"),
            &format!("{}b", "a/".repeat(500))
        ));
    }
}
