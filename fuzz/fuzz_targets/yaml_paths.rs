//! The fast way of reading YAML and the one that takes all of it agree on every text, and neither panics.
//!
//! A good start is `cargo +nightly fuzz run yaml_paths fuzz/corpus/yaml_paths tests/yaml_seeds`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshlint::yaml::{Node, fast_documents, load_document, parse, split};

fuzz_target!(|text: &str| {
    let shared = std::sync::Arc::from(text);
    let mut fast = fast_documents(&shared);
    for span in split(text) {
        let load = load_document(&shared, span);
        if let Some(document) = fast(span) {
            assert_eq!(Ok(document), load);
        }
    }
    let stream = parse(text);
    for error in &stream.errors {
        assert!(text.get(error.span.range()).is_some(), "{error:?}");
    }
    for document in &stream.documents {
        if let Some(root) = document.tree.root() {
            walk(root);
        }
    }
});

/// Looks at all that nodes tell, aliases not followed.
fn walk(node: Node<'_>) {
    assert!(node.source_text().get(node.span().range()).is_some());
    let _ = (node.text(), node.value(), node.key());
    for (key, value) in node.own_entries() {
        if node.span().contains(value.span()) {
            walk(key);
            walk(value);
        }
    }
    node.items().filter(|item| node.span().contains(item.span())).for_each(walk);
}
