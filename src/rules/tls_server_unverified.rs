//! `tls-server-unverified`: a DestinationRule begins TLS and has no CA to verify the server's certificate by.

use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Version};
use crate::model::read;
use crate::model::{DestinationRule, TrafficPolicy};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/tls-server-unverified.md"), check);

/// The first Istio whose proxies verify by the CAs of the operating system where no others are given: its change notes
/// say that `VERIFY_CERT_AT_CLIENT` is on from there.
const VERIFIES: Version = Version(1, 21, 0);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let runs = cluster.mesh.versions.istio();
    for rule in &cluster.objects.destination_rules {
        let mut judge = |policy: &TrafficPolicy<'_>, codes| policy_of(cluster, rule, policy, runs, codes, out);
        let subsets = rule.subsets.iter().filter_map(|s| s.policy.as_deref());
        for policy in rule.policy.iter().chain(subsets) {
            judge(policy, &["IST0128"]);
            policy.ports.iter().for_each(|(_, port)| judge(port, &["IST0129"]));
        }
    }
}

fn policy_of(
    cluster: &Cluster<'_>,
    rule: &DestinationRule<'_>,
    policy: &TrafficPolicy<'_>,
    runs: Option<Version>,
    codes: &'static [&'static str],
    out: &mut Findings,
) {
    let Some(mode) = policy.tls.as_ref().and_then(|t| t.mode).filter(|m| matches!(m.value, "SIMPLE" | "MUTUAL")) else {
        return;
    };
    let Some(tls) = policy.node.get("tls") else { return };
    let says = |key| read::text(tls, key).is_some_and(|t| !t.value.is_empty());
    // The Secret of `credentialName` holds the CA, too, and it is read for the workloads that are selected.
    let by_secret = says("credentialName") && rule.workload_selector.is_some();
    let skips = read::boolean(tls, "insecureSkipVerify") == Some(true);
    if says("caCertificates") || by_secret || (!skips && runs.is_some_and(|v| v >= VERIFIES)) {
        return;
    }
    let (object, mode_of) = (rule.meta.title(), mode.value);
    let message = match runs {
        _ if skips => format!("{object} begins TLS ({mode_of}) and switches the check of the server's certificate off"),
        Some(Version(major, minor, _)) => format!(
            "{object} begins TLS ({mode_of}) without `caCertificates`, and Istio {major}.{minor} of {} then takes any certificate",
            cluster.name
        ),
        None => format!(
            "{object} begins TLS ({mode_of}) without `caCertificates`: Istio before 1.21 then takes any certificate"
        ),
    };
    let finding = out.report(cluster.site(&rule.meta, mode.span), message);
    finding.with_codes(codes).with_effect("whoever answers in the server's place is believed");
    if skips {
        finding.with_help("remove `insecureSkipVerify`");
    } else {
        finding.with_help("set `caCertificates` to the file of the CA, or `system` for those of the operating system");
    }
    if runs.is_some() && !skips {
        finding.at_level(Severity::Warning);
    }
}
