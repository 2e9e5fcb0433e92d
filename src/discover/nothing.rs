//! When there is nothing to check: what was found instead, and what to do.

use std::path::PathBuf;

use super::UsageError;
use super::assemble::Unread;
use super::given::dotted;
use super::skip::Why;
use crate::workspace::Workspace;

/// The error of a run that has nothing to check; `None` where there is something.
pub(super) fn to_check(workspace: &Workspace, unread: &Unread, paths: &[PathBuf]) -> Option<UsageError> {
    let is_broken = workspace.streams.iter().any(|p| p.stream.errors.iter().any(|e| !e.template));
    if unread.objects > 0 || is_broken || unread.failures > 0 {
        return None;
    }
    let place = match paths {
        [] => "the configured clusters hold".into(),
        [one] if one.as_os_str() == "-" => "standard input holds".into(),
        [one] => format!("{} holds", dotted(&one.to_string_lossy())),
        _ => "the given paths hold".into(),
    };
    let count = |is: fn(&Why) -> bool| unread.skipped.iter().filter(|(_, why)| is(why)).count();
    let templates = count(|w| *w == Why::HelmTemplate) + unread.templates;
    let built = unread.skipped.iter().filter(|(_, why)| *why == Why::Kustomize).collect::<Vec<_>>();
    let error = |what: String, help: &str| {
        let help = (!help.is_empty()).then(|| help.to_string());
        Some(UsageError { message: format!("nothing to check: {place} {what}"), help })
    };
    if let Some((path, why)) = unread.skipped.iter().find(|(_, w)| w.at("").is_error) {
        let more = count(|w| w.at("").is_error) - 1;
        let more =
            if more > 0 { format!(" (nor can {})", number(more, "other file", "other files")) } else { String::new() };
        return Some(UsageError {
            message: format!("nothing to check: {path} {}{more}", why.at("").reason),
            help: None,
        });
    }
    if !built.is_empty() && built.len() >= templates {
        let first = dotted(&built[0].0);
        let help = format!(
            "render what a cluster applies (`kustomize build {first} | meshlint -`), or point meshlint at the result"
        );
        let folders = number(built.len(), "folder that Kustomize builds", "folders that Kustomize builds");
        return error(format!("{folders} and no manifests"), &help);
    }
    if templates > 0 {
        let help = "render them (`helm template … | meshlint -`), or point meshlint at what applies them";
        return error(format!("{} and no manifests", number(templates, "Helm template", "Helm templates")), help);
    }
    if let Some(skipped) = unread.other.first() {
        let message = format!("nothing to check: {}: {}", skipped.path, skipped.reason);
        return Some(UsageError { message, help: None });
    }
    if let Some((path, why)) = unread.skipped.first() {
        return Some(UsageError { message: format!("nothing to check: {path}: {}", why.at("").reason), help: None });
    }
    let files = workspace.sources.len();
    if unread.ignored > 0 && files == 0 {
        let entries = number(unread.ignored, "entry", "entries");
        let what = format!("nothing but what `exclude` or an ignore file leaves out ({entries})");
        return error(what, "give its path itself to check it all the same");
    }
    if paths.len() == 1 && paths[0].as_os_str() == "-" {
        return error("no Kubernetes manifests".into(), "");
    }
    if files > 0 {
        let files = number(files, "YAML or JSON file", "YAML or JSON files");
        return error(format!("{files} and no Kubernetes manifests"), "point meshlint at what the clusters apply");
    }
    error("no YAML or JSON files".into(), "point meshlint at what the clusters apply")
}

fn number(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
