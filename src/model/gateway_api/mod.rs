//! The Gateway API (gateway.networking.k8s.io): a file for each kind. They are read from an object when a rule needs them.

mod gateway;
mod grant;
mod route;

pub use gateway::{ApiGateway, From, Listener};
pub use grant::{Grant, GrantFrom};
pub use route::{ApiRoute, BackendRef, ParentRef, ROUTES};

use super::read::{self, Text};
use crate::yaml::Node;

/// The API's group.
pub const GROUP: &str = "gateway.networking.k8s.io";

/// A reference to another object, with the API's defaults filled in.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'s> {
    /// `group`; empty for the core group.
    pub group: &'s str,
    /// `kind`
    pub kind: &'s str,
    /// `namespace`, where it is given; else that of the object that refers.
    pub namespace: Option<Text<'s>>,
    /// `name`
    pub name: Text<'s>,
}

impl<'s> Reference<'s> {
    fn read(node: Node<'s>, group: &'static str, kind: &'static str) -> Option<Self> {
        Some(Self {
            group: read::text(node, "group").map_or(group, |g| g.value),
            kind: read::text(node, "kind").map_or(kind, |k| k.value),
            namespace: read::text(node, "namespace"),
            name: read::text(node, "name")?,
        })
    }

    /// Whether it is of that group and kind.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}
