//! The project's files as text.

use std::fs;
use std::path::Path;

use anyhow::Result;

/// Folders that hold what is built or fetched, not what is written.
const NOT_OURS: &[&str] = &["target", "node_modules", "sealyard-data", "__pycache__"];

/// A file and its path from the repository's folder, with `/` between its parts.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    pub(super) fn is_rust(&self) -> bool {
        has_ending(&self.path, "rs")
    }

    /// The lines that are not comments, with their numbers. Rules about code are not about what
    /// its documents mention.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The part of the path below a folder.
    pub(super) fn below(&self, folder: &str) -> Option<&str> {
        self.path.strip_prefix(folder)?.strip_prefix('/')
    }
}

/// Everything that was written: all text files outside folders that are built, fetched or hidden.
pub(super) struct Project {
    pub(super) files: Vec<File>,
}

impl Project {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(folder, "", &mut files)?;
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { files })
    }

    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// The text of a file, or nothing when it is not there.
    pub(super) fn text_of(&self, path: &str) -> &str {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map_or("", |file| &file.text)
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File {
            path: path.into(),
            text: text.into(),
        };
        Self {
            files: files.iter().map(file).collect(),
        }
    }
}

/// Whether `word` stands in `line` by itself, not as a part of a longer name.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    })
}

/// All names in a text that begin with `prefix` and go on with characters for which `more` holds.
pub(super) fn names<'a>(
    text: &'a str,
    prefix: &'a str,
    more: fn(char) -> bool,
) -> impl Iterator<Item = &'a str> {
    text.match_indices(prefix).filter_map(move |(at, _)| {
        let rest = text.get(at + prefix.len()..)?;
        let length = rest.find(|c| !more(c)).unwrap_or(rest.len());
        (length > 0)
            .then(|| text.get(at..at + prefix.len() + length))
            .flatten()
    })
}

fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == ending)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}/{name}")
        };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let hidden = name.starts_with('.') && name != ".ci" && name != ".cargo";
            if !hidden && !NOT_OURS.contains(&name.as_str()) {
                collect(&entry.path(), &path, files)?;
            }
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push(File { path, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_inside_a_name_is_not_that_word() {
        assert!(has_word("use axum::Router;", "axum"));
        assert!(!has_word("use axum_extra::Router;", "axum"));
        assert!(!has_word("let not_axum = 1;", "axum"));
    }

    #[test]
    fn names_end_where_their_characters_end() {
        let upper = |c: char| c.is_ascii_uppercase() || c == '_';
        let found: Vec<_> = names("env = \"SEAL_ONE\", SEAL_TWO;SEAL_", "SEAL_", upper).collect();
        assert_eq!(found, ["SEAL_ONE", "SEAL_TWO"]);
    }

    #[test]
    fn comments_are_not_code() {
        let file = File {
            path: "a.rs".into(),
            text: "//! one\nlet a;\n    // two\n".into(),
        };
        assert_eq!(file.code().collect::<Vec<_>>(), [(2, "let a;")]);
    }

    #[test]
    fn what_is_fetched_or_hidden_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["src", "target", ".git", "deep/node_modules", ".ci"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
            fs::write(folder.path().join(path).join("file"), "text").unwrap();
        }
        let project = Project::read(folder.path()).unwrap();
        let paths: Vec<_> = project
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect();
        assert_eq!(paths, [".ci/file", "src/file"]);
    }
}
