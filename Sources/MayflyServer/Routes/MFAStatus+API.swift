import MayflyAPI
import MayflyCore

extension MFAStatus {
    /// - Parameter identity: whose it is, where that is an account.
    init(_ standing: MFAStanding, _ identity: Identity?) {
        let enrolment = standing.enrolment
        self.init(
            person: standing.person.rawValue, user: identity?.user, state: MFAState(standing),
            offered: standing.isOffered, enrolledAt: enrolment?.createdAt,
            confirmedAt: enrolment?.confirmedAt,
            lastUsedAt: enrolment?.lastUsedAt, wrongCodes: enrolment?.failures,
            lockedUntil: enrolment?.lockedUntil)
    }
}

extension MFAState {
    init(_ standing: MFAStanding) {
        switch standing.enrolment?.state {
        case .pending: self = .pending
        case .active: self = .active
        case .removed, nil: self = .absent
        }
    }
}

extension MFAState {
    /// Nil where there are no second factors of ours, or the caller is a job, which has none.
    init?(known standing: MFAStanding, of identity: Identity) {
        guard !identity.isMachine, standing.isOffered || standing.enrolment != nil else { return nil }
        self.init(standing)
    }
}

extension MFASecret {
    init(_ enrolled: EnrolledSecret) {
        self.init(
            secret: enrolled.secret, uri: enrolled.uri, issuer: enrolled.issuer, account: enrolled.account,
            digits: OneTimeCode.length, periodSeconds: 30)
    }
}
