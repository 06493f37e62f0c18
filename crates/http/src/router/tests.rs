use super::*;

#[test]
fn placeholder_until_the_matrix() {
    assert!(openapi_json().contains("/api/v1/looks"));
}
