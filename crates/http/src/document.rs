//! The interface as an OpenAPI document: what the handlers say of themselves, completed from the table of routes with
//! what every route has in common, so that no handler has to repeat it.

use candour_wire::problem::Problem;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Paths, Ref, RefOr, Response};
use utoipa::{Modify, OpenApi};

use crate::access::Access;

const COOKIE: &str = "session";
const PROBLEM: &str = "application/problem+json";
/// What `x-needs` says of routes that want password and second factor again.
const CONFIRMED: &str = "confirmed_within_5_minutes";

/// The document without its paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Candour",
        version = "1",
        description = "The interface of a Candour recorder. Times are 90 kHz ticks since 1970 (UTC) in fields named \
            `..._90k`; ids are 32 lower-case hex digits; unknown fields are refused. Errors are problem details \
            (RFC 9457). Sign-in is a cookie; acts need an `Origin` header that names this host. What a route asks of a \
            person's roles stands in `x-needs`; where it says `confirmed_within_5_minutes`, password and second factor must \
            have been shown within that time, else the answer is the problem `confirm-sign-in`, and \
            `POST /api/v1/session/confirm` helps.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    modifiers(&SignIn),
    components(schemas(Problem, candour_wire::live::FromPage, candour_wire::live::FromServer))
)]
pub(crate) struct Frame;

struct SignIn;

impl Modify for SignIn {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description("__Host-candour", "Given by `POST /api/v1/session`.");
        components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Completes the operations of one line of the table.
pub(crate) fn complete(paths: &mut Paths, access: Access) {
    // What the router calls the whole rest of an address is a parameter like any other to the document.
    paths.paths =
        std::mem::take(&mut paths.paths).into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for (path, item) in &mut paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(id(method, path));
            // One extension: the library keeps several in no order, and the document shall be the same each time.
            operation.extensions = Some(Extensions::builder().add("x-needs", needs(access)).build());
            if access != Access::Anybody {
                operation.security = Some(vec![SecurityRequirement::new(COOKIE, Vec::<String>::new())]);
            }
            answers(operation, access, method != "get");
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Unique by construction: method and address name an operation.
fn id(method: &str, path: &str) -> String {
    let words = path.split('/').map(|word| word.trim_matches(|c| c == '{' || c == '}')).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_").replace(['.', '-'], "_")
}

/// What a route needs, in a word.
fn needs(access: Access) -> String {
    match access {
        Access::Anybody => "nothing".to_owned(),
        Access::Begun => "password".to_owned(),
        Access::SignedIn => "sign_in".to_owned(),
        Access::Confirmed => format!("{}, {CONFIRMED}", needs(Access::SignedIn)),
        Access::Freshly(act) => format!("{}, {CONFIRMED}", needs(Access::To(act))),
        Access::To(act) => {
            // `WatchLive` reads `watch_live` in the document.
            let mut word = String::new();
            for letter in format!("{act:?}").chars() {
                if letter.is_uppercase() && !word.is_empty() {
                    word.push('_');
                }
                word.extend(letter.to_lowercase());
            }
            word
        }
    }
}

/// Every error is a problem, and some errors every route can give.
fn answers(operation: &mut Operation, access: Access, acts: bool) {
    let all = &mut operation.responses.responses;
    let mut common = vec!["400", "500", "503", "504"];
    common.extend((access != Access::Anybody).then_some("401"));
    common.extend((!matches!(access, Access::Anybody | Access::Begun) || acts).then_some("403"));
    common.extend(if acts { &["413", "415"][..] } else { &[] });
    // Refused looks are on a pace, so that nobody fills the log with them.
    common.extend(matches!(access, Access::To(act) | Access::Freshly(act) if act.shows_pictures()).then_some("429"));
    if operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
        common.extend(["404", "422"]);
    }
    if operation.request_body.is_some() {
        common.push("422");
    }
    for status in common {
        all.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new("")));
    }
    for (status, answer) in all {
        if let RefOr::T(answer) = answer
            && status.starts_with(['4', '5'])
        {
            answer.description = format!("Problem: {}", reason(status));
            let schema = Ref::from_schema_name("Problem");
            answer.content.insert(PROBLEM.to_owned(), RefOr::T(Content::new(Some(schema))));
        }
    }
}

fn reason(status: &str) -> &'static str {
    axum::http::StatusCode::from_bytes(status.as_bytes())
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("see the title")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::Act;

    #[test]
    fn words() {
        assert_eq!(id("get", "/api/v1/cameras/{id}/timeline"), "get_api_v1_cameras_id_timeline");
        assert_eq!(id("get", "/openapi.json"), "get_openapi_json");
        assert_eq!(needs(Access::To(Act::WatchLive)), "watch_live");
        assert_eq!(needs(Access::To(Act::SeeCameraDetail)), "see_camera_detail");
        assert_eq!(needs(Access::Freshly(Act::BreakGlass)), "break_glass, confirmed_within_5_minutes");
    }
}
