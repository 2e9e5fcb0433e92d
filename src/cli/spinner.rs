//! A line on standard error that says how far a run is, for a person who waits.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::Progress;

/// What is over sooner says so by itself.
const PATIENCE: Duration = Duration::from_secs(1);

const TICK: Duration = Duration::from_millis(100);

/// Shows the line until it is dropped, and then clears it.
pub(super) struct Spinner {
    /// Closed when the run is over.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Spinner {
    /// Shows how far a run is, once it takes long, where a person looks at standard error.
    pub(super) fn start(progress: &Progress, quiet: bool) -> Self {
        if quiet || !is_watched() {
            return Self { running: None, thread: None };
        }
        let (running, over) = mpsc::channel::<()>();
        let progress = progress.clone();
        let thread = std::thread::spawn(move || {
            if over.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
            let bar = ProgressBar::new_spinner().with_elapsed(PATIENCE);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            loop {
                bar.set_message(progress.to_string());
                bar.tick();
                if over.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            bar.finish_and_clear();
        });
        Self { running: Some(running), thread: Some(thread) }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            // The line is gone before anything else is printed. If the thread has failed, so has only the line.
            let _ = thread.join();
        }
    }
}

/// Whether a person looks at standard error while the run goes on.
fn is_watched() -> bool {
    let is_ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty() && v != "false");
    let is_dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    std::io::stderr().is_terminal() && !is_ci && !is_dumb
}
