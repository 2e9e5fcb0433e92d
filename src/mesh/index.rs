//! From names to the objects of one cluster.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::read::unknown;
use crate::model::{Host, Objects};

/// Indices into a cluster's [`Objects`].
#[derive(Debug, Default)]
pub(super) struct Index<'s> {
    pub(super) services: FxHashMap<(&'s str, &'s str), u32>,
    pub(super) service_namespaces: FxHashSet<&'s str>,
    pub(super) entries: FxHashMap<Host<'s>, Vec<u32>>,
    pub(super) wildcard_entries: Vec<(Host<'s>, u32)>,
    pub(super) rules: FxHashMap<Host<'s>, Vec<u32>>,
    pub(super) wildcard_rules: Vec<(Host<'s>, u32)>,
    pub(super) workloads: FxHashMap<(&'s str, &'s str), Vec<u32>>,
    pub(super) workload_namespaces: FxHashSet<&'s str>,
    pub(super) workloads_with_placeholders: Vec<u32>,
    pub(super) services_with_placeholders: Vec<u32>,
    pub(super) has_entry_with_placeholder: bool,
    pub(super) rules_with_placeholders: Vec<u32>,
    pub(super) gateways: FxHashMap<(&'s str, &'s str), u32>,
    pub(super) api_gateways: FxHashMap<(&'s str, &'s str), u32>,
    pub(super) others: FxHashMap<(&'s str, &'s str), Vec<u32>>,
    pub(super) namespaces: FxHashMap<&'s str, Vec<u32>>,
    pub(super) others_by_namespace: FxHashMap<&'s str, Vec<u32>>,
    pub(super) has_remote_secret: bool,
}

impl<'s> Index<'s> {
    pub(super) fn of(objects: &Objects<'s>, domain: &str) -> Self {
        let mut index = Self::default();
        for (i, o) in objects.services.iter().enumerate() {
            index.services.entry((o.meta.namespace.value, o.meta.name.value)).or_insert(i as u32);
            index.service_namespaces.insert(o.meta.namespace.value);
            if unknown(o.meta.name.value) || unknown(o.meta.namespace.value) {
                index.services_with_placeholders.push(i as u32);
            }
        }
        for (i, o) in objects.service_entries.iter().enumerate() {
            for host in &o.hosts {
                index.has_entry_with_placeholder |= unknown(host.value);
                let host = Host::parse(host.value, o.meta.namespace.value, domain);
                if host.is_wildcard() {
                    index.wildcard_entries.push((host, i as u32));
                } else {
                    index.entries.entry(host).or_default().push(i as u32);
                }
            }
        }
        for (i, o) in objects.destination_rules.iter().enumerate() {
            let Some(host) = o.host else { continue };
            if unknown(host.value) {
                index.rules_with_placeholders.push(i as u32);
            }
            let host = Host::parse(host.value, o.meta.namespace.value, domain);
            if host.is_wildcard() {
                index.wildcard_rules.push((host, i as u32));
            } else {
                index.rules.entry(host).or_default().push(i as u32);
            }
        }
        for (i, o) in objects.workloads.iter().enumerate() {
            for (k, v) in &o.labels {
                index.workloads.entry((k.value, v.value)).or_default().push(i as u32);
            }
            if o.labels.iter().any(|(_, v)| unknown(v.value)) {
                index.workloads_with_placeholders.push(i as u32);
            }
            index.workload_namespaces.insert(o.meta.namespace.value);
        }
        for (i, o) in objects.gateways.iter().enumerate() {
            index.gateways.entry((o.meta.namespace.value, o.meta.name.value)).or_insert(i as u32);
        }
        for (i, o) in objects.others.iter().enumerate() {
            index.others.entry((o.group(), o.kind.value)).or_default().push(i as u32);
            index.others_by_namespace.entry(o.namespace.value).or_default().push(i as u32);
            if o.kind.value == "Gateway" {
                index.api_gateways.entry((o.namespace.value, o.name.value)).or_insert(i as u32);
            }
            index.has_remote_secret |=
                o.kind.value == "Secret" && o.label("istio/multiCluster").is_some_and(|l| l.value == "true");
        }
        for (i, o) in objects.namespaces.iter().enumerate() {
            index.namespaces.entry(o.name.value).or_default().push(i as u32);
        }
        index
    }
}
