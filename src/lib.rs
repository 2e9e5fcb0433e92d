//! meshlint finds what cannot work between the clusters of an Istio mesh, from the manifests in Git.
pub mod source;
pub mod yaml;
