//! `gateway-class-unknown`: a Gateway names a class that nothing which was read brings.

use super::api_routes::gateways;
use super::words::nearest;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::gateway_api::GROUP;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-class-unknown.md"), check);

/// The classes that istiod brings.
const ISTIO: &[&str] = &["istio", "istio-remote", "istio-waypoint", "istio-east-west"];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for gateway in gateways(cluster) {
        let Some(class) = gateway.class.filter(|c| !unknown(c.value)) else { continue };
        let own = || cluster.others(GROUP, "GatewayClass").map(|c| c.name.value);
        if ISTIO.contains(&class.value) || own().any(|c| c == class.value || unknown(c)) {
            continue;
        }
        let near = nearest(class.value, ISTIO.iter().copied().chain(own()));
        let title = gateway.meta.title();
        let message = match near {
            Some(_) => {
                format!("{title} is of class `{}`, which {} does not have: nobody makes it", class.value, cluster.name)
            }
            None => format!(
                "could not verify the class `{}` of {title}: no GatewayClass of that name was read",
                class.value
            ),
        };
        let finding = out.report(cluster.site(gateway.meta, class.span), message);
        match near {
            Some(near) => finding.with_help(format!("did you mean `{near}`?")).at_level(Severity::Warning),
            None => finding.with_help("it is right where another controller brings that class"),
        };
    }
}
