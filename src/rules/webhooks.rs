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

/// The webhooks by which Istio injects sidecars, of configurations that are Istio's by a webhook's name or by a revision.
pub(super) fn of_injection<'a, 's>(
    cluster: &'a Cluster<'s>,
) -> impl Iterator<Item = (&'a Meta<'s>, Node<'s>)> + use<'a, 's> {
    let is_istios = |m: &&Meta<'s>| {
        let by_name = |w: Node<'s>| read::text(w, "name").is_some_and(|n| n.value.ends_with("istio.io"));
        m.label("istio.io/rev").is_some() || read::items(m.root, "webhooks").any(by_name)
    };
    // With a tag beside it, the revision `default` is an installation's own and switched off by another one.
    let is_of_default = |m: &&Meta<'s>| {
        m.label("istio.io/tag").is_none() && m.label("istio.io/rev").is_some_and(|r| r.value == "default")
    };
    let all = cluster.others("admissionregistration.k8s.io", "MutatingWebhookConfiguration");
    all.filter(is_istios)
        .filter(move |m| !is_of_default(m))
        .flat_map(|m| read::items(m.root, "webhooks").map(move |w| (m, w)))
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
