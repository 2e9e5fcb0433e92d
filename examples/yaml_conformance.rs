//! Compares what meshlint reads with what Kubernetes' own reader made of the same files.
//!
//! `cargo run --example yaml_conformance -- DIRECTORY` reads `DIRECTORY/expected.json`, an object that has for each
//! `NAME.yaml` beside it `{"kubernetes": "doc1 {…}\ndoc2 ERR …"}`: a line for each document, the JSON that
//! sigs.k8s.io/yaml makes of it (it may be cut short with `...`), or an error. It prints each difference and fails if
//! there is one; with `-v` it prints meshlint's errors, too.

use std::path::Path;
use std::process::ExitCode;

use meshlint::yaml::parse;
use serde_json::{Map, Value};

/// Nesting beyond a bound is refused, though Kubernetes reads it.
const ACCEPTED: [&str; 3] = ["deep-flow-10k", "deep-seq-10k", "deep-map-3k"];

/// A document as JSON, or why it was refused.
type Outcome = Result<Value, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbose = arguments.iter().any(|a| a == "-v");
    let Some(directory) = arguments.iter().find(|a| *a != "-v") else {
        eprintln!("usage: yaml_conformance [-v] DIRECTORY");
        return ExitCode::from(2);
    };
    match compare(Path::new(directory), verbose) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{directory}: {error}");
            ExitCode::from(2)
        }
    }
}

/// The number of files that are read differently.
fn compare(directory: &Path, verbose: bool) -> Result<usize, Box<dyn std::error::Error>> {
    let expected: Map<String, Value> = serde_json::from_slice(&std::fs::read(directory.join("expected.json"))?)?;
    let (mut same, mut accepted, mut different) = (0, 0, 0);
    for (name, columns) in &expected {
        let path = directory.join(format!("{name}.yaml"));
        if !path.exists() {
            continue;
        }
        let ours = read(&std::fs::read(path)?);
        let theirs: Vec<Outcome> =
            columns["kubernetes"].as_str().unwrap_or_default().lines().filter_map(outcome).collect();
        if ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| alike(a, b)) {
            same += 1;
        } else if ACCEPTED.contains(&name.as_str()) {
            accepted += 1;
        } else {
            different += 1;
            println!("{name}:\n  meshlint:   {ours:?}\n  Kubernetes: {theirs:?}");
        }
        if verbose {
            ours.iter().filter_map(|o| o.as_ref().err()).for_each(|error| println!("{name}: {error}"));
        }
    }
    println!("{same} files read alike, {accepted} accepted differences, {different} differences");
    Ok(different)
}

/// `doc1 {…}`, `doc1 ERR …`, `READERR …`; documents that hold nothing are left out.
fn outcome(line: &str) -> Option<Outcome> {
    let (document, rest) = line.split_once(' ')?;
    if document == "READERR" || rest.starts_with("ERR ") {
        return Some(Err(rest.to_string()));
    }
    match serde_json::from_str(rest) {
        Ok(Value::Null) => None,
        Ok(value) => Some(Ok(value)),
        Err(_) => Some(Ok(Value::String(rest.to_string()))),
    }
}

fn alike(ours: &Outcome, theirs: &Outcome) -> bool {
    match (ours, theirs) {
        (Err(_), Err(_)) => true,
        (Ok(ours), Ok(theirs)) => {
            let beginning = theirs.as_str().and_then(|text| text.strip_suffix("..."));
            ours == theirs || beginning.is_some_and(|b| ours.to_string().starts_with(b))
        }
        _ => false,
    }
}

/// Documents and errors in order.
fn read(bytes: &[u8]) -> Vec<Outcome> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![Err("not UTF-8".to_string())];
    };
    let stream = parse(text);
    let mut all: Vec<(u32, Outcome)> = Vec::new();
    for document in &stream.documents {
        all.push((document.span.start, Ok(document.tree.root().map_or(Value::Null, |root| root.to_json()))));
    }
    for error in &stream.errors {
        let shown = format!("`{}`: {} (help: {:?})", &text[error.span.range()], error.message, error.help);
        // Kubernetes gives up a file with a bad separator.
        if text[error.span.range()].starts_with("---") {
            return vec![Err(shown)];
        }
        all.push((error.span.start, Err(shown)));
    }
    all.sort_by_key(|(start, _)| *start);
    all.into_iter().map(|(_, outcome)| outcome).collect()
}
