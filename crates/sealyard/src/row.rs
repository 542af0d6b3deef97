//! Reading a column whose text must be one of a few words.

use sealyard_sql::{Error, Row};

/// The column at `index`, through `parse`. [`Error::Column`] names what was expected, not what was
/// found.
pub fn word<T>(
    row: &Row,
    index: usize,
    expected: &'static str,
    parse: fn(&str) -> Option<T>,
) -> Result<T, Error> {
    parse(row.get::<&str>(index)?).ok_or(Error::Column { index, expected })
}

/// The same for a column that may be null.
pub fn optional_word<T>(
    row: &Row,
    index: usize,
    expected: &'static str,
    parse: fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    row.get::<Option<&str>>(index)?
        .map(|text| parse(text).ok_or(Error::Column { index, expected }))
        .transpose()
}
