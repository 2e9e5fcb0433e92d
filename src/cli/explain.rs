//! `meshlint explain`: a rule's page, for a terminal.

use std::io::{self, Write};

use owo_colors::Style;

use super::args::Colored;
use super::{Failure, names, terminal};
use crate::catalogue;
use crate::finding::Severity;
use crate::report::text::Look;
use crate::rules::{self, Rule};

/// Arguments of `meshlint explain`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The rule, or a code of istioctl analyze (IST0101) or Kiali (KIA1107)
    rule: String,
    #[command(flatten)]
    colored: Colored,
}

/// The widest that prose is set.
const MAX_WIDTH: usize = 100;

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let found = names::rules_named(&args.rule);
    if found.is_empty() {
        return Err(unknown(&args.rule));
    }
    let look = terminal::look(args.colored.color);
    for (i, rule) in found.iter().enumerate() {
        if i > 0 {
            writeln!(out, "\n{}\n", look.dim(&"-".repeat(60)))?;
        }
        page(rule, &look, out)?;
    }
    Ok(0)
}

fn unknown(name: &str) -> Failure {
    let members: Vec<_> = rules::named(name).map(|r| r.info().name).collect();
    if !members.is_empty() {
        return Failure::usage(format!("{name} is a group; its rules are {}", members.join(", ")));
    }
    let all = names::selectable();
    let near = names::did_you_mean(name, all.into_iter().filter(|n| rules::named(n).next().is_some()));
    Failure::usage(format!("no rule or code is named `{name}`{near}"))
}

fn page(rule: &'static Rule, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let info = rule.info();
    let level = look.paint(&info.severity.to_string(), Look::level(info.severity));
    let off = if info.enabled { "" } else { ", off unless selected" };
    let codes = match &info.equivalents[..] {
        [] => String::new(),
        codes => format!(", the same as {}", codes.join(", ")),
    };
    writeln!(out, "{}  {level} ({}, since {}{off}{codes})", look.bold(info.name), info.group, info.since)?;
    let body = catalogue::split(rule.page).map_or("", |(_, body)| body);
    Renderer { look, width: look.width.unwrap_or(MAX_WIDTH).clamp(40, MAX_WIDTH), out }.render(body)
}

/// Renders the part of Markdown that pages use: headings, paragraphs, lists, fenced blocks, `code` and links.
struct Renderer<'a> {
    look: &'a Look,
    width: usize,
    out: &'a mut dyn Write,
}

impl Renderer<'_> {
    fn render(&mut self, body: &str) -> io::Result<()> {
        let mut lines = body.lines().peekable();
        let mut blank = true;
        while let Some(line) = lines.next() {
            if line.trim().is_empty() {
                blank = true;
                continue;
            }
            if line.starts_with("# ") {
                continue;
            }
            if std::mem::take(&mut blank) {
                writeln!(self.out)?;
            }
            if let Some(heading) = line.strip_prefix('#') {
                let heading = heading.trim_start_matches('#').trim();
                writeln!(self.out, "{}", self.look.bold(heading))?;
                blank = true;
            } else if let Some(info) = line.strip_prefix("```") {
                self.title_of_block(info)?;
                for code in lines.by_ref().take_while(|l| !l.starts_with("```")) {
                    self.code(code)?;
                }
            } else if line.starts_with('|') {
                writeln!(self.out, "{line}")?;
            } else {
                let mut text = line.trim().to_string();
                let indent = line.len() - line.trim_start().len();
                while let Some(next) = lines.next_if(|l| continues(l)) {
                    text.push(' ');
                    text.push_str(next.trim());
                }
                self.paragraph(&text, indent)?;
            }
        }
        Ok(())
    }

    fn title_of_block(&mut self, info: &str) -> io::Result<()> {
        match info.split_whitespace().find_map(|w| w.strip_prefix("file=")) {
            Some(file) => writeln!(self.out, "  {}", self.look.dim(&format!("# {file}"))),
            None => Ok(()),
        }
    }

    /// A line of code; what is found in it stands out.
    fn code(&mut self, line: &str) -> io::Result<()> {
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            if let Some(at) = line.find(&format!("# {severity}: [")) {
                let (before, mark) = line.split_at(at);
                return writeln!(self.out, "  {before}{}", self.look.paint(mark, Look::level(severity)));
            }
        }
        writeln!(self.out, "  {line}")
    }

    fn paragraph(&mut self, text: &str, indent: usize) -> io::Result<()> {
        let item = text.starts_with("- ") || text.starts_with("* ");
        let (first, rest) = (" ".repeat(indent), " ".repeat(indent + if item { 2 } else { 0 }));
        let options = textwrap::Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent(&rest)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&self.inline(text), options) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// With colours, `code` is coloured and loses its quotes.
    fn inline(&self, text: &str) -> String {
        if !self.look.color {
            return text.to_string();
        }
        let mut out = String::new();
        for (i, part) in text.split('`').enumerate() {
            if i % 2 == 1 {
                // Each word by itself, so that a line end between them does not carry the colour on.
                let words: Vec<_> = part.split(' ').map(|w| self.look.paint(w, Style::new().cyan())).collect();
                out.push_str(&words.join(" "));
            } else {
                out.push_str(part);
            }
        }
        out
    }
}

/// Whether a line goes on with the paragraph or list item before it.
fn continues(line: &str) -> bool {
    let text = line.trim_start();
    !text.is_empty() && !["- ", "* ", "#", "```", "|"].iter().any(|start| text.starts_with(start))
}
