//! Whether Pods get a sidecar: what Istio's injection webhooks go by (Istio, "Installing the Sidecar").

use super::Cluster;
use crate::model::read::{self, unknown};
use crate::model::{Labels, Workload};
use crate::yaml::Node;

/// Namespaces whose Pods injection leaves alone.
const SYSTEM: &[&str] = &["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

/// The container that is the sidecar, or the gateway.
pub const PROXY: &str = "istio-proxy";

impl<'s> Cluster<'s> {
    /// Whether a namespace is one that Istio leaves alone.
    pub fn is_system(namespace: &str) -> bool {
        SYSTEM.contains(&namespace)
    }

    /// Whether Pods of a namespace that say nothing themselves get a sidecar; `None` where that is not known: no
    /// Namespace object was read.
    pub fn injects_into(&self, namespace: &str) -> Option<bool> {
        if Self::is_system(namespace) {
            return Some(false);
        }
        self.namespace(namespace)?;
        if let Some(label) = self.namespace_label(namespace, "istio-injection").filter(|l| !l.value.is_empty()) {
            return (!unknown(label.value)).then_some(label.value == "enabled");
        }
        // Also in ambient mode: the webhooks do not ask for it (istio, `mutatingwebhook.yaml` of the chart istiod).
        if self.namespace_label(namespace, "istio.io/rev").is_some_and(|l| !l.value.is_empty()) {
            return Some(true);
        }
        Some(self.mesh.injects_by_default.is_some_and(|said| said.value == "true"))
    }

    /// Whether a workload's Pods have or get a sidecar, or are a gateway's; `None` where that is not known.
    pub fn injects(&self, workload: &Workload<'s>) -> Option<bool> {
        let pod = workload.pod?;
        let proxies = containers(pod).filter(|c| read::text(*c, "name").is_some_and(|n| n.value == PROXY));
        if proxies.filter_map(|c| read::text(c, "image")).any(|i| i.value != "auto") {
            return Some(true);
        }
        let namespace = workload.meta.namespace.value;
        if read::boolean(pod, "hostNetwork") == Some(true) || Self::is_system(namespace) {
            return Some(false);
        }
        if let Some(by_webhooks) = self.injected_by_webhooks(workload) {
            return by_webhooks;
        }
        let refuses = self.namespace_label(namespace, "istio-injection").is_some_and(|l| l.value == "disabled");
        let asks = |name| workload.label(name).is_some_and(|l| !l.value.is_empty() && l.value != "false");
        match workload.injection() {
            Some(false) => Some(false),
            _ if refuses => Some(false),
            _ if asks("sidecar.istio.io/inject") || asks("istio.io/rev") => Some(true),
            // The annotation alone is seen only where a webhook is asked for other reasons.
            Some(true) => self.injects_into(namespace).filter(|injects| *injects),
            None => self.injects_into(namespace),
        }
    }

    /// Whether something says that a workload's Pods get no sidecar: itself, a label of its namespace, or the webhooks
    /// that were read. That nothing asks for one is less: a label may be put on a namespace elsewhere.
    pub fn refuses_injection(&self, workload: &Workload<'s>) -> bool {
        let label = self.namespace_label(workload.meta.namespace.value, "istio-injection");
        self.injects(workload) == Some(false)
            && (workload.injection() == Some(false)
                || label.is_some_and(|l| !l.value.is_empty())
                || self.injected_by_webhooks(workload).is_some())
    }

    /// Whether a workload's Pods have a sidecar, as far as something says so: what nothing asks for may be asked for
    /// elsewhere.
    pub fn has_sidecar(&self, workload: &Workload<'s>) -> Option<bool> {
        let on_host = workload.pod.is_some_and(|p| read::boolean(p, "hostNetwork") == Some(true));
        self.injects(workload).filter(|injects| *injects || on_host || self.refuses_injection(workload))
    }

    /// What the injection webhooks say that were read; the outer `None` where there are none.
    fn injected_by_webhooks(&self, workload: &Workload<'s>) -> Option<Option<bool>> {
        let configurations = self.others("admissionregistration.k8s.io", "MutatingWebhookConfiguration");
        let is_injection =
            |w: &Node<'s>| read::text(*w, "name").is_some_and(|n| n.value.ends_with("sidecar-injector.istio.io"));
        let webhooks: Vec<_> =
            configurations.flat_map(|c| read::items(c.root, "webhooks")).filter(is_injection).collect();
        if webhooks.is_empty() {
            return None;
        }
        if workload.injection() == Some(false) {
            return Some(Some(false));
        }
        let namespace = self.namespace_labels(workload.meta.namespace.value);
        let none = Labels::new();
        let by_labels = |labels: &Labels<'s>| {
            let matches = |w: &Node<'s>, key, labels| w.get(key).is_none_or(|s| selects(s, labels));
            webhooks
                .iter()
                .any(|w| matches(w, "namespaceSelector", labels) && matches(w, "objectSelector", &workload.labels))
        };
        // Without the Namespace, what holds whatever its labels are: the two kinds of webhooks are for those with and
        // for those without them.
        Some(match namespace {
            Some(labels) => Some(by_labels(&labels)),
            None => by_labels(&none).then_some(true),
        })
    }

    /// Whether any of the cluster's Pods are known to get sidecars: elsewhere it is no mesh, or an ambient one.
    pub fn has_sidecars(&self) -> bool {
        let objects = &self.objects;
        objects.namespaces.iter().any(|n| self.injects_into(n.name.value) == Some(true))
            || objects.workloads.iter().any(|w| self.injects(w) == Some(true))
    }
}

/// All containers of a Pod's spec, the first ones to run included.
fn containers<'s>(pod: Node<'s>) -> impl Iterator<Item = Node<'s>> + use<'s> {
    read::items(pod, "containers").chain(read::items(pod, "initContainers"))
}

/// Whether a LabelSelector takes an object with these labels.
fn selects(selector: Node<'_>, labels: &Labels<'_>) -> bool {
    let wanted = read::labels(selector, "matchLabels");
    let has = |key: &str| read::label(labels, key);
    wanted.iter().all(|(k, v)| has(k.value).is_some_and(|l| l.value == v.value))
        && read::items(selector, "matchExpressions").all(|e| {
            let Some(key) = read::text(e, "key") else { return false };
            let listed = |value: &str| read::strings(e, "values").iter().any(|v| v.value == value);
            match read::text(e, "operator").map_or("", |o| o.value) {
                "In" => has(key.value).is_some_and(|l| listed(l.value)),
                "NotIn" => has(key.value).is_none_or(|l| !listed(l.value)),
                "Exists" => has(key.value).is_some(),
                "DoesNotExist" => has(key.value).is_none(),
                _ => false,
            }
        })
}
