//! Writing a file: all of it, or nothing.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::Failure;
use crate::system::plain;

/// Writes a file that is called `shown` in messages. Where it fails, what was there before is there still.
pub(super) fn save(path: &Path, shown: &str, text: &str) -> Result<(), Failure> {
    write(path, text).map_err(|e| Failure::usage(format!("cannot write {shown}: {}", plain(&e))))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let before = real.metadata().ok();
    match &before {
        // A device or a pipe is written to, and not replaced.
        Some(data) if !data.is_file() => {
            return fs::File::options().write(true).open(&real)?.write_all(text.as_bytes());
        }
        Some(data) if data.permissions().readonly() => return Err(io::Error::other("it may only be read")),
        _ => {}
    }
    let folder = real.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = builder().tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    if let Some(data) = before {
        file.as_file().set_permissions(data.permissions())?;
    }
    file.persist(&real).map_err(|e| e.error)?;
    Ok(())
}

/// Of a file that others may read as far as the user's mask lets them: not a secret one, as temporary files are.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".meshlint-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write(&path, "one").unwrap();
        write(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        write(&path, "three").unwrap_err();
        write(&dir.path().join("no/such/folder"), "four").unwrap_err();
        write(dir.path(), "five").unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "one").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, "two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
    }
}
