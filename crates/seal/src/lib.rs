//! The sealed-segment format, content tree and keyring format.
