//! What the rules on Istio's webhooks share.

use crate::mesh::Cluster;
use crate::model::Meta;
use crate::model::read;
use crate::yaml::Node;

/// The `clientConfig` of each webhook by which Istio injects sidecars or validates its objects, with its configuration.
pub(super) fn of_istio<'a, 's>(
    cluster: &'a Cluster<'s>,
) -> impl Iterator<Item = (&'a Meta<'s>, Node<'s>, Option<Node<'s>>)> + use<'a, 's> {
    const GROUP: &str = "admissionregistration.k8s.io";
    let validating = cluster.others(GROUP, "ValidatingWebhookConfiguration").filter(|m| {
        let name = m.name.value;
        name == "istiod-default-validator" || name.starts_with("istio-validator")
    });
    let mutating = cluster
        .others(GROUP, "MutatingWebhookConfiguration")
        .filter(|m| m.name.value.starts_with("istio-sidecar-injector"));
    validating.chain(mutating).flat_map(|m| read::items(m.root, "webhooks").map(move |w| (m, w, w.get("clientConfig"))))
}

/// The host of a URL; `None` where it has none, or no scheme.
pub(super) fn host_of(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn hosts() {
        assert_eq!(host_of("https://istiod.example.com:15017/inject"), Some("istiod.example.com"));
        assert_eq!(host_of("https://[2001:db8::1]:443/inject"), Some("2001:db8::1"));
        assert_eq!(host_of("istiod.example.com/inject"), None);
        assert_eq!(host_of("https:///inject"), None);
    }
}
