//! JSON objects written member by member, for answers with dozens of `*_url`s: a repository is 80
//! members, and a page holds a hundred of them.

use std::fmt::Write as _;

/// An object being written. The closing brace comes with [`Writer::end`].
pub struct Writer {
    out: String,
    first: bool,
}

impl Writer {
    /// Starts an object with room for `capacity` bytes.
    pub fn object(capacity: usize) -> Self {
        let mut out = String::with_capacity(capacity);
        out.push('{');
        Self { out, first: true }
    }

    /// A text.
    pub fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        push_text(&mut self.out, value);
        self
    }

    /// A text or `null`.
    pub fn optional_text(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(key, value),
            None => self.raw(key, "null"),
        }
    }

    /// A text put together from parts.
    pub fn joined(&mut self, key: &str, parts: &[&str]) -> &mut Self {
        self.key(key);
        self.out.push('"');
        for part in parts {
            push_escaped(&mut self.out, part);
        }
        self.out.push('"');
        self
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, value: i64) -> &mut Self {
        self.key(key);
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{value}");
        self
    }

    /// A truth value.
    pub fn boolean(&mut self, key: &str, value: bool) -> &mut Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    /// A value that is JSON already.
    pub fn raw(&mut self, key: &str, json: &str) -> &mut Self {
        self.key(key);
        self.out.push_str(json);
        self
    }

    /// The finished object.
    pub fn end(mut self) -> String {
        self.out.push('}');
        self.out
    }

    fn key(&mut self, key: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
    }
}

/// A JSON array of texts that are JSON already.
pub fn array(items: impl IntoIterator<Item = String>) -> String {
    let mut out = String::from("[");
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&item);
    }
    out.push(']');
    out
}

/// Appends a text with its quotes.
pub fn push_text(out: &mut String, text: &str) {
    out.push('"');
    push_escaped(out, text);
    out.push('"');
}

fn push_escaped(out: &mut String, text: &str) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push_str(text);
    } else if let Ok(quoted) = serde_json::to_string(text) {
        let inner = quoted
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        out.push_str(inner.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_the_json_that_serde_reads() {
        let mut writer = Writer::object(0);
        writer
            .text("a", "\"quote\" \\ \n <&> é")
            .number("b", -1)
            .optional_text("c", None)
            .boolean("d", true)
            .joined("e", &["x", "\"", "/y"]);
        let value: serde_json::Value = serde_json::from_str(&writer.end()).unwrap();
        let expected = serde_json::json!(
            {"a": "\"quote\" \\ \n <&> é", "b": -1, "c": null, "d": true, "e": "x\"/y"}
        );
        assert_eq!(value, expected);
    }
}
