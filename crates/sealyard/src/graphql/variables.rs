//! Values of arguments: written in the query, or sent beside it as variables.

use std::collections::HashMap;

use graphql_parser::query::{Type, Value, VariableDefinition};

use super::problem::{Problem, shown};
use super::schema;
use crate::http::json::{Json, Object};

/// A value, as far as any argument here takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `null`, or a variable that was left out.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Truth(bool),
    /// What nothing takes: lists, objects, enumerations, fractions.
    Other,
}

/// Variables by name.
pub type Variables<'a> = HashMap<&'a str, Input>;

/// Every declared variable, with what was sent or its default.
pub fn variables<'a>(
    declared: &[VariableDefinition<'a, &'a str>],
    sent: &Object,
) -> Result<Variables<'a>, Problem> {
    let mut variables = HashMap::new();
    for variable in declared {
        let given = sent.iter().find(|(name, _)| name == variable.name);
        let input = match (given, &variable.default_value) {
            (Some((_, json)), _) => sent_input(json),
            (None, Some(default)) => written(default, &HashMap::new())?,
            (None, None) => Input::Null,
        };
        if !fits(&input, &variable.var_type) {
            return Err(Problem::new(format!(
                "Variable ${} was provided invalid value",
                shown(variable.name)
            ))
            .at(variable.position));
        }
        variables.insert(variable.name, input);
    }
    Ok(variables)
}

/// A value that is written in the query.
pub fn written<'a>(
    value: &Value<'a, &'a str>,
    variables: &Variables<'a>,
) -> Result<Input, Problem> {
    Ok(match value {
        Value::Variable(name) => variables.get(name).cloned().ok_or_else(|| {
            Problem::new(format!(
                "Variable ${} is used but not declared",
                shown(name)
            ))
            .code("variableNotDefined")
        })?,
        Value::Null => Input::Null,
        Value::String(text) => Input::Text(text.clone()),
        Value::Int(number) => number.as_i64().map_or(Input::Other, Input::Number),
        Value::Boolean(truth) => Input::Truth(*truth),
        Value::Float(_) | Value::Enum(_) | Value::List(_) | Value::Object(_) => Input::Other,
    })
}

/// The value as an argument takes it; `None` if it does not.
pub fn coerced(input: Input, wanted: schema::Input) -> Option<Input> {
    match (wanted, input) {
        (schema::Input::Text | schema::Input::Id, Input::Text(text)) => Some(Input::Text(text)),
        (schema::Input::Id, Input::Number(number)) => Some(Input::Text(number.to_string())),
        (schema::Input::Truth, input @ (Input::Truth(_) | Input::Null)) => Some(input),
        _ => None,
    }
}

fn sent_input(json: &Json) -> Input {
    match json {
        Json::Null => Input::Null,
        Json::Bool(truth) => Input::Truth(*truth),
        Json::Integer(number) => Input::Number(*number),
        Json::String(text) => Input::Text(text.clone()),
        Json::Number | Json::Array(_) | Json::Object(_) => Input::Other,
    }
}

fn fits<'a>(input: &Input, declared: &Type<'a, &'a str>) -> bool {
    match declared {
        Type::NonNullType(inner) => *input != Input::Null && fits(input, inner),
        _ if *input == Input::Null => true,
        Type::NamedType("String") => matches!(input, Input::Text(_)),
        Type::NamedType("ID") => matches!(input, Input::Text(_) | Input::Number(_)),
        Type::NamedType("Int") => matches!(input, Input::Number(_)),
        Type::NamedType("Boolean") => matches!(input, Input::Truth(_)),
        // Nothing here takes a variable of another type; using one is refused where it is used.
        Type::NamedType(_) | Type::ListType(_) => true,
    }
}
