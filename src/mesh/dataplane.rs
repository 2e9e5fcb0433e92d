//! By what a workload is in the mesh: a sidecar, or ambient mode, and which waypoint reads the requests to it. Labels of
//! the namespace and of the object itself say so (<https://istio.io/latest/docs/ambient/usage/>).

use super::Cluster;
use crate::model::read::{self, Labels, Text, unknown};
use crate::model::{Meta, Service, Workload};

/// Puts what it is on into ambient mode, or keeps it out.
pub const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
/// Names the waypoint for what it is on; `none` for no waypoint.
pub const USE_WAYPOINT: &str = "istio.io/use-waypoint";

/// The label that says which waypoint is used.
#[derive(Clone, Copy, Debug)]
pub struct UseWaypoint<'a, 's> {
    /// The object that has the label.
    pub meta: &'a Meta<'s>,
    /// The waypoint's name.
    pub name: Text<'s>,
    /// The waypoint's namespace.
    pub namespace: &'s str,
}

impl<'a, 's> UseWaypoint<'a, 's> {
    /// What an object's own labels say: nothing, that it uses none (`Some(None)`), or which.
    fn own(meta: &'a Meta<'s>, labels: &Labels<'s>) -> Option<Option<Self>> {
        let name = *read::label(labels, USE_WAYPOINT)?;
        let home = if meta.kind.value == "Namespace" { meta.name } else { meta.namespace };
        let namespace = read::label(labels, "istio.io/use-waypoint-namespace").map_or(home.value, |n| n.value);
        Some((name.value != "none" && !name.value.is_empty()).then_some(Self { meta, name, namespace }))
    }
}

impl<'s> Cluster<'s> {
    /// Whether a namespace is in ambient mode, where a Service is its cluster's own unless it says otherwise.
    pub fn is_ambient(&self, namespace: &str) -> bool {
        self.namespace_label(namespace, DATAPLANE_MODE).is_some_and(|l| l.value == "ambient")
    }

    /// Whether a namespace is in ambient mode and gets no sidecars.
    pub fn is_ambient_only(&self, namespace: &str) -> bool {
        self.is_ambient(namespace) && self.injects_into(namespace) != Some(true)
    }

    /// Whether any namespace is in ambient mode.
    pub fn has_ambient(&self) -> bool {
        self.objects.namespaces.iter().any(|n| n.label(DATAPLANE_MODE).is_some_and(|l| l.value == "ambient"))
    }

    /// Whether a workload's Pods are asked into ambient mode, by their own label or else by their namespace's: those with
    /// a sidecar stay out of it all the same.
    pub fn asks_for_ambient(&self, workload: &Workload<'s>) -> bool {
        match workload.label(DATAPLANE_MODE) {
            Some(own) => own.value == "ambient",
            None => self.is_ambient(workload.meta.namespace.value),
        }
    }

    /// Whether a workload's Pods are in ambient mode.
    pub fn is_ambient_workload(&self, workload: &Workload<'s>) -> bool {
        let redirected = read::label(&workload.annotations, "ambient.istio.io/redirection");
        let asks = self.asks_for_ambient(workload) && self.injects(workload) != Some(true);
        asks || workload.label(DATAPLANE_MODE).is_none() && redirected.is_some_and(|a| a.value == "enabled")
    }

    /// The waypoint for a namespace.
    pub fn waypoint_of_namespace<'a>(&'a self, namespace: &str) -> Option<UseWaypoint<'a, 's>> {
        let meta = self.namespace(namespace)?;
        UseWaypoint::own(meta, &meta.labels)?
    }

    /// The waypoint for the requests to a Service or a ServiceEntry: by its own label, else by its namespace's.
    pub fn waypoint_of_service<'a>(&'a self, meta: &'a Meta<'s>) -> Option<UseWaypoint<'a, 's>> {
        UseWaypoint::own(meta, &meta.labels).unwrap_or_else(|| self.waypoint_of_namespace(meta.namespace.value))
    }

    /// The waypoint for the requests to a workload's Pods: by their own label, else by their namespace's.
    pub fn waypoint_of_workload<'a>(&'a self, workload: &'a Workload<'s>) -> Option<UseWaypoint<'a, 's>> {
        let own = UseWaypoint::own(&workload.meta, &workload.labels);
        own.unwrap_or_else(|| self.waypoint_of_namespace(workload.meta.namespace.value))
    }

    /// Whether the Pods of a selector are a gateway's, whose peers are no sidecars: an Istio Gateway selects them, or
    /// the Gateway API made them.
    pub fn is_of_gateway(&self, labels: &Labels<'_>) -> bool {
        read::label(labels, "gateway.networking.k8s.io/gateway-name").is_some()
            || read::label(labels, "istio").is_some_and(|l| l.value.contains("gateway"))
            || self.objects.gateways.iter().any(|g| !g.selector.is_empty() && read::selects(&g.selector, labels))
    }

    /// Every label `istio.io/use-waypoint` of namespaces, Services, ServiceEntries and Pods that names a waypoint.
    pub fn uses_of_waypoints<'a>(&'a self) -> impl Iterator<Item = UseWaypoint<'a, 's>> + use<'a, 's> {
        let objects = &self.objects;
        let labelled = |m: &'a Meta<'s>| UseWaypoint::own(m, &m.labels).flatten();
        let namespaces = objects.namespaces.iter().filter_map(labelled);
        let services = objects.services.iter().filter_map(move |s: &'a Service<'s>| labelled(&s.meta));
        let entries = objects.service_entries.iter().filter_map(move |e| labelled(&e.meta));
        let pods = objects.workloads.iter().filter_map(|w| UseWaypoint::own(&w.meta, &w.labels).flatten());
        let known = |u: &UseWaypoint<'a, 's>| !unknown(u.name.value) && !unknown(u.namespace);
        namespaces.chain(services).chain(entries).chain(pods).filter(known)
    }
}
