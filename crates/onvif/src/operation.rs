//! What is asked, and the words it is asked in.

use crate::soap::escape;

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
    /// Media service: profiles.
    GetProfiles(MediaVersion),
    /// Media service: where a profile's stream is.
    GetStreamUri {
        /// Which media service.
        media: MediaVersion,
        /// The profile's token.
        token: String,
    },
}

const DEVICE: &str = "http://www.onvif.org/ver10/device/wsdl";

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
            Self::GetProfiles(_) => "GetProfiles",
            Self::GetStreamUri { .. } => "GetStreamUri",
        }
    }

    /// The namespace of the service it belongs to.
    #[must_use]
    pub const fn namespace(&self) -> &'static str {
        match self {
            Self::GetProfiles(media) | Self::GetStreamUri { media, .. } => media.namespace(),
            _ => DEVICE,
        }
    }

    /// The `action` of the content type (SOAP 1.2).
    pub(crate) fn action(&self) -> String {
        format!("{}/{}", self.namespace(), self.name())
    }

    /// The element inside the SOAP body.
    pub(crate) fn body(&self) -> String {
        let (name, namespace) = (self.name(), self.namespace());
        let inside = match self {
            Self::GetServices => "<o:IncludeCapability>false</o:IncludeCapability>".to_owned(),
            Self::GetCapabilities => "<o:Category>All</o:Category>".to_owned(),
            Self::GetProfiles(MediaVersion::Two) => "<o:Type>All</o:Type>".to_owned(),
            Self::GetStreamUri { media: MediaVersion::One, token } => format!(
                "<o:StreamSetup><t:Stream>RTP-Unicast</t:Stream><t:Transport><t:Protocol>RTSP</t:Protocol></t:Transport></o:StreamSetup>\
                 <o:ProfileToken>{}</o:ProfileToken>",
                escape(token)
            ),
            Self::GetStreamUri { media: MediaVersion::Two, token } => {
                format!("<o:Protocol>RTSP</o:Protocol><o:ProfileToken>{}</o:ProfileToken>", escape(token))
            }
            _ => String::new(),
        };
        format!("<o:{name} xmlns:o=\"{namespace}\" xmlns:t=\"http://www.onvif.org/ver10/schema\">{inside}</o:{name}>")
    }
}
