//! Documents inside documents: the mesh configuration in an `istio` ConfigMap.

use std::sync::Arc;

use super::Embedded;
use crate::source::Span;
use crate::yaml::{Document, Node, Style, SyntaxError, parse_span};

/// The keys of the ConfigMap that istiod reads.
const KEYS: [&str; 2] = ["mesh", "meshNetworks"];

/// Reads what the ConfigMaps among these documents hold as literal blocks, with places in `text` itself.
pub(super) fn read(text: &Arc<str>, documents: &[Document]) -> (Vec<Embedded>, Vec<SyntaxError>) {
    let (mut all, mut errors) = (Vec::new(), Vec::new());
    for (document, outer) in documents.iter().enumerate() {
        let Some(root) = outer.tree.root() else { continue };
        for data in data_of(root, 4) {
            for key in KEYS {
                let Some(body) = data.get(key).and_then(|value| body(text, value)) else { continue };
                match parse_span(text, body) {
                    Ok(Some(d)) => all.push(Embedded { document, key: key.into(), tree: d.tree }),
                    Ok(None) => {}
                    Err(error) => errors.push(error),
                }
            }
        }
    }
    (all, errors)
}

/// `data` of the ConfigMaps that hold a mesh configuration: this object, or items of this list.
fn data_of(root: Node<'_>, depth: u8) -> Vec<Node<'_>> {
    match root.get("kind").and_then(|k| k.text()) {
        Some("ConfigMap") => {
            let name = root.at_path(&["metadata", "name"]).and_then(|n| n.text()).unwrap_or_default();
            let holds = name == "istio" || name.starts_with("istio-");
            root.get("data").filter(|_| holds).into_iter().collect()
        }
        Some(kind) if kind.ends_with("List") && depth > 0 => {
            root.get("items").into_iter().flat_map(|i| i.items()).flat_map(|i| data_of(i, depth - 1)).collect()
        }
        _ => Vec::new(),
    }
}

/// The lines of a literal block, without the line that opens it.
pub(super) fn body(text: &str, value: Node<'_>) -> Option<Span> {
    let span = value.span();
    if value.style() != Style::Literal {
        return None;
    }
    let header = text[span.range()].find('\n')? as u32;
    let body = Span::new(span.start + header + 1, span.end);
    (!text[body.range()].trim().is_empty()).then_some(body)
}
