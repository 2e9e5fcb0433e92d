//! `policy-host-unknown`: an AuthorizationPolicy names a host by a short name, and no Service has it.

use rustc_hash::FxHashSet;

use super::request_policies::authorization;
use super::words::nearest;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Host;
use crate::model::read::{self, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/policy-host-unknown.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut routed: Option<FxHashSet<&str>> = None;
    for policy in authorization(cluster) {
        for value in policy.operations().flat_map(|o| read::strings(o, "hosts")) {
            let text = value.value.split(':').next().unwrap_or_default();
            // Only what Kubernetes' DNS would complete with a namespace can be judged: any other name may be a client's.
            let (name, namespace) = match text.split_once('.') {
                None => (text, policy.meta.namespace.value),
                Some((name, namespace)) if cluster.knows_services_of(namespace) => (name, namespace),
                Some(_) => continue,
            };
            let host = Host::Service { name, namespace };
            let routed = routed.get_or_insert_with(|| {
                cluster.objects.virtual_services.iter().flat_map(|v| &v.hosts).map(|h| h.value).collect()
            });
            if text.contains('*')
                || text == "localhost"
                || unknown(value.value)
                || cluster.may_exist(host)
                || cluster.may_define(host)
                || cluster.defines(Host::Name(text))
                || routed.contains(text)
                || cluster.may_be_made(namespace, name)
                || !cluster.is_complete_in(namespace)
            {
                continue;
            }
            let message = format!(
                "{} names the host `{}`, and {} has no Service `{name}` in namespace {namespace}",
                policy.meta.title(),
                value.value,
                cluster.name
            );
            let finding = out.report(cluster.site(policy.meta, value.span), message);
            match nearest(name, cluster.service_names(namespace)) {
                Some(near) => finding.with_help(format!("did you mean `{near}`?")),
                None => finding.with_help("write the host as callers send it, with all the spellings that they use"),
            };
        }
    }
}
