//! JSON as it comes in: strict where leniency has cost others, and silent about what it held.
//!
//! serde's own messages quote the input, so they are never shown or logged. Duplicate keys, NULs,
//! trailing bytes and deep nesting are refused as malformed.

use std::collections::HashSet;
use std::fmt;

use http::StatusCode;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::error::ApiError;

/// Nesting beyond this is nobody's secret.
const MAX_DEPTH: usize = 16;
/// Members of one object.
const MAX_MEMBERS: usize = 4_096;

/// A parsed value.
#[derive(PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number within 64 bits.
    Integer(i64),
    /// Any other number.
    Number,
    /// Text.
    String(String),
    /// A list.
    Array(Vec<Self>),
    /// Members in the order sent, each name once.
    Object(Vec<(String, Self)>),
}

/// The members of a request body.
pub type Object = Vec<(String, Json)>;

/// Parses a request body that must be an object. An empty body counts as `{}`.
///
/// 400 `Problems parsing JSON` or `Body should be a JSON object`.
pub fn parse_object(body: &[u8]) -> Result<Object, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    match parse(body) {
        Some(Json::Object(members)) => Ok(members),
        Some(_) => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "Body should be a JSON object",
        )),
        None => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "Problems parsing JSON",
        )),
    }
}

/// Parses any JSON text; `None` if it is not strictly that.
pub fn parse(body: &[u8]) -> Option<Json> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let json = Node { depth: 0 }.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(json)
}

impl Json {
    /// What to call this value in a refusal. Only values that cannot hold a secret are shown.
    pub fn description(&self) -> &'static str {
        match self {
            Self::Null => "nil",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Integer(_) => "an integer",
            Self::Number => "a number",
            Self::String(text) if text.is_empty() => "\"\"",
            Self::String(_) => "a string",
            Self::Array(items) if items.is_empty() => "[]",
            Self::Array(_) => "an array",
            Self::Object(members) if members.is_empty() => "{}",
            Self::Object(_) => "an object",
        }
    }
}

#[derive(Clone, Copy)]
struct Node {
    depth: usize,
}

impl Node {
    fn child<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("too deep"));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Number, Json::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Json, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Json, E> {
        if value.contains('\0') {
            Err(E::custom("NUL"))
        } else {
            Ok(Json::String(value))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let child = self.child()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(child)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let child = self.child()?;
        let mut seen = HashSet::new();
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key.contains('\0') || !seen.insert(key.clone()) || seen.len() > MAX_MEMBERS {
                return Err(serde::de::Error::custom("members"));
            }
            members.push((key, map.next_value_seed(child)?));
        }
        Ok(Json::Object(members))
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Node { depth: 0 }.deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_texts_are_refused() {
        let deep = format!("{}1{}", "[".repeat(17), "]".repeat(17));
        for text in [
            "",
            "{",
            "{\"a\":1,\"a\":2}",
            "{} {}",
            "{\"a\":\"\\u0000\"}",
            "\"\\ud800\"",
            &deep,
        ] {
            assert!(parse(text.as_bytes()).is_none(), "{text}");
        }
        assert!(parse(&[b'"', 0xff, b'"']).is_none());
    }

    #[test]
    fn numbers_beyond_64_bits_are_no_integers() {
        assert!(parse(b"9223372036854775807") == Some(Json::Integer(i64::MAX)));
        assert!(parse(b"9223372036854775808") == Some(Json::Number));
        assert!(parse(b"1e2") == Some(Json::Number));
        assert!(parse(b"123456789012345678901234567890") == Some(Json::Number));
    }
}
