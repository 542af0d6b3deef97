//! [`Value`] in PostgreSQL's binary format.

use std::error::Error as StdError;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::Value;

type Failure = Box<dyn StdError + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => match *ty {
                Type::INT8 => number.to_sql(ty, out),
                Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(number)?.to_sql(ty, out),
                // SQLite has no truth values, and `WHERE $1` means the same on both.
                Type::BOOL => (number != 0).to_sql(ty, out),
                _ => Err(mismatch("an integer", ty)),
            },
            Self::Text(text) => match *ty {
                Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                    text.to_sql(ty, out)
                }
                _ => Err(mismatch("a text", ty)),
            },
            Self::Blob(blob) => match *ty {
                Type::BYTEA => blob.to_sql(ty, out),
                _ => Err(mismatch("a blob", ty)),
            },
        }
    }

    /// Any: what fits depends on the value, and is decided in `to_sql`.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        match *ty {
            Type::INT8 => i64::from_sql(ty, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(ty, raw).map(|number| Self::Int(number.into())),
            Type::INT2 => i16::from_sql(ty, raw).map(|number| Self::Int(number.into())),
            Type::BOOL => bool::from_sql(ty, raw).map(Self::from),
            Type::BYTEA => <&[u8]>::from_sql(ty, raw).map(Self::Blob),
            _ => <&str>::from_sql(ty, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        let carried = [Type::INT8, Type::INT4, Type::INT2, Type::BOOL, Type::BYTEA];
        carried.contains(ty) || <&str as FromSql<'_>>::accepts(ty)
    }
}

/// Names the types, not the value.
fn mismatch(given: &str, ty: &Type) -> Failure {
    format!("{given} was given for a parameter of type {ty}").into()
}
