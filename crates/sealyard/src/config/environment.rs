//! The process environment. Nothing else in the program reads it.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// The variables of this process, or those that a test gives.
#[derive(Clone, Debug)]
pub struct Environment(Variables);

#[derive(Clone, Debug)]
enum Variables {
    OfProcess,
    Given(BTreeMap<String, OsString>),
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self(Variables::OfProcess)
    }

    /// These variables and no others, for tests.
    pub fn given<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let owned = variables.map(|(name, value)| (name.to_owned(), OsString::from(value)));
        Self(Variables::Given(BTreeMap::from(owned)))
    }

    /// The value of a variable. An empty one counts as not set, so that `NAME= command` unsets.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that reads the environment"
    )]
    pub fn get_os(&self, name: &str) -> Option<OsString> {
        let value = match &self.0 {
            Variables::OfProcess => std::env::var_os(name),
            Variables::Given(variables) => variables.get(name).cloned(),
        };
        value.filter(|value| !value.is_empty())
    }

    /// As [`get_os`](Self::get_os), for values that are text; what is not UTF-8 counts as not set.
    pub fn get(&self, name: &str) -> Option<String> {
        self.get_os(name).and_then(|value| value.into_string().ok())
    }

    /// Every variable, as a command that is started inherits it.
    pub fn all(&self) -> Vec<(OsString, OsString)> {
        match &self.0 {
            Variables::OfProcess => std::env::vars_os().collect(),
            Variables::Given(variables) => variables
                .iter()
                .map(|(name, value)| (name.into(), value.clone()))
                .collect(),
        }
    }

    /// Whether output should be without colours: <https://no-color.org>.
    pub fn no_color(&self) -> bool {
        self.get_os("NO_COLOR").is_some()
    }
}
