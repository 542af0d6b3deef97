//! What the kernel takes as the environment of a new program: refused by name before anything
//! starts, and not by `E2BIG` afterwards.
//!
//! Linux, `execve(2)` and `fs/exec.c`: one string of an argument or of the environment, `NAME=value`
//! and its final zero, has at most `MAX_ARG_STRLEN` = 32 pages; all of them together with the
//! pointers to them at most a quarter of the stack's limit, but never more than 6 MiB
//! (three quarters of `_STK_LIM`) nor less than 128 KiB.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use rustix::process::{Resource, getrlimit};

/// Bytes of one string with its final zero: 32 pages of 4 KiB. Where pages are larger the kernel
/// takes more, but a job should not depend on that.
#[cfg(target_os = "linux")]
const STRING_MAX: usize = 128 * 1024;
/// Elsewhere only the sum has a limit.
#[cfg(not(target_os = "linux"))]
const STRING_MAX: usize = TOTAL_LEAST;
/// What a kernel takes whatever the stack's limit is: 128 KiB on Linux, and less than macOS takes.
const TOTAL_LEAST: usize = 128 * 1024;
/// What Linux takes at most.
const TOTAL_MOST: usize = 6 * 1024 * 1024;
/// macOS has no more than this, whatever the stack's limit is: `ARG_MAX`.
const TOTAL_ELSEWHERE: usize = 1024 * 1024;
/// For what we do not see: the path under which the program is found, and, if that is a script, the
/// path and argument of its interpreter. `PATH_MAX` is 4,096, and the first line counts 256.
const RESERVE: usize = 3 * 4_096;
/// Bytes of the pointer to each string.
const POINTER: usize = size_of::<usize>();

/// Why an environment does not fit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum TooLarge {
    /// One value.
    #[error(
        "the secret {name} has {len} bytes, and the system takes at most {max} for one variable \
         of that name; use --files"
    )]
    One {
        /// Whose.
        name: String,
        /// Of the value.
        len: usize,
        /// What would do.
        max: usize,
    },
    /// All together.
    #[error(
        "the environment and the command line would have {sum} bytes, and the system takes at most \
         {max}; the largest secret is {name}: use --files, or --only those that are needed"
    )]
    All {
        /// The largest.
        name: String,
        /// Bytes of all strings and pointers.
        sum: usize,
        /// What would do.
        max: usize,
    },
}

/// Checks that a program can be started with these secrets in its environment, besides what it
/// inherits and its command line.
pub(super) fn check<'a>(
    secrets: &[(&'a str, &'a [u8])],
    inherited: impl Iterator<Item = (&'a OsStr, &'a OsStr)>,
    arguments: impl Iterator<Item = &'a OsStr>,
) -> Result<(), TooLarge> {
    check_within(secrets, inherited, arguments, total_max())
}

fn check_within<'a>(
    secrets: &[(&'a str, &'a [u8])],
    inherited: impl Iterator<Item = (&'a OsStr, &'a OsStr)>,
    arguments: impl Iterator<Item = &'a OsStr>,
    max: usize,
) -> Result<(), TooLarge> {
    for (name, value) in secrets {
        let room = STRING_MAX.saturating_sub(name.len() + "=\0".len());
        if value.len() > room {
            return Err(TooLarge::One {
                name: (*name).to_owned(),
                len: value.len(),
                max: room,
            });
        }
    }
    let variable = |name: usize, value: usize| name + value + "=\0".len() + POINTER;
    let secret = secrets
        .iter()
        .map(|(name, value)| variable(name.len(), value.len()));
    let other = inherited
        .filter(|(name, _)| secrets.iter().all(|(secret, _)| *name != *secret))
        .map(|(name, value)| variable(name.len(), value.len()));
    let argument = arguments.map(|argument| argument.as_bytes().len() + "\0".len() + POINTER);
    let sum = secret.chain(other).chain(argument).sum::<usize>() + RESERVE;
    if sum <= max {
        return Ok(());
    }
    let largest = secrets.iter().max_by_key(|(_, value)| value.len());
    Err(TooLarge::All {
        name: largest.map_or_else(String::new, |(name, _)| (*name).to_owned()),
        sum,
        max,
    })
}

/// Bytes of all strings and pointers together.
fn total_max() -> usize {
    let stack = getrlimit(Resource::Stack).current;
    let quarter = stack.map_or(TOTAL_MOST, |stack| {
        usize::try_from(stack / 4).unwrap_or(TOTAL_MOST)
    });
    let most = if cfg!(target_os = "linux") {
        TOTAL_MOST
    } else {
        TOTAL_ELSEWHERE
    };
    quarter.clamp(TOTAL_LEAST, most)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::iter::empty;
    use std::process::{Command, Stdio};

    /// Whether a program starts with this environment and no other.
    fn starts(variables: &[(&str, &[u8])]) -> bool {
        let started = Command::new("/bin/true")
            .env_clear()
            .envs(
                variables
                    .iter()
                    .map(|(name, value)| (*name, OsStr::from_bytes(value))),
            )
            .stdin(Stdio::null())
            .status();
        match started {
            Ok(status) => status.success(),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ArgumentListTooLong);
                false
            }
        }
    }

    fn fits(secrets: &[(&str, &[u8])]) -> Result<(), TooLarge> {
        check(secrets, empty(), std::iter::once(OsStr::new("/bin/true")))
    }

    #[test]
    fn the_largest_value_starts_and_one_byte_more_does_not() {
        let value = vec![b'v'; STRING_MAX];
        let edge = STRING_MAX - "NAME=\0".len();
        let (last, first_refused) = (&value[..edge], &value[..=edge]);
        assert_eq!(fits(&[("NAME", last)]), Ok(()));
        assert!(starts(&[("NAME", last)]));
        let refused = fits(&[("NAME", first_refused)]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the secret NAME has 131067 bytes, and the system takes at most 131066 for one \
             variable of that name; use --files"
        );
        assert!(!starts(&[("NAME", first_refused)]));
    }

    #[test]
    fn the_largest_environment_starts_and_what_is_beyond_the_reserve_does_not() {
        let max = total_max();
        let names: Vec<String> = (0..100).map(|n| format!("N{n:02}")).collect();
        let value = vec![b'v'; STRING_MAX - 5];
        // Full strings as long as there is room, and one that takes the rest.
        let environment = |total: usize| {
            let mut left = total - RESERVE - "/bin/true\0".len() - POINTER;
            let mut variables: Vec<(&str, &[u8])> = Vec::new();
            for name in &names {
                let with = left.min(STRING_MAX + POINTER);
                if with < 5 + POINTER {
                    break;
                }
                variables.push((name, &value[..with - 5 - POINTER]));
                left -= with;
            }
            variables
        };
        let last = environment(max);
        assert_eq!(fits(&last), Ok(()));
        assert!(starts(&last));
        let Err(TooLarge::All { sum, .. }) = fits(&environment(max + 16)) else {
            panic!("it is too large");
        };
        assert_eq!(sum, max + 16);
        // The kernel's own edge is within the reserve, less the path of the program.
        assert!(starts(&environment(max + RESERVE - 1_024)));
        assert!(!starts(&environment(max + RESERVE + 16)));
    }

    #[test]
    fn what_a_secret_replaces_is_not_counted_twice() {
        let value = vec![b'v'; 60_000];
        let secrets: [(&str, &[u8]); 1] = [("NAME", &value)];
        let inherited = [(OsStr::new("NAME"), OsStr::from_bytes(&value))];
        let within = |max| check_within(&secrets, inherited.into_iter(), empty(), max);
        let sum = 60_000 + "NAME=\0".len() + POINTER + RESERVE;
        assert_eq!(within(sum), Ok(()));
        assert!(within(sum - 1).is_err());
    }
}
