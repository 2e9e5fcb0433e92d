//! What a value is known by when the document around it changes.

use super::node::{Node, Step, pointer_step};
use crate::source::Span;

/// What items of Kubernetes' and Istio's lists are called by; the first that an item has counts.
const NAMES: [&[&str]; 8] =
    [&["name"], &["host"], &["address"], &["key"], &["number"], &["port"], &["port", "number"], &["from"]];

/// The longest text that is taken over.
const MAX_CHARS: usize = 120;

impl Node<'_> {
    /// What the innermost node below this one whose place contains `span` is known by: its JSON pointer, but with the
    /// items of lists by their names (`/spec/subsets/name=v2/labels`). Where an item has none, its place is taken by `*`
    /// and the value itself is added: `/spec/http/*/route/*/destination/subset=v3`.
    ///
    /// So it outlives other lines, other files, reordered keys, and items before it.
    pub fn anchor_of(&self, span: Span) -> String {
        let mut out = String::new();
        let mut unnamed = false;
        let mut last = *self;
        for step in self.way_to(span) {
            out.push('/');
            match step {
                Step::Key { key, value } => {
                    out.push_str(&pointer_step(&key.key()));
                    last = value;
                }
                Step::Item { item, .. } => {
                    match name(item) {
                        Some((key, value)) => out.push_str(&format!("{key}={}", pointer_step(&cut(value)))),
                        None => {
                            out.push('*');
                            unnamed = true;
                        }
                    }
                    last = item;
                }
            }
        }
        let Some(text) = last.text() else { return out };
        // A configuration may be a text in a ConfigMap: then it is a part of it that counts.
        let is_part = last.span() != span && last.span().contains(span) && text.contains('\n');
        let part = self.source_text().get(span.range()).filter(|_| is_part);
        if unnamed || part.is_some() {
            out.push('=');
            out.push_str(&cut(part.unwrap_or(text)));
        }
        out
    }
}

/// What an item is called, and by which key.
fn name<'s>(item: Node<'s>) -> Option<(String, &'s str)> {
    NAMES.iter().find_map(|path| {
        let text = item.at_path(path)?.text().filter(|t| !t.is_empty())?;
        Some((path.join("."), text))
    })
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use crate::source::Span;

    fn anchor(text: &str, at: &str) -> String {
        let stream = crate::yaml::parse(text);
        let root = stream.documents[0].tree.root().unwrap();
        let start = text.find(at).unwrap() as u32;
        root.anchor_of(Span::new(start, start + at.len() as u32))
    }

    #[test]
    fn items_of_lists_are_known_by_their_names() {
        let text = "spec:\n  subsets:\n  - {labels: {version: v1}, name: a/b}\n  - {name: c, labels: {version: v2}}\n";
        assert_eq!(anchor(text, "v1"), "/spec/subsets/name=a~1b/labels/version");
        assert_eq!(anchor(text, "v2"), "/spec/subsets/name=c/labels/version");
        assert_eq!(
            anchor("servers:\n- port: {number: 443, name: x}\n  tls: {mode: Y}\n", "Y"),
            "/servers/port.number=443/tls/mode"
        );
    }

    #[test]
    fn what_is_in_items_without_a_name_is_known_by_its_value() {
        let text = "http:\n- route:\n  - destination: {subset: v3}\nhosts: [a, b]\nspec: {}\n";
        assert_eq!(anchor(text, "v3"), "/http/*/route/*/destination/subset=v3");
        assert_eq!(anchor(text, "subset"), "/http/*/route/*/destination/subset=v3");
        assert_eq!(anchor(text, "destination"), "/http/*/route/*/destination");
        assert_eq!(anchor("hosts: [a, b.c]\n", "b.c"), "/hosts/*=b.c");
    }

    #[test]
    fn a_part_of_a_long_text_is_known_by_what_it_says() {
        let text = "data:\n  mesh: |\n    a: b\n    trustDomain: east\n";
        assert_eq!(anchor(text, "east"), "/data/mesh=east");
        assert_eq!(anchor(text, "mesh"), "/data/mesh");
    }
}
