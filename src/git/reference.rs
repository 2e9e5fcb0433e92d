//! Which commit a name means, and what to say where it means none.

use super::Repository;
use crate::discover::UsageError;
use crate::rules::words;

/// How many commits more of a branch are worth a try where it is not known how many it takes.
const MORE: u32 = 50;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its full name.
    pub id: String,
}

impl Repository {
    /// Where the present branch left `reference`: their merge base, which is what `git diff reference...` and pull
    /// requests compare with.
    ///
    /// # Errors
    /// No such commit, or no merge base, with what to do.
    pub fn base(&self, reference: &str) -> Result<Commit, UsageError> {
        let error = |message: String, help: Option<String>| UsageError {
            message: format!("--since {}: {message}", if reference.is_empty() { "``" } else { reference }),
            help,
        };
        // Nothing that git could take for an option ever reaches it.
        if reference.is_empty() || reference.starts_with('-') {
            let help = "give a branch, a tag or a commit, like `origin/main`";
            return Err(error("not a name that a commit can have".into(), Some(help.into())));
        }
        let Some(theirs) = self.commit(reference)? else {
            let (message, help) = self.unknown(reference)?;
            return Err(error(message, help));
        };
        let Some(ours) = self.commit("HEAD")? else {
            return Err(error("this repository has no commit yet, so there is nothing to compare with".into(), None));
        };
        if let Some(base) = self.ask(&["merge-base", &theirs, &ours])?.said() {
            return Ok(Commit { id: base.lines().next().unwrap_or_default().to_string() });
        }
        if self.is_shallow()? {
            let message = "where this branch left it is not in this shallow clone".into();
            return Err(error(message, Some(fetch_more(&self.fetch(reference, MORE)?, None))));
        }
        let help = "give a commit that this branch has come from".into();
        Err(error("it has no commit in common with this branch".into(), Some(help)))
    }

    fn commit(&self, name: &str) -> Result<Option<String>, UsageError> {
        let commit = format!("{name}^{{commit}}");
        Ok(self.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?.said())
    }

    fn is_shallow(&self) -> Result<bool, UsageError> {
        Ok(self.ask(&["rev-parse", "--is-shallow-repository"])?.said().as_deref() == Some("true"))
    }

    fn remotes(&self) -> Result<Vec<String>, UsageError> {
        Ok(self.ask(&["remote"])?.said().unwrap_or_default().lines().map(String::from).collect())
    }

    /// What is wrong with a name that means no commit, and what may be meant.
    fn unknown(&self, name: &str) -> Result<(String, Option<String>), UsageError> {
        let is_id = name.len() >= 7 && name.bytes().all(|b| b.is_ascii_hexdigit());
        if is_id && name.bytes().all(|b| b == b'0') {
            // What CI systems give for the state before the first push of a branch.
            let help = "give the branch that it is to be merged into, like `origin/main`".into();
            return Ok(("no commit: this is what stands for \"the branch is new\"".into(), Some(help)));
        }
        if is_id {
            let remote = self.remote()?;
            let help = format!("fetch it: `git fetch {remote} {name}`, or `fetch-depth: 0` for actions/checkout");
            return Ok(("this commit is not in this clone".into(), Some(help)));
        }
        if let Some((start, generations)) = ancestor(name)
            && let Some(id) = self.commit(start)?
        {
            return self.out_of_reach(start, &id, generations);
        }
        let message = "no branch, tag or commit of that name is here".to_string();
        let format = ["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"];
        let refs = self.ask(&format)?.said().unwrap_or_default();
        let remotes = self.remotes()?;
        let tracking = remotes.iter().map(|r| format!("{r}/{name}")).find(|t| refs.lines().any(|r| r == t));
        if let Some(tracking) = tracking {
            let help = format!("only the remote has it: did you mean `{tracking}`?");
            return Ok((message, Some(help)));
        }
        if let Some(near) = words::nearest(name, refs.lines()) {
            return Ok((message, Some(format!("did you mean `{near}`?"))));
        }
        let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.".contains(&b));
        if !is_plain || remotes.is_empty() {
            return Ok((message, None));
        }
        let help = if self.is_shallow()? {
            fetch_more(&self.fetch(name, MORE)?, None)
        } else {
            let (remote, branch) = split(name, &remotes);
            format!("if it is a branch of {remote}: `git fetch {remote} +{branch}:refs/remotes/{remote}/{branch}`")
        };
        Ok((message, Some(help)))
    }

    /// What to say of an ancestor that is not here, although the commit is that it is counted from.
    fn out_of_reach(&self, start: &str, id: &str, generations: u32) -> Result<(String, Option<String>), UsageError> {
        if !self.is_shallow()? {
            return Ok((format!("{start} has no such ancestor"), None));
        }
        let is_head = matches!(start, "HEAD" | "@");
        let command = match self.ask(&["symbolic-ref", "--quiet", "HEAD"])?.ok {
            _ if !is_head => self.fetch(start, generations)?,
            true => format!("git fetch --deepen={generations}"),
            // What CI systems check out may be on no branch.
            false => format!("git fetch --deepen={generations} {} {id}", self.remote()?),
        };
        let depth = is_head.then(|| generations.saturating_add(1));
        Ok(("the history of this shallow clone does not reach that far".into(), Some(fetch_more(&command, depth))))
    }

    /// The first of the remotes.
    fn remote(&self) -> Result<String, UsageError> {
        Ok(self.remotes()?.into_iter().next().unwrap_or_else(|| "origin".into()))
    }

    /// The command that fetches as many more commits of a shallow clone's history.
    fn fetch(&self, reference: &str, depth: u32) -> Result<String, UsageError> {
        let remotes = self.remotes()?;
        let (remote, branch) = split(reference, &remotes);
        let is_branch = branch.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.".contains(&b));
        let what = if is_branch { format!(" +{branch}:refs/remotes/{remote}/{branch}") } else { String::new() };
        Ok(format!("git fetch --deepen={depth} {remote}{what}"))
    }
}

/// `origin/main` as a remote and its branch; what names no remote is of `origin`, or of the only one.
fn split<'a>(name: &'a str, remotes: &'a [String]) -> (&'a str, &'a str) {
    let of = |remote: &'a String| Some((remote.as_str(), name.strip_prefix(remote.as_str())?.strip_prefix('/')?));
    let default = || match remotes {
        [only] => only.as_str(),
        _ => "origin",
    };
    remotes.iter().find_map(of).unwrap_or_else(|| (default(), name))
}

/// `HEAD^1` or `main~3` as the commit that is counted from, and by how many generations.
fn ancestor(name: &str) -> Option<(&str, u32)> {
    let (start, mut steps) = name.split_at(name.find(['^', '~'])?);
    let mut generations = 0_u32;
    while !steps.is_empty() {
        let after = steps.strip_prefix(['^', '~'])?;
        let (digits, rest) = after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()));
        let number = if digits.is_empty() { 1 } else { digits.parse().ok()? };
        // `^2` is one generation: the second parent.
        generations = generations.saturating_add(if steps.starts_with('~') { number } else { 1 });
        steps = rest;
    }
    Some((start, generations))
}

/// How a command, or a depth to clone with, gets more of the history.
fn fetch_more(command: &str, depth: Option<u32>) -> String {
    let (all, depth) = match depth {
        Some(depth) => ("clone more of it", depth),
        None => ("all of it", 0),
    };
    format!(
        "fetch more of the history: `{command}`; or {all}: `fetch-depth: {depth}` for actions/checkout, `GIT_DEPTH: {depth}` for GitLab"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_are_counted() {
        assert_eq!(ancestor("HEAD^1"), Some(("HEAD", 1)));
        assert_eq!(ancestor("origin/main~3^2~"), Some(("origin/main", 5)));
        for other in ["main", "HEAD^{tree}", "HEAD^é", "HEAD~99999999999"] {
            assert_eq!(ancestor(other), None, "{other}");
        }
    }
}
