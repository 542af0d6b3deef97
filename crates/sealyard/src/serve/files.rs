//! Files that are either there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Permission bits of a file that everybody may read.
pub(super) const PUBLIC: u32 = 0o644;
/// Permission bits of a file that only this user may read.
pub(crate) const PRIVATE: u32 = 0o600;

/// Writes a file, or replaces it: with these permission bits from the start, and on the disk when
/// this returns.
pub(super) fn write_atomically(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    write_beside(path, content, mode, |temporary| fs::rename(temporary, path))
}

/// The same for a file that must not be there yet: `AlreadyExists` if it is, and it stays.
pub(crate) fn create_atomically(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    // A second name, because renaming would replace what is there, and the call that would not is
    // refused by network file systems.
    write_beside(path, content, mode, |temporary| {
        fs::hard_link(temporary, path)?;
        fs::remove_file(temporary)
    })
}

/// Removes a file, and makes sure that it stays removed.
pub(crate) fn remove_durably(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_directory(path)
}

/// Writes a file beside its place, and has it put there.
fn write_beside(
    path: &Path,
    content: &[u8],
    mode: u32,
    place: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = Path::new(&temporary);
    // What a process of the same number left behind may have other permissions.
    match fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(temporary)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    let placed = written.and_then(|()| place(temporary));
    if placed.is_err() {
        // The first error is the one to report.
        drop(fs::remove_file(temporary));
        return placed;
    }
    sync_directory(path)
}

/// Makes a change of names survive a power cut.
fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_private_file_is_private_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("key");
        fs::write(&path, "old").expect("write");
        write_atomically(&path, b"new", PRIVATE).expect("write");
        assert_eq!(fs::read(&path).expect("read"), b"new");
        let mode = fs::metadata(&path).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 1);
    }

    #[test]
    fn a_new_file_never_replaces_another() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("key");
        create_atomically(&path, b"first", PRIVATE).expect("create");
        let error = create_atomically(&path, b"second", PRIVATE).expect_err("it is there");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("read"), b"first");
        let mode = fs::metadata(&path).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("occupied");
        fs::create_dir(&path).expect("a directory is in the way");
        write_atomically(&path, b"new", PUBLIC).expect_err("a directory cannot be replaced");
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 1);
    }
}
