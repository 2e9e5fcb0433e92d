//! The mutual TLS that a workload's sidecar asks for: PeerAuthentication (evidence H).

use super::Cluster;
use crate::model::read::{selects, unknown};
use crate::model::{Labels, PeerAuthentication, Text};

/// What decides a workload's mutual TLS.
#[derive(Clone, Copy, Debug)]
pub struct PeerMode<'a, 's> {
    /// The PeerAuthentication.
    pub policy: &'a PeerAuthentication<'s>,
    /// The mode that it sets.
    pub mode: Text<'s>,
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
        let of = |ns: &'a str, selected: bool| {
            self.objects.peer_authentications.iter().filter(move |p| {
                p.meta.namespace.value == ns
                    // A placeholder in the selector may stand for any Pod: nothing is shown to be selected then.
                    && !p.selector.iter().any(|(_, v)| unknown(v.value))
                    && if selected {
                        !p.selector.is_empty() && selects(&p.selector, labels)
                    } else {
                        p.selector.is_empty()
                    }
            })
        };
        if self.objects.peer_authentications.is_empty() {
            return None;
        }
        let own = self.objects.peer_authentications.iter().find(|p| p.meta.namespace.value == namespace);
        let own = own.map_or("", |p| p.meta.namespace.value);
        for policy in of(own, true) {
            let port = policy.ports.iter().find(|(n, _)| pod_port.is_some_and(|p| n.value == p.to_string()));
            if let Some((_, mode)) = port.filter(|(_, m)| m.value != "UNSET") {
                return Some(PeerMode { policy, mode: *mode });
            }
        }
        for (ns, selected) in [(own, true), (own, false), (self.mesh.root_namespace, false)] {
            for policy in of(ns, selected) {
                if let Some(mode) = policy.mode.filter(|m| m.value != "UNSET") {
                    return Some(PeerMode { policy, mode });
                }
            }
        }
        None
    }
}
