//! `webhook-service-missing`: Istio's injection asks a Service that is not there.

use super::words::nearest;
use super::{Findings, Rule, webhooks};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/webhook-service-missing.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for (meta, webhook) in webhooks::of_injection(cluster) {
        let Some(service) = webhook.at_path(&["clientConfig", "service"]) else { continue };
        let (Some(name), Some(namespace)) = (read::text(service, "name"), read::text(service, "namespace")) else {
            continue;
        };
        if unknown(name.value) || unknown(namespace.value) || cluster.service(namespace.value, name.value).is_some() {
            continue;
        }
        // Nothing of the control plane is here: an installer brings it.
        if !cluster.knows_services_of(namespace.value) {
            continue;
        }
        let webhook = read::text(webhook, "name").map_or("", |n| n.value);
        let near = nearest(name.value, cluster.service_names(namespace.value));
        let finding = out.report(
            cluster.site(meta, name.span),
            format!(
                "webhook `{webhook}` of {} asks Service {}/{}, which is not among what was read of {}",
                meta.title(),
                namespace.value,
                name.value,
                cluster.name
            ),
        );
        match near
            .filter(|_| cluster.is_complete_in(namespace.value) && !cluster.may_be_made(namespace.value, name.value))
        {
            Some(near) => {
                finding.with_label("Pods get no sidecar, or are refused").with_help(format!("did you mean `{near}`?"))
            }
            None => {
                finding.at_level(Severity::Note).with_help("add the control plane's Service to what meshlint reads")
            }
        };
    }
}
