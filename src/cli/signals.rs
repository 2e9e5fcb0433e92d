//! What happens when somebody ends a run: nothing of it stays.

/// Ends the program at an interrupt (Ctrl-C) or when it is asked to end, as it would by itself, but without its temporary
/// folders. A hang-up is left alone: `nohup` ignores it.
#[cfg(unix)]
pub(super) fn watch() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // Without it, the folders stay.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            crate::system::remove_scratch();
            // Whoever has started it sees which signal it was: a shell's script ends with it.
            let _ = emulate_default_handler(signal);
        }
    });
}

/// Elsewhere the system ends the program, and keeps its temporary folder.
#[cfg(not(unix))]
pub(super) fn watch() {}
