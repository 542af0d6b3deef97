//! SQLite as a function call: statements run on the caller's own thread; only the commit's sync waits elsewhere.

mod connection;
mod error;
mod group;
mod reader;
mod rewrite;
mod row;
mod writer;

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Error, Stats};

use connection::{Connection, Purpose};
use reader::Pool;
use writer::Writer;

pub(crate) use reader::Reader;
pub(crate) use row::Row;
pub(crate) use writer::Item;

/// Read and written by the owner only.
const OWNER_ONLY: u32 = 0o600;

/// How to open a SQLite data file.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqliteOptions {
    /// Make the file, with mode 0600, if there is none. Without it, a missing file is [`Error::Io`].
    pub create: bool,
}

/// One data file, held by this process alone. The fields are dropped in this order: the lock goes last.
pub(crate) struct Sqlite {
    readers: Pool,
    writer: Writer,
    _lock: File,
}

impl Sqlite {
    /// Opens the file at `path` and takes the lock beside it.
    pub(crate) fn open(path: &Path, options: SqliteOptions) -> Result<Self, Error> {
        // Absolute, or SQLite would take ":memory:" for something else than a file.
        let path = std::path::absolute(path).map_err(|error| io(path, &error))?;
        // The missing file is found before a lock file is left behind in the wrong directory.
        if !options.create && !path.exists() {
            return Err(Error::Io(format!("{}: no such file", path.display())));
        }
        let lock = lock(&path)?;
        let mut file = OpenOptions::new();
        file.read(true)
            .write(true)
            .create(options.create)
            .mode(OWNER_ONLY);
        file.open(&path)
            .map_err(|error| io(&path, &error))
            .map(drop)?;

        let writer = Writer::start(Connection::open(&path, Purpose::Write)?)?;
        Ok(Self {
            readers: Pool::new(path),
            writer,
            _lock: lock,
        })
    }

    /// Opens a read transaction.
    pub(crate) async fn read(self: &Arc<Self>) -> Result<Reader, Error> {
        Reader::open(Arc::clone(self)).await
    }

    /// Waits for the writer, and opens a write transaction.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<Item, Error> {
        Item::begin(Arc::clone(self)).await
    }

    /// What the writer has done so far.
    pub(crate) fn stats(&self) -> Stats {
        self.writer.stats()
    }
}

/// Takes the lock of the data file: on a file beside it, because SQLite uses locks on the file itself. The lock file
/// stays for ever; deleting it would let two processes hold two of them.
fn lock(path: &Path) -> Result<File, Error> {
    let mut name = OsString::from(path);
    name.push(".lock");
    let name = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(OWNER_ONLY);
    let file = options.open(&name).map_err(|error| io(&name, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked),
        Err(TryLockError::Error(error)) => Err(io(&name, &error)),
    }
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    Error::Io(format!("{}: {error}", path.display()))
}
