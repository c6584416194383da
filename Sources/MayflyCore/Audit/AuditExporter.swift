/// Who else gets every audit record, and in which form.
package struct AuditExporter: Hashable, Sendable {
    /// What a record is written as; Config/audit.md has the tables.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// As the API has it: the one form that can be verified.
        case json
        /// Open Cybersecurity Schema Framework, https://schema.ocsf.io
        case ocsf
        /// Elastic Common Schema, https://www.elastic.co/guide/en/ecs/current/
        case ecs
        /// ArcSight's Common Event Format, version 0.
        case cef
    }

    package struct File: Hashable, Sendable {
        package var path: String
        /// Bytes after which a new file is begun; nil for never.
        package var rotateAt: Int?
        /// Seconds after which a new file is begun; nil for never.
        package var rotateAfter: Int?
        /// How many old files stay: PATH.1 is the youngest.
        package var keep: Int

        package init(path: String, rotateAt: Int? = nil, rotateAfter: Int? = nil, keep: Int = 10) {
            self.path = path
            self.rotateAt = rotateAt
            self.rotateAfter = rotateAfter
            self.keep = keep
        }
    }

    package struct Syslog: Hashable, Sendable {
        package enum Address: Hashable, Sendable {
            /// A Unix socket, such as /dev/log.
            case socket(String)
            case tcp(host: String, port: Int)
            /// - Parameter ca: a PEM file to trust instead of the system's.
            case tls(host: String, port: Int, ca: String?)
        }

        package var address: Address
        /// 0 to 23; 13 is `log audit` (RFC 5424, section 6.2.1).
        package var facility: Int

        package init(address: Address, facility: Int = 13) {
            self.address = address
            self.facility = facility
        }
    }

    package enum Channel: Hashable, Sendable {
        case file(File)
        case syslog(Syslog)
        case webhook(NotificationTarget.Webhook)
    }

    package var name: String
    package var channel: Channel
    package var format: Format
    /// Seconds that one attempt may take in all.
    package var timeout: Int
    /// Records in one attempt, at most.
    package var batch: Int

    package init(name: String, channel: Channel, format: Format = .json, timeout: Int = 10, batch: Int = 200)
    {
        self.name = name
        self.channel = channel
        self.format = format
        self.timeout = timeout
        self.batch = batch
    }

    /// Where it stands in the audit log.
    package var exporter: Exporter { Exporter(exporting: name) }

    package var kind: String {
        switch channel {
        case .file: "file"
        case .syslog: "syslog"
        case .webhook: "webhook"
        }
    }
}
