//! `meshlint clusters`: how the repository was understood.

use std::io::Write;

use super::Failure;
use super::args::{Display, Input};

/// Arguments of `meshlint clusters`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    display: Display,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let settings = args.input.settings()?;
    let workspace = args.input.open(&settings)?;
    let _ = &args.display;
    writeln!(out, "understood as: {}", workspace.understood)?;
    Ok(0)
}
