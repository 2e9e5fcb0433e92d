//! The `meshlint` program: arguments, the library, the exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    meshlint::cli::main()
}
