//! Suppressions: findings that people know of and have given a reason for.
//!
//! They are comments, `# meshlint: ignore[rule] reason`: at the end of the finding's line; on a line of its own above a
//! key or a list item, for all that is under it; above a document's first line, for the whole object. What
//! suppresses nothing, gives no reason or names no rule is reported itself, by `suppression-unused`.

mod comments;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::config::Level;
use crate::finding::Finding;
use crate::mesh::{Cluster, Fleet, Site};
use crate::rules::{self, Check, Findings, Rule, words};
use crate::source::{Place, SourceId, Span};
use comments::Comment;

/// Takes out what is suppressed, puts in what is wrong with suppressions, and returns how many findings went.
///
/// Further ways to suppress (annotations, `meshlint.yaml`) belong beside `comments`: each says whether it covers a
/// finding, and is marked as used when it does.
pub fn apply(fleet: &Fleet<'_>, on: &[(&'static Rule, Level)], findings: &mut Vec<Finding>) -> usize {
    let mut comments = read(fleet);
    if comments.is_empty() {
        return 0;
    }
    let before = findings.len();
    findings.retain(|f| !comments.get_mut(&f.place.source).is_some_and(|list| suppress(list, f)));
    let suppressed = before - findings.len();
    if let Some((rule, level)) = on.iter().find(|(r, _)| matches!(r.check, Check::Suppressions)) {
        let mut out = Findings::new(rule);
        for (source, cluster) in first_clusters(fleet) {
            for comment in comments.get(&source).into_iter().flatten() {
                report(cluster, source, comment, on, &mut out);
            }
        }
        findings.extend(out.into_list().into_iter().map(|mut f| {
            if let Level::At(severity) = level {
                f.severity = *severity;
            }
            f
        }));
    }
    suppressed
}

/// The comments of all files that a cluster applies, by file.
fn read(fleet: &Fleet<'_>) -> FxHashMap<SourceId, Vec<Comment>> {
    let needle = memchr::memmem::Finder::new("meshlint:");
    let all: Vec<_> = fleet.workspace.sources.iter().collect();
    all.par_iter()
        .filter(|(_, source)| needle.find(source.text().as_bytes()).is_some())
        .map(|(id, source)| (*id, comments::read(source, &fleet.workspace.streams[id.0 as usize].stream)))
        .filter(|(_, list)| !list.is_empty())
        .collect()
}

/// Each file that is applied, with the first cluster that applies it.
fn first_clusters<'a, 's>(fleet: &'a Fleet<'s>) -> impl Iterator<Item = (SourceId, &'a Cluster<'s>)> {
    let mut seen = rustc_hash::FxHashSet::default();
    fleet
        .clusters
        .iter()
        .flat_map(|c| c.input.files.iter().map(move |f| (f.source, c)))
        .filter(move |(s, _)| seen.insert(*s))
}

/// Whether one of the comments covers the finding; all that do are used.
fn suppress(comments: &mut [Comment], finding: &Finding) -> bool {
    let Some(rule) = rules::find(finding.rule) else { return false };
    let mut any = false;
    for comment in comments.iter_mut().filter(|c| c.has_reason && c.covers.contains(finding.place.span)) {
        for name in comment.names.iter_mut().filter(|n| rules::is_named(rule.info(), &n.text)) {
            name.used = true;
            any = true;
        }
    }
    any
}

fn report(cluster: &Cluster<'_>, source: SourceId, comment: &Comment, on: &[(&Rule, Level)], out: &mut Findings) {
    let site = |span: Span| Site {
        cluster: cluster.name,
        meta: cluster.objects.metas().find(|m| m.source == source && m.root.span().contains(span)),
        place: Place { source, span },
    };
    if comment.names.is_empty() {
        out.report(site(comment.span), "this suppression names no rule, so it suppresses nothing")
            .with_help("write `# meshlint: ignore[rule] reason`");
        return;
    }
    for name in &comment.names {
        if rules::named(&name.text).next().is_none() {
            let near = nearest(&name.text).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            out.report(site(name.span), format!("no rule, group or code is named `{}`{near}", name.text))
                .with_help("`meshlint rules` lists them");
        } else if !comment.has_reason {
            out.report(
                site(comment.span),
                format!("this suppression of `{}` gives no reason, so it suppresses nothing", name.text),
            )
            .with_help(format!("say why it is right as it is: `# meshlint: ignore[{}] reason`", name.text));
            return;
        } else if !name.used
            // A rule that did not run would perhaps have found something.
            && rules::named(&name.text).all(|r| !r.info().enabled || on.iter().any(|(o, _)| std::ptr::eq(*o, r)))
        {
            out.report(
                site(name.span),
                format!("nothing of `{}` is found here, so this suppresses nothing", name.text),
            )
            .with_help("remove it");
        }
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let infos = rules::ALL.iter().map(|r| r.info());
    words::nearest(name, infos.flat_map(|i| [i.name, i.group].into_iter().chain(i.equivalents.iter().copied())))
}
