//! Paths that a flag or a variable names.

use clap::builder::{OsStringValueParser, TypedValueParser};
use std::path::{Path, PathBuf};

/// Takes an empty path too, as an empty variable gives one; clap's own parser refuses it. It is for
/// [`non_empty`] to say that it names nothing.
#[must_use]
pub fn path_parser() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// The path, where it names something: a variable that is set and empty counts as not set.
#[must_use]
pub fn non_empty(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !path.as_os_str().is_empty())
}
