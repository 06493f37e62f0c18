//! The layers evidence comes from, and the kinds of item in each.

use serde::{Deserialize, Serialize};

/// Where an item comes from; layers are independent of each other, so agreement between two of them means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// The network address as seen on the wire.
    L1,
    /// Discovery answers.
    L2,
    /// ONVIF answers.
    L3,
    /// RTSP and SDP before log-in.
    L4,
    /// HTTP and TLS.
    L5,
    /// The vendor's own interface.
    L6,
    /// Traffic seen over time.
    L7,
    /// Paper: declaration, order, label.
    L8,
}

impl Layer {
    /// The layer in words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::L1 => "network address",
            Self::L2 => "discovery",
            Self::L3 => "ONVIF answers",
            Self::L4 => "RTSP answers",
            Self::L5 => "web and TLS answers",
            Self::L6 => "vendor interface",
            Self::L7 => "traffic",
            Self::L8 => "papers",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $layer:ident $words:literal $list:literal;)*) => {
        /// What an item is. The kind fixes the layer, so that one answer cannot pretend to come from another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Every kind, in layer order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The layer this kind belongs to.
            #[must_use]
            pub const fn layer(self) -> Layer {
                match self { $(Self::$name => Layer::$layer,)* }
            }

            /// The kind in words that fit "The ... says".
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }

            /// The `kind` of the fingerprint list that applies; empty where none does.
            pub(crate) const fn list_kind(self) -> &'static str {
                match self { $(Self::$name => $list,)* }
            }
        }
    };
}

kinds! {
    /// MAC address from the neighbour table of a machine on the same segment.
    NeighbourMac L1 "neighbour table" "";
    /// MAC address from a switch's or DHCP server's table, imported by hand.
    ImportedMac L1 "imported address table" "";
    /// One WS-Discovery scope.
    DiscoveryScope L2 "discovery scope" "onvif_scope";
    /// One WS-Discovery XAddr.
    DiscoveryXaddr L2 "discovery address" "onvif_xaddr";
    /// The endpoint reference of a discovery answer (`urn:uuid:…`).
    EndpointUuid L2 "discovery endpoint" "onvif_endpoint_uuid";
    /// Vendor discovery: the value starts with the UDP port (`37020 …`).
    UdpDiscovery L2 "vendor discovery" "udp_discovery";
    /// GetDeviceInformation, Manufacturer.
    OnvifManufacturer L3 "manufacturer name" "onvif_manufacturer";
    /// GetDeviceInformation, Model.
    OnvifModel L3 "model name" "onvif_model";
    /// GetDeviceInformation, FirmwareVersion.
    OnvifFirmware L3 "firmware version" "";
    /// GetDeviceInformation, SerialNumber.
    OnvifSerial L3 "serial number" "onvif_serial";
    /// GetDeviceInformation, HardwareId.
    OnvifHardware L3 "hardware id" "onvif_model";
    /// One scope of GetScopes.
    OnvifScope L3 "scope" "onvif_scope";
    /// One address of GetNetworkInterfaces: self-declared.
    OnvifHwAddress L3 "hardware address it declares" "";
    /// One service address of GetServices or GetCapabilities.
    OnvifXaddr L3 "service address" "onvif_xaddr";
    /// A whole answer, for its namespaces; the value names the operation, the raw bytes are the XML.
    OnvifAnswer L3 "ONVIF answer" "onvif_xml";
    /// GetSnapshotUri.
    OnvifSnapshotUri L3 "snapshot address" "onvif_snapshot";
    /// GetStreamUri.
    OnvifStreamUri L3 "stream address" "onvif_stream_uri";
    /// GetEndpointReference (`urn:uuid:…`).
    OnvifEndpoint L3 "endpoint id" "";
    /// GetHostname.
    OnvifHostname L3 "host name" "onvif_hostname";
    /// An address of another host that the device named for one of its services; pinned, never followed.
    ForeignServiceAddress L3 "service address" "";
    /// An address of another host that the device named for its pictures; pinned, never followed.
    ForeignStreamAddress L3 "stream address" "";
    /// The path of an RTSP address that answered.
    RtspPath L4 "RTSP path" "onvif_stream_uri";
    /// RTSP `Server` header.
    RtspServer L4 "RTSP server name" "rtsp_server";
    /// Realm of an RTSP challenge.
    RtspRealm L4 "RTSP realm" "rtsp_realm";
    /// Any other RTSP header line.
    RtspHeader L4 "RTSP header" "rtsp_header";
    /// One line of an SDP.
    SdpLine L4 "stream description" "sdp_line";
    /// HTTP `Server` header.
    HttpServer L5 "web server name" "http_server";
    /// Realm of an HTTP challenge.
    HttpRealm L5 "log-in realm" "http_realm";
    /// Title of the web page.
    HttpTitle L5 "web page title" "http_title";
    /// A path that exists on the web server.
    HttpPath L5 "web path" "http_path";
    /// Subject of the TLS certificate.
    TlsSubject L5 "TLS certificate" "tls_subject";
    /// Murmur3 hash of the web icon.
    Favicon L5 "web icon" "favicon_mmh3";
    /// Namespace of a vendor interface answer.
    IsapiXmlns L6 "vendor interface" "isapi_xmlns";
    /// `name=value` of a vendor interface answer.
    IsapiField L6 "vendor interface" "isapi_field";
    /// `name=value` of an accepted maker's interface.
    VendorField L6 "vendor interface" "vendor_field";
    /// An open TCP port.
    TcpPort L7 "open port" "tcp_port";
    /// A name the device asked DNS for.
    DnsName L7 "name it looked up" "dns_name";
    /// The supplier's declaration with its signatures.
    Declaration L8 "supplier declaration" "";
    /// The chip named on paper.
    Chip L8 "chip named on paper" "chip";
}
