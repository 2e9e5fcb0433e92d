//! Values that the schema cannot judge: ranges, versions, names, patterns.

use ignore::gitignore::GitignoreBuilder;
use ipnetwork::IpNetwork;

use super::date::Date;
use super::read::{Wrongs, did_you_mean, nearest};
use crate::yaml::Node;

/// Notes what is wrong with the values; `rules` are the names that rules, groups and codes have.
pub(super) fn check(root: Node<'_>, rules: &[&str], wrongs: &mut Wrongs) {
    for (name, cluster) in entries(root, "clusters") {
        let Some(name) = name.text() else { continue };
        let path = format!("clusters.{name}");
        for key in ["podRanges", "serviceRanges", "nodeRanges"] {
            items(cluster, key).for_each(|n| report(n, &format!("{path}.{key}"), range, wrongs));
        }
        items(cluster, "gateways").for_each(|n| report(n, &format!("{path}.gateways"), address, wrongs));
        for key in ["clusterDomain", "trustDomain"] {
            scalar(cluster, key).for_each(|n| report(n, &format!("{path}.{key}"), domain, wrongs));
        }
        for key in ["istioVersion", "kubernetesVersion"] {
            scalar(cluster, key).for_each(|n| report(n, &format!("{path}.{key}"), version, wrongs));
        }
    }
    for key in ["istioVersion", "kubernetesVersion"] {
        scalar(root, key).for_each(|n| report(n, key, version, wrongs));
    }
    for key in ["globalSuffix", "clusterDomain"] {
        scalar(root, key).for_each(|n| report(n, key, domain, wrongs));
    }
    items(root, "exclude").for_each(|n| report(n, "exclude", ignore_pattern, wrongs));
    for (key, _) in entries(root, "rules") {
        rule(key, "rules", rules, wrongs);
    }
    for (i, entry) in items(root, "suppressions").enumerate() {
        let path = format!("suppressions[{i}]");
        let one = scalar(entry, "rule").filter(|n| n.text().is_some());
        one.chain(items(entry, "rule")).for_each(|n| rule(n, &path, rules, wrongs));
        for key in ["cluster", "kind", "namespace", "name"] {
            scalar(entry, key).for_each(|n| report(n, &format!("{path}.{key}"), glob, wrongs));
        }
        scalar(entry, "reason").for_each(|n| report(n, &format!("{path}.reason"), reason, wrongs));
        scalar(entry, "expires").for_each(|n| report(n, &format!("{path}.expires"), date, wrongs));
        if let Some(list) = entry.get("rule").filter(|n| n.is_sequence() && n.items().all(|i| i.is_null())) {
            wrongs.at(list.span(), format!("{path}.rule is empty"), None);
        }
    }
}

/// Notes a name that no rule, group or code has.
fn rule(node: Node<'_>, path: &str, rules: &[&str], wrongs: &mut Wrongs) {
    let Some(name) = node.text() else { return };
    // Codes are known in any case, names as they are written.
    let is_code = |r: &str| r.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let is_it = |r: &str| r == name || (is_code(r) && r.eq_ignore_ascii_case(name));
    if !rules.is_empty() && !rules.iter().any(|r| is_it(r)) {
        let help = nearest(name, rules.iter().copied()).map(did_you_mean);
        wrongs.at(node.span(), format!("unknown rule `{name}` under {path}"), help);
    }
}

/// What is wrong with a text, and what to do.
pub(super) type Judged = Result<(), (String, Option<String>)>;

fn report(node: Node<'_>, path: &str, judge: fn(&str) -> Judged, wrongs: &mut Wrongs) {
    let Some(text) = node.text().filter(|_| !node.is_null()) else { return };
    if let Err((why, help)) = judge(text) {
        wrongs.at(node.span(), format!("{path}: `{text}` {why}"), help);
    }
}

fn range(text: &str) -> Judged {
    let Ok(range) = text.parse::<IpNetwork>() else {
        return Err(("is not a range of addresses".into(), Some("write it as `10.4.0.0/14`".into())));
    };
    let Some((_, prefix)) = text.split_once('/') else {
        let whole = if range.is_ipv4() { 32 } else { 128 };
        return Err(("is one address, and no range".into(), Some(format!("write `{text}/{whole}` if it is meant"))));
    };
    let plain = format!("{}/{}", range.network(), range.prefix());
    if !prefix.bytes().all(|b| b.is_ascii_digit()) {
        return Err(("has a netmask in the place of a length".into(), Some(format!("write `{plain}`"))));
    }
    if range.ip() != range.network() {
        return Err(("does not begin where its range does".into(), Some(did_you_mean(&plain))));
    }
    Ok(())
}

fn address(text: &str) -> Judged {
    if text.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    if text.contains("://") || text.contains('/') {
        return Err(("is not an address".into(), Some("write the IP or the name alone".into())));
    }
    if let Some((host, _)) = text.rsplit_once(':') {
        let host = host.trim_matches(['[', ']']);
        return Err(("has a port".into(), Some(format!("write `{host}`; the port is `sniPort`"))));
    }
    domain(text)
}

fn domain(text: &str) -> Judged {
    let plain = text.trim_matches('.');
    if plain != text && !plain.is_empty() {
        return Err(("has a dot at its end or beginning".into(), Some(format!("write `{plain}`"))));
    }
    let is_label = |l: &str| {
        !l.is_empty() && l.len() <= 63 && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if text.split('.').all(is_label) { Ok(()) } else { Err(("is not a DNS name".into(), None)) }
}

/// A version at least to its minor part: `1.24`, `v1.24.2`.
pub(super) fn version(text: &str) -> Judged {
    let parts: Vec<&str> = text.trim_start_matches('v').split(['.', '-', '+']).collect();
    let number = |i: usize| parts.get(i).is_some_and(|p| p.parse::<u32>().is_ok());
    if number(0) && number(1) {
        Ok(())
    } else {
        Err(("is not a version".into(), Some("write it as `1.24` or `1.24.2`".into())))
    }
}

fn glob(text: &str) -> Judged {
    match globset::Glob::new(text) {
        Ok(_) => Ok(()),
        Err(error) => Err((format!("is not a pattern: {}", error.kind()), None)),
    }
}

fn reason(text: &str) -> Judged {
    if text.contains(char::is_alphanumeric) {
        return Ok(());
    }
    Err(("is not a reason".into(), Some("say why it is right as it is".into())))
}

fn date(text: &str) -> Judged {
    match text.parse::<Date>() {
        Ok(_) => Ok(()),
        Err(()) => Err(("is not a date".into(), Some("write it as `2026-12-31`".into()))),
    }
}

fn ignore_pattern(text: &str) -> Judged {
    match GitignoreBuilder::new("").add_line(None, text) {
        Ok(_) => Ok(()),
        Err(error) => Err((format!("is not a pattern: {error}"), None)),
    }
}

fn entries<'s>(node: Node<'s>, key: &str) -> Vec<(Node<'s>, Node<'s>)> {
    node.get(key).map(|n| n.entries()).unwrap_or_default()
}

fn items<'s>(node: Node<'s>, key: &str) -> impl Iterator<Item = Node<'s>> + use<'s> {
    node.get(key).into_iter().flat_map(|n| n.items())
}

fn scalar<'s>(node: Node<'s>, key: &str) -> impl Iterator<Item = Node<'s>> + use<'s> {
    node.get(key).into_iter()
}
