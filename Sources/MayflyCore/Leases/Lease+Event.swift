package import Foundation

extension Lease.Event {
    /// It ends access, or says what came of ending it: what must go on with a full disk.
    package var endsAccess: Bool {
        switch self {
        case .shortened, .undone, .ending, .attemptFailed, .dropRefused, .gone: true
        case .made, .renewed, .extended, .reissued, .tethered, .untethered: false
        }
    }

    /// It is what became of an attempt: whoever claimed the lease for it is done with it. An end that somebody
    /// asks for again is not, it may come while the attempt is under way.
    package var endsAttempt: Bool {
        switch self {
        case .made, .undone, .attemptFailed, .dropRefused, .gone: true
        case .renewed, .extended, .reissued, .shortened, .tethered, .untethered, .ending: false
        }
    }
}

extension AuditEvent {
    /// A lease comes to its end.
    package static func expiring(_ lease: Lease, at now: Date) -> AuditEvent {
        AuditEvent(
            at: now, actor: .broker, action: .leaseExpiring, subject: Subject(of: lease),
            details: [
                "requester": lease.requester.user, "expires_at": AuditEncoding.timestamp(lease.expiresAt),
            ])
    }

    /// A lease was found past its end, and is being revoked.
    package static func expired(_ lease: Lease, at now: Date) -> AuditEvent {
        AuditEvent(
            at: now, actor: .broker, action: .leaseRevoking, subject: Subject(of: lease),
            details: ["end_reason": Lease.EndReason.expired.rawValue])
    }
}
