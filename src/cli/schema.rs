//! `meshlint schema`: the JSON Schema of `meshlint.yaml`.

use std::io::Write;

use super::Failure;

pub(super) fn run(out: &mut dyn Write) -> Result<u8, Failure> {
    writeln!(out, "{:#}", crate::config::json_schema())?;
    Ok(0)
}
