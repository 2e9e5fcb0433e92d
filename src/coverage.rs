//! Coverage: how much of each cluster was read. What was not checked is said as clearly as what was found.

use crate::workspace::Skipped;

/// What was read of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// The cluster.
    pub name: String,
    /// Files that were read.
    pub files: usize,
    /// Documents in them, broken ones too.
    pub documents: usize,
    /// Kubernetes objects among those.
    pub resources: usize,
    /// Kustomizations that were built.
    pub built: usize,
    /// Charts that were rendered.
    pub rendered: usize,
    /// What was not read, and why.
    pub skipped: Vec<Skipped>,
}
