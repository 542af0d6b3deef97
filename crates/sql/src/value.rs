//! The four kinds of values that cross the seam, in both directions.

use std::fmt;

/// A parameter on its way in, or a column on its way out.
///
/// Truth is `Int` 0 or 1 and times are integers, so that both engines store and order the same thing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL `NULL`, of any type.
    Null,
    /// `INTEGER` on SQLite, `BIGINT` on PostgreSQL.
    Int(i64),
    /// `TEXT`. Must not hold U+0000, which PostgreSQL cannot store.
    Text(&'a str),
    /// `BLOB` on SQLite, `BYTEA` on PostgreSQL.
    Blob(&'a [u8]),
}

/// Shows the kind and the length, never the content: tokio-postgres logs its parameters with `Debug`.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Int(_) => f.write_str("Int"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Blob(blob) => write!(f, "Blob({} bytes)", blob.len()),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Int(i64::from(truth))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(blob: &'a [u8]) -> Self {
        Self::Blob(blob)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(blob: &'a Vec<u8>) -> Self {
        Self::Blob(blob)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(blob: &'a [u8; N]) -> Self {
        Self::Blob(blob)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What a column can be read as. Nothing is converted: a blob is not a text, and a truth is exactly 0 or 1.
pub trait FromColumn<'r>: Sized {
    /// What is named in [`crate::Error::Column`] when the column holds something else.
    const EXPECTED: &'static str;

    /// The column as `Self`, or `None` if it holds something else.
    fn from_column(value: Value<'r>) -> Option<Self>;
}

/// Implements [`FromColumn`] for one kind of value.
macro_rules! from_column {
    ($($type:ty, $expected:literal, $pattern:pat => $result:expr;)*) => {$(
        impl<'r> FromColumn<'r> for $type {
            const EXPECTED: &'static str = $expected;

            fn from_column(value: Value<'r>) -> Option<Self> {
                if let $pattern = value { Some($result) } else { None }
            }
        }
    )*};
}

from_column! {
    i64, "an integer", Value::Int(number) => number;
    bool, "0 or 1", Value::Int(number @ (0 | 1)) => number == 1;
    &'r str, "a text", Value::Text(text) => text;
    String, "a text", Value::Text(text) => text.to_owned();
    &'r [u8], "a blob", Value::Blob(blob) => blob;
    Vec<u8>, "a blob", Value::Blob(blob) => blob.to_vec();
}

impl<'r, const N: usize> FromColumn<'r> for [u8; N] {
    const EXPECTED: &'static str = "a blob of the fixed length";

    fn from_column(value: Value<'r>) -> Option<Self> {
        <&[u8]>::from_column(value)?.try_into().ok()
    }
}

impl<'r, T: FromColumn<'r>> FromColumn<'r> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_column(value: Value<'r>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            Value::Int(_) | Value::Text(_) | Value::Blob(_) => T::from_column(value).map(Some),
        }
    }
}
