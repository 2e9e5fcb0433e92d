//! One cluster: its objects, and indices from names to them.

use super::MeshSettings;
use super::index::Index;
use super::mtls::Peers;
use super::uses::Uses;
use crate::config::ClusterSettings;
use crate::model::read::{selects, unknown};
use crate::model::{
    DestinationRule, Gateway, Host, Labels, Meta, Objects, Service, ServiceEntry, Text, VirtualService, Workload,
};
use crate::schema::Custom;
use crate::source::{Place, Span};
use crate::workspace::{ClusterInput, Skipped};

/// Names a cluster of a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterId(pub u32);

/// A place that a finding can point at.
#[derive(Clone, Copy)]
pub struct Site<'a, 's> {
    /// The cluster's name; empty for what belongs to none.
    pub cluster: &'a str,
    /// The object that the place is in.
    pub meta: Option<&'a Meta<'s>>,
    /// Where.
    pub place: Place,
}

impl Site<'_, '_> {
    /// The start of the first source: for what stands nowhere.
    pub fn nowhere() -> Self {
        let place = Place { source: crate::source::SourceId(0), span: Span::default() };
        Self { cluster: "", meta: None, place }
    }

    /// JSON pointer of the place in its object; empty where it is in none.
    pub fn path(&self) -> String {
        self.meta.map(|m| m.root.pointer_to(self.place.span)).unwrap_or_default()
    }

    /// What the place is known by in its object when that changes around it; empty where it is in none.
    pub fn anchor(&self) -> String {
        self.meta.map(|m| m.root.anchor_of(self.place.span)).unwrap_or_default()
    }
}

/// A cluster of the fleet.
#[derive(Debug)]
pub struct Cluster<'s> {
    /// Its id.
    pub id: ClusterId,
    /// Its name: the folder's, or the one given by configuration.
    pub name: &'s str,
    /// What was read for it.
    pub input: &'s ClusterInput,
    /// What the configuration says of it.
    pub config: Option<&'s ClusterSettings>,
    /// Its objects.
    pub objects: Objects<'s>,
    /// What its mesh's own configuration says.
    pub mesh: MeshSettings<'s>,
    /// Its domain, such as `cluster.local`.
    pub domain: &'s str,
    /// The schemas of the CustomResourceDefinitions that it applies.
    pub custom: Custom<'s>,
    index: Index<'s>,
    pub(super) uses: Uses<'s>,
    pub(super) peers: Peers<'s>,
}

/// Kinds that make whatever they describe, under any name.
const MAKES_ANYTHING: &[&str] = &["HelmRelease", "HelmChart", "Application", "ApplicationSet", "Kustomization"];

/// Kinds that make neither Services nor Pods.
const MAKES_NOTHING: &[&str] = &[
    "AuthorizationPolicy",
    "Certificate",
    "ConfigMap",
    "Endpoints",
    "EndpointSlice",
    "EnvoyFilter",
    "ExternalSecret",
    "GRPCRoute",
    "HorizontalPodAutoscaler",
    "HTTPRoute",
    "Ingress",
    "IstioOperator",
    "LimitRange",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PodMonitor",
    "PrometheusRule",
    "ProxyConfig",
    "ReferenceGrant",
    "RequestAuthentication",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "ScaledObject",
    "SealedSecret",
    "Secret",
    "ServiceAccount",
    "ServiceMonitor",
    "TCPRoute",
    "Telemetry",
    "TLSRoute",
    "VerticalPodAutoscaler",
    "WasmPlugin",
];

impl<'s> Cluster<'s> {
    pub(super) fn new(
        id: ClusterId,
        input: &'s ClusterInput,
        config: Option<&'s ClusterSettings>,
        objects: Objects<'s>,
        mesh: MeshSettings<'s>,
        domain: &'s str,
    ) -> Self {
        let index = Index::of(&objects, domain);
        let uses = Uses::of(&objects, domain);
        let peers = Peers::of(&objects.peer_authentications);
        let custom = Custom::of(objects.others.iter().map(|m| m.root));
        Self { id, name: &input.name, input, config, objects, mesh, domain, custom, index, uses, peers }
    }

    /// A place in an object of this cluster.
    pub fn site<'a>(&'a self, meta: &'a Meta<'s>, span: Span) -> Site<'a, 's> {
        Site { cluster: self.name, meta: Some(meta), place: Place { source: meta.source, span } }
    }

    /// The host that `text` means in a resource of `namespace`.
    pub fn host(&self, text: &'s str, namespace: &'s str) -> Host<'s> {
        Host::parse(text, namespace, self.domain)
    }

    /// The host that a Service has.
    pub fn host_of(service: &Service<'s>) -> Host<'s> {
        Host::Service { name: service.meta.name.value, namespace: service.meta.namespace.value }
    }

    /// The Service of that name.
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Service<'s>> {
        self.index.services.get(&(namespace, name)).map(|&i| &self.objects.services[i as usize])
    }

    /// The Service that a host stands for.
    pub fn service_of(&self, host: &Host<'_>) -> Option<&Service<'s>> {
        match host {
            Host::Service { name, namespace } => self.service(namespace, name),
            Host::Name(_) => None,
        }
    }

    /// Whether any Service of that namespace was read: where none was, one may exist elsewhere (domain.md, section 8).
    pub fn knows_services_of(&self, namespace: &str) -> bool {
        self.index.service_namespaces.contains(namespace)
    }

    /// Whether something that was read may be what defines a host, once its placeholders are resolved.
    pub fn may_define(&self, host: Host<'_>) -> bool {
        self.index.has_entry_with_placeholder
            || host.namespace().is_some_and(|ns| {
                self.index.services_with_placeholders.iter().any(|&i| {
                    let meta = &self.objects.services[i as usize].meta;
                    meta.namespace.value == ns || unknown(meta.namespace.value)
                })
            })
    }

    /// Whether a host is defined, or may be by a Service that this repository does not show (domain.md, section 8).
    pub fn may_exist(&self, host: Host<'s>) -> bool {
        self.defines(host) || host.namespace().is_some_and(|ns| !self.knows_services_of(ns))
    }

    /// Whether a DestinationRule whose host is a placeholder may define that subset, for any host.
    pub fn may_define_subset(&self, subset: &str) -> bool {
        self.index.rules_with_placeholders.iter().any(|&i| {
            let subsets = &self.objects.destination_rules[i as usize].subsets;
            subsets.iter().any(|s| s.name.value == subset || unknown(s.name.value))
        })
    }

    /// Whether an object of a namespace may make a Service or Pods of that name when it runs: a custom resource of
    /// that name, or of one that the name starts with (`orders` makes `orders-primary`).
    pub fn may_be_made(&self, namespace: &str, name: &str) -> bool {
        let here = self.index.others_by_namespace.get(namespace).into_iter().flatten();
        here.map(|&i| &self.objects.others[i as usize]).any(|o| {
            let begins = || name.strip_prefix(o.name.value).is_some_and(|r| r.is_empty() || r.starts_with('-'));
            MAKES_ANYTHING.contains(&o.kind.value) && !self.is_followed(o)
                || (!MAKES_NOTHING.contains(&o.kind.value) && begins())
        })
    }

    /// Whether all that an object says is applied was read.
    fn is_followed(&self, meta: &Meta<'s>) -> bool {
        self.input.followed.contains(&Place { source: meta.source, span: meta.root.span() })
    }

    /// Whether all that the cluster applies in a namespace was read, as far as its folder shows.
    pub fn is_complete_in(&self, namespace: &str) -> bool {
        let elsewhere = |s: &Skipped| s.namespace.as_deref().is_some_and(|n| n != namespace);
        !self.input.skipped.iter().any(|s| s.may_hold_objects && !elsewhere(s))
    }

    /// Whether all that may define a host was read: that of its namespace, or of all where it is in none.
    pub fn is_complete_for(&self, host: Host<'_>) -> bool {
        host.namespace().map_or_else(|| self.is_complete(), |namespace| self.is_complete_in(namespace))
    }

    /// Whether something of the repository may make the Pods that a Service selects: see [`Cluster::may_be_made`]; also
    /// a custom resource that the selector names by its value or by its group (`cnpg.io/cluster: orders`).
    pub fn may_have_pods_made(&self, service: &Service<'s>) -> bool {
        let namespace = service.meta.namespace.value;
        let of_group = |key: &str| {
            let domain = key.split_once('/').map_or("", |(d, _)| d);
            let custom = |o: &&Meta<'s>| o.namespace.value == namespace && o.group().contains('.');
            !domain.is_empty() && self.objects.others.iter().filter(custom).any(|o| o.group().ends_with(domain))
        };
        self.may_be_made(namespace, service.meta.name.value)
            || service.selector.iter().any(|(k, v)| of_group(k.value) || self.may_be_made(namespace, v.value))
    }

    /// The names of the Services of a namespace that were read.
    pub fn service_names<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'s str> + 'a {
        self.objects.services.iter().filter(move |s| s.meta.namespace.value == namespace).map(|s| s.meta.name.value)
    }

    /// Whether any workload of that namespace was read.
    pub fn knows_workloads_of(&self, namespace: &str) -> bool {
        self.index.workload_namespaces.contains(namespace)
    }

    /// Whether it has a Secret with another cluster's credentials (`istioctl create-remote-secret`).
    pub fn has_remote_secret(&self) -> bool {
        self.index.has_remote_secret
    }

    /// Whether all that the cluster applies was read, as far as its folder shows.
    pub fn is_complete(&self) -> bool {
        !self.input.skipped.iter().any(|s| s.may_hold_objects)
    }

    /// Whether nothing but their lying side by side says that the files of two objects are applied together.
    pub fn lie_apart(&self, a: &Meta<'_>, b: &Meta<'_>) -> bool {
        self.input.is_guess && a.source != b.source
    }

    /// The ServiceEntries that define exactly this host.
    pub fn entries<'a>(&'a self, host: Host<'s>) -> impl Iterator<Item = &'a ServiceEntry<'s>> + use<'a, 's> {
        self.index.entries.get(&host).into_iter().flatten().map(|&i| &self.objects.service_entries[i as usize])
    }

    /// The ServiceEntries with a wildcard host that covers this one.
    pub fn wildcard_entries<'a>(&'a self, host: Host<'s>) -> impl Iterator<Item = &'a ServiceEntry<'s>> + use<'a, 's> {
        // Written out once, and not for each wildcard.
        let full = host.full(self.domain);
        self.index
            .wildcard_entries
            .iter()
            .filter(move |(w, _)| w.covers(&Host::Name(&full), self.domain))
            .map(|(_, i)| &self.objects.service_entries[*i as usize])
    }

    /// The DestinationRules for exactly this host, of all namespaces.
    pub fn rules_for<'a>(&'a self, host: Host<'s>) -> impl Iterator<Item = &'a DestinationRule<'s>> + use<'a, 's> {
        self.index.rules.get(&host).into_iter().flatten().map(|&i| &self.objects.destination_rules[i as usize])
    }

    /// Whether any DestinationRule has a wildcard host.
    pub(super) fn has_wildcard_rules(&self) -> bool {
        !self.index.wildcard_rules.is_empty()
    }

    /// The DestinationRules with a wildcard host that covers this one, with that wildcard.
    pub fn wildcard_rules_for<'a>(
        &'a self,
        host: Host<'s>,
    ) -> impl Iterator<Item = (Host<'s>, &'a DestinationRule<'s>)> + use<'a, 's> {
        let full = host.full(self.domain);
        self.index
            .wildcard_rules
            .iter()
            .filter(move |(w, _)| w.covers(&Host::Name(&full), self.domain))
            .map(|(w, i)| (*w, &self.objects.destination_rules[*i as usize]))
    }

    /// The workloads whose Pods carry all of these labels, in one namespace or (`None`) in all.
    /// A selector without labels selects none here.
    pub fn workloads(&self, namespace: Option<&str>, selector: &Labels<'_>) -> Vec<&Workload<'s>> {
        if selector.is_empty() {
            return Vec::new();
        }
        let known = selector.iter().filter(|(_, v)| !unknown(v.value));
        let candidates = known
            .map(|(k, v)| self.index.workloads.get(&(k.value, v.value)).map_or(&[][..], Vec::as_slice))
            .min_by_key(|c| c.len());
        let fits =
            |w: &&Workload<'s>| namespace.is_none_or(|n| w.meta.namespace.value == n) && selects(selector, &w.labels);
        match candidates {
            Some(candidates) => {
                let mut all: Vec<u32> =
                    candidates.iter().chain(&self.index.workloads_with_placeholders).copied().collect();
                all.sort_unstable();
                all.dedup();
                all.into_iter().map(|i| &self.objects.workloads[i as usize]).filter(fits).collect()
            }
            // All its values are placeholders.
            None => self.objects.workloads.iter().filter(fits).collect(),
        }
    }

    /// The workloads behind a Service.
    pub fn workloads_of(&self, service: &Service<'_>) -> Vec<&Workload<'s>> {
        self.workloads(Some(service.meta.namespace.value), &service.selector)
    }

    /// The namespace and name of the gateway that a VirtualService in namespace `own` is bound to: `namespace/name`,
    /// `name`, or the older `name.namespace[.svc…]`.
    pub fn gateway_name<'a>(text: &'a str, own: &'a str) -> (&'a str, &'a str) {
        match (text.split_once('/'), text.split_once('.')) {
            (Some((".", name)), _) => (own, name),
            (Some((namespace, name)), _) => (namespace, name),
            (None, Some((name, rest))) => (rest.split('.').next().unwrap_or(rest), name),
            (None, None) => (own, text),
        }
    }

    /// The Istio Gateway of that name.
    pub fn gateway(&self, namespace: &str, name: &str) -> Option<&Gateway<'s>> {
        self.index.gateways.get(&(namespace, name)).map(|&i| &self.objects.gateways[i as usize])
    }

    /// The names of the gateways of a namespace, Istio's and the Gateway API's.
    pub fn gateways_of<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'s str> + 'a {
        let all = self.index.gateways.keys().chain(self.index.api_gateways.keys());
        all.filter(move |(ns, _)| *ns == namespace).map(|(_, name)| *name)
    }

    /// Whether a gateway's name or namespace is a placeholder, so that it may be any.
    pub fn has_gateway_with_placeholder(&self) -> bool {
        let mut all = self.index.gateways.keys().chain(self.index.api_gateways.keys());
        all.any(|(namespace, name)| unknown(namespace) || unknown(name))
    }

    /// The namespaces that have a gateway of that name.
    pub fn gateway_namespaces(&self, name: &str) -> Vec<&'s str> {
        let all = self.index.gateways.keys().chain(self.index.api_gateways.keys());
        let mut namespaces: Vec<_> = all.filter(|(_, n)| *n == name).map(|(ns, _)| *ns).collect();
        namespaces.sort_unstable();
        namespaces
    }

    /// The Gateway API Gateway of that name.
    pub fn api_gateway(&self, namespace: &str, name: &str) -> Option<&Meta<'s>> {
        self.index.api_gateways.get(&(namespace, name)).map(|&i| &self.objects.others[i as usize])
    }

    /// The objects of a kind that the model has no type for: `("networking.istio.io", "EnvoyFilter")`; the core group is
    /// the empty one.
    pub fn others<'a>(&'a self, group: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Meta<'s>> + use<'a, 's> {
        self.index.others.get(&(group, kind)).into_iter().flatten().map(|&i| &self.objects.others[i as usize])
    }

    /// The Namespace object of that name: the first, where each part of a repository brings its own.
    pub fn namespace(&self, name: &str) -> Option<&Meta<'s>> {
        self.namespace_objects(name).next()
    }

    /// A label of a namespace, on whichever of its objects.
    pub fn namespace_label(&self, namespace: &str, label: &str) -> Option<Text<'s>> {
        self.namespace_objects(namespace).find_map(|n| n.label(label).copied())
    }

    /// All labels of a namespace; `None` where no Namespace object was read.
    pub(super) fn namespace_labels(&self, namespace: &str) -> Option<Labels<'s>> {
        self.namespace(namespace)?;
        Some(self.namespace_objects(namespace).flat_map(|n| n.labels.iter().copied()).collect())
    }

    fn namespace_objects(&self, name: &str) -> impl Iterator<Item = &Meta<'s>> {
        self.index.namespaces.get(name).into_iter().flatten().map(|&i| &self.objects.namespaces[i as usize])
    }

    /// Whether something that `exportTo` lists, held by namespace `own`, is visible in namespace `client`.
    ///
    /// `*` all, `.` its own, a name that namespace alone, `~` none; absent: `default`, else all (evidence K).
    pub fn exported(export_to: &[Text<'_>], default: &[Text<'_>], own: &str, client: &str) -> bool {
        let list = if export_to.is_empty() { default } else { export_to };
        list.is_empty()
            || list.iter().any(|e| match e.value {
                "*" => true,
                "." => own == client,
                name => name == client || unknown(name),
            })
    }

    /// The namespace of a VirtualService's clients: where its gateways' Pods run, its own for traffic in the mesh.
    /// Where a gateway's Pods are not known, both places where they usually are.
    pub fn client_namespaces<'a>(&'a self, vs: &'a VirtualService<'s>) -> Vec<&'s str> {
        let mut all = Vec::new();
        if vs.in_mesh() {
            all.push(vs.meta.namespace.value);
        }
        for name in vs.gateways.iter().filter(|g| g.value != "mesh") {
            let (ns, name) = Self::gateway_name(name.value, vs.meta.namespace.value);
            let Some(gateway) = self.gateway(ns, name) else { continue };
            let pods = self.workloads(None, &gateway.selector);
            if pods.is_empty() {
                all.push(gateway.meta.namespace.value);
                all.push(self.mesh.root_namespace);
            }
            all.extend(pods.iter().map(|w| w.meta.namespace.value));
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}
