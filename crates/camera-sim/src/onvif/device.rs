//! The device service (ONVIF Core, ver10/device): what the camera says it is.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use quick_xml::escape::escape;
use time::{Duration, OffsetDateTime};

use super::answer::{DEVICE, Fault, MEDIA, MEDIA2, tag};
use super::events::{EVENTS, EVENTS_PATH};
use super::soap::Element;
use crate::config::{CameraConfig, DEVICE_PATH};
use crate::fault::StreamName;
use crate::guise::Guise;

/// A camera as its services describe it.
#[derive(Debug)]
pub struct Device {
    /// Where the ONVIF device answers.
    pub onvif: SocketAddr,
    /// Where the RTSP server answers.
    pub rtsp: SocketAddr,
    /// Everything from the camera file.
    pub camera: CameraConfig,
    /// What it pretends to be now.
    guise: RwLock<Guise>,
}

impl Device {
    /// A camera that answers at these addresses.
    #[must_use]
    pub fn new(onvif: SocketAddr, rtsp: SocketAddr, camera: CameraConfig) -> Self {
        let guise = RwLock::new(camera.guise.clone());
        Self { onvif, rtsp, camera, guise }
    }

    /// What it pretends to be now.
    #[must_use]
    pub fn guise(&self) -> Guise {
        self.guise.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Pretends to be something else.
    pub fn disguise(&self, guise: Guise) {
        *self.guise.write().unwrap_or_else(PoisonError::into_inner) = guise;
    }

    /// Realm of its challenges.
    #[must_use]
    pub fn realm(&self) -> String {
        self.guise().realm.unwrap_or_else(|| self.camera.realm.clone())
    }

    /// Address of an HTTP path as the camera names it, which may lead elsewhere.
    pub fn service_url(&self, path: &str) -> String {
        let at = self.guise().services_at.unwrap_or_else(|| self.onvif.to_string());
        format!("{}://{at}{path}", self.scheme())
    }

    /// Address of a stream as the camera names it, which may lead elsewhere.
    #[must_use]
    pub fn named_stream_url(&self, stream: StreamName) -> String {
        match self.guise().streams_at {
            Some(at) => format!("rtsp://{at}{}", self.stream_path(stream)),
            None => self.stream_url(stream),
        }
    }

    fn stream_path(&self, stream: StreamName) -> &str {
        match stream {
            StreamName::Main => &self.camera.main_path,
            StreamName::Sub => &self.camera.sub_path,
        }
    }

    /// The camera's clock when the true time is `now`.
    #[must_use]
    pub fn clock(&self, now: OffsetDateTime) -> OffsetDateTime {
        now.saturating_add(Duration::saturating_seconds_f64(self.camera.clock_error_s))
    }

    /// Address of an HTTP path on this camera.
    #[must_use]
    pub fn http_url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme(), self.onvif)
    }

    fn scheme(&self) -> &'static str {
        if self.camera.tls { "https" } else { "http" }
    }

    /// RTSP address of a stream, without credentials.
    #[must_use]
    pub fn stream_url(&self, stream: StreamName) -> String {
        format!("rtsp://{}{}", self.rtsp, self.stream_path(stream))
    }

    /// Whether ONVIF Core 5.9.4 lets anybody ask this before signing in.
    #[must_use]
    pub fn is_open(operation: &Element) -> bool {
        let open = [
            "GetSystemDateAndTime",
            "GetServices",
            "GetCapabilities",
            "GetServiceCapabilities",
            "GetHostname",
            "GetEndpointReference",
            "GetWsdlUrl",
        ];
        match operation.namespace.as_str() {
            DEVICE => open.contains(&operation.name.as_str()),
            MEDIA | MEDIA2 => operation.name == "GetServiceCapabilities",
            _ => false,
        }
    }

    /// Answers an operation of the device service; `questions` counts the GetEndpointReference calls so far.
    ///
    /// # Errors
    /// The fault to send instead.
    pub fn answer(&self, operation: &Element, now: OffsetDateTime, questions: &AtomicUsize) -> Result<String, Fault> {
        let content = match operation.name.as_str() {
            "GetSystemDateAndTime" => self.date_and_time(now),
            "GetDeviceInformation" => self.information(),
            "GetServices" => self.services(operation.text_of("IncludeCapability") == "true"),
            "GetCapabilities" => self.capabilities(operation.text_of("Category")),
            "GetServiceCapabilities" => capabilities_of_device(),
            "GetNetworkInterfaces" => self.network_interfaces(),
            "GetScopes" => self.scopes(),
            "GetHostname" => self.hostname(),
            "GetEndpointReference" => self.endpoint(questions).ok_or(Fault::NOT_SUPPORTED)?,
            _ => return Err(Fault::NOT_SUPPORTED),
        };
        Ok(format!("<tds:{0}Response>{content}</tds:{0}Response>", operation.name))
    }

    fn date_and_time(&self, now: OffsetDateTime) -> String {
        let clock = self.clock(now);
        let moment =
            tag("tt:Hour", clock.hour()) + &tag("tt:Minute", clock.minute()) + &tag("tt:Second", clock.second());
        let date =
            tag("tt:Year", clock.year()) + &tag("tt:Month", u8::from(clock.month())) + &tag("tt:Day", clock.day());
        let both = format!("<tt:Time>{moment}</tt:Time><tt:Date>{date}</tt:Date>");
        let source = if self.camera.clock_error_s == 0.0 { "NTP" } else { "Manual" };
        format!(
            "<tds:SystemDateAndTime>{}<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ>\
             </tt:TimeZone><tt:UTCDateTime>{both}</tt:UTCDateTime><tt:LocalDateTime>{both}</tt:LocalDateTime>\
             </tds:SystemDateAndTime>",
            tag("tt:DateTimeType", source)
        )
    }

    fn information(&self) -> String {
        let (guise, camera) = (self.guise(), &self.camera);
        tag("tds:Manufacturer", guise.make.as_ref().unwrap_or(&camera.make))
            + &tag("tds:Model", guise.model.as_ref().unwrap_or(&camera.model))
            + &tag("tds:FirmwareVersion", guise.firmware.as_ref().unwrap_or(&camera.firmware))
            + &tag("tds:SerialNumber", guise.serial.as_ref().unwrap_or(&camera.serial))
            + &tag("tds:HardwareId", &self.camera.hardware)
    }

    fn services(&self, with_capabilities: bool) -> String {
        let service = |namespace: &str, path: &str, capabilities: String, version: (u8, u8)| {
            let capabilities = if with_capabilities && !capabilities.is_empty() {
                format!("<tds:Capabilities>{capabilities}</tds:Capabilities>")
            } else {
                String::new()
            };
            format!(
                "<tds:Service>{}{}{capabilities}<tds:Version>{}{}</tds:Version></tds:Service>",
                tag("tds:Namespace", namespace),
                tag("tds:XAddr", self.service_url(path)),
                tag("tt:Major", version.0),
                tag("tt:Minor", version.1),
            )
        };
        let camera = &self.camera;
        let extra = camera.extra_services.iter().map(|s| service(&s.namespace, &s.path, String::new(), (1, 0)));
        let media2 = match camera.lens.media2 {
            true => service(MEDIA2, &camera.media2_path, super::media::capabilities("tr2"), (19, 12)),
            false => String::new(),
        };
        let events = match camera.events {
            true => service(EVENTS, EVENTS_PATH, String::new(), (19, 12)),
            false => String::new(),
        };
        service(DEVICE, DEVICE_PATH, capabilities_of_device(), (19, 12))
            + &service(MEDIA, &camera.media_path, super::media::capabilities("trt"), (19, 6))
            + &media2
            + &events
            + &extra.collect::<String>()
    }

    /// GetCapabilities knows nothing of media2 but holds the vendor's own services.
    fn capabilities(&self, category: &str) -> String {
        let wanted = |name: &str| matches!(category, "" | "All") || category == name;
        let mut content = String::new();
        if wanted("Device") {
            content += &format!("<tt:Device>{}</tt:Device>", tag("tt:XAddr", self.service_url(DEVICE_PATH)));
        }
        if wanted("Media") {
            content += &format!(
                "<tt:Media>{}<tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP>\
                 <tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media>",
                tag("tt:XAddr", self.service_url(&self.camera.media_path))
            );
        }
        if wanted("Extension") {
            let extra = self.camera.extra_services.iter();
            let inner: String = extra
                .filter_map(|service| service.capability.as_ref().map(|capability| (service, capability)))
                .map(|(service, capability)| {
                    let (prefix, element) = (escape(&capability.prefix), escape(&capability.element));
                    format!(
                        "<{prefix}:{element} xmlns:{prefix}=\"{}\">{}</{prefix}:{element}>",
                        escape(&capability.namespace),
                        tag(&format!("{prefix}:XAddr"), self.service_url(&service.path)),
                    )
                })
                .collect();
            if !inner.is_empty() {
                content += &format!("<tt:Extension>{inner}</tt:Extension>");
            }
        }
        format!("<tds:Capabilities>{content}</tds:Capabilities>")
    }

    fn network_interfaces(&self) -> String {
        let address = self.camera.address;
        let (version, length) = if address.is_ipv4() { ("IPv4", 8) } else { ("IPv6", 128) };
        format!(
            "<tds:NetworkInterfaces token=\"eth0\"><tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name>{}\
             <tt:MTU>1500</tt:MTU></tt:Info><tt:{version}><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual>{}{}\
             </tt:Manual><tt:DHCP>{}</tt:DHCP></tt:Config></tt:{version}></tds:NetworkInterfaces>",
            tag("tt:HwAddress", self.guise().mac.as_ref().unwrap_or(&self.camera.mac)),
            tag("tt:Address", address),
            tag("tt:PrefixLength", length),
            if address.is_ipv4() { "false" } else { "Off" },
        )
    }

    fn scopes(&self) -> String {
        let scope = |item: &String| {
            let fixed = tag("tt:ScopeDef", "Fixed") + &tag("tt:ScopeItem", item);
            format!("<tds:Scopes>{fixed}</tds:Scopes>")
        };
        self.guise().scopes.as_ref().unwrap_or(&self.camera.scopes).iter().map(scope).collect()
    }

    fn hostname(&self) -> String {
        let name: String = self.camera.serial.chars().filter(char::is_ascii_alphanumeric).collect();
        let inner = tag("tt:FromDHCP", "false") + &tag("tt:Name", format!("camera-{}", name.to_ascii_lowercase()));
        format!("<tds:HostnameInformation>{inner}</tds:HostnameInformation>")
    }

    fn endpoint(&self, questions: &AtomicUsize) -> Option<String> {
        let last = self.camera.endpoint_uuid.len().checked_sub(1)?;
        let turn = questions.fetch_add(1, Ordering::Relaxed).min(last);
        Some(tag("tds:GUID", format!("urn:uuid:{}", self.camera.endpoint_uuid[turn])))
    }
}

fn capabilities_of_device() -> String {
    "<tds:Capabilities><tds:Network IPFilter=\"false\" ZeroConfiguration=\"false\"/>\
     <tds:Security UsernameToken=\"true\" HttpDigest=\"true\"/><tds:System DiscoveryBye=\"false\"/></tds:Capabilities>"
        .to_owned()
}
