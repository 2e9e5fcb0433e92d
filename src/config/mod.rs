//! Configuration: what `meshlint.yaml` says (`file`) and what a run goes by (`settings`).

mod settings;

pub use settings::{ClusterSettings, Level, Settings};
