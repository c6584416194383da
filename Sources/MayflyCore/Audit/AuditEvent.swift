package import Foundation

/// What is to be put on record: who did what, on what, why, and what came of it.
///
/// Never carries a secret. The store gives it a number and chains it into the log (`AuditRecord`).
package struct AuditEvent: Hashable, Sendable {
    package enum Action: String, Sendable, CaseIterable {
        case requestCreated = "request.created"
        case requestDenied = "request.denied"
        case requestApproval = "request.approval"
        case requestApproved = "request.approved"
        case requestEscalated = "request.escalated"
        case requestExpired = "request.expired"
        case requestRedeemed = "request.redeemed"
        case requestVoteRefused = "request.vote_refused"
        case requestWithdrawn = "request.withdrawn"
        case requestMalformed = "request.malformed"
        case leaseCreating = "lease.creating"
        case leaseActive = "lease.active"
        case leaseFailed = "lease.failed"
        case leaseReissued = "lease.reissued"
        case leaseRenewed = "lease.renewed"
        case leaseRenewalDenied = "lease.renewal_denied"
        case leaseExtended = "lease.extended"
        case leaseExtensionFailed = "lease.extension_failed"
        case leaseShortened = "lease.shortened"
        case leaseExpiring = "lease.expiring"
        case leaseTethered = "lease.tethered"
        case leaseUntethered = "lease.untethered"
        case leaseRevoking = "lease.revoking"
        case leaseLocked = "lease.locked"
        case leaseRevoked = "lease.revoked"
        case leaseAttemptFailed = "lease.attempt_failed"
        case mfaEnrolled = "mfa.enrolled"
        case mfaConfirmed = "mfa.confirmed"
        case mfaAccepted = "mfa.accepted"
        case mfaRefused = "mfa.refused"
        case mfaLocked = "mfa.locked"
        case mfaReset = "mfa.reset"
        case privilegesRead = "privileges.read"
        case roleStray = "role.stray"
        case roleAltered = "role.altered"
        case roleUnknown = "role.unknown_ended"
        case roleOrphan = "role.orphan"
        case roleReaping = "role.reaping"
        case roleKept = "role.kept"
        case statementsRead = "statements.read"
        case statementsLogged = "statements.logged"
        case statementsShown = "statements.shown"
        case loginFailed = "login.failed"
        case serverLogGap = "server_log.gap"
        case sessionStarted = "session.started"
        case sessionEnded = "session.ended"
        case sessionKilled = "session.killed"
        case sessionsLeftOut = "session.left_out"
        case sessionsUnwatched = "sessions.unwatched"
        case sessionsWatched = "sessions.watched"
        case safeModeOn = "safe_mode.on"
        case safeModeOff = "safe_mode.off"
        case scopeChanged = "scope.changed"
        case scopeDrifted = "scope.drifted"
        case scopeInStep = "scope.in_step"
        case lockdownOn = "lockdown.on"
        case lockdownOff = "lockdown.off"
        case lockdownEnded = "lockdown.ended"
        case reviewDue = "review.due"
        case reviewOverdue = "review.overdue"
        case reviewDone = "review.done"
        case reviewRefused = "review.refused"
        case reportRead = "report.read"
        case reviewSignedOff = "review.signed_off"
        case accessDenied = "access.denied"
        case auditRead = "audit.read"
        case auditDiffers = "audit.differs"
        case auditAccepted = "audit.accepted"
        case auditKeyCreated = "audit.key_created"
        case auditKeyChanged = "audit.key_changed"
        case auditPruned = "audit.pruned"
        case auditDamaged = "audit.damaged"
        case exporterBegun = "exporter.begun"
        case exporterEnded = "exporter.ended"
        case daemonStarted = "daemon.started"
        case daemonStopped = "daemon.stopped"
        case configurationLoaded = "configuration.loaded"
        case configurationRefused = "configuration.refused"
        case notificationFailing = "notification.failing"
        case notificationRecovered = "notification.recovered"

        /// It is the record of access that is ended, or held open for a person to decide on, without a lease's state: it
        /// may use what is kept for revoking when the disk is full.
        package var endsAccess: Bool {
            switch self {
            case .roleReaping, .roleUnknown, .safeModeOn, .sessionKilled: true
            default: false
            }
        }
    }

    package enum Outcome: String, Sendable, CaseIterable {
        case done, denied, failed
    }

    package enum Actor: Hashable, Sendable {
        case person(Identity)
        /// The daemon itself: expiry, reconciliation, start and stop.
        case broker

        /// The call that a person made; nil for what is not of one call.
        package var call: CallTrace? {
            switch self {
            case .person(let identity): identity.call
            case .broker: nil
            }
        }

        /// What a person came with beside the socket.
        package var token: TokenIdentity? {
            switch self {
            case .person(let identity): identity.token
            case .broker: nil
            }
        }
    }

    /// What it is about.
    package struct Subject: Hashable, Sendable {
        package var request: RequestID?
        package var lease: LeaseID?
        package var database: DatabaseName?
        package var profile: ProfileName?
        package var role: RoleName?

        package init(
            request: RequestID? = nil, lease: LeaseID? = nil, database: DatabaseName? = nil,
            profile: ProfileName? = nil, role: RoleName? = nil
        ) {
            self.request = request
            self.lease = lease
            self.database = database
            self.profile = profile
            self.role = role
        }

        package init(of lease: Lease) {
            self.init(
                request: lease.requestID, lease: lease.id, database: lease.database, profile: lease.profile,
                role: lease.role)
        }
    }

    package var at: Date
    package var actor: Actor
    package var action: Action
    package var outcome: Outcome
    package var subject: Subject
    /// The requester's words.
    package var reason: String?
    /// The access rule that decided.
    package var rule: String?
    /// Whole milliseconds: from the call's arrival until this, or from a lease's beginning until it was active.
    package var duration: Int64?
    /// Anything else, by field name; values are safe to show.
    package var details: [String: String]

    package init(
        at: Date, actor: Actor, action: Action, outcome: Outcome = .done, subject: Subject = Subject(),
        reason: String? = nil, rule: String? = nil, duration: Int64? = nil, details: [String: String] = [:]
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.outcome = outcome
        self.subject = subject
        self.reason = reason
        self.rule = rule
        self.duration = duration ?? actor.call?.duration(until: at)
        self.details = details
    }
}
