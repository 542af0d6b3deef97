//! Which forms a value has, one by one.

use proptest::collection::vec;
use proptest::prelude::*;

use super::contains;
use crate::mask::{MIN_LENGTH, forms, masks};

#[track_caller]
fn assert_listed(value: &str, expected: &[&str]) {
    let forms = forms(value.as_bytes());
    for form in expected {
        assert!(
            forms
                .iter()
                .any(|listed| listed.as_slice() == form.as_bytes()),
            "{form:?}, of {value:?}"
        );
    }
}

#[test]
fn letters_and_digits_have_base64_and_hex_only() {
    let forms: Vec<String> = forms(b"hunter2")
        .iter()
        .map(|form| String::from_utf8_lossy(form).into_owned())
        .collect();
    // Of base64 after no, one and two other bytes, what does not depend on them.
    let expected = [
        "hunter2",
        "h1bnRlcj",
        "aHVudGVyM",
        "odW50ZXIy",
        "68756E74657232",
        "68756e74657232",
    ];
    assert_eq!(forms, expected);
}

#[test]
fn base64_is_listed_in_both_alphabets() {
    assert_listed("???>>>", &["Pz8/Pj4+", "Pz8_Pj4-", "/Pz8+Pj", "_Pz8-Pj"]);
}

#[test]
fn urls_are_listed() {
    assert_listed(
        "a b/c~*'\u{e9}",
        &[
            "a%20b%2Fc~%2A%27%C3%A9",
            "a%20b%2fc~%2a%27%c3%a9",
            "a+b%2Fc~%2A%27%C3%A9",
            "a+b%2fc~%2a%27%c3%a9",
            "a+b%2Fc%7E*%27%C3%A9",
            "a%20b%2Fc~*'%C3%A9",
            "a%20b/c~%2A%27%C3%A9",
        ],
    );
}

#[test]
fn json_is_listed() {
    assert_listed(
        "\"\\/\n\x1f<\u{e9}\u{1f511}'",
        &[
            "\\\"\\\\/\\n\\u001f<\u{e9}\u{1f511}'",
            "\\\"\\\\\\/\\n\\u001f<\u{e9}\u{1f511}'",
            "\\\"\\\\/\\u000a\\u001f<\u{e9}\u{1f511}'",
            "\\\"\\\\/\\n\\u001f\\u003c\u{e9}\u{1f511}'",
            "\\\"\\\\/\\n\\u001f<\\u00e9\\ud83d\\udd11'",
            "\\\"\\\\\\/\\n\\u001f<\\u00e9\\ud83d\\udd11'",
            "\\\"\\\\/\\n\\u001F<\\u00E9\\uD83D\\uDD11'",
            "\\u0022\\\\/\\n\\u001F\\u003C\\u00E9\\uD83D\\uDD11\\u0027",
        ],
    );
    let lone = forms(b"abc\xff\xe2\x82");
    assert!(
        lone.iter()
            .any(|form| form.as_slice() == b"abc\\udcff\\udce2\\udc82")
    );
}

#[test]
fn markup_is_listed() {
    assert_listed(
        "<a b='&' c=\"\">",
        &[
            "&lt;a b='&amp;' c=\"\"&gt;",
            "&lt;a b='&amp;' c=&quot;&quot;&gt;",
            "&lt;a b=&apos;&amp;&apos; c=&quot;&quot;&gt;",
            "&lt;a b=&#39;&amp;&#39; c=&quot;&quot;&gt;",
            "&lt;a b=&#x27;&amp;&#x27; c=&quot;&quot;&gt;",
            "&lt;a b=&#39;&amp;&#39; c=&#34;&#34;&gt;",
            "&lt;a b=&#039;&amp;&#039; c=&quot;&quot;&gt;",
        ],
    );
}

#[test]
fn shells_are_listed() {
    assert_listed(
        "it's $5 \"net\"",
        &[
            "it'\\''s $5 \"net\"",
            "it'\"'\"'s $5 \"net\"",
            "it\\'s\\ \\$5\\ \\\"net\\\"",
            "it's \\$5 \\\"net\\\"",
            "it's $5 \\\"net\\\"",
        ],
    );
    // What bash 5.2 says to `printf %q`, with UTF-8 and without.
    assert_listed(
        "a\nb'c\\d\x7f\x1b\x07\x08\x0b\x0c\r\t\u{e9}$\x01",
        &[
            "a\\nb\\'c\\\\d\\177\\E\\a\\b\\v\\f\\r\\t\u{e9}$\\001",
            "a\\nb\\'c\\\\d\\177\\E\\a\\b\\v\\f\\r\\t\\303\\251$\\001",
        ],
    );
}

#[test]
fn powershell_expressions_and_repr_are_listed() {
    assert_listed(
        "it's `$5 \"net\"\n",
        &[
            "it''s `$5 \"net\"",
            "it's `$5 \"\"net\"\"",
            "it's ```$5 `\"net`\"",
            "it\\'s `$5 \"net\"",
        ],
    );
    assert_listed("one\ttwo\nthree", &["one`ttwo`nthree", "one\\ttwo\\nthree"]);
}

#[test]
fn what_github_takes_apart_is_listed() {
    assert_listed("\"in quotes\"", &["in quotes"]);
    assert_listed(
        "first-part&second&third-part",
        &["first-part&second&", "third-part"],
    );
    assert_listed("first&+second&third", &["first&+", "econd&third"]);
    let short = forms(b"abcd&efg");
    assert!(!short.iter().any(|form| form.as_slice() == b"abcd&"));
}

#[test]
fn lines_are_listed_without_white_space_at_their_ends_and_short_ones_are_not() {
    let value = b"  top secret \r\nabc\n\n\tof 'the' king\n";
    let forms = forms(value);
    assert_eq!(forms[0].as_slice(), value);
    let has = |wanted: &[u8]| forms.iter().any(|form| form.as_slice() == wanted);
    assert!(has(value.trim_ascii()));
    assert!(has(b"top secret") && has(b"of 'the' king"));
    assert!(has(b"top%20secret") && has(b"of '\\''the'\\'' king"));
    assert!(!has(b"abc") && !has(b"  top secret ") && !has(b""));
}

#[test]
fn a_lone_carriage_return_may_end_a_line_or_not() {
    let value = b"first\nsecond\rthird\r\nfourth";
    let forms = forms(value);
    for line in ["first", "second\rthird", "second", "third", "fourth"] {
        assert!(
            forms.iter().any(|form| form.as_slice() == line.as_bytes()),
            "{line:?}"
        );
    }
    assert!(!forms.iter().any(|form| form.as_slice() == b"first\nsecond"));
}

#[test]
fn a_value_of_three_bytes_has_no_forms_and_one_of_four_has() {
    for short in ["", "a", "<<<", "\u{e9}a"] {
        assert!(forms(short.as_bytes()).is_empty(), "{short:?}");
    }
    assert_eq!(forms(b"jklm").len(), 6);
    // White space is a value too, whatever it does to the log.
    assert_eq!(forms(b"    ")[0].as_slice(), b"    ");
    assert_eq!(forms(b" a\n ")[0].as_slice(), b" a\n ");
}

#[test]
fn masks_are_the_forms_of_all_values_once() {
    let values: [&[u8]; 4] = [b"hunter2", b"it's hunter2", b"hunter2", b"abc"];
    let masks = masks(values);
    let mut expected: Vec<_> = values.iter().flat_map(|value| forms(value)).collect();
    expected.sort_by_key(|form| (form.len(), form.to_vec()));
    expected.dedup();
    assert_eq!(masks, expected);
}

proptest! {
    #[test]
    fn every_form_is_long_enough_and_comes_once_and_the_value_is_first(
        value in prop_oneof![
            vec(any::<u8>(), 0..60),
            "[\\PC\r\n\t ]{0,30}".prop_map(String::into_bytes),
            "[ab\r\n\"'& ]{0,12}".prop_map(String::into_bytes),
        ],
    ) {
        let forms = forms(&value);
        prop_assert_eq!(forms.is_empty(), value.len() < MIN_LENGTH);
        if let [first, ..] = forms.as_slice() {
            prop_assert_eq!(first.as_slice(), &value);
        }
        prop_assert!(forms.iter().all(|form| form.len() >= MIN_LENGTH));
        let mut sorted: Vec<_> = forms.iter().map(|form| form.to_vec()).collect();
        sorted.sort();
        sorted.dedup();
        prop_assert_eq!(sorted.len(), forms.len());
    }
}

#[test]
fn the_alignments_of_base64_are_those_of_an_encoder() {
    use base64ct::{Base64Unpadded, Encoding as _};
    let value = b"correct horse battery staple";
    let forms = forms(value);
    for before in 0..9 {
        for after in 0..4 {
            let text = [&b"#########"[..before], value, &b"####"[..after]].concat();
            let encoded = Base64Unpadded::encode_string(&text);
            let own = &encoded.as_bytes()[(before * 4).div_ceil(3)..(before + value.len()) * 4 / 3];
            assert!(contains(encoded.as_bytes(), own));
            assert!(
                forms.iter().any(|form| form.as_slice() == own),
                "{before}, {after}"
            );
        }
    }
}
