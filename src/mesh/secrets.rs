//! Which Secrets a cluster has: those that are written down, and those that other objects make.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::Cluster;
use crate::model::Meta;
use crate::model::read::{self, unknown};

/// The Secrets of a cluster, by namespace and name.
#[derive(Debug, Default)]
pub struct Secrets<'a, 's> {
    all: FxHashMap<(&'s str, &'s str), Made<'a, 's>>,
    in_namespace: FxHashMap<&'s str, Vec<&'s str>>,
    names: FxHashMap<&'s str, Vec<&'s str>>,
    may_be_any: bool,
}

/// A Secret, or the object that makes it.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a, 's> {
    /// The object.
    pub meta: &'a Meta<'s>,
    /// Whether it is the Secret itself.
    pub is_plain: bool,
}

impl<'a, 's> Secrets<'a, 's> {
    /// The Secret of that name, or what makes it.
    pub fn get(&self, namespace: &str, name: &str) -> Option<Made<'a, 's>> {
        self.all.get(&(namespace, name)).copied()
    }

    /// Whether any Secret of that namespace is known: where none is, one may exist elsewhere.
    pub fn knows(&self, namespace: &str) -> bool {
        self.in_namespace.contains_key(namespace)
    }

    /// The namespaces that have a Secret of that name.
    pub fn namespaces_of(&self, name: &str) -> &[&'s str] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of a namespace's Secrets.
    pub fn names_in(&self, namespace: &str) -> &[&'s str] {
        self.in_namespace.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// Whether a name or a namespace is a placeholder, or an object makes Secrets that it does not name.
    pub fn may_be_any(&self) -> bool {
        self.may_be_any
    }

    fn add(&mut self, meta: &'a Meta<'s>, name: &'s str, is_plain: bool) {
        let namespace = meta.namespace.value;
        self.may_be_any |= unknown(name) || unknown(namespace);
        match self.all.entry((namespace, name)) {
            Entry::Vacant(place) => {
                place.insert(Made { meta, is_plain });
                self.names.entry(name).or_default().push(namespace);
                self.in_namespace.entry(namespace).or_default().push(name);
            }
            Entry::Occupied(mut place) if is_plain => {
                place.insert(Made { meta, is_plain });
            }
            Entry::Occupied(_) => {}
        }
    }

    fn read(&mut self, meta: &'a Meta<'s>) {
        let at = |path: &[&str]| meta.spec().at_path(path).and_then(|n| n.text()).filter(|t| !t.is_empty());
        let own = meta.name.value;
        match meta.kind.value {
            "Secret" if meta.group().is_empty() => self.add(meta, own, true),
            "ExternalSecret" => self.add(meta, at(&["target", "name"]).unwrap_or(own), false),
            "SealedSecret" => self.add(meta, at(&["template", "metadata", "name"]).unwrap_or(own), false),
            // cert-manager's; another's of that kind says it in the same place, or not at all.
            "Certificate" => match at(&["secretName"]) {
                Some(name) => self.add(meta, name, false),
                None => self.may_be_any = true,
            },
            "VaultStaticSecret" | "VaultDynamicSecret" | "VaultPKISecret" => {
                self.add(meta, at(&["destination", "name"]).unwrap_or(own), false);
            }
            "SecretProviderClass" => {
                for made in read::items(meta.spec(), "secretObjects") {
                    if let Some(name) = read::text(made, "secretName") {
                        self.add(meta, name.value, false);
                    }
                }
            }
            // cert-manager makes what these name, where an annotation asks for it.
            "Ingress" => {
                let tls = read::items(meta.spec(), "tls").filter_map(|t| read::text(t, "secretName"));
                tls.for_each(|name| self.add(meta, name.value, false));
            }
            "Gateway" => {
                let listeners = read::items(meta.spec(), "listeners").filter_map(|l| l.get("tls"));
                let names =
                    listeners.flat_map(|t| read::items(t, "certificateRefs")).filter_map(|r| read::text(r, "name"));
                names.for_each(|name| self.add(meta, name.value, false));
            }
            kind if kind.contains("Secret") && kind != "SecretStore" => {
                // Others copy or make some under their own name, or for many namespaces.
                self.add(meta, own, false);
                self.may_be_any |= meta.namespace.value.is_empty() && kind != "ClusterSecretStore";
            }
            _ => {}
        }
    }
}

impl<'s> Cluster<'s> {
    /// The cluster's Secrets, as far as the repository shows them.
    pub fn secrets<'a>(&'a self) -> Secrets<'a, 's> {
        let mut secrets = Secrets::default();
        self.objects.others.iter().for_each(|meta| secrets.read(meta));
        secrets
    }
}
