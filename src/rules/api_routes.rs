//! What the rules on the Gateway API's routes share.

use crate::mesh::Cluster;
use crate::model::gateway_api::{ApiGateway, ApiRoute, GROUP, ROUTES};

/// The routes of a cluster, of all kinds.
pub(super) fn routes<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = ApiRoute<'a, 's>> + use<'a, 's> {
    ROUTES.iter().flat_map(|kind| cluster.others(GROUP, kind)).map(ApiRoute::read)
}

/// The Gateways of a cluster.
pub(super) fn gateways<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = ApiGateway<'a, 's>> + use<'a, 's> {
    cluster.others(GROUP, "Gateway").map(ApiGateway::read)
}
