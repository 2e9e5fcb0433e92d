//! The mutual TLS that a workload's sidecar asks for: PeerAuthentication (evidence H).

use rustc_hash::FxHashMap;

use super::Cluster;
use crate::model::read::{self, selects, unknown};
use crate::model::{Labels, PeerAuthentication, ServicePort, Text, Workload};

/// What decides a workload's mutual TLS.
#[derive(Clone, Copy, Debug)]
pub struct PeerMode<'a, 's> {
    /// The PeerAuthentication.
    pub policy: &'a PeerAuthentication<'s>,
    /// The mode that it sets.
    pub mode: Text<'s>,
}

/// Policies by whom they are for.
#[derive(Debug, Default)]
pub(super) struct Peers<'s> {
    /// Those with a selector, by namespace and the selector's first label.
    by_label: FxHashMap<(&'s str, &'s str, &'s str), Vec<u32>>,
    /// Those of a whole namespace.
    wide: FxHashMap<&'s str, Vec<u32>>,
}

impl<'s> Peers<'s> {
    pub(super) fn of(policies: &[PeerAuthentication<'s>]) -> Self {
        let mut peers = Self::default();
        for (i, policy) in policies.iter().enumerate() {
            let namespace = policy.meta.namespace.value;
            match policy.selector.first() {
                Some((k, v)) => peers.by_label.entry((namespace, k.value, v.value)).or_default().push(i as u32),
                None => peers.wide.entry(namespace).or_default().push(i as u32),
            }
        }
        peers
    }
}

impl<'s> Cluster<'s> {
    /// The mode in force for Pods with these labels in a namespace, at one of their ports: that of the most specific
    /// policy that sets one (workload, namespace, mesh). `None` where none does: PERMISSIVE.
    pub fn peer_mode<'a>(
        &'a self,
        namespace: &str,
        labels: &Labels<'_>,
        pod_port: Option<u32>,
    ) -> Option<PeerMode<'a, 's>> {
        let policies = &self.objects.peer_authentications;
        if policies.is_empty() {
            return None;
        }
        let mut own: Vec<u32> = labels
            .iter()
            .flat_map(|(k, v)| self.peers.by_label.get(&(namespace, k.value, v.value)).into_iter().flatten())
            .copied()
            .filter(|&i| {
                let selector = &policies[i as usize].selector;
                // A placeholder may stand for any Pod: nothing is shown to be selected then.
                selects(selector, labels) && !selector.iter().any(|(_, v)| unknown(v.value))
            })
            .collect();
        own.sort_unstable();
        for policy in own.iter().map(|&i| &policies[i as usize]) {
            let port = policy.ports.iter().find(|(n, _)| pod_port.is_some_and(|p| n.value == p.to_string()));
            if let Some((_, mode)) = port.filter(|(_, m)| m.value != "UNSET") {
                return Some(PeerMode { policy, mode: *mode });
            }
        }
        let wide = |ns: &str| self.peers.wide.get(ns).into_iter().flatten();
        let all = own.iter().chain(wide(namespace)).chain(wide(self.mesh.root_namespace));
        for policy in all.map(|&i| &policies[i as usize]) {
            if let Some(mode) = policy.mode.filter(|m| m.value != "UNSET") {
                return Some(PeerMode { policy, mode });
            }
        }
        None
    }

    /// The Pods' own port behind a Service's port, where it is known.
    pub fn pod_port(port: &ServicePort<'_>, pod: &Workload<'_>) -> Option<u32> {
        if let Some(target) = port.target.and_then(|t| t.value) {
            return Some(target);
        }
        let Some(name) = port.target_name else { return port.port() };
        pod.containers()
            .flat_map(|c| read::items(c, "ports"))
            .find(|p| read::text(*p, "name").is_some_and(|n| n.value == name.value))
            .and_then(|p| read::number(p, "containerPort")?.value)
    }
}
