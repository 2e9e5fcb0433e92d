//! The typed model: a file for each kind, every value with its place. It borrows from the sources' trees.

pub mod address;
pub mod certificate;
mod destination_rule;
mod envoy_filter;
mod gateway;
pub mod gateway_api;
pub mod host;
mod meta;
mod policy;
pub mod read;
mod security;
mod service;
mod service_entry;
mod virtual_service;
mod workload;

pub use address::{Address, Range};
pub use destination_rule::{ClientTls, DestinationRule, Subset, TrafficPolicy};
pub use envoy_filter::EnvoyPatch;
pub use gateway::{Gateway, Server};
pub use host::{Global, GlobalHost, Host};
pub use meta::Meta;
pub use policy::{Policy, Principal, TargetRef};
pub use read::{Labels, Number, Text};
pub use security::{PeerAuthentication, Sidecar};
pub use service::Service;
pub use service_entry::{Endpoint, ServiceEntry, ServicePort};
pub use virtual_service::{Destination, Route, RouteKind, VirtualService};
pub use workload::Workload;

/// Objects by kind, in the order in which they were read.
#[derive(Debug, Default)]
pub struct Objects<'s> {
    /// Istio `VirtualService`
    pub virtual_services: Vec<VirtualService<'s>>,
    /// Istio `DestinationRule`
    pub destination_rules: Vec<DestinationRule<'s>>,
    /// Istio `ServiceEntry`
    pub service_entries: Vec<ServiceEntry<'s>>,
    /// Istio `Gateway`
    pub gateways: Vec<Gateway<'s>>,
    /// Istio `Sidecar`
    pub sidecars: Vec<Sidecar<'s>>,
    /// Istio `PeerAuthentication`
    pub peer_authentications: Vec<PeerAuthentication<'s>>,
    /// Kubernetes `Service`
    pub services: Vec<Service<'s>>,
    /// Everything that makes Pods.
    pub workloads: Vec<Workload<'s>>,
    /// Kubernetes `Namespace`
    pub namespaces: Vec<Meta<'s>>,
    /// All other objects.
    pub others: Vec<Meta<'s>>,
}

impl<'s> Objects<'s> {
    /// Sorts an object to its kind.
    pub fn add(&mut self, meta: Meta<'s>) {
        let istio = matches!(meta.group(), "networking.istio.io" | "security.istio.io");
        match meta.kind.value {
            "VirtualService" if istio => self.virtual_services.push(VirtualService::read(meta)),
            "DestinationRule" if istio => self.destination_rules.push(DestinationRule::read(meta)),
            "ServiceEntry" if istio => self.service_entries.push(ServiceEntry::read(meta)),
            "Gateway" if istio => self.gateways.push(Gateway::read(meta)),
            "Sidecar" if istio => self.sidecars.push(Sidecar::read(meta)),
            "PeerAuthentication" if istio => self.peer_authentications.push(PeerAuthentication::read(meta)),
            "Service" if meta.api_version.value == "v1" => self.services.push(Service::read(meta)),
            "Namespace" => self.namespaces.push(meta),
            _ if Workload::is_one(&meta) => self.workloads.push(Workload::read(meta)),
            _ => self.others.push(meta),
        }
    }

    /// Moves all objects of `other` behind these.
    pub fn append(&mut self, mut other: Objects<'s>) {
        self.virtual_services.append(&mut other.virtual_services);
        self.destination_rules.append(&mut other.destination_rules);
        self.service_entries.append(&mut other.service_entries);
        self.gateways.append(&mut other.gateways);
        self.sidecars.append(&mut other.sidecars);
        self.peer_authentications.append(&mut other.peer_authentications);
        self.services.append(&mut other.services);
        self.workloads.append(&mut other.workloads);
        self.namespaces.append(&mut other.namespaces);
        self.others.append(&mut other.others);
    }

    /// Gives back the room that growing left over.
    pub fn shrink(&mut self) {
        fn shrink<T>(list: &mut Vec<T>) {
            *list = read::moved(std::mem::take(list));
        }
        shrink(&mut self.virtual_services);
        shrink(&mut self.destination_rules);
        shrink(&mut self.service_entries);
        shrink(&mut self.gateways);
        shrink(&mut self.services);
        shrink(&mut self.workloads);
        shrink(&mut self.others);
    }

    /// The metadata of every object.
    pub fn metas(&self) -> impl Iterator<Item = &Meta<'s>> {
        let a = self.virtual_services.iter().map(|o| &o.meta);
        let b = self.destination_rules.iter().map(|o| &o.meta);
        let c = self.service_entries.iter().map(|o| &o.meta);
        let d = self.gateways.iter().map(|o| &o.meta);
        let e = self.sidecars.iter().map(|o| &o.meta);
        let f = self.peer_authentications.iter().map(|o| &o.meta);
        let g = self.services.iter().map(|o| &o.meta);
        let h = self.workloads.iter().map(|o| &o.meta);
        a.chain(b).chain(c).chain(d).chain(e).chain(f).chain(g).chain(h).chain(&self.namespaces).chain(&self.others)
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.metas().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.metas().next().is_none()
    }
}
