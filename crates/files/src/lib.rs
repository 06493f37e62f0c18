//! Segment files: append, read, remove, free space.
