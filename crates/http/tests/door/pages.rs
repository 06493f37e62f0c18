use reqwest::Method;

use crate::world::World;

#[tokio::test]
async fn the_viewer_is_served_and_knows_its_own_addresses() {
    let world = World::fresh().await;
    let anybody = world.anybody();
    let page = anybody.get("/").await;
    assert_eq!(
        (page.status.as_u16(), page.headers["content-type"].to_str().ok()),
        (200, Some("text/html; charset=utf-8"))
    );
    assert_eq!(page.headers["cache-control"], "no-cache");
    let html = [("accept", "text/html")];
    let deep = anybody.raw(Method::GET, "/review/somewhere", &html, "").await;
    assert_eq!(deep.body, page.body);
    let tag = page.headers["etag"].to_str().expect("text").to_owned();
    let again = anybody.raw(Method::GET, "/", &[("if-none-match", &tag)], "").await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    anybody.raw(Method::GET, "/assets/gone.js", &html, "").await.problem(404, "not-found");
    anybody.get("/review/somewhere").await.problem(404, "not-found");
    anybody.raw(Method::GET, "/../Cargo.toml", &html, "").await;
    anybody.raw(Method::GET, "/%2e%2e/%2e%2e/Cargo.toml", &html, "").await.problem(404, "not-found");
    anybody.raw(Method::POST, "/", &[], "").await.problem(405, "method-not-allowed");
}
