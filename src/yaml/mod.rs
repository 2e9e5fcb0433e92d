//! Reading Kubernetes YAML with exact places. The only module that knows the third-party parser.
//!
//! A text is split into documents at its `---` lines, as Kubernetes' own reader does, and each document is read by
//! itself: a broken one costs that one only. The result of a document is a [`Tree`].

mod documents;
mod load;
pub mod scalar;
mod tree;

pub use documents::split;
pub use scalar::Scalar;
pub use tree::{Builder, Node, Shape, Style, Tag, Tree};

use crate::source::Span;

/// One document that could be read.
#[derive(Debug)]
pub struct Document {
    /// Where it stands, without its `---` line.
    pub span: Span,
    /// Its nodes.
    pub tree: Tree,
    /// Keys that are written more than once in one mapping.
    pub duplicates: Vec<DuplicateKey>,
}

/// A key that stands in one mapping more than once: parsers keep the last, silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key that is overridden.
    pub first: Span,
    /// The key that wins.
    pub last: Span,
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where.
    pub span: Span,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do, where that is known.
    pub help: Option<String>,
    /// Whether this is a template that a program fills in (Helm's `{{ … }}`), not a broken manifest.
    pub template: bool,
}

/// What a text holds.
#[derive(Debug, Default)]
pub struct Stream {
    /// The documents that could be read, in order; empty ones are left out.
    pub documents: Vec<Document>,
    /// Why the others could not, in order.
    pub errors: Vec<SyntaxError>,
}

/// The most nodes that a document may have once its aliases are expanded.
pub const MAX_EXPANDED_NODES: u64 = 4_000_000;

/// Reads all documents of a text (at most 4 GiB long).
pub fn parse(text: &str) -> Stream {
    let mut stream = Stream::default();
    for span in split(text) {
        match load::document(text, span) {
            Ok(Some(document)) => stream.documents.push(document),
            Ok(None) => {}
            Err(error) => stream.errors.push(error),
        }
    }
    stream
}

/// Reads the part of a text at `span` as one document, with places in the whole text; `None` where it holds nothing.
///
/// # Errors
/// It is not YAML.
pub fn parse_span(text: &str, span: Span) -> Result<Option<Document>, SyntaxError> {
    load::document(text, span)
}
