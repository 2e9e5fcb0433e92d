//! Which DestinationRule applies, what TLS it puts in force, and what a host resolves to in one cluster.

use super::Cluster;
use crate::model::read::Text;
use crate::model::{DestinationRule, Host, ServiceEntry, Subset, TrafficPolicy};
use crate::source::Span;

/// The DestinationRules that apply for a client and a host: those of the first place that has one (domain.md,
/// section 3; evidence A).
#[derive(Debug, Default)]
pub struct Applied<'a, 's> {
    /// The rules that merge, in the order of the files; creation time, which decides in the mesh, is not known.
    pub rules: Vec<&'a DestinationRule<'s>>,
    /// Rules of the same place with a `workloadSelector`: for some clients only.
    pub conditional: Vec<&'a DestinationRule<'s>>,
}

/// The TLS setting in force.
#[derive(Clone, Copy, Debug)]
pub struct TlsInForce<'a, 's> {
    /// The rule that sets it, or that hides others that would.
    pub rule: &'a DestinationRule<'s>,
    /// The mode; `None` where no `tls` is in force. A `tls` without a mode is DISABLE, Istio's default.
    pub mode: Option<&'s str>,
    /// The place of the mode, or of the most specific policy that leaves it out.
    pub span: Span,
    /// The `sni` set beside it.
    pub sni: Option<Text<'s>>,
}

impl<'a, 's> Applied<'a, 's> {
    /// Whether no rule applies, nor could one for some clients.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.conditional.is_empty()
    }

    /// The first definition of a subset of that name, with its rule.
    pub fn subset(&self, name: &str) -> Option<(&'a DestinationRule<'s>, &'a Subset<'s>)> {
        self.rules.iter().chain(&self.conditional).find_map(|r| r.subset(name).map(|s| (*r, s)))
    }

    /// The names of all subsets that are defined.
    pub fn subset_names(&self) -> Vec<&'s str> {
        let mut names: Vec<_> =
            self.rules.iter().chain(&self.conditional).flat_map(|r| r.subsets.iter().map(|s| s.name.value)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The TLS setting for a subset and a port: the port's settings replace the rule's whole, a subset's `tls` the
    /// rule's where it has one (Istio's `MergeTrafficPolicy`; evidence D15 to D18). `None` where no rule applies.
    pub fn tls(&self, subset: Option<&str>, port: Option<u32>) -> Option<TlsInForce<'a, 's>> {
        let first = *self.rules.first().or(self.conditional.first())?;
        let with_policy = self.rules.iter().find(|r| r.policy.is_some()).copied();
        let mut tls = TlsInForce {
            rule: with_policy.unwrap_or(first),
            mode: None,
            span: first.host.map_or(first.meta.name.span, |h| h.span),
            sni: None,
        };
        let policies = [with_policy.and_then(|r| r.policy.as_ref()), None];
        let subset = subset.and_then(|s| self.subset(s));
        let policies = [policies[0], subset.and_then(|(_, s)| s.policy.as_deref())];
        for (i, policy) in policies.into_iter().enumerate() {
            let Some(policy) = policy else { continue };
            let before = tls.span;
            apply(&mut tls, policy, port);
            if i == 1
                && let Some((rule, _)) = subset
                && tls.span != before
            {
                tls.rule = rule;
            }
        }
        Some(tls)
    }
}

fn apply<'s>(tls: &mut TlsInForce<'_, 's>, policy: &TrafficPolicy<'s>, port: Option<u32>) {
    let mut take = |p: &TrafficPolicy<'s>, replace: bool| {
        if let Some(t) = &p.tls {
            tls.mode = Some(t.mode.map_or("DISABLE", |m| m.value));
            tls.span = t.span;
            tls.sni = t.sni;
        } else if replace {
            tls.mode = None;
            tls.span = p.node.span();
            tls.sni = None;
        }
    };
    take(policy, false);
    let at_port = policy.ports.iter().find(|(n, _)| port.is_some() && n.and_then(|n| n.value) == port);
    if let Some((_, p)) = at_port {
        take(p, true);
    }
}

impl<'s> Cluster<'s> {
    /// The namespace that a host's service belongs to: a Service's own, or that of the ServiceEntry that defines it.
    pub fn service_namespace(&self, host: Host<'s>) -> Option<&'s str> {
        host.namespace().or_else(|| self.entries(host).next().map(|e| e.meta.namespace.value))
    }

    /// The DestinationRules that apply for clients in `client` that call `host`.
    ///
    /// The client's namespace, the service's, the root namespace: the first that has a rule visible to the client
    /// wins whole. A client in the root namespace looks in the service's first (evidence A1 to A4).
    pub fn destination_rules<'a>(&'a self, client: &str, host: Host<'s>) -> Applied<'a, 's> {
        let root = self.mesh.root_namespace;
        let service = self.service_namespace(host).unwrap_or(client);
        let order = if client == root { [service, root, root] } else { [client, service, root] };
        let exact: Vec<_> = self.rules_for(host).collect();
        let mut wildcards: Option<Vec<_>> = None;
        for namespace in order {
            let visible = |r: &&DestinationRule<'s>| {
                r.meta.namespace.value == namespace
                    && Self::exported(&r.export_to, &self.mesh.default_destination_rule_export_to, namespace, client)
            };
            let mut found: Vec<&DestinationRule<'s>> = exact.iter().copied().filter(visible).collect();
            if found.is_empty() && self.has_wildcard_rules() {
                let all = wildcards.get_or_insert_with(|| self.wildcard_rules_for(host).collect());
                let here = all.iter().filter(|(_, r)| visible(r));
                // The longest suffix is the most specific.
                let length = |h: &Host<'_>| if let Host::Name(n) = h { n.len() } else { 0 };
                let best = here.clone().map(|(h, _)| length(h)).max();
                found = here.filter(|(h, _)| Some(length(h)) == best).map(|(_, r)| *r).collect();
            }
            if !found.is_empty() {
                let (conditional, rules) = found.into_iter().partition(|r| r.workload_selector.is_some());
                return Applied { rules, conditional };
            }
        }
        Applied::default()
    }

    /// The ServiceEntries that define a host, by its exact name or by a wildcard, visible in that namespace.
    pub fn visible_entries<'a>(&'a self, host: Host<'s>, client: &str) -> Vec<&'a ServiceEntry<'s>> {
        let visible = |e: &&ServiceEntry<'s>| {
            let own = e.meta.namespace.value;
            Self::exported(&e.export_to, &self.mesh.default_service_export_to, own, client)
        };
        let exact: Vec<_> = self.entries(host).filter(visible).collect();
        if exact.is_empty() { self.wildcard_entries(host).filter(visible).collect() } else { exact }
    }

    /// Whether anything in this cluster defines the host: a Service, or a ServiceEntry.
    pub fn defines(&self, host: Host<'s>) -> bool {
        self.service_of(&host).is_some()
            || self.entries(host).next().is_some()
            || self.wildcard_entries(host).next().is_some()
    }

    /// The numbers of the ports that a host has; `None` where nothing defines it, or not all of them are known.
    pub fn ports_of(&self, host: Host<'s>) -> Option<Vec<u32>> {
        let service = self.service_of(&host);
        // An alias has the ports of what it stands for.
        if service.is_some_and(|s| s.is_external_name()) {
            return None;
        }
        let mut entries: Vec<&ServiceEntry<'s>> = self.entries(host).collect();
        if entries.is_empty() && service.is_none() {
            entries = self.wildcard_entries(host).collect();
        }
        let mut all = Vec::new();
        for ports in service.map(|s| &s.ports).into_iter().chain(entries.iter().map(|e| &e.ports)) {
            if ports.is_empty() {
                return None;
            }
            for port in ports {
                all.push(port.port()?);
            }
        }
        all.sort_unstable();
        all.dedup();
        (!all.is_empty()).then_some(all)
    }
}
