package import Foundation

/// How much of a lease's lines is on record, and how much was left out. Bounded: whoever writes the log could fill the state. Each kind
/// that is no statement has a measure of its own, so that neither a flood of statements nor one of sessions hides a failed login.
package struct LoggedTotals: Hashable, Sendable {
    /// Of statements.
    package static let mostLines = 100_000
    package static let mostBytes = 64 << 20
    /// Of each kind that is no statement.
    package static let mostOthers = 1000
    /// Of one lease's statements, in one look: more than a look reads.
    package static let mostAtOnce = 50_000
    /// What was left out, and nothing else, is put on record no oftener: whoever knows a role's name may have logins fail for ever.
    package static let leftOutEvery: TimeInterval = 3600

    package struct Amount: Hashable, Sendable {
        package var lines = 0
        /// Failed logins, which are not among `lines`.
        package var logins = 0
        package init(lines: Int = 0, logins: Int = 0) { (self.lines, self.logins) = (lines, logins) }
    }

    package var lines = 0
    package var bytes = 0
    package var leftOut = Amount()
    /// How many of `lines` are of each kind that is no statement.
    package var others: [String: Int] = [:]
    /// What of `leftOut` is on record, and since when.
    package var said = Amount()
    package var saidAt = Date(timeIntervalSince1970: 0)

    package init() {}

    /// Counts one line.
    /// - Returns: whether it is to be kept.
    package mutating func admit(_ line: LoggedLine) -> Bool {
        if line.what.isOfStatement {
            guard lines - others.values.reduce(0, +) < Self.mostLines, bytes < Self.mostBytes else {
                leftOut.lines += 1
                return false
            }
        } else {
            let count = others[line.what.rawValue, default: 0]
            guard count < Self.mostOthers else {
                if line.what == .loginFailed { leftOut.logins += 1 } else { leftOut.lines += 1 }
                return false
            }
            others[line.what.rawValue] = count + 1
        }
        lines += 1
        bytes += line.size
        return true
    }

    /// What of that which was left out is to be put on record now: with other news, else once an hour.
    package mutating func say(withNews: Bool, at now: Date) -> Amount {
        let unsaid = Amount(lines: leftOut.lines - said.lines, logins: leftOut.logins - said.logins)
        guard unsaid != Amount(), withNews || now.timeIntervalSince(saidAt) >= Self.leftOutEvery else {
            return Amount()
        }
        (said, saidAt) = (leftOut, now)
        return unsaid
    }
}
