//! `sealyard config`

use super::{Failure, print, table};
use crate::config::{Environment, ServeArgs, Settings};

/// Prints every setting, its value and where it comes from.
pub(super) fn run(arguments: ServeArgs, environment: &Environment) -> Result<(), Failure> {
    let settings = Settings::load(arguments, environment)?;
    let rows: Vec<_> = settings
        .explain()
        .into_iter()
        .map(|setting| {
            vec![
                setting.key.to_owned(),
                setting.value,
                setting.source.to_string(),
            ]
        })
        .collect();
    print(&table(&rows))?;
    settings.check_listeners()?;
    Ok(())
}
