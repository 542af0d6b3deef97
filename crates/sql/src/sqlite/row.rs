//! A row copied out of SQLite: two allocations, whatever the number of columns.

use rusqlite::types::ValueRef;

use crate::{Error, Value};

/// The columns, and behind them the bytes of all texts and blobs.
pub(crate) struct Row {
    columns: Vec<Column>,
    bytes: Vec<u8>,
}

enum Column {
    Null,
    Int(i64),
    Text { start: usize, end: usize },
    Blob { start: usize, end: usize },
}

impl Row {
    /// Copies the row that a statement stands on. Fails on a REAL, which the seam does not carry.
    /// Takes room for as many bytes as `like`, the row before it, has: rows of one answer are much alike,
    /// and a buffer that grows is copied and wiped again and again.
    pub(super) fn copy(
        row: &rusqlite::Row<'_>,
        columns: usize,
        like: Option<&Self>,
    ) -> Result<Self, Error> {
        let mut copy = Self {
            columns: Vec::with_capacity(columns),
            bytes: Vec::with_capacity(like.map_or(0, |like| like.bytes.len())),
        };
        for index in 0..columns {
            let column = match row
                .get_ref(index)
                .map_err(|error| super::error::from(&error))?
            {
                ValueRef::Null => Column::Null,
                ValueRef::Integer(number) => Column::Int(number),
                ValueRef::Text(text) => {
                    let (start, end) = copy.keep(text);
                    Column::Text { start, end }
                }
                ValueRef::Blob(blob) => {
                    let (start, end) = copy.keep(blob);
                    Column::Blob { start, end }
                }
                ValueRef::Real(_) => {
                    return Err(Error::Column {
                        index,
                        expected: "integer, text, blob or null",
                    });
                }
            };
            copy.columns.push(column);
        }
        Ok(copy)
    }

    /// The column at `index`; `None` if there is none, or it is a text that is not UTF-8.
    pub(crate) fn value(&self, index: usize) -> Option<Value<'_>> {
        Some(match *self.columns.get(index)? {
            Column::Null => Value::Null,
            Column::Int(number) => Value::Int(number),
            Column::Text { start, end } => {
                Value::Text(std::str::from_utf8(self.bytes.get(start..end)?).ok()?)
            }
            Column::Blob { start, end } => Value::Blob(self.bytes.get(start..end)?),
        })
    }

    fn keep(&mut self, bytes: &[u8]) -> (usize, usize) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        (start, self.bytes.len())
    }
}
