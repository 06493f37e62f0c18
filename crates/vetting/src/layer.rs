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
    /// What its pictures did to the programs that decode them, and what people decided about that.
    L9,
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
            Self::L9 => "pictures and decoders",
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
    /// A whole discovery answer, for its namespaces; the raw bytes are the datagram.
    DiscoveryAnswer L2 "discovery answer" "onvif_xml";
    /// Vendor discovery: the value starts with the UDP port (`37020 …`).
    UdpDiscovery L2 "vendor discovery" "udp_discovery";
    /// Maker as a vendor discovery answer names it.
    DiscoveryName L2 "maker named in vendor discovery" "onvif_manufacturer";
    /// Model as a vendor discovery answer names it.
    DiscoveryModel L2 "model named in vendor discovery" "onvif_model";
    /// Firmware as a vendor discovery answer names it.
    DiscoveryFirmware L2 "firmware named in vendor discovery" "onvif_firmware";
    /// Serial number as a vendor discovery answer names it.
    DiscoverySerial L2 "serial number in vendor discovery" "onvif_serial";
    /// Hardware address as a vendor discovery answer names it.
    DiscoveryMac L2 "hardware address in vendor discovery" "";
    /// GetDeviceInformation, Manufacturer.
    OnvifManufacturer L3 "manufacturer name" "onvif_manufacturer";
    /// GetDeviceInformation, Model.
    OnvifModel L3 "model name" "onvif_model";
    /// GetDeviceInformation, FirmwareVersion.
    OnvifFirmware L3 "firmware version" "onvif_firmware";
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
    /// One certificate of GetCertificates: the value is its subject, the raw bytes its DER. Anybody can copy it.
    OnvifCertificate L3 "certificate it lists" "tls_subject";
    /// GetUsers answered: the account we use may do more than it needs; the value says how many users it showed.
    OnvifUsers L3 "list of users" "";
    /// An address of another host that the device named for one of its services; pinned, never followed.
    ForeignServiceAddress L3 "service address" "";
    /// An address of another host that the device named for its pictures; pinned, never followed.
    ForeignStreamAddress L3 "stream address" "";
    /// Something that was bound to this camera and is another: the value says what.
    IdentityChange L3 "identity" "";
    /// A whole RTSP answer, kept for people.
    RtspAnswer L4 "RTSP answer" "";
    /// The path of an RTSP address that answered.
    RtspPath L4 "RTSP path" "onvif_stream_uri";
    /// RTSP `Server` header.
    RtspServer L4 "RTSP server name" "rtsp_server";
    /// Realm of an RTSP challenge.
    RtspRealm L4 "RTSP realm" "rtsp_realm";
    /// Any other RTSP header line.
    RtspHeader L4 "RTSP header" "rtsp_header";
    /// The log-in schemes an RTSP challenge offers, in lower case, sorted, joined by spaces.
    RtspLogin L4 "RTSP log-in" "";
    /// One line of an SDP.
    SdpLine L4 "stream description" "sdp_line";
    /// A whole HTTP answer, kept for people.
    HttpAnswer L5 "web answer" "";
    /// HTTP `Server` header.
    HttpServer L5 "web server name" "http_server";
    /// Realm of an HTTP challenge.
    HttpRealm L5 "log-in realm" "http_realm";
    /// The log-in schemes an HTTP challenge offers, in lower case, sorted, joined by spaces.
    HttpLogin L5 "web log-in" "";
    /// Title of the web page.
    HttpTitle L5 "web page title" "http_title";
    /// A path that exists on the web server.
    HttpPath L5 "web path" "http_path";
    /// A path that no device has, and which this one answered as if it had: its paths say nothing.
    HttpAnyPath L5 "answer to a path that does not exist" "";
    /// Subject of the TLS certificate, as `CN=…,O=…`.
    TlsSubject L5 "TLS certificate" "tls_subject";
    /// Issuer of the TLS certificate.
    TlsIssuer L5 "issuer of the TLS certificate" "tls_subject";
    /// The number that the issuer gave to the TLS certificate, in hex.
    TlsNumber L5 "number of the TLS certificate" "";
    /// SHA-256 of the public key of the TLS certificate, in hex.
    TlsKey L5 "key of the TLS certificate" "";
    /// The chain of a finished TLS handshake, in which the device proved that it holds the key: the value is the
    /// subject, the raw bytes are the certificates in DER, the device's first.
    TlsChain L5 "TLS identity" "";
    /// Murmur3 hash of the web icon.
    Favicon L5 "web icon" "favicon_mmh3";
    /// A whole answer of a vendor interface, kept for people.
    VendorAnswer L6 "answer of the vendor interface" "";
    /// Namespace of a vendor interface answer.
    IsapiXmlns L6 "vendor interface" "isapi_xmlns";
    /// `name=value` of a vendor interface answer.
    IsapiField L6 "vendor interface" "isapi_field";
    /// `name=value` of an accepted maker's interface.
    VendorField L6 "vendor interface" "vendor_field";
    /// Maker as the vendor interface names it.
    VendorName L6 "maker named by the vendor interface" "onvif_manufacturer";
    /// Model as the vendor interface names it.
    VendorModel L6 "model named by the vendor interface" "onvif_model";
    /// Firmware as the vendor interface names it.
    VendorFirmware L6 "firmware named by the vendor interface" "onvif_firmware";
    /// Serial number as the vendor interface names it.
    VendorSerial L6 "serial number of the vendor interface" "onvif_serial";
    /// Hardware address as the vendor interface names it.
    VendorMac L6 "hardware address of the vendor interface" "";
    /// An open TCP port.
    TcpPort L7 "open port" "tcp_port";
    /// A name the device asked DNS for.
    DnsName L7 "name it looked up" "dns_name";
    /// The supplier's declaration with its signatures.
    Declaration L8 "supplier declaration" "";
    /// A dated exception for one known flaw, signed by two people.
    Exception L8 "exception" "";
    /// The chip named on paper.
    Chip L8 "chip named on paper" "chip";
    /// Its pictures ended so many decoders that none is given them any more: which stream, how many, how the last one ended.
    DecoderDeaths L9 "deaths of decoders" "";
    /// What a person decided about an accepted camera whose pictures ended decoders: `keep` or `quarantine`.
    DecoderDecision L9 "decision about its decoders" "";
}
