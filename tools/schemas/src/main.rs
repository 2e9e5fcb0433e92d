//! Makes `src/schema/builtin/*.txt` from published packages, or checks (`--check`) that they are what it would make.
//!
//! Kubernetes' own kinds come from the crate `k8s-openapi`, which is made of Kubernetes' OpenAPI document. The kinds of
//! Istio and of the Gateway API come from the CRDs in their Go modules, through Go's module proxy: the crates for them
//! (`istio-api-rs`, `gateway-api`) are made of the same CRDs and leave out ranges, patterns, "one of", and CEL rules.

mod crds;
mod known;
mod kubernetes;
mod write;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde_json::Value;

/// The modules' versions: `go` verifies what it loads by the public checksum database.
const ISTIO: &str = "istio.io/api@v1.32.0";
const GATEWAY_API: &str = "sigs.k8s.io/gateway-api@v1.6.3";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let check = std::env::args().any(|a| a == "--check");
    match run(check) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every file is as it should be.
fn run(check: bool) -> Result<bool> {
    let istio = crds::read(&[module(ISTIO)?.join("kubernetes/customresourcedefinitions.gen.yaml")])?;
    let gateway = crds::read(&crds::files(&module(GATEWAY_API)?.join("config/crd/experimental"))?)?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/schema/builtin");
    std::fs::create_dir_all(&folder)?;
    let mut same = true;
    for (name, from, text) in [
        ("istio.txt", ISTIO, write::text(istio)),
        ("gateway.txt", GATEWAY_API, write::text(gateway)),
        ("kubernetes.txt", kubernetes::SOURCE, write::text(kubernetes::read())),
    ] {
        let text = format!("{}{text}", write::head(from));
        let path = folder.join(name);
        if check {
            if std::fs::read_to_string(&path)? != text {
                eprintln!("{} is not what its source gives: run this without --check", path.display());
                same = false;
            }
        } else {
            std::fs::write(&path, &text)?;
            println!("{name}: {} bytes", text.len());
        }
    }
    Ok(same)
}

/// The folder of a Go module, loaded where it is not there yet.
fn module(module: &str) -> Result<PathBuf> {
    let out =
        Command::new("go").args(["mod", "download", "-json", module]).current_dir(std::env::temp_dir()).output()?;
    let said: Value = serde_json::from_slice(&out.stdout)?;
    let dir = said["Dir"].as_str().ok_or_else(|| format!("{module}: {}", said["Error"]))?;
    Ok(dir.into())
}
