//! Rules: the list of all of them, and what a rule is.

mod addresses;
mod ambient_rule_out_of_namespace;
mod ambient_service_local;
mod ambient_with_sidecar;
mod annotation_alpha;
mod annotation_deprecated;
mod annotation_invalid;
mod annotation_misplaced;
mod annotation_unknown;
mod api_removed;
mod api_routes;
mod api_too_new;
mod app_protocol_unknown;
mod build_failed;
mod caller_namespace_unknown;
mod carriers;
mod claim_without_authentication;
mod cluster_empty;
mod cluster_name_shared;
mod config_differs_across_clusters;
mod destination_port_missing;
mod destination_port_unknown;
mod destination_repeated;
mod destination_rule_out_of_sight;
mod destination_rules_disagree;
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
mod export_to_namespace_unknown;
mod exports;
mod external_name_port_without_protocol;
mod failover_without_outlier_detection;
mod field_deprecated;
mod field_invalid;
mod field_unknown;
mod fields;
mod gateway_address_shared;
mod gateway_api_beta_not_served;
mod gateway_api_outdated;
mod gateway_api_stable_not_served;
mod gateway_certificate_shared;
mod gateway_certificate_unusable;
mod gateway_class_unknown;
mod gateway_closed;
mod gateway_crds;
mod gateway_host_repeated;
mod gateway_host_uncovered;
mod gateway_not_passthrough;
mod gateway_port_closed;
mod gateway_reference_dotted;
mod gateway_reference_internal;
mod gateway_route_past_subsets;
mod gateway_secret_missing;
mod gateway_selects_nothing;
mod gateway_unknown;
mod global_endpoint_port;
mod global_endpoint_port_unmapped;
mod global_host_malformed;
mod global_location_external;
mod global_mode_removed;
mod global_resolution;
mod global_tls_mode;
mod global_without_service_entry;
mod host_claimed_twice;
mod host_half_qualified;
mod host_not_on_gateway;
mod host_out_of_sight;
mod host_unknown;
mod identity_without_mtls;
mod image_auto_not_injected;
mod injection_labels_conflict;
mod istio_annotations;
mod jwks_fetch_unrestricted;
mod kind_misspelled;
mod label_misplaced;
mod label_unknown;
mod label_value_ineffective;
mod listener_duplicated;
mod listener_shared;
mod listeners;
mod match_ineffective;
mod matches;
mod mesh_network_registry_unknown;
mod meshes;
mod mtls_disabled_across_clusters;
mod mutual_tls_hidden;
mod mutual_tls_not_begun;
mod mutual_tls_refused;
mod namespace_injected_by_default;
mod namespace_not_injected;
mod namespaces;
mod network_label_missing;
mod network_label_shared;
mod outbound_mode_missing;
mod peer_authentication_defaults_conflict;
mod peer_authentication_selectors_overlap;
pub(crate) mod placeholder_unresolved;
mod plaintext_refused;
mod pod_image_auto_not_injected;
mod policies;
mod policy_host_unknown;
mod policy_method_unknown;
mod port_name_without_protocol;
mod port_protocol_conflict;
mod principal_trust_domain_unknown;
mod principal_unknown;
mod protocols;
mod reference_grant_namespace_unknown;
mod reference_not_granted;
mod remote_port_missing;
mod remote_port_protocol;
mod remote_service_missing;
mod remote_subset_undefined;
mod remote_subset_without_workload;
mod request_policies;
mod request_rules;
mod resource_duplicated;
mod root_sidecar_selector;
mod route_backend_unknown;
mod route_not_attached;
mod route_unreachable;
mod scopes;
mod selector_on_gateway;
mod selector_without_workload;
mod service_differs_across_clusters;
mod service_entry_protocol_conflict;
mod service_entry_repeated;
mod service_export_conflict;
mod service_import_without_export;
mod service_missing_in_cluster;
mod shared_ports;
mod sidecar_defaults_conflict;
mod sidecar_host_unknown;
mod sidecar_in_ambient;
mod sidecar_selectors_overlap;
mod spread;
mod subset_differs_across_clusters;
mod subset_on_rollout_hash;
mod subset_selects_no_endpoint;
mod subset_selects_nothing;
mod subset_undefined;
mod subset_unlabelled;
mod subset_without_workload;
mod suppression_expired;
mod suppression_unused;
mod target_port_shared;
mod target_port_undeclared;
mod telemetry_defaults_conflict;
mod telemetry_provider_missing;
mod telemetry_selectors_overlap;
mod tls_modes;
mod tls_server_unverified;
mod topology_label_ineffective;
mod trust_domain_differs;
mod user_of_sidecar;
mod virtual_address_auto_range;
mod virtual_address_differs;
mod virtual_address_missing;
mod virtual_address_overlap;
mod virtual_address_public;
mod virtual_address_shadows;
mod virtual_address_unusable;
mod waypoint_ignores_selector;
mod waypoint_missing;
mod waypoint_unknown;
mod waypoint_without_ambient;
mod webhook_address_is_an_ip;
mod webhook_leads_nowhere;
mod webhook_service_missing;
mod webhooks;
mod webhooks_overlap;
mod weight_ineffective;
pub(crate) mod words;
mod workload_group_account_missing;
mod workload_groups_alike;
mod workload_without_authorization_policy;
mod yaml_syntax;

use std::sync::OnceLock;

use crate::catalogue::{self, Info};
use crate::config::{Level, Settings};
use crate::finding::{Finding, Related, Severity};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::Meta;

/// Checks objects of one cluster, each by itself.
pub type ObjectsCheck = for<'s> fn(&Fleet<'s>, &Cluster<'s>, &[&Meta<'s>], &mut Findings);
/// Checks one cluster.
pub type ClusterCheck = for<'s> fn(&Fleet<'s>, &Cluster<'s>, &mut Findings);
/// Checks all clusters together.
pub type FleetCheck = for<'s> fn(&Fleet<'s>, &mut Findings);

/// What a rule looks at, which says what can run side by side.
#[derive(Clone, Copy)]
pub enum Check {
    /// Each object of each cluster. Such rules get a few objects at a time, one rule after the other, so that what the
    /// first had to fetch from memory is still near for the others.
    Objects(ObjectsCheck),
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
    pub const fn per_object(page: &'static str, check: ObjectsCheck) -> Self {
        Self { page, check: Check::Objects(check), info: OnceLock::new() }
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
    &ambient_rule_out_of_namespace::RULE,
    &ambient_service_local::RULE,
    &ambient_with_sidecar::RULE,
    &annotation_alpha::RULE,
    &annotation_deprecated::RULE,
    &annotation_invalid::RULE,
    &annotation_misplaced::RULE,
    &annotation_unknown::RULE,
    &api_removed::RULE,
    &api_too_new::RULE,
    &app_protocol_unknown::RULE,
    &build_failed::RULE,
    &caller_namespace_unknown::RULE,
    &claim_without_authentication::RULE,
    &cluster_empty::RULE,
    &cluster_name_shared::RULE,
    &config_differs_across_clusters::RULE,
    &destination_port_missing::RULE,
    &destination_port_unknown::RULE,
    &destination_repeated::RULE,
    &destination_rule_out_of_sight::RULE,
    &destination_rules_disagree::RULE,
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
    &export_to_namespace_unknown::RULE,
    &external_name_port_without_protocol::RULE,
    &failover_without_outlier_detection::RULE,
    &field_deprecated::RULE,
    &field_invalid::RULE,
    &field_unknown::RULE,
    &gateway_address_shared::RULE,
    &gateway_api_beta_not_served::RULE,
    &gateway_api_outdated::RULE,
    &gateway_api_stable_not_served::RULE,
    &gateway_certificate_shared::RULE,
    &gateway_certificate_unusable::RULE,
    &gateway_class_unknown::RULE,
    &gateway_closed::RULE,
    &gateway_host_repeated::RULE,
    &gateway_host_uncovered::RULE,
    &gateway_not_passthrough::RULE,
    &gateway_port_closed::RULE,
    &gateway_reference_dotted::RULE,
    &gateway_reference_internal::RULE,
    &gateway_route_past_subsets::RULE,
    &gateway_secret_missing::RULE,
    &gateway_selects_nothing::RULE,
    &gateway_unknown::RULE,
    &global_endpoint_port::RULE,
    &global_endpoint_port_unmapped::RULE,
    &global_host_malformed::RULE,
    &global_location_external::RULE,
    &global_mode_removed::RULE,
    &global_resolution::RULE,
    &global_tls_mode::RULE,
    &global_without_service_entry::RULE,
    &host_claimed_twice::RULE,
    &host_half_qualified::RULE,
    &host_not_on_gateway::RULE,
    &host_out_of_sight::RULE,
    &host_unknown::RULE,
    &identity_without_mtls::RULE,
    &image_auto_not_injected::RULE,
    &injection_labels_conflict::RULE,
    &jwks_fetch_unrestricted::RULE,
    &kind_misspelled::RULE,
    &label_misplaced::RULE,
    &label_unknown::RULE,
    &label_value_ineffective::RULE,
    &listener_duplicated::RULE,
    &listener_shared::RULE,
    &match_ineffective::RULE,
    &mesh_network_registry_unknown::RULE,
    &mtls_disabled_across_clusters::RULE,
    &mutual_tls_hidden::RULE,
    &mutual_tls_not_begun::RULE,
    &mutual_tls_refused::RULE,
    &namespace_injected_by_default::RULE,
    &namespace_not_injected::RULE,
    &network_label_missing::RULE,
    &network_label_shared::RULE,
    &outbound_mode_missing::RULE,
    &peer_authentication_defaults_conflict::RULE,
    &peer_authentication_selectors_overlap::RULE,
    &placeholder_unresolved::RULE,
    &plaintext_refused::RULE,
    &pod_image_auto_not_injected::RULE,
    &policy_host_unknown::RULE,
    &policy_method_unknown::RULE,
    &port_name_without_protocol::RULE,
    &port_protocol_conflict::RULE,
    &principal_trust_domain_unknown::RULE,
    &principal_unknown::RULE,
    &reference_grant_namespace_unknown::RULE,
    &reference_not_granted::RULE,
    &remote_port_missing::RULE,
    &remote_port_protocol::RULE,
    &remote_service_missing::RULE,
    &remote_subset_undefined::RULE,
    &remote_subset_without_workload::RULE,
    &resource_duplicated::RULE,
    &root_sidecar_selector::RULE,
    &route_backend_unknown::RULE,
    &route_not_attached::RULE,
    &route_unreachable::RULE,
    &selector_on_gateway::RULE,
    &selector_without_workload::RULE,
    &service_differs_across_clusters::RULE,
    &service_entry_protocol_conflict::RULE,
    &service_entry_repeated::RULE,
    &service_export_conflict::RULE,
    &service_import_without_export::RULE,
    &service_missing_in_cluster::RULE,
    &sidecar_defaults_conflict::RULE,
    &sidecar_host_unknown::RULE,
    &sidecar_in_ambient::RULE,
    &sidecar_selectors_overlap::RULE,
    &subset_differs_across_clusters::RULE,
    &subset_on_rollout_hash::RULE,
    &subset_selects_no_endpoint::RULE,
    &subset_selects_nothing::RULE,
    &subset_undefined::RULE,
    &subset_unlabelled::RULE,
    &subset_without_workload::RULE,
    &suppression_expired::RULE,
    &suppression_unused::RULE,
    &target_port_shared::RULE,
    &target_port_undeclared::RULE,
    &telemetry_defaults_conflict::RULE,
    &telemetry_provider_missing::RULE,
    &telemetry_selectors_overlap::RULE,
    &tls_server_unverified::RULE,
    &topology_label_ineffective::RULE,
    &trust_domain_differs::RULE,
    &user_of_sidecar::RULE,
    &virtual_address_auto_range::RULE,
    &virtual_address_differs::RULE,
    &virtual_address_missing::RULE,
    &virtual_address_overlap::RULE,
    &virtual_address_public::RULE,
    &virtual_address_shadows::RULE,
    &virtual_address_unusable::RULE,
    &waypoint_ignores_selector::RULE,
    &waypoint_missing::RULE,
    &waypoint_unknown::RULE,
    &waypoint_without_ambient::RULE,
    &webhook_address_is_an_ip::RULE,
    &webhook_leads_nowhere::RULE,
    &webhook_service_missing::RULE,
    &webhooks_overlap::RULE,
    &weight_ineffective::RULE,
    &workload_group_account_missing::RULE,
    &workload_groups_alike::RULE,
    &workload_without_authorization_policy::RULE,
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
