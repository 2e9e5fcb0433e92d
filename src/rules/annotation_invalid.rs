//! `annotation-invalid`: an annotation of Istio's with a value that injection refuses.

use std::net::IpAddr;

use super::istio_annotations::{self, Placed};
use super::{Findings, Rule};
use crate::annotations::{Form, annotation};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;
use crate::schema::is_stand_in;
use crate::yaml;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/annotation-invalid.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for placed in istio_annotations::all(cluster) {
        let Some(known) = annotation(placed.key.value).filter(|a| a.kinds.contains(&placed.on.kind)) else { continue };
        let Some(form) = known.form.filter(|_| !is_open(placed.value.value)) else { continue };
        let Some((wrong, wanted)) = fault(form, placed.value.value) else { continue };
        let holder = placed.on.holder();
        let message = format!("`{}` of {holder} is `{wrong}`, which is {wanted}", known.name);
        let finding = out.report(cluster.site(placed.on.meta, placed.value.span), message);
        if let Some(help) = help(form, wrong) {
            finding.with_help(help);
        }
        match injects(cluster, &placed) {
            Some(true) => finding.with_label("injection refuses these Pods"),
            // Nothing reads it there.
            Some(false) => finding.at_level(Severity::Note),
            None => {
                finding.at_level(Severity::Warning).with_label("where they get a sidecar, injection refuses these Pods")
            }
        };
    }
}

/// Whether a value is still to be put there: a placeholder, or a word such as `DATABASE_PORT`.
fn is_open(value: &str) -> bool {
    unknown(value) || is_stand_in(value)
}

fn injects(cluster: &Cluster<'_>, placed: &Placed<'_, '_>) -> Option<bool> {
    placed.on.workload.and_then(|w| cluster.injects(w))
}

/// The part of a value that is not of its form, and what that form is not.
fn fault(form: Form, value: &str) -> Option<(&str, &'static str)> {
    let each = |wrong: fn(&str) -> bool, what| {
        let found = value.split(',').find(|part| wrong(part))?;
        Some((found, what))
    };
    let all = |wrong: bool, what| wrong.then_some((value, what));
    match form {
        Form::Interception => all(!matches!(value, "REDIRECT" | "TPROXY" | "NONE"), "not REDIRECT, TPROXY or NONE"),
        Form::Port => all(!is_port(value), "no port number"),
        Form::Count => all(value.parse::<u32>().is_err() || value.starts_with('+'), "no whole number from 0"),
        Form::Ranges { all: true } | Form::Ports { all: true } if value == "*" => None,
        Form::Ranges { .. } | Form::Ports { .. } if value.trim().is_empty() => None,
        Form::Ranges { .. } => each(|r| !is_range(r), "no CIDR such as `10.0.0.0/8`"),
        Form::Ports { .. } => each(|p| !is_port(p), "no port number"),
        Form::Interfaces => {
            let wrong = |name: &str| {
                let name = name.trim();
                name.len() > 15 || name.contains(|c: char| c.is_whitespace() || c == '/')
            };
            each(wrong, "no name of a network interface").filter(|_| !value.is_empty())
        }
        Form::Boolean => all(
            !matches!(
                value,
                "1" | "t" | "T" | "true" | "TRUE" | "True" | "0" | "f" | "F" | "false" | "FALSE" | "False"
            ),
            "not `true` or `false`",
        ),
        Form::Mapping => all(!is_mapping(value), "no YAML mapping"),
        Form::Quantity => all(!is_quantity(value), "no quantity such as `100m` or `128Mi`"),
    }
}

/// What to write instead.
fn help(form: Form, wrong: &str) -> Option<&'static str> {
    match form {
        Form::Ranges { .. } if wrong.trim() != wrong => {
            Some("remove the spaces: a list of CIDRs has commas alone between them")
        }
        Form::Ranges { .. } => Some("write CIDRs with commas between them; a single address is one with `/32`"),
        Form::Ports { .. } => Some("write numbers with commas between them: names of ports are not looked up"),
        Form::Port => Some("write the number: names of ports are not looked up"),
        Form::Quantity => Some("Kubernetes has the suffixes m, k, M, G and Ki, Mi, Gi, without a B"),
        Form::Boolean | Form::Interception | Form::Count | Form::Interfaces | Form::Mapping => None,
    }
}

fn is_port(text: &str) -> bool {
    let text = text.trim();
    !text.starts_with('+') && text.parse::<u16>().is_ok()
}

/// Go's netip.ParsePrefix: an address and the length of its network, nothing around them.
fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let digits =
        !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
    let limit = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    digits && bits.parse::<u16>().is_ok_and(|b| b <= limit)
}

fn is_mapping(text: &str) -> bool {
    if text.trim().is_empty() {
        return true;
    }
    let stream = yaml::parse(text);
    let has_other = || stream.documents.iter().any(|d| d.tree.root().is_some_and(|r| !r.is_mapping() && !r.is_null()));
    stream.errors.is_empty() && !has_other()
}

/// Kubernetes' resource.ParseQuantity: a number, then a suffix or an exponent.
fn is_quantity(text: &str) -> bool {
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (digits, suffix) = number.split_at(end);
    let is_number = digits.bytes().any(|b| b.is_ascii_digit()) && digits.matches('.').count() <= 1;
    let exponent = suffix.strip_prefix(['e', 'E']).map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    let is_exponent = exponent.is_some_and(|e| !e.is_empty() && e.bytes().all(|b| b.is_ascii_digit()));
    const SUFFIXES: &[&str] = &["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    is_number && (is_exponent || SUFFIXES.contains(&suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_injection_takes() {
        for (form, value) in [
            (Form::Ranges { all: true }, "*"),
            (Form::Ranges { all: false }, "10.0.0.0/8,fd00::/8"),
            (Form::Ports { all: false }, "80, 443"),
            (Form::Ports { all: false }, ""),
            (Form::Quantity, "100m"),
            (Form::Quantity, ".5Gi"),
            (Form::Quantity, "1e3"),
            (Form::Mapping, "{}"),
            (Form::Mapping, "concurrency: 2\n"),
            (Form::Boolean, "False"),
            (Form::Count, "10"),
        ] {
            assert_eq!(fault(form, value), None, "{value}");
        }
    }

    #[test]
    fn values_that_it_refuses() {
        for (form, value, wrong) in [
            (Form::Ranges { all: false }, "*", "*"),
            (Form::Ranges { all: true }, "10.0.0.0/8, 10.1.0.0/16", " 10.1.0.0/16"),
            (Form::Ranges { all: true }, "10.0.0.1", "10.0.0.1"),
            (Form::Ports { all: true }, "80,http", "http"),
            (Form::Port, "70000", "70000"),
            (Form::Quantity, "128MB", "128MB"),
            (Form::Mapping, "[a]", "[a]"),
            (Form::Boolean, "yes", "yes"),
            (Form::Count, "-1", "-1"),
            (Form::Interception, "redirect", "redirect"),
        ] {
            assert_eq!(fault(form, value).map(|f| f.0), Some(wrong), "{value}");
        }
    }
}
