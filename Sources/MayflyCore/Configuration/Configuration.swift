/// One whole configuration, validated.
package struct Configuration: Sendable, Equatable {
    package struct Installation: Hashable, Sendable {
        package var name: String
        package var tag: InstallationTag
        package init(name: String, tag: InstallationTag) {
            self.name = name
            self.tag = tag
        }
    }

    package struct Listen: Hashable, Sendable {
        package var socket: String
        /// The socket's group; nil leaves the daemon's own.
        package var group: String?
        /// The socket's permission bits.
        package var mode: UInt32
        package init(socket: String, group: String?, mode: UInt32) {
            self.socket = socket
            self.group = group
            self.mode = mode
        }
    }

    package var installation: Installation
    package var listen: Listen
    package var statePath: String
    package var administrators: [Principal]
    package var auditors: [Principal]
    package var databases: [DatabaseName: DatabaseDefinition]
    package var profiles: [ProfileName: Profile]
    package var access: [AccessRule]
    /// Who has several identities.
    package var people: People
    package var conflicts: [Conflict]
    /// No lease is longer.
    package var maxTTL: TTL
    /// Whose identity tokens are believed.
    package var issuers: [TrustedSigner]
    /// Whose signed approvals are.
    package var authorities: [TrustedSigner]
    package var notifications: Notifications
    /// Second factors of our own; nil where there are none.
    package var mfa: MFATerms?
    package var audit: AuditTerms
    /// SHA-256 of the file that it was read from, in hexadecimal digits; nil for one that is from no file.
    package var digest: String?

    package init(
        installation: Installation, listen: Listen, statePath: String, administrators: [Principal],
        auditors: [Principal], databases: [DatabaseName: DatabaseDefinition],
        profiles: [ProfileName: Profile],
        access: [AccessRule], people: People = .init(), conflicts: [Conflict] = [], maxTTL: TTL = .ceiling,
        issuers: [TrustedSigner] = [], authorities: [TrustedSigner] = [],
        notifications: Notifications = .init(), mfa: MFATerms? = nil,
        audit: AuditTerms = .init()
    ) {
        self.installation = installation
        self.listen = listen
        self.statePath = statePath
        self.administrators = administrators
        self.auditors = auditors
        self.databases = databases
        self.profiles = profiles
        self.access = access
        self.people = people
        self.conflicts = conflicts
        self.maxTTL = maxTTL
        self.issuers = issuers
        self.authorities = authorities
        self.notifications = notifications
        self.mfa = mfa
        self.audit = audit
    }

    package var policy: Policy {
        Policy(rules: access, profiles: profiles, people: people, conflicts: conflicts, ceiling: maxTTL)
    }

    /// The profiles that issue from `database`.
    package func profiles(of database: DatabaseName) -> [Profile] {
        profiles.values.filter { $0.database == database }.sorted { $0.name < $1.name }
    }
}
