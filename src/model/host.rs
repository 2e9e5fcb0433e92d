//! Host names as the mesh understands them.

use std::fmt;

/// A host, completed as Istio completes it. Cheap to copy, compare and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host<'s> {
    /// `<name>.<namespace>.svc.<cluster domain>`
    Service {
        /// The Service's name.
        name: &'s str,
        /// Its namespace.
        namespace: &'s str,
    },
    /// Any other name, or a wildcard.
    Name(&'s str),
}

impl<'s> Host<'s> {
    /// The host that `text` means in a resource of `namespace`.
    ///
    /// Only a name without a dot is short and is completed with the namespace of the resource that holds it; a name
    /// with a dot is literal (Istio's `ResolveShortnameToFQDN`; evidence K).
    pub fn parse(text: &'s str, namespace: &'s str, domain: &str) -> Self {
        if !text.contains('.') {
            return if text.starts_with('*') || text.is_empty() {
                Host::Name(text)
            } else {
                Host::Service { name: text, namespace }
            };
        }
        if text.starts_with('*') {
            return Host::Name(text);
        }
        let Some(rest) = text.strip_suffix(domain).and_then(|r| r.strip_suffix(".svc.")) else {
            return Host::Name(text);
        };
        match rest.split_once('.') {
            Some((name, namespace)) if !namespace.contains('.') && !name.is_empty() && !namespace.is_empty() => {
                Host::Service { name, namespace }
            }
            _ => Host::Name(text),
        }
    }

    /// Whether this is `*` or `*.something`.
    pub fn is_wildcard(&self) -> bool {
        matches!(self, Host::Name(n) if n.starts_with('*'))
    }

    /// The namespace of a Service's host.
    pub fn namespace(&self) -> Option<&'s str> {
        match self {
            Host::Service { namespace, .. } => Some(namespace),
            Host::Name(_) => None,
        }
    }

    /// The full name, with that cluster domain.
    pub fn full(&self, domain: &str) -> String {
        match self {
            Host::Service { name, namespace } => format!("{name}.{namespace}.svc.{domain}"),
            Host::Name(name) => (*name).to_string(),
        }
    }

    /// Whether this host, a wildcard or not, covers `other`: `*.global` covers `a.b.global`, `*` covers all.
    pub fn covers(&self, other: &Host<'_>, domain: &str) -> bool {
        match (self, other) {
            (Host::Name(pattern), _) if pattern.starts_with('*') => {
                let suffix = &pattern[1..];
                if suffix.is_empty() {
                    return true;
                }
                let full = match other {
                    Host::Name(n) => std::borrow::Cow::Borrowed(*n),
                    Host::Service { .. } => std::borrow::Cow::Owned(other.full(domain)),
                };
                let full = full.strip_prefix('*').unwrap_or(&full);
                full.len() >= suffix.len() && full.ends_with(suffix)
            }
            _ => self == other,
        }
    }
}

/// Short for humans: `reviews.default` for a Service, else the name.
impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Service { name, namespace } => write!(f, "{name}.{namespace}"),
            Host::Name(name) => f.write_str(name),
        }
    }
}

/// The parts of a `.global` host: `<service>.<namespace>[.<cluster>].<suffix>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobalHost<'s> {
    /// The Service's name in its home cluster.
    pub service: &'s str,
    /// Its namespace there.
    pub namespace: &'s str,
    /// The one cluster that is meant, where the host names it.
    pub cluster: Option<&'s str>,
}

/// What a text is with regard to the `.global` suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global<'s> {
    /// It does not end in the suffix, or is a wildcard.
    No,
    /// It does, and is well formed.
    Host(GlobalHost<'s>),
    /// It does, and is not well formed.
    Malformed,
}

/// Reads a host against the `.global` suffix (`suffix` without its dot; domain.md, section 5).
pub fn global<'s>(text: &'s str, suffix: &str) -> Global<'s> {
    let Some(rest) = text.strip_suffix(suffix).and_then(|r| r.strip_suffix('.')) else { return Global::No };
    if rest.starts_with('*') || super::read::unknown(text) {
        return Global::No;
    }
    let parts: Vec<&str> = rest.split('.').collect();
    if parts.iter().any(|p| p.is_empty()) {
        return Global::Malformed;
    }
    match parts[..] {
        [service, namespace] => Global::Host(GlobalHost { service, namespace, cluster: None }),
        [service, namespace, cluster] => Global::Host(GlobalHost { service, namespace, cluster: Some(cluster) }),
        _ => Global::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_without_a_dot_is_short() {
        let service = Host::Service { name: "reviews", namespace: "default" };
        assert_eq!(Host::parse("reviews", "default", "cluster.local"), service);
        assert_eq!(Host::parse("reviews.default.svc.cluster.local", "x", "cluster.local"), service);
        assert_eq!(Host::parse("reviews.default", "x", "cluster.local"), Host::Name("reviews.default"));
        assert_eq!(Host::parse("reviews.default.svc", "x", "cluster.local"), Host::Name("reviews.default.svc"));
    }

    #[test]
    fn wildcards_cover_labels_to_the_left() {
        let star = |p| Host::Name(p);
        let service = Host::Service { name: "a", namespace: "b" };
        assert!(star("*.local").covers(&service, "cluster.local"));
        assert!(star("*.b.svc.cluster.local").covers(&service, "cluster.local"));
        assert!(!star("*.svc").covers(&service, "cluster.local"));
        assert!(star("*").covers(&Host::Name("x.global"), "cluster.local"));
        assert!(!star("*.global").covers(&Host::Name("global"), "cluster.local"));
    }

    #[test]
    fn global_hosts_have_two_or_three_labels() {
        assert!(matches!(global("a.b.global", "global"), Global::Host(GlobalHost { cluster: None, .. })));
        assert!(matches!(global("a.b.c.global", "global"), Global::Host(GlobalHost { cluster: Some("c"), .. })));
        assert_eq!(global("a.global", "global"), Global::Malformed);
        assert_eq!(global("*.global", "global"), Global::No);
        assert_eq!(global("global", "global"), Global::No);
    }
}
