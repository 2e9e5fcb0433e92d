//! What becomes of bytes.

use super::*;

/// The files' documents and errors, as counts.
fn counts(workspace: &Workspace) -> Vec<(usize, usize)> {
    workspace.streams.iter().map(|p| (p.stream.documents.len(), p.stream.errors.len())).collect()
}

#[test]
fn a_bad_document_costs_nothing_but_itself() {
    let broken = format!("{}---\na: [\n---\n{}", service("a"), service("b"));
    let mut latin = format!("{}---\nname: caf", service("a")).into_bytes();
    latin.extend(b"\xE9\n---\n");
    latin.extend(service("b").bytes());
    let nul = format!("{}---\na: \0\n", service("a"));
    let dir = tree(&[("k8s/broken.yaml", &broken), ("k8s/nul.yaml", &nul)]);
    std::fs::write(dir.path().join("k8s/latin.yaml"), latin).unwrap();
    let workspace = look(&dir, &["k8s"]);
    assert_eq!(counts(&workspace), [(2, 1), (2, 1), (1, 1)]);
    let latin = workspace.sources.iter().find(|(_, s)| s.path == "k8s/latin.yaml").unwrap().0;
    let error = &workspace.streams[latin.0 as usize].stream.errors[0];
    assert_eq!(error.message, "byte 0xE9 is not UTF-8");
    let at = workspace.sources.get(latin).position(error.span.start);
    assert_eq!((at.line, at.column), (9, 10));
}

#[test]
fn a_file_that_is_no_yaml_is_something_to_say() {
    let dir = tree(&[("clusters/east/a.yaml", "\u{1}garbage: [}\n")]);
    let workspace = look(&dir, &[]);
    assert_eq!(counts(&workspace), [(0, 1)]);
}

#[test]
fn variables_are_put_in() {
    let dir = tree(&[("clusters/east/a.yaml", &service("${NAME}"))]);
    let variables = [("NAME".to_string(), "reviews".to_string())].into();
    let workspace = run(dir.path(), &[], &Settings { variables, ..Settings::default() }).unwrap();
    let document = &workspace.streams[0].stream.documents[0];
    let root = document.tree.root().unwrap();
    assert_eq!(root.at_path(&["metadata", "name"]).and_then(|n| n.text()), Some("reviews"));
}

#[test]
fn many_documents_in_one_file() {
    let dir = tree(&[("k8s/a.yaml", &"a: 1\n---\n".repeat(100_000)), ("k8s/b.yaml", "")]);
    assert_eq!(counts(&look(&dir, &["k8s"])), [(100_000, 0), (1, 0)]);
}

#[test]
fn a_file_without_end_is_skipped() {
    let dir = tree(&[("k8s/a.yaml", "")]);
    let file = std::fs::File::create(dir.path().join("k8s/b.yaml")).unwrap();
    file.set_len(meshlint::workspace::MAX_BYTES + 1).unwrap();
    let workspace = look(&dir, &["k8s"]);
    assert_eq!(skipped(&workspace.clusters[0]), ["k8s/b.yaml: larger than 256 MiB"]);
}

#[test]
fn a_stream_on_standard_input_is_a_cluster() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let dir = tree(&[]);
    let mut program = Command::new(env!("CARGO_BIN_EXE_meshlint"));
    let program = program.args(["clusters", "-"]).current_dir(dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = program.spawn().unwrap();
    let text = format!("{}---\n{}", service("a"), service("b"));
    program.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = program.wait_with_output().unwrap();
    let output = String::from_utf8_lossy(&output.stdout);
    assert!(output.starts_with("stdin ") && output.contains("understood as: one cluster: standard input"), "{output}");
}
