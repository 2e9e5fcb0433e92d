//! `meshlint schema`: the JSON Schema of `meshlint.yaml`.

use std::io::Write;

use super::Failure;
use super::args::print_json;

pub(super) fn run(out: &mut dyn Write) -> Result<u8, Failure> {
    Ok(print_json(out, &crate::config::json_schema()).map(|()| 0)?)
}
