//! The `meshlint` program: arguments, the library, the exit status.

use std::path::PathBuf;

use meshlint::config::Settings;
use meshlint::discover::{self, Target};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut args = std::env::args_os().skip(1).filter(|a| a != "--format" && a != "json");
    let target = Target {
        paths: vec![args.next().map_or("clusters".into(), PathBuf::from)],
        cwd: std::env::current_dir().unwrap_or_default(),
    };
    let settings = Settings::default();
    let Ok(workspace) = discover::open(&target, &settings) else { std::process::exit(2) };
    let report = meshlint::lint(&workspace, &settings);
    println!("{}", meshlint::report::json::render(&report, &workspace.sources));
}
