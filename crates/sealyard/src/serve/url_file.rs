//! `serve.url`: where scripts find the server that they have just started, whatever its port.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Bound;
use super::files::{PUBLIC, write_atomically};

/// The file's name in the data directory.
pub const NAME: &str = "serve.url";

/// The file while the server accepts connections; dropping this removes it.
#[derive(Debug)]
pub struct UrlFile {
    path: PathBuf,
}

impl UrlFile {
    /// Writes the URL of the first TCP listener and a newline, at once or not at all. Without a
    /// TCP listener there is no URL, and no file.
    ///
    /// A listener that is bound already accepts: its connections wait until they are served.
    pub fn write(data_dir: &Path, bound: &[Bound]) -> io::Result<Option<Self>> {
        let Some(url) = bound.iter().find_map(Bound::url) else {
            return Ok(None);
        };
        let path = data_dir.join(NAME);
        write_atomically(&path, format!("{url}\n").as_bytes(), PUBLIC)?;
        Ok(Some(Self { path }))
    }
}

impl Drop for UrlFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the URL file");
        }
    }
}
