//! `principal-unknown`: an AuthorizationPolicy names a caller by an identity that nothing has.

use rustc_hash::{FxHashMap, FxHashSet};

use super::request_policies::authorization;
use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, Text, unknown};
use crate::model::{Meta, Policy, Principal};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/principal-unknown.md"), check);

/// The service accounts of a fleet.
#[derive(Default)]
struct Accounts<'s> {
    all: FxHashSet<(&'s str, &'s str)>,
    by_namespace: FxHashMap<&'s str, Vec<&'s str>>,
    namespaces: FxHashMap<&'s str, Vec<&'s str>>,
    /// Whether a placeholder may stand for any namespace.
    is_open: bool,
    /// Whether all of every cluster was read.
    is_complete: bool,
}

impl<'s> Accounts<'s> {
    fn of(fleet: &Fleet<'s>) -> Self {
        let mut accounts = Self {
            all: fleet.clusters.iter().flat_map(Cluster::accounts).collect(),
            is_open: fleet.clusters.iter().any(Cluster::has_namespace_with_placeholder),
            is_complete: fleet.clusters.iter().all(Cluster::is_complete),
            ..Self::default()
        };
        for (namespace, account) in &accounts.all {
            accounts.by_namespace.entry(namespace).or_default().push(account);
            accounts.namespaces.entry(account).or_default().push(namespace);
        }
        accounts
    }
}

/// Policies and the principal that they name, by namespace and service account.
type Elsewhere<'a, 's> = FxHashMap<(&'s str, &'s str), Vec<(&'a Meta<'s>, Text<'s>)>>;

const FORM: &str = "an identity is written `<trust domain>/ns/<namespace>/sa/<service account>`";

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut accounts: Option<Accounts<'_>> = None;
    for cluster in &fleet.clusters {
        // What may be elsewhere is said once, of the first policy that names it.
        let mut elsewhere = Elsewhere::default();
        for policy in authorization(cluster) {
            let mut seen = FxHashSet::default();
            for value in policy.sources().flat_map(|s| read::strings(s, "principals")) {
                if unknown(value.value) || value.value.contains('*') || !seen.insert(value.value) {
                    continue;
                }
                let Some(principal) = Principal::parse(value.value) else {
                    malformed(cluster, &policy, value, out);
                    continue;
                };
                // Callers come from other clusters, too.
                let accounts = accounts.get_or_insert_with(|| Accounts::of(fleet));
                if !accounts.all.contains(&(principal.namespace, principal.account)) {
                    without_account(fleet, cluster, &policy, (value, principal), accounts, &mut elsewhere, out);
                }
            }
        }
        for ((namespace, account), all) in &elsewhere {
            let Some((meta, value)) = all.first() else { continue };
            let message = format!(
                "could not verify service account `{account}` of namespace {namespace}, which {} names as a caller{}: nothing that was read has it",
                meta.title(),
                and_more(all.len() - 1, "AuthorizationPolicy")
            );
            out.report(cluster.site(meta, value.span), message)
                .with_help("correct the name, or remove the entry if that caller is gone")
                .at_level(Severity::Note);
        }
    }
}

fn malformed(cluster: &Cluster<'_>, policy: &Policy<'_, '_>, value: Text<'_>, out: &mut Findings) {
    let title = policy.meta.title();
    let message =
        format!("{title} names the caller `{}`, which is no identity of the mesh: nobody has it", value.value);
    let finding = out.report(cluster.site(policy.meta, value.span), message);
    match value.value.strip_prefix("spiffe://").filter(|p| Principal::parse(p).is_some()) {
        Some(plain) => finding.with_help(format!("write `{plain}`, without `spiffe://`")),
        None => finding.with_help(FORM),
    };
}

fn without_account<'a, 's>(
    fleet: &Fleet<'s>,
    cluster: &Cluster<'s>,
    policy: &Policy<'a, 's>,
    (value, principal): (Text<'s>, Principal<'s>),
    accounts: &Accounts<'s>,
    notes: &mut Elsewhere<'a, 's>,
    out: &mut Findings,
) {
    let Principal { namespace, account, .. } = principal;
    // A Gateway of the Gateway API makes an account of its name; charts and operators bring theirs.
    let may_be_made = |c: &Cluster<'_>| {
        c.may_be_made(namespace, account)
            || c.gateways_of(namespace).any(|g| account.starts_with(g))
            || c.mesh.root_namespace == namespace
    };
    if accounts.is_open
        || !fleet.clusters.iter().any(|c| c.knows_workloads_of(namespace))
        || fleet.clusters.iter().any(may_be_made)
    {
        return;
    }
    let near = nearest(account, accounts.by_namespace.get(namespace).into_iter().flatten().copied());
    let others = accounts.namespaces.get(account).filter(|_| account != "default");
    let elsewhere = others.into_iter().flatten().copied().min();
    if near.is_none() && elsewhere.is_none() || !accounts.is_complete {
        notes.entry((namespace, account)).or_default().push((policy.meta, value));
        return;
    }
    let message = format!(
        "{} names the caller `{}`, and no Pod of namespace {namespace} has that service account",
        policy.meta.title(),
        value.value
    );
    let finding = out.report(cluster.site(policy.meta, value.span), message);
    match (near, elsewhere) {
        (Some(near), _) => finding.with_help(format!("did you mean `{near}`?")),
        (None, other) => finding.with_help(format!("did you mean that of namespace `{}`?", other.unwrap_or_default())),
    };
}
