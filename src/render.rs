//! Running the programs that make manifests: `kustomize build`, `helm template`.
//!
//! They run on untrusted input: without a network, plugins or the user's own configuration, for a limited time, with
//! limited memory and output. What they print is kept in the user's cache, by the content of all that they read.

mod cache;
pub mod helm;
mod process;
mod programs;

pub use cache::{Key, default_dir};
pub(crate) use programs::on_path;
pub use programs::{Failure, Programs, Tool, install_hint};
