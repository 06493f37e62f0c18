//! What is asked, and the words it is asked in.

use crate::Secret;
use crate::encoder::EncoderConfig;
use crate::masks::NewMask;
use crate::soap::{escape, tag};

/// The two generations of the media service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaVersion {
    /// `ver10/media`: H.264 at most.
    One,
    /// `ver20/media`: H.265 as well.
    Two,
}

impl MediaVersion {
    /// The namespace that names the service in GetServices.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::One => "http://www.onvif.org/ver10/media/wsdl",
            Self::Two => "http://www.onvif.org/ver20/media/wsdl",
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Device service: its clock. May be asked without log-in.
    GetSystemDateAndTime,
    /// Device service: maker, model, firmware, serial number, hardware id.
    GetDeviceInformation,
    /// Device service: which services are where.
    GetServices,
    /// Device service: the older form of the same.
    GetCapabilities,
    /// Device service: hardware addresses.
    GetNetworkInterfaces,
    /// Device service: scopes.
    GetScopes,
    /// Device service: the id it announces itself by; some makers put the hardware address into it.
    GetEndpointReference,
    /// Device service: its host name; some makers put the hardware address into it.
    GetHostname,
    /// Device service: the certificates it holds; some makers list a device identity (IEEE 802.1AR) there.
    GetCertificates,
    /// Device service: its users. Asked to learn that our account may do more than it needs.
    GetUsers,
    /// Device service: gives a user that it has another password. Over TLS only.
    SetUser(NewPassword),
    /// Media service: profiles.
    GetProfiles(MediaVersion),
    /// Media service: where a profile's stream is.
    GetStreamUri {
        /// Which media service.
        media: MediaVersion,
        /// The profile's token.
        token: String,
    },
    /// Media service: what a video encoder configuration can be set to.
    GetVideoEncoderConfigurationOptions {
        /// Which media service.
        media: MediaVersion,
        /// The configuration's token.
        configuration: String,
        /// The profile's token.
        profile: String,
    },
    /// Media service: sets a video encoder configuration.
    SetVideoEncoderConfiguration {
        /// Which media service.
        media: MediaVersion,
        /// What it shall be.
        setting: EncoderSetting,
    },
    /// Second media service: which masks a video source configuration can have.
    GetMaskOptions {
        /// The video source configuration's token.
        configuration: String,
    },
    /// Second media service: which masks it has.
    GetMasks {
        /// The video source configuration's token.
        configuration: String,
    },
    /// Second media service: makes a mask.
    CreateMask(NewMask),
    /// Second media service: makes another mask of one that is there.
    SetMask {
        /// The token of the one that is there.
        token: String,
        /// What it shall be.
        mask: NewMask,
    },
    /// Second media service: removes a mask.
    DeleteMask {
        /// Its token.
        token: String,
    },
    /// Event service: a subscription whose messages are fetched. It ends by itself after two minutes.
    CreatePullPointSubscription,
    /// A subscription: what has happened since; the device may take five seconds to answer.
    PullMessages,
    /// A subscription: two more minutes.
    Renew,
    /// A subscription: no more.
    Unsubscribe,
}

/// A user and the password that it shall have. Its `Debug` names the user only.
#[derive(Clone)]
pub struct NewPassword {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The level that the device lists for the user, handed back unchanged.
    pub level: String,
}

impl NewPassword {
    fn parts(&self) -> (&str, &str, &str) {
        (&self.user, self.password.expose(), &self.level)
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewPassword of {:?}", self.user)
    }
}

impl PartialEq for NewPassword {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for NewPassword {}

impl std::hash::Hash for NewPassword {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// A video encoder configuration as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EncoderSetting(pub(crate) Box<EncoderConfig>);

const DEVICE: &str = "http://www.onvif.org/ver10/device/wsdl";
/// The namespace that names the event service in GetServices.
pub(crate) const EVENTS: &str = "http://www.onvif.org/ver10/events/wsdl";
/// WS-BaseNotification, which subscriptions are taken from.
const NOTIFICATION: &str = "http://docs.oasis-open.org/wsn/b-2";
/// How long a subscription lives that nobody renews (ISO 8601): a recorder that died leaves nothing behind for long.
const LIFE: &str = "PT2M";
/// How long a device may wait for something to tell, and how much it may tell at once.
const PULL: &str = "<o:Timeout>PT5S</o:Timeout><o:MessageLimit>32</o:MessageLimit>";

impl Operation {
    /// The name in the specification.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GetSystemDateAndTime => "GetSystemDateAndTime",
            Self::GetDeviceInformation => "GetDeviceInformation",
            Self::GetServices => "GetServices",
            Self::GetCapabilities => "GetCapabilities",
            Self::GetNetworkInterfaces => "GetNetworkInterfaces",
            Self::GetScopes => "GetScopes",
            Self::GetEndpointReference => "GetEndpointReference",
            Self::GetHostname => "GetHostname",
            Self::GetCertificates => "GetCertificates",
            Self::GetUsers => "GetUsers",
            Self::SetUser(_) => "SetUser",
            Self::GetProfiles(_) => "GetProfiles",
            Self::GetStreamUri { .. } => "GetStreamUri",
            Self::GetVideoEncoderConfigurationOptions { .. } => "GetVideoEncoderConfigurationOptions",
            Self::SetVideoEncoderConfiguration { .. } => "SetVideoEncoderConfiguration",
            Self::GetMaskOptions { .. } => "GetMaskOptions",
            Self::GetMasks { .. } => "GetMasks",
            Self::CreateMask(_) => "CreateMask",
            Self::SetMask { .. } => "SetMask",
            Self::DeleteMask { .. } => "DeleteMask",
            Self::CreatePullPointSubscription => "CreatePullPointSubscription",
            Self::PullMessages => "PullMessages",
            Self::Renew => "Renew",
            Self::Unsubscribe => "Unsubscribe",
        }
    }

    /// The namespace of the service it belongs to.
    #[must_use]
    pub const fn namespace(&self) -> &'static str {
        match self {
            Self::GetProfiles(media)
            | Self::GetStreamUri { media, .. }
            | Self::GetVideoEncoderConfigurationOptions { media, .. }
            | Self::SetVideoEncoderConfiguration { media, .. } => media.namespace(),
            Self::GetMaskOptions { .. }
            | Self::GetMasks { .. }
            | Self::CreateMask(_)
            | Self::SetMask { .. }
            | Self::DeleteMask { .. } => MediaVersion::Two.namespace(),
            Self::CreatePullPointSubscription | Self::PullMessages => EVENTS,
            Self::Renew | Self::Unsubscribe => NOTIFICATION,
            _ => DEVICE,
        }
    }

    /// The `action` of the content type (SOAP 1.2).
    pub(crate) fn action(&self) -> String {
        let (name, namespace) = (self.name(), self.namespace());
        match self {
            Self::CreatePullPointSubscription => format!("{namespace}/EventPortType/{name}Request"),
            Self::PullMessages => format!("{namespace}/PullPointSubscription/{name}Request"),
            Self::Renew | Self::Unsubscribe => {
                format!("http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/{name}Request")
            }
            _ => format!("{namespace}/{name}"),
        }
    }

    /// WS-Addressing headers, which devices ask for where it is about a subscription.
    pub(crate) fn addressing(&self, to: &str) -> String {
        const WSA: &str = "xmlns:a=\"http://www.w3.org/2005/08/addressing\"";
        match self {
            Self::PullMessages | Self::Renew | Self::Unsubscribe => {
                format!("<a:Action {WSA}>{}</a:Action><a:To {WSA}>{}</a:To>", escape(&self.action()), escape(to))
            }
            _ => String::new(),
        }
    }

    /// The element inside the SOAP body.
    pub(crate) fn body(&self) -> String {
        let (name, namespace) = (self.name(), self.namespace());
        let inside = match self {
            Self::GetServices => "<o:IncludeCapability>false</o:IncludeCapability>".to_owned(),
            Self::GetCapabilities => "<o:Category>All</o:Category>".to_owned(),
            Self::SetUser(new) => format!(
                "<o:User>{}{}{}</o:User>",
                tag("t:Username", &new.user),
                tag("t:Password", new.password.expose()),
                tag("t:UserLevel", &new.level)
            ),
            Self::GetProfiles(MediaVersion::Two) => "<o:Type>All</o:Type>".to_owned(),
            Self::GetStreamUri { media: MediaVersion::One, token } => format!(
                "<o:StreamSetup><t:Stream>RTP-Unicast</t:Stream><t:Transport><t:Protocol>RTSP</t:Protocol></t:Transport></o:StreamSetup>\
                 <o:ProfileToken>{}</o:ProfileToken>",
                escape(token)
            ),
            Self::GetStreamUri { media: MediaVersion::Two, token } => {
                tag("o:Protocol", "RTSP") + &tag("o:ProfileToken", token)
            }
            Self::GetVideoEncoderConfigurationOptions { configuration, profile, .. } => {
                tag("o:ConfigurationToken", configuration) + &tag("o:ProfileToken", profile)
            }
            // Only the first service asks whether the setting shall outlive a restart.
            Self::SetVideoEncoderConfiguration { media: MediaVersion::One, setting } => {
                setting.0.to_xml() + &tag("o:ForcePersistence", true)
            }
            Self::SetVideoEncoderConfiguration { media: MediaVersion::Two, setting } => setting.0.to_xml(),
            Self::GetMaskOptions { configuration } | Self::GetMasks { configuration } => {
                tag("o:ConfigurationToken", configuration)
            }
            Self::CreateMask(mask) => mask.to_xml(None),
            Self::SetMask { token, mask } => mask.to_xml(Some(token)),
            Self::DeleteMask { token } => tag("o:Token", token),
            Self::CreatePullPointSubscription => tag("o:InitialTerminationTime", LIFE),
            Self::PullMessages => PULL.to_owned(),
            Self::Renew => tag("o:TerminationTime", LIFE),
            _ => String::new(),
        };
        format!("<o:{name} xmlns:o=\"{namespace}\" xmlns:t=\"http://www.onvif.org/ver10/schema\">{inside}</o:{name}>")
    }
}
