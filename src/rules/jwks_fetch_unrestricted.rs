//! `jwks-fetch-unrestricted`: istiod fetches keys from any address that a RequestAuthentication names.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/jwks-fetch-unrestricted.md"), check);

const VARIABLE: &str = "BLOCKED_CIDRS_IN_JWKS_URIS";

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let fetched = cluster.others("security.istio.io", "RequestAuthentication").find_map(|m| {
        let uri = read::items(m.spec(), "jwtRules").find_map(|r| read::text(r, "jwksUri"))?;
        Some((m, uri))
    });
    let Some((by, uri)) = fetched else { return };
    let is_istiod = |w: &&crate::model::Workload<'_>| {
        w.meta.kind.value == "Deployment" && w.meta.label("app").is_some_and(|l| l.value == "istiod")
    };
    for workload in cluster.objects.workloads.iter().filter(is_istiod) {
        let mut variables = workload.containers().flat_map(|c| read::items(c, "env"));
        let is_set = |v: crate::yaml::Node<'_>| {
            let text = |key| read::text(v, key).map_or("", |t| t.value);
            text("name") == VARIABLE && (!text("value").is_empty() || v.get("valueFrom").is_some())
        };
        if variables.any(is_set) {
            continue;
        }
        let at = workload.pod.map_or(workload.meta.name.span, |p| read::key_span(p, "containers"));
        out.report(
            cluster.site(&workload.meta, at),
            format!("{} does not set `{VARIABLE}`, so it fetches keys from any address", workload.meta.title()),
        )
        .with_related(cluster.site(by, uri.span), "istiod calls this, and would call any other")
        .with_help(format!("set `{VARIABLE}` to ranges that no key comes from, such as `169.254.0.0/16,127.0.0.0/8`"));
    }
}
