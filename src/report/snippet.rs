//! An excerpt of a source with one value underlined, drawn by miette.
//!
//! miette scans a source from its start and prints every line between two labels, so it never sees one: it gets the
//! lines that it has to draw, found by the source's line index, cleaned of what could steer a terminal and cut where
//! they are too long. An excerpt costs the same anywhere in a file of any length.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use unicode_width::UnicodeWidthChar;

use super::clean::{clean, steers};
use crate::source::{Source, Span};

/// The fewest columns of a line that are shown.
const MIN_WIDTH: usize = 40;
const TAB: usize = 4;

/// One place to draw.
pub(super) struct Snippet<'a> {
    /// Where the text is from.
    pub(super) source: &'a Source,
    /// What to underline; of several lines only the first.
    pub(super) span: Span,
    /// What the place contributes.
    pub(super) label: Option<&'a str>,
    /// Whether the line before is shown, too.
    pub(super) context: bool,
    /// Where the file's name leads on a terminal with links.
    pub(super) link: Option<String>,
    /// How many digits the line numbers of the finding's other places have, so that all stand in one column.
    pub(super) digits: usize,
}

/// How many digits the number of the line has that a place begins on.
pub(super) fn digits(source: &Source, span: Span) -> usize {
    source.position(span.start).line.ilog10() as usize + 1
}

impl Snippet<'_> {
    /// Draws it, in at most about `width` columns.
    pub(super) fn draw(&self, theme: &GraphicalTheme, width: usize) -> String {
        let name = clean(&self.source.path);
        let name = match &self.link {
            Some(url) => format!("\x1b]8;;{url}\x1b\\{name}\x1b]8;;\x1b\\"),
            None => name.into_owned(),
        };
        let label = self.label.map(|l| clean(l).into_owned());
        if self.source.text().is_empty() {
            return bare(&name, label.as_deref(), theme, self.digits);
        }
        let excerpt = self.excerpt(name, label, width);
        let handler = GraphicalReportHandler::new_themed(theme.clone())
            .with_context_lines(1)
            .with_links(false)
            .without_syntax_highlighting()
            .with_width(usize::MAX / 4);
        let mut out = String::new();
        if handler.render_report(&mut out, &excerpt).is_err() {
            return bare(&excerpt.name, None, theme, self.digits);
        }
        // Before the box stands the message, which is empty here.
        let corner = theme.characters.ltop;
        let body = out.split_inclusive('\n').skip_while(|l| !l.trim_start().starts_with(corner));
        let indent = " ".repeat(self.digits.saturating_sub(digits(self.source, self.span)));
        body.filter(|l| !l.trim().is_empty()).map(|l| format!("{indent}{}\n", l.trim_end())).collect()
    }

    fn excerpt(&self, name: String, label: Option<String>, width: usize) -> Excerpt {
        let start = self.source.position(self.span.start);
        let line = self.source.line(start.line);
        let text = &self.source.text()[line.range()];
        let from = (self.span.start.saturating_sub(line.start) as usize).min(text.len());
        let to = (self.span.end.saturating_sub(line.start) as usize).clamp(from, text.len());
        let room = width.saturating_sub(start.line.ilog10() as usize + 6).max(MIN_WIDTH);
        let cut = Cut::around(text, from..to, room);
        let mut data = String::new();
        let mut first_line = start.line;
        if self.context && start.line > 1 && cut.whole_start {
            let before = &self.source.text()[self.source.line(start.line - 1).range()];
            // Only what can be the key above or beside it helps.
            if !before.trim().is_empty() && !before.starts_with("---") && !before.trim_start().starts_with('#') {
                data = Cut::around(before, 0..0, room).text;
                data.push('\n');
                first_line -= 1;
            }
        }
        let span = (data.len() + cut.focus.start, cut.focus.len()).into();
        data.push_str(&cut.text);
        let position = (start.line as usize - 1, start.column as usize - 1);
        Excerpt { name, data, first_line: first_line as usize - 1, position, span, label }
    }
}

/// A place that has a name and no text.
fn bare(name: &str, label: Option<&str>, theme: &GraphicalTheme, digits: usize) -> String {
    let (c, indent) = (&theme.characters, " ".repeat(digits + 2));
    let end = label.map_or(c.hbar.to_string().repeat(3), |l| format!("{} {l}", c.hbar));
    format!("{indent}{}{}[{name}]\n{indent}{}{}{end}\n", c.ltop, c.hbar, c.lbot, c.hbar)
}

/// A line as it is shown, and where the value is in it.
struct Cut {
    text: String,
    focus: std::ops::Range<usize>,
    /// Whether it begins where the line begins.
    whole_start: bool,
}

impl Cut {
    /// Cleans a line and cuts it to `room` columns around `focus`.
    fn around(line: &str, focus: std::ops::Range<usize>, room: usize) -> Self {
        let fits = line.len() <= room || line.chars().map(shown_width).sum::<usize>() <= room;
        let from = if fits || width_below(&line[..focus.start], room * 2 / 3) {
            0
        } else {
            // A third of the room for what stands before the value.
            let before = line[..focus.start].char_indices().rev().take(room / 3).last();
            before.map_or(focus.start, |(i, _)| i)
        };
        let mut out = Self { text: String::new(), focus: 0..0, whole_start: from == 0 };
        let mut column = 0;
        if from > 0 {
            out.text.push('…');
            column = 1;
        }
        let mut starts = None;
        let mut ends = None;
        for (i, c) in line[from..].char_indices().map(|(i, c)| (i + from, c)) {
            if i >= focus.start && starts.is_none() {
                starts = Some(out.text.len());
            }
            if i >= focus.end && ends.is_none() {
                ends = Some(out.text.len());
            }
            if !fits && column + shown_width(c) >= room {
                // The ellipsis is part of the value where the value goes on.
                let at = out.text.len();
                out.text.push('…');
                ends = ends.or(Some(at + '…'.len_utf8()));
                break;
            }
            match c {
                '\t' => out.text.extend(std::iter::repeat_n(' ', TAB - column % TAB)),
                c if steers(c) => out.text.extend(c.escape_default()),
                c => out.text.push(c),
            }
            column += if c == '\t' { TAB - column % TAB } else { shown_width(c) };
        }
        let starts = starts.unwrap_or(out.text.len());
        out.focus = starts..ends.unwrap_or(out.text.len()).max(starts);
        if out.focus.is_empty() && out.focus.start == out.text.len() {
            // There has to be something to point at where nothing stands.
            out.text.push(' ');
            out.focus.end += 1;
        }
        out
    }
}

fn shown_width(c: char) -> usize {
    if c == '\t' {
        TAB
    } else if steers(c) {
        c.escape_default().count()
    } else {
        c.width().unwrap_or(0)
    }
}

fn width_below(text: &str, limit: usize) -> bool {
    let mut sum = 0;
    text.chars().all(|c| {
        sum += shown_width(c);
        sum < limit
    })
}

/// What miette gets to see.
#[derive(Debug)]
struct Excerpt {
    name: String,
    data: String,
    /// The number of the first of its lines, from 0.
    first_line: usize,
    /// Line and column of the value in the file, from 0.
    position: (usize, usize),
    /// Where the value is in `data`.
    span: SourceSpan,
    label: Option<String>,
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if span.offset() + span.len() > self.data.len() {
            return Err(MietteError::OutOfBounds);
        }
        // miette asks for lines around the value to draw them, and for the value alone to say where it is.
        let (line, column) = if before > 0 { (self.first_line, 0) } else { self.position };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.data.as_bytes(),
            (0, self.data.len()).into(),
            line,
            column,
            self.data.lines().count(),
        )))
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Excerpt {}

impl Diagnostic for Excerpt {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(self.label.clone(), self.span))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(text: &str, value: &str, label: Option<&str>) -> String {
        let start = text.find(value).unwrap() as u32;
        draw_at(text, Span::new(start, start + value.len() as u32), label)
    }

    fn draw_at(text: &str, span: Span, label: Option<&str>) -> String {
        let source = Source::new("clusters/a.yaml", text);
        let snippet = Snippet { source: &source, span, label, context: true, link: None, digits: 1 };
        let mut theme = GraphicalTheme::unicode_nocolor();
        theme.styles = miette::ThemeStyles::none();
        snippet.draw(&theme, 60)
    }

    #[test]
    fn a_value_with_the_line_before() {
        insta::assert_snapshot!(draw("a:\n  host: reviews\n  subset: v3\n  port: 1\n", "v3", Some("not defined")), @r#"
          ╭─[clusters/a.yaml:3:11]
        2 │   host: reviews
        3 │   subset: v3
          ·           ─┬
          ·            ╰── not defined
          ╰────
        "#);
    }

    #[test]
    fn no_label() {
        insta::assert_snapshot!(draw("a:\n  subset: v3\n", "v3", None), @r#"
          ╭─[clusters/a.yaml:2:11]
        1 │ a:
        2 │   subset: v3
          ·           ──
          ╰────
        "#);
    }

    #[test]
    fn tabs_carriage_returns_and_wide_characters() {
        insta::assert_snapshot!(draw("x: 1\r\na:\t日本 é v3 # c\r\n", "v3", Some("here")), @r#"
          ╭─[clusters/a.yaml:2:9]
        1 │ x: 1
        2 │ a:  日本 é v3 # c
          ·            ─┬
          ·             ╰── here
          ╰────
        "#);
    }

    #[test]
    fn a_long_line_is_cut_around_the_value() {
        let line = format!("a: {{x: {}, subset: v3, y: {}}}\n", "é".repeat(5000), "z".repeat(5000));
        insta::assert_snapshot!(draw(&line, "v3", Some("here")), @r#"
          ╭─[clusters/a.yaml:1:5018]
        1 │ …éééééééé, subset: v3, y: zzzzzzzzzzzzzzzzzzzzzzzzzzz…
          ·                    ─┬
          ·                     ╰── here
          ╰────
        "#);
    }

    #[test]
    fn a_value_longer_than_the_line_is_cut_itself() {
        let value = "v".repeat(5000);
        insta::assert_snapshot!(draw(&format!("subset: {value}\n"), &value, Some("here")), @r#"
          ╭─[clusters/a.yaml:1:9]
        1 │ subset: vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv…
          ·         ───────────────────────┬──────────────────────
          ·                                ╰── here
          ╰────
        "#);
    }

    #[test]
    fn a_place_without_length() {
        insta::assert_snapshot!(draw_at("subset:\n", Span::new(7, 7), Some("empty")), @r#"
          ╭─[clusters/a.yaml:1:8]
        1 │ subset:
          ·        ┬
          ·        ╰── empty
          ╰────
        "#);
        insta::assert_snapshot!(draw_at("subset:\n", Span::new(8, 8), Some("the end")), @r#"
          ╭─[clusters/a.yaml:2:1]
        1 │ subset:
        2 │
          · ┬
          · ╰── the end
          ╰────
        "#);
        insta::assert_snapshot!(draw_at("a: []\n", Span::new(4, 4), Some("here")), @r#"
          ╭─[clusters/a.yaml:1:5]
        1 │ a: []
          ·     ▲
          ·     ╰── here
          ╰────
        "#);
    }

    #[test]
    fn several_lines_show_the_first() {
        insta::assert_snapshot!(draw("subsets:\n- name: v1\n- name: v2\n", "- name: v1\n- name: v2", Some("both")), @r#"
          ╭─[clusters/a.yaml:2:1]
        1 │ subsets:
        2 │ - name: v1
          · ─────┬────
          ·      ╰── both
          ╰────
        "#);
    }

    #[test]
    fn nothing_steers_the_terminal() {
        let text = draw("a: \x1b[31mred\u{202e} v3\n", "v3", Some("\x1b]0;title\x07"));
        assert!(!text.contains('\x1b') && !text.contains('\x07') && !text.contains('\u{202e}'), "{text:?}");
        insta::assert_snapshot!(text, @r#"
          ╭─[clusters/a.yaml:1:14]
        1 │ a: \u{1b}[31mred\u{202e} v3
          ·                          ─┬
          ·                           ╰── \u{1b}]0;title\u{7}
          ╰────
        "#);
    }

    #[test]
    fn a_place_without_a_text() {
        insta::assert_snapshot!(draw_at("", Span::default(), Some("no manifest")), @r#"
        ╭─[clusters/a.yaml]
        ╰── no manifest
        "#);
    }
}
