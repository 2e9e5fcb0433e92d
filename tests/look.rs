//! What people see: snapshots of text output, as a terminal with Unicode shows it and as a pipe gets it.
//!
//! `INSTA_UPDATE=always cargo test --test look` writes them anew; read the difference before you commit it.

use std::path::Path;
use std::time::Duration;

use meshlint::config::Settings;
use meshlint::discover::Target;
use meshlint::report::text::{self, Look};

const FILES: &[(&str, &str)] = &[
    (
        "clusters/east/reviews.yaml",
        "\
apiVersion: v1
kind: Service
metadata:
  name: reviews
  namespace: shop
spec:
  selector:
    app: ratings
    app: reviews
  ports:
  - name: http
    port: 9080
---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata:
  name: reviews
  namespace: shop
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
data:
  mode: strict
  # meshlint: ignore[duplicate-key] the reader takes the last one
  mode: lax
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Values.name }}
",
    ),
    (
        "clusters/east/settings.yaml",
        "\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {mode: strict}
",
    ),
    ("clusters/west/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n\tname: shop\n"),
];

fn shown(files: &[(&str, &str)], look: &Look) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    for (file, content) in files {
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, content).expect("a file");
    }
    let settings = Settings::default();
    let target = Target { paths: vec![Path::new("clusters").into()], cwd: dir.path().into() };
    let workspace = meshlint::open(&target, &settings).expect("something to check");
    let report = meshlint::lint(&workspace, &settings);
    let mut out = Vec::new();
    text::render(&mut out, &report, &workspace, Some(Duration::from_millis(4)), look).expect("memory can be written");
    String::from_utf8(out).expect("UTF-8")
}

fn terminal() -> Look {
    Look { unicode: true, width: Some(100), ..Look::default() }
}

#[test]
fn on_a_terminal() {
    insta::assert_snapshot!(shown(FILES, &terminal()));
}

#[test]
fn in_a_pipe() {
    insta::assert_snapshot!(shown(FILES, &Look::default()));
}

#[test]
fn in_full() {
    insta::assert_snapshot!(shown(FILES, &Look { verbose: true, ..terminal() }));
}

#[test]
fn in_colour() {
    let text = shown(&FILES[1..], &Look { color: true, ..terminal() });
    insta::assert_snapshot!(text.replace('\x1b', "^"));
}

#[test]
fn when_all_is_well() {
    insta::assert_snapshot!(shown(&FILES[1..2], &terminal()));
}
