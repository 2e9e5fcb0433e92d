//! Which clients see what a ServiceEntry defines: its `exportTo`, and what Sidecars let in (evidence K).

use super::Cluster;
use crate::model::read::{Text, unknown};
use crate::model::{Host, ServiceEntry, Sidecar};

impl<'s> Cluster<'s> {
    /// Whether any client of this cluster can see the host of the one entry and that of the other.
    ///
    /// A placeholder in an `exportTo` may stand for any namespace: nothing is shown to see it then.
    pub fn have_common_client(
        &self,
        (a, host_a): (&ServiceEntry<'s>, Host<'s>),
        (b, host_b): (&ServiceEntry<'s>, Host<'s>),
    ) -> bool {
        let common = match (self.audience(a), self.audience(b)) {
            (None, None) => None,
            (Some(list), None) | (None, Some(list)) => Some(list),
            (Some(a), Some(b)) => Some(a.into_iter().filter(|ns| b.contains(ns)).collect()),
        };
        let Some(sidecars) = self.limiting_sidecars() else { return common.is_none_or(|c| !c.is_empty()) };
        let clients = common.unwrap_or_else(|| self.namespaces_in_use());
        clients.iter().any(|client| {
            let by_default = default_sidecar(&sidecars, client, self.mesh.root_namespace);
            let own = sidecars.iter().copied().filter(|s| s.meta.namespace.value == *client && !s.selector.is_empty());
            by_default.is_none()
                || own.chain(by_default).any(|s| {
                    let lets_in = |entry: &ServiceEntry<'s>, host| {
                        lets_in(s, client, entry.meta.namespace.value, &host, self.domain)
                    };
                    lets_in(a, host_a) && lets_in(b, host_b)
                })
        })
    }

    /// The namespaces that see an entry; `None` for all.
    pub fn audience(&self, entry: &ServiceEntry<'s>) -> Option<Vec<&'s str>> {
        Self::audience_of(&entry.export_to, &self.mesh.default_service_export_to, entry.meta.namespace.value)
    }

    /// The namespaces that see what `exportTo` lists, held by namespace `own`; `None` for all. Absent, it is `default`.
    pub fn audience_of(export_to: &[Text<'s>], default: &[Text<'s>], own: &'s str) -> Option<Vec<&'s str>> {
        let list = if export_to.is_empty() { default } else { export_to };
        if list.is_empty() || list.iter().any(|e| e.value == "*") {
            return None;
        }
        let named = |e: &Text<'s>| match e.value {
            "." => Some(own),
            "~" => None,
            name => (!unknown(name)).then_some(name),
        };
        Some(list.iter().filter_map(named).collect())
    }

    /// The Sidecars that say what their clients can reach; `None` where there are none.
    fn limiting_sidecars(&self) -> Option<Vec<&Sidecar<'s>>> {
        let all: Vec<_> = self.objects.sidecars.iter().filter(|s| s.limits_egress).collect();
        (!all.is_empty()).then_some(all)
    }

    /// The namespaces that anything in this cluster's repository is in.
    fn namespaces_in_use(&self) -> Vec<&'s str> {
        let objects = &self.objects;
        let mut all: Vec<&'s str> = objects.workloads.iter().map(|w| w.meta.namespace.value).collect();
        all.extend(objects.services.iter().map(|s| s.meta.namespace.value));
        all.extend(objects.service_entries.iter().map(|e| e.meta.namespace.value));
        all.extend(objects.namespaces.iter().map(|n| n.name.value));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The Sidecar for all of a namespace: its own, else the root namespace's.
fn default_sidecar<'a, 's>(all: &[&'a Sidecar<'s>], namespace: &str, root: &str) -> Option<&'a Sidecar<'s>> {
    let of = |ns: &str| all.iter().copied().find(|s| s.meta.namespace.value == ns && s.selector.is_empty());
    of(namespace).or_else(|| of(root))
}

/// Whether a Sidecar lets its clients reach a host of that namespace.
fn lets_in(sidecar: &Sidecar<'_>, client: &str, namespace: &str, host: &Host<'_>, domain: &str) -> bool {
    sidecar.egress_hosts.iter().any(|e| {
        let (ns, name) = e.value.split_once('/').unwrap_or(("*", e.value));
        let in_namespace = match ns {
            "*" => true,
            "." => client == namespace,
            "~" => false,
            ns => ns == namespace,
        };
        let pattern = Host::parse(name, "", domain);
        in_namespace && (pattern.covers(host, domain) || host.covers(&pattern, domain))
    })
}
