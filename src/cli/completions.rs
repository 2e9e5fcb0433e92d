//! `meshlint completions`: shell completions.

use std::io::Write;

use super::Failure;

/// Arguments of `meshlint completions`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, command: &mut clap::Command, out: &mut dyn Write) -> Result<u8, Failure> {
    // `generate` panics where it cannot write, so it writes to memory first.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, command, "meshlint", &mut text);
    out.write_all(&text)?;
    Ok(0)
}
