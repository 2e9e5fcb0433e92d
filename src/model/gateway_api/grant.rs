//! `ReferenceGrant`: who may refer from another namespace to what in its own.

use crate::model::Meta;
use crate::model::read::{self, Text};
use crate::yaml::Node;

/// A `ReferenceGrant`.
#[derive(Clone, Debug)]
pub struct Grant<'a, 's> {
    /// Its identity.
    pub meta: &'a Meta<'s>,
    /// `spec.from`
    pub from: Vec<GrantFrom<'s>>,
    /// `spec.to`: group, kind and, where it is for one object, that one's name.
    pub to: Vec<(&'s str, &'s str, Option<&'s str>)>,
}

/// Who may refer.
#[derive(Clone, Copy, Debug)]
pub struct GrantFrom<'s> {
    /// `group`
    pub group: &'s str,
    /// `kind`
    pub kind: &'s str,
    /// `namespace`
    pub namespace: Text<'s>,
}

impl<'a, 's> Grant<'a, 's> {
    /// Reads a ReferenceGrant.
    pub fn read(meta: &'a Meta<'s>) -> Self {
        let spec = meta.spec();
        let word = |node: Node<'s>, key| read::text(node, key).map_or("", |t| t.value);
        let from = |n: Node<'s>| {
            Some(GrantFrom { group: word(n, "group"), kind: word(n, "kind"), namespace: read::text(n, "namespace")? })
        };
        let to = |n: Node<'s>| {
            (word(n, "group"), word(n, "kind"), read::text(n, "name").map(|t| t.value).filter(|t| !t.is_empty()))
        };
        Self {
            from: read::items(spec, "from").filter_map(from).collect(),
            to: read::items(spec, "to").map(to).collect(),
            meta,
        }
    }
}
