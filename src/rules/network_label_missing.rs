//! A cluster of a mesh of several networks that does not say its own, or whose gateway says another (evidence L9 to
//! L12).

use super::meshes::{names, shown, site};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{selects, unknown};
use crate::model::{Host, Meta, Server, Service, Text};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/network-label-missing.md"), check);

/// The label that names the network of a cluster, of a gateway, of a workload.
pub(super) const NETWORK: &str = "topology.istio.io/network";

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for mesh in shown(fleet) {
        // The older form says by registries which cluster is on which network, and where its gateway is.
        if mesh.iter().any(|c| !c.mesh.registries.is_empty()) || !has_several_networks(fleet, &mesh) {
            continue;
        }
        for cluster in &mesh {
            if !namespace(cluster, &mesh, out) {
                gateway(fleet, cluster, out);
            }
        }
    }
}

/// The root namespace does not say the network, and others' do. Whether that is so.
fn namespace(cluster: &Cluster<'_>, mesh: &[&Cluster<'_>], out: &mut Findings) -> bool {
    let root = cluster.mesh.root_namespace;
    let objects: Vec<&Meta<'_>> = cluster.objects.namespaces.iter().filter(|n| n.name.value == root).collect();
    let by_configuration = cluster.config.is_some_and(|c| c.network.is_some());
    let Some(object) = objects.first().filter(|_| !by_configuration) else { return false };
    if objects.iter().any(|n| n.label(NETWORK).is_some()) {
        return false;
    }
    let others: Vec<_> = mesh.iter().filter(|c| c.mesh.namespace_network.is_some()).collect();
    let Some((first, said)) = others.first().and_then(|c| Some((c, c.mesh.namespace_network?))) else { return false };
    let finding = out.report(
        cluster.site(object, object.metadata_key("labels")),
        format!(
            "Namespace `{root}` of {} does not say which network it is on, as that of {} does: the other clusters dial its Pods' own addresses and do not reach them",
            cluster.name,
            names(others.iter().map(|c| c.name)),
        ),
    );
    finding.with_label(format!("no label `{NETWORK}`"));
    if let Some(there) = site(first, &said) {
        finding.with_related(there, format!("{} is on `{}`", first.name, said.value));
    }
    finding.with_help(match cluster.mesh.network {
        Some(own) => format!(
            "add the label `{NETWORK}: {}`, the network that the installation of {} names",
            own.value, cluster.name
        ),
        None => format!("add the label `{NETWORK}` with the name of the network that {} is on", cluster.name),
    });
    true
}

/// The gateway Service says another network than the cluster, or none.
fn gateway(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let Some(own) = cluster.mesh.network() else { return };
    let entrance = fleet.entrance(cluster.id);
    let all_labels = entrance.services(cluster).filter_map(|s| s.meta.label(NETWORK));
    let of_api = cluster.others("gateway.networking.k8s.io", "Gateway").filter_map(|o| o.label(NETWORK));
    if all_labels.chain(of_api).any(|l| l.value == own.value || unknown(l.value)) {
        return;
    }
    // The Services of the gateway that takes the cluster's own names, as those between networks do: any other may serve
    // other ends, and that gateway's own Service be elsewhere.
    let servers: Vec<_> = entrance.passing(cluster).filter(|(_, server)| takes(cluster, server)).collect();
    let of_gateway = |s: &&Service<'_>| servers.iter().any(|(g, _)| selects(&g.selector, &s.selector));
    let labels: Vec<(&Meta<'_>, Option<&Text<'_>>)> =
        entrance.services(cluster).filter(of_gateway).map(|s| (&s.meta, s.meta.label(NETWORK))).collect();
    let says_another = labels.iter().find_map(|(meta, label)| Some((*meta, (*label)?)));
    let finding = match (says_another, labels.first()) {
        (Some((meta, label)), _) => {
            let message = format!(
                "{} of {} is the gateway of network `{}`, and the cluster is on `{}`: the other clusters know no gateway into it and dial its Pods' own addresses",
                meta.title(),
                cluster.name,
                label.value,
                own.value
            );
            out.report(cluster.site(meta, label.span), message).with_label("another network than the cluster's")
        }
        (None, Some((meta, _))) => {
            let message = format!(
                "{} of {} does not say that it is the gateway of network `{}`: the other clusters know no gateway into it and dial its Pods' own addresses",
                meta.title(),
                cluster.name,
                own.value
            );
            out.report(cluster.site(meta, meta.metadata_key("labels")), message)
                .with_label(format!("no label `{NETWORK}`"))
        }
        (None, None) => return,
    };
    if let Some(there) = site(cluster, &own) {
        finding.with_related(there, format!("{} is on `{}`", cluster.name, own.value));
    }
    finding.with_help(format!("label the gateway Service `{NETWORK}: {}`", own.value));
}

/// Whether it takes: clusters name different networks, or gateways between networks stand in them.
fn has_several_networks(fleet: &Fleet<'_>, mesh: &[&Cluster<'_>]) -> bool {
    let mut networks: Vec<&str> = mesh.iter().filter_map(|c| Some(c.mesh.network()?.value)).collect();
    networks.sort_unstable();
    networks.dedup();
    networks.len() > 1 || mesh.iter().any(|c| takes_own_names(fleet, c))
}

/// Whether a gateway of the cluster takes the names of its own Services, as those between networks do.
pub(super) fn takes_own_names(fleet: &Fleet<'_>, cluster: &Cluster<'_>) -> bool {
    fleet.entrance(cluster.id).passing(cluster).any(|(_, server)| takes(cluster, server))
}

fn takes(cluster: &Cluster<'_>, server: &Server<'_>) -> bool {
    let own = Host::Service { name: "a", namespace: "b" };
    server
        .host_names()
        .any(|h| unknown(h.value) || Host::parse(h.value, "", cluster.domain).covers(&own, cluster.domain))
}
