//! How a run compares with an earlier state, in text.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::clean::clean;
use super::text::Look;
use crate::rules::words::count;
use crate::since::{Earlier, Since};

/// The most lines of one sort that are listed without `-v`.
const MAX_LINES: usize = 10;

pub(super) fn render(out: &mut dyn Write, since: &Since, look: &Look) -> io::Result<()> {
    let base = since.base.get(..8).unwrap_or(&since.base);
    let before = match since.existing {
        0 => "no other findings were there before".into(),
        1 => "1 other finding was there before".into(),
        n => format!("{n} other findings were there before"),
    };
    writeln!(out, "since {} ({base}): {before}", clean(&since.reference))?;
    // What several clusters apply was one fault.
    let mut seen = BTreeSet::new();
    let lines: Vec<&Earlier> =
        since.fixed.iter().filter(|e| seen.insert((e.rule, &e.message, &e.file, e.line))).collect();
    if !lines.is_empty() {
        writeln!(out, "fixed: {}", count(lines.len(), "finding"))?;
    }
    let shown = if look.verbose { usize::MAX } else { MAX_LINES };
    for earlier in lines.iter().take(shown) {
        let at = format!("({}:{})", clean(&earlier.file), earlier.line);
        let head = format!("{}[{}]", earlier.severity, earlier.rule);
        writeln!(out, "  {head}: {} {}", clean(&earlier.message), look.dim(&at))?;
    }
    if lines.len() > shown {
        writeln!(out, "  and {} more; meshlint -v lists them", lines.len() - shown)?;
    }
    for unread in since.unread.iter().take(shown) {
        writeln!(out, "not compared: {}: {}", clean(&unread.path), clean(&unread.reason))?;
    }
    if since.unread.len() > shown {
        writeln!(out, "not compared: {} more; meshlint -v lists them", since.unread.len() - shown)?;
    }
    Ok(())
}
