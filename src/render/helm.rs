//! `helm template`: what a chart's release applies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Key;
use super::programs::{Failure, Programs, Tool};

/// The most files and bytes of a chart.
const MAX: (usize, u64) = (10_000, 100 << 20);

/// A release of a chart.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// The chart's folder, without links.
    pub folder: PathBuf,
    /// Nothing outside of this folder is read.
    pub boundary: PathBuf,
    /// The release's name.
    pub release: String,
    /// The namespace that it is installed in.
    pub namespace: String,
    /// Its values; of the same sort, later ones win, and single ones win over files.
    pub values: Vec<Value>,
    /// Whether what is in `crds` is left out.
    pub skip_crds: bool,
}

/// Values of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A file of values.
    File(PathBuf),
    /// Such a file's text.
    Text(String),
    /// One value, as `--set` takes it.
    Set {
        /// `route.subset`
        path: String,
        /// The value.
        value: String,
        /// Never a number or a boolean.
        as_text: bool,
    },
    /// The content of a file as one value.
    SetFile {
        /// `route.subset`
        path: String,
        /// The file.
        file: PathBuf,
    },
}

/// What a chart's release applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The documents, as one text.
    pub text: String,
    /// For each document, by the byte at which it starts, the file of the chart that it is from.
    pub templates: Vec<(usize, PathBuf)>,
}

impl Programs {
    /// Renders a chart.
    ///
    /// # Errors
    /// There is no output; or the chart reads what meshlint gives to no program.
    pub fn helm(&self, chart: &Chart) -> Result<Rendered, Failure> {
        let mut key = Key::new(Tool::Helm);
        for (path, bytes) in content(&chart.folder, &chart.boundary)? {
            // By its place in the chart: every copy of it renders alike.
            key = key.add(&path.strip_prefix(&chart.folder).unwrap_or(&path).to_string_lossy(), &bytes);
        }
        key = key.add("release", chart.release.as_bytes()).add("namespace", chart.namespace.as_bytes());
        key = key.add("crds", &[u8::from(!chart.skip_crds)]);
        for value in &chart.values {
            key = match value {
                Value::File(path) => key.add("file", &inside(path, &chart.boundary)?),
                Value::SetFile { path, file } => {
                    key.add("set-file", path.as_bytes()).add("file", &inside(file, &chart.boundary)?)
                }
                Value::Text(_) | Value::Set { .. } => key.add("value", format!("{value:?}").as_bytes()),
            };
        }
        let made = self.run(Tool::Helm, key, &|program, home| chart.command(&program.path, home), &|text| text);
        match made {
            Ok(text) => Ok(Rendered { templates: templates(&text, &chart.folder), text }),
            Err(Failure::Said(text)) => Err(chart.explained(text)),
            Err(other) => Err(other),
        }
    }
}

impl Chart {
    fn command(&self, program: &Path, home: &Path) -> Result<Command, Failure> {
        let mut command = Command::new(program);
        command.arg("template").arg("--namespace").arg(&self.namespace).arg("--skip-tests");
        if !self.skip_crds {
            command.arg("--include-crds");
        }
        for (i, value) in self.values.iter().enumerate() {
            match value {
                Value::File(path) => command.arg("--values").arg(path),
                Value::Text(text) => {
                    let file = home.join(format!("values-{i}.yaml"));
                    fs::write(&file, text).map_err(|e| Failure::Io(e.to_string()))?;
                    command.arg("--values").arg(file)
                }
                Value::Set { path, value, as_text: false } => command.arg("--set").arg(format!("{path}={value}")),
                Value::Set { path, value, as_text: true } => command.arg("--set-string").arg(format!("{path}={value}")),
                Value::SetFile { path, file } => command.arg("--set-file").arg(format!("{path}={}", file.display())),
            };
        }
        // After this, nothing that a repository says is taken for an option.
        command.arg("--").arg(&self.release).arg(&self.folder).current_dir(home);
        Ok(command)
    }

    /// What helm said, in other terms where it is no fault of the chart.
    fn explained(&self, text: String) -> Failure {
        let missing = "missing in charts/ directory:";
        match text.split_once(missing) {
            Some((_, names)) => Failure::Unvendored(names.lines().next().unwrap_or_default().trim().to_string()),
            None => Failure::Said(text.replace(&*self.folder.to_string_lossy(), "").trim().to_string()),
        }
    }
}

/// All files of a chart, in order.
fn content(folder: &Path, boundary: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Failure> {
    let mut all = Vec::new();
    let mut total = 0;
    let mut open = vec![(folder.to_path_buf(), 0)];
    while let Some((at, depth)) = open.pop() {
        let entries = fs::read_dir(&at).map_err(|e| Failure::Io(e.to_string()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let shown = || path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            let Ok(real) = fs::canonicalize(&path) else {
                return Err(Failure::Refused(format!("`{}` is a link to nothing", shown())));
            };
            if !real.starts_with(boundary) {
                return Err(Failure::Refused(format!("`{}` leads out of the repository", shown())));
            }
            let data = fs::metadata(&real).map_err(|e| Failure::Io(e.to_string()))?;
            total += data.len();
            if all.len() + open.len() > MAX.0 || total > MAX.1 || depth > 32 {
                return Err(Failure::Refused("the chart is larger than meshlint renders".into()));
            }
            if data.is_dir() {
                open.push((path, depth + 1));
            } else if data.is_file() {
                let bytes = fs::read(&real).map_err(|e| Failure::Io(e.to_string()))?;
                all.push((path, bytes));
            } else {
                return Err(Failure::Refused(format!("`{}` is not a file", shown())));
            }
        }
    }
    all.sort();
    Ok(all)
}

/// A file's content, where it is in the repository.
fn inside(path: &Path, boundary: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.strip_prefix(boundary).unwrap_or(path).display();
    match fs::canonicalize(path) {
        Ok(real) if !real.starts_with(boundary) => {
            Err(Failure::Refused(format!("`{shown}` leads out of the repository")))
        }
        Ok(real) => fs::read(real).map_err(|e| Failure::Io(e.to_string())),
        Err(_) => Err(Failure::Refused(format!("`{shown}` does not exist"))),
    }
}

/// The files that the documents of an output are from: helm writes `# Source: chart/templates/x.yaml` above each.
fn templates(text: &str, folder: &Path) -> Vec<(usize, PathBuf)> {
    let mut all = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(source) = line.strip_prefix("# Source: ") {
            let inner = source.trim_end().split_once('/').map_or("", |(_, inner)| inner);
            let file = folder.join(inner);
            // What is in an archive has no file of its own.
            all.push((at, if file.is_file() { file } else { folder.join("Chart.yaml") }));
        }
        at += line.len();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_their_templates() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("templates")).unwrap();
        fs::write(folder.path().join("templates/a.yaml"), "").unwrap();
        let text = "---\n# Source: shop/templates/a.yaml\na: 1\n---\n# Source: shop/charts/x/templates/b.yaml\nb: 1\n";
        let found = templates(text, folder.path());
        let names: Vec<_> =
            found.iter().map(|(_, p)| p.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["templates/a.yaml", "Chart.yaml"]);
        assert_eq!(found[0].0, 4);
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_repository_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", root.join("values.yaml")).unwrap();
        assert!(matches!(content(&root, &root), Err(Failure::Refused(_))));
    }
}
