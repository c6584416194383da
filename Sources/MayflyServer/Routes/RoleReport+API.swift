import MayflyAPI
import MayflyCore

extension ServerRole {
    init(_ report: RoleReport, statement: String? = nil) {
        let lease = report.lease
        let standing = report.standing
        self.init(
            database: report.database.rawValue, engine: EngineName(report.engine), role: report.role,
            state: ServerRoleState(report.kind), alterations: standing?.alterations.map(\.text) ?? [],
            leaseId: lease?.id.rawValue ?? standing?.lease?.rawValue,
            leaseState: lease.map { LeaseState($0.state) }, profile: lease?.profile.rawValue,
            requester: report.requester, reason: lease?.reason?.rawValue, ticket: lease?.ticket?.rawValue,
            approvedBy: report.approvedBy, since: report.since, until: report.until,
            canLogin: standing?.canLogIn, sessions: standing?.sessions, groups: report.groups,
            privileges: report.privileges, ownedObjects: standing?.owned?.objects,
            ownedBytes: standing?.owned?.bytes, comment: standing?.comment, statementForDba: statement)
    }
}

extension ServerRoleState {
    init(_ kind: RoleReport.Kind) {
        switch kind {
        case .leased: self = .leased
        case .ending: self = .ending
        case .over: self = .over
        case .orphan: self = .orphan
        case .kept: self = .kept
        case .missing: self = .missing
        case .foreign: self = .foreign
        }
    }
}

extension ServerRoleList {
    /// - Parameter withErrors: for auditors and administrators; an error may name hosts and accounts.
    init(_ reports: RoleReports, withErrors: Bool) {
        self.init(
            roles: reports.roles.map { ServerRole($0) },
            unavailable: reports.unavailable.map { database, failure in
                UnavailableDatabase(
                    database: database.rawValue,
                    problem: withErrors ? failure.description : failure.publicMessage)
            }, safeMode: reports.inSafeMode.map(\.rawValue))
    }
}

extension MayflyAPI.RoleBearer {
    init(_ bearer: MayflyServer.RoleBearer) {
        let (lease, standing, comment) = (bearer.lease, bearer.standing, bearer.comment)
        self.init(
            role: bearer.role, database: bearer.database?.rawValue, source: bearer.source.rawValue,
            installation: bearer.isOurs ? nil : comment?.installation,
            lease: lease.map { MayflyAPI.Lease($0) },
            leaseId: lease?.id.rawValue ?? standing?.lease?.rawValue ?? comment?.lease.rawValue,
            requester: lease?.requester.user ?? standing?.requester ?? comment?.requester,
            approvedBy: bearer.approvedBy, since: lease?.createdAt ?? standing?.createdAt,
            until: lease?.expiresAt ?? standing?.validUntil ?? comment?.until, sessions: standing?.sessions)
    }
}

extension ReapedRole {
    init(_ report: RoleReport, _ outcome: ReapAnswer.Outcome) {
        let (code, detail, statement): (ReapOutcome, String?, String?) =
            switch outcome {
            case .found: (.found, nil, nil)
            case .dropped(let sessions): (.dropped, sessions > 0 ? "\(sessions) sessions ended" : nil, nil)
            case .gone: (.gone, nil, nil)
            case .kept: (.kept, nil, nil)
            case .locked(let obstacle):
                (.locked, ([obstacle.message] + obstacle.hanging).joined(separator: "; "), obstacle.statement)
            case .failed(let failure): (.failed, failure.description, nil)
            case .notOurs(let statement): (.notOurs, nil, statement)
            }
        self.init(role: ServerRole(report, statement: statement), outcome: code, detail: detail)
    }
}
