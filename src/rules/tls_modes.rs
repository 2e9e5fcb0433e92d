//! What the rules share that hold the TLS modes of DestinationRules against those of PeerAuthentications.

use rustc_hash::FxHashMap;

use crate::mesh::{Cluster, PeerMode};
use crate::model::read::{Text, unknown};
use crate::model::{DestinationRule, Host, PeerAuthentication};

/// What a DestinationRule's host stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach<'s> {
    /// All Services of the mesh: `*.local`.
    Mesh,
    /// All of a namespace: `*.shop.svc.cluster.local`.
    Namespace(&'s str),
    /// One Service.
    Service(Host<'s>),
}

/// What the callers' and the servers' sides say.
pub(super) struct Sides<'a, 's> {
    cluster: &'a Cluster<'s>,
    services: FxHashMap<&'s str, Vec<Host<'s>>>,
}

/// A DestinationRule that sets a mode for all that its host stands for.
pub(super) struct ClientMode<'a, 's> {
    /// The rule.
    pub(super) rule: &'a DestinationRule<'s>,
    /// Its `trafficPolicy.tls.mode`.
    pub(super) mode: Text<'s>,
    /// Its host.
    pub(super) reach: Reach<'s>,
}

impl<'a, 's> Sides<'a, 's> {
    pub(super) fn of(cluster: &'a Cluster<'s>) -> Self {
        let mut services: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for service in cluster.objects.services.iter().filter(|s| !s.is_external_name()) {
            services.entry(service.meta.namespace.value).or_default().push(Cluster::host_of(service));
        }
        Self { cluster, services }
    }

    /// The rules with one of these modes.
    pub(super) fn client_modes(
        &self,
        wanted: &'static [&'static str],
    ) -> impl Iterator<Item = ClientMode<'a, 's>> + use<'a, 's> {
        let cluster = self.cluster;
        cluster.objects.destination_rules.iter().filter_map(move |rule| {
            let tls = rule.policy.as_ref()?.tls.as_ref()?;
            let mode = tls.mode.unwrap_or(Text::new("DISABLE", tls.span));
            let host = rule.host.filter(|h| !unknown(h.value))?;
            let reach = reach(cluster, host.value, rule.meta.namespace.value)?;
            (wanted.contains(&mode.value) && rule.workload_selector.is_none()).then_some(ClientMode {
                rule,
                mode,
                reach,
            })
        })
    }

    /// Whether a rule for many hosts is in force, for callers in its own namespace, for some Service of `namespace`.
    pub(super) fn is_in_force(&self, rule: &DestinationRule<'s>, namespace: &'s str) -> bool {
        let caller = rule.meta.namespace.value;
        let applies =
            |host: Host<'s>| self.cluster.destination_rules(caller, host).rules.iter().any(|r| std::ptr::eq(*r, rule));
        match self.services.get(namespace) {
            Some(hosts) => hosts.iter().any(|h| applies(*h)),
            None => applies(Cluster::any_service_of(namespace)),
        }
    }

    /// Whether callers of some Service of `namespace` have no rule that says a mode.
    pub(super) fn has_callers_without_mode(&self, namespace: &'s str) -> bool {
        let lacks = |host: Host<'s>| {
            let applied = self.cluster.destination_rules(namespace, host);
            applied.conditional.is_empty() && applied.tls(None, None).is_none_or(|t| t.mode.is_none())
        };
        match self.services.get(namespace) {
            Some(hosts) => hosts.iter().any(|h| lacks(*h)),
            None => lacks(Cluster::any_service_of(namespace)),
        }
    }
}

/// The PeerAuthentications for whole namespaces, or the mesh, with one mode.
pub(super) fn wide_policies<'a, 's>(
    cluster: &'a Cluster<'s>,
    mode: &'static str,
) -> impl Iterator<Item = PeerMode<'a, 's>> + use<'a, 's> {
    let wide = |p: &&PeerAuthentication<'s>| p.selector.is_empty() && !unknown(p.meta.namespace.value);
    cluster
        .objects
        .peer_authentications
        .iter()
        .filter(wide)
        .filter_map(move |policy| policy.mode.filter(|m| m.value == mode).map(|mode| PeerMode { policy, mode }))
}

/// The namespace that a policy for a whole namespace is for; `*` for the mesh.
pub(super) fn namespace_of<'s>(cluster: &Cluster<'s>, policy: &PeerAuthentication<'s>) -> &'s str {
    let own = policy.meta.namespace.value;
    if own == cluster.mesh.root_namespace { "*" } else { own }
}

fn reach<'s>(cluster: &Cluster<'s>, text: &'s str, own: &'s str) -> Option<Reach<'s>> {
    let host = cluster.host(text, own);
    if !host.is_wildcard() {
        return cluster.service_of(&host).map(|_| Reach::Service(host));
    }
    if host.covers(&Cluster::any_service_of("*"), cluster.domain) {
        return Some(Reach::Mesh);
    }
    let namespace = text.strip_prefix("*.")?.strip_suffix(cluster.domain)?.strip_suffix(".svc.")?;
    (!namespace.contains('.')).then_some(Reach::Namespace(namespace))
}
