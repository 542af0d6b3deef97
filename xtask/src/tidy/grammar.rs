//! Rules about code: how large a file may be, and what may stand in which room.

use super::text::{File, Project, has_word};

const MOST_LINES: usize = 500;
/// Of all Rust files together. Beyond it, files have begun to hold two things each.
/// Tables of cases and whole answers in tests weigh more than code.
const MOST_MEAN_BYTES: usize = 6_800;

/// The folders of `crates/sealyard/src` that hold a domain each.
const DOMAINS: &[&str] = &[
    "secrets",
    "sealing",
    "identity",
    "directory",
    "runners",
    "delivery",
    "audit",
    "apps",
    "apply",
    "admin",
];

/// How statements begin; in a room without SQL, none of these stands in any code.
const SQL: &[&str] = &[
    "SELECT ",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    "CREATE TABLE",
    "ON CONFLICT",
];

/// No Rust file over 500 lines, and a mean below 6 kB.
pub(super) fn sizes(project: &Project) -> Vec<String> {
    let long = project
        .rust()
        .filter(|file| file.text.lines().count() > MOST_LINES);
    let mut findings: Vec<String> = long
        .map(|file| {
            format!(
                "{}: {} lines of {MOST_LINES}",
                file.path,
                file.text.lines().count()
            )
        })
        .collect();
    let bytes: usize = project.rust().map(|file| file.text.len()).sum();
    let mean = bytes / project.rust().count().max(1);
    if mean > MOST_MEAN_BYTES {
        findings.push(format!(
            "Rust files have {mean} bytes on average, of {MOST_MEAN_BYTES}"
        ));
    }
    findings
}

/// In a domain folder, `mod.rs` knows neither HTTP nor SQL, routes know no SQL, stores no HTTP,
/// and no file knows both.
pub(super) fn rooms(project: &Project) -> Vec<String> {
    let mut findings = Vec::new();
    for file in project.rust() {
        let Some(room) = Room::of(file) else { continue };
        let http: Vec<usize> = lines_with(file, |line| has_word(line, "axum"));
        let sql: Vec<usize> = lines_with(file, |line| SQL.iter().any(|verb| line.contains(verb)));
        if room.bans_axum() {
            findings.extend(
                http.iter()
                    .map(|at| format!("{}:{at}: axum, in {room:?}", file.path)),
            );
        }
        if room.bans_sql() {
            findings.extend(
                sql.iter()
                    .map(|at| format!("{}:{at}: SQL, in {room:?}", file.path)),
            );
        }
        if room == Room::Other && !http.is_empty() && !sql.is_empty() {
            findings.push(format!("{}: both axum and SQL", file.path));
        }
    }
    findings
}

/// The numbers of the lines of code for which `wanted` holds.
fn lines_with(file: &File, wanted: impl Fn(&str) -> bool) -> Vec<usize> {
    file.code()
        .filter(|(_, line)| wanted(line))
        .map(|(number, _)| number)
        .collect()
}

/// The word that lifts the compiler's guard stands in one crate only.
pub(super) fn unsafe_code(project: &Project) -> Vec<String> {
    const WORD: &str = concat!("un", "safe");
    let outside = project
        .rust()
        .filter(|file| file.below("crates/memory").is_none());
    let found =
        outside.flat_map(|file| file.code().map(move |(number, line)| (file, number, line)));
    found
        .filter(|(_, _, line)| has_word(line, WORD))
        .map(|(file, number, _)| format!("{}:{number}: {WORD}", file.path))
        .collect()
}

/// What a file of a domain folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// Types and operations.
    Mod,
    /// Wire to domain and back.
    Routes,
    /// SQL and rows.
    Store,
    /// A type or a rule with a file of its own.
    Other,
}

impl Room {
    fn of(file: &File) -> Option<Self> {
        let (domain, rest) = file.below("crates/sealyard/src")?.split_once('/')?;
        if !DOMAINS.contains(&domain) {
            return None;
        }
        Some(match rest {
            "mod.rs" => Self::Mod,
            _ if rest.starts_with("routes") => Self::Routes,
            _ if rest.starts_with("store") => Self::Store,
            _ => Self::Other,
        })
    }

    fn bans_axum(self) -> bool {
        matches!(self, Self::Mod | Self::Store)
    }

    fn bans_sql(self) -> bool {
        matches!(self, Self::Mod | Self::Routes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_secrets(file: &str, text: &str) -> Vec<String> {
        rooms(&Project::of(&[(
            &format!("crates/sealyard/src/secrets/{file}"),
            text,
        )]))
    }

    #[test]
    fn a_file_with_one_line_too_many_is_found() {
        let (fits, long) = ("a\n".repeat(500), "a\n".repeat(501));
        assert_eq!(
            sizes(&Project::of(&[("fits.rs", &fits)])),
            Vec::<String>::new()
        );
        assert_eq!(
            sizes(&Project::of(&[("long.rs", &long)])),
            ["long.rs: 501 lines of 500"]
        );
    }

    #[test]
    fn a_mean_that_is_too_large_is_found() {
        let wide = "a".repeat(MOST_MEAN_BYTES + 1);
        assert_eq!(sizes(&Project::of(&[("wide.rs", &wide)])).len(), 1);
        assert_eq!(
            sizes(&Project::of(&[("wide.rs", &wide), ("small.rs", "")])).len(),
            0
        );
    }

    #[test]
    fn http_in_a_domain_is_found() {
        assert_eq!(in_secrets("mod.rs", "use axum::Json;").len(), 1);
        assert_eq!(in_secrets("store.rs", "use axum::Json;").len(), 1);
        assert_eq!(in_secrets("routes.rs", "use axum::Json;").len(), 0);
        assert_eq!(in_secrets("mod.rs", "//! Knows no axum.").len(), 0);
    }

    #[test]
    fn sql_outside_a_store_is_found() {
        let sql = "const GET: &str = \"SELECT name FROM secret\";";
        assert_eq!(in_secrets("mod.rs", sql).len(), 1);
        assert_eq!(in_secrets("routes_selected.rs", sql).len(), 1);
        assert_eq!(in_secrets("store.rs", sql).len(), 0);
    }

    #[test]
    fn a_file_that_knows_both_is_found() {
        let (sql, http) = ("const GET: &str = \"SELECT 1\";", "use axum::Json;");
        assert_eq!(in_secrets("selected.rs", sql).len(), 0);
        assert_eq!(in_secrets("selected.rs", http).len(), 0);
        assert_eq!(
            in_secrets("selected.rs", &format!("{sql}\n{http}")).len(),
            1
        );
    }

    #[test]
    fn the_grammar_is_that_of_domain_folders_only() {
        let elsewhere = Project::of(&[("crates/sealyard/src/http/mod.rs", "use axum::Json;")]);
        assert_eq!(rooms(&elsewhere), Vec::<String>::new());
    }

    #[test]
    fn a_lifted_guard_outside_the_memory_crate_is_found() {
        let code = concat!("let a = un", "safe { b };");
        assert_eq!(
            unsafe_code(&Project::of(&[("crates/vault/src/lib.rs", code)])).len(),
            1
        );
        assert_eq!(
            unsafe_code(&Project::of(&[("crates/memory/src/lib.rs", code)])).len(),
            0
        );
        let lint = concat!("#![deny(un", "safe_code)]");
        assert_eq!(
            unsafe_code(&Project::of(&[("crates/vault/src/lib.rs", lint)])).len(),
            0
        );
    }
}
