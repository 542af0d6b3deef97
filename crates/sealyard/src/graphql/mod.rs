//! The few questions that `gh` asks in GraphQL: names of repositories to ids, and who is asking.
//!
//! A query is parsed, bound to the schema as a whole, and only then answered; so what is wrong with
//! it costs no look into the store, and what is right costs one for each field of the root.

pub mod bind;
pub mod execute;
pub mod node_id;
pub mod object;
pub mod problem;
pub mod routes;
pub mod schema;
pub mod store;
pub mod variables;

use graphql_parser::query::parse_query;
use sealyard_sql as sql;

use crate::app::App;
use crate::http::exchange::Exchange;
use crate::http::json::Object;
use crate::http::writer::Writer;
use bind::Field;
use execute::Asker;
use problem::Problem;
pub use routes::routes;

/// The longest query, in bytes: what [`FIELDS_MAX`] fields take as gh writes them.
pub const QUERY_LENGTH_MAX: usize = 64 * 1024;
/// Fields and fragments that one query may ask for, each fragment counted wherever it is put. gh
/// asks for two fields for each selected repository.
pub const FIELDS_MAX: usize = 1_000;
/// How deep fields and fragments may be nested. gh needs five.
pub const DEPTH_MAX: usize = 16;

/// What was asked.
pub struct Question<'a> {
    /// The text.
    pub query: &'a str,
    /// Values of its variables.
    pub variables: &'a Object,
    /// Which of its operations.
    pub operation: Option<&'a str>,
}

/// What a question asks for, or the whole answer to one that breaks a rule.
pub fn plan(question: &Question<'_>) -> Result<Vec<Field>, String> {
    // The parser counts a tab as eight columns; GitHub, and every editor, as one.
    let query = question.query.replace('\t', " ");
    let bound = check_text(&query).and_then(|()| {
        // The parser's own message repeats the query.
        let document = parse_query::<&str>(&query).map_err(|_| Problem::new("Parse error"))?;
        bind::bind(&document, question.operation, question.variables)
    });
    bound.map_err(|problem| response(None, &[problem]))
}

/// The answer, as JSON: `data`, and `errors` for what was not found; and how many these are.
pub async fn answer(
    app: &App,
    exchange: &Exchange,
    fields: &[Field],
) -> Result<(String, u32), sql::Error> {
    let answered = Asker::new(app, exchange).await?.answer(fields).await?;
    let body = response(Some(&answered.data), &answered.problems);
    let lacks = u32::try_from(answered.problems.len()).unwrap_or(u32::MAX);
    Ok((body, lacks))
}

/// Refuses what must not reach the parser.
fn check_text(query: &str) -> Result<(), Problem> {
    if query.len() > QUERY_LENGTH_MAX {
        return Err(Problem::new(format!(
            "Query is longer than {QUERY_LENGTH_MAX} bytes"
        )));
    }
    // The parser cuts the lines of a block string by bytes, and panics within a character.
    if query.contains("\"\"\"") && !query.is_ascii() {
        return Err(Problem::new("Parse error"));
    }
    Ok(())
}

fn response(data: Option<&str>, problems: &[Problem]) -> String {
    let mut json = Writer::object(256);
    if let Some(data) = data {
        json.raw("data", data);
    }
    if !problems.is_empty() {
        // Texts and numbers only: writing them cannot fail.
        json.raw(
            "errors",
            &serde_json::to_string(problems).unwrap_or_default(),
        );
    }
    json.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_stops_before_the_stack_of_a_worker_does() {
        // The parser itself allows 50 open brackets; a worker thread has 2 MiB.
        let fields = |levels: usize| "{a".repeat(levels) + &"}".repeat(levels);
        let lists =
            |levels: usize| format!("{{a(b:{}{})}}", "[".repeat(levels), "]".repeat(levels));
        let queries = [
            fields(50),
            lists(48),
            fields(51),
            lists(49),
            fields(9_000),
            lists(9_000),
        ];
        let worker = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let parsed = worker.spawn(|| queries.map(|query| parse_query::<&str>(&query).is_ok()));
        assert_eq!(
            parsed.unwrap().join().unwrap(),
            [true, true, false, false, false, false]
        );
    }

    #[test]
    fn a_block_string_that_the_parser_would_panic_on_is_a_parse_error() {
        let query = "{user(login:\"\"\"a\n b\n\u{a0}c\"\"\"){id}}";
        let parsed = std::panic::catch_unwind(|| parse_query::<&str>(query).is_ok());
        assert!(parsed.is_err(), "the check is no longer needed");
        let question = Question {
            query,
            variables: &Vec::new(),
            operation: None,
        };
        assert_eq!(
            plan(&question).unwrap_err(),
            r#"{"errors":[{"message":"Parse error"}]}"#
        );
    }
}
