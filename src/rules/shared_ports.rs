//! What the rules on several Services over one workload share.

use std::borrow::Cow;
use std::fmt;

use rustc_hash::FxHashMap;

use super::protocols;
use crate::mesh::Cluster;
use crate::model::{Service, ServicePort, Workload};

/// A port of a workload, by name or by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target<'s> {
    /// `targetPort: http`
    Name(&'s str),
    /// `targetPort: 8080`, or the Service's own number.
    Number(u32),
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// A workload, a port of it, and the ports of Services that lead there.
pub(super) type Ports<'a, 's> = (&'a Workload<'s>, Target<'s>, Vec<Shared<'a, 's>>);

/// A port of a Service over a workload.
#[derive(Clone)]
pub(super) struct Shared<'a, 's> {
    /// The Service.
    pub(super) service: &'a Service<'s>,
    /// Its port.
    pub(super) port: &'a ServicePort<'s>,
    /// The port's number.
    pub(super) number: u32,
    /// What is spoken there.
    pub(super) protocol: Cow<'s, str>,
}

impl Shared<'_, '_> {
    /// `port 80 of Service shop/web`
    pub(super) fn title(&self) -> String {
        format!("port {} of {}", self.number, self.service.meta.title())
    }
}

/// The workloads with a sidecar, each with its ports that Services lead to, by the port of the Pods.
pub(super) fn all<'a, 's>(cluster: &'a Cluster<'s>) -> Vec<Ports<'a, 's>> {
    let mut by_target: FxHashMap<(*const Workload<'s>, Target<'s>), Ports<'_, 's>> = FxHashMap::default();
    let services = cluster.objects.services.iter().filter(|s| !s.selector.is_empty() && !s.is_external_name());
    for service in services {
        for workload in cluster.workloads_of(service) {
            for port in &service.ports {
                let Some(number) = port.port() else { continue };
                let by_number =
                    || Target::Number(port.target.and_then(|t| t.value).filter(|t| *t != 0).unwrap_or(number));
                let target = port.target_name.map_or_else(by_number, |n| Target::Name(n.value));
                let shared = Shared { service, port, number, protocol: protocols::of_service(port) };
                let key = (std::ptr::from_ref(workload), target);
                by_target.entry(key).or_insert_with(|| (workload, target, Vec::new())).2.push(shared);
            }
        }
    }
    let several = by_target.into_values().filter(|(_, _, ports)| ports.len() > 1);
    several.filter(|(w, _, _)| !is_waypoint(w) && cluster.injects(w) == Some(true)).collect()
}

/// The first two that speak differently: one is parsed as what it is not. What Istio finds out itself, and what is not
/// TCP, contradicts nothing.
pub(super) fn contradiction<'a, 's>(ports: &[Shared<'a, 's>]) -> Option<(Shared<'a, 's>, Shared<'a, 's>)> {
    let said = |p: &&Shared<'_, '_>| !matches!(&*p.protocol, "auto" | "udp" | "sctp");
    let kind = |p: &Shared<'_, '_>| protocols::is_http(&p.protocol);
    let first = ports.iter().find(said)?;
    let other = ports.iter().filter(said).find(|p| kind(p) != kind(first))?;
    Some((first.clone(), other.clone()))
}

fn is_waypoint(workload: &Workload<'_>) -> bool {
    workload.meta.label("gateway.istio.io/managed").is_some_and(|l| l.value == "istio.io-mesh-controller")
}
