//! Fields of older releases: the newest schema does not have them, and a cluster may run one that does.

/// Kind, and the path of the field without indices. Sources: the CRDs of Istio 1.4 to 1.31, of Kubernetes 1.16 to 1.36
/// (its API change notes), and of Gateway API 0.5 to 1.5, experimental channel.
const FORMER: &[(&str, &str)] = &[
    ("VirtualService", "spec.http.appendHeaders"),
    ("VirtualService", "spec.http.appendRequestHeaders"),
    ("VirtualService", "spec.http.appendResponseHeaders"),
    ("VirtualService", "spec.http.removeRequestHeaders"),
    ("VirtualService", "spec.http.removeResponseHeaders"),
    ("VirtualService", "spec.http.websocketUpgrade"),
    ("VirtualService", "spec.http.route.appendRequestHeaders"),
    ("VirtualService", "spec.http.route.appendResponseHeaders"),
    ("VirtualService", "spec.http.route.removeRequestHeaders"),
    ("VirtualService", "spec.http.route.removeResponseHeaders"),
    ("VirtualService", "spec.http.corsPolicy.allowOrigin"),
    ("VirtualService", "spec.http.fault.abort.percent"),
    ("VirtualService", "spec.http.fault.delay.percent"),
    ("VirtualService", "spec.tcp.match.sourceSubnet"),
    ("DestinationRule", "spec.trafficPolicy.outlierDetection.http"),
    ("DestinationRule", "spec.subsets.trafficPolicy.outlierDetection.http"),
    ("EnvoyFilter", "spec.filters"),
    ("EnvoyFilter", "spec.workloadLabels"),
    ("Sidecar", "spec.localhost"),
    ("Sidecar", "spec.ingress.localhostClientTls"),
    ("Sidecar", "spec.ingress.localhostServerTls"),
    ("Sidecar", "spec.egress.localhostClientTls"),
    ("Gateway", "spec.servers.tls.sniHosts"),
    ("Gateway", "spec.backendTLS"),
    ("Gateway", "spec.listeners.tls.frontendValidation"),
    ("HTTPRoute", "spec.rules.sessionPersistence"),
    ("HTTPRoute", "spec.rules.retry"),
    ("GRPCRoute", "spec.rules.sessionPersistence"),
    ("BackendTLSPolicy", "spec.targetRef"),
    ("BackendTLSPolicy", "spec.tls"),
    ("Service", "spec.ipFamily"),
    ("Service", "spec.topologyKeys"),
];

/// Whether a release that a cluster may still run has that field; `path` without indices.
pub fn is_former(kind: &str, path: &str) -> bool {
    const ANYWHERE: [&str; 3] = ["metadata.clusterName", "metadata.initializers", "spec.resourceClaims.source"];
    FORMER.contains(&(kind, path)) || ANYWHERE.iter().any(|end| path.ends_with(end))
}
