//! `--files`: secrets as files, of any bytes and any size, for as long as the command runs.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sealyard_vault::random;

use super::super::Failure;
use super::say::say;
use crate::config::Environment;
use crate::serve::files::PRIVATE;

/// Permission bits that let others in.
const OTHERS: u32 = 0o077;
/// Where Linux has memory that looks like a disk, if the session has no such place of its own.
const SHARED_MEMORY: &str = "/dev/shm";
/// How much is overwritten at once.
const ZEROES: [u8; 4_096] = [0; 4_096];

/// A directory for secrets. Dropping it overwrites and removes the files, and removes the directory
/// if we made it.
pub(super) struct Directory {
    path: PathBuf,
    made: bool,
    files: Vec<PathBuf>,
}

impl Directory {
    /// The directory that was asked for, which must be empty and nobody else's, or one that nobody
    /// has yet: where memory looks like a disk.
    pub(super) fn new(given: &Path, environment: &Environment) -> Result<Self, Failure> {
        let directory = if given.as_os_str().is_empty() {
            Self::make(&fresh(environment)?)?
        } else {
            let path = std::path::absolute(given)
                .map_err(|error| Failure::usage(format!("{}: {error}", given.display())))?;
            match fs::symlink_metadata(&path) {
                Ok(_) => Self::take(path)?,
                Err(_) => Self::make(&path)?,
            }
        };
        if !is_memory(&directory.path) {
            say(&format!(
                "warning: {} is on a disk, which may keep what is deleted; --files alone takes a \
                 place in memory, where the system has one",
                directory.path.display()
            ));
        }
        Ok(directory)
    }

    /// Where the files are, as an absolute path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file for a secret, named as it is, for its owner alone.
    pub(super) fn write(&mut self, name: &str, value: &[u8]) -> Result<(), Failure> {
        let path = self.path.join(name);
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE)
            .open(&path);
        let written = made.and_then(|mut file| {
            self.files.push(path.clone());
            file.write_all(value)
        });
        written.map_err(|error| {
            Failure::unavailable(format!("cannot write {}: {error}", path.display()))
        })
    }

    fn make(path: &Path) -> Result<Self, Failure> {
        DirBuilder::new()
            .mode(0o700)
            .create(path)
            .map_err(|error| Failure::usage(format!("cannot make {}: {error}", path.display())))?;
        Ok(Self {
            path: path.to_owned(),
            made: true,
            files: Vec::new(),
        })
    }

    /// Takes a directory that is there.
    fn take(path: PathBuf) -> Result<Self, Failure> {
        let refuse = |why: &str| Err(Failure::usage(format!("{}: {why}", path.display())));
        let Ok(meta) = fs::symlink_metadata(&path) else {
            return refuse("it has just been removed");
        };
        if !meta.is_dir() {
            return refuse("this is no directory; name one that is empty, or one to be made");
        }
        if meta.uid() != rustix::process::geteuid().as_raw() || meta.mode() & OTHERS != 0 {
            return refuse("others may use this directory; `chmod 700` it, or name one to be made");
        }
        match fs::read_dir(&path).map(|mut list| list.next().is_none()) {
            Ok(true) => Ok(Self {
                path,
                made: false,
                files: Vec::new(),
            }),
            Ok(false) => refuse("this directory is not empty; name one to be made"),
            Err(error) => refuse(&format!("cannot be read: {error}")),
        }
    }

    fn remove(&mut self) -> io::Result<()> {
        let mut result = Ok(());
        for path in self.files.drain(..) {
            let wiped = wipe(&path);
            let removed = fs::remove_file(&path).or_else(gone);
            result = result.and(wiped).and(removed);
        }
        if self.made {
            result = result.and(fs::remove_dir(&self.path).or_else(gone));
        }
        result
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            say(&format!(
                "warning: {} cannot be cleared away: {error}; look after it",
                self.path.display()
            ));
        }
    }
}

/// Writes zeroes over a file, unless the command has put a link or something else in its place.
fn wipe(path: &Path) -> io::Result<()> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new()
        .write(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let Ok(mut file) = opened else {
        // It is unlinked, whatever it is.
        return Ok(());
    };
    let meta = file.metadata()?;
    if meta.is_file() {
        overwrite(&mut file, meta.len())?;
    }
    Ok(())
}

fn overwrite(file: &mut File, len: u64) -> io::Result<()> {
    let mut left = len;
    while left > 0 {
        let zeroes =
            usize::try_from(left).map_or(&ZEROES[..], |left| ZEROES.get(..left).unwrap_or(&ZEROES));
        file.write_all(zeroes)?;
        left -= u64::try_from(zeroes.len()).unwrap_or(left);
    }
    file.sync_data()
}

/// What the command has removed itself is removed.
fn gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

/// A name that nobody has, where memory looks like a disk.
fn fresh(environment: &Environment) -> Result<PathBuf, Failure> {
    let of_session = environment.get_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let places = of_session.into_iter().chain([PathBuf::from(SHARED_MEMORY)]);
    let place = places
        .into_iter()
        .find(|place| place.is_absolute() && place.is_dir());
    let place = place.ok_or_else(|| {
        Failure::usage("this system has no place in memory; name a directory: --files=DIR")
    })?;
    let id = u64::from_be_bytes(random::bytes());
    Ok(place.join(format!("sealyard-{id:016x}")))
}

/// Whether what is there is in memory, and goes to no disk but swap.
#[cfg(target_os = "linux")]
fn is_memory(path: &Path) -> bool {
    // tmpfs and ramfs: statfs(2).
    const KINDS: [rustix::fs::FsWord; 2] = [0x0102_1994, 0x8584_58f6];
    rustix::fs::statfs(path).is_ok_and(|found| KINDS.contains(&found.f_type))
}

#[cfg(not(target_os = "linux"))]
fn is_memory(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn here(path: &Path) -> Result<Directory, Failure> {
        Directory::new(path, &Environment::given([]))
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn files_are_private_and_gone_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets");
        let mut directory = here(&path).ok().unwrap();
        let value = [0, b'\n', 0xff].repeat(100_000);
        assert!(directory.write("A", &value).is_ok());
        assert!(directory.write("EMPTY", b"").is_ok());
        assert!(directory.write("A", b"again").is_err());
        assert_eq!((mode(&path), mode(&path.join("A"))), (0o700, 0o600));
        assert_eq!(fs::read(path.join("A")).unwrap(), value);
        drop(directory);
        assert!(!path.exists());
    }

    #[test]
    fn what_was_written_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets");
        let mut directory = here(&path).ok().unwrap();
        let value = vec![b'v'; 10_000];
        assert!(directory.write("A", &value).is_ok());
        let other_name = dir.path().join("other");
        fs::hard_link(path.join("A"), &other_name).unwrap();
        drop(directory);
        assert_eq!(fs::read(other_name).unwrap(), vec![0; 10_000]);
    }

    #[test]
    fn what_a_command_puts_in_their_place_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets");
        let elsewhere = dir.path().join("elsewhere");
        fs::write(&elsewhere, "kept").unwrap();
        let mut directory = here(&path).ok().unwrap();
        assert!(directory.write("A", b"value").is_ok());
        assert!(directory.write("B", b"value").is_ok());
        fs::remove_file(path.join("A")).unwrap();
        symlink(&elsewhere, path.join("A")).unwrap();
        fs::remove_file(path.join("B")).unwrap();
        drop(directory);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"kept");
        assert!(!path.exists());
    }

    #[test]
    fn a_directory_that_is_there_is_empty_and_private_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets");
        fs::create_dir(&path).unwrap();
        for open in [0o755, 0o750, 0o701] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            assert!(here(&path).is_err(), "{open:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(path.join("x"), "").unwrap();
        assert!(here(&path).is_err());
        fs::remove_file(path.join("x")).unwrap();
        let link = dir.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(here(&link).is_err());
        let mut directory = here(&path).ok().unwrap();
        assert!(directory.write("A", b"value").is_ok());
        drop(directory);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn a_place_in_memory_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let session = dir.path().to_str().unwrap();
        let directory = Directory::new(
            Path::new(""),
            &Environment::given([("XDG_RUNTIME_DIR", session)]),
        );
        let directory = directory.ok().unwrap();
        assert_eq!(directory.path().parent(), Some(dir.path()));
        assert!(is_memory(Path::new(SHARED_MEMORY)) || cfg!(not(target_os = "linux")));
    }
}
