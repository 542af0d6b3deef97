//! The file in which a runner keeps its credential and its key pair.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use rustix::fs::OFlags;
use sealyard_vault::{Plaintext, PublicKey, SealingKeyPair};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Server;
use crate::serve::files::PRIVATE;

/// Where the file is unless something else is said.
pub const DEFAULT: &str = "sealyard-runner.json";
/// A runner file has about 500 bytes; nobody reads more than this.
const LENGTH_MAX: u64 = 64 * 1024;
/// Permission bits that let others read or write.
const OTHERS: u32 = 0o077;

/// Who a runner is, and what only it may know.
pub struct RunnerFile {
    /// The server that knows it.
    pub server: Server,
    /// Its id there.
    pub id: i64,
    /// Its name there.
    pub name: String,
    /// `syr_…`, which it proves itself by.
    pub credential: Zeroizing<String>,
    /// What its values are sealed with.
    pub keys: SealingKeyPair,
}

/// Why there is no runner file.
#[derive(Debug, thiserror::Error)]
pub enum RunnerFileError {
    /// It is not there.
    #[error("{}: no runner file is there; `sealyard runner register` makes one", .0.display())]
    Missing(PathBuf),
    /// Something is there already.
    #[error(
        "{}: this is there already, and is not overwritten; take that runner off first, or name \
         another file with --runner-file", .0.display()
    )]
    Exists(PathBuf),
    /// The system refuses.
    #[error("{}: {why}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Others may read it.
    #[error(
        "{path}: a runner file must be a file that only its owner can read; `chmod 600 {path}`, and \
         if others may have read it, register the runner anew", path = .0.display()
    )]
    Open(PathBuf),
    /// It is no runner file. What it is instead is not said: it may be another secret.
    #[error("{}: this is no runner file", .0.display())]
    Malformed(PathBuf),
}

/// The file as JSON.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    url: Cow<'a, str>,
    id: i64,
    name: Cow<'a, str>,
    credential: Cow<'a, str>,
    public_key: Cow<'a, str>,
    private_key: Cow<'a, str>,
}

impl RunnerFile {
    /// Reads a runner file that only its owner can read.
    pub fn read(path: &Path) -> Result<Self, RunnerFileError> {
        let io = |why: io::Error| {
            let path = path.to_owned();
            if why.kind() == io::ErrorKind::NotFound {
                RunnerFileError::Missing(path)
            } else {
                RunnerFileError::Io { path, why }
            }
        };
        let file = File::open(path).map_err(io)?;
        let meta = file.metadata().map_err(io)?;
        if !meta.is_file() || meta.mode() & OTHERS != 0 {
            return Err(RunnerFileError::Open(path.to_owned()));
        }
        let mut text = Zeroizing::new(Vec::new());
        file.take(LENGTH_MAX).read_to_end(&mut text).map_err(io)?;
        Self::parse(&text).ok_or_else(|| RunnerFileError::Malformed(path.to_owned()))
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let written: Written<'_> = serde_json::from_slice(text).ok()?;
        let private_key = Zeroizing::new(written.private_key.into_owned());
        let credential = Zeroizing::new(written.credential.into_owned());
        let private = Base64::decode_vec(&private_key).ok()?;
        let keys = SealingKeyPair::from_private(Plaintext::from(private)).ok()?;
        // A file that somebody patched together would fail later, with a worse message.
        let public = PublicKey::from_base64(&written.public_key).ok()?;
        (keys.public() == &public).then_some(())?;
        Some(Self {
            server: written.url.parse().ok()?,
            id: written.id,
            name: written.name.into_owned(),
            credential,
            keys,
        })
    }
}

/// A place for a runner file, taken before anything is spent on what goes there. Dropping it gives
/// the place back.
pub struct Reserved {
    path: PathBuf,
    file: Option<File>,
}

impl Reserved {
    /// Makes an empty file for its owner alone; [`RunnerFileError::Exists`] if anything is there.
    pub fn new(path: &Path) -> Result<Self, RunnerFileError> {
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(path);
        match made {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                file: Some(file),
            }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(RunnerFileError::Exists(path.to_owned()))
            }
            Err(why) => Err(RunnerFileError::Io {
                path: path.to_owned(),
                why,
            }),
        }
    }

    /// Writes the runner into its place; on the disk when this returns.
    pub fn fill(mut self, runner: RunnerFile) -> Result<(), RunnerFileError> {
        let public_key = runner.keys.public().to_base64();
        let private = runner.keys.into_private();
        let private_key = Zeroizing::new(Base64::encode_string(private.expose()));
        let written = Written {
            url: runner.server.to_string().into(),
            id: runner.id,
            name: runner.name.into(),
            credential: Cow::Borrowed(&runner.credential),
            public_key: public_key.into(),
            private_key: Cow::Borrowed(&private_key),
        };
        let io = |why: io::Error| RunnerFileError::Io {
            path: self.path.clone(),
            why,
        };
        let text = serde_json::to_vec_pretty(&written).map(Zeroizing::new);
        let text = text.map_err(|error| io(error.into()))?;
        if let Some(file) = &mut self.file {
            file.write_all(&text)
                .and_then(|()| file.write_all(b"\n"))
                .and_then(|()| file.sync_all())
                .map_err(io)?;
        }
        // Filled: it stays.
        self.file = None;
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if self.file.is_some() {
            // Whatever is wrong with the file has been said by whoever gave up.
            drop(fs::remove_file(&self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn runner() -> RunnerFile {
        RunnerFile {
            server: "unix:/run/sealyard.sock".parse().unwrap(),
            id: 7,
            name: "böx".to_owned(),
            credential: Zeroizing::new("syr_x".to_owned()),
            keys: SealingKeyPair::generate(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runner.json");
        let runner = runner();
        let public = *runner.keys.public();
        Reserved::new(&path).unwrap().fill(runner).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let read = RunnerFile::read(&path).ok().unwrap();
        assert_eq!((read.id, read.name.as_str()), (7, "böx"));
        assert_eq!(read.credential.as_str(), "syr_x");
        assert_eq!(read.keys.public(), &public);
        assert_eq!(read.server.to_string(), "unix:/run/sealyard.sock");
    }

    #[test]
    fn a_place_is_taken_once_and_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runner.json");
        let place = Reserved::new(&path).unwrap();
        assert!(matches!(
            Reserved::new(&path),
            Err(RunnerFileError::Exists(_))
        ));
        drop(place);
        assert!(matches!(
            RunnerFile::read(&path),
            Err(RunnerFileError::Missing(_))
        ));
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        assert!(matches!(
            Reserved::new(&path),
            Err(RunnerFileError::Exists(_))
        ));
        assert!(!dir.path().join("elsewhere").exists());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runner.json");
        Reserved::new(&path).unwrap().fill(runner()).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o610] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                matches!(RunnerFile::read(&path), Err(RunnerFileError::Open(_))),
                "{mode:o}"
            );
        }
    }

    #[test]
    fn what_is_no_runner_file_is_not_repeated() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runner.json");
        let mut other = serde_json::json!({
            "url": "http://localhost", "id": 1, "name": "n", "credential": "hunter2",
            "public_key": SealingKeyPair::generate().public().to_base64(),
            "private_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        });
        for text in [other.to_string(), {
            other["id"] = "hunter2".into();
            other.to_string()
        }] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = RunnerFile::read(&path).err().unwrap().to_string();
            assert!(error.ends_with("this is no runner file"), "{error}");
        }
    }
}
