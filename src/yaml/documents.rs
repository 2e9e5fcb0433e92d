//! Splitting a stream into documents before anything is parsed, as Kubernetes' reader does.

use crate::source::Span;

/// The places of a text's documents, without the `---` lines between them. Empty documents are kept out.
///
/// Source: `YAMLReader` of k8s.io/apimachinery, which takes a line that starts with `---` for a separator.
pub fn split(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    let mut start = 0;
    let mut line = 0;
    while line < bytes.len() {
        let end = line + bytes[line..].iter().position(|&b| b == b'\n').map_or(bytes.len() - line, |i| i + 1);
        let rest = &bytes[line..end];
        if rest.starts_with(b"---") && rest.get(3).is_none_or(|b| b.is_ascii_whitespace()) {
            let content = text[line + 3..end].trim_start();
            if content.is_empty() || content.starts_with('#') {
                push(text, start, line, &mut spans);
                start = end;
            } else {
                // `--- {a: 1}`: the document begins on the separator's own line.
                push(text, start, line, &mut spans);
                start = line + 3;
            }
        }
        line = end;
    }
    push(text, start, bytes.len(), &mut spans);
    spans
}

fn push(text: &str, start: usize, end: usize, spans: &mut Vec<Span>) {
    if !text[start..end].trim().is_empty() {
        spans.push(Span::new(start as u32, end as u32));
    }
}
