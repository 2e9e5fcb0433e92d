//! `meshlint man`: the manual page.

use std::io::Write;

use super::Failure;

pub(super) fn run(command: clap::Command, out: &mut dyn Write) -> Result<u8, Failure> {
    clap_mangen::Man::new(command).render(out)?;
    Ok(0)
}
