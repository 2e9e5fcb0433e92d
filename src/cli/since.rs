//! `meshlint --since REF`: the present state and an earlier one are judged whole, side by side.

use std::path::{Path, PathBuf};

use super::Failure;
use super::check::open_and_lint;
use crate::config::{self, Settings, Suppression};
use crate::discover::{self, Target, UsageError};
use crate::finding::Finding;
use crate::git::{Commit, Repository, Unread, without_dots};
use crate::progress::Progress;
use crate::report::Report;
use crate::since::{self, Earlier, Since};
use crate::system::create_below;
use crate::workspace::Workspace;

/// The earlier state, judged.
pub(super) struct Before {
    reference: String,
    base: Commit,
    found: Vec<Earlier>,
    unread: Vec<Unread>,
}

impl Before {
    /// Which of a report's findings are new; notes in the report what it was compared with.
    pub(super) fn compare(self, report: &mut Report) -> Vec<bool> {
        let (new, fixed) = since::compare(&report.findings, self.found);
        let existing = new.iter().filter(|new| !**new).count();
        let (reference, base, unread) = (self.reference, self.base.id, self.unread);
        report.since = Some(Since { reference, base, fixed, existing, unread });
        new
    }
}

/// Judges the present state, and that where the branch left `reference`.
pub(super) fn lint(
    reference: &str,
    mut target: Target,
    settings: &Settings,
) -> Result<((Workspace, Report), Before), Failure> {
    let repository = Repository::of(&target.cwd)?;
    let base = repository.base(reference)?;
    // Where no path is given, that of the present state holds for both.
    target.paths = discover::paths(&target, settings);
    let there = Elsewhere::of(&repository.root, &target.cwd);
    there.refuse_others(&target, settings)?;
    // A thread of its own, since it waits for git.
    let (present, before) = std::thread::scope(|scope| {
        let before = scope.spawn(|| earlier(&repository, &base, &there, &target, settings));
        let present = open_and_lint(&target, settings);
        (present, before.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let present = present?;
    let (found, unread) = before?;
    Ok((present, Before { reference: reference.into(), base, found, unread }))
}

/// What was found in the earlier state, by the same settings.
fn earlier(
    repository: &Repository,
    base: &Commit,
    there: &Elsewhere,
    target: &Target,
    settings: &Settings,
) -> Result<(Vec<Earlier>, Vec<Unread>), UsageError> {
    let files = repository.files(base)?;
    let to = |path: &Path| there.moved(path, &files.root);
    let cwd = to(&target.cwd);
    // The working directory may be new; paths are relative to it all the same.
    let _ = create_below(&files.root, &cwd);
    // What did not exist was empty.
    let existing = |paths: &[PathBuf]| -> Vec<PathBuf> {
        paths.iter().map(|p| if p.is_absolute() { to(p) } else { p.clone() }).filter(|p| cwd.join(p).exists()).collect()
    };
    let mut settings = settings.clone();
    settings.progress = Progress::default();
    settings.root = settings.root.map(|root| to(&std::fs::canonicalize(&root).unwrap_or(root)));
    settings.clusters.iter_mut().for_each(|c| c.paths = existing(&c.paths));
    let earlier = Target { paths: existing(&target.paths), cwd };
    if earlier.paths.is_empty() && settings.clusters.iter().all(|c| c.paths.is_empty()) {
        return Ok((Vec::new(), files.unread));
    }
    // The present state can be checked with the same settings: what fails here is that there was nothing to check.
    let Ok(workspace) = crate::open(&earlier, &settings) else { return Ok((Vec::new(), files.unread)) };
    let mut report = crate::lint(&workspace, &settings);
    let back = |text: &mut String| {
        let root = files.root.to_string_lossy();
        if text.contains(&*root) {
            *text = text.replace(&*root, &there.root.to_string_lossy());
        }
    };
    // Those in the configuration are of the present one: what it did not say was not there.
    let written = suppressions(&settings);
    let is_added = |f: &Finding| {
        let index = f.path.split('/').nth(2).and_then(|i| i.parse::<usize>().ok());
        let own = index.and_then(|i| settings.suppressions.get(i));
        workspace.configuration == Some(f.place.source)
            && own.is_some_and(|own| !written.iter().any(|w| w.is_same(own)))
    };
    report.findings.retain(|f| !is_added(f));
    let mut found = Vec::with_capacity(report.findings.len());
    for finding in &mut report.findings {
        // What programs complain of has whole paths in it.
        back(&mut finding.message);
        let mut earlier = Earlier::of(finding, &workspace.sources);
        back(&mut earlier.file);
        found.push(earlier);
    }
    Ok((found, files.unread))
}

/// What the configuration of the earlier state, which these settings have the place of, suppresses.
fn suppressions(settings: &Settings) -> Vec<Suppression> {
    let Some((root, file)) = settings.root.as_ref().zip(settings.file.as_ref()) else { return Vec::new() };
    let Some(name) = Path::new(&file.shown).file_name().filter(|_| !settings.suppressions.is_empty()) else {
        return Vec::new();
    };
    // Where there was none, or a broken one, nothing was suppressed.
    config::load(&root.join(name), &file.shown, &[]).map(|earlier| earlier.suppressions).unwrap_or_default()
}

/// The repository, and how paths in it become paths in another folder that stands for it.
struct Elsewhere {
    root: PathBuf,
    cwd: PathBuf,
    /// The working directory, from the root.
    prefix: PathBuf,
}

impl Elsewhere {
    fn of(root: &Path, cwd: &Path) -> Self {
        let real = std::fs::canonicalize(cwd).unwrap_or_else(|_| cwd.to_path_buf());
        let prefix = real.strip_prefix(root).map(Path::to_path_buf).unwrap_or_default();
        Self { root: root.to_path_buf(), cwd: cwd.to_path_buf(), prefix }
    }

    /// The path from the root; `None` where it leads out of the repository.
    fn inner(&self, path: &Path) -> Option<PathBuf> {
        let from_cwd = path.strip_prefix(&self.cwd).ok().or_else(|| (!path.is_absolute()).then_some(path));
        let full = match from_cwd {
            Some(rest) => self.root.join(&self.prefix).join(rest),
            None => path.to_path_buf(),
        };
        without_dots(&full).strip_prefix(&self.root).map(Path::to_path_buf).ok()
    }

    /// The same place in `root`; what is not in the repository stays where it is.
    fn moved(&self, path: &Path, root: &Path) -> PathBuf {
        match (path.strip_prefix(&self.cwd), self.inner(path)) {
            // `..` is kept: it says how the path is shown.
            (Ok(rest), Some(_)) if rest.as_os_str().is_empty() => root.join(&self.prefix),
            (Ok(rest), Some(_)) => root.join(&self.prefix).join(rest),
            (_, Some(inner)) => root.join(inner),
            (_, None) => path.to_path_buf(),
        }
    }

    /// Standard input and other repositories have no earlier state that this one knows.
    fn refuse_others(&self, target: &Target, settings: &Settings) -> Result<(), UsageError> {
        let configured = settings.clusters.iter().flat_map(|c| &c.paths);
        for path in target.paths.iter().chain(configured) {
            let (what, help) = match () {
                () if path.as_os_str() == "-" => {
                    ("standard input".into(), "write it to files of the repository, or leave `--since` out")
                }
                () if self.inner(path).is_none() => {
                    (path.display().to_string(), "`--since` compares what is in one repository")
                }
                () => continue,
            };
            let message = format!("{what} has no earlier state in {}", self.root.display());
            return Err(UsageError { message, help: Some(help.into()) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_move_with_the_repository() {
        let there = Elsewhere { root: "/home/repo".into(), cwd: "/home/repo/deploy".into(), prefix: "deploy".into() };
        let moved = |path: &str| there.moved(Path::new(path), Path::new("/tmp/repo")).to_string_lossy().into_owned();
        assert_eq!(moved("/home/repo/deploy"), "/tmp/repo/deploy");
        assert_eq!(moved("/home/repo/deploy/../clusters/east"), "/tmp/repo/deploy/../clusters/east");
        assert_eq!(moved("/home/repo/clusters"), "/tmp/repo/clusters");
        assert_eq!(moved("/home/repo/deploy/../../other"), "/home/repo/deploy/../../other");
        assert_eq!(there.inner(Path::new("../../other")), None);
        assert_eq!(there.inner(Path::new("../clusters")), Some("clusters".into()));
    }
}
