//! The members of a request body, taken one by one, and GitHub's `Invalid request.` grammar.
//!
//! GitHub prints the offending value into the message. We never do: a client that puts a secret in
//! the wrong member would read it back and log it. Kinds stand in for values
//! (docs/COMPATIBILITY.md, "No echo").

use super::error::ApiError;
use super::json::{Json, Object};

/// Collects what is wrong with a body while its members are taken.
pub struct Form<'a> {
    object: &'a Object,
    missing: Vec<&'static str>,
    lines: Vec<String>,
}

impl<'a> Form<'a> {
    /// Starts on the members of a body.
    pub fn new(object: &'a Object) -> Self {
        Self {
            object,
            missing: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// The member, also when it is `null`.
    pub fn member(&self, name: &str) -> Option<&'a Json> {
        self.object
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The member, unless it is left out or `null`.
    fn given(&self, name: &str) -> Option<&'a Json> {
        self.member(name).filter(|value| **value != Json::Null)
    }

    /// The member, which must be there.
    pub fn required(&mut self, name: &'static str) -> Option<&'a Json> {
        let member = self.member(name);
        if member.is_none() {
            self.missing.push(name);
        }
        member
    }

    /// A required text.
    pub fn required_string(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.required(name)?;
        self.expect_string(name, value)
    }

    /// A text that may be left out; `null` counts as left out.
    pub fn optional_string(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.given(name)?;
        self.expect_string(name, value)
    }

    /// A truth value that may be left out; `null` counts as left out.
    pub fn optional_bool(&mut self, name: &'static str) -> Option<bool> {
        let value = self.given(name)?;
        if let Json::Bool(value) = value {
            return Some(*value);
        }
        self.wrong_type(name, value, "a boolean");
        None
    }

    /// A whole number within a range that may be left out; `null` counts as left out.
    pub fn optional_integer(&mut self, name: &'static str, max: i64) -> Option<i64> {
        let value = self.given(name)?;
        let Json::Integer(value) = value else {
            self.wrong_type(name, value, "an integer");
            return None;
        };
        let bound = if *value < 0 {
            "greater than or equal to 0".to_owned()
        } else if *value > max {
            format!("less than or equal to {max}")
        } else {
            return Some(*value);
        };
        self.lines.push(format!("{name} must be {bound}."));
        None
    }

    /// A text that must be one of the given ones.
    pub fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        text: &str,
        members: &[(&'static str, T)],
    ) -> Option<T> {
        let found = members.iter().find(|(member, _)| *member == text);
        if found.is_none() {
            let list: Vec<_> = members
                .iter()
                .map(|(member, _)| format!("\"{member}\""))
                .collect();
            let shown = if text.is_empty() { "" } else { name };
            self.lines
                .push(format!("{shown} is not a member of [{}].", list.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// A list that may be left out; `null` counts as left out.
    pub fn optional_array(&mut self, name: &'static str) -> Option<&'a [Json]> {
        let value = self.given(name)?;
        if let Json::Array(items) = value {
            return Some(items);
        }
        self.wrong_type(name, value, "an array");
        None
    }

    /// Notes a member of the wrong kind.
    pub fn wrong_type(&mut self, name: &str, value: &Json, expected: &str) {
        self.lines.push(format!(
            "For 'properties/{name}', {} is not {expected}.",
            value.description()
        ));
    }

    /// Notes a list item of the wrong kind.
    pub fn wrong_item(&mut self, value: &Json, expected: &str) {
        self.lines.push(format!(
            "For 'items', {} is not {expected}.",
            value.description()
        ));
    }

    /// Notes a list that is too long.
    pub fn too_many(&mut self, max: usize, found: usize) {
        self.lines.push(format!(
            "No more than {max} items are allowed; {found} were supplied."
        ));
    }

    /// Notes a member that must not be there.
    pub fn not_permitted(&mut self, name: &str) {
        self.lines
            .push(format!("\"{name}\" is not a permitted key."));
    }

    /// Notes a text that a pattern refuses. `shown` is empty for an empty text.
    pub fn wrong_pattern(&mut self, shown: &str, pattern: &str) {
        self.lines
            .push(format!("{shown} does not match /{pattern}/."));
    }

    /// 422 with everything that was wrong, or nothing.
    pub fn finish(self) -> Result<(), ApiError> {
        let mut lines = Vec::new();
        if !self.missing.is_empty() {
            let names: Vec<_> = self
                .missing
                .iter()
                .map(|name| format!("\"{name}\""))
                .collect();
            let verb = if names.len() == 1 {
                "wasn't"
            } else {
                "weren't"
            };
            lines.push(format!("{} {verb} supplied.", names.join(", ")));
        }
        lines.extend(self.lines);
        if lines.is_empty() {
            return Ok(());
        }
        Err(ApiError::unprocessable(format!(
            "Invalid request.\n\n{}",
            lines.join("\n")
        )))
    }

    fn expect_string(&mut self, name: &'static str, value: &'a Json) -> Option<&'a str> {
        if let Json::String(text) = value {
            return Some(text);
        }
        self.wrong_type(name, value, "a string");
        None
    }
}
