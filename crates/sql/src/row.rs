//! One row of an answer, owned.

use crate::sqlite;
use crate::{Error, FromColumn, Value};

/// One row of an answer. It owns its bytes, and columns may be borrowed from it.
pub struct Row(Repr);

enum Repr {
    Sqlite(sqlite::Row),
    /// The bytes as they came over the wire; columns are decoded when asked for.
    Postgres(tokio_postgres::Row),
}

impl Row {
    /// The column at `index`, counted from 0, as `T`: `row.get::<i64>(0)?`.
    ///
    /// `&str` and `&[u8]` are borrowed from the row; `String` and `Vec<u8>` are copies. Fails with
    /// [`Error::Column`] if the column is not a `T` or does not exist.
    pub fn get<'r, T: FromColumn<'r>>(&'r self, index: usize) -> Result<T, Error> {
        self.value(index)
            .and_then(T::from_column)
            .ok_or(Error::Column {
                index,
                expected: T::EXPECTED,
            })
    }

    /// The column at `index`; `None` if there is no such column or it is of a type that the seam does not carry.
    fn value(&self, index: usize) -> Option<Value<'_>> {
        match &self.0 {
            Repr::Sqlite(row) => row.value(index),
            Repr::Postgres(row) => row.try_get(index).ok(),
        }
    }
}

impl From<sqlite::Row> for Row {
    fn from(row: sqlite::Row) -> Self {
        Self(Repr::Sqlite(row))
    }
}

impl From<tokio_postgres::Row> for Row {
    fn from(row: tokio_postgres::Row) -> Self {
        Self(Repr::Postgres(row))
    }
}
