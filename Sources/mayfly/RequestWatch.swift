import Foundation
import MayflyAPI
import MayflyClient

/// Follows a request and says on standard error how it goes on: which step waits, who can approve it, and how long
/// until more are asked.
struct RequestWatch {
    let client: MayflyClient
    var isQuiet = false

    /// Until people have decided, and what was approved can be redeemed.
    func untilDecided(
        _ id: String, each: (AccessRequest) throws -> Void = { _ in }
    ) async throws -> AccessRequest {
        let request = try await follow(id, each: each) { $0.state != .pending }
        if request.state == .approved, let start = request.startAt, start > .now,
            request.extendsLeaseId == nil
        {
            say("approved; it begins at \(LocalTime().end(start))")
        }
        return request
    }

    /// Until nothing more happens to it.
    func untilOver(_ id: String) async throws -> AccessRequest {
        try await follow(id, each: { _ in }, until: \.isOver)
    }

    /// Waits for the start of what was approved.
    func untilStart(of request: AccessRequest) async throws {
        guard let start = request.startAt else { return }
        // Not in one piece: a machine that was asleep wakes up to another time.
        while start > .now {
            try await Task.sleep(for: .seconds(max(0.01, min(start.timeIntervalSinceNow, 5))))
        }
    }

    /// - Throws: what to exit with, for a request that came to nothing.
    static func check(_ request: AccessRequest) throws {
        switch request.state {
        case .denied:
            let vote = request.votes.last { $0.verdict == .deny }
            let by = vote.map { " by \($0.user)" } ?? ""
            throw CommandFailure(
                .denied, "the request was denied\(by)" + (vote?.reason.map { ": \($0)" } ?? ""))
        case .withdrawn: throw CommandFailure(.conflict, "the request was withdrawn")
        case .expired:
            throw CommandFailure(
                .timedOut,
                request.approvedAt == nil
                    ? "nobody decided in time" : "it was approved, and not redeemed in time",
                hint: "ask again")
        default: return
        }
    }

    private func follow(
        _ id: String, each: (AccessRequest) throws -> Void, until isDone: (AccessRequest) -> Bool
    ) async throws -> AccessRequest {
        let warning = Task { await warnOfEnd(id) }
        defer { warning.cancel() }
        var told = ""
        var pause = Duration.milliseconds(100)
        while true {
            do {
                for try await request in try await client.follow(id) {
                    pause = .milliseconds(100)
                    try each(request)
                    if isDone(request) { return request }
                    let progress = Self.progress(request)
                    if progress != told { say(progress) }
                    told = progress
                }
            } catch let error as MayflyError where error.isPassing {
                // The daemon is being restarted; the request is on record.
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(5))
        }
    }

    /// While an extension waits, the lease goes on to its own end.
    private func warnOfEnd(_ id: String) async {
        var left = LeaseSchedule.warnings
        do {
            guard let lease = try await client.request(id: id).extendsLeaseId else { return }
            while !left.isEmpty {
                // Looked at anew each time: it may have been renewed.
                let end = try await client.lease(lease).expiresAt
                let due = left.filter { end.timeIntervalSinceNow <= $0 }
                if !due.isEmpty, end > .now {
                    Console.warn(
                        "the lease ends at \(LocalTime().end(end)) unless the extension is approved before")
                }
                left.removeAll(where: due.contains)
                try await Task.sleep(for: .seconds(5))
            }
        } catch {
            // Cancelled, or the daemon is gone for a moment: what waits is told by the one who follows.
        }
    }

    static func progress(_ request: AccessRequest) -> String {
        let time = LocalTime()
        switch request.state {
        case .pending:
            guard let step = request.steps.first(where: { $0.state == .current }) else { return "waits" }
            var text = "step \(step.name): \(step.approved) of \(step.count) approved; can approve: "
            text += step.approvers.joined(separator: ", ")
            if let at = step.escalatesAt { text += "; more are asked at \(time.end(at))" }
            if let end = request.pendingUntil { text += "; expires at \(time.end(end))" }
            return text
        case .approved: return request.detail.map { "approved; not carried out yet: \($0)" } ?? "approved"
        default: return request.state.rawValue
        }
    }

    private func say(_ text: String) {
        if !isQuiet { Console.progress(text) }
    }
}

extension AccessRequest {
    var isOver: Bool { ![.pending, .approved].contains(state) }
}

extension MayflyError {
    /// A daemon that is gone for a moment.
    fileprivate var isPassing: Bool {
        [.connectionLost, .daemonUnreachable].contains(code) || problem?.code == .shuttingDown
    }
}
