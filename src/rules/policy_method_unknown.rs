//! `policy-method-unknown`: an AuthorizationPolicy names an HTTP method that no request has.

use super::request_policies::{authorization, stands_for};
use super::words::nearest;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/policy-method-unknown.md"), check);

/// The methods of RFC 9110 and RFC 5789.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for policy in authorization(cluster) {
        for operation in policy.operations() {
            for (key, codes) in [("methods", &["KIA0102"][..]), ("notMethods", &[])] {
                for value in read::strings(operation, key) {
                    let text = value.value;
                    if unknown(text) || METHODS.iter().any(|m| stands_for(text, m)) {
                        continue;
                    }
                    let upper = text.to_ascii_uppercase();
                    let title = policy.meta.title();
                    let (message, help, level) = if METHODS.contains(&upper.as_str()) {
                        let message = format!(
                            "{title} names the method `{text}`: methods are compared letter by letter, and requests say `{upper}`"
                        );
                        (message, format!("write `{upper}`"), Severity::Warning)
                    } else if text.contains(['/', '.']) {
                        let message = format!(
                            "{title} names the gRPC method `{text}` under `{key}`, and the HTTP method of every gRPC request is POST"
                        );
                        let path = format!("/{}", text.trim_start_matches('/'));
                        (message, format!("write it under `paths`, as `{path}`"), Severity::Warning)
                    } else if let Some(near) = nearest(&upper, METHODS.iter().copied()) {
                        let message = format!("{title} names the method `{text}`, which no request has");
                        (message, format!("did you mean `{near}`?"), Severity::Warning)
                    } else {
                        let message = format!("{title} names the method `{text}`, which is none of HTTP's own");
                        (message, format!("HTTP's own are {}", METHODS.join(", ")), Severity::Note)
                    };
                    let finding = out.report(cluster.site(policy.meta, value.span), message);
                    finding.with_help(help).with_codes(codes).at_level(level);
                }
            }
        }
    }
}
