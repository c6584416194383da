import MayflyAPI
import MayflyCore

extension MayflyAPI.Lease {
    init(_ lease: MayflyCore.Lease) {
        self.init(
            id: lease.id.rawValue, requestId: lease.requestID.rawValue, profile: lease.profile.rawValue,
            database: lease.database.rawValue, engine: EngineName(lease.engine), role: lease.role.rawValue,
            requester: lease.requester.user, requesterUid: lease.requester.uid,
            requesterIdentity: lease.requester.key,
            reason: lease.reason?.rawValue,
            ticket: lease.ticket?.rawValue, state: LeaseState(lease.state), tethered: lease.isTethered,
            breakGlass: lease.isBreakGlass, tables: lease.narrowing?.wholeTables,
            columns: lease.narrowing?.singleColumns, narrowedGroup: lease.narrowedGroup,
            createdAt: lease.createdAt, expiresAt: lease.expiresAt, endsLatestAt: lease.endsLatestAt,
            endedAt: lease.endedAt,
            endReason: lease.endReason.map { EndReason($0) },
            detail: lease.obstacle.map { [$0.message] + $0.hanging } ?? [],
            statementForDba: lease.obstacle?.statement,
            attempts: lease.attempts == 0 ? nil : lease.attempts, nextAttemptAt: lease.nextAttemptAt,
            mode: BrokerMode(lease.mode))
    }
}

extension BrokerMode {
    init(_ mode: DatabaseDefinition.Mode) {
        switch mode {
        case .guard: self = .guard
        case .direct: self = .direct
        }
    }
}

extension LeaseState {
    init(_ state: MayflyCore.Lease.State) {
        switch state {
        case .creating: self = .creating
        case .active: self = .active
        case .revoking: self = .revoking
        case .locked: self = .locked
        case .revoked: self = .revoked
        case .failed: self = .failed
        }
    }
}

extension EndReason {
    init(_ reason: MayflyCore.Lease.EndReason) {
        switch reason {
        case .expired: self = .expired
        case .revoked: self = .revoked
        case .roleMissing: self = .roleMissing
        case .undone: self = .undone
        case .tetherLost: self = .tetherLost
        case .scopeChanged: self = .scopeChanged
        case .lockdown: self = .lockdown
        case .altered: self = .altered
        }
    }
}

extension EngineName {
    init(_ kind: EngineKind) {
        switch kind {
        case .postgresql: self = .postgresql
        case .mariadb: self = .mariadb
        case .mysql: self = .mysql
        }
    }
}
