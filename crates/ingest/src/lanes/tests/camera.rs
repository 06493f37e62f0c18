//! Against simulated cameras.
