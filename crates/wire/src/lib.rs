//! Types of the HTTP and live interfaces.
