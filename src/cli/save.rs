//! Writing a file: all of it, or nothing.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::system::plain;

/// What writes a file's content.
pub(super) type Fill<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

/// Writes a text to a file that is called `shown` in messages. Where it fails, what was there before is there still.
pub(super) fn save(path: &Path, shown: &str, text: &str) -> Result<(), Failure> {
    fill(path, shown, &|out| out.write_all(text.as_bytes())).map_err(Failure::usage)
}

/// Writes a file that is called `shown` in messages, as [`save`] does; the error is the whole message.
pub(super) fn fill(path: &Path, shown: &str, content: Fill<'_>) -> Result<(), String> {
    write(path, content).map_err(|why| format!("cannot write {shown}: {why}"))
}

fn write(path: &Path, content: Fill<'_>) -> Result<(), String> {
    match fs::metadata(path) {
        Ok(data) if data.is_dir() => Err("it is a folder".into()),
        // A device, a pipe: there is nothing to take the place of, and whoever reads it may leave.
        Ok(data) if !data.is_file() => match File::options().write(true).open(path).and_then(|f| filled(f, content)) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map(drop).map_err(|e| plain(&e)),
        },
        Ok(data) if data.permissions().readonly() => Err("it may only be read".into()),
        Ok(data) => {
            // Another file could take its place although this one must not be written.
            File::options().write(true).open(path).map_err(|e| plain(&e))?;
            replace(path, content, Some(&data))
        }
        Err(_) if path.is_symlink() => Err("it is a link that leads nowhere".into()),
        Err(_) => replace(path, content, None),
    }
}

/// Lets a new file take the place of what is there, when all of it is written.
fn replace(path: &Path, content: Fill<'_>, before: Option<&Metadata>) -> Result<(), String> {
    // What a link leads to is written, the link stays.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(format!("there is no folder {}", folder.display()));
    }
    let exchanged = |path: &PathBuf| {
        let (file, temporary) = builder().tempfile_in(folder)?.into_parts();
        let file = filled(file, content)?;
        file.sync_all()?;
        if let Some(data) = before {
            file.set_permissions(data.permissions())?;
        }
        drop(file);
        temporary.persist(path).map_err(|e| e.error)
    };
    exchanged(&path).map_err(|e| plain(&e))
}

/// Of a file that others may read as far as the user's mask lets them: not a secret one, as temporary files are.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".meshlint-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

fn filled(file: File, content: Fill<'_>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    content(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, text: &str) -> Result<(), String> {
        write(path, &|out| out.write_all(text.as_bytes()))
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        put(&path, "one").unwrap();
        put(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        put(&path, "three").unwrap_err();
        put(&dir.path().join("no/such/folder"), "four").unwrap_err();
        put(dir.path(), "five").unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        put(&file, "one").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        put(&link, "two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        fs::remove_file(&file).unwrap();
        assert_eq!(put(&link, "three").unwrap_err(), "it is a link that leads nowhere");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
