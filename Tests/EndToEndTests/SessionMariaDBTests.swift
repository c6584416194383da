import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// Sessions of real clients, followed by the real daemon on a real MariaDB (or MySQL).
@Suite(.serialized) struct SessionMariaDBTests {
    @Test("Sessions are on record from beginning to end, and one is ended alone")
    func story() async throws {
        let world = try await MariaDBWorld.make()
        let daemon = try await world.startDaemon()
        func sessions(_ arguments: [String] = []) async throws -> [Session] {
            let outcome = try await world.mayfly(["sessions", "--json"] + arguments)
            guard outcome.status == 0 else { throw WorldFailure("no sessions: \(outcome)") }
            return try MayflyJSON.decoder().decode(SessionList.self, from: Data(outcome.output.utf8)).sessions
        }
        let reply = try await world.request()
        let (lease, credential) = (try #require(reply.lease), try #require(reply.credential))
        func logIn() async throws -> MariaDBConnection {
            try await world.server.connect(
                as: credential.username, password: credential.password, database: "stock")
        }
        let (first, second, third) = (try await logIn(), try await logIn(), try await logIn())
        try await eventually("they are seen") { try await sessions(["--live"]).count == 3 }
        let id = try await second.query("SELECT CONNECTION_ID() AS id").only().int("id")
        let victim = try #require(try await sessions(["--live"]).first { $0.number == id })
        #expect(victim.inDatabase == "stock" && !victim.startKnown && victim.state == "Sleep", "\(victim)")
        await first.close()
        try await eventually("its client has ended one") {
            try await sessions().contains { $0.how == .client }
        }
        #expect(try await world.mayfly(["kill", victim.id]).status == 0)
        try await eventually("one was killed") {
            try await sessions().contains { $0.id == victim.id && $0.how == .killed }
        }
        _ = try await third.query("SELECT 1")
        _ = try await world.mayfly(["revoke", lease.id])
        try await eventually("one ended with its lease") {
            try await sessions().contains { $0.how == .revoked }
        }
        let story = try await world.mayfly(["lease", lease.id, "--timeline"])
        #expect(
            story.output.contains("by its client") && story.output.contains("by an administrator"), "\(story)"
        )
        for session in [second, third] { await session.close() }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("200 sessions of one user are on record one by one, while they are open and after")
    func many() async throws {
        let world = try await MariaDBWorld.make(
            options: ["--max-connections=300"], profile: "connection_limit: 200")
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let (lease, credential) = (try #require(reply.lease), try #require(reply.credential))
        var open: [MariaDBConnection] = []
        for _ in 0..<200 {
            open.append(
                try await world.server.connect(
                    as: credential.username, password: credential.password, database: "stock"))
        }
        func sessions(_ arguments: [String] = []) async throws -> [Session] {
            let outcome = try await world.mayfly(["sessions", "--json", "--limit", "300"] + arguments)
            guard outcome.status == 0 else { throw WorldFailure("no sessions: \(outcome)") }
            return try MayflyJSON.decoder().decode(SessionList.self, from: Data(outcome.output.utf8)).sessions
        }
        try await eventually("all are seen") { try await sessions(["--live"]).count == 200 }
        _ = try await world.mayfly(["revoke", lease.id])
        try await eventually("all have ended with it") {
            try await sessions().count { $0.how == .revoked } == 200
        }
        for session in open { await session.close() }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
