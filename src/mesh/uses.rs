//! Uses: each place where a VirtualService sends traffic to a host.

use rustc_hash::FxHashMap;

use super::{Cluster, Site};
use crate::model::{Destination, Host, Objects, Route, VirtualService};

/// A destination of a VirtualService, with the host that it means.
#[derive(Clone, Copy, Debug)]
pub struct Use<'s> {
    /// The host, completed.
    pub host: Host<'s>,
    virtual_service: u32,
    route: u32,
    destination: u32,
}

/// All uses of a cluster, by host.
#[derive(Debug, Default)]
pub(super) struct Uses<'s> {
    pub(super) all: Vec<Use<'s>>,
    by_host: FxHashMap<Host<'s>, Vec<u32>>,
}

impl<'s> Uses<'s> {
    pub(super) fn of(objects: &Objects<'s>, domain: &str) -> Self {
        let mut uses = Self::default();
        for (v, vs) in objects.virtual_services.iter().enumerate() {
            for (r, route) in vs.routes.iter().enumerate() {
                for (d, destination) in route.destinations.iter().enumerate() {
                    if crate::model::read::unknown(destination.host.value) {
                        continue;
                    }
                    let host = Host::parse(destination.host.value, vs.meta.namespace.value, domain);
                    uses.by_host.entry(host).or_default().push(uses.all.len() as u32);
                    uses.all.push(Use { host, virtual_service: v as u32, route: r as u32, destination: d as u32 });
                }
            }
        }
        uses
    }
}

impl<'s> Use<'s> {
    /// The VirtualService.
    pub fn virtual_service<'a>(&self, cluster: &'a Cluster<'s>) -> &'a VirtualService<'s> {
        &cluster.objects.virtual_services[self.virtual_service as usize]
    }

    /// The route that it stands in.
    pub fn route<'a>(&self, cluster: &'a Cluster<'s>) -> &'a Route<'s> {
        &self.virtual_service(cluster).routes[self.route as usize]
    }

    /// The destination as written.
    pub fn destination<'a>(&self, cluster: &'a Cluster<'s>) -> &'a Destination<'s> {
        &self.route(cluster).destinations[self.destination as usize]
    }

    /// The subset's name, where it is given and known.
    pub fn subset(&self, cluster: &Cluster<'s>) -> Option<&'s str> {
        let subset = self.destination(cluster).subset?;
        (!crate::model::read::unknown(subset.value)).then_some(subset.value)
    }

    /// The port's number, where it is given and known.
    pub fn port(&self, cluster: &Cluster<'s>) -> Option<u32> {
        self.destination(cluster).port.and_then(|p| p.value)
    }

    /// Whether its weight is 0, so that no request takes it.
    pub fn is_idle(&self, cluster: &Cluster<'s>) -> bool {
        self.destination(cluster).weight.is_some_and(|w| w.value == Some(0))
    }

    /// The place of the host.
    pub fn host_site<'a>(&self, cluster: &'a Cluster<'s>) -> Site<'a, 's> {
        cluster.site(&self.virtual_service(cluster).meta, self.destination(cluster).host.span)
    }

    /// The place of the subset, or of the host where there is none.
    pub fn subset_site<'a>(&self, cluster: &'a Cluster<'s>) -> Site<'a, 's> {
        let destination = self.destination(cluster);
        cluster.site(&self.virtual_service(cluster).meta, destination.subset.unwrap_or(destination.host).span)
    }

    /// How much of the traffic takes it, for messages: `50% of a match`, `a mirror`, `all of a route`.
    pub fn share(&self, cluster: &Cluster<'s>) -> String {
        let destination = self.destination(cluster);
        let route = self.route(cluster);
        let what = if route.matches_all { "a route" } else { "a match" };
        if destination.mirror {
            return "a mirror".into();
        }
        let others = route.destinations.iter().filter(|d| !d.mirror).count();
        match destination.weight.and_then(|w| w.value) {
            Some(w) if others > 1 => format!("{w}% of {what}"),
            _ => format!("all of {what}"),
        }
    }
}

impl<'s> Cluster<'s> {
    /// Each place where a VirtualService of this cluster sends traffic to a known host.
    pub fn uses(&self) -> &[Use<'s>] {
        &self.uses.all
    }

    /// The uses of one host.
    pub fn uses_of<'a>(&'a self, host: Host<'s>) -> impl Iterator<Item = &'a Use<'s>> + use<'a, 's> {
        self.uses.by_host.get(&host).into_iter().flatten().map(|&i| &self.uses.all[i as usize])
    }
}
