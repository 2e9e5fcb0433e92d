//! Configuration: what `meshlint.yaml` says (`file`) and what a run goes by (`settings`).

mod check;
mod date;
mod error;
mod file;
mod read;
mod settings;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use file::{File, OneOrMore, RuleLevel};
use read::{ROOT, Wrongs};

use crate::finding::Severity;
use crate::source::{Source, Span, Spanned};
use crate::system::plain;
use crate::yaml::Node;

pub use date::Date;
pub use error::ConfigError;
pub use file::json_schema;
pub use settings::{ClusterSettings, ConfigFile, Level, Render, Rendering, Settings, Suppression, Versions};

/// The names that the configuration may have.
pub const NAMES: [&str; 2] = ["meshlint.yaml", "meshlint.yml"];

/// The longest configuration that is read.
const MAX_BYTES: u64 = 8 << 20;

/// The file of known findings that is read by itself where it is there.
pub const BASELINE: &str = "meshlint-baseline.json";

/// Whether a text is a version as the configuration takes it.
///
/// # Errors
/// What is wrong with it, and how to write it.
pub fn check_version(text: &str) -> Result<(), String> {
    let sentence = |(why, help): (String, Option<String>)| help.map_or(why.clone(), |h| format!("{why}; {h}"));
    check::version(text).map_err(sentence)
}

/// The configuration of a working directory: in it, or in the nearest folder above it up to its Git repository's.
pub fn find(cwd: &Path) -> Option<PathBuf> {
    // By `..`, so that paths in it can be shown from the working directory.
    let mut folder = cwd.to_path_buf();
    for _ in cwd.ancestors() {
        let here = NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        if here.is_some() || folder.join(".git").exists() {
            return here;
        }
        folder.push("..");
    }
    None
}

/// Reads the configuration at `path`, which is called `shown` in messages. `rules` are the names of rules and groups
/// and the codes that it may set to a level; none: any.
///
/// # Errors
/// All that is wrong in it, in order.
pub fn load(path: &Path, shown: &str, rules: &[&str]) -> Result<Settings, Vec<ConfigError>> {
    let error = |message: String| {
        vec![ConfigError { file: shown.into(), line: 0, column: 0, span: Span::default(), message, help: None }]
    };
    let is_file = path.metadata().map_err(|e| error(format!("cannot be read: {}", plain(&e))))?.is_file();
    if !is_file {
        return Err(error("is not a file".into()));
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map(|file| file.take(MAX_BYTES + 1));
    file.and_then(|mut file| file.read_to_string(&mut text))
        .map_err(|e| error(format!("cannot be read: {}", plain(&e))))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(error(format!("is longer than {} MiB", MAX_BYTES >> 20)));
    }
    parse(&text, shown, path.parent().unwrap_or(Path::new("")), rules)
}

/// Reads the text of a configuration whose paths are relative to `folder`: see [`load`].
///
/// # Errors
/// All that is wrong in it, in order.
pub fn parse(text: &str, shown: &str, folder: &Path, rules: &[&str]) -> Result<Settings, Vec<ConfigError>> {
    let source = Source::new(shown, text);
    let mut wrongs = Wrongs::default();
    let mut settings = settings(source.text(), folder, rules, &mut wrongs);
    let names_clusters = settings.clusters.iter().any(|c| !c.paths.is_empty());
    settings.file = Some(Arc::new(ConfigFile { shown: shown.into(), text: text.into(), names_clusters }));
    if wrongs.0.is_empty() {
        return Ok(settings);
    }
    wrongs.0.sort_by_key(|w| w.span);
    let error = |w: read::Wrong| {
        let at = source.position(w.span.start);
        let (line, column) = (at.line, at.column);
        ConfigError { file: shown.into(), line, column, span: w.span, message: w.message, help: w.help }
    };
    Err(wrongs.0.into_iter().map(error).collect())
}

fn settings(text: &str, folder: &Path, rules: &[&str], wrongs: &mut Wrongs) -> Settings {
    let stream = crate::yaml::parse(text);
    for e in stream.errors {
        wrongs.at(e.span, e.message, e.help);
    }
    let mut settings = Settings { root: Some(folder.to_path_buf()), ..Settings::default() };
    let mut documents = stream.documents.iter();
    let Some(document) = documents.next() else { return settings };
    if let Some(second) = documents.next() {
        let start = second.tree.root().map_or(second.span, |n| n.span());
        wrongs.at(Span::new(start.start, start.start), "a second document: the configuration is one", None);
    }
    for key in &document.duplicates {
        let name = &text[key.last.range()];
        wrongs.at(key.last, format!("key `{name}` is written twice"), Some("keep one of them".into()));
    }
    let Some(root) = document.tree.root() else { return settings };
    let value = read::value(root, &json_schema(), ROOT, wrongs);
    if !wrongs.0.is_empty() || value.is_null() {
        return settings;
    }
    check::check(root, rules, wrongs);
    match serde_json::from_value::<File>(value) {
        Ok(file) => fill(&mut settings, file, root, folder),
        Err(error) => wrongs.at(root.span(), error.to_string(), None),
    }
    settings
}

/// Puts what the file says over the defaults.
fn fill(settings: &mut Settings, file: File, root: Node<'_>, folder: &Path) {
    let ranges = |all: Vec<String>| all.iter().filter_map(|r| r.parse().ok()).collect();
    settings.clusters = file
        .clusters
        .into_iter()
        .map(|(name, c)| ClusterSettings {
            name,
            paths: c.paths.iter().map(|p| folder.join(p)).collect(),
            gateways: c.gateways,
            network: c.network,
            pod_ranges: ranges(c.pod_ranges),
            service_ranges: ranges(c.service_ranges),
            node_ranges: ranges(c.node_ranges),
            cluster_domain: c.cluster_domain,
            trust_domain: c.trust_domain,
            versions: Versions { istio: c.istio_version, kubernetes: c.kubernetes_version },
        })
        .collect();
    let say = |field: &mut String, said: Option<String>| {
        if let Some(said) = said {
            *field = said;
        }
    };
    say(&mut settings.global_suffix, file.global_suffix);
    say(&mut settings.cluster_domain, file.cluster_domain);
    settings.sni_port = file.sni_port.map_or(settings.sni_port, u32::from);
    settings.fail_on = file.fail_on.unwrap_or(settings.fail_on);
    settings.versions = Versions { istio: file.istio_version, kubernetes: file.kubernetes_version };
    settings.variables = file.variables;
    settings.exclude = file.exclude;
    settings.baseline = file.baseline.map(|path| folder.join(path));
    // In the order in which they are written: later ones win.
    let written = root.get("rules").map(|r| r.entries()).unwrap_or_default();
    let level = |name: &str| file.rules.get(name).map(|l| (name.to_string(), Level::from(*l)));
    settings.levels = written.iter().filter_map(|(key, _)| level(key.text()?)).collect();
    let entries = root.get("suppressions").into_iter().flat_map(|list| list.items()).filter(|n| !n.is_null());
    settings.suppressions = file.suppressions.into_iter().zip(entries).map(|(s, node)| suppression(s, node)).collect();
}

/// A suppression with the places that findings about it point at.
fn suppression(written: file::Suppression, node: Node<'_>) -> Suppression {
    let place = |key: &str| node.get(key).map_or(node.span(), |n| n.span());
    let rules = match written.rule {
        OneOrMore::One(name) => vec![Spanned::new(name, place("rule"))],
        OneOrMore::More(names) => {
            let items = node.get("rule").into_iter().flat_map(|list| list.items()).filter(|n| !n.is_null());
            names.into_iter().zip(items).map(|(name, n)| Spanned::new(name, n.span())).collect()
        }
    };
    let expires = written.expires.and_then(|day| day.parse().ok());
    Suppression {
        rules,
        cluster: written.cluster.map(|c| Spanned::new(c, place("cluster"))),
        kind: written.kind,
        namespace: written.namespace,
        name: written.name,
        reason: written.reason,
        expires: expires.map(|day| Spanned::new(day, place("expires"))),
    }
}

impl From<RuleLevel> for Level {
    fn from(level: RuleLevel) -> Self {
        match level {
            RuleLevel::Off => Self::Off,
            RuleLevel::On => Self::On,
            RuleLevel::Note => Self::At(Severity::Note),
            RuleLevel::Warning => Self::At(Severity::Warning),
            RuleLevel::Error => Self::At(Severity::Error),
        }
    }
}
