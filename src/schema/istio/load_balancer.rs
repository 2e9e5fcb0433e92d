//! Load balancing: hashes, localities, warm-up.

use crate::model::read::unknown;
use crate::schema::Problems;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::schema::seen::Seen;
use crate::yaml::Node;

pub(super) fn check(settings: Map<'_>, out: &mut Problems) {
    if let Some(hash) = settings.map("consistentHash") {
        consistent_hash(hash, out);
    }
    if let Some(node) = settings.get("zoneAwareLbSetting").filter(|_| settings.has("localityLbSetting")) {
        out.at(node, "stands beside `localityLbSetting`, and only one of them can be used");
    }
    if let Some(locality) = settings.map("localityLbSetting") {
        self::locality(locality, out);
    }
    if let Some(zone) = settings.map("zoneAwareLbSetting") {
        for (node, label) in zone.texts("failoverPriority").filter(|(_, l)| is_topology(l)) {
            out.at(node, format!("is `{label}`, which zone-aware balancing goes by already"));
        }
        failover(zone, out);
    }
    let Some(warmup) = settings.map("warmup") else { return };
    if !warmup.has("duration") {
        out.at(warmup.node, "has no `duration`");
    }
    if let Some((node, n)) = warmup.number("minimumPercent").filter(|(_, n)| *n > 100.0) {
        out.at(node, format!("is {n}, but a percentage is 100 at most"));
    }
    if let Some((node, n)) = warmup.number("aggression").filter(|(_, n)| *n <= 0.0) {
        out.at(node, format!("is {n}, but has to be more than 0"));
    }
}

fn consistent_hash(hash: Map<'_>, out: &mut Problems) {
    if let Some(cookie) = hash.map("httpCookie") {
        if !cookie.is_set("name") {
            out.at(cookie.node, "has no `name`");
        }
        let mut names = Seen::new();
        for (node, name) in cookie.maps("attributes").filter_map(|a| a.text("name")) {
            if name.is_empty() {
                out.at(node, "is empty, and an attribute of a cookie has a name");
            } else if !names.insert(name) {
                out.at(node, format!("is {}, which another attribute of the cookie is called as well", quoted(name)));
            }
        }
    }
    let ring = hash.number("minimumRingSize").filter(|(_, n)| *n != 0.0);
    if let Some((node, _)) = ring.filter(|_| hash.has("maglev") || hash.has("ringHash")) {
        out.at(node, "stands beside `ringHash` or `maglev`, and only one of them can say how hosts are hashed");
    }
    let Some(maglev) = hash.map("maglev") else { return };
    match maglev.number("tableSize") {
        None if maglev.has("tableSize") => {}
        None => out.say(maglev.node, "has no `tableSize`"),
        Some((node, n)) if !(1.0..5_000_011.0).contains(&n) => {
            out.at(node, format!("is {n}, but has to be a prime number less than 5000011"));
        }
        Some((node, n)) if !is_prime(n as u64) => {
            out.at(node, format!("is {n}, but has to be a prime number, such as 65537"));
        }
        Some(_) => {}
    }
}

/// As Envoy tells: it takes 1 for one.
fn is_prime(n: u64) -> bool {
    match n {
        0 => false,
        1..4 => true,
        _ => !n.is_multiple_of(2) && (3..).step_by(2).take_while(|f| f * f <= n).all(|f| !n.is_multiple_of(f)),
    }
}

fn is_topology(label: &str) -> bool {
    matches!(label, "topology.kubernetes.io/region" | "topology.kubernetes.io/zone" | "topology.istio.io/subzone")
}

fn locality(settings: Map<'_>, out: &mut Problems) {
    if settings.is_set("distribute") && settings.is_set("failover") {
        if let Some(node) = settings.get("failover") {
            out.at(node, "stands beside `distribute`, and only one of them can be used");
        }
        return;
    }
    if settings.is_set("failover")
        && let Some((node, label)) = settings.texts("failoverPriority").find(|(_, l)| is_topology(l))
    {
        out.at(node, format!("is `{label}`, which `failover` is about already"));
    }
    let from: Vec<_> = settings.maps("distribute").filter_map(|d| d.text("from")).collect();
    localities(&from, out);
    for distribute in settings.maps("distribute") {
        shares(distribute, out);
    }
    failover(settings, out);
}

/// Where the traffic of a locality goes, in percent.
fn shares(distribute: Map<'_>, out: &mut Problems) {
    let mut total = 0.0;
    let mut to = Vec::new();
    for (key, value) in distribute.entries("to") {
        let Some(n) = value.text().and_then(|t| t.parse::<f64>().ok()) else { return };
        if !(1.0..=100.0).contains(&n) {
            out.at(value, format!("is {n}, but the share of a locality is from 1 to 100"));
            return;
        }
        total += n;
        if let Some(text) = key.text().filter(|t| !unknown(t)) {
            to.push((key, text));
        }
    }
    if let Some(node) = distribute.get("to").filter(|_| total != 100.0) {
        out.at(node, format!("shares out {total} %, but has to make 100"));
    } else if !distribute.has("to") {
        out.at(distribute.node, "has no `to`: where its traffic goes");
    }
    localities(&to, out);
}

/// `region/zone/subzone`, of which the later parts can be left out or be `*`, and none is within another.
fn localities(all: &[(Node<'_>, &str)], out: &mut Problems) {
    for (i, (node, text)) in all.iter().enumerate() {
        let wildcards = text.matches('*').count();
        if wildcards > 1 || (wildcards == 1 && !text.ends_with('*')) {
            out.at(*node, format!("is {}, but `*` can only be once, and at the end", quoted(text)));
        } else if text.splitn(3, '/').any(str::is_empty) {
            out.at(*node, format!("is {}, but no part of a locality is empty", quoted(text)));
        } else if let Some((_, before)) = all[..i].iter().find(|(_, before)| overlap(before, text)) {
            out.at(*node, format!("is {}, which overlaps {}", quoted(text), quoted(before)));
        }
    }
}

fn overlap(a: &str, b: &str) -> bool {
    for (x, y) in a.splitn(3, '/').zip(b.splitn(3, '/')) {
        if x == "*" || y == "*" {
            return true;
        }
        if x != y {
            return false;
        }
    }
    true
}

fn failover(settings: Map<'_>, out: &mut Problems) {
    for each in settings.maps("failover") {
        let (Some(from), Some(to)) = (each.word("from", ""), each.word("to", "")) else { continue };
        if from == to {
            out.at(each.node, "fails over from a region to itself");
        } else if let Some((node, text)) =
            [each.text("from"), each.text("to")].into_iter().flatten().find(|(_, t)| t.contains(['/', '*']))
        {
            out.at(
                node,
                format!("is {}, but failover is from one region to another: a name without `/` and `*`", quoted(text)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes() {
        assert!([1, 2, 3, 5, 65537, 4_999_999].into_iter().all(is_prime));
        assert!([0, 4, 9, 15, 65536].into_iter().all(|n| !is_prime(n)));
    }

    #[test]
    fn localities_overlap() {
        assert!(overlap("a", "a/b") && overlap("*", "a") && overlap("a/*", "a/b/c") && overlap("a/b", "a/b"));
        assert!(!overlap("a", "b") && !overlap("a/b", "a/c"));
    }
}
