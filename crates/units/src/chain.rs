//! An error with its causes, for the one place that logs it.

/// The layers of an error, outermost first, on one line: each tells its own layer only, so nothing is said twice.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use std::fmt;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Layer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.1.as_deref().map(|inner| inner as &dyn std::error::Error)
        }
    }

    #[test]
    fn every_layer_once() {
        let error = Layer(
            "cannot close the segment",
            Some(Box::new(Layer("cannot sync", Some(Box::new(Layer("disk gone", None)))))),
        );
        assert_eq!(super::chain(&error), "cannot close the segment: cannot sync: disk gone");
    }
}
