//! `meshlint explain`: a rule's page.

use std::io::Write;

use super::{Failure, names};

/// Arguments of `meshlint explain`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The rule, or a code of istioctl analyze or Kiali
    rule: String,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    for rule in names::rules_named(&args.rule) {
        writeln!(out, "{}", rule.page)?;
    }
    Ok(0)
}
