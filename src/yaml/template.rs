//! Telling a template, which is no YAML until a program fills it in, from a broken manifest.

use super::explain::{Context, line_start};
use crate::source::Span;

pub(super) const HELP: &str = "this looks like a template: render it first (`helm template … | meshlint -`)";

/// How many bytes before an error are searched.
const FAR: usize = 4096;

/// Whether a `{{ … }}` around the place of an error is the likely reason for it.
///
/// Such braces in texts that could be read (alerts, dashboards) say nothing: only what stands between the last node
/// that could be read and the end of the error's line counts, and that last node if it has no quotes: it may have
/// swallowed a line of the template.
pub(super) fn is_at_fault(context: &Context<'_>, error: Span) -> bool {
    let text = context.text;
    let document = &text[context.span.range()];
    if !document.contains("{{") && !document.contains("{%") {
        return false;
    }
    let at = error.start as usize;
    let read = (context.suspect as usize).min(at);
    let mut from = line_start(text, read).max(context.span.start as usize).max(at.saturating_sub(FAR));
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let to = text[at..context.span.end as usize].find('\n').map_or(context.span.end as usize, |i| at + i);
    text[from..to].lines().any(|line| {
        let comment = line.trim_start().starts_with('#');
        !comment && (line.contains("{{") || line.contains("{%"))
    })
}
