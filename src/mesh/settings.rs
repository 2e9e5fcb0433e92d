//! What a cluster's own mesh configuration says: `IstioOperator`, Sail's `Istio`, the `istio` ConfigMap, and
//! meshlint's configuration, in rising order. What none of them says stays unknown.

use super::versions::Versions;
use crate::config::{ClusterSettings, Settings};
use crate::model::read::{self, Text, unknown};
use crate::model::{Meta, Objects};
use crate::source::Span;
use crate::workspace::Parsed;
use crate::yaml::Node;

/// A value of the mesh's configuration and where it is said; no place where meshlint's configuration says it.
#[derive(Clone, Copy, Debug)]
pub struct Said<'s> {
    /// The value.
    pub value: &'s str,
    /// Where: an index into [`MeshSettings::objects`] and a place in that object's source.
    pub at: Option<(usize, Span)>,
}

/// What is known of a cluster's mesh.
#[derive(Debug, Default)]
pub struct MeshSettings<'s> {
    /// The objects that say something.
    pub objects: Vec<Meta<'s>>,
    /// The versions that the cluster runs.
    pub versions: Versions<'s>,
    /// `values.global.multiCluster.clusterName`
    pub cluster_name: Option<Said<'s>>,
    /// `values.global.network`
    pub network: Option<Said<'s>>,
    /// The network that the root namespace's label `topology.istio.io/network` names.
    pub namespace_network: Option<Said<'s>>,
    /// `values.global.meshID`
    pub mesh_id: Option<Said<'s>>,
    /// `trustDomain` of the mesh configuration.
    pub trust_domain: Option<Said<'s>>,
    /// `trustDomainAliases`
    pub trust_domain_aliases: Vec<&'s str>,
    /// `rootNamespace`, with Istio's default.
    pub root_namespace: &'s str,
    /// `defaultServiceExportTo`
    pub default_service_export_to: Vec<Text<'s>>,
    /// `defaultVirtualServiceExportTo`
    pub default_virtual_service_export_to: Vec<Text<'s>>,
    /// `defaultDestinationRuleExportTo`
    pub default_destination_rule_export_to: Vec<Text<'s>>,
    /// Whether sidecars answer DNS for the mesh's hosts (`ISTIO_META_DNS_CAPTURE`).
    pub dns_capture: Option<bool>,
    /// Whether ServiceEntries without an address get one automatically.
    pub auto_allocate: Option<bool>,
    /// Hosts whose Services other clusters do not see (`serviceSettings` with `clusterLocal`).
    pub cluster_local: Vec<&'s str>,
    /// `enableAutoMtls`
    pub auto_mtls: Option<bool>,
    /// Whether `defaultProviders` name one for access logs.
    pub logs_by_default: bool,
    /// Whether namespaces that say nothing get sidecars (`sidecarInjectorWebhook.enableNamespacesByDefault`).
    pub injects_by_default: Option<Said<'s>>,
    /// The names of the providers of tracing that Lightstep's own tracer serves.
    pub lightstep: Vec<&'s str>,
    /// Registries that `meshNetworks` names.
    pub registries: Vec<Said<'s>>,
    /// Whether a mesh configuration was read at all, so that what it leaves out has Istio's default.
    pub has_mesh_config: bool,
}

impl<'s> MeshSettings<'s> {
    /// Reads what the objects of a cluster and the configuration say.
    pub(super) fn read(
        objects: &Objects<'s>,
        streams: &'s [Parsed],
        config: Option<&'s ClusterSettings>,
        settings: &'s Settings,
    ) -> Self {
        let mut all = Self { root_namespace: "istio-system", ..Self::default() };
        // Rising order: IstioOperator, Sail's Istio, then the ConfigMap that runs in the end.
        for meta in objects.others.iter().filter(|m| m.kind.value == "IstioOperator") {
            let at = all.add(meta);
            let spec = meta.spec();
            all.say(|s| &mut s.versions.istio, at, read::text(spec, "tag"));
            all.values(at, spec.get("values"));
            all.mesh_config(at, spec.get("meshConfig"));
        }
        for meta in objects.others.iter().filter(|m| m.kind.value == "Istio" && m.group() == "sailoperator.io") {
            let at = all.add(meta);
            let spec = meta.spec();
            all.say(|s| &mut s.versions.istio, at, read::text(spec, "version"));
            all.values(at, spec.get("values"));
            all.mesh_config(at, spec.at_path(&["values", "meshConfig"]));
        }
        for meta in objects.others.iter().filter(|m| is_istio_config_map(m)) {
            let at = all.add(meta);
            let parsed = &streams[meta.source.0 as usize];
            for e in &parsed.embedded {
                let outer = &parsed.stream.documents[e.document];
                if !outer.span.contains(meta.root.span()) {
                    continue;
                }
                let Some(root) = e.tree.root() else { continue };
                match e.key.as_str() {
                    "mesh" => all.mesh_config(at, Some(root)),
                    "meshNetworks" => all.mesh_networks(at, Some(root)),
                    _ => {}
                }
            }
        }
        for meta in objects.others.iter().filter(|m| is_injector_config_map(m)) {
            if let Some(said) = injects_by_default(meta) {
                let at = all.add(meta);
                all.say(|s| &mut s.injects_by_default, at, Some(said));
            }
        }
        for meta in &objects.others {
            if let Some(version) = Versions::istio_in(meta) {
                let at = all.add(meta);
                all.say(|s| &mut s.versions.istio, at, Some(version));
            } else if let Some(version) = Versions::kubernetes_in(meta) {
                let at = all.add(meta);
                all.say(|s| &mut s.versions.kubernetes, at, Some(version));
            }
        }
        all.versions = all.versions.or_configured(config, settings);
        let root = all.root_namespace;
        if let Some(ns) = objects.namespaces.iter().find(|n| n.name.value == root)
            && let Some(network) = ns.label("topology.istio.io/network").copied()
        {
            let at = all.add(ns);
            all.say(|s| &mut s.namespace_network, at, Some(network));
        }
        if let Some(config) = config {
            let said = |v: &'s Option<String>| v.as_deref().map(|value| Said { value, at: None });
            all.network = said(&config.network).or(all.network);
            all.trust_domain = said(&config.trust_domain).or(all.trust_domain);
        }
        all
    }

    /// The network that the cluster is on, by the strongest that says so.
    pub fn network(&self) -> Option<Said<'s>> {
        self.namespace_network.filter(|_| self.network.is_none_or(|n| n.at.is_some())).or(self.network)
    }

    /// The trust domain: Istio's default where a mesh configuration was read that does not name one.
    pub fn trust_domain(&self) -> Option<&'s str> {
        self.trust_domain.map(|t| t.value).or(self.has_mesh_config.then_some("cluster.local"))
    }

    fn add(&mut self, meta: &Meta<'s>) -> usize {
        self.objects.push(meta.clone());
        self.objects.len() - 1
    }

    fn say(&mut self, field: impl FnOnce(&mut Self) -> &mut Option<Said<'s>>, at: usize, text: Option<Text<'s>>) {
        if let Some(t) = text.filter(|t| !t.value.is_empty() && !unknown(t.value)) {
            *field(self) = Some(Said { value: t.value, at: Some((at, t.span)) });
        }
    }

    fn values(&mut self, at: usize, values: Option<Node<'s>>) {
        let Some(values) = values else { return };
        self.mesh_config(at, values.get("meshConfig"));
        if let Some(webhook) = values.get("sidecarInjectorWebhook") {
            self.say(|s| &mut s.injects_by_default, at, read::text(webhook, "enableNamespacesByDefault"));
        }
        let Some(global) = values.get("global") else { return };
        self.say(|s| &mut s.mesh_id, at, read::text(global, "meshID"));
        self.say(|s| &mut s.network, at, read::text(global, "network"));
        self.say(|s| &mut s.versions.istio, at, read::text(global, "tag"));
        self.say(|s| &mut s.trust_domain, at, read::text(global, "trustDomain"));
        if let Some(multi) = global.get("multiCluster") {
            self.say(|s| &mut s.cluster_name, at, read::text(multi, "clusterName"));
        }
        self.mesh_networks(at, values.at_path(&["global", "meshNetworks"]));
    }

    fn mesh_config(&mut self, at: usize, config: Option<Node<'s>>) {
        let Some(config) = config.filter(Node::is_mapping) else { return };
        self.has_mesh_config = true;
        self.say(|s| &mut s.trust_domain, at, read::text(config, "trustDomain"));
        let aliases = read::strings(config, "trustDomainAliases");
        self.trust_domain_aliases.extend(aliases.iter().map(|a| a.value));
        if let Some(root) = read::text(config, "rootNamespace").filter(|r| !unknown(r.value)) {
            self.root_namespace = root.value;
        }
        let list = |key| read::strings(config, key);
        let set = |field: &mut Vec<Text<'s>>, key| {
            let new = list(key);
            if !new.is_empty() {
                *field = new;
            }
        };
        set(&mut self.default_service_export_to, "defaultServiceExportTo");
        set(&mut self.default_virtual_service_export_to, "defaultVirtualServiceExportTo");
        set(&mut self.default_destination_rule_export_to, "defaultDestinationRuleExportTo");
        for service in read::items(config, "serviceSettings") {
            if service.get("settings").and_then(|s| read::boolean(s, "clusterLocal")) == Some(true) {
                self.cluster_local.extend(read::strings(service, "hosts").iter().map(|h| h.value));
            }
        }
        self.auto_mtls = read::boolean(config, "enableAutoMtls").or(self.auto_mtls);
        self.logs_by_default |=
            config.get("defaultProviders").is_some_and(|p| read::items(p, "accessLogging").next().is_some());
        let providers = read::items(config, "extensionProviders").filter(|p| p.get("lightstep").is_some());
        self.lightstep.extend(providers.filter_map(|p| Some(read::text(p, "name")?.value)));
        if let Some(proxy) = config.at_path(&["defaultConfig", "proxyMetadata"]) {
            self.dns_capture = read::boolean(proxy, "ISTIO_META_DNS_CAPTURE").or(self.dns_capture);
            self.auto_allocate = read::boolean(proxy, "ISTIO_META_DNS_AUTO_ALLOCATE")
                .or_else(|| read::boolean(proxy, "PILOT_ENABLE_IP_AUTOALLOCATE"))
                .or(self.auto_allocate);
        }
    }

    fn mesh_networks(&mut self, at: usize, networks: Option<Node<'s>>) {
        let Some(networks) = networks.filter(Node::is_mapping) else { return };
        let networks = networks.get("networks").filter(Node::is_mapping).unwrap_or(networks);
        for (_, network) in networks.entries() {
            for endpoint in read::items(network, "endpoints") {
                if let Some(r) = read::text(endpoint, "fromRegistry").filter(|r| !unknown(r.value)) {
                    self.registries.push(Said { value: r.value, at: Some((at, r.span)) });
                }
            }
        }
    }
}

/// Whether this is the ConfigMap that istiod reads its mesh configuration from.
fn is_istio_config_map(meta: &Meta<'_>) -> bool {
    meta.kind.value == "ConfigMap" && (meta.name.value == "istio" || meta.name.value.starts_with("istio-"))
}

/// Whether this is the ConfigMap that injection reads its values from, of some revision.
fn is_injector_config_map(meta: &Meta<'_>) -> bool {
    let rest = meta.name.value.strip_prefix("istio-sidecar-injector");
    meta.kind.value == "ConfigMap" && rest.is_some_and(|r| r.is_empty() || r.starts_with('-'))
}

/// What the values of that ConfigMap, which are JSON in a text, say of namespaces without labels.
fn injects_by_default<'s>(meta: &Meta<'s>) -> Option<Text<'s>> {
    let values = read::text(meta.root.get("data")?, "values")?;
    let parsed: serde_json::Value = serde_json::from_str(values.value).ok()?;
    let said = parsed.pointer("/sidecarInjectorWebhook/enableNamespacesByDefault")?.as_bool()?;
    Some(Text::new(if said { "true" } else { "false" }, values.span))
}
