//! The program. Everything is in the library, where tests can reach it.

use std::process::ExitCode;

/// Values and keys are wiped when they are freed, also inside the libraries we call.
#[global_allocator]
static ALLOCATOR: sealyard_memory::WipeOnFree = sealyard_memory::WipeOnFree;

fn main() -> ExitCode {
    sealyard::cli::main()
}
