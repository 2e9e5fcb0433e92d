//! `meshlint clusters`: how the repository was understood.

use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::args::{Input, Shown, ShownAs, Verbose, print_json};
use super::spinner::Spinner;
use super::{Failure, terminal};
use crate::coverage::Coverage;
use crate::mesh::{Cluster, Fleet};
use crate::report::clean::clean;
use crate::report::json::Skipped;
use crate::report::text::Look;
use crate::rules::words::count;
use crate::source::{Place, SourceId};
use crate::workspace;

/// Arguments of `meshlint clusters`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    verbose: Verbose,
}

/// The most skipped or left out paths that are listed without `-v`.
const LISTED: usize = 5;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview<'a> {
    understood: &'a str,
    clusters: Vec<Row<'a>>,
    left_out: Vec<Skipped<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    name: String,
    root: &'a str,
    why: &'a str,
    files: usize,
    documents: usize,
    resources: usize,
    network: Option<&'a str>,
    istio_version: Option<&'a str>,
    kubernetes_version: Option<&'a str>,
    trust_domain: Option<&'a str>,
    gateways: Vec<Gateway>,
    applies: Vec<Set<'a>>,
    skipped: Vec<Skipped<'a>>,
}

/// What is applied together.
#[derive(Serialize)]
struct Set<'a> {
    /// `files`, `kustomize build apps/production`
    what: &'a str,
    /// The object that says so.
    by: Option<&'a str>,
    objects: Vec<Object<'a>>,
}

/// An object that a cluster applies.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    /// None for what has no namespace.
    namespace: Option<&'a str>,
    name: &'a str,
    file: String,
    line: u32,
}

/// An address at which other clusters reach a cluster.
#[derive(Serialize)]
pub(super) struct Gateway {
    /// None where it is not known.
    pub(super) address: Option<String>,
    /// What says so.
    pub(super) from: String,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let settings = args.input.settings()?;
    let spinner = Spinner::start(&settings.progress, false);
    let workspace = args.input.open(&settings)?;
    drop(spinner);
    Input::warn(&workspace);
    let wanted = args.verbose.on || args.shown.format == ShownAs::Json;
    let fleets = workspace.fleets();
    let of = |members: &Vec<_>| rows(&Fleet::of(&workspace, members, &settings), wanted);
    let rows = fleets.iter().flat_map(of).collect();
    let left_out = paths(&workspace.left_out);
    let overview = Overview { understood: &workspace.understood, clusters: rows, left_out };
    match args.shown.format {
        ShownAs::Json => print_json(out, &overview)?,
        ShownAs::Text => table(&overview, args.verbose.on, &terminal::look(args.shown.colored.color), out)?,
    }
    Ok(0)
}

fn paths(list: &[workspace::Skipped]) -> Vec<Skipped<'_>> {
    list.iter().map(Skipped::of).collect()
}

fn rows<'s>(fleet: &Fleet<'s>, wanted: bool) -> Vec<Row<'s>> {
    let row = |(c, coverage): (&Cluster<'s>, Coverage)| Row {
        name: c.input.title(),
        root: &c.input.root,
        why: &c.input.why,
        files: coverage.files,
        documents: coverage.documents,
        resources: coverage.resources,
        network: c.mesh.network().map(|n| n.value),
        istio_version: c.mesh.versions.istio.map(|v| v.value),
        kubernetes_version: c.mesh.versions.kubernetes.map(|v| v.value),
        trust_domain: c.mesh.trust_domain(),
        gateways: gateways(fleet, c),
        applies: if wanted { sets(fleet, c) } else { Vec::new() },
        skipped: paths(&c.input.skipped),
    };
    fleet.clusters.iter().zip(fleet.coverage()).map(row).collect()
}

/// What a cluster applies, object by object.
fn sets<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>) -> Vec<Set<'s>> {
    let set = |s: &'s workspace::AppliedSet| Set { what: &s.what, by: s.by.as_deref(), objects: Vec::new() };
    let mut sets: Vec<Set<'s>> = cluster.input.sets.iter().map(set).collect();
    let of: FxHashMap<SourceId, usize> = cluster.input.files.iter().map(|f| (f.source, f.set as usize)).collect();
    let mut metas: Vec<_> = cluster.objects.metas().collect();
    metas.sort_by_key(|m| (m.source, m.root.span()));
    for meta in metas {
        let Some(set) = of.get(&meta.source).and_then(|i| sets.get_mut(*i)) else { continue };
        let place = fleet.workspace.trace(Place { source: meta.source, span: meta.name.span }).place;
        let source = fleet.workspace.sources.get(place.source);
        set.objects.push(Object {
            api_version: meta.api_version.value,
            kind: meta.kind.value,
            namespace: Some(meta.namespace.value).filter(|n| !n.is_empty()),
            name: meta.name.value,
            file: source.path.clone(),
            line: source.position(place.span.start).line,
        });
    }
    sets.retain(|s| !s.objects.is_empty());
    sets
}

/// The addresses at which other clusters reach this one, each with what says so first.
pub(super) fn gateways(fleet: &Fleet<'_>, cluster: &Cluster<'_>) -> Vec<Gateway> {
    let mut all: Vec<Gateway> = Vec::new();
    let mut add = |address: Option<&str>, from: String| {
        if address.is_none_or(|a| all.iter().all(|g| g.address.as_deref() != Some(a))) {
            all.push(Gateway { address: address.map(String::from), from });
        }
    };
    for address in cluster.config.iter().flat_map(|c| &c.gateways) {
        add(Some(address), "the configuration".into());
    }
    for service in fleet.entrance(cluster.id).services(cluster) {
        service.outside.iter().for_each(|a| add(Some(a.value), service.meta.title()));
        if service.outside.is_empty() {
            add(None, service.meta.title());
        }
    }
    for link in fleet.links().iter().filter(|l| l.to == Some(cluster.id) && !l.at_home) {
        let from = fleet.cluster(link.from);
        if let Some(address) = link.endpoint(from).address {
            add(Some(address.value), format!("{}'s {}", from.name, link.entry(from).meta.title()));
        }
    }
    all
}

fn table(overview: &Overview<'_>, verbose: bool, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let none = if look.unicode { "–" } else { "-" };
    let cell = |r: &Row<'_>| [clean(&r.name).into_owned(), clean(r.root).into_owned(), count(r.files, "file")];
    let cells: Vec<[String; 3]> = overview.clusters.iter().map(cell).collect();
    let width = |i: usize| cells.iter().map(|c| c[i].chars().count()).max().unwrap_or_default();
    let (names, roots, files) = (width(0), width(1), width(2));
    let resources = overview.clusters.iter().map(|r| count(r.resources, "resource").len()).max().unwrap_or_default();
    let networks = overview.clusters.iter().map(|r| r.network.map_or(1, |n| n.chars().count())).max().unwrap_or(1);
    for (row, [name, root, read]) in overview.clusters.iter().zip(&cells) {
        let gateways: Vec<String> = row.gateways.iter().map(shown).collect();
        let gateways = match &gateways[..] {
            [] => none.to_string(),
            [one] => one.clone(),
            [first, rest @ ..] if !verbose => format!("{first} and {} more", rest.len()),
            all => all.join(", "),
        };
        let network = clean(row.network.unwrap_or(none));
        // Padded before it is painted: escape codes have no width.
        writeln!(
            out,
            "{}   {root:roots$}   {read:>files$}, {:>resources$}   network {network:networks$}   gateways {gateways}",
            look.bold(&format!("{name:names$}")),
            count(row.resources, "resource"),
        )?;
        if verbose {
            details(row, out)?;
        }
    }
    if !overview.understood.is_empty() {
        writeln!(out, "understood as: {}", clean(overview.understood))?;
    }
    let skipped: Vec<&Skipped<'_>> = overview.clusters.iter().flat_map(|c| &c.skipped).collect();
    list("skipped", &skipped, verbose, look, out)?;
    list("left out", &overview.left_out.iter().collect::<Vec<_>>(), verbose, look, out)
}

fn details(row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut parts = vec![format!("{}", clean(row.why))];
    parts.extend(row.istio_version.map(|v| format!("Istio {}", clean(v))));
    parts.extend(row.kubernetes_version.map(|v| format!("Kubernetes {}", clean(v))));
    parts.extend(row.trust_domain.map(|d| format!("trust domain {}", clean(d))));
    parts.push(count(row.documents, "document"));
    parts.retain(|p| !p.is_empty());
    writeln!(out, "    {}", parts.join("; "))?;
    for set in &row.applies {
        let by = set.by.map(|b| format!(" (by {})", clean(b))).unwrap_or_default();
        writeln!(out, "    {}{by}: {}", clean(set.what), count(set.objects.len(), "object"))?;
        for o in &set.objects {
            let name = o.namespace.map_or_else(|| o.name.to_string(), |ns| format!("{ns}/{}", o.name));
            writeln!(out, "      {} {}  {}:{}", clean(o.kind), clean(&name), clean(&o.file), o.line)?;
        }
    }
    Ok(())
}

fn shown(gateway: &Gateway) -> String {
    match &gateway.address {
        Some(address) => format!("{} (from {})", clean(address), clean(&gateway.from)),
        None => format!("of unknown address ({})", clean(&gateway.from)),
    }
}

fn list(title: &str, paths: &[&Skipped<'_>], verbose: bool, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let limit = if verbose { usize::MAX } else { LISTED };
    let mut lead = format!("{title}: ");
    for path in paths.iter().take(limit) {
        let what = path.what.map(|w| format!(" ({})", clean(w))).unwrap_or_default();
        writeln!(out, "{lead}{}{}", clean(path.file), look.dim(&format!(": {}{what}", clean(path.reason))))?;
        lead = " ".repeat(title.len() + 2);
    }
    if paths.len() > limit {
        writeln!(out, "{lead}and {} more; meshlint clusters -v lists them", paths.len() - limit)?;
    }
    Ok(())
}
