//! `meshlint rules`: all rules.

use std::io::Write;

use super::Failure;

/// Arguments of `meshlint rules`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    for rule in crate::rules::ALL {
        writeln!(out, "{}", rule.info().name)?;
    }
    Ok(0)
}
