//! The `meshlint` program: arguments, the library, the exit status.

use std::process::ExitCode;

/// A fleet is millions of small pieces, made on all threads: with the C library's allocator a run takes a third longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    meshlint::cli::main()
}
