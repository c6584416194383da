import MayflyAPI
import MayflyCore

extension Problem {
    /// A refusal of ours as it goes over the wire.
    init(_ refusal: Refusal) {
        self.init(
            ProblemCode(refusal.code), detail: refusal.message, field: refusal.field, hint: refusal.hint,
            members: refusal.figures.mapValues { .integer($0) })
    }
}

extension Problem {
    /// A token that is not believed: which kind of thing is wrong, and nothing of the token.
    init(_ failure: TokenFailure) {
        let isOurs = failure == .keysUnavailable
        self.init(
            isOurs ? .identityUnavailable : .tokenInvalid,
            detail: isOurs ? failure.description : "the token is not taken: \(failure)",
            field: "Authorization",
            hint: failure.hint, members: ["failure": .string(failure.rawValue)])
    }
}

extension ProblemCode {
    /// Exhaustive, so that a new refusal cannot go out without a status.
    init(_ code: Refusal.Code) {
        switch code {
        case .invalidRequest: self = .invalidRequest
        case .ttlInvalid: self = .ttlInvalid
        case .ttlAboveMaximum: self = .ttlAboveMaximum
        case .reasonInvalid: self = .reasonInvalid
        case .reasonRequired: self = .reasonRequired
        case .ticketInvalid: self = .ticketInvalid
        case .ticketRequired: self = .ticketRequired
        case .mfaRequired: self = .mfaRequired
        case .mfaInvalid: self = .mfaInvalid
        case .mfaLocked: self = .mfaLocked
        case .mfaUnavailable: self = .mfaUnavailable
        case .denied: self = .denied
        case .lockdown: self = .lockdown
        case .approvalRequired: self = .approvalRequired
        case .approvalInvalid: self = .approvalInvalid
        case .conflictingDuties: self = .conflictingDuties
        case .notFound: self = .notFound
        case .conflict: self = .conflict
        case .idempotencyConflict: self = .idempotencyConflict
        case .tooManyActive: self = .tooManyActive
        case .tooManyRequests: self = .tooManyRequests
        case .tooManyCalls: self = .tooManyCalls
        case .databaseUnreachable: self = .databaseUnreachable
        case .databaseError: self = .databaseError
        case .guardError: self = .guardError
        case .scopeDrift: self = .scopeDrift
        case .timedOut: self = .timedOut
        case .stateUnwritable: self = .stateUnwritable
        case .shuttingDown: self = .shuttingDown
        case .internal: self = .internalError
        }
    }
}
