//! `--format text`: what people read.

use std::io::{self, Write};
use std::time::Duration;

use miette::{GraphicalTheme, ThemeCharacters, ThemeStyles};
use owo_colors::Style;

use super::Report;
use super::clean::clean;
use super::snippet::{self, Snippet};
use super::{summary, uri};
use crate::finding::{Finding, Severity};
use crate::source::{Place, Source};
use crate::workspace::Workspace;

/// How much of a line is shown where no terminal says how wide it is.
const DEFAULT_WIDTH: usize = 120;

/// What a terminal can show, and what its reader wants to see.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Colours.
    pub color: bool,
    /// Characters beyond ASCII.
    pub unicode: bool,
    /// Links (OSC 8) on file names.
    pub links: bool,
    /// Columns; `None` where no terminal limits them.
    pub width: Option<usize>,
    /// Notes with their excerpts, and each skipped file.
    pub verbose: bool,
    /// Findings alone.
    pub quiet: bool,
}

impl Look {
    /// The text in that style, where there are colours.
    pub(crate) fn paint(&self, text: &str, style: Style) -> String {
        if self.color { style.style(text).to_string() } else { text.to_string() }
    }

    /// What stands between the parts of a line.
    pub(crate) fn dot(&self) -> &'static str {
        if self.unicode { " · " } else { "; " }
    }

    /// For what matters less.
    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint(text, Style::new().dimmed())
    }

    /// For what matters more.
    pub(crate) fn bold(&self, text: &str) -> String {
        self.paint(text, Style::new().bold())
    }

    /// How a level looks.
    pub(crate) fn level(severity: Severity) -> Style {
        match severity {
            Severity::Error => Style::new().red().bold(),
            Severity::Warning => Style::new().yellow().bold(),
            Severity::Note => Style::new().cyan().bold(),
        }
    }

    fn theme(&self, highlight: Style) -> GraphicalTheme {
        // `^^^` reads better than `^|^`.
        let ascii = ThemeCharacters { underbar: '^', ..ThemeCharacters::ascii() };
        let characters = if self.unicode { ThemeCharacters::unicode() } else { ascii };
        let mut styles = ThemeStyles::none();
        if self.color {
            styles = ThemeStyles::ansi();
            styles.link = Style::new().cyan();
            styles.highlights = vec![highlight];
        }
        GraphicalTheme { characters, styles }
    }
}

/// Writes the findings, what was not verified, and the summary.
///
/// # Errors
/// What writing gives.
pub fn render(
    out: &mut dyn Write,
    report: &Report,
    workspace: &Workspace,
    took: Option<Duration>,
    look: &Look,
) -> io::Result<()> {
    for same in report.grouped() {
        if same[0].severity > Severity::Note || look.verbose {
            finding(out, same, workspace, look)?;
        }
    }
    if !look.quiet {
        summary::render(out, report, workspace, took, look)?;
    }
    Ok(())
}

fn finding(out: &mut dyn Write, same: &[Finding], workspace: &Workspace, look: &Look) -> io::Result<()> {
    let f = &same[0];
    let style = Look::level(f.severity);
    let head = look.paint(&format!("{}[{}]", f.severity, f.rule), style);
    writeln!(out, "{head}{}", look.bold(&format!(": {}", clean(&f.message))))?;
    let source = |place: Place| workspace.sources.get(place.source);
    let line = |place: Place| (place.source, source(place).position(place.span.start).line);
    let places = || std::iter::once(f.place).chain(f.related.iter().map(|r| r.place));
    let digits = places().map(|p| snippet::digits(source(p), p.span)).max().unwrap_or(1);
    let mut draw = |place: Place, label: Option<&str>, context: bool, style: Style| {
        let (source, span) = (source(place), place.span);
        let link = look.links.then(|| url(source)).flatten();
        let snippet = Snippet { source, span, label, context, link, digits };
        out.write_all(snippet.draw(&look.theme(style), look.width.unwrap_or(DEFAULT_WIDTH)).as_bytes())
    };
    // The line before is not shown twice.
    let (of, at) = line(f.place);
    let context = f.related.iter().all(|r| line(r.place) != (of, at.saturating_sub(1)));
    draw(f.place, f.label.as_deref(), context, style)?;
    for related in &f.related {
        draw(related.place, Some(&related.message), false, Style::new().blue().bold())?;
    }
    if same.len() > 1 {
        let clusters: Vec<_> = same.iter().filter_map(|f| f.cluster.as_deref()).map(clean).collect();
        writeln!(out, "  in {}", clusters.join(", "))?;
    }
    if let Some(help) = &f.help {
        writeln!(out, "  {} {}", look.paint("help:", Style::new().green().bold()), clean(help))?;
    }
    let effect = f.effect.as_deref().map(|e| format!("{}; ", clean(e))).unwrap_or_default();
    writeln!(out, "  {}\n", look.dim(&format!("{effect}meshlint explain {}", f.rule)))
}

/// Where a link on a file's name leads.
fn url(source: &Source) -> Option<String> {
    let path = std::path::absolute(&source.path).ok()?;
    Some(format!("file://{}", uri::encode(path.to_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_urls() {
        let url = url(&Source::new("a b/é.yaml", "")).expect("a URL");
        assert!(url.starts_with("file:///") && url.ends_with("/a%20b/%C3%A9.yaml"), "{url}");
    }
}
