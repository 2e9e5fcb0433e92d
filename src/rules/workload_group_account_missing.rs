//! `workload-group-account-missing`: a WorkloadGroup for machines of a ServiceAccount that is not there.

use rustc_hash::FxHashMap;

use super::words::nearest;
use super::{Findings, Rule, workload_groups_alike};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/workload-group-account-missing.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let groups: Vec<_> = workload_groups_alike::groups(cluster).collect();
    if groups.is_empty() {
        return;
    }
    let mut accounts: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for account in cluster.others("", "ServiceAccount") {
        accounts.entry(account.namespace.value).or_default().push(account.name.value);
    }
    for group in groups {
        let Some(account) = group.spec().get("template").and_then(|t| read::text(t, "serviceAccount")) else {
            continue;
        };
        // Where the repository shows none of a namespace, they are made elsewhere.
        let Some(known) = accounts.get(group.namespace.value) else { continue };
        let may_exist = account.value == "default"
            || unknown(account.value)
            || known.iter().any(|k| *k == account.value || unknown(k))
            || !cluster.is_complete_in(group.namespace.value)
            || cluster.may_be_made(group.namespace.value, account.value);
        if may_exist {
            continue;
        }
        let message = format!(
            "namespace {} has no ServiceAccount `{}`, whose identity the machines of {} are to have",
            group.namespace.value,
            account.value,
            group.title()
        );
        let finding = out.report(cluster.site(group, account.span), message);
        finding.with_label("no token can be made for them, so they cannot join");
        finding.with_help(match nearest(account.value, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add the ServiceAccount, or name one that is there".into(),
        });
    }
}
