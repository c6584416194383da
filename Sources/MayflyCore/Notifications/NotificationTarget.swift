/// Where notifications go, and which.
package struct NotificationTarget: Hashable, Sendable {
    /// What a webhook is sent.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// The documented JSON, signed.
        case generic
        /// What Slack's incoming webhooks take, and those that follow them.
        case slack
    }

    package struct Webhook: Hashable, Sendable {
        package enum Address: Hashable, Sendable {
            case url(String)
            /// A file with the URL in it, where the URL is a secret itself. Read at each delivery.
            case file(String)
        }

        package var address: Address
        package var format: Format
        /// The file with the key that deliveries are signed with. Read at each delivery.
        package var secretFile: String?
        /// A PEM file to trust instead of the system's.
        package var ca: String?

        package init(
            address: Address, format: Format = .generic, secretFile: String? = nil, ca: String? = nil
        ) {
            self.address = address
            self.format = format
            self.secretFile = secretFile
            self.ca = ca
        }
    }

    package enum Channel: Hashable, Sendable {
        case webhook(Webhook)
        /// A program, by its absolute path, and its arguments.
        case command([String])
    }

    package var name: String
    package var channel: Channel
    package var events: Set<NotificationEvent>
    /// What is about other profiles is not told; what is about none is. Nil tells of all.
    package var profiles: [Glob]?
    /// The same for databases.
    package var databases: [Glob]?
    /// Seconds that one attempt may take in all.
    package var timeout: Int

    package init(
        name: String, channel: Channel, events: Set<NotificationEvent> = Set(NotificationEvent.configurable),
        profiles: [Glob]? = nil, databases: [Glob]? = nil, timeout: Int = 10
    ) {
        self.name = name
        self.channel = channel
        self.events = events
        self.profiles = profiles
        self.databases = databases
        self.timeout = timeout
    }

    /// Where it stands in the audit log.
    package var exporter: Exporter { Exporter(notifying: name) }

    /// The records that may tell it something.
    package var actions: Set<AuditEvent.Action> { events.reduce(into: []) { $0.formUnion($1.actions) } }

    /// What it is to be told of a record.
    package func events(told event: AuditEvent) -> [NotificationEvent] {
        guard fits(event.subject.profile?.rawValue, profiles),
            fits(event.subject.database?.rawValue, databases)
        else { return [] }
        return NotificationEvent.told(by: event).filter(events.contains)
    }

    private func fits(_ name: String?, _ globs: [Glob]?) -> Bool {
        guard let name, let globs else { return true }
        return globs.contains { $0.matches(name) }
    }
}
