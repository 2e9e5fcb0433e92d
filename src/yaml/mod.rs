//! Reading Kubernetes YAML with exact places. The only module that knows the third-party parser.
//!
//! A text is split into documents at its `---` lines, as Kubernetes' own reader does, and each document is read by
//! itself: a broken one costs that one only. The result of a document is a [`Tree`].

mod anchor;
mod base64;
mod decode;
mod documents;
mod ends;
mod explain;
mod fast;
mod gap;
mod json;
mod keys;
mod load;
mod node;
pub mod scalar;
mod template;
mod tree;

pub use base64::{decode as decode_base64, decode_bytes as decode_base64_bytes};
pub use decode::decode;
pub use documents::split;
pub use ends::Ends;
pub use node::{Node, pointer_steps};
pub use scalar::Scalar;
pub use tree::{Builder, Shape, Style, Tag, Tree};

use std::sync::Arc;

use crate::source::Span;

/// One document that could be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it stands, without its `---` line.
    pub span: Span,
    /// Its nodes.
    pub tree: Tree,
    /// Keys that are written more than once in one mapping.
    pub duplicates: Box<[DuplicateKey]>,
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

/// Reads all documents of a text.
pub fn parse(text: &str) -> Stream {
    parse_shared(&Arc::from(text))
}

/// The same for a text that its trees share.
pub fn parse_shared(text: &Arc<str>) -> Stream {
    let mut stream = Stream::default();
    // Places are 32 bits wide.
    if u32::try_from(text.len()).is_err() {
        stream.errors.push(too_large());
        return stream;
    }
    let (documents, errors) = documents::documents(text);
    stream.errors = errors;
    let separators = stream.errors.len();
    let mut fast = fast::Reader::new(text);
    for span in documents {
        let read = match fast.document(span) {
            Ok(document) => Ok(document),
            Err(fast::Unsure) => load::document(text, span),
        };
        match read {
            Ok(Some(document)) => stream.documents.push(document),
            Ok(None) => {}
            Err(error) => stream.errors.push(error),
        }
    }
    // There are tens of thousands of files.
    stream.documents.shrink_to_fit();
    if separators > 0 {
        stream.errors.sort_by_key(|e| e.span);
    }
    stream
}

/// Reads one document (see [`split`]) the way that takes all YAML: for tests of the other way, and measurements.
#[doc(hidden)]
pub fn load_document(text: &Arc<str>, span: Span) -> Result<Option<Document>, SyntaxError> {
    load::document(text, span)
}

/// Reads documents (see [`split`]) the fast way; `None` for those that [`load_document`] has to read.
#[doc(hidden)]
pub fn fast_documents<'s>(text: &'s Arc<str>) -> impl FnMut(Span) -> Option<Option<Document>> + use<'s> {
    let mut reader = fast::Reader::new(text);
    move |span| reader.document(span).ok()
}

fn too_large() -> SyntaxError {
    SyntaxError { span: Span::default(), message: "the file has more than 4 GiB".into(), help: None, template: false }
}

/// Reads the part of a text at `span` as one document, with places in the whole text; `None` where it holds nothing.
///
/// # Errors
/// It is not YAML.
pub fn parse_span(text: &Arc<str>, span: Span) -> Result<Option<Document>, SyntaxError> {
    load::document(text, span)
}
