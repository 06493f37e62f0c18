use crate::world::World;

#[tokio::test]
async fn every_answer_has_them() {
    let world = World::set_up().await;
    let dora = world.signed_in("dora").await;
    for path in ["/", "/api/v1/site", "/api/v1/log", "/api/v1/nothing", "/nothing.js", "/ca.crt", "/api/v1/people"] {
        let answer = dora.get(path).await;
        let value = |name: &str| answer.headers.get(name).map(|value| value.to_str().expect("text").to_owned());
        let csp = value("content-security-policy").unwrap_or_default();
        for part in ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert!(!csp.contains("unsafe"), "{path}: {csp}");
        assert_eq!(value("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
        assert_eq!(value("referrer-policy").as_deref(), Some("no-referrer"), "{path}");
        assert_eq!(value("cross-origin-opener-policy").as_deref(), Some("same-origin"), "{path}");
        assert_eq!(value("cross-origin-resource-policy").as_deref(), Some("same-origin"), "{path}");
        assert!(value("permissions-policy").is_some_and(|policy| policy.contains("camera=()")), "{path}");
        assert!(value("x-request-id").is_some_and(|id| id.len() == 16), "{path}");
        assert!(value("strict-transport-security").is_none(), "not with the site authority");
        let kept = value("cache-control").expect("says how long it may be kept");
        assert!(!path.starts_with("/api/") || kept == "no-store", "{path}: {kept}");
    }
    let ids: Vec<_> =
        [dora.get("/").await, dora.get("/").await].map(|answer| answer.headers["x-request-id"].clone()).into();
    assert_ne!(ids[0], ids[1]);
}
