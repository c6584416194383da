package import Foundation

/// One second factor of one person: a shared secret, and how far its codes have been used.
///
/// `pending → active → removed`; a pending one that its person replaces is `removed` too. What codes are right is not
/// known here: whoever presents one has computed the time steps that it fits.
package struct MFAEnrolment: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// The secret was shown to its person. Can become `active` with its first code, `removed` by another enrolment
        /// or a reset. Not confirmed in time it stays pending, and is worth nothing.
        case pending
        /// Its codes are taken. Can become `removed` by an administrator's reset.
        case active
        /// The secret is forgotten. Final.
        case removed
    }

    /// How long a secret that was shown may be confirmed, in seconds: a QR code that was left on a screen or in a scrollback
    /// is worth nothing by then.
    package static let confirmableFor: TimeInterval = 900
    /// How long no code is taken after too many wrong ones, in seconds; twice as long each time that it happens again
    /// before a right one.
    package static let firstLockout: TimeInterval = 900
    package static let longestLockout: TimeInterval = 86_400

    package let id: MFAEnrolmentID
    package let person: Person
    /// The identity that made it.
    package let uid: UInt32
    package let user: String
    package let createdAt: Date
    package private(set) var state: State
    /// The secret as `SealingKey` sealed it for `person`; nil once removed.
    package private(set) var secret: [UInt8]?
    package private(set) var confirmedAt: Date?
    package private(set) var removedAt: Date?
    /// The last time step of which a code was used. It and all before it are used up, whatever the clock says later.
    package private(set) var lastStep: Int64?
    package private(set) var lastUsedAt: Date?
    /// Wrong codes since the last right one or lock-out.
    package private(set) var failures: Int
    /// Lock-outs since the last right code.
    package private(set) var lockouts: Int
    /// Until then no code is taken, not even the right one.
    package private(set) var lockedUntil: Date?

    package init(
        id: MFAEnrolmentID = .init(), person: Person, uid: UInt32, user: String, createdAt: Date,
        state: State = .pending, secret: [UInt8]?, confirmedAt: Date? = nil, removedAt: Date? = nil,
        lastStep: Int64? = nil, lastUsedAt: Date? = nil, failures: Int = 0, lockouts: Int = 0,
        lockedUntil: Date? = nil
    ) {
        self.id = id
        self.person = person
        self.uid = uid
        self.user = user
        self.createdAt = createdAt
        self.state = state
        self.secret = secret
        self.confirmedAt = confirmedAt
        self.removedAt = removedAt
        self.lastStep = lastStep
        self.lastUsedAt = lastUsedAt
        self.failures = failures
        self.lockouts = lockouts
        self.lockedUntil = lockedUntil
    }

    /// What came of a code.
    package enum Presentation: Hashable, Sendable {
        /// It was right, and is used up.
        case accepted
        /// It was right, and had been used, or one after it had.
        case used
        case wrong(left: Int)
        /// It was wrong, once too often.
        case lockedOut(until: Date)
        /// It was not looked at: none is taken before that.
        case locked(until: Date)
        /// The first code came too late: another enrolment has to be made.
        case expired
        /// Another state than what the code was for.
        case impossible(State)
    }

    /// A code for a call.
    /// - Parameters:
    ///   - fitting: the time steps around now that the code is right for.
    ///   - attempts: wrong codes before a lock-out.
    package mutating func present(_ fitting: [Int64], attempts: Int, now: Date) -> Presentation {
        take(fitting, in: .active, attempts: attempts, now: now)
    }

    /// The first code, which shows that the secret arrived.
    package mutating func confirm(_ fitting: [Int64], attempts: Int, now: Date) -> Presentation {
        if state == .pending, now.timeIntervalSince(createdAt) > Self.confirmableFor { return .expired }
        let presentation = take(fitting, in: .pending, attempts: attempts, now: now)
        if presentation == .accepted {
            state = .active
            confirmedAt = now
        }
        return presentation
    }

    /// - Returns: whether it was there to be removed.
    package mutating func remove(now: Date) -> Bool {
        guard state != .removed else { return false }
        state = .removed
        secret = nil
        removedAt = now
        return true
    }

    private mutating func take(_ fitting: [Int64], in wanted: State, attempts: Int, now: Date) -> Presentation
    {
        guard state == wanted else { return .impossible(state) }
        if let lockedUntil, lockedUntil > now { return .locked(until: lockedUntil) }
        guard let step = fitting.filter({ $0 > lastStep ?? .min }).min() else {
            return fitting.isEmpty ? fail(attempts, now) : .used
        }
        lastStep = step
        lastUsedAt = now
        (failures, lockouts, lockedUntil) = (0, 0, nil)
        return .accepted
    }

    private mutating func fail(_ attempts: Int, _ now: Date) -> Presentation {
        failures += 1
        guard failures >= attempts else { return .wrong(left: attempts - failures) }
        // Up to 2⁷ times the first is more than the longest.
        let seconds = min(Self.firstLockout * TimeInterval(1 << min(lockouts, 7)), Self.longestLockout)
        let until = now.addingTimeInterval(seconds)
        failures = 0
        lockouts += 1
        lockedUntil = until
        return .lockedOut(until: until)
    }
}
