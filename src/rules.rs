//! Rules: the list of all of them, and what a rule is.

mod addresses;
mod api_removed;
mod api_too_new;
mod build_failed;
mod cluster_empty;
mod cluster_name_shared;
mod config_differs_across_clusters;
mod destination_rule_out_of_sight;
mod differences;
mod document_skipped;
mod duplicate_key;
mod endpoint_cluster_contradicted;
mod endpoint_cluster_unknown;
mod endpoint_port_undeclared;
mod envoy_filter_add_ineffective;
mod envoy_filter_order;
mod envoy_filter_order_by_version;
mod envoy_filter_remove_ineffective;
mod envoy_filter_replace_ineffective;
mod envoy_filters;
mod failover_without_outlier_detection;
mod gateway_closed;
mod gateway_host_uncovered;
mod gateway_not_passthrough;
mod gateway_unknown;
mod global_endpoint_port;
mod global_endpoint_port_unmapped;
mod global_host_malformed;
mod global_location_external;
mod global_mode_removed;
mod global_resolution;
mod global_tls_mode;
mod global_without_service_entry;
mod host_half_qualified;
mod host_unknown;
mod jwks_fetch_unrestricted;
mod kind_misspelled;
mod match_ineffective;
mod matches;
mod mesh_network_registry_unknown;
mod meshes;
mod mtls_disabled_across_clusters;
mod network_label_missing;
mod network_label_shared;
pub(crate) mod placeholder_unresolved;
mod protocols;
mod remote_port_missing;
mod remote_port_protocol;
mod remote_service_missing;
mod remote_subset_undefined;
mod remote_subset_without_workload;
mod resource_duplicated;
mod route_unreachable;
mod service_differs_across_clusters;
mod service_entry_protocol_conflict;
mod service_missing_in_cluster;
mod spread;
mod subset_differs_across_clusters;
mod subset_on_rollout_hash;
mod subset_selects_no_endpoint;
mod subset_undefined;
mod subset_without_workload;
mod suppression_expired;
mod suppression_unused;
mod telemetry_provider_missing;
mod tls_server_unverified;
mod topology_label_ineffective;
mod trust_domain_differs;
mod virtual_address_auto_range;
mod virtual_address_differs;
mod virtual_address_missing;
mod virtual_address_overlap;
mod virtual_address_public;
mod virtual_address_shadows;
mod virtual_address_unusable;
mod webhook_address_is_an_ip;
mod webhook_leads_nowhere;
mod webhooks;
pub(crate) mod words;
mod yaml_syntax;

use std::sync::OnceLock;

use crate::catalogue::{self, Info};
use crate::config::{Level, Settings};
use crate::finding::{Finding, Related, Severity};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::Meta;

/// Checks one object.
pub type ObjectCheck = for<'s> fn(&Cluster<'s>, &Meta<'s>, &mut Findings);
/// Checks one cluster.
pub type ClusterCheck = for<'s> fn(&Fleet<'s>, &Cluster<'s>, &mut Findings);
/// Checks all clusters together.
pub type FleetCheck = for<'s> fn(&Fleet<'s>, &mut Findings);

/// What a rule looks at, which says what can run side by side.
#[derive(Clone, Copy)]
pub enum Check {
    /// Each object of each cluster.
    Object(ObjectCheck),
    /// Each cluster.
    Cluster(ClusterCheck),
    /// The whole fleet.
    Fleet(FleetCheck),
    /// Suppressions, once all findings are known: `suppress.rs` does this.
    Suppressions,
}

/// A rule: its page, which holds all its metadata, and its check.
pub struct Rule {
    /// The page in `rules/`.
    pub page: &'static str,
    /// The check.
    pub check: Check,
    info: OnceLock<Info>,
}

impl Rule {
    /// A rule that looks at one object at a time.
    pub const fn per_object(page: &'static str, check: ObjectCheck) -> Self {
        Self { page, check: Check::Object(check), info: OnceLock::new() }
    }

    /// A rule that looks at one cluster at a time.
    pub const fn per_cluster(page: &'static str, check: ClusterCheck) -> Self {
        Self { page, check: Check::Cluster(check), info: OnceLock::new() }
    }

    /// A rule that looks at the whole fleet.
    pub const fn per_fleet(page: &'static str, check: FleetCheck) -> Self {
        Self { page, check: Check::Fleet(check), info: OnceLock::new() }
    }

    /// A rule on suppressions.
    pub const fn of_suppressions(page: &'static str) -> Self {
        Self { page, check: Check::Suppressions, info: OnceLock::new() }
    }

    /// The rule's metadata, from its page's front matter.
    pub fn info(&'static self) -> &'static Info {
        self.info.get_or_init(|| catalogue::info(self.page))
    }
}

/// What a rule reports into.
pub struct Findings {
    rule: &'static Rule,
    list: Vec<Finding>,
}

impl Findings {
    /// An empty list for that rule.
    pub fn new(rule: &'static Rule) -> Self {
        Self { rule, list: Vec::new() }
    }

    /// Reports at the rule's own level. The message names the values at fault; lower case, no full stop.
    pub fn report(&mut self, site: Site<'_, '_>, message: impl Into<String>) -> &mut Finding {
        let finding = Finding {
            rule: self.rule.info().name,
            severity: self.rule.info().severity,
            message: message.into(),
            label: None,
            help: None,
            effect: None,
            cluster: (!site.cluster.is_empty()).then(|| site.cluster.to_string()),
            object: site.meta.map(Meta::object_ref),
            place: site.place,
            path: site.path(),
            anchor: site.anchor(),
            related: Vec::new(),
            codes: None,
        };
        self.list.push(finding);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// What has been reported.
    pub fn into_list(self) -> Vec<Finding> {
        self.list
    }
}

impl Finding {
    /// Gives it another level than the rule's own.
    pub fn at_level(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// What it is known by when all around it changes, where its place in an object does not say it.
    pub fn with_anchor(&mut self, anchor: impl Into<String>) -> &mut Self {
        self.anchor = anchor.into();
        self
    }

    /// What the place contributes, shown under the underlined value.
    pub fn with_label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    /// The codes by which istioctl analyze (IST…) and Kiali (KIA…) report this finding, where they are some of its rule's.
    pub fn with_codes(&mut self, codes: &'static [&'static str]) -> &mut Self {
        self.codes = Some(codes);
        self
    }

    /// The codes by which istioctl analyze and Kiali report the same thing.
    pub fn equivalents(&self) -> &'static [&'static str] {
        self.codes.unwrap_or_else(|| find(self.rule).map_or(&[], |r| &r.info().equivalents))
    }

    /// Whether a name stands for it: its rule's, that of the rule's group, or a peer's code for just this finding.
    pub fn is_named(&self, name: &str) -> bool {
        let is_code = |codes: &[&str]| codes.iter().any(|code| code.eq_ignore_ascii_case(name));
        find(self.rule).is_some_and(|r| name == r.info().name || name == r.info().group) || is_code(self.equivalents())
    }

    /// The change that would mend it.
    pub fn with_help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// What those who run it would see: `callers get 503 NC`.
    pub fn with_effect(&mut self, effect: impl Into<String>) -> &mut Self {
        self.effect = Some(effect.into());
        self
    }

    /// Another place that matters, and what it contributes.
    pub fn with_related(&mut self, site: Site<'_, '_>, message: impl Into<String>) -> &mut Self {
        self.related.push(Related {
            message: message.into(),
            cluster: (!site.cluster.is_empty()).then(|| site.cluster.to_string()),
            place: site.place,
            path: site.path(),
        });
        self
    }
}

/// All rules, by name.
#[rustfmt::skip]
pub static ALL: &[&Rule] = &[
    &api_removed::RULE,
    &api_too_new::RULE,
    &build_failed::RULE,
    &cluster_empty::RULE,
    &cluster_name_shared::RULE,
    &config_differs_across_clusters::RULE,
    &destination_rule_out_of_sight::RULE,
    &document_skipped::RULE,
    &duplicate_key::RULE,
    &endpoint_cluster_contradicted::RULE,
    &endpoint_cluster_unknown::RULE,
    &endpoint_port_undeclared::RULE,
    &envoy_filter_add_ineffective::RULE,
    &envoy_filter_order::RULE,
    &envoy_filter_order_by_version::RULE,
    &envoy_filter_remove_ineffective::RULE,
    &envoy_filter_replace_ineffective::RULE,
    &failover_without_outlier_detection::RULE,
    &gateway_closed::RULE,
    &gateway_host_uncovered::RULE,
    &gateway_not_passthrough::RULE,
    &gateway_unknown::RULE,
    &global_endpoint_port::RULE,
    &global_endpoint_port_unmapped::RULE,
    &global_host_malformed::RULE,
    &global_location_external::RULE,
    &global_mode_removed::RULE,
    &global_resolution::RULE,
    &global_tls_mode::RULE,
    &global_without_service_entry::RULE,
    &host_half_qualified::RULE,
    &host_unknown::RULE,
    &jwks_fetch_unrestricted::RULE,
    &kind_misspelled::RULE,
    &match_ineffective::RULE,
    &mesh_network_registry_unknown::RULE,
    &mtls_disabled_across_clusters::RULE,
    &network_label_missing::RULE,
    &network_label_shared::RULE,
    &placeholder_unresolved::RULE,
    &remote_port_missing::RULE,
    &remote_port_protocol::RULE,
    &remote_service_missing::RULE,
    &remote_subset_undefined::RULE,
    &remote_subset_without_workload::RULE,
    &resource_duplicated::RULE,
    &route_unreachable::RULE,
    &service_differs_across_clusters::RULE,
    &service_entry_protocol_conflict::RULE,
    &service_missing_in_cluster::RULE,
    &subset_differs_across_clusters::RULE,
    &subset_on_rollout_hash::RULE,
    &subset_selects_no_endpoint::RULE,
    &subset_undefined::RULE,
    &subset_without_workload::RULE,
    &suppression_expired::RULE,
    &suppression_unused::RULE,
    &telemetry_provider_missing::RULE,
    &tls_server_unverified::RULE,
    &topology_label_ineffective::RULE,
    &trust_domain_differs::RULE,
    &virtual_address_auto_range::RULE,
    &virtual_address_differs::RULE,
    &virtual_address_missing::RULE,
    &virtual_address_overlap::RULE,
    &virtual_address_public::RULE,
    &virtual_address_shadows::RULE,
    &virtual_address_unusable::RULE,
    &webhook_address_is_an_ip::RULE,
    &webhook_leads_nowhere::RULE,
    &yaml_syntax::RULE,
];

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|r| r.info().name == name)
}

/// Whether `name` is the rule's own, that of its group, or a peer's code for it.
pub fn is_named(info: &Info, name: &str) -> bool {
    name == info.name || name == info.group || info.equivalents.iter().any(|e| e.eq_ignore_ascii_case(name))
}

/// The rules that a name stands for: its own, those of a group, those with a peer's code.
pub fn named(name: &str) -> impl Iterator<Item = &'static Rule> {
    ALL.iter().copied().filter(move |r| is_named(r.info(), name))
}

/// Whether a rule runs, and at which level.
pub fn level(info: &Info, settings: &Settings) -> Level {
    if settings.ignore.iter().any(|name| is_named(info, name)) {
        return Level::Off;
    }
    let said = settings.levels.iter().rev().find(|(name, _)| is_named(info, name)).map(|(_, level)| *level);
    let default = if info.enabled { Level::On } else { Level::Off };
    if settings.select.is_empty() {
        return said.unwrap_or(default);
    }
    let selected = settings.select.iter().any(|name| match name.as_str() {
        "all" => true,
        "default" => said.unwrap_or(default) != Level::Off,
        name => is_named(info, name),
    });
    match said {
        _ if !selected => Level::Off,
        Some(Level::At(severity)) => Level::At(severity),
        _ => Level::On,
    }
}
