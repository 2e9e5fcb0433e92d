//! The mesh: what names mean in one cluster and across clusters. Rules ask it and never resolve names themselves.

mod cluster;
mod fleet;
mod settings;

pub use cluster::{Cluster, ClusterId, Site};
pub use fleet::Fleet;
pub use settings::{MeshSettings, Said, Version};
