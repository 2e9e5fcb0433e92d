//! `meshlint init`: a commented `meshlint.yaml` of what was found.

mod draft;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{Input, cwd};
use super::baseline::{found, worth};
use super::known::At;
use super::save::save;
use super::{Failure, baseline};
use crate::config::{self, Settings};
use crate::discover::Target;
use crate::finding::Severity;
use crate::report::Report;
use crate::report::clean::clean;
use crate::workspace::Workspace;
use draft::{Clusters, Draft};

/// Arguments of `meshlint init`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// Write over a meshlint.yaml that is there
    #[arg(long, help_heading = "Output")]
    force: bool,
    /// Print it, and write nothing; `-` in the place of PATH does so, too
    #[arg(long, conflicts_with = "baseline", help_heading = "Output")]
    stdout: bool,
    /// Make the present findings known at once, as `meshlint baseline` does
    #[arg(long, help_heading = "Output")]
    baseline: bool,
}

pub(super) fn run(mut args: Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let is_dash = |path: &PathBuf| path.as_os_str() == "-";
    args.stdout |= args.input.paths.iter().any(is_dash);
    args.input.paths.retain(|p| !is_dash(p));
    let cwd = cwd()?;
    let there = config::NAMES.iter().find(|name| cwd.join(name).symlink_metadata().is_ok());
    if let Some(name) = there.filter(|_| !args.force && !args.stdout) {
        return Err(Failure::usage(format!("{name} is there already; `meshlint init --force` writes it anew")));
    }
    // What is written anew does not rest on what it replaces.
    args.input.no_config = args.input.config.is_none();
    let settings = args.input.settings()?;
    let workspace = args.input.open(&settings)?;
    let report = crate::lint(&workspace, &settings);
    let draft = Draft::of(&workspace, &settings, &report);
    let (text, needs_paths) = text(&draft, &settings, &cwd, &report);
    if args.stdout {
        out.write_all(text.as_bytes())?;
        return Ok(0);
    }
    let name = there.unwrap_or(&config::NAMES[0]);
    save(&cwd.join(name), name, &text)?;
    let paths: String = args.input.paths.iter().filter(|_| needs_paths).map(|p| format!(" {}", p.display())).collect();
    say(name, &clean(&paths), &draft, out)?;
    let all: Vec<_> = worth(&report, Some(settings.fail_on)).collect();
    if all.is_empty() {
        writeln!(out, "no findings now: the run can be a required check")?;
    } else if args.baseline {
        // Read again: beside the new file is where the next run looks.
        let settings = Settings { root: Some(cwd), ..settings };
        let at = At::of(None, &settings)?;
        baseline::write(&at, &workspace, &settings, Some(settings.fail_on), &report, out)?;
    } else {
        writeln!(
            out,
            "{} now; `meshlint baseline{}` makes them known, and later runs report only others",
            found(&all),
            clean(&paths)
        )?;
    }
    Ok(0)
}

/// The configuration with which a run finds the same as without; and whether that run has to be given the same paths.
/// Clusters are found by their folders where that does it: so is one that is added later.
fn text(draft: &Draft<'_>, settings: &Settings, cwd: &Path, before: &Report) -> (String, bool) {
    for clusters in [Clusters::ByName, Clusters::ByPath] {
        let text = draft.text(clusters);
        let again = config::parse(&text, config::NAMES[0], cwd, &[]).ok().and_then(|read| {
            let settings = Settings { rendering: settings.rendering.clone(), ..read };
            let workspace = crate::open(&Target { paths: Vec::new(), cwd: cwd.to_path_buf() }, &settings).ok()?;
            let report = crate::lint(&workspace, &settings);
            Some(seen(&report, &workspace) == seen(before, draft.workspace))
        });
        if again == Some(true) {
            return (text, false);
        }
    }
    (draft.text(Clusters::InComments), true)
}

/// What a run has read and found.
fn seen(report: &Report, workspace: &Workspace) -> impl PartialEq + use<> {
    let cluster = |c: &crate::coverage::Coverage| (c.name.clone(), c.documents, c.resources, c.built, c.rendered);
    let finding = |f: &crate::finding::Finding| {
        let file = workspace.sources.get(f.place.source).path.clone();
        (file, f.place.span, f.severity, f.fingerprint(), f.message.clone())
    };
    let findings: Vec<(String, _, Severity, String, String)> = report.findings.iter().map(finding).collect();
    (report.clusters.iter().map(cluster).collect::<Vec<_>>(), findings)
}

fn say(name: &str, paths: &str, draft: &Draft<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "wrote {name}: {}", clean(&draft.summary()))?;
    writeln!(out, "next: look through it, then")?;
    writeln!(out, "  meshlint clusters{paths}   shows which folder is which cluster")?;
    writeln!(out, "  meshlint{paths}            checks them")?;
    Ok(())
}
