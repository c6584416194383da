package import Foundation
package import MayflyCore

/// A login role of ours as the server has it, beside its lease in the state.
package struct RoleReport: Sendable {
    /// How the two agree.
    package enum Kind: String, Sendable, CaseIterable {
        /// Its lease lives.
        case leased
        /// Its lease is being ended, or due to be.
        case ending
        /// Its lease is over, and it is still there.
        case over
        /// The guard's register has it, the state does not.
        case orphan
        /// Such a one, which an administrator left to its end.
        case kept
        /// Its lease lives, and it is gone from the server.
        case missing
        /// Named like ours, but not in the register, or not as the register has it. Never touched.
        case foreign
    }

    package let database: DatabaseName
    package let engine: EngineKind
    package let kind: Kind
    package let role: String
    /// Nil when the server has it no more.
    package let standing: RoleStanding?
    package let lease: Lease?
    /// The users whose approval the request took.
    package var approvedBy: [String] = []
    /// How many lines the privileges of its groups are; nil where the server does not tell.
    package var privileges: Int?

    package init(
        _ standing: RoleStanding?, _ lease: Lease?, of definition: DatabaseDefinition, isKept: Bool, now: Date
    ) {
        database = definition.name
        engine = definition.engine
        role = standing?.role ?? lease?.role.rawValue ?? ""
        self.standing = standing
        self.lease = lease
        kind = Self.kind(standing, lease, isKept: isKept, now: now)
    }

    private static func kind(
        _ standing: RoleStanding?, _ lease: Lease?, isKept: Bool, now: Date
    ) -> Kind {
        switch standing?.standing {
        case .stray: return .foreign
        case .missing, nil: return lease?.state.isFinal == false ? .missing : .over
        case .live: break
        }
        // One that is used before the state saw it made is as unknown as one without a lease.
        let isForgotten = lease.flatMap { lease in standing.map { Reconciler.isForgotten(lease.state, $0) } }
        switch isForgotten == true ? nil : lease?.state {
        case nil: return isKept ? .kept : .orphan
        case .revoked, .failed: return .over
        case .revoking, .locked: return .ending
        case .creating, .active:
            return lease.map { $0.expiresAt <= now } == true || standing?.isOverdue == true
                ? .ending : .leased
        }
    }

    package var requester: String? { lease?.requester.user ?? standing?.requester }
    package var since: Date? { lease?.createdAt ?? standing?.createdAt }
    package var until: Date? { lease?.expiresAt ?? standing?.validUntil }
    package var groups: [String] { lease?.groups ?? standing?.groups ?? [] }
}

/// What several databases' servers said of their roles.
package struct RoleReports: Sendable {
    package var roles: [RoleReport] = []
    /// Databases whose server could not be asked.
    package var unavailable: [(database: DatabaseName, failure: EngineFailure)] = []
    package var inSafeMode: [DatabaseName] = []

    package init() {}
}

/// Who is behind a role or a session.
package struct RoleBearer: Sendable {
    /// Where that is known from.
    package enum Source: String, Sendable {
        case state, register, comment
        /// It is only named like ours.
        case name
    }

    package var role: String
    package var database: DatabaseName?
    package var source: Source
    package var lease: Lease?
    package var approvedBy: [String] = []
    package var standing: RoleStanding?
    package var comment: RoleComment?
    /// Whether it is certainly one of this installation's.
    package var isOurs: Bool
}
