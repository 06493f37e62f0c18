//! The one table of routes: what is at which address, and what a person must be allowed to do to call it.
//!
//! [`Table::add`] is the only way in, and it takes an [`Access`]: a handler cannot be registered without one.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::access::{Access, guard};
use crate::app::App;
use crate::extract::{BODY_LIMIT, FILE_LIMIT};
use crate::roles::Act;
use crate::routes::{
    address_tables, alarms, cameras, certificates, check, commissioning, decode, download, exceptions, explanation,
    factor, glass, grant_reading, grants, hls, holds, lists, log, log_export, log_search, looks, media, motion_search,
    motion_trial, papers, passkeys, people, policy, public_log, retention, search, session, sessions, setup,
    shortening, site, status, still, system, timeline, waiting,
};
use crate::{document, envelope, live, origin, pages};

const API: &str = "/api/v1";
/// Where everybody finds the log; a path of its own, for a cache or a mirror in front.
const LOG: &str = "/log/v1";

/// The table. Read it as: who may do the third to the second.
fn table() -> Table {
    use Access::{Anybody, Begun, Confirmed, Freshly, SignedIn, To};
    Table::new()
        .add(Anybody, routes!(site::read_site))
        .add(Anybody, routes!(site::openapi))
        .add(Anybody, routes!(setup::set_up))
        .add(Anybody, routes!(session::sign_in))
        .add(Begun, routes!(session::read_session))
        .add(Begun, routes!(session::sign_out))
        .add(Begun, routes!(factor::show))
        .add(Begun, routes!(factor::begin))
        .add(Begun, routes!(factor::confirm))
        .add(Begun, routes!(passkeys::factors))
        .add(Begun, routes!(passkeys::challenge))
        .add(Begun, routes!(passkeys::show))
        // At the first sign-in, or after another second factor was just shown; the handlers ask.
        .add(Begun, routes!(passkeys::begin))
        .add(Begun, routes!(passkeys::confirm))
        .add(Confirmed, routes!(passkeys::remove))
        .add(SignedIn, routes!(session::confirm))
        .add(SignedIn, routes!(sessions::list))
        .add(SignedIn, routes!(sessions::end))
        .add(SignedIn, routes!(sessions::end_others))
        .add(SignedIn, routes!(status::read))
        // Each sees what they could decide; the handler asks.
        .add(SignedIn, routes!(waiting::read))
        .add(To(Act::SeeAlarms), routes!(alarms::list))
        .add(To(Act::TakeAlarm), routes!(alarms::acknowledge))
        .add(To(Act::SeeCameras), routes!(cameras::list))
        .add(To(Act::SeeCameraDetail), routes!(cameras::read))
        .add(To(Act::ManageCameras), routes!(cameras::add))
        .add(To(Act::ManageCameras), routes!(search::read))
        .add(To(Act::ManageCameras), routes!(search::start))
        .add(To(Act::ManageCameras), routes!(search::stop))
        .add(To(Act::ManageCameras), routes!(cameras::change))
        .add(To(Act::ManageCameras), routes!(cameras::remove))
        .add(To(Act::ManageCameras), routes!(cameras::judge_again))
        .add(To(Act::ManageCameras), routes!(cameras::set_password))
        .add(To(Act::SeeCameraDetail), routes!(commissioning::read))
        // Pictures of a camera that is set up: whoever looks shows the second factor again.
        .add(Freshly(Act::Commission), routes!(commissioning::begin))
        .add(To(Act::Commission), routes!(commissioning::picture))
        .add(To(Act::Commission), routes!(commissioning::keep_still))
        .add(To(Act::Commission), routes!(commissioning::sign))
        .add(To(Act::Commission), routes!(commissioning::end))
        .add(To(Act::Commission), routes!(commissioning::read_still))
        .add(To(Act::Commission), routes!(commissioning::delete_still))
        .add(To(Act::SeeGrants), routes!(commissioning::list))
        .add(Freshly(Act::DecideGrants), routes!(commissioning::decide))
        .add(To(Act::ManageCameras), routes!(papers::file))
        // The second person may be one who does not manage cameras.
        .add(Freshly(Act::SeeSystem), routes!(papers::sign))
        .add(To(Act::SeeCameraDetail), routes!(papers::read))
        .add(To(Act::ManageCameras), routes!(decode::again))
        .add(To(Act::ManageCameras), routes!(decode::decide))
        .add(To(Act::ManageCameras), routes!(exceptions::file))
        .add(Freshly(Act::SeeSystem), routes!(exceptions::sign))
        // It can only stop a camera, so one of either is enough.
        .add(To(Act::SeeSystem), routes!(exceptions::end))
        .add(To(Act::SeeSystem), routes!(address_tables::list))
        .add(To(Act::ManageCameras), routes!(address_tables::file))
        .add(Freshly(Act::SeeSystem), routes!(address_tables::sign))
        // One person is enough: what would let a camera in is not taken back.
        .add(To(Act::SeeSystem), routes!(address_tables::withdraw))
        .add(To(Act::SeeSystem), routes!(address_tables::read))
        .add(To(Act::SeePolicy), routes!(policy::list))
        .add_file(To(Act::DraftPolicy), routes!(policy::draft))
        .add_file(To(Act::DraftPolicy), routes!(policy::check))
        .add(To(Act::SeePolicy), routes!(policy::read))
        .add(To(Act::AdvisePolicy), routes!(policy::advise))
        .add(Freshly(Act::ApprovePolicy), routes!(policy::approve))
        // Of an approved version only whoever approves; the handler asks.
        .add(To(Act::DraftPolicy), routes!(policy::withdraw))
        .add(SignedIn, routes!(policy::accept))
        .add(To(Act::SeeTimeline), routes!(timeline::read))
        .add(To(Act::LookBack), routes!(motion_search::ask))
        // Who may not look is told sums; the handler asks.
        .add(To(Act::TryMotion), routes!(motion_trial::ask))
        .add(To(Act::WatchLive), routes!(live::open))
        .add(To(Act::LookBack), routes!(looks::ask))
        .add(To(Act::LookBack), routes!(looks::renew))
        .add(To(Act::LookBack), routes!(looks::end))
        .add(To(Act::LookBack), routes!(looks::plan))
        .add(To(Act::LookBack), routes!(media::read))
        .add(To(Act::LookBack), routes!(still::read))
        .add(To(Act::LookBack), routes!(download::read))
        .add(To(Act::LookBack), routes!(hls::read))
        .add(To(Act::LookBack), routes!(hls::give_address))
        // The address itself is the permission: it is told once, to whoever may look, and ends with the look.
        .add(Anybody, routes!(hls::read_at_address))
        .add(To(Act::SeeGrants), routes!(grant_reading::list))
        .add(To(Act::AskGrant), routes!(grants::ask))
        .add(Freshly(Act::DecideGrants), routes!(grants::decide))
        // One's own, or by whoever decides; the handler asks.
        .add(To(Act::SeeGrants), routes!(grants::withdraw))
        .add(Freshly(Act::BreakGlass), routes!(glass::break_glass))
        .add(Freshly(Act::ReviewBreakGlass), routes!(glass::review))
        .add(To(Act::MarkIncident), routes!(glass::mark))
        .add(To(Act::ReadLog), routes!(log::read))
        .add(To(Act::ReadLog), routes!(log_search::search))
        .add(To(Act::ReadLog), routes!(log_search::choices))
        .add(To(Act::ReadLog), routes!(log_search::stand_out))
        .add(To(Act::ReadLog), routes!(log_export::file))
        .add(To(Act::SeeRetention), routes!(retention::read))
        .add(To(Act::SeeRetention), routes!(explanation::read))
        .add(Freshly(Act::ApprovePolicy), routes!(shortening::resume))
        .add(To(Act::SeeRetention), routes!(certificates::read))
        .add(To(Act::SeeRetention), routes!(certificates::file))
        .add(To(Act::SeeRetention), routes!(holds::list))
        .add(To(Act::ManageHolds), routes!(holds::place))
        .add(To(Act::ManageHolds), routes!(holds::extend))
        .add(Freshly(Act::ManageHolds), routes!(holds::lift))
        .add(To(Act::SeeSystem), routes!(system::read))
        .add(To(Act::SeeSystem), routes!(check::read))
        .add(To(Act::SeeSystem), routes!(check::start))
        .add(To(Act::SeeSystem), routes!(lists::read))
        // One that its signers marked urgent is in force at once.
        .add(Freshly(Act::SeeSystem), routes!(lists::offer))
        .add(Freshly(Act::SeeSystem), routes!(lists::confirm))
        .add(To(Act::SeeSystem), routes!(lists::withdraw))
        .add(To(Act::ManagePeople), routes!(people::list))
        .add(Freshly(Act::ManagePeople), routes!(people::add))
        .add(Freshly(Act::ManagePeople), routes!(people::change))
        .add(Freshly(Act::ManagePeople), routes!(people::reset_factor))
        .add(To(Act::ManagePeople), routes!(sessions::list_of))
        .add(To(Act::ManagePeople), routes!(sessions::end_of))
        .add(To(Act::ManagePeople), routes!(sessions::end_all_of))
}

/// What everybody may read of the log, to check it (promise 5): times, kinds and salted commitments, never who or what.
fn public_log() -> Table {
    use Access::Anybody;
    Table::new()
        .add(Anybody, routes!(public_log::checkpoint))
        .add(Anybody, routes!(public_log::cosigned))
        .add(Anybody, routes!(public_log::key))
        .add(Anybody, routes!(public_log::tile))
}

/// One line of the table.
struct Row {
    access: Access,
    handlers: UtoipaMethodRouter<App>,
    /// Most bytes of a request.
    limit: usize,
}

struct Table(Vec<Row>);

impl Table {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn add(mut self, access: Access, handlers: UtoipaMethodRouter<App>) -> Self {
        self.0.push(Row { access, handlers, limit: BODY_LIMIT });
        self
    }

    /// A route whose requests bring a policy file.
    fn add_file(mut self, access: Access, handlers: UtoipaMethodRouter<App>) -> Self {
        self.0.push(Row { access, handlers, limit: FILE_LIMIT });
        self
    }

    /// Every handler behind its guard.
    fn into_router(self, app: &App) -> OpenApiRouter<App> {
        self.0.into_iter().fold(OpenApiRouter::new(), |router, Row { access, handlers, limit }| {
            let (schemas, paths, methods) = handlers;
            let methods: MethodRouter<App> = methods.layer(DefaultBodyLimit::max(limit));
            let methods = methods.route_layer(from_fn_with_state((app.clone(), access), guard));
            router.routes((schemas, paths, methods))
        })
    }

    /// The routes as they stand in the document.
    fn described(self) -> OpenApiRouter<App> {
        self.0.into_iter().fold(OpenApiRouter::new(), |router, Row { access, mut handlers, .. }| {
            document::complete(&mut handlers.1, access);
            router.routes(handlers)
        })
    }
}

/// The interface as an OpenAPI document, the same for every call.
#[must_use]
pub fn openapi_json() -> String {
    let frame = OpenApiRouter::with_openapi(document::Frame::openapi());
    let whole = frame.nest(API, table().described()).nest(LOG, public_log().described()).into_openapi();
    whole.to_pretty_json().expect("the document is plain data") + "\n"
}

/// Everything the door answers.
pub(crate) fn router(app: App) -> Router {
    let api: Router<App> =
        OpenApiRouter::new().nest(API, table().into_router(&app)).nest(LOG, public_log().into_router(&app)).into();
    Router::new()
        .merge(api)
        .route("/ca.crt", get(site::ca_certificate))
        .route("/api", axum::routing::any(site::nothing_here))
        .route("/api/{*rest}", axum::routing::any(site::nothing_here))
        .route("/log/v1", axum::routing::any(site::nothing_here))
        .route("/log/v1/{*rest}", axum::routing::any(site::nothing_here))
        .fallback(pages::serve)
        .layer(from_fn(origin::own_origin))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(app.clone(), envelope::envelope))
        .with_state(app)
}
