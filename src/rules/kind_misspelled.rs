//! `kind-misspelled`: a kind or apiVersion one edit from one that Kubernetes, Istio or the Gateway API have.

use strsim::damerau_levenshtein;

use super::{Findings, Rule};
use crate::apis;
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::model::read::unknown;
use crate::source::Span;

pub(super) static RULE: Rule = Rule::per_object(include_str!("../../rules/kind-misspelled.md"), check);

const EFFECT: &str = "the API server refuses the object: it knows no such kind";

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, objects: &[&Meta<'_>], out: &mut Findings) {
    for meta in objects {
        let (api, kind) = (meta.api_version.value, meta.kind.value);
        let (group, version) = apis::split(api);
        // What is right is nearly everything.
        if apis::versions(group, kind).iter().any(|a| a.version == version) || unknown(api) || unknown(kind) {
            continue;
        }
        // A cluster may have what any of the repository's CustomResourceDefinitions defines.
        let is_own = fleet.clusters.iter().any(|c| c.custom.defines(group, kind));
        if is_own || apis::is_kind(kind.strip_suffix("List").unwrap_or("")) {
            continue;
        }
        let Some(wrong) = find(group, version, kind) else { continue };
        wrong.report(cluster, meta, out);
    }
}

/// What is wrong with an object's type.
enum Wrong {
    /// The group has no such kind, but one that is spelled nearly so.
    Kind { group: &'static str, meant: &'static str },
    /// The kind is of another group.
    Place { group: &'static str, version: &'static str },
    /// The kind has no such version.
    Version { meant: &'static str },
    /// No group is called that, but one that has the kind is called nearly so.
    Group { meant: &'static str },
}

fn find(group: &str, version: &str, kind: &str) -> Option<Wrong> {
    let versions = apis::versions(group, kind);
    if !versions.is_empty() {
        let served = versions.iter().filter(|a| a.gone.is_none()).map(|a| a.version);
        return near(version, served).map(|meant| Wrong::Version { meant });
    }
    let Some(known) = apis::groups().find(|g| *g == group) else {
        let groups = apis::groups().filter(|g| !g.is_empty() && apis::kinds(g).any(|k| k == kind));
        return near(group, groups).map(|meant| Wrong::Group { meant });
    };
    if let Some(meant) = near(kind, apis::kinds(known)) {
        return Some(Wrong::Kind { group: known, meant });
    }
    // Nobody can add a kind to the core group, so one of a workload or of Istio is misplaced there.
    let others = ["apps", "batch", "networking.istio.io", "security.istio.io"];
    let group = others.into_iter().find(|g| known.is_empty() && !apis::versions(g, kind).is_empty())?;
    let version = apis::versions(group, kind).iter().find(|a| a.gone.is_none())?.version;
    Some(Wrong::Place { group, version })
}

/// The one candidate that is one edit away, or differs in case alone.
fn near(given: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let slip = |c: &str| c.eq_ignore_ascii_case(given) || (given.len() > 1 && damerau_levenshtein(c, given) == 1);
    let mut near: Vec<_> = candidates.filter(|c| c.len().abs_diff(given.len()) <= 1 && slip(c)).collect();
    near.sort_unstable();
    // `v9` is as near to `v1` as to `v2`; the newest is the best guess.
    near.last().copied()
}

impl Wrong {
    fn report(&self, cluster: &Cluster<'_>, meta: &Meta<'_>, out: &mut Findings) {
        let (api, kind) = (meta.api_version.value, meta.kind.value);
        let (group, version) = apis::split(api);
        let joined =
            |group: &str, version: &str| if group.is_empty() { version.into() } else { format!("{group}/{version}") };
        let of = |group: &str| if group.is_empty() { "Kubernetes' core group".to_string() } else { group.to_string() };
        let (span, message, meant): (Span, String, String) = match self {
            Wrong::Kind { group, meant } => {
                (meta.kind.span, format!("{} has no kind `{kind}`", of(group)), format!("kind: {meant}"))
            }
            Wrong::Place { group, version } => (
                meta.api_version.span,
                format!("{kind} is not of `{api}` but of {group}"),
                format!("apiVersion: {}", joined(group, version)),
            ),
            Wrong::Version { meant } => (
                meta.api_version.span,
                format!("{kind} of {} has no version `{version}`", of(group)),
                format!("apiVersion: {}", joined(group, meant)),
            ),
            Wrong::Group { meant } => (
                meta.api_version.span,
                format!("no API group is called `{group}`, but {meant} has a kind {kind}"),
                format!("apiVersion: {}", joined(meant, version)),
            ),
        };
        out.report(cluster.site(meta, span), message)
            .with_label(format!("did you mean `{}`?", meant.rsplit(": ").next().unwrap_or_default()))
            .with_help(format!("write `{meant}`"))
            .with_effect(EFFECT);
    }
}

#[cfg(test)]
mod tests {
    use super::{Wrong, find};

    fn says(api: &str, kind: &str) -> Option<String> {
        let (group, version) = crate::apis::split(api);
        find(group, version, kind).map(|wrong| match wrong {
            Wrong::Kind { meant, .. } | Wrong::Version { meant } | Wrong::Group { meant } => meant.to_string(),
            Wrong::Place { group, .. } => format!("in {group}"),
        })
    }

    #[test]
    fn slips_are_found() {
        for (api, kind, meant) in [
            ("networking.istio.io/v1", "VirtualServcie", "VirtualService"),
            ("networking.istio.io/v1", "virtualservice", "VirtualService"),
            ("networking.istio.io/v1alpha9", "VirtualService", "v1alpha3"),
            ("networking.istio.oi/v1", "VirtualService", "networking.istio.io"),
            ("app/v1", "Deployment", "apps"),
            ("apps/v1", "Deployement", "Deployment"),
            ("v1", "Services", "Service"),
            ("v1", "Deployment", "in apps"),
            ("gateway.networking.k8s.io/v1", "HttpRoute", "HTTPRoute"),
            ("v2", "Service", "v1"),
        ] {
            assert_eq!(says(api, kind).as_deref(), Some(meant), "{api} {kind}");
        }
    }

    #[test]
    fn what_others_define_is_unknown_and_not_wrong() {
        for (api, kind) in [
            ("k8s.nginx.org/v1", "VirtualServer"),
            ("serving.knative.dev/v1", "Service"),
            ("gateway.networking.x-k8s.io/v1alpha1", "XBackendTrafficPolicy"),
            ("networking.gke.io/v1", "Gateway"),
            ("traefik.io/v1alpha1", "IngressRoute"),
            ("v1", "Config"),
            ("v1", "Template"),
            ("networking.istio.io/v1", "SomethingNew"),
            ("networking.istio.io/v1beta1", "EnvoyFilter"),
            ("networking.k8s.io/v1", "ClusterNetworkPolicy"),
            ("policy.networking.k8s.io/v1alpha1", "NetworkPolicy"),
            ("crd.projectcalico.org/v1", "NetworkPolicy"),
            ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
        ] {
            assert_eq!(says(api, kind), None, "{api} {kind}");
        }
    }
}
