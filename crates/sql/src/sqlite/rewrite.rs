//! `$1` to `?1`.
//!
//! SQLite reads `$1` as a parameter *named* `$1` and numbers names by first appearance, so `$2 … $1` would be bound
//! the wrong way round. `?1` is a number there, as `$1` is on PostgreSQL.

/// `sql` with each `$n` outside quotes and comments written `?n`.
pub(super) fn numbered(sql: &str) -> String {
    let mut written = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(token_length(rest, first));
        let is_number = after.starts_with(|next: char| next.is_ascii_digit());
        written.push_str(if token == "$" && is_number {
            "?"
        } else {
            token
        });
        rest = after;
    }
    written
}

/// The length in bytes of the quoted text, comment or single character that `rest` starts with.
fn token_length(rest: &str, first: char) -> usize {
    let close = match first {
        '\'' => "'",
        '"' => "\"",
        '-' if rest.starts_with("--") => "\n",
        '/' if rest.starts_with("/*") => "*/",
        _ => return first.len_utf8(),
    };
    // A doubled quote is two quoted texts side by side, which copies the same bytes.
    let open = if close == "\n" || close == "*/" { 2 } else { 1 };
    let body = rest.get(open..).unwrap_or_default();
    body.find(close)
        .map_or(rest.len(), |at| open + at + close.len())
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn parameters_become_numbers_that_sqlite_counts() {
        assert_eq!(
            numbered("SELECT $2, t.a FROM t WHERE a = $1 AND b = $12"),
            "SELECT ?2, t.a FROM t WHERE a = ?1 AND b = ?12"
        );
    }

    #[test]
    fn quotes_and_comments_are_left_alone() {
        let sql = "SELECT '$1 it''s $2', \"$3\", é -- $4 '\n, $5 /* $6 ' */ FROM t WHERE c = $";
        assert_eq!(numbered(sql), sql.replace("$5", "?5"));
    }

    #[test]
    fn what_is_never_closed_is_copied_to_the_end() {
        for sql in [
            "SELECT '$1",
            "SELECT 1 -- $1",
            "SELECT /* $1",
            "SELECT /*/ $1",
        ] {
            assert_eq!(numbered(sql), sql);
        }
    }
}
