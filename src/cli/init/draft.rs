//! The text of a `meshlint.yaml`: what was found, and room for what was not.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::clusters::gateways;
use crate::config::Settings;
use crate::mesh::{Cluster, Fleet};
use crate::report::Report;
use crate::rules::placeholder_unresolved;
use crate::rules::words::count;
use crate::workspace::Workspace;

/// The most names that a list in a comment has.
const LISTED: usize = 12;

/// The longest list of clusters that is shown.
const MAX_NAMES: usize = 100;

/// How clusters stand in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clusters {
    /// Each with its paths.
    ByPath,
    /// Each by its name: its paths are found.
    ByName,
    /// Nothing is said of them.
    InComments,
}

/// What there is to be written.
pub(super) struct Draft<'w> {
    pub(super) workspace: &'w Workspace,
    clusters: Vec<Entry>,
    /// Variables that have a value.
    given: &'w BTreeMap<String, String>,
    /// Placeholders that need one.
    missing: BTreeSet<String>,
    /// Rules that find something, with how much.
    rules: BTreeMap<&'static str, usize>,
}

struct Entry {
    name: String,
    paths: Vec<String>,
    /// Lines on what was found, or was not.
    facts: Vec<String>,
}

impl<'w> Draft<'w> {
    pub(super) fn of(workspace: &'w Workspace, settings: &'w Settings, report: &Report) -> Self {
        let mut draft = Self {
            workspace,
            clusters: Vec::new(),
            given: &settings.variables,
            missing: BTreeSet::new(),
            rules: BTreeMap::new(),
        };
        for members in workspace.fleets() {
            let fleet = Fleet::of(workspace, &members, settings);
            for cluster in &fleet.clusters {
                let names = placeholder_unresolved::names(&fleet, cluster);
                draft.missing.extend(names.into_iter().map(String::from));
                // Clusters of several fleets may share a name, and then what is said of them.
                if draft.clusters.iter().all(|c| c.name != cluster.name) {
                    draft.clusters.push(entry(&fleet, cluster, settings));
                }
            }
        }
        for finding in &report.findings {
            *draft.rules.entry(finding.rule).or_default() += 1;
        }
        draft
    }

    /// `2 clusters (east, west), 1 variable to fill in`
    pub(super) fn summary(&self) -> String {
        let names: Vec<&str> = self.clusters.iter().map(|c| c.name.as_str()).collect();
        let joined = names.join(", ");
        let shown = if joined.len() > MAX_NAMES { String::new() } else { format!(" ({joined})") };
        let variables = match self.missing.len() {
            0 => String::new(),
            n => format!(", {} to fill in", count(n, "variable")),
        };
        format!("{}{shown}{variables}", count(names.len(), "cluster"))
    }

    pub(super) fn text(&self, clusters: Clusters) -> String {
        let mut out = String::from(
            "# What meshlint cannot know from the manifests. All of it is optional: `meshlint schema` prints what may stand\n\
             # here. Lines with a `#` are what was found by itself, or examples.\n\n",
        );
        self.clusters(clusters, &mut out);
        self.variables(&mut out);
        self.rules(&mut out);
        self.exclude(&mut out);
        out.push_str(
            "\n# The least level of a finding that makes a run fail: error, warning or note.\n# failOn: error\n\n\
             # Findings that are known, as `meshlint baseline` writes them; read by itself where it is beside this file.\n\
             # baseline: meshlint-baseline.json\n",
        );
        out
    }

    fn clusters(&self, how: Clusters, out: &mut String) {
        let off = if how == Clusters::InComments { "# " } else { "" };
        out.push_str(&format!("{off}clusters:\n"));
        for cluster in &self.clusters {
            out.push_str(&format!("{off}  {}:\n", scalar(&cluster.name)));
            let paths: Vec<String> = cluster.paths.iter().map(|p| scalar(p)).collect();
            let found = if how == Clusters::ByPath { "" } else { "# " };
            out.push_str(&format!("{off}    {found}paths: [{}]\n", paths.join(", ")));
            cluster.facts.iter().for_each(|fact| out.push_str(&format!("{off}    # {fact}\n")));
        }
    }

    fn variables(&self, out: &mut String) {
        out.push_str("\n# Values of placeholders in the manifests: `NAME: value` for `${NAME}`.\n");
        out.push_str(if self.given.is_empty() { "# variables:\n" } else { "variables:\n" });
        for (name, value) in self.given {
            out.push_str(&format!("  {}: {}\n", scalar(name), quoted(value)));
        }
        for name in &self.missing {
            out.push_str(&format!("#   {}: \"\"   # needed, and not known\n", scalar(name)));
        }
        if self.given.is_empty() && self.missing.is_empty() {
            out.push_str("#   WEST_GATEWAY: 203.0.113.20\n");
        }
    }

    fn rules(&self, out: &mut String) {
        out.push_str(
            "\n# Rules, groups (`routing`) and codes (`IST0101`) by level: off, on, note, warning or error.\n# rules:\n",
        );
        for (rule, n) in &self.rules {
            out.push_str(&format!("#   {rule}: on   # {} now\n", count(*n, "finding")));
        }
        if self.rules.is_empty() {
            out.push_str("#   virtual-address-public: off\n");
        }
    }

    fn exclude(&self, out: &mut String) {
        let left_out = &self.workspace.left_out;
        out.push_str("\n# What is not read: patterns as in a .gitignore.\n");
        if left_out.is_empty() {
            out.push_str("# exclude: [\"**/experiments/**\"]\n");
            return;
        }
        out.push_str("# No cluster applies these, so nothing of them is checked:\n# exclude:\n");
        for path in left_out.iter().take(LISTED) {
            out.push_str(&format!("#   - {}\n", quoted(&format!("/{}", path.path.trim_start_matches("./")))));
        }
        if left_out.len() > LISTED {
            out.push_str(&format!("#   # and {} more: `meshlint clusters -v`\n", left_out.len() - LISTED));
        }
    }
}

fn entry(fleet: &Fleet<'_>, cluster: &Cluster<'_>, settings: &Settings) -> Entry {
    let given = settings.cluster(cluster.name).filter(|c| !c.paths.is_empty());
    let paths = match given {
        Some(given) => given.paths.iter().map(|p| p.display().to_string()).collect(),
        None => vec![cluster.input.root.clone()],
    };
    let mut facts = Vec::new();
    match cluster.mesh.network() {
        Some(network) => facts.push(format!("network: {}   # found", scalar(network.value))),
        None => facts
            .push("network: network1   # not found; needed where the clusters' Pods cannot reach each other".into()),
    }
    let gateways = gateways(fleet, cluster);
    let known: Vec<String> = gateways.iter().filter_map(|g| g.address.as_deref()).map(scalar).collect();
    if known.is_empty() {
        facts.push("gateways: [203.0.113.20]   # not found: where other clusters' traffic comes in".into());
    } else {
        let from: BTreeSet<&str> = gateways.iter().filter(|g| g.address.is_some()).map(|g| g.from.as_str()).collect();
        let from: Vec<String> = from.iter().take(LISTED).map(|f| in_line(f)).collect();
        facts.push(format!("gateways: [{}]   # found in {}", known.join(", "), from.join(", ")));
    }
    if let Some(domain) = cluster.mesh.trust_domain() {
        facts.push(format!("trustDomain: {}   # found", scalar(domain)));
    }
    let versions = cluster.mesh.versions;
    for (key, version) in [("istioVersion", versions.istio), ("kubernetesVersion", versions.kubernetes)] {
        facts.extend(version.map(|v| format!("{key}: {}   # found", quoted(v.value))));
    }
    facts.push("podRanges: [10.4.0.0/14]".into());
    facts.push("serviceRanges: [10.8.0.0/20]".into());
    Entry { name: cluster.name.into(), paths, facts }
}

/// A text as YAML writes it: plain where nobody can take it for something else.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&&*text.to_ascii_lowercase());
    if is_plain { text.into() } else { quoted(text) }
}

/// A text in quotes, in one line whatever is in it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", in_line(text).replace('"', "\\\""))
}

/// A text without line ends and the like: names of files may have them.
fn in_line(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            c if c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c) || c == '\u{feff}' => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        for text in [
            "east",
            "a b",
            "on",
            "1.20",
            "0x1",
            "a: b",
            "a\n#b",
            "é\u{85}\u{2028}\u{7f}",
            "\"'\\",
            "",
            "-",
            "~",
            "10.0.0.1",
        ] {
            for written in [scalar(text), quoted(text)] {
                assert_eq!(written.lines().count(), 1, "{written}");
                let yaml = format!("a: {written}\n");
                let stream = crate::yaml::parse(&yaml);
                let root = stream.documents[0].tree.root().unwrap();
                assert_eq!(root.get("a").and_then(|n| n.value()), Some(crate::yaml::Scalar::Str(text)), "{written}");
            }
        }
    }
}
