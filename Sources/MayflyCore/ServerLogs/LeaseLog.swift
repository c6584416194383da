package import Foundation

/// Gives lines of a server's log to the leases that they are of, as far as each lease's profile wants them kept. Pure.
///
/// A line is a lease's by its role's name, which is never used again, and by its moment, which is within the lease's life: but
/// for a failed login, which somebody who kept a password may try for ever.
package struct LeaseLog: Sendable {
    /// By how much the server's clock, and the end of a session, may be past the lease's life, in seconds.
    package static let slack: TimeInterval = 900
    private static let mostBackends = 10_000

    /// Sessions whose beginning was seen, and whether the server cut them.
    private var backends: [LogBackend: Bool] = [:]
    /// How many lines of each lease are in `batch`: of statements, and of each other kind.
    private var atOnce: [LeaseID: [LoggedLine.What?: Int]] = [:]
    /// The last statement of each backend in `batch`, whose duration has not come.
    private var open: [LogBackend: Int] = [:]
    package private(set) var batch: ServerLogBatch

    package init(database: DatabaseName) { batch = ServerLogBatch(database: database) }

    /// Another look begins.
    package mutating func begin() {
        batch = ServerLogBatch(database: batch.database)
        (atOnce, open) = ([:], [:])
    }

    package mutating func note(_ gaps: [ServerLogGap], _ cursors: [LogCursor]) {
        (batch.gaps, batch.cursors) = (gaps, cursors)
    }

    /// - Parameter mode: nil where the lease's profile is configured no more, and what it wanted kept is not known.
    package mutating func take(
        _ line: ServerLogLine, of lease: Lease, _ mode: Profile.Statements?, length: Int, sha256: String?,
        isDoubtful: Bool,
        now: Date
    ) {
        guard isWithin(line, lease) else { return }
        if case .disconnected(let seconds) = line.kind { end(line, seconds, lease, now) }
        track(line)
        if mode?.keepsLog ?? true, mode == nil && line.isOfStatement || line.kind == .foreign {
            batch.leftOut[lease.id, default: .init()].lines += 1
            return
        }
        let mode = mode ?? .off
        guard var kept = Self.kept(line, lease.id, mode) else { return }
        kept.database = line.database
        kept.address = line.address
        kept.port = line.port
        kept.application = line.application.map { String($0.prefix(200)) }
        if line.isLossy { kept.isLossy = true }
        if isDoubtful { kept.isDoubtful = true }
        if let sha256 {
            kept.length = length
            if mode == .full, kept.isWithheld != true { kept.sha256 = sha256 }
        }
        add(kept)
    }

    private func isWithin(_ line: ServerLogLine, _ lease: Lease) -> Bool {
        guard line.at >= lease.createdAt.addingTimeInterval(-Self.slack) else { return false }
        if case .loginFailed = line.kind { return true }
        return lease.endedAt.map { line.at <= $0.addingTimeInterval(Self.slack) } ?? true
    }

    private mutating func add(_ line: LoggedLine) {
        // The duration of the statement before it, if that has none yet.
        if line.what == .duration, let index = open.removeValue(forKey: line.backend) {
            batch.lines[index].milliseconds = line.milliseconds
            return
        }
        let kind = line.what.isOfStatement ? nil : line.what
        let count = atOnce[line.lease, default: [:]][kind, default: 0]
        guard count < (kind == nil ? LoggedTotals.mostAtOnce : LoggedTotals.mostOthers) else {
            if kind == .loginFailed {
                batch.leftOut[line.lease, default: .init()].logins += 1
            } else {
                batch.leftOut[line.lease, default: .init()].lines += 1
            }
            open[line.backend] = nil
            return
        }
        atOnce[line.lease, default: [:]][kind] = count + 1
        // What pgaudit says comes between a statement and its duration.
        if line.audit == nil {
            open[line.backend] = line.what == .statement && line.milliseconds == nil ? batch.lines.count : nil
        }
        batch.lines.append(line)
    }

    // MARK: - Sessions

    private mutating func track(_ line: ServerLogLine) {
        switch line.kind {
        case .disconnected, .loginFailed: backends[line.backend] = nil
        case .cut: backends[line.backend] = true
        case .authorized:
            // Of those that were killed with the server no end comes.
            if backends.count >= Self.mostBackends {
                let oldest = backends.keys.sorted { $0.start < $1.start }.prefix(Self.mostBackends / 2)
                for backend in oldest { backends[backend] = nil }
            }
            backends[line.backend] = false
        case .statement, .duration, .failure, .message, .foreign: break
        }
    }

    /// A session is over: where no look has seen it, it comes on record now.
    private mutating func end(_ line: ServerLogLine, _ seconds: Double?, _ lease: Lease, _ now: Date) {
        let start = line.backend.startedAt
        batch.sessions.append(
            Session(
                lease: lease.id, database: lease.database, profile: lease.profile, role: lease.role,
                requester: lease.requester,
                key: SessionKey(host: "", number: line.backend.pid, since: line.backend.start * 1000),
                startedAt: start,
                startIsKnown: true,
                client: SessionClient(
                    database: line.database, address: line.address, port: line.port,
                    application: line.application),
                firstSeenAt: now, lastSeenAt: line.at, source: .serverLog,
                // The log says when. That nobody cut it, only if it was followed from its beginning.
                ending: .init(at: line.at, how: backends[line.backend] == false ? .client : .unknown)))
    }

    // MARK: - What is kept

    private static func kept(_ line: ServerLogLine, _ lease: LeaseID, _ mode: Profile.Statements)
        -> LoggedLine?
    {
        var kept = LoggedLine(
            lease: lease, backend: line.backend, number: line.number, at: line.at, what: .message)
        switch line.kind {
        case .authorized: kept.what = .authorized
        case .disconnected(let seconds):
            kept.what = .disconnected
            kept.milliseconds = seconds.map { $0 * 1000 }
        case .loginFailed(let state, _):
            kept.what = .loginFailed
            kept.sqlState = state
        case .cut(let state, _):
            kept.what = .cut
            kept.sqlState = state
        case .statement(let statement):
            // Logged once more when it is run; one that never is was only looked at.
            guard mode.keepsLog, statement.phase != .parse, statement.phase != .bind else { return nil }
            kept.what = .statement
            keep(statement, &kept, mode)
        case .duration(let milliseconds):
            guard mode.keepsLog else { return nil }
            kept.what = .duration
            kept.milliseconds = milliseconds
        case .failure(let state, let message, let statement):
            guard mode.keepsLog else { return nil }
            kept.what = .failure
            kept.sqlState = state
            if let statement { keep(statement, &kept, mode) }
            // PostgreSQL's messages repeat values.
            if mode == .full {
                if StatementRedaction.mayHoldPassword(message) { kept.isWithheld = true }
                if kept.isWithheld == nil { kept.message = message }
            }
        case .message(let message):
            guard mode == .full else { return nil }
            kept.isWithheld = StatementRedaction.mayHoldPassword(message) ? true : nil
            if kept.isWithheld == nil { kept.message = message }
        case .foreign: return nil
        }
        return kept
    }

    private static func keep(
        _ statement: LoggedStatement, _ line: inout LoggedLine, _ mode: Profile.Statements
    ) {
        (line.milliseconds, line.audit) = (statement.milliseconds, statement.audit)
        let all = [statement.text] + statement.others + [statement.parameters].compactMap { $0 }
        if mode == .full, !all.contains(where: StatementRedaction.mayHoldPassword) {
            line.text = ([statement.text] + statement.others).joined(separator: LoggedLine.orElse)
            line.parameters = statement.parameters
        } else {
            let reading = StatementRedaction.read(statement.text, as: .postgresql)
            line.text = reading.text
            if !reading.isComplete { line.isUnclear = true }
            for other in statement.others {
                let reading = StatementRedaction.read(other, as: .postgresql)
                // What ends in mid-value is likely a part of one.
                let shown =
                    reading.isComplete
                    ? reading.text
                    : StatementVerbs.all(in: Array(other.unicodeScalars)[...]).joined(separator: ", ")
                line.text? += LoggedLine.orElse + shown
            }
            if mode == .full { line.isWithheld = true }
        }
        if !statement.others.isEmpty { line.isUnclear = true }
    }
}
