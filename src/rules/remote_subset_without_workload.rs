//! Traffic crosses to a subset that no Pod of the target cluster belongs to.

use rustc_hash::FxHashMap;

use super::remote_subset_undefined::{host_there, seen_by_gateway};
use super::words::{and_more, labels};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{ClusterId, Crossing, Fleet, Origin};
use crate::model::{Host, Service};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/remote-subset-without-workload.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<(ClusterId, Host<'_>, &str), Vec<&Crossing<'_>>> = FxHashMap::default();
    for crossing in fleet.crossings.iter() {
        let Some(subset) = crossing.subset else { continue };
        let to = fleet.cluster(crossing.to);
        let host = host_there(fleet, to, crossing);
        if !fleet.entrance(to.id).literal().is_empty() {
            continue;
        }
        let by_pods = |s: &&Service<'_>| !s.selector.is_empty() && !s.is_external_name();
        let Some(service) = to.service_of(&host).filter(by_pods) else { continue };
        let Some((_, definition)) = seen_by_gateway(fleet, to, host, subset.value) else { continue };
        if !to.workloads_of(service).iter().any(|w| to.subset_selects(&definition.labels, w)) {
            groups.entry((crossing.to, host, subset.value)).or_default().push(crossing);
        }
    }
    for ((id, host, subset), crossings) in groups {
        let to = fleet.cluster(id);
        let Some(first) = crossings.first() else { continue };
        let (Some(service), Some((rule, definition))) =
            (to.service_of(&host), seen_by_gateway(fleet, to, host, subset))
        else {
            continue;
        };
        let from = fleet.cluster(first.from);
        let mut routes: Vec<_> = crossings.iter().map(|c| c.site(fleet).place).collect();
        routes.sort_unstable();
        routes.dedup();
        let finding = out.report(
            first.site(fleet),
            format!(
                "no Pod of {host} in {} has {}, which is what subset `{subset}` is there, and {} routes {} to it{}",
                to.name,
                labels(&definition.labels),
                from.name,
                match first.origin {
                    Origin::Use(u) => u.share(from),
                    _ => "traffic".into(),
                },
                and_more(routes.len() - 1, "route")
            ),
        );
        finding.with_label(format!("leaves {} as {}", from.name, first.sni(fleet)));
        let at = definition.labels.first().map_or(definition.labels_span, |(_, v)| v.span);
        finding
            .with_related(to.site(&rule.meta, at), format!("{}'s gateway turns `{subset}` into these labels", to.name));
        let pods = to.workloads_of(service);
        if let Some(pod) = pods.first() {
            let key = definition.labels.first().map_or("", |(k, _)| k.value);
            let label = pod.label(key).map_or(pod.meta.name.span, |l| l.span);
            finding.with_related(
                to.site(&pod.meta, label),
                format!("the Pods of {} carry {}", pod.meta.title(), labels(&pod.labels)),
            );
            finding.with_help(format!("correct the labels on one side, or deploy `{subset}` to {}", to.name));
        } else {
            finding.with_related(
                to.site(&service.meta, service.meta.name.span),
                "the Service selects no workload of this repository",
            );
            finding.with_help(format!("deploy `{subset}` to {}, or no longer route to it", to.name));
        }
        let namespace = service.meta.namespace.value;
        if to.knows_workloads_of(namespace) && pods.is_empty() {
            // They may come from a chart.
            finding.at_level(Severity::Warning);
        }
        if !to.knows_workloads_of(namespace) || !to.is_complete_in(namespace) || to.may_have_pods_made(service) {
            finding.message = format!(
                "could not verify that {} has Pods of {host} with {}, which is what subset `{subset}` is there: none were read{}",
                to.name,
                labels(&definition.labels),
                and_more(routes.len() - 1, "route")
            );
            finding.at_level(Severity::Note);
        }
    }
}
