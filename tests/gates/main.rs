//! What stands between a change and a cluster: the action, the hooks and the pages in `docs/ci`, run as their tools would
//! run them, as far as that is possible without a cluster.
//!
//! A block of a page is a file where its info string says so: ```` ```bash file=apply.sh ````. The programs that talk to a
//! cluster or a registry are stood in for by ones that write down how they were called; meshlint, kustomize, helm, git
//! and pre-commit are the real ones. `bash .ci/tools` installs them.

#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod action;
mod argo;
mod flux;
mod gitlab;
mod image;
mod kubectl;
mod packages;
mod pages;
mod pre_commit;
mod release;
mod scene;
