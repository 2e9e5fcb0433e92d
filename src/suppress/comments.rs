//! Reading `# meshlint: ignore[rule] reason` comments, and what each of them covers.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{MAX_NAMES, Mistake, Name, Run, Written, blank};
use crate::finding::Finding;
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::rules::Rule;
use crate::source::{Source, SourceId, Span};
use crate::workspace::Workspace;
use crate::yaml::{Node, Shape, Stream, Style};

/// The comments of a run that are meant to suppress something, by their files.
pub(super) struct Comments(FxHashMap<SourceId, OfFile>);

impl Comments {
    /// Reads those of the given files; what programs have made is left out, for findings are shown in what people
    /// wrote.
    pub(super) fn read(workspace: &Workspace, mentioning: &[SourceId]) -> Self {
        let written = mentioning.par_iter().filter(|id| !workspace.derived.contains_key(id));
        let of = |id: &SourceId| (*id, read(workspace.sources.get(*id), &workspace.streams[id.0 as usize].stream));
        Self(written.map(of).filter(|(_, list)| !list.is_empty()).map(|(id, list)| (id, OfFile::new(list))).collect())
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Finds out in which cluster and object they are: of the first cluster that applies their file.
    pub(super) fn place(&mut self, fleet: &Fleet<'_>, rule: &'static Rule) {
        if self.is_empty() {
            return;
        }
        let mut place = |cluster: &Cluster<'_>, meta: Option<&Meta<'_>>, source: SourceId| {
            let Some(file) = self.0.get_mut(&source).filter(|file| file.unplaced > 0) else { return };
            let within = match meta.map(|m| m.root.span()) {
                Some(object) => file.begin_in(object),
                None => 0..file.comments.len(),
            };
            for comment in file.comments[within].iter_mut().filter(|c| c.finding.is_none()) {
                let span = comment.written.span;
                if meta.is_none_or(|m| m.root.span().contains(span)) {
                    comment.finding = Some(blank(rule, cluster, meta, source, span));
                    file.unplaced -= 1;
                }
            }
        };
        for cluster in &fleet.clusters {
            // Those in objects first, then those between them.
            cluster.objects.metas().for_each(|meta| place(cluster, Some(meta), meta.source));
            cluster.input.files.iter().for_each(|file| place(cluster, None, file.source));
        }
    }

    /// Whether one of them covers the finding; all that do are used.
    pub(super) fn suppress(&mut self, finding: &Finding) -> bool {
        self.0.get_mut(&finding.place.source).is_some_and(|file| file.suppress(finding))
    }

    /// What is wrong with them, each with the finding that it is to be reported as.
    pub(super) fn mistakes(&self, run: &Run<'_>) -> impl Iterator<Item = (&Finding, Mistake)> {
        let form = |name: &str| format!("`# meshlint: ignore[{name}] reason`");
        let placed = self.0.values().flat_map(|f| &f.comments).filter_map(|c| Some((c.finding.as_ref()?, c)));
        placed.flat_map(move |(blank, c)| c.written.mistakes(form, run).into_iter().map(move |m| (blank, m)))
    }
}

/// Those of one file.
struct OfFile {
    /// In their order.
    comments: Vec<Comment>,
    /// The comments' indices, by where what they cover begins.
    by_cover: Vec<usize>,
    /// For each of these the last end of what those up to it cover.
    ends: Vec<u32>,
    /// How many are not known to be in a cluster.
    unplaced: usize,
}

impl OfFile {
    fn new(comments: Vec<Comment>) -> Self {
        let mut by_cover: Vec<usize> = (0..comments.len()).collect();
        by_cover.sort_by_key(|i| comments[*i].covers.0.start);
        let mut last = 0;
        let ends = by_cover.iter().map(|i| {
            last = comments[*i].covers.end().max(last);
            last
        });
        Self { ends: ends.collect(), by_cover, unplaced: comments.len(), comments }
    }

    /// The indices of those that begin in a range.
    fn begin_in(&self, range: Span) -> Range<usize> {
        let before = |byte: u32| self.comments.partition_point(|c| c.written.span.start < byte);
        before(range.start)..before(range.end)
    }

    /// Whether one of them covers the finding; all that do are used.
    fn suppress(&mut self, finding: &Finding) -> bool {
        let at = finding.place.span;
        let begun = self.by_cover.partition_point(|i| self.comments[*i].covers.0.start <= at.start);
        let mut does = false;
        // Back to where all that has begun has ended.
        for i in (0..begun).rev().take_while(|i| self.ends[*i] > at.start) {
            let comment = &mut self.comments[self.by_cover[i]];
            does |= comment.covers.contains(at) && comment.written.suppress(finding);
        }
        does
    }
}

/// A comment that is meant to suppress something.
struct Comment {
    /// What it says.
    written: Written,
    /// Where findings are covered: those that begin in it.
    covers: Cover,
    /// What would be reported of it, without a message; `None` while no cluster is known to apply its file.
    finding: Option<Finding>,
}

/// What begins within this range is covered.
struct Cover(Span);

impl Cover {
    fn contains(&self, span: Span) -> bool {
        self.0.start <= span.start && span.start < self.end()
    }

    fn end(&self) -> u32 {
        self.0.end.max(self.0.start + 1)
    }
}

/// All such comments of a file.
fn read(source: &Source, stream: &Stream) -> Vec<Comment> {
    let text = source.text();
    let mut comments = Vec::new();
    let mut content = Content { source, line: 0 };
    for (at, _) in text.match_indices("meshlint:") {
        let line = source.line(source.position(at as u32).line);
        let before = &text[line.start as usize..at];
        let Some(hash) = before.trim_end_matches([' ', '\t']).strip_suffix('#') else { continue };
        let starts = line.start + hash.len() as u32;
        if !(hash.is_empty() || hash.ends_with([' ', '\t'])) || is_in_scalar(text, stream, starts) {
            continue;
        }
        let words = &text[at + "meshlint:".len()..line.end as usize];
        let Some((names, reason)) = directive(words, (at + "meshlint:".len()) as u32) else { continue };
        let alone = hash.trim().is_empty();
        let covers = if alone { below(source, stream, line, &mut content) } else { line };
        comments.push(Comment {
            written: Written {
                span: Span::new(starts, line.end),
                names,
                has_reason: reason.contains(char::is_alphanumeric),
            },
            covers: Cover(covers),
            finding: None,
        });
    }
    comments
}

/// The names and the reason of ` ignore[a, b] reason`; `None` where it is something else.
fn directive(words: &str, at: u32) -> Option<(Vec<Name>, &str)> {
    let rest = words.trim_start();
    let verb: &str = &rest[..rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())];
    if strsim::damerau_levenshtein(verb, "ignore") > 1 {
        return None;
    }
    let after = rest[verb.len()..].trim_start();
    let Some((list, reason)) = after.strip_prefix('[').and_then(|l| l.split_once(']')).filter(|_| verb == "ignore")
    else {
        // `ignore` without brackets, or nearly `ignore`: meant, and not understood.
        return Some((Vec::new(), ""));
    };
    let start = at + (words.len() - after.len()) as u32 + 1;
    let mut names = Vec::new();
    let mut offset = 0;
    for part in list.split(',').take(MAX_NAMES) {
        let name = part.trim();
        let from = start + (offset + part.len() - part.trim_start().len()) as u32;
        if !name.is_empty() {
            let span = Span::new(from, from + name.len() as u32);
            names.push(Name::new(name, span));
        }
        offset += part.len() + 1;
    }
    // What follows another `# ` is another comment.
    Some((names, reason.split("# ").next().unwrap_or_default()))
}

/// The root of the document that a byte is in.
fn root_at(stream: &Stream, byte: u32) -> Option<Node<'_>> {
    let index = stream.documents.partition_point(|d| d.span.end <= byte);
    stream.documents.get(index).filter(|d| d.span.start <= byte).and_then(|d| d.tree.root())
}

/// Whether a `#` is part of a quoted or block scalar, and so begins no comment.
fn is_in_scalar(text: &str, stream: &Stream, hash: u32) -> bool {
    let Some(mut node) = root_at(stream, hash) else { return false };
    let here = Span::new(hash, hash + 1);
    loop {
        if node.shape() == Shape::Scalar {
            // `key: | # comment` is one, on the line of the `|`.
            let block = matches!(node.style(), Style::Literal | Style::Folded);
            return !block || text[node.span().start as usize..hash as usize].contains(['\n', '\r']);
        }
        let within = |n: &Node<'_>| n.span().contains(here);
        let entry = node.own_entries().find_map(|(k, v)| [k, v].into_iter().find(within));
        match entry.or_else(|| node.items().find(within)) {
            Some(next) => node = next,
            None => return false,
        }
    }
}

/// The lines of a file that hold more than comments, asked for in order.
struct Content<'s> {
    source: &'s Source,
    /// The last one that was asked for; comments one below the other all stand above it.
    line: u32,
}

impl Content<'_> {
    /// The next line after that one which holds content.
    fn after(&mut self, number: u32) -> Option<Span> {
        let (text, lines) = (self.source.text(), self.source.line_starts().len() as u32);
        // Further comments and the line between documents may stand between.
        let is_none = |content: &str| {
            content.is_empty() || content.starts_with('#') || content == "---" || content.starts_with("--- #")
        };
        if self.line <= number {
            let is_content = |n: &u32| !is_none(text[self.source.line(*n).range()].trim());
            self.line = (number + 1..=lines).find(is_content).unwrap_or(u32::MAX);
        }
        (self.line != u32::MAX).then(|| self.source.line(self.line))
    }
}

/// What a comment on a line of its own stands above: a key or an item with all that is under it, or a document.
fn below(source: &Source, stream: &Stream, line: Span, lines: &mut Content<'_>) -> Span {
    let text = source.text();
    let Some(next) = lines.after(source.position(line.start).line) else { return Span::new(line.end, line.end) };
    let content = &text[next.range()];
    let first = next.start + (content.len() - content.trim_start().len()) as u32;
    let Some(root) = root_at(stream, first) else { return next };
    if root.span().start >= first {
        return root.span();
    }
    entry_at(root, first, next.end).unwrap_or(next)
}

/// The key with its value, or the list item, that begins at `first`.
fn entry_at(root: Node<'_>, first: u32, line_end: u32) -> Option<Span> {
    let line = &root.source_text()[first as usize..line_end as usize];
    let is_item = line.starts_with('-');
    // The dash stands before the item and, without indentation, before the list.
    let content = first + (line.len() - line.trim_start_matches(['-', ' ']).len()) as u32;
    let mut node = root;
    loop {
        let contains = |n: &Node<'_>| n.span().start <= content && content < n.span().end;
        let mut next = None;
        for (k, v) in node.own_entries() {
            if k.span().start == first {
                return Some(Span::new(first, v.span().end.max(k.span().end)));
            }
            if contains(&v) {
                next = Some(v);
            }
        }
        for item in node.items() {
            if is_item && (first..line_end).contains(&item.span().start) {
                return Some(Span::new(first, item.span().end));
            }
            if contains(&item) {
                next = Some(item);
            }
        }
        node = next?;
    }
}
