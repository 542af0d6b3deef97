//! A query against the schema: fragments put in place, variables put in, and everything checked
//! before the first look into the store.

use std::collections::HashMap;

use graphql_parser::Pos;
use graphql_parser::query::{
    Definition as Item, Directive, Document, Field as Asked, FragmentDefinition,
    OperationDefinition, Query, Selection, SelectionSet, TypeCondition, Value,
};

use super::problem::{Problem, shown};
use super::schema::{Definition, Output, Possible, Type};
use super::variables::{Input, Variables, coerced, variables, written};
use super::{DEPTH_MAX, FIELDS_MAX};
use crate::http::json::Object;

/// A field that is asked for, with its place in the answer.
#[derive(Debug)]
pub struct Field {
    /// Its name in the answer.
    pub key: String,
    /// Which field of the schema it is.
    pub definition: &'static Definition,
    /// What it is asked with; only what the definition knows.
    pub arguments: Vec<(&'static str, Input)>,
    /// The objects that it is asked of: those in all the fragments around it.
    pub of: Possible,
    /// Where it stands in the query.
    pub position: Pos,
    /// What is asked of its value.
    pub fields: Vec<Self>,
}

impl Field {
    /// An argument that is a text.
    pub fn text(&self, name: &str) -> &str {
        let found = self.arguments.iter().find(|(key, _)| *key == name);
        if let Some((_, Input::Text(text))) = found {
            text
        } else {
            ""
        }
    }

    /// Whether an argument is `false`.
    pub fn declines(&self, name: &str) -> bool {
        self.arguments
            .iter()
            .any(|(key, input)| *key == name && *input == Input::Truth(false))
    }
}

/// Binds the operation of that name, or the only one.
pub fn bind<'a>(
    document: &Document<'a, &'a str>,
    operation: Option<&str>,
    sent: &Object,
) -> Result<Vec<Field>, Problem> {
    let mut fragments = HashMap::new();
    let mut operations = Vec::new();
    for item in &document.definitions {
        match item {
            Item::Operation(operation) => operations.push(operation),
            Item::Fragment(fragment) => {
                fragments.insert(fragment.name, fragment);
            }
        }
    }
    let (selections, declared) = match chosen(&operations, operation)? {
        OperationDefinition::SelectionSet(only) => (only, [].as_slice()),
        OperationDefinition::Query(query) => {
            (&query.selection_set, query.variable_definitions.as_slice())
        }
        OperationDefinition::Mutation(mutation) => {
            return Err(
                Problem::new("Schema is not configured for mutations").at(mutation.position)
            );
        }
        OperationDefinition::Subscription(subscription) => {
            return Err(Problem::new("Schema is not configured for subscriptions")
                .at(subscription.position));
        }
    };
    let variables = variables(declared, sent)?;
    let mut binder = Binder {
        fragments,
        variables,
        open: Vec::new(),
        budget: FIELDS_MAX,
    };
    let mut fields = Vec::new();
    binder.selections(selections, Around::new(Type::Query), &mut fields)?;
    check_keys(&fields.iter().collect::<Vec<_>>())?;
    Ok(fields)
}

fn chosen<'d, 'a>(
    operations: &[&'d OperationDefinition<'a, &'a str>],
    name: Option<&str>,
) -> Result<&'d OperationDefinition<'a, &'a str>, Problem> {
    let Some(name) = name else {
        return match operations {
            [only] => Ok(only),
            [] => Err(Problem::new("No operation was given")),
            _ => Err(Problem::new("An operation name is required")),
        };
    };
    let found = operations.iter().find(|operation| match operation {
        OperationDefinition::Query(Query {
            name: Some(own), ..
        }) => *own == name,
        OperationDefinition::Mutation(mutation) => mutation.name == Some(name),
        OperationDefinition::Subscription(subscription) => subscription.name == Some(name),
        OperationDefinition::Query(_) | OperationDefinition::SelectionSet(_) => false,
    });
    found
        .copied()
        .ok_or_else(|| Problem::new(format!("No operation named \"{}\"", shown(name))))
}

/// What a selection stands in.
#[derive(Clone, Copy)]
struct Around {
    /// The type whose fields it names.
    parent: Type,
    /// The objects that it is asked of.
    of: Possible,
    /// Fields and fragments around it.
    depth: usize,
}

impl Around {
    fn new(parent: Type) -> Self {
        Self {
            parent,
            of: parent.possible(),
            depth: 0,
        }
    }
}

struct Binder<'d, 'a> {
    fragments: HashMap<&'a str, &'d FragmentDefinition<'a, &'a str>>,
    variables: Variables<'a>,
    /// Fragments being put in place.
    open: Vec<&'a str>,
    /// How many more selections may be looked at.
    budget: usize,
}

impl<'d, 'a> Binder<'d, 'a> {
    fn selections(
        &mut self,
        set: &'d SelectionSet<'a, &'a str>,
        around: Around,
        out: &mut Vec<Field>,
    ) -> Result<(), Problem> {
        if around.depth >= DEPTH_MAX {
            return Err(
                Problem::new(format!("Query is nested more than {DEPTH_MAX} deep")).at(set.span.0),
            );
        }
        for item in &set.items {
            self.budget = self.budget.checked_sub(1).ok_or_else(|| {
                Problem::new(format!("Query asks for more than {FIELDS_MAX} fields"))
            })?;
            match item {
                Selection::Field(asked) => {
                    let field = self.field(asked, around)?;
                    if self.is_included(&asked.directives)? {
                        out.push(field);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name;
                    let Some(fragment) = self.fragments.get(name).copied() else {
                        let message = format!("Fragment {} was used, but not defined", shown(name));
                        return Err(Problem::new(message).at(spread.position));
                    };
                    if self.open.contains(&name) {
                        let message = format!("Fragment {} contains an infinite loop", shown(name));
                        return Err(Problem::new(message).at(fragment.position));
                    }
                    self.open.push(name);
                    let within = narrowed(around, &fragment.type_condition, spread.position)?;
                    let directives = [&spread.directives, &fragment.directives];
                    self.fragment(&fragment.selection_set, directives, within, out)?;
                    self.open.pop();
                }
                Selection::InlineFragment(inline) => {
                    let within = match &inline.type_condition {
                        Some(condition) => narrowed(around, condition, inline.position)?,
                        None => Around {
                            depth: around.depth + 1,
                            ..around
                        },
                    };
                    let directives = [&inline.directives, &Vec::new()];
                    self.fragment(&inline.selection_set, directives, within, out)?;
                }
            }
        }
        Ok(())
    }

    /// Puts a fragment in place. One that is left out is checked all the same.
    fn fragment(
        &mut self,
        set: &'d SelectionSet<'a, &'a str>,
        directives: [&Vec<Directive<'a, &'a str>>; 2],
        within: Around,
        out: &mut Vec<Field>,
    ) -> Result<(), Problem> {
        let mut fields = Vec::new();
        self.selections(set, within, &mut fields)?;
        let [here, there] = directives;
        if self.is_included(here)? && self.is_included(there)? {
            out.append(&mut fields);
        }
        Ok(())
    }

    fn field(&mut self, asked: &'d Asked<'a, &'a str>, around: Around) -> Result<Field, Problem> {
        let name = asked.name;
        let definition = around.parent.field(name).ok_or_else(|| {
            let (name, parent) = (shown(name), around.parent.name());
            Problem::new(format!("Field '{name}' doesn't exist on type '{parent}'"))
                .at(asked.position)
                .code("undefinedField")
        })?;
        let arguments = self.arguments(asked, definition)?;
        let mut fields = Vec::new();
        match definition.output {
            Output::Leaf if !asked.selection_set.items.is_empty() => {
                let message = format!("Selections can't be made on scalars (field '{name}')");
                return Err(Problem::new(message)
                    .at(asked.position)
                    .code("selectionMismatch"));
            }
            Output::Leaf => {}
            Output::Object(of) if asked.selection_set.items.is_empty() => {
                let message = format!(
                    "Field must have selections (field '{name}' returns {} but has no selections. Did you mean '{name} {{ ... }}'?)",
                    of.name()
                );
                return Err(Problem::new(message)
                    .at(asked.position)
                    .code("selectionMismatch"));
            }
            Output::Object(of) => {
                let within = Around {
                    depth: around.depth + 1,
                    ..Around::new(of)
                };
                self.selections(&asked.selection_set, within, &mut fields)?;
            }
        }
        let key = asked.alias.unwrap_or(name).to_owned();
        let position = asked.position;
        Ok(Field {
            key,
            definition,
            arguments,
            of: around.of,
            position,
            fields,
        })
    }

    fn arguments(
        &self,
        asked: &Asked<'a, &'a str>,
        definition: &'static Definition,
    ) -> Result<Vec<(&'static str, Input)>, Problem> {
        let field = definition.name;
        let known = |name: &str| definition.arguments.iter().any(|(own, _)| *own == name);
        if let Some((name, _)) = asked.arguments.iter().find(|(name, _)| !known(name)) {
            let message = format!("Field '{field}' doesn't accept argument '{}'", shown(name));
            return Err(Problem::new(message)
                .at(asked.position)
                .code("argumentNotAccepted"));
        }
        let mut arguments = Vec::with_capacity(definition.arguments.len());
        for (name, wanted) in definition.arguments {
            let input = match argument(&asked.arguments, name) {
                Some(value) => written(value, &self.variables)?,
                None => Input::Null,
            };
            let is_missing = input == Input::Null;
            let Some(input) = coerced(input, *wanted) else {
                let (message, code) = if is_missing {
                    let text = format!("Field '{field}' is missing required arguments: {name}");
                    (text, "missingRequiredArguments")
                } else {
                    let text =
                        format!("Argument '{name}' on Field '{field}' has an invalid value.");
                    (text, "argumentLiteralsIncompatible")
                };
                return Err(Problem::new(message).at(asked.position).code(code));
            };
            arguments.push((*name, input));
        }
        Ok(arguments)
    }

    /// What `@include` and `@skip` say.
    fn is_included(&self, directives: &[Directive<'a, &'a str>]) -> Result<bool, Problem> {
        let mut included = true;
        for directive in directives {
            let name = directive.name;
            if name != "include" && name != "skip" {
                return Err(
                    Problem::new(format!("Directive @{} is not defined", shown(name)))
                        .at(directive.position),
                );
            }
            let condition = match argument(&directive.arguments, "if") {
                Some(value) => written(value, &self.variables)?,
                None => Input::Null,
            };
            let Input::Truth(condition) = condition else {
                let message = format!("Argument 'if' on Directive '{name}' has an invalid value.");
                return Err(Problem::new(message).at(directive.position));
            };
            included &= condition == (name == "include");
        }
        Ok(included)
    }
}

fn argument<'v, 'a>(
    arguments: &'v [(&'a str, Value<'a, &'a str>)],
    name: &str,
) -> Option<&'v Value<'a, &'a str>> {
    arguments
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// What stands inside a fragment on a type.
fn narrowed<'a>(
    around: Around,
    condition: &TypeCondition<'a, &'a str>,
    position: Pos,
) -> Result<Around, Problem> {
    let TypeCondition::On(name) = condition;
    let parent = Type::parse(name).ok_or_else(|| {
        let message = format!(
            "No such type {}, so it can't be a fragment condition",
            shown(name)
        );
        Problem::new(message).at(position).code("undefinedType")
    })?;
    if parent.possible().and(around.parent.possible()).is_empty() {
        let (inner, outer) = (parent.name(), around.parent.name());
        let message = format!("Fragment on {inner} can't be spread inside {outer}");
        return Err(Problem::new(message)
            .at(position)
            .code("cannotSpreadFragment"));
    }
    Ok(Around {
        parent,
        of: around.of.and(parent.possible()),
        depth: around.depth + 1,
    })
}

/// Refuses two different things under one name of the answer.
fn check_keys(fields: &[&Field]) -> Result<(), Problem> {
    let mut groups: HashMap<&str, Vec<&Field>> = HashMap::new();
    for field in fields {
        groups.entry(&field.key).or_default().push(field);
    }
    for group in groups.values() {
        let Some((first, rest)) = group.split_first() else {
            continue;
        };
        let differs = |field: &&&Field| {
            field.definition != first.definition || field.arguments != first.arguments
        };
        if let Some(other) = rest.iter().find(differs) {
            let message = format!("Field '{}' has a field conflict", shown(&first.key));
            return Err(Problem::new(message)
                .at(other.position)
                .code("fieldConflict"));
        }
        check_keys(
            &group
                .iter()
                .flat_map(|field| &field.fields)
                .collect::<Vec<_>>(),
        )?;
    }
    Ok(())
}
