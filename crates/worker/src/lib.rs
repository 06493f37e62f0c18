//! The retention reconciler.
