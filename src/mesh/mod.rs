//! The mesh: what names mean in one cluster and across clusters. Rules ask it and never resolve names themselves.

mod attachment;
mod cluster;
mod crossings;
mod dataplane;
mod entrance;
mod fleet;
mod index;
mod inventory;
mod links;
mod mtls;
mod own;
mod resolve;
mod settings;
mod uses;
mod versions;
mod visibility;

pub use attachment::{Grants, Refusal};
pub use cluster::{Cluster, ClusterId, Site};
pub(crate) use crossings::endpoint_matches;
pub use crossings::{Crossing, Crossings, Edge, Node, Origin};
pub use dataplane::{DATAPLANE_MODE, USE_WAYPOINT, UseWaypoint};
pub use entrance::Entrance;
pub use fleet::{Fleet, Together};
pub(crate) use links::is_of_the_mesh;
pub use links::{Evidence, EvidenceKind, GlobalEntry, Link};
pub use mtls::PeerMode;
pub use own::Own;
pub use resolve::{Applied, TlsInForce};
pub use settings::{MeshSettings, Said};
pub use uses::Use;
pub use versions::{Version, Versions};
