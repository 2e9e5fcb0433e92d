//! `meshlint clusters`: how the repository was understood.

use std::io::{self, Write};

use serde::Serialize;

use super::args::{Input, Shown, ShownAs, Verbose, print_json};
use super::{Failure, terminal};
use crate::coverage::Coverage;
use crate::mesh::{Cluster, Fleet};
use crate::report::clean::clean;
use crate::report::text::Look;
use crate::rules::words::count;
use crate::workspace::Skipped;

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
    left_out: Vec<Path<'a>>,
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
    trust_domain: Option<&'a str>,
    gateways: Vec<Gateway>,
    skipped: Vec<Path<'a>>,
}

#[derive(Serialize)]
struct Gateway {
    address: Option<String>,
    from: String,
}

#[derive(Serialize)]
struct Path<'a> {
    file: &'a str,
    reason: &'a str,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let settings = args.input.settings()?;
    let workspace = args.input.open(&settings)?;
    let rows = workspace.fleets().iter().flat_map(|members| rows(&Fleet::of(&workspace, members, &settings))).collect();
    let left_out = paths(&workspace.left_out);
    let overview = Overview { understood: &workspace.understood, clusters: rows, left_out };
    match args.shown.format {
        ShownAs::Json => print_json(out, &overview)?,
        ShownAs::Text => table(&overview, args.verbose.on, &terminal::look(args.shown.colored.color), out)?,
    }
    Ok(0)
}

fn paths(list: &[Skipped]) -> Vec<Path<'_>> {
    list.iter().map(|s| Path { file: &s.path, reason: &s.reason }).collect()
}

fn rows<'s>(fleet: &Fleet<'s>) -> Vec<Row<'s>> {
    let row = |(c, coverage): (&Cluster<'s>, Coverage)| Row {
        name: c.input.title(),
        root: &c.input.root,
        why: &c.input.why,
        files: coverage.files,
        documents: coverage.documents,
        resources: coverage.resources,
        network: c.mesh.network().map(|n| n.value),
        istio_version: c.mesh.version.map(|v| v.value),
        trust_domain: c.mesh.trust_domain(),
        gateways: gateways(fleet, c),
        skipped: paths(&c.input.skipped),
    };
    fleet.clusters.iter().zip(fleet.coverage()).map(row).collect()
}

/// The addresses at which other clusters reach this one, each with what says so first.
fn gateways(fleet: &Fleet<'_>, cluster: &Cluster<'_>) -> Vec<Gateway> {
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
    let skipped: Vec<&Path<'_>> = overview.clusters.iter().flat_map(|c| &c.skipped).collect();
    list("skipped", &skipped, verbose, look, out)?;
    list("left out", &overview.left_out.iter().collect::<Vec<_>>(), verbose, look, out)
}

fn details(row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut parts = vec![format!("{}", clean(row.why))];
    parts.extend(row.istio_version.map(|v| format!("Istio {}", clean(v))));
    parts.extend(row.trust_domain.map(|d| format!("trust domain {}", clean(d))));
    parts.push(count(row.documents, "document"));
    parts.retain(|p| !p.is_empty());
    writeln!(out, "    {}", parts.join("; "))
}

fn shown(gateway: &Gateway) -> String {
    match &gateway.address {
        Some(address) => format!("{} (from {})", clean(address), clean(&gateway.from)),
        None => format!("of unknown address ({})", clean(&gateway.from)),
    }
}

fn list(title: &str, paths: &[&Path<'_>], verbose: bool, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let limit = if verbose { usize::MAX } else { LISTED };
    let mut lead = format!("{title}: ");
    for path in paths.iter().take(limit) {
        writeln!(out, "{lead}{}{}", clean(path.file), look.dim(&format!(": {}", clean(path.reason))))?;
        lead = " ".repeat(title.len() + 2);
    }
    if paths.len() > limit {
        writeln!(out, "{lead}and {} more; meshlint clusters -v lists them", paths.len() - limit)?;
    }
    Ok(())
}
