//! The handlers, one file per noun. What each needs stands in the table in `router`, not here.

pub(crate) mod alarms;
pub(crate) mod cameras;
pub(crate) mod certificates;
pub(crate) mod check;
pub(crate) mod download;
pub(crate) mod explanation;
pub(crate) mod hls;
pub(crate) mod holds;
pub(crate) mod lists;
pub(crate) mod log;
pub(crate) mod looks;
pub(crate) mod media;
pub(crate) mod motion;
pub(crate) mod papers;
pub(crate) mod people;
pub(crate) mod policy;
pub(crate) mod retention;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod site;
pub(crate) mod status;
pub(crate) mod system;
pub(crate) mod timeline;
