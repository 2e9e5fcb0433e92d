//! Why a kustomization is not built.

use std::path::{Path, PathBuf};

use crate::source::Span;

/// How a problem with a path that is not there ends.
pub(super) const ABSENT: &str = "does not exist";

/// Something in a file that keeps it from being built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::discover) struct Problem {
    /// The file.
    pub(in crate::discover) file: PathBuf,
    /// The value at fault in it.
    pub(in crate::discover) span: Span,
    /// What is wrong with it, as a phrase.
    pub(in crate::discover) what: String,
    pub(in crate::discover) kind: Kind,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::discover) enum Kind {
    /// It cannot be built by anybody.
    Broken,
    /// It may be fine, and meshlint does not build it: it is on the network, needs a plugin, leads outside.
    Refused,
    /// A file is not in the repository, which may be made when it is needed.
    Missing,
}

impl Problem {
    pub(in crate::discover) fn broken(file: &Path, span: Span, what: String) -> Self {
        Self { file: file.into(), span, what, kind: Kind::Broken }
    }

    /// What to do.
    pub(in crate::discover) fn help(&self) -> Option<&'static str> {
        self.what.ends_with(ABSENT).then_some("add it, or take it out of the kustomization")
    }

    pub(in crate::discover) fn refused(file: &Path, what: &str) -> Self {
        Self { file: file.into(), span: Span::default(), what: what.into(), kind: Kind::Refused }
    }
}
