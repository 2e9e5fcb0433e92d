//! Istio's annotations and labels, what they go on and what their values are: the table `annotations.txt`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// The table's lines.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("annotations.txt")));

/// One annotation.
#[derive(Debug)]
pub struct Annotation {
    /// `sidecar.istio.io/proxyCPU`
    pub name: &'static str,
    /// Whether Istio may still change it or take it away.
    pub is_alpha: bool,
    /// Whether something else took its place.
    pub is_deprecated: bool,
    /// The kinds that it goes on; [`ANY`] among them where it goes on all.
    pub kinds: Vec<&'static str>,
    /// How its value is written; `None` where nothing checks it.
    pub form: Option<Form>,
    /// What took its place, in words; empty where nothing is said.
    pub instead: &'static str,
}

/// Stands for every kind.
pub const ANY: &str = "Any";

/// How a value is written. Injection refuses the Pods whose annotations break it (pkg/kube/inject/validate.go).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// REDIRECT, TPROXY or NONE.
    Interception,
    /// A port's number.
    Port,
    /// A whole number from 0.
    Count,
    /// CIDRs with commas between them; `*` too where `all` is set.
    Ranges {
        /// Whether `*` stands for all.
        all: bool,
    },
    /// Port numbers with commas between them; `*` too where `all` is set.
    Ports {
        /// Whether `*` stands for all.
        all: bool,
    },
    /// Names of network interfaces with commas between them.
    Interfaces,
    /// What Go reads as a boolean.
    Boolean,
    /// A YAML mapping.
    Mapping,
    /// Kubernetes' quantity, such as `100m` or `128Mi`.
    Quantity,
}

impl Form {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "interception" => Self::Interception,
            "port" => Self::Port,
            "count" => Self::Count,
            "ranges" => Self::Ranges { all: false },
            "ranges-or-all" => Self::Ranges { all: true },
            "ports" => Self::Ports { all: false },
            "ports-or-all" => Self::Ports { all: true },
            "interfaces" => Self::Interfaces,
            "boolean" => Self::Boolean,
            "mapping" => Self::Mapping,
            "quantity" => Self::Quantity,
            _ => return None,
        })
    }
}

#[derive(Default)]
struct Table {
    annotations: FxHashMap<&'static str, Annotation>,
    labels: FxHashMap<&'static str, Vec<&'static str>>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            match columns[..] {
                [name, "label", kinds] => {
                    table.labels.insert(name, kinds.split_whitespace().collect());
                }
                [name, status, kinds, form, instead] => {
                    let said = |word| status.split_whitespace().any(|s| s == word);
                    let annotation = Annotation {
                        name,
                        is_alpha: said("alpha"),
                        is_deprecated: said("deprecated"),
                        kinds: kinds.split_whitespace().collect(),
                        form: Form::of(form),
                        instead,
                    };
                    table.annotations.insert(name, annotation);
                }
                _ => {}
            }
        }
        table
    }
}

/// The annotation of that name.
pub fn annotation(name: &str) -> Option<&'static Annotation> {
    TABLE.annotations.get(name)
}

/// The names of all annotations.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.annotations.keys().copied()
}

/// The names of all labels.
pub fn labels() -> impl Iterator<Item = &'static str> {
    TABLE.labels.keys().copied()
}

/// Whether Istio has a label of that name.
pub fn is_label(name: &str) -> bool {
    TABLE.labels.contains_key(name)
}

/// Whether a key is in a domain that Istio alone gives names in, or the one key of Kubernetes that Istio documents.
pub fn is_istios(key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |(d, _)| d);
    domain == "istio.io" || domain.ends_with(".istio.io") || key == "kubernetes.io/ingress.class"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        let lines = include_str!("annotations.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        for line in lines {
            let columns: Vec<_> = line.split('|').map(str::trim).collect();
            if columns[1] == "label" {
                assert!(is_label(columns[0]), "{line}");
                continue;
            }
            let annotation = annotation(columns[0]).expect(line);
            assert!(is_istios(annotation.name) && !annotation.kinds.is_empty(), "{line}");
            assert_eq!(annotation.form.is_some(), !columns[3].is_empty(), "{line}");
            assert!(annotation.instead.is_empty() || annotation.is_deprecated, "{line}");
        }
    }

    #[test]
    fn domains() {
        assert!(is_istios("sidecar.istio.io/inject") && is_istios("istio.io/rev"));
        assert!(!is_istios("foo.notistio.io/x") && !is_istios("notistio.io/x") && !is_istios("istio.io"));
    }
}
