import Foundation
import MayflyAPI
import MayflyClient

/// Many requesters at once, each on a connection of its own: asks, takes the credential, asks again.
struct Requesters: Sendable {
    enum Caller: String, Sendable, Codable {
        case lean
        case mayflyClient = "mayfly-client"
    }

    let socket: String
    let profile: String
    let count: Int
    let caller: Caller

    func run(_ window: Window) async throws -> Figures {
        let laps = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<count {
                switch caller {
                case .lean: group.addTask { try await onThread { try lean(window) } }
                case .mayflyClient: group.addTask { try await client(window) }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Figures(laps: laps, over: window.seconds)
    }

    /// So many leases, shared out over the requesters, each to end in `ttl` seconds (or at a moment).
    func issue(_ total: Int, ttl: @escaping @Sendable () -> Int) async throws -> Figures {
        let start = ContinuousClock.now
        let laps = try await withThrowingTaskGroup(of: [Double].self) { group in
            for index in 0..<count {
                let share = total / count + (index < total % count ? 1 : 0)
                group.addTask {
                    try await onThread {
                        let caller = try LeanCaller(socket: socket)
                        return try (0..<share).map { _ in
                            let start = ContinuousClock.now
                            try Self.ask(caller, profile, ttl: ttl())
                            return start.duration(to: .now) / .seconds(1)
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Figures(laps: laps, over: start.duration(to: .now) / .seconds(1))
    }

    private func lean(_ window: Window) throws -> [Double] {
        let caller = try LeanCaller(socket: socket)
        var laps: [Double] = []
        while !window.isOver {
            let start = ContinuousClock.now
            try Self.ask(caller, profile, ttl: 3600)
            if let lap = window.lap(since: start) { laps.append(lap) }
        }
        return laps
    }

    private func client(_ window: Window) async throws -> [Double] {
        try await MayflyClient.withClient(socket: socket) { client in
            var laps: [Double] = []
            while !window.isOver {
                let start = ContinuousClock.now
                let reply = try await client.request(CreateRequest(profile: profile, ttlSeconds: 3600))
                guard reply.credential != nil else { throw BenchFailure("a reply without a credential") }
                if let lap = window.lap(since: start) { laps.append(lap) }
            }
            return laps
        }
    }

    private static func ask(_ caller: LeanCaller, _ profile: String, ttl: Int) throws {
        let reply = try caller.call(LeanCaller.request(profile: profile, ttl: ttl))
        guard reply.status == 201, reply.contains("\"password\"") else {
            // A problem document holds no credential.
            let text = reply.status == 201 ? "no credential" : String(decoding: reply.body, as: UTF8.self)
            throw BenchFailure("status \(reply.status): \(text)")
        }
    }
}
