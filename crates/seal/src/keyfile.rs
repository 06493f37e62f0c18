//! The key file's format.
