//! What the reader's terminal can show.

use std::io::IsTerminal;

use clap::ValueEnum;

use crate::report::text::Look;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// For a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Whether what is written to `stream` is coloured: <https://no-color.org>, <https://bixense.com/clicolors>.
pub(super) fn color(choice: Color, stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let zero = |name| std::env::var_os(name).is_some_and(|v| v == "0");
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if set("CLICOLOR_FORCE") && !zero("CLICOLOR_FORCE") => true,
        Color::Auto => stream.is_terminal() && !zero("CLICOLOR") && !is_dumb(),
    }
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|t| t == "dumb")
}

/// How standard output is to look.
pub(super) fn look(choice: Color) -> Look {
    let stdout = std::io::stdout();
    let terminal = stdout.is_terminal();
    Look {
        color: color(choice, &stdout),
        unicode: terminal && supports_unicode::on(supports_unicode::Stream::Stdout),
        links: terminal && !is_dumb() && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        width: terminal.then(terminal_size::terminal_size).flatten().map(|(w, _)| usize::from(w.0)),
        ..Look::default()
    }
}
